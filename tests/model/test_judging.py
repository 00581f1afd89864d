"""The measures measure what they say, on painters of known obedience; the card reports them as they are."""

import json
import math
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.spatial.distance import cdist
from torch import nn

from course import cli, grammar
from course.errors import CourseError
from course.grammar import BACKGROUNDS, COLOURS, NOUNS, Thing
from course.model import card, evaluate, judge, loading, registry, tasks, train
from course.model.data import album, draw, to_model
from course.model.evaluate import Extent
from course.model.settings import Recipe
from course.paths import ASSETS
from course.precompute import weights_digest
from course.precompute.systems import painter

SMALLEST = Extent(steps=1, seeds=1, choice=2, search_seeds=1, prompts=1, diversity=1, copies=1)


class Oracle(nn.Module):
    """A judge that reads its verdict off the picture's first row, where `Painter` has written it."""

    def __init__(self) -> None:
        super().__init__()
        self.anything = nn.Parameter(torch.zeros(1))

    def forward(self, pictures: torch.Tensor) -> dict[str, torch.Tensor]:
        row = pictures[:, 0, 0]
        return {"nouns": row[:, :24], "background": row[:, 24:29], "colour": pictures[:, 1, 0, :5]}


class Painter:
    """Paints what the prompt says, but something else for some of the seeds."""

    def __init__(self, wrong_seeds: Sequence[int] = ()) -> None:
        self.wrong = set(wrong_seeds)

    def __call__(self, prompts: Sequence[str], seeds: Sequence[int], guidance: float) -> torch.Tensor:
        made = torch.zeros(len(prompts), 3, 32, 32)
        for picture, prompt, seed in zip(made, prompts, seeds, strict=True):
            things, background = grammar.parse(prompt)
            assert background is not None
            shift = int(seed in self.wrong)
            for thing in things:
                picture[0, 0, (NOUNS.index(thing.noun) + shift) % 24] = 1
                if thing.colour:
                    picture[1, 0, (COLOURS.index(thing.colour) + shift) % 5] = 1
            picture[0, 0, 24 + (BACKGROUNDS.index(background) + shift) % 5] = 1
        return made


@pytest.fixture
def oracle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluate, "load_judge", Oracle)


@pytest.mark.usefixtures("oracle")
def test_an_obedient_painter_scores_one_and_a_quarter_of_wrong_seeds_costs_a_quarter() -> None:
    perfect = evaluate.score(Painter(), 1.0, 24, range(4))
    assert set(perfect.values()) == {1.0}
    assert set(perfect) == {
        "noun",
        "coloured_noun",
        "background",
        "colour",
        "both_nouns",
        "both_nouns_held_out",
    }
    spoilt = evaluate.score(Painter([2]), 1.0, 24, range(4))
    assert set(spoilt.values()) == {0.75}


def whole(things: tuple[Thing, ...], background: str, number: int) -> np.ndarray:
    """The first drawing from `number` on whose things each hang together, as what is looked at alone must."""
    for k in range(number, number + 100):
        picture = draw(things, background, np.random.default_rng(k))
        if len(evaluate.alone(torch.from_numpy(to_model(picture[None]))[0])) == len(things):
            return picture
    raise AssertionError(things)


def test_the_clearest_of_some_pictures_is_the_drawing_of_the_words_and_not_a_near_miss() -> None:
    asked = [*evaluate.noun_prompts(), *evaluate.pair_prompts(False)]
    drawn = []
    for k, (prompt, *_) in enumerate(asked):
        things, background = grammar.parse(prompt)
        others = [n for n in NOUNS if n not in {t.noun for t in things}]
        missed = [(Thing(others[(k + j) % len(others)]), *things[1:]) for j in (0, 7)]
        missed.append((Thing(things[-1].noun), *things[1:]) if len(things) > 1 else (Thing(others[k % 11]),))
        rows = [whole(other, background or "", k) for other in missed]
        rows.insert(k % 4, whole(things, background or "", k))
        drawn.append(np.stack(rows))
    pictures = torch.from_numpy(to_model(np.stack(drawn)))
    picked = evaluate.clearest(pictures, [prompt for prompt, *_ in asked])
    wanted = pictures[torch.arange(len(asked)), torch.arange(len(asked)) % 4]
    right = (picked == wanted).flatten(1).all(1).reshape(2, 24).float().mean(1)
    assert float(right[0]) == 1.0
    assert float(right[1]) >= 0.95  # one noun of two is another, or the same twice


def test_things_are_looked_at_alone_whole_and_on_their_background() -> None:
    rng = np.random.default_rng(0)
    for noun, other in (("cat", "tree"), ("boat", "ladybug"), ("umbrella", "heart")):
        both = torch.from_numpy(to_model(draw((Thing(noun), Thing(other)), "green", rng)[None]))[0]
        things = evaluate.alone(both)
        assert len(things) == 2
        ground = both[:, :1, :1].numpy()
        shown = [np.abs(thing - ground).max(0) > evaluate.CONTRAST for thing in things]
        assert not (shown[0] & shown[1]).any()
        there_is = np.abs(both.numpy() - ground).max(0) > evaluate.CONTRAST
        assert (there_is & ~shown[0] & ~shown[1]).sum() < evaluate.SPECK
        for thing, there in zip(things, shown, strict=True):
            assert np.array_equal(thing[:, there], both.numpy()[:, there])
    assert evaluate.alone(torch.zeros(3, 32, 32)) == []


def test_nearly_all_true_drawings_have_as_many_things_as_their_words() -> None:
    asked = [*evaluate.noun_prompts(), *evaluate.colour_prompts(), *evaluate.pair_prompts(False)]
    right = []
    for prompt, *_ in asked:
        things, background = grammar.parse(prompt)
        for k in range(10):
            picture = draw(things, background or "", np.random.default_rng(k))
            seen = evaluate.alone(torch.from_numpy(to_model(picture[None]))[0])
            right.append(len(seen) == len(things))
    assert np.mean(right) > 0.94  # the others are passed over when one of several is chosen


def test_a_picture_with_too_many_things_says_the_words_worst() -> None:
    def drawn(*nouns: str) -> torch.Tensor:
        things = tuple(Thing(noun, size="small") for noun in nouns)
        return torch.from_numpy(to_model(draw(things, "white", np.random.default_rng(1))[None]))[0]

    asked = "a cat on a white background"
    one, two = (evaluate.clearness(drawn(*nouns), asked) for nouns in (["cat"], ["cat", "cat"]))
    assert two == -np.inf
    assert evaluate.clearness(drawn("fish"), asked) < one - 3
    empty = torch.stack((torch.full((3, 32, 32), 0.2), torch.zeros(3, 32, 32)))
    assert torch.equal(evaluate.clearest(empty[None], [asked]), empty[:1])
    right = torch.stack((*empty, drawn("cat")))
    assert torch.equal(evaluate.clearest(right[None], [asked]), right[2:])


@pytest.mark.usefixtures("oracle")
def test_what_is_chosen_is_scored_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluate, "clearest", lambda pictures, _: pictures[:, 2])
    assert set(evaluate.score(Painter([2]), 1.0, 24, range(4)).values()) == {0.75}
    assert set(evaluate.score(Painter([2]), 1.0, 24, range(4), choose=True).values()) == {0.0}
    assert set(evaluate.score(Painter([1]), 1.0, 24, range(4), choose=True).values()) == {1.0}


def test_the_grid_shows_of_each_prompts_seeds_the_clearest(monkeypatch: pytest.MonkeyPatch) -> None:
    def by_seed(prompts: Sequence[str], seeds: Sequence[int], guidance: float) -> torch.Tensor:
        return torch.tensor(seeds).float().div(100).reshape(-1, 1, 1, 1).expand(-1, 3, 32, 32)

    monkeypatch.setattr(
        evaluate, "clearest", lambda pictures, _: pictures[torch.arange(72), torch.arange(72) % 3]
    )
    pixels, prompts = evaluate.grid_pictures(by_seed, 1.0, [5, 50, 95])
    assert len(set(prompts)) == 72
    wanted = [round((1 + seed / 100) * 127.5) for seed in (5, 50, 95)]
    assert [int(value) for value in pixels[:, 0, 0, 0]] == wanted * 24


def test_a_sampler_paints_nothing_twice() -> None:
    counted: list[tuple[str, int]] = []

    def counting(words: list[str], seeds: list[int], *rest: Any) -> torch.Tensor:
        counted.extend(zip(words, seeds, strict=True))
        return paint(words, seeds, *rest)

    paint = painter("pixel")
    pictures = evaluate.sampler(counting, 1)
    words = ["a cat", "a fish", "a cat"]
    first = pictures(words, [1, 1, 2], 2.0)
    again = pictures([*words, "a cat"], [1, 1, 2, 1], 2.0)
    assert counted == [("a cat", 1), ("a fish", 1), ("a cat", 2)]
    assert torch.equal(again, first[[0, 1, 2, 0]])
    pictures(["a cat"], [1], 3.0)
    assert len(counted) == 4


def test_a_sampler_leaves_as_many_first_steps_unguided_as_it_is_told() -> None:
    asked = (["a cat on a green background"], [3], 4.0)
    unguided = evaluate.sampler(painter("pixel"), 2, 2)(*asked)
    assert torch.allclose(unguided, evaluate.sampler(painter("pixel"), 2)(*asked[:2], 1.0), atol=1e-4)
    one = evaluate.sampler(painter("pixel"), 2, 1)(*asked)
    throughout = evaluate.sampler(painter("pixel"), 2)(*asked)
    assert min((one - unguided).abs().max(), (one - throughout).abs().max()) > 1e-2


@pytest.mark.usefixtures("oracle")
def test_the_guidance_chosen_is_the_one_that_obeys_best() -> None:
    def paint(prompts: Sequence[str], seeds: Sequence[int], guidance: float) -> torch.Tensor:
        return Painter([] if guidance == 3 else [evaluate.SEARCH_SEED])(prompts, seeds, guidance)

    best, search = evaluate.best_guidance(paint, SMALLEST)
    assert best == 3
    assert search == {"1": 0.0, "2": 0.0, "3": 1.0, "4": 0.0, "5": 0.0}


def test_the_prompts_name_what_they_are_scored_by() -> None:
    for prompt, noun, background in evaluate.noun_prompts():
        things, where = grammar.parse(prompt)
        assert ([thing.noun for thing in things], where) == ([noun], background)
    for prompt, noun, colour in evaluate.colour_prompts():
        ((thing,), where) = grammar.parse(prompt)
        assert (thing.noun, thing.colour) == (noun, colour)
        assert where != colour
    for held_out in (False, True):
        pairs = [frozenset((a, b)) for _, a, b in evaluate.pair_prompts(held_out)]
        assert len(set(pairs)) == 24
        assert all((pair in grammar.held_out_pairs()) == held_out for pair in pairs)


def test_diversity_is_one_for_the_training_law_and_none_for_a_painter_with_one_picture() -> None:
    def as_trained(prompts: Sequence[str], seeds: Sequence[int], guidance: float) -> torch.Tensor:
        drawn = []
        for prompt, seed in zip(prompts, seeds, strict=True):
            things, background = grammar.parse(prompt)
            drawn.append(draw(things, background or "", np.random.default_rng(seed)))
        return torch.from_numpy(to_model(np.stack(drawn)))

    assert 0.75 < evaluate.diversity(as_trained, 1.0, 3) < 1.25
    assert evaluate.diversity(lambda prompts, *_: torch.ones(len(prompts), 3, 32, 32), 1.0, 1) == 0


def test_a_copy_is_found_though_it_is_moved_mirrored_or_scaled() -> None:
    training = torch.from_numpy(to_model(album(0, 32)[0]))
    moved = training[3].roll((1, -2), (-2, -1))
    moved[:, 0], moved[:, :, -2:] = moved[:, 1], moved[:, :, -3:-2]
    theta = torch.tensor([[[1 / 0.9, 0, 0], [0, 1 / 0.9, 0]]])
    grid = torch.nn.functional.affine_grid(theta, [1, 3, 32, 32], align_corners=False)
    smaller = torch.nn.functional.grid_sample(
        training[6:7], grid, padding_mode="border", align_corners=False
    )[0]
    stranger = torch.from_numpy(to_model(album(1_000_000, 32)[0]))[0]
    (exact, mirrored, shifted, scaled, new), which = evaluate.nearest(
        torch.stack([training[5], training[9].flip(-1), moved, smaller, stranger]), training
    )
    assert which[:4].tolist() == [5, 9, 3, 6]
    assert exact < 1e-3
    assert mirrored < 1e-3
    assert max(shifted, scaled) < 0.6 * new


def test_the_distance_to_the_nearest_is_the_least_of_all_pairs() -> None:
    pixels = to_model(album(0, 32)[0])
    pictures, training = torch.from_numpy(pixels[:3]), torch.from_numpy(pixels[8:])
    each = evaluate.variants(pictures).flatten(0, 1).flatten(1).numpy()
    pairs = cdist(each, training.flatten(1).numpy()).reshape(3, -1) / math.sqrt(3 * 32 * 32)
    distances, numbers = evaluate.nearest(pictures, training)
    np.testing.assert_allclose(distances, pairs.min(1), rtol=1e-5)
    np.testing.assert_array_equal(numbers, pairs.argmin(1) % len(training))


@pytest.fixture
def judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A judge that was trained for a moment."""
    folder = tmp_path / "judge"
    tiny = Recipe(batch=8, learning_rate=1e-3, minutes=1)
    train.train("judge", registry.make_task("judge"), train.Budget(steps=2), output=folder, recipe=tiny)
    monkeypatch.setattr(judge, "FOLDER", folder)
    judge.load_judge.cache_clear()
    yield folder
    judge.load_judge.cache_clear()


@pytest.fixture
def assets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for the card, with the real weights in it."""
    folder = tmp_path / "assets" / "models" / "pixel"
    own = shutil.ignore_patterns("README.md", "*.png", "scores.json")
    shutil.copytree(ASSETS / "models" / "pixel", folder, ignore=own)
    (folder.parents[1] / "fonts").symlink_to(ASSETS / "fonts")
    monkeypatch.setattr(card, "ASSETS", folder.parents[1])
    return folder


def test_course_evaluate_measures_and_writes_the_card(
    judged: Path, assets: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(evaluate, "FULL", SMALLEST)
    with pytest.raises(SystemExit) as done:
        cli.main(["evaluate", "--device", "cpu"])
    assert not done.value.code
    shown = capsys.readouterr().out
    assert "| noun recognised by the judge, one object | ≥ 90 % |" in shown
    scores = json.loads((assets / "scores.json").read_text())
    assert scores["weights"] == weights_digest("pixel")
    assert set(scores["at"]) == {"1", scores["best_guidance"]}
    text = (assets / "README.md").read_text()
    assert card.table(scores) in text
    for promised in (*NOUNS, *COLOURS, "CC BY 4.0", "Open Font License", "balloon is drawn in blue 4 times"):
        assert promised in text
    assert "28 of the 276 pairs" in text
    assert f"{card.parameters(assets):,} numbers" in text
    assert card.parameters(assets) > 1e6
    for name in ("grid.png", "grid_one_seed.png"):
        with Image.open(assets / name) as grid:
            assert grid.size == (12 * 136 + 8, 6 * 180 + 8)


def scores_of(**changes: Any) -> dict[str, Any]:
    at: dict[str, Any] = {"noun": 0.95, "coloured_noun": 0.92, "both_nouns": 0.6, "both_nouns_held_out": 0.1}
    at |= {"background": 0.97, "colour": 0.85}
    at |= {"diversity": 1.0, "copying": {"median_ratio": 0.9}} | changes
    late = {"unguided": 1, "best_guidance": "4", "chosen": {"noun": 1.0}, **at}
    return {"at": {"1": at}, "best_guidance": "1", "late": late, "seeds": 8, "choice": 16, "clip": 0.93}


def test_the_table_says_plainly_what_was_not_reached() -> None:
    reached = {words: ok for words, _, _, ok in card.rows(scores_of(diversity=1.31, background=0.9499))}
    missed = [words for words, ok in reached.items() if not ok]
    assert len(missed) == 3
    assert any("pairs kept out" in words for words in missed)
    assert any("background" in words for words in missed)
    assert any("seeds differ" in words for words in missed)
    assert "| background colour obeyed | ≥ 95 % | 97.0 % | 97.0 % | – | yes |" in card.table(scores_of())


def test_a_judge_that_is_missing_or_damaged_is_one_clear_sentence(judged: Path) -> None:
    path = judged / "model.safetensors"
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(CourseError, match="is damaged"):
        judge.load_judge()
    path.unlink()
    with pytest.raises(CourseError, match="course train --model judge"):
        judge.load_judge()


def test_the_judge_sees_true_renderings_for_what_they_are() -> None:
    examples = judge.examples(judge.FIRST, 12)
    for k in range(12):
        one = evaluate_sample(k)
        assert {NOUNS[n] for n in examples["nouns"][k].nonzero().flatten()} == {t.noun for t in one.things}
        assert BACKGROUNDS[examples["background"][k]] == one.background
        colour = int(examples["colour"][k])
        if len(one.things) == 1:
            assert (COLOURS[colour] if colour >= 0 else None) == one.things[0].colour


def evaluate_sample(k: int) -> Any:
    from course.model.data import sample

    return sample(judge.FIRST + k)


@pytest.mark.parametrize("model", ["pixel", "latent"])
def test_the_shipped_card_describes_the_shipped_weights(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = ASSETS / "models" / model / "scores.json"
    if not path.exists():
        pytest.skip(f"{model} has no card yet: course evaluate --model {model}")
    scores = json.loads(path.read_text())
    stale = f"the card is stale: course evaluate --model {model}"
    assert scores["weights"] == weights_digest(model), stale
    assert scores["clip"] == round(tasks.caption_accuracy(loading.load_clip(), 1024), 4), stale
    paint = evaluate.sampler(painter(model), scores["steps"])
    again = evaluate.spot_check(paint, float(scores["best_guidance"]))
    for name, value in scores["spot_check"].items():
        assert abs(again[name] - value) <= 1.01 / 12, name  # one picture of twelve may tip over
    assert card.card(model, scores) == (path.parent / "README.md").read_text()
