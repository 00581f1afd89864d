import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyloudnorm
import pytest
from numpy.typing import NDArray
from scipy.signal import resample_poly

from course.errors import CourseError
from course.voice import Cue, Utterance, sound
from course.voice.effects import SHIPPED, effect, thinned, walk, write_shipped
from course.voice.mix import Effect, mix
from course.voice.timing import speech_intervals
from tests.voice.recordings import voiced


def heard(path: Path) -> NDArray[np.float64]:
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (48_000, 2, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2) / 32768.0


def loudness(samples: NDArray[np.float64]) -> float:
    return float(pyloudnorm.Meter(48_000).integrated_loudness(samples))


def true_peak(samples: NDArray[np.float64]) -> float:
    return float(20 * np.log10(np.abs(resample_poly(samples[:, 0], 8, 1)).max()))


@pytest.mark.parametrize("level", [0.005, 0.2, 0.8])
def test_an_independent_meter_finds_the_publishers_loudness_and_peak(
    line: Callable[..., Utterance], tmp_path: Path, level: float
) -> None:
    cues = [Cue(0.5 + 4.0 * k, line("Static, always static.", 3.0, level)) for k in range(3)]
    mix(cues, 13.0, tmp_path / "film.wav", [effect("tick", 4.0), effect("settle", 7.7)])
    samples = heard(tmp_path / "film.wav")
    assert loudness(samples) == pytest.approx(-14.0, abs=0.5)
    assert true_peak(samples) <= -1.0


def test_a_single_loud_click_does_not_break_the_peak(line: Callable[..., Utterance], tmp_path: Path) -> None:
    quiet = line("Very quiet for a long time.", 6.0, 0.01)
    click = np.zeros(4_800, np.float32)
    click[2_400:2_403] = 0.9
    sound.write(tmp_path / "click.wav", [click])
    mix([Cue(0.0, quiet)], 7.0, tmp_path / "film.wav", [Effect(6.5, tmp_path / "click.wav")])
    assert true_peak(heard(tmp_path / "film.wav")) <= -1.0


@pytest.mark.parametrize("duration", [12.0, 12.345678, 21.0 + 1 / 30, 0.5])
def test_the_track_is_as_long_as_the_film_to_the_sample(
    cues: list[Cue], tmp_path: Path, duration: float
) -> None:
    mix(cues, duration, tmp_path / "film.wav")
    assert len(heard(tmp_path / "film.wav")) == round(duration * 48_000)


def test_every_line_is_heard_when_its_cue_says(cues: list[Cue], tmp_path: Path) -> None:
    mix(cues, 12.0, tmp_path / "film.wav")
    found = speech_intervals(heard(tmp_path / "film.wav")[:, 0].astype(np.float32), pause=0.5)
    assert len(found) == len(cues)
    for (start, end), cue in zip(found, cues, strict=True):
        assert start == pytest.approx(cue.start, abs=0.03)
        assert end == pytest.approx(cue.end, abs=0.03)


def test_a_line_across_two_blocks_and_a_line_past_the_end_do_not_click(
    line: Callable[..., Utterance], tmp_path: Path
) -> None:
    cues = [Cue(8.7, line("Across the seam.", 3.0)), Cue(12.5, line("Longer than the film.", 3.0))]
    mix(cues, 14.0, tmp_path / "film.wav")
    samples = heard(tmp_path / "film.wav")[:, 0]
    # A click is a step that the sound itself never makes.
    usual = np.abs(np.diff(voiced(3.0))).max() * np.abs(samples).max() / np.abs(voiced(3.0)).max()
    assert np.abs(np.diff(samples)).max() < 1.5 * usual
    assert abs(samples[-1]) < 1e-3
    alone = samples[round(8.7 * 48_000) : round(11.7 * 48_000)]
    assert np.corrcoef(alone, voiced(3.0))[0, 1] > 0.99


def test_an_effect_gives_way_to_the_voice(line: Callable[..., Utterance], tmp_path: Path) -> None:
    hum = (0.1 * np.sin(2 * np.pi * 5_000 * np.arange(12 * 48_000) / 48_000)).astype(np.float32)
    sound.write(tmp_path / "hum.wav", [hum])
    mix(
        [Cue(4.0, line("Only a voice.", 4.0, 0.05))],
        12.0,
        tmp_path / "film.wav",
        [Effect(0.0, tmp_path / "hum.wav")],
    )
    samples = heard(tmp_path / "film.wav")[:, 0]

    def hum_level(start: float) -> float:
        part = samples[round(start * 48_000) : round((start + 1) * 48_000)]
        return float(np.abs(np.fft.rfft(part))[5_000])

    drop = 20 * np.log10(hum_level(5.5) / hum_level(1.0))
    assert drop == pytest.approx(-10.0, abs=1.5)
    assert hum_level(10.0) == pytest.approx(hum_level(1.0), rel=0.1)


def test_a_film_without_a_sound_is_silent_and_as_long(tmp_path: Path) -> None:
    mix([], 3.0, tmp_path / "film.wav")
    samples = heard(tmp_path / "film.wav")
    assert len(samples) == 144_000
    assert not samples.any()


def test_a_missing_line_leaves_no_half_track(cues: list[Cue], tmp_path: Path) -> None:
    cues[1].utterance.path.unlink()
    with pytest.raises(CourseError, match=r"cannot be read .*Render the chapter again"):
        mix(cues, 12.0, tmp_path / "film.wav")
    assert not (tmp_path / "film.wav").exists()


def test_the_shipped_sounds_are_what_their_recipe_makes(tmp_path: Path) -> None:
    for path in write_shipped(tmp_path):
        shipped = sound.read(effect(path.stem, 0.0).path)
        assert np.abs(shipped - sound.read(path)).max() < 3 / 32768
        assert np.abs(shipped).max() < 0.3
        assert np.abs(shipped[[0, -1]]).max() < 1e-3
    assert {path.stem for path in effect("tick", 0.0).path.parent.glob("*.wav")} == set(SHIPPED)


def test_a_walk_is_heard_as_the_capture_has_it() -> None:
    """√ᾱ and √(1−ᾱ) can be read back from the sound: the chord's share of the power at each moment is ᾱ."""
    alphas = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
    samples = thinned(alphas, 8.0)
    pitch = np.fft.rfftfreq(9_600, 1 / 48_000)
    near = np.min([np.abs(pitch - tone) for tone in (220.0, 277.18, 329.63, 440.0)], axis=0) < 15
    for moment, alpha in ((1.9, 0.25), (3.9, 0.5), (5.9, 0.75)):
        part = samples[round(moment * 48_000) :][:9_600] * np.hanning(9_600)
        power = np.abs(np.fft.rfft(part)) ** 2
        assert power[near].sum() / power.sum() == pytest.approx(alpha, abs=0.12)
    one = walk(alphas, 2.0, start=3.0)
    assert sound.length(one.path) == 96_000
    assert walk(alphas, 2.0, start=5.0).path == one.path
    assert walk(alphas[::-1], 2.0, start=3.0).path != one.path
