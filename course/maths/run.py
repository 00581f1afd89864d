"""What the checks read of a denoising run, whoever recorded it: a capture has all of this, and more.

Not for recording or reading one: captures are handed in.
"""

from typing import Any, Protocol

from numpy.typing import NDArray


class Run(Protocol):
    """A run of S steps with pictures of shape (C, H, W); see `course.precompute.Capture` for each array."""

    @property
    def states(self) -> NDArray[Any]:
        """(S+1, C, H, W): x_t before each step and after the last."""

    @property
    def guesses(self) -> NDArray[Any]:
        """(S, C, H, W): x̂₀ at each step."""

    @property
    def noise(self) -> NDArray[Any]:
        """(S, C, H, W): the ε̂ that the scheduler was given."""

    @property
    def noise_cond(self) -> NDArray[Any] | None:
        """(S, C, H, W): ε̂ with the prompt."""

    @property
    def noise_uncond(self) -> NDArray[Any] | None:
        """(S, C, H, W): ε̂ without it."""

    @property
    def alphas_cumprod(self) -> NDArray[Any]:
        """(S+1,): ᾱ at each state."""

    @property
    def signal_level(self) -> NDArray[Any]:
        """(S+1,): √ᾱ."""

    @property
    def noise_level(self) -> NDArray[Any]:
        """(S+1,): √(1−ᾱ)."""
