"""The few soft sounds of the course, each computed: the shipped ones, and a capture's walk made audible.

Not for placing them (mix.Effect does) and not for music. `python -m course.voice.effects` writes the shipped
ones.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course.errors import UsageError
from course.files import digest_bytes
from course.paths import ASSETS, media
from course.voice import sound
from course.voice.mix import Effect

CHORD = (220.0, 277.18, 329.63, 440.0)  # hertz: A major, the picture
PEAK = 0.25  # full scale is 1: effects stay under the voice


def tick() -> sound.Samples:
    """One small step: 0.09 s."""
    time = np.arange(round(0.09 * sound.RATE)) / sound.RATE
    return _finished(np.sin(2 * np.pi * 1320.0 * time) * np.exp(-time / 0.015) * 0.5)


def settle() -> sound.Samples:
    """Something has come to rest: a chord of 1.4 s that swells and goes."""
    time = np.arange(round(1.4 * sound.RATE)) / sound.RATE
    return _finished(_chord(time) * np.minimum(time / 0.12, 1.0) * np.exp(-time / 0.45))


def opening() -> sound.Samples:
    """Static that thins out into a chord, 4 s: under the film's title card."""
    time = np.linspace(0.0, 1.0, 31)
    walk = thinned(np.clip((time - 0.1) / 0.5, 0.0, 1.0), 4.0)
    fade = np.minimum(1.0, np.linspace(4.0, 0.0, len(walk)) / 1.2)
    return _finished(walk * fade)


SHIPPED: dict[str, Callable[[], sound.Samples]] = {"tick": tick, "settle": settle, "opening": opening}


def effect(name: str, start: float, gain: float = 0.0) -> Effect:
    """A shipped effect at `start` seconds, `gain` in decibels. Raises `UsageError` for an unknown name."""
    if name not in SHIPPED:
        raise UsageError(f"There is no sound called {name!r}. Choose one of: {', '.join(SHIPPED)}.")
    return Effect(start, ASSETS / "sound" / f"{name}.wav", gain)


def walk(alphas_cumprod: ArrayLike, duration: float, start: float, gain: float = 0.0) -> Effect:
    """A denoising run as sound, from `start` for `duration` seconds: static √(1−ᾱ), chord √ᾱ.

    `alphas_cumprod` (S+1,) is a capture's, one ᾱ for each state; between two states it goes straight.
    """
    alphas = np.asarray(alphas_cumprod, dtype=np.float64)
    key = digest_bytes(b"walk 1", alphas.tobytes(), str(duration).encode())[:32]
    path = media() / "voice" / f"{key}.wav"
    if not path.exists():
        sound.write(path, [_finished(thinned(alphas, duration))])
    return Effect(start, path, gain)


def thinned(alphas_cumprod: NDArray[np.float64], duration: float) -> NDArray[np.float64]:
    """The forward equation heard: √ᾱ · chord + √(1−ᾱ) · static, (N,) at 48 kHz, both of unit variance."""
    count = round(duration * sound.RATE)
    time = np.arange(count) / sound.RATE
    moments = np.linspace(0.0, duration, len(alphas_cumprod))
    alpha = np.clip(np.interp(time, moments, alphas_cumprod), 0.0, 1.0)
    chord = _chord(time)
    static = _soft(np.random.default_rng(7).normal(size=count))
    return np.sqrt(alpha) * chord / chord.std() + np.sqrt(1.0 - alpha) * static / static.std()


def _chord(time: NDArray[np.float64]) -> NDArray[np.float64]:
    return sum((np.sin(2 * np.pi * pitch * time) for pitch in CHORD), np.zeros_like(time)) / len(CHORD)


def _soft(noise: NDArray[np.float64]) -> NDArray[np.float64]:
    """Noise with less hiss: half the amplitude from 1.5 kHz on, and falling."""
    spectrum = np.fft.rfft(noise)
    pitch = np.fft.rfftfreq(len(noise), 1 / sound.RATE)
    return np.fft.irfft(spectrum / (1.0 + (pitch / 1500.0) ** 2), len(noise))


def _finished(samples: NDArray[np.float64]) -> sound.Samples:
    return sound.faded((samples * PEAK / np.abs(samples).max()).astype(np.float32), 0.012)


def write_shipped(folder: Path) -> list[Path]:
    """Write every shipped effect into `folder` and return the files."""
    for name, make in SHIPPED.items():
        sound.write(folder / f"{name}.wav", [make()])
    return [folder / f"{name}.wav" for name in SHIPPED]


if __name__ == "__main__":
    for written in write_shipped(ASSETS / "sound"):
        print(written)
