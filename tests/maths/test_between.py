"""What lies between: closed forms, brute force, SciPy; every check notices a mistake."""

import inspect

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

from course.maths import between, between_checks
from course.maths.between import Bell
from course.maths.checking import Check
from course.stage.checked import Checked
from tests.damage import damaged, unnoticed

CHECKS = {name: one for name, one in vars(between_checks).items() if isinstance(one, Check)}
RNG = np.random.default_rng(1)
STATIC = RNG.standard_normal((4, 3, 32, 32))
ANSWERS = {name: RNG.standard_normal((5, 3, 8, 8)) for name in ("both", "first", "second", "without")}


def bound(one: Check) -> Check:
    given = {"static": STATIC, **ANSWERS}
    if one is between_checks.sum_of_changes:
        given = {name: value[0] for name, value in ANSWERS.items()}
        given["added"] = given["first"] + given["second"] - given["without"]
    takes = inspect.signature(one.function).parameters
    return one.on(**{name: value for name, value in given.items() if name in takes})


def holds(one: Check) -> bool:
    found = Checked("x", one).measure()
    assert found is not None
    return found.value <= found.limit


# Where "and" lies


def test_a_point_is_as_far_off_the_path_as_its_right_angle_says() -> None:
    first, second = np.zeros((3, 2)), np.array([[4.0, 0.0]] * 3)
    points = np.array([[1.0, 2.0], [2.0, 0.0], [7.0, 4.0]])  # beside the path, on it, and beyond its end
    np.testing.assert_allclose(between.off_path(points, first, second), [0.5, 0, 1.25])


def test_what_offsets_share_is_told_from_what_chance_gives_them() -> None:
    own = RNG.standard_normal((200, 500))
    assert abs(between.common(own)) < 0.01
    shared = RNG.standard_normal(500)
    assert between.common(own + 2 * shared) == pytest.approx(0.8, abs=0.05)
    assert between.common(np.tile(shared, (3, 1))) == pytest.approx(1)


def test_and_as_a_direction_is_the_mean_of_the_pairs_asked_for() -> None:
    firsts, seconds, boths = RNG.standard_normal((3, 4, 2, 3))
    found = between.and_offset(boths, firsts, seconds, [True, False, True, False])
    expected = (boths[0] + boths[2]) / 2 - (firsts[0] + seconds[0] + firsts[2] + seconds[2]) / 4
    np.testing.assert_allclose(found, expected)


def test_projections_keep_distances_that_lie_in_a_plane_and_have_one_way_up() -> None:
    plane = RNG.standard_normal((9, 2)) @ np.linalg.qr(RNG.standard_normal((40, 2)))[0].T
    for points in (plane, -plane):
        found = between.projected(points)
        assert (found[0] >= 0).all()
        apart = np.linalg.norm(points[:, None] - points[None], axis=-1)
        np.testing.assert_allclose(np.linalg.norm(found[:, None] - found[None], axis=-1), apart, atol=1e-9)


def test_heaps_that_lie_apart_are_told_apart() -> None:
    points = np.repeat([[9.0, 0], [0, 9], [-9, -9]], 4, axis=0) + RNG.standard_normal((12, 2))
    assert between.clusters(points, 3).tolist() == [0] * 4 + [1] * 4 + [2] * 4


def test_what_is_made_of_its_parts_is_explained_and_what_is_not_is_left() -> None:
    first, second, other = RNG.standard_normal((3, 4, 6, 5))
    found = between.Projection.of(0.7 * first + 0.2 * second, first, second)
    np.testing.assert_allclose(found.coefficients, [[0.7, 0.2]] * 4)
    np.testing.assert_allclose(found.explained, 1)
    q = np.linalg.qr(np.stack([x.reshape(4, -1) for x in (first, second, other)], -1))[0]
    a, b, away = np.moveaxis(q, -1, 0)
    found = between.Projection.of(3 * a + 4 * away, a, b)
    np.testing.assert_allclose(found.residual, 0.8)
    np.testing.assert_allclose(found.explained, 0.36)
    weights = np.array([1, 10, 1, 1])[:, None]
    found = between.Projection.of(weights * np.where(weights > 1, 3 * a, away), a, b)
    assert found.overall == pytest.approx(900 / 903)


def test_both_one_and_neither_are_counted() -> None:
    nouns = np.array([[0.9, 0.1, 0.8], [0.9, 0.9, 0.2], [0.1, 0.6, 0.1], [0.7, 0.7, 0.51]])
    assert between.tally(nouns, 0, 2) == (2, 1, 1)


def test_things_are_counted_and_crumbs_are_none() -> None:
    picture = np.full((3, 32, 32), -0.5)
    picture[0, 2:8, 2:8] = 0.5
    picture[1, 8:14, 8:14] = 0.5  # touches the first at a corner
    picture[2, 20:30, 4:9] = 0.2
    picture[:, 20, 20] = 1.0
    assert between.things(picture[None]).tolist() == [2]
    assert between.things(np.full((2, 3, 32, 32), 0.3)).tolist() == [0, 0]


def test_what_holds_from_some_place_on_is_told_from_what_comes_and_goes() -> None:
    assert between.onset([False, True, False, True, True]) == 3
    assert between.onset([True, True]) == 0
    assert between.onset([True, False]) == 2


# Static, bells


def test_round_the_sphere_static_stays_static_and_straight_it_shrinks() -> None:
    assert stats.kstest(between.round_mix(STATIC[0], STATIC[1], 0.6).ravel(), "norm").pvalue > 1e-3
    straight = between.straight_mix(STATIC[0], STATIC[1], 0.5)
    assert straight.std() == pytest.approx(np.sqrt(0.5), rel=0.03)
    assert between.spread_of(0.5) == pytest.approx(np.sqrt(0.5))


@pytest.mark.parametrize("made", [between.product, lambda a, b: between.conjunction(a, b, Bell(0.3, 3.0))])
def test_bells_made_of_bells_sum_to_one_and_have_their_score(made: object) -> None:
    found = made(Bell(-1, 0.5), Bell(2, 0.8))  # type: ignore[operator]
    assert quad(found.density, -20, 20, points=[found.mean])[0] == pytest.approx(1)
    x = np.array([-0.5, 0.1, 1.3])
    slope = (np.log(found.density(x + 1e-5)) - np.log(found.density(x - 1e-5))) / 2e-5
    np.testing.assert_allclose(found.score(x), slope, atol=1e-6)


def test_a_conjunction_of_two_that_say_nothing_is_the_whole() -> None:
    whole = Bell(0.3, 2.0)
    found = between.conjunction(whole, whole, whole)
    assert (found.mean, found.variance) == pytest.approx((0.3, 2.0))


def test_a_mixture_is_one_or_the_other_and_a_product_lies_between() -> None:
    a, b = Bell(-3.0, 0.1), Bell(3.0, 0.1)
    np.testing.assert_allclose(between.either(a, b, [-3.1, 3.2]), [a.score(-3.1), b.score(3.2)], atol=1e-9)
    assert between.product(a, b).mean == pytest.approx(0)


# Checks


def test_all_checks_hold() -> None:
    assert not [name for name, one in CHECKS.items() if not holds(bound(one))]


@pytest.mark.parametrize("name", CHECKS)
def test_damaged_data_is_noticed_by_all_but_identities(name: str) -> None:
    one = bound(CHECKS[name])
    read = [what for what, _ in damaged(one)]
    if one.identity:
        assert unnoticed(one) == read
    elif read != ["static"]:  # of which only the law is looked at: see below
        assert not unnoticed(one)


@pytest.mark.parametrize("name", ["round_law", "straight_law"])
@pytest.mark.parametrize("wrong", [STATIC + 0.1, 1.1 * STATIC, np.repeat(STATIC[:1], 4, axis=0)])
def test_static_that_is_none_or_the_same_twice_is_noticed(name: str, wrong: np.ndarray) -> None:
    assert not holds(CHECKS[name].on(static=wrong))


@pytest.mark.parametrize(
    ("where", "broken", "noticed"),
    [
        (Bell, "score", {"product", "mixture", "conjunction", "with_noise"}),
        (Bell, "density", {"product_law", "two_likelihoods"}),
        (between, "product", {"product_law"}),
        (between, "conjunction", {"conjunction", "two_likelihoods", "with_noise"}),
        (between, "either", {"mixture"}),
        (between, "by_angles", {"two_ways"}),
        (between, "spread_of", {"straight_law", "spreads"}),
        (between, "round_mix", {"length"}),
    ],
)
def test_mistakes_in_the_formulas_are_noticed(
    where: object, broken: str, noticed: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    right = getattr(where, broken)

    def wrong(*args: object) -> object:
        found = right(*args)
        if isinstance(found, Bell):
            return Bell(found.mean + 0.01, 1.01 * found.variance)
        return found * 1.05 + 0.01 * np.asarray(found) ** 2

    monkeypatch.setattr(where, broken, wrong)
    assert {name for name in noticed if not holds(bound(CHECKS[name]))} == noticed


def test_the_price_of_noise_is_real() -> None:
    added, _ = between_checks.with_noise()
    assert np.abs(added).max() > 0.05


def test_the_laws_that_are_drawn_sum_to_one_and_agree_where_there_is_no_noise() -> None:
    x = np.linspace(-30, 30, 6001)
    for name in ("a", "b", "average", "either", "both", "added"):
        for sigma in (0.0, 1.0):
            assert np.trapezoid(between_checks.law(name)(x, sigma), x) == pytest.approx(1, abs=1e-6)
    assert between_checks.push("a", 0.3, 0.0) == pytest.approx(
        0.3 * between_checks.FIRST.score(0.3), abs=1e-6
    )
    both, added = (between_checks.law(name) for name in ("both", "added"))
    np.testing.assert_allclose(both(x, 0.0), added(x, 0.0), atol=1e-12)
    assert np.abs(both(x, 1.0) - added(x, 1.0)).max() > 0.05
