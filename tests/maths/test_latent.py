"""What an autoencoder is trained for: closed forms, brute force, SciPy; every check notices a mistake."""

import inspect

import numpy as np
import pytest
from scipy import integrate, stats

from course.maths import latent, latent_checks
from course.maths.checking import Check
from course.stage.checked import Checked
from tests.damage import damaged, unnoticed

CHECKS = {name: one for name, one in vars(latent_checks).items() if isinstance(one, Check)}
RNG = np.random.default_rng(1)
MIDDLES, WIDTHS = RNG.standard_normal((6, 4, 8, 8)), RNG.uniform(0.02, 0.3, (6, 4, 8, 8))
NATS = ((MIDDLES**2 + WIDTHS**2 - 1 - np.log(WIDTHS**2)) / 2).sum((1, 2, 3))
PICTURES = RNG.standard_normal((9, 3, 8, 8))
DECODED = RNG.standard_normal((3, 8, 8))
GIVEN = {
    "static": RNG.standard_normal((4, 8, 8)),
    "latents": MIDDLES,
    "widths": WIDTHS,
    "nats": NATS,
    "scaled": MIDDLES / 2.2,
    "mean": PICTURES.mean(0),
    "decoded": DECODED,
    "apart": np.array([((PICTURES - one) ** 2).mean() for one in (PICTURES.mean(0), DECODED)]),
}


def bound(one: Check) -> Check:
    takes = inspect.signature(one.function).parameters
    return one.on(**{name: value for name, value in GIVEN.items() if name in takes})


def holds(one: Check) -> bool:
    found = Checked("x", one).measure()
    assert found is not None
    return found.value <= found.limit


@pytest.mark.parametrize("name", CHECKS)
def test_every_check_holds_and_notices_damage(name: str) -> None:
    one = bound(CHECKS[name])
    assert holds(one)
    read = [what for what, _ in damaged(one)]
    assert len(unnoticed(one)) < len(read)


def test_two_bells_are_as_far_apart_as_numerical_integration_says() -> None:
    for mean, width in ((0.0, 1.0), (1.5, 0.35), (-0.4, 2.0)):

        def differs(z: float, mean: float = mean, width: float = width) -> float:
            q = stats.norm(mean, width)
            return float(q.pdf(z) * (q.logpdf(z) - stats.norm.logpdf(z)))

        there, _ = integrate.quad(differs, mean - 12 * width, mean + 12 * width)
        assert latent.kl(mean, width) == pytest.approx(there, abs=1e-9)
    assert latent.kl_terms(1.5, 0.35).sum() == pytest.approx(latent.kl(1.5, 0.35))


def test_without_weight_a_bell_becomes_a_needle_and_with_much_the_dice() -> None:
    middle, width = latent.Toy().best(2.0, 1e-6)
    assert width < 1e-3
    assert middle == pytest.approx(2 / 1.5, abs=1e-5)
    middle, width = latent.Toy().best(2.0, 1e6)
    assert (middle, width) == pytest.approx((0, 1), abs=1e-4)


def test_neighbours_are_alike_where_they_are_and_detail_is_what_steps_are() -> None:
    assert abs(latent.alike(RNG.standard_normal((64, 64, 3)))) < 0.05
    assert latent.alike(np.cumsum(RNG.standard_normal((64, 64, 3)), axis=1)) > 0.95
    board = np.indices((8, 8)).sum(0) % 2 * np.ones((3, 1, 1))
    assert latent.detail(board) == pytest.approx(1)
    assert latent.detail(np.ones((3, 8, 8))) == 0


def test_others_sizes_are_those_that_they_published() -> None:
    for one in latent.PUBLISHED.values():
        assert one.edge == 8 * one.latent  # three halvings
        assert one.fewer == 64
        assert one.source
