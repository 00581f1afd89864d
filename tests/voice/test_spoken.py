import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course.errors import UsageError
from course.voice.spoken import RESPELLED, clean, spoken_words, syllables


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("x_t", "x t"),
        ("ᾱ,", "alpha bar,"),
        ("√ᾱ", "root alpha bar"),
        ("x̂₀", "x hat 0"),
        ("DDIM's", "D D I M's"),
        ("32×32", "32 by 32"),
        ("x_{t−1}", "x t minus 1"),
        ("q(x_t|x_0)", "q x t given x 0"),
        ("90°", "90 degrees"),
        ("cosine", "cosign"),
        ("Pythagoras’s", "pithaggerus's"),
        ("faders:", "fayders:"),
        ("x²", "x squared"),
        ("naïve", "naive"),
        ("crêpe.", "crepe."),
        ("“noise”.", "noise."),
        ("3,072", "3,072"),
        ("🦋", ""),
        ("-3", "minus 3"),
        ("−1.5", "minus 1.5"),
        ("10⁻³", "10 to the minus 3"),
        ("10¹²", "10 to the 12"),
        ("1/N", "1 over N"),
        ("3072", "3,072"),
        ("2020", "2020"),
        ("12345.678", "12,345.678"),
        ("0.12345", "0.12345"),
        ("½", "one half"),
        ("≈", "is about"),
        ("ε̂", "epsilon hat"),
        ("𝔼[x]", "E x"),
        ("Straße", "Strasse"),
        ("wait…", "wait..."),
    ],
)
def test_symbols_are_read_as_people_say_them(written: str, said: str) -> None:
    assert " ".join(spoken_words(written, RESPELLED)) == said


def test_a_large_voice_gets_names_as_they_are_written() -> None:
    assert spoken_words("The denoiser runs DDIM at x_t, naïve für dich") == [
        *("The", "denoiser", "runs", "DDIM", "at", "x t,", "naïve", "für", "dich"),
    ]


@pytest.mark.parametrize("sign", ["⊙", "∀", "‖", "§", "©", "∎"])
@pytest.mark.parametrize("spellings", [None, {}, RESPELLED])
def test_a_sign_without_words_is_named_and_not_left_out(sign: str, spellings: dict[str, str] | None) -> None:
    with pytest.raises(UsageError, match=rf'sign "{sign}" .* has no words'):
        spoken_words(f"Take x {sign} y.", spellings)


def test_a_person_and_a_large_voice_may_speak_any_language() -> None:
    for text in ("Где картинка?", "絵はどこですか。", "हिन्दी में"):
        assert spoken_words(text) == text.split()
        with pytest.raises(UsageError, match="This voice speaks English"):
            spoken_words(text, {})


@pytest.mark.parametrize(
    "english", ["Die, die, my darling.", "You that was, man.", "La la land.", "x hat, et al"]
)
def test_english_is_not_taken_for_another_language(english: str) -> None:
    assert spoken_words(english, {})


def test_captions_keep_the_written_form_but_no_markup_or_control_characters() -> None:
    assert clean("<b>ᾱ</b>\x07 is\n {\\an8}small\u200b 🦋, x < y") == "ᾱ is small 🦋, x < y"


@pytest.mark.parametrize(
    ("written", "captioned", "said"),
    [
        ("if a < b and c > d", "if a < b and c > d", "if a less than b and c greater than d"),
        ("if a <b and c> d", "if a < b and c> d", "if a less than b and c greater than d"),
        ("from x<y to y>z", "from x < y to y>z", "from x less than y to y greater than z"),
        ("a<b>c", "a < b>c", "a less than b greater than c"),
        ("the <noise> token", "the < noise> token", "the less than noise greater than token"),
    ],
)
def test_angle_brackets_swallow_no_words(written: str, captioned: str, said: str) -> None:
    assert clean(written) == clean(captioned) == captioned  # and no player finds a tag in it
    assert not re.search("<[A-Za-z/]", captioned)
    assert " ".join(word for word in spoken_words(written) if word) == said


def test_markup_reaches_no_caption() -> None:
    assert clean('<font color="red">a</font> <i>b</i><br/> <c.loud>d</c> <span class=x>e</span>') == "a b d e"


@pytest.mark.parametrize("nothing", ["", "  \n", "\x00\x1b", "<b></b>"])
def test_an_empty_line_is_refused_with_a_sentence(nothing: str) -> None:
    with pytest.raises(UsageError, match="is empty"):
        clean(nothing)


@given(st.text(min_size=1, max_size=80))
def test_no_text_gets_a_quote_bracket_or_backslash_into_a_program(text: str) -> None:
    try:
        words = clean(text).split()
        said = spoken_words(text, RESPELLED)
    except UsageError:
        return
    assert len(said) == len(words)
    for word in said:
        assert re.fullmatch(r"[A-Za-z0-9'.,?!;: -]*", word)
        assert word == "" or re.search(r"[A-Za-z0-9]", word)
        assert not word.startswith("-")


def test_syllables_follow_the_dictionary() -> None:
    known = {"noise": 1, "picture": 2, "diffusion": 3, "butterfly": 3, "derivation": 4, "x t": 2}
    assert {word: syllables(word) for word in known} == known
