"""How good and how fast the voices are, side by side on the same lines of the course.

    python benchmarks/bench_voice.py --voices hibari,festival --whisper FOLDER
    python benchmarks/bench_voice.py --voices hibari,festival --chapter ch2 --rounds 3

Prints a Markdown table: the predicted mean opinion score (DistillMOS, where the packages distillmos and
torchaudio are installed), words lost by an independent listener, the pace, CPU seconds from cold for all
lines in a new process, and whether another process gives the same bytes. The listener is faster-whisper with
the model in FOLDER where that is given, else pocketsphinx, which knows fewer words. With a chapter: the CPU
seconds of all its narration from cold, the voices taking turns. Not for hearing one line: `course voice say`.
"""

import difflib
import hashlib
import importlib
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from course.chapters import resolve
from course.paths import ROOT
from course.voice import sound, speak
from course.voice.timing import film_pace

LINES = ROOT / "tests" / "voice" / "lines.txt"
SPEAK = """
import sys
from course.voice import speak
for line in sys.stdin.read().splitlines():
    speak(line, sys.argv[1])
"""
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

Samples = NDArray[np.float32]


def at_16_kilohertz(samples: Samples) -> Samples:
    """Samples (N,) at 48 kHz as (N/3,) at 16 kHz, peaks at 0.7."""
    count = len(samples) // 3
    found = np.fft.irfft(np.fft.rfft(samples[: 3 * count])[: count // 2 + 1], count) / 3
    return (0.7 * found / np.abs(found).max()).astype(np.float32)


def judge() -> Callable[[Samples], float] | None:
    """The predicted mean opinion score, 1 to 5, of samples at 16 kHz."""
    try:
        distillmos = importlib.import_module("distillmos")  # measured with where it is installed
        import torch
    except ImportError:
        return None
    network = distillmos.ConvTransformerSQAModel().eval()

    def score(samples: Samples) -> float:
        with torch.no_grad():
            return float(network(torch.from_numpy(samples)[None]))

    return score


def listener(whisper: Path | None) -> Callable[[Samples], str]:
    """What is heard in samples at 16 kHz."""
    if whisper:
        WhisperModel = importlib.import_module("faster_whisper").WhisperModel

        model = WhisperModel(str(whisper), device="cpu", compute_type="int8", cpu_threads=1)

        def heard(samples: Samples) -> str:
            parts, _ = model.transcribe(samples, language="en", beam_size=5)
            return " ".join(part.text for part in parts)

        return heard
    from pocketsphinx import Decoder

    def recognised(samples: Samples) -> str:
        decoder = Decoder(samprate=16_000, loglevel="FATAL")
        decoder.start_utt()
        padded = np.pad(samples, (3_200, 4_800))
        decoder.process_raw((padded * 28_000).astype("<i2").tobytes(), full_utt=True)
        decoder.end_utt()
        return decoder.hyp().hypstr if decoder.hyp() else ""

    return recognised


def plain(text: str) -> list[str]:
    """Words as they are compared: no case, no signs, digits as words, as a listener may write either."""
    text = re.sub(r"\d", lambda digit: f" {DIGITS[int(digit[0])]} ", text.lower().replace("-", " "))
    return re.sub(r"[^a-z' ]", " ", text).replace("'", "").split()


def lost(said: str, heard: str) -> int:
    """How many words of what is said are not in what is heard, in order."""
    words = plain(said)
    blocks = difflib.SequenceMatcher(None, words, plain(heard), autojunk=False).get_matching_blocks()
    return len(words) - sum(block.size for block in blocks)


def cold(voice: str, lines: list[str]) -> tuple[float, str]:
    """CPU seconds of a new process that says all lines into an empty folder, and a digest of what it said."""
    with tempfile.TemporaryDirectory() as folder:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, "-c", SPEAK, voice],
            input="\n".join(lines),
            env=os.environ | {"COURSE_MEDIA": folder, "OMP_NUM_THREADS": "1"},
            text=True,
            check=True,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        total = hashlib.sha256()
        for path in sorted(Path(folder).rglob("*.wav")):
            total.update(path.name.encode() + path.read_bytes())
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, total.hexdigest()


def whole(chapter: str, voices: list[str], rounds: int) -> None:
    """Have the voices take turns at all lines of a chapter, each time from cold."""
    from course.stage.loading import lines_of

    lines = [text for _, text in lines_of(resolve([chapter])[0])]
    spent: dict[str, list[float]] = {voice: [] for voice in voices}
    said: dict[str, set[str]] = {voice: set() for voice in voices}
    for _ in range(rounds):
        for voice in voices:
            seconds, digest = cold(voice, lines)
            spent[voice].append(seconds)
            said[voice].add(digest)
    print(f"| voice | CPU s, {len(lines)} lines of {chapter} from cold | to {voices[-1]} | again the same |")
    print("|---|---|---|---|")
    for voice in voices:
        own = spent[voice]
        ratios = [one / other for one, other in zip(own, spent[voices[-1]], strict=True)]
        same = "yes" if len(said[voice]) == 1 else "no"
        print(
            f"| {voice} | {statistics.median(own):.1f} ({min(own):.1f}–{max(own):.1f}) "
            f"| {statistics.median(ratios):.3f} ({min(ratios):.3f}–{max(ratios):.3f}) | {same} |"
        )


@click.command()
@click.option("--voices", default="hibari,festival", show_default=True, help="Names of voices, with commas.")
@click.option("--count", type=click.IntRange(1), default=40, show_default=True, help="How many lines.")
@click.option("--whisper", type=click.Path(exists=True, path_type=Path), help="A model for faster-whisper.")
@click.option("--chapter", help="Measure CPU seconds of this chapter's narration, and nothing else.")
@click.option(
    "--rounds", type=click.IntRange(1), default=3, show_default=True, help="How often, for a chapter."
)
def main(voices: str, count: int, whisper: Path | None, chapter: str | None, rounds: int) -> None:
    """Have every voice say the same lines, spread over all there are."""
    if chapter:
        whole(chapter, voices.split(","), rounds)
        return
    every = LINES.read_text(encoding="utf-8").splitlines()
    lines = [every[place * len(every) // count] for place in range(count)]
    score, hear = judge(), listener(whisper)
    print(
        f"| voice | predicted opinion | words lost of {sum(len(plain(line)) for line in lines)} | pace "
        f"| CPU s, {len(every)} lines from cold | again the same |"
    )
    print("|---|---|---|---|---|---|")
    for voice in voices.split(","):
        said = [speak(line, voice) for line in lines]
        sounds = [at_16_kilohertz(sound.read(one.path)) for one in said]
        scores = [score(one) for one in sounds] if score else []
        opinion = f"{statistics.mean(scores):.2f} ± {statistics.pstdev(scores):.2f}" if scores else "—"
        missed = sum(lost(line, hear(one)) for line, one in zip(lines, sounds, strict=True))
        pace = film_pace((one.text, one.duration) for one in said)
        spent, first = cold(voice, every)
        _, second = cold(voice, every)
        same = "yes" if first == second else "no"
        print(f"| {voice} | {opinion} | {missed} | {pace:.0f} | {spent:.1f} | {same} |", flush=True)


if __name__ == "__main__":
    main()
