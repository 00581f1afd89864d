"""What assembling an episode costs: processor time against the film's length, and the most memory it takes.

Run by hand: `python benchmarks/bench_episode.py --minutes 60`. Chapters of six minutes at 1080p, a line of
speech every six seconds, are made first (not measured), then finished as `course episode all` does, each
step in a process of its own. Targets: below 5 % of the film's length for an episode; below 500 MB for a film
of one hour.
"""

import argparse
import multiprocessing
import os
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import av
import numpy as np
from PIL import Image

from course.cast import Cast
from course.episode.assemble import build_episode
from course.render.rendered import Rendered
from course.video.encoding import encoder_options
from course.video.film import Mark, write_film
from course.voice import Cue, sound, speak

FPS, SIZE, PIECE, CHAPTER = 30, (1920, 1080), 10, 360  # frames a second, pixels, seconds, seconds
TEXT = "Here is a line of the benchmark, spoken at the pace of the course."


def piece(path: Path) -> None:
    """Ten seconds of a grid of noise on a plain ground, as heavy for the encoder as a chapter's pictures."""
    encoding, random = encoder_options(FPS), np.random.default_rng(0)
    with av.open(str(path), "w", format="mp4") as out:
        stream = encoding.add_stream(out, *SIZE)
        picture = np.full((SIZE[1], SIZE[0], 3), 16, np.uint8)
        for number in range(PIECE * FPS):
            if number % 10 == 0:
                grid = random.integers(0, 256, (32, 32, 3), dtype=np.uint8)
                picture[300:780, 720:1200] = grid.repeat(15, 0).repeat(15, 1)
            out.mux(stream.encode(encoding.frame(picture, number)))
        out.mux(stream.encode(None))


def chapter(folder: Path) -> Rendered:
    """A rendered chapter of six minutes, as the render engine hands it over."""
    piece(folder / "piece.mp4")
    count = CHAPTER // PIECE
    silence = np.zeros((PIECE * sound.RATE, 2), np.float32)
    sound.write(folder / "silence.wav", (silence for _ in range(count)), channels=2)
    film = folder / "chapter.mp4"
    write_film([folder / "piece.mp4"] * count, folder / "silence.wav", [Mark(0.0, "All")], "All", film)
    Image.new("RGB", SIZE, (40, 90, 160)).save(folder / "remember.png")
    line = speak(TEXT)
    return Rendered(
        video=film,
        fps=FPS,
        cues=tuple(Cue(float(start), line) for start in range(0, CHAPTER - 6, 6)),
        marks=(("story", 0.0), ("mechanism", 100.0), ("derivation", 220.0)),
        title="The benchmark",
        question="What does assembling cost?",
        cast=Cast("a red ball", "a blue ball"),
        thumbnail=folder / "remember.png",
    )


def course(chapters: Sequence[tuple[str, Rendered]]) -> Path:
    from course.episode.whole import build_course

    return build_course(chapters)


def measured(name: str, seconds: float, job: Callable[..., Path], *arguments: object) -> None:
    """Run a job in a fresh process and say what it took; `seconds` is how long its film is."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    process = multiprocessing.get_context("spawn").Process(target=job, args=arguments)
    process.start()
    process.join()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert process.exitcode == 0, name
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    wall, most = time.monotonic() - began, after.ru_maxrss / 1024
    # The kernel keeps the largest child's peak, so the jobs go from the smallest to the largest.
    print(
        f"{name}: {seconds / 60:.0f} min of film, {spent:.1f} s of processor time, "
        f"{100 * spent / seconds:.2f} % of it, {wall:.1f} s by the clock, at most {most:.0f} MB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=60)
    given = parser.parse_args()
    count = max(1, round(given.minutes * 60 / CHAPTER))
    with tempfile.TemporaryDirectory(prefix="bench-episode-") as home:
        os.environ["COURSE_MEDIA"] = home
        rendered = chapter(Path(home))
        size, voice = rendered.video.stat().st_size, rendered.cues[0].utterance.voice
        print(f"a chapter: {CHAPTER} s, {size / 1e6:.0f} MB, {len(rendered.cues)} lines by {voice}")
        measured("one episode", CHAPTER, build_episode, rendered, "ch1_bench")
        measured(
            "the course", count * CHAPTER, course, [(f"ch{k}_bench", rendered) for k in range(1, count + 1)]
        )


if __name__ == "__main__":
    main()
