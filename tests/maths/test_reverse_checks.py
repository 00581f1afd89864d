"""Every check holds on a real walk, and notices a wrong formula or a wrong number."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from course.errors import CourseError
from course.maths import reverse, reverse_checks
from course.maths.checking import Check
from course.precompute import Capture, CaptureSpec, capture
from course.stage.checked import Checked


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Capture:
    import torch

    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_MEDIA", str(tmp_path_factory.mktemp("media")))
        return capture(CaptureSpec("a snail on a blue background", seed=1, steps=6, guidance=2.0))


def equations(walk: Capture) -> dict[str, Checked]:
    checks = {name: one for name, one in vars(reverse_checks).items() if isinstance(one, Check)}
    return {name: Checked("x", one.on(walk)) for name, one in checks.items()}


def failing(walk: Capture) -> set[str]:
    with np.errstate(invalid="ignore", divide="ignore"):
        found = {name: equation.measure() for name, equation in equations(walk).items()}
    return {name for name, one in found.items() if one is not None and not one.value <= one.limit}


def test_all_equations_hold_on_a_captured_walk(walk: Capture) -> None:
    for name, equation in equations(walk).items():
        found = equation.verify()
        assert found is not None, name


@pytest.mark.parametrize(
    "slip",
    [
        lambda walk: replace(walk, guesses=1.01 * walk.guesses),
        lambda walk: replace(walk, noise=1.01 * walk.noise),
        lambda walk: replace(walk, alphas_cumprod=walk.alphas_cumprod**1.01),
    ],
    ids=["guess", "noise", "schedule"],
)
def test_a_walk_that_is_one_percent_off_is_noticed(walk: Capture, slip: Callable[[Capture], Capture]) -> None:
    wrong = slip(walk)
    assert {"mixture", "blamed", "ddim_update", "family_is_ddpm", "m_state", "m_sorted"} <= failing(wrong)
    with pytest.raises(CourseError, match="does not hold"):
        equations(wrong)["mixture"].verify()


def wrong_variance(level: float, before: float) -> reverse.Posterior:
    return replace(RIGHT(level, before), variance=1 - level / before)  # β, not β̃: the common slip


def narrow(level: float, before: float) -> reverse.Posterior:
    q = RIGHT(level, before)
    return replace(q, variance=0.99 * q.variance)


def wrong_mean(level: float, before: float) -> reverse.Posterior:
    q = RIGHT(level, before)
    return replace(q, of_x0=q.of_xt, of_xt=q.of_x0)


def wrong_root(guess: Any, noise: Any, before: float, sigma: float) -> Any:
    return np.sqrt(before) * guess + (np.sqrt(1 - before) - sigma) * noise


def wrong_likelihood(points: Any, x_t: float, x_0: float, level: float, before: float) -> Any:
    return DENSITY(points, x_t, x_0, 0.99 * level, before)


RIGHT, DENSITY = reverse.posterior, reverse.posterior_density
ROOTS = {"factored", "rooted"}
M = {"m_root", "m_state", "m_sorted"}
BELL = {"bayes", "bell"}


@pytest.mark.parametrize(
    ("formula", "slip", "noticed"),
    [
        (
            "posterior",
            wrong_variance,
            BELL | ROOTS | {"sharpness", "one_denominator", "over_variance", "family_is_ddpm"},
        ),
        ("posterior", narrow, {"bayes", "sharpness", "one_denominator", "family_is_ddpm"} | ROOTS | M),
        ("posterior", wrong_mean, BELL | {"over_variance", "family_is_ddpm"}),
        ("posterior_density", wrong_likelihood, BELL | {"exponents", "opened", "variance", "mean"}),
        ("family_mean", wrong_root, {"family_is_ddpm", "family_keeps_marginals", "noise_adds_up"} | M),
    ],
)
def test_a_wrong_formula_makes_its_checks_fail(
    walk: Capture, formula: str, slip: Callable[..., Any], noticed: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reverse, formula, slip)
    assert noticed <= failing(walk)


def test_maths_needs_no_torch_and_no_manim(tmp_path: Path) -> None:
    import subprocess
    import sys

    from course.paths import ROOT

    code = (
        "import sys; from course.maths import measure, reverse, reverse_checks\n"
        "loaded = {'torch', 'manim', 'diffusers'} & set(sys.modules); assert not loaded, loaded"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
