import io
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
import srt
import webvtt
from hypothesis import given, settings
from hypothesis import strategies as st

from course.voice import Cue, Utterance, Word, sound, speak
from course.voice.captions import Caption, captions, write_srt, write_vtt
from course.voice.timing import speech_intervals
from tests.voice.recordings import needs_festival

TEXTS = [
    "Where is a picture? It is hard to imagine what is nearby.",
    "Three thousand dials stand between you and a butterfly; every dial turned at random gives static, "
    "always static, and never once, in all the time there is, anything that you would call a picture.",
    "Yes.",
    "Drown this one, little by little, until nobody can tell what it was. Remember this film.",
    "The state x_t is √ᾱ times the picture, plus noise: <b>that</b> is all & it is enough, for x < y.",
]


def paced(text: str, words_a_minute: float = 150.0) -> Utterance:
    step = 60.0 / words_a_minute
    words = tuple(Word(word, k * step, (k + 1) * step - 0.02) for k, word in enumerate(text.split()))
    return Utterance(text, Path("none.wav"), len(words) * step, words, "silence")


def told(texts: list[str], breath: float = 0.35) -> list[Cue]:
    cues, now = [], 0.5
    for text in texts:
        cues.append(Cue(now, paced(text)))
        now += cues[-1].utterance.duration + breath
    return cues


def follows_the_rules(items: list[Caption]) -> None:
    for item in items:
        lines = item.text.split("\n")
        assert len(lines) <= 2
        assert all(0 < len(line) <= 42 for line in lines)
        assert 1.0 - 1e-6 <= item.end - item.start <= 7.0 + 1e-6
        assert len(item.text) / (item.end - item.start) <= 20.0
    for before, after in pairwise(items):
        assert before.end < after.start + 1e-9


def test_captions_hold_every_word_in_order_within_the_rules() -> None:
    cues = told(TEXTS)
    items = captions(cues)
    follows_the_rules(items)
    said = " ".join(word.text for cue in cues for word in cue.utterance.words)
    assert " ".join(item.text.replace("\n", " ") for item in items) == said


def test_captions_come_and_go_with_the_voice() -> None:
    cues = told(TEXTS)
    starts = [cue.start + word.start for cue in cues for word in cue.utterance.words]
    ends = [cue.start + word.end for cue in cues for word in cue.utterance.words]
    at = 0
    for item in captions(cues):
        count = len(item.text.split())
        assert item.start == pytest.approx(starts[at], abs=0.1)
        late = item.end - ends[at + count - 1]
        assert late <= 0.1 or item.end - item.start <= 1.01 or len(item.text) / (item.end - item.start) > 19
        assert late > -0.1
        at += count


def test_captions_are_cut_at_the_ends_of_sentences_and_clauses() -> None:
    texts = [item.text.replace("\n", " ") for item in captions(told(TEXTS))]
    assert texts[0] == "Where is a picture?"
    assert texts[1] == "It is hard to imagine what is nearby."
    closing = sum(text[-1] in ".?!;:," for text in texts)
    assert closing / len(texts) > 0.8
    assert not any(text.split()[-1] in ("the", "a", "of", "and") for text in texts)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(
        st.lists(st.from_regex(r"[a-z]{1,11}[.,?]?", fullmatch=True), min_size=3, max_size=40),
        min_size=1,
        max_size=5,
    )
)
def test_any_narration_at_the_courses_pace_gives_captions_within_the_rules(lines: list[list[str]]) -> None:
    texts = [" ".join(line) for line in lines]
    # At the course's own pace, which gives long words the time that they take.
    cues, now = [], 0.0
    for text in texts:
        words, at = [], 0.0
        for word in text.split():
            words.append(Word(word, at, at + max(0.25, len(word) / 14)))
            at = words[-1].end + 0.02
        cues.append(Cue(now, Utterance(text, Path("none.wav"), at, tuple(words), "silence")))
        now += at + 0.35
    items = captions(cues)
    follows_the_rules(items)
    assert " ".join(item.text.replace("\n", " ") for item in items) == " ".join(texts)


def test_two_independent_parsers_read_the_same_captions(tmp_path: Path) -> None:
    items = captions(told(TEXTS))
    write_srt(items, tmp_path / "captions.srt")
    write_vtt(items, tmp_path / "captions.vtt")
    subs = list(srt.parse((tmp_path / "captions.srt").read_text(encoding="utf-8")))
    webs = webvtt.read(str(tmp_path / "captions.vtt")).captions
    assert [sub.index for sub in subs] == list(range(1, len(items) + 1))
    assert len(webs) == len(items)
    for item, sub, web in zip(items, subs, webs, strict=True):
        assert sub.content == item.text
        assert sub.start.total_seconds() == pytest.approx(item.start, abs=0.001)
        assert sub.end.total_seconds() == pytest.approx(item.end, abs=0.001)
        for stamp, moment in ((web.start, item.start), (web.end, item.end)):
            read = webvtt.models.Timestamp.from_string(stamp)
            assert read.in_milliseconds() == pytest.approx(1000 * moment, abs=1)
        assert web.raw_text.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">") == item.text


def test_signs_cannot_break_a_caption_file(tmp_path: Path) -> None:
    nasty = "WEBVTT 00:00:01.000 --> 00:00:02.000 <script>alert(1)</script> NOTE & {\\an8} done."
    items = captions([Cue(0.0, paced(" ".join(nasty.split())))])
    write_vtt(items, tmp_path / "captions.vtt")
    text = (tmp_path / "captions.vtt").read_text()
    assert len(webvtt.from_buffer(io.StringIO(text))) == len(items)
    assert "<script" not in text


@pytest.mark.parametrize("voice", ["hibari", pytest.param("festival", marks=needs_festival)])
def test_captions_match_the_speech_that_is_heard(voice: str) -> None:
    """Against the audio itself: a caption starts within 100 ms of speech that follows a pause."""
    cues, now = [], 0.4
    for text in TEXTS[:2] + TEXTS[3:]:
        cues.append(Cue(now, speak(text, voice)))
        now += cues[-1].utterance.duration + 0.5
    items = captions(cues)
    follows_the_rules(items)
    for cue in cues:
        heard = speech_intervals(sound.read(cue.utterance.path), pause=0.3)
        first = next(item for item in items if abs(item.start - cue.start) < 0.3)
        assert first.start == pytest.approx(cue.start + heard[0][0], abs=0.1)
        assert cue.utterance.words[-1].end == pytest.approx(heard[-1][1], abs=0.1)
        last = max((item for item in items if item.start < cue.end), key=lambda item: item.end)
        late = last.end - cue.start - heard[-1][1]
        shown = last.end - last.start
        assert abs(late) <= 0.1 or (late > 0 and (shown <= 1.01 or len(last.text) / shown > 19))


def test_a_silent_film_has_empty_but_valid_captions(tmp_path: Path, line: Callable[..., Utterance]) -> None:
    write_srt(captions([]), tmp_path / "captions.srt")
    write_vtt(captions([]), tmp_path / "captions.vtt")
    assert list(srt.parse((tmp_path / "captions.srt").read_text())) == []
    assert len(webvtt.read(str(tmp_path / "captions.vtt"))) == 0
