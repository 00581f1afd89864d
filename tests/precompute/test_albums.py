"""Albums, tables, copies and walks backwards: the same as what captures, the encoder and brute force say."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch

from course.errors import UsageError
from course.grammar import NOUNS
from course.maths import seeds
from course.model.data import sample, to_model
from course.model.pipeline import PixelPipeline
from course.precompute import (
    Album,
    CaptureSpec,
    Copies,
    Gathered,
    Gathering,
    Inversion,
    Tables,
    capture,
    capture_all,
    gather,
    gathering,
)
from course.precompute.albums import alone, between, corners, lifted, moved, seen, straight, turned

RUN = CaptureSpec("a snail on a blue background", seed=3, steps=2)
OTHER = "a butterfly on a blue background"
PAIR = ((RUN.prompt, 1.0), (OTHER, 1.0))


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COURSE_MEDIA", str(tmp_path / "media"))
    monkeypatch.setattr(gathering, "ASSETS", tmp_path / "assets")
    monkeypatch.setattr(gathering, "BATCH", 3)


def ends(*specs: CaptureSpec) -> np.ndarray:
    return np.stack([one.pictures[-1] for one in capture_all(specs)])


def assert_shows(album: Album, *specs: CaptureSpec) -> None:
    found = gather(album).arrays["pictures"]
    assert found.shape[:2] == (len(album.words), album.count)
    apart = found.reshape(-1, *found.shape[2:]).astype(int) - ends(*specs)
    assert np.abs(apart).max() <= 1  # a number next to a rounding edge


@pytest.mark.parametrize("guidance", [1.0, 3.0])
@pytest.mark.parametrize(("how", "mix"), [("tables", "mean"), ("concat", "concat"), ("scores", "sum")])
def test_prompts_joined_in_an_album_are_those_joined_in_captures(how: Any, mix: Any, guidance: float) -> None:
    run = replace(RUN, guidance=guidance)
    words = (between(RUN.prompt, OTHER, 0.5),) if how == "tables" else (PAIR,)
    single = [replace(run, seed=3 + k, mix=(mix, (RUN.prompt, OTHER))) for k in range(2)]
    assert_shows(Album(run, 2, words=words, how=how), *single)


def test_every_sentence_is_walked_from_every_static_in_this_order() -> None:
    album = Album(RUN, 2, words=(((RUN.prompt, 1),), ((OTHER, 1),)))
    assert_shows(album, *(replace(RUN, prompt=p, seed=s) for p in (RUN.prompt, OTHER) for s in (3, 4)))


def test_prompts_alone_are_walked_one_by_one_and_what_is_seen_is_told_by_noun() -> None:
    album = Album(RUN, 2, words=alone(RUN.prompt, OTHER))
    assert album.words == (((RUN.prompt, 1.0),), ((OTHER, 1.0),))
    nouns = np.zeros((2, 2, len(NOUNS)), np.float16)
    nouns[0, 1, NOUNS.index("snail")] = nouns[1, 0, NOUNS.index("butterfly")] = 0.9
    told = seen(Gathered(album, {"nouns": nouns}, {}), ("butterfly", "snail"))
    assert told.tolist() == [[False, False], [False, True], [True, False], [False, False]]


def test_the_first_steps_may_be_left_unguided() -> None:
    first = capture(RUN)
    assert_shows(
        Album(replace(RUN, guidance=3.0), 1, unguided=1), replace(RUN, guidance=3.0, start=(first.key, 1))
    )


def test_a_weight_is_a_share_and_one_that_is_taken_away_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    third = "a cat"
    words = ((RUN.prompt, 0.5), (OTHER, 0.75), (third, -0.25))
    seen: list[torch.Tensor] = []
    real = PixelPipeline.__call__

    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        seen.append(kwargs["prompt_embeds"])
        return real(self, *args, **kwargs)

    monkeypatch.setattr(PixelPipeline, "__call__", call)
    gather(Album(RUN, 1, words=(words,)))
    a, b, c = gather(Tables(RUN, 3, texts=(RUN.prompt, OTHER, third))).arrays["tables"]
    np.testing.assert_allclose(seen[0][0].numpy(), 0.5 * a + 0.75 * b - 0.25 * c, atol=1e-5)


def test_static_is_mixed_as_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[torch.Tensor] = []
    real = PixelPipeline.__call__

    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        seen.append(kwargs["latents"])
        return real(self, *args, **kwargs)

    monkeypatch.setattr(PixelPipeline, "__call__", call)
    gather(Album(RUN, 3, static=(turned(3, 4, 30), straight(3, 4, 0.25), ((4, 1.0),))))
    a, b = PixelPipeline.noise([3, 4]).numpy()
    expected = np.stack([np.sqrt(3) / 2 * a + b / 2, 0.75 * a + 0.25 * b, b])
    np.testing.assert_allclose(seen[0].numpy(), expected, atol=1e-6)


def test_the_judge_says_what_it_sees() -> None:
    run = replace(RUN, prompt="a big cat on a pink background", steps=10)
    found = gather(Album(run, 2)).arrays
    assert (found["nouns"][0].argmax(-1) == NOUNS.index("cat")).all()
    assert (found["background"] == 4).all()
    alone = gather(Album(run, 2, pictures=False)).arrays
    assert set(alone) == {"nouns", "colour", "background"}
    np.testing.assert_array_equal(alone["nouns"], found["nouns"])


def test_interrupted_an_album_goes_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    album = Album(RUN, 4)
    whole = gather(album).arrays
    monkeypatch.setenv("COURSE_MEDIA", str(tmp_path / "other"))
    real, ran = Album.add, list[range]()

    def add(self: Album, kept: Any, system: Any, runs: range) -> Any:
        if ran:
            raise KeyboardInterrupt
        ran.append(runs)
        return real(self, kept, system, runs)

    with monkeypatch.context() as patch:
        patch.setattr(Album, "add", add)
        with pytest.raises(KeyboardInterrupt):
            gather(album)
    again = gather(album).arrays
    for name, one in whole.items():
        np.testing.assert_array_equal(one, again[name])


@pytest.mark.parametrize(
    "of",
    [
        Album(RUN, 2, words=(PAIR,), static=(turned(1, 2, 20), turned(1, 2, 40)), how="scores", unguided=1),
        Inversion(RUN, 2),
        Tables(RUN, 1, texts=("a cat",)),
        Copies(RUN, 2, among=50),
        Gathering(RUN, 2),
    ],
)
def test_what_is_read_back_is_what_was_asked_for(of: Gathering) -> None:
    path = gathering.result_path(of.key())
    gathering._write(path, gathering.Gathered(of, {"x": np.arange(3)}, {"weights": "w"}))
    found = gathering._read(path)
    assert found.of == of
    assert found.of.key() == of.key()


def test_other_requests_have_other_names() -> None:
    asked = [
        *(Gathering(RUN, 2), Album(RUN, 2), Album(RUN, 2, pictures=False), Album(RUN, 2, unguided=1)),
        *(Album(RUN, 2, how="scores"), Album(RUN, 2, static=(turned(1, 2, 20), turned(1, 2, 40)))),
        *(Inversion(RUN, 2), Tables(RUN, 2, texts=("a cat", "a fish")), Copies(RUN, 2), Copies(RUN, 2, 9)),
    ]
    assert len({one.key() for one in asked}) == len(asked)
    assert Album(RUN, 2).key() == Album(RUN, 2, words=(((RUN.prompt, 1),),)).key()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Album(RUN, 2, static=(turned(1, 2, 20),)), "has 1 static"),
        (lambda: Album(RUN, 1, how=cast(Any, "product")), "Known: tables, concat, scores"),
        (lambda: Album(RUN, 1, words=(PAIR, PAIR[:1]), how="concat"), "as many parts"),
        (lambda: Album(RUN, 1, words=(between("a cat", "a fish", 0.3),), how="concat"), "no weights"),
        (lambda: Album(replace(RUN, model="latent"), 1, how="scores"), "pixel model only"),
        (lambda: Album(RUN, 1, unguided=3), "between 0 and 2"),
        (lambda: Inversion(replace(RUN, guidance=2.0), 1), "guidance 1"),
        (lambda: Tables(RUN, 2, texts=("a cat",)), "2 tables are asked for, of 1"),
        (lambda: Copies(replace(RUN, prompt="and and"), 1), "names nothing"),
        (lambda: Copies(RUN, 1, among=0), "1 to 50000"),
    ],
)
def test_what_makes_no_sense_is_refused(make: Callable[[], Gathering], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        make()


def test_a_word_that_the_model_never_saw_is_refused_before_anything_runs() -> None:
    with pytest.raises(UsageError, match="zebra"):
        gather(Album(RUN, 1, words=(between(RUN.prompt, "a zebra", 0.5),)))


def test_corners_and_lifts_have_weights_that_sum_to_one() -> None:
    four = ("a cat", "a fish", "a tree", "a star")
    sheet = corners(four, 3)
    assert len(sheet) == 9
    assert [dict(sheet[k]) for k in (0, 2, 6, 8)] == [{p: float(p == of) for p in four} for of in four]
    assert set(dict(sheet[4]).values()) == {0.25}
    for words in (*sheet, lifted(*four[:3], 0.4)):
        assert sum(weight for _, weight in words) == pytest.approx(1)


def test_the_mean_way_to_both_is_added_to_the_middle_and_leaves_the_sum_as_it_is() -> None:
    others = [("a cat", "a fish", "a cat and a fish"), ("a cat", "a star", "a cat and a star")]
    assert dict(moved("a tree", "a boat", others, 0)) == {"a tree": 0.5, "a boat": 0.5}
    whole = dict(moved("a tree", "a boat", others, 1))
    assert whole["a cat and a fish"] == whole["a cat and a star"] == 0.5
    assert (whole["a cat"], whole["a fish"], whole["a tree"]) == (-0.5, -0.25, 0.5)
    assert sum(whole.values()) == pytest.approx(1)


# Backwards


def test_walks_are_the_captured_ones_and_solved_steps_lead_back_to_their_static() -> None:
    run = replace(RUN, steps=10)
    walks = capture_all([run, replace(run, seed=4)])
    found = gather(Inversion(run, 2)).arrays
    np.testing.assert_allclose(found["picture"], np.stack([w.states[-1] for w in walks]), atol=2e-5)
    np.testing.assert_array_equal(found["static"], np.stack([w.states[0] for w in walks]))
    np.testing.assert_allclose(found["solved"], found["static"], atol=5e-5)
    np.testing.assert_allclose(found["solved_end"], found["picture"], atol=5e-5)
    assert found["residual"][:, :-1].max() < 1e-6
    assert np.abs(found["naive"] - found["static"]).max() > 0.5
    assert found["calls"].max() <= 60


def test_a_step_taken_back_hastily_reuses_the_noise_at_the_wrong_end() -> None:
    # Where a walk has one step, the network is asked once, at the finished picture.
    run = replace(RUN, steps=1)
    walk, found = capture(run), gather(Inversion(run, 1)).arrays
    picture = torch.from_numpy(found["picture"])
    asked: list[np.ndarray] = []

    def noise(x: np.ndarray) -> np.ndarray:
        from course.model.pipeline import fold, unfold
        from course.precompute.systems import load_pipeline, system_of

        system = system_of(load_pipeline("pixel"))
        with torch.no_grad():
            said = system.encode([run.prompt])
            v = unfold(system.pipe.unet(fold(picture), 1199, encoder_hidden_states=said).sample).numpy()
        asked.append(x)
        level = walk.alphas_cumprod[0]
        return np.asarray(np.sqrt(level) * v + np.sqrt(1 - level) * x)

    back = seeds.hasty(found["picture"], noise, *walk.alphas_cumprod)
    np.testing.assert_allclose(found["naive"], back, atol=1e-4)
    assert len(asked) == 1


# Copies


def test_a_copy_of_a_training_picture_is_found_and_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = to_model(np.stack([sample(k).pixels for k in (5, 2)])).astype(float)
    monkeypatch.setattr("course.precompute.copies.finished", lambda system, spec, seeds: ours)
    found = gather(Copies(RUN, 2, among=8)).arrays
    assert found["number"].tolist() == [5, 2]
    assert found["far"].max() < 1e-3
    np.testing.assert_array_equal(found["nearest"][0], sample(5).pixels)
    assert (found["held_out"] > 0.01).all()
