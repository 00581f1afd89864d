"""Models by their id: fetched once from a hub on the loopback, then from the cache, and sentences."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from huggingface_hub import constants

from course.errors import CourseError, UsageError
from course.precompute import CaptureSpec, capture, hub
from course.precompute.spec import model_folder
from tests.precompute.recorder.families import FAMILIES, PROMPT, Family

pytestmark = pytest.mark.long
COMMIT = "5d3c0f" + "0" * 34
Folders = Callable[[Family], Path]


class Hub(ThreadingHTTPServer):
    """Serves one folder as `owner/model`, revision `main` and `v1`; counts what it was asked."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.folder, self.asked, self.gated = folder, list[str](), False

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answers(BaseHTTPRequestHandler):
    server: Hub

    def _say(self, code: int, body: bytes, **headers: str) -> None:
        self.send_response(code)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        path = self.path.partition("?")[0]
        if not path.startswith(("/api/models/owner/model", "/owner/model/")):
            self._say(401, b"{}", X_Error_Code="RepoNotFound")
        elif "/v9" in path:
            self._say(404, b"{}", X_Error_Code="RevisionNotFound")
        elif path.startswith("/api/"):
            files = [one for one in sorted(self.server.folder.rglob("*")) if one.is_file()]
            names = [{"rfilename": str(one.relative_to(self.server.folder))} for one in files]
            tree = [
                {"type": "file", "oid": "0" * 40, "size": one.stat().st_size, "path": name["rfilename"]}
                for one, name in zip(files, names, strict=True)
            ]
            whole = {"id": "owner/model", "sha": COMMIT, "siblings": names}
            self._say(
                200, json.dumps(tree if "/tree/" in path else whole).encode(), Content_Type="application/json"
            )
        elif self.server.gated:
            self._say(403, b"{}", X_Error_Code="GatedRepo")
        else:
            name = path.split("/resolve/")[1].partition("/")[2]
            data = (self.server.folder / name).read_bytes()
            self._say(200, data, X_Repo_Commit=COMMIT, ETag=f'"{hash(name) & 0xFFFFFFFF:040x}"')

    do_HEAD = do_GET  # noqa: N815 - as the standard library calls it

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(folders: Folders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with Hub(folders(FAMILIES[0])) as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        monkeypatch.setattr(constants, "ENDPOINT", made.address)
        template = made.address + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
        hub.snapshot.cache_clear()
        yield made
        made.shutdown()
        hub.snapshot.cache_clear()


def test_an_id_is_fetched_once_and_captured_as_its_folder_is(
    server: Hub, folders: Folders, capsys: pytest.CaptureFixture[str]
) -> None:
    size = FAMILIES[0].call["height"], FAMILIES[0].call["width"]
    spec = CaptureSpec(PROMPT, 7, 2, 3.0, model="owner/model", size=size)
    made = capture(spec)
    assert "owner/model is not on this computer; fetching it" in capsys.readouterr().err
    same = capture(CaptureSpec(PROMPT, 7, 2, 3.0, model=str(folders(FAMILIES[0])), size=size))
    assert (made.states == same.states).all()
    before = len(server.asked)
    assert before
    hub.snapshot.cache_clear()
    assert capture(spec).spec.key == spec.key
    assert len(server.asked) == before  # what is there is asked of nobody


def test_a_revision_is_part_of_the_name(server: Hub) -> None:
    spec = CaptureSpec(PROMPT, model="owner/model", revision="v1")
    assert spec == CaptureSpec(PROMPT, model="owner/model@v1")
    assert (model_folder(spec.model) / "model_index.json").is_file()
    assert any("/revision/v1" in one for one in server.asked)


def test_nothing_but_what_a_pipeline_needs_is_fetched(server: Hub, folders: Folders, tmp_path: Path) -> None:
    strange = ["all-in-one.safetensors", "unet/old.bin", "unet/model.fp16.safetensors", "picture.png"]
    for name in strange:
        (folders(FAMILIES[0]) / name).write_bytes(b"0")
    try:
        there = {
            str(one.relative_to(home)) for home in [hub.snapshot("owner/model")] for one in home.rglob("*")
        }
    finally:
        for name in strange:
            (folders(FAMILIES[0]) / name).unlink()
    assert "unet/diffusion_pytorch_model.safetensors" in there
    assert not there & set(strange)


@pytest.mark.parametrize(
    ("model", "error", "sentence"),
    [
        ("owner/other", UsageError, "no model owner/other, or none that you may see"),
        ("owner/model@v9", UsageError, "owner/model has no revision 'v9'"),
        ("owner/model--", UsageError, "looks like owner/name"),
    ],
)
def test_what_the_hub_refuses_is_one_sentence(
    server: Hub, model: str, error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        model_folder(model)


def test_a_gated_model_says_how_it_is_opened(server: Hub) -> None:
    server.gated = True
    with pytest.raises(UsageError, match=r"gated\. Accept its terms.*hf auth login"):
        model_folder("owner/model")


def test_without_a_network_it_says_how_to_bring_it(server: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(CourseError, match=r"cannot be reached.*`hf download owner/model --revision v1`"):
        model_folder("owner/model@v1")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(CourseError, match="cannot be reached"):
        model_folder("owner/model")
