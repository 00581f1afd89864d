import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from course.errors import CourseError
from course.files import digest_bytes, digest_file, replacing, write_bytes, write_json, write_text


def test_a_failure_halfway_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"old")

    def write_half() -> None:
        with replacing(path) as temporary:
            temporary.write_bytes(b"half of the n")
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        write_half()
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["film.mp4"]


def test_a_process_killed_halfway_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"old")
    code = (
        "import sys; from pathlib import Path; from course.files import replacing\n"
        f"with replacing(Path({str(path)!r})) as temporary:\n"
        "    temporary.write_bytes(b'half'); print('writing', flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert path.read_bytes() == b"old"


def test_encoders_and_readers_can_rely_on_name_and_folder(tmp_path: Path) -> None:
    path = tmp_path / "new" / "film.mp4"
    with replacing(path) as temporary:
        assert temporary.parent == path.parent
        assert temporary.suffix == ".mp4"
        assert not path.exists()
        temporary.write_bytes(b"whole")
    assert path.read_bytes() == b"whole"


def test_a_written_file_is_as_readable_as_one_written_plainly(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_bytes(b"")
    write_bytes(tmp_path / "ours", b"")
    assert stat.S_IMODE((tmp_path / "ours").stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)


def test_a_folder_that_cannot_be_written_is_named_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "media").write_text("a file where a folder should be")
    with pytest.raises(CourseError, match=r"media.*COURSE_MEDIA"):
        write_text(tmp_path / "media" / "captures" / "x", "")


def test_json_is_utf8_and_reads_back(tmp_path: Path) -> None:
    write_json(tmp_path / "x.json", {"ε": [1, 2.5, None]})
    assert "ε" in (tmp_path / "x.json").read_text(encoding="utf-8")
    assert json.loads((tmp_path / "x.json").read_bytes()) == {"ε": [1, 2.5, None]}


def test_file_digest_is_sha256(tmp_path: Path) -> None:
    (tmp_path / "abc").write_bytes(b"abc")
    # FIPS 180-4, the one-block example.
    assert digest_file(tmp_path / "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_digests_tell_apart_what_only_looks_alike_when_joined() -> None:
    assert digest_bytes(b"ab", b"c") != digest_bytes(b"a", b"bc")
    assert digest_bytes(b"abc") != digest_bytes(b"abc", b"")
    assert digest_bytes(b"ab", b"c") == digest_bytes(b"ab", b"c")
