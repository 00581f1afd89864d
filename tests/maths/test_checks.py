"""Every check holds on a real walk, and notices a wrong formula or a wrong number."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from course.errors import CourseError
from course.maths import checks, reverse
from course.precompute import Capture, CaptureSpec, capture
from course.stage.checked import Checked

TOLERANCE = 1e-4


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Capture:
    import torch

    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_MEDIA", str(tmp_path_factory.mktemp("media")))
        return capture(CaptureSpec("a snail on a blue background", seed=1, steps=6, guidance=2.0))


def equations(walk: Capture) -> dict[str, Checked]:
    levels = list(walk.alphas_cumprod)
    return {
        "mixture": Checked("x", checks.mixture(walk), tolerance=TOLERANCE),
        "ddim_update": Checked("x", checks.ddim_update(walk), tolerance=TOLERANCE),
        "family_is_ddpm": Checked("x", checks.family_is_ddpm(walk), tolerance=TOLERANCE),
        "bayes": Checked("x", checks.bayes(levels), tolerance=TOLERANCE),
        "exponents_add": Checked("x", checks.exponents_add(levels), tolerance=TOLERANCE),
        "inverse_variance": Checked("x", checks.inverse_variance(levels), tolerance=TOLERANCE),
        "variance": Checked("x", checks.variance(levels), tolerance=TOLERANCE),
        "mean": Checked("x", checks.mean(levels), tolerance=TOLERANCE),
        "mean_collected": Checked("x", checks.mean_collected(levels), tolerance=TOLERANCE),
        "collapse": Checked("x", checks.collapse(levels), tolerance=TOLERANCE),
        "family_keeps_marginals": Checked("x", checks.family_keeps_marginals(levels)),
    }


def test_all_equations_hold_on_a_captured_walk(walk: Capture) -> None:
    for name, equation in equations(walk).items():
        found = equation.verify()
        assert found is not None, name


@pytest.mark.parametrize("name", ["mixture", "ddim_update", "family_is_ddpm"])
def test_a_guess_that_is_one_percent_off_is_noticed(walk: Capture, name: str) -> None:
    wrong = replace(walk, guesses=1.01 * walk.guesses)
    with pytest.raises(CourseError, match="does not hold"):
        equations(wrong)[name].verify()


def wrong_variance(level: float, before: float) -> reverse.Posterior:
    return replace(RIGHT(level, before), variance=1 - level / before)  # β, not β̃: the common slip


def wrong_mean(level: float, before: float) -> reverse.Posterior:
    q = RIGHT(level, before)
    return replace(q, of_x0=q.of_xt, of_xt=q.of_x0)


def wrong_root(guess: Any, noise: Any, before: float, sigma: float) -> Any:
    return np.sqrt(before) * guess + (np.sqrt(1 - before) - sigma) * noise


RIGHT = reverse.posterior


@pytest.mark.parametrize(
    ("formula", "slip", "noticed"),
    [
        (
            "posterior",
            wrong_variance,
            {"bayes", "inverse_variance", "variance", "mean_collected", "family_is_ddpm"},
        ),
        ("posterior", wrong_mean, {"bayes", "mean", "mean_collected", "family_is_ddpm"}),
        ("family_mean", wrong_root, {"family_is_ddpm", "family_keeps_marginals"}),
    ],
)
def test_a_wrong_formula_makes_its_checks_fail(
    walk: Capture, formula: str, slip: Callable[..., Any], noticed: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reverse, formula, slip)
    failed = set()
    with np.errstate(invalid="ignore"):
        for name, equation in equations(walk).items():
            try:
                equation.verify()
            except CourseError:
                failed.add(name)
    assert noticed <= failed


def test_maths_needs_no_torch_and_no_manim(tmp_path: Path) -> None:
    import subprocess
    import sys

    from course.paths import ROOT

    code = (
        "import sys; from course.maths import checks, measure, reverse\n"
        "loaded = {'torch', 'manim', 'diffusers'} & set(sys.modules); assert not loaded, loaded"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
