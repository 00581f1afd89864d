"""The guessing game: closed forms against brute force; every check notices a mistake."""

import inspect

import numpy as np
import pytest

from course.maths import learn, learn_checks
from course.maths.checking import Check
from course.maths.walking import Mixture
from course.stage.checked import Checked
from tests.damage import damaged, unnoticed

CHECKS = {name: one for name, one in vars(learn_checks).items() if isinstance(one, Check)}
RNG = np.random.default_rng(1)
CARDS = RNG.uniform(-1, 1, (6, 3, 8, 8))
PICTURE, NOISE = CARDS[2], RNG.standard_normal((3, 8, 8))
LEVELS = np.array([0.9, 0.5, 0.1])
RUN = np.array([1e-9, 0.05, 0.3, 0.8, 0.99, 1.0])
STATE = 0.1 * PICTURE + np.sqrt(0.99) * NOISE
GIVEN = {
    "values": CARDS[:, 0, 0, 0],
    "shares": learn.weights(STATE, CARDS, 0.01),
    "answers": np.linspace(-1, 1, 5),
    "state": STATE,
    "cards": CARDS,
    "guess": learn.best_answer(STATE, CARDS, 0.01),
    "level": 0.01,
    "picture": PICTURE,
    "noise": NOISE,
    "velocity": RNG.standard_normal((3, 3, 8, 8)),
}


def bound(one: Check) -> Check:
    takes = inspect.signature(one.function).parameters
    given = {name: value for name, value in GIVEN.items() if name in takes}
    if "levels" in takes:
        given["levels"] = LEVELS if "picture" in takes else RUN
    return one.on(**given)


def holds(one: Check) -> bool:
    found = Checked("x", one).measure()
    assert found is not None
    return found.value <= found.limit


def test_all_checks_hold() -> None:
    assert not [name for name, one in CHECKS.items() if not holds(bound(one))]


@pytest.mark.parametrize("name", CHECKS)
def test_damaged_data_is_noticed_by_all_but_identities(name: str) -> None:
    one = bound(CHECKS[name])
    if one.identity:
        # A share too many, and they are none: those have to sum to 1.
        assert set(unnoticed(one)) >= {what for what, _ in damaged(one)} - {"shares"}
    else:
        assert not unnoticed(one)


@pytest.mark.parametrize(
    ("broken", "noticed"),
    [
        ("turned_back", {"one_mistake", "noise_loss", "velocity_loss"}),
        ("snr", {"noise_loss", "velocity_loss", "one_term"}),
        ("cost", {"expanded", "split"}),
        ("mixed", {"slope_is_noise"}),
    ],
)
def test_mistakes_in_the_formulas_are_noticed(
    broken: str, noticed: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    right = getattr(learn, broken)

    def wrong(*args: object) -> object:
        found = right(*args)
        if isinstance(found, tuple):
            return (found[0] * 1.05, *found[1:])
        return np.asarray(found) * 1.05 + 0.01 * np.asarray(args[0]) ** 2

    monkeypatch.setattr(learn, broken, wrong)
    assert {name for name in noticed if not holds(bound(CHECKS[name]))} == noticed


def test_an_album_player_lands_on_a_card() -> None:
    played = learn.album_walk(NOISE, CARDS, RUN)
    assert played.states.shape == (len(RUN), *NOISE.shape)
    np.testing.assert_allclose(played.states[-1], CARDS[played.card], atol=1e-6)
    np.testing.assert_allclose(played.shares.sum(1), 1)
    np.testing.assert_allclose(played.guesses[0], CARDS.mean(0), atol=0.05)


def test_the_best_answer_costs_least() -> None:
    values, shares = GIVEN["values"], GIVEN["shares"]
    at = np.linspace(-1, 1, 20001)
    assert at[learn.cost(at, values, shares).argmin()] == pytest.approx(shares @ values, abs=1e-4)


def test_another_mixture_agrees_too() -> None:
    toy = Mixture(weights=(0.3, 0.7), places=(-1.0, 0.5), spread=0.3)
    assert holds(learn_checks.score_matching.on(toy=toy))


def test_a_card_is_shifted_and_flipped_to_fit() -> None:
    card = np.zeros((3, 16, 16))
    card[:, 4:8, 3:6] = RNG.uniform(0, 1, (3, 4, 3))
    moved = np.roll(card[..., ::-1], (2, -1), (1, 2))
    np.testing.assert_allclose(learn.fitted(card, moved), moved)


def test_what_stands_out_and_what_is_in_doubt() -> None:
    picture = np.full((3, 16, 16), 0.5)
    picture[1, 5:9, 6:12] = -0.5
    assert learn.outstanding(picture).sum() == 24
    assert learn.undecided(np.array([[0.5, 0.5], [0.55, 0.45], [0.9, 0.1]])) == 1
    assert learn.undecided(np.array([[0.9, 0.1]])) == 0
    assert learn.widest(np.full(6, 1 / 6), CARDS * np.eye(192)[17].reshape(3, 8, 8)) == 17
