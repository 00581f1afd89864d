"""What one run of a pipeline did, step by step, as torch tensors on the CPU.

Not for watching it (see `watching`), nor for files: the course keeps captures (`course.precompute.store`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import torch

from course.precompute.recorder.guidance import Proof
from course.precompute.recorder.times import Level, to_guess


@dataclass
class Step:
    """One call of the scheduler's `step`; tensors in their own type, of shape (B, …) as the loop has them."""

    state: torch.Tensor
    """What was handed over, x_t."""
    received: torch.Tensor
    """The network's output, guided, as `step` received it."""
    timestep: float
    level: Level | None
    """How much picture and noise the state holds; None where the scheduler does not say."""
    answers: tuple[torch.Tensor, ...] = ()
    """The network's answers, one a branch, in the order in which they were given."""
    proof: Proof | None = None
    """Which of two answers is the one with the prompt, and how they were joined."""
    why: str = ""
    """Why there is no proof."""
    attention: torch.Tensor | None = None
    """(B, T, h, w) or (B, T, P): how the picture's places share their attention out over the text's tokens,
    with the prompt, averaged over heads and the layers of the finest resolution; the text alone sums to 1."""

    def as_received(self, answer: torch.Tensor) -> torch.Tensor:
        """A branch's answer in the terms in which `step` received the guided one."""
        if self.proof is None or (self.proof.sign == 1 and self.proof.share == 0):
            return answer
        if self.proof.share == 0:
            return -answer
        return self.proof.sign * answer.double() + self.proof.share * self.state.double()

    def _branch(self, half: int) -> torch.Tensor | None:
        return self.as_received(self.answers[half]) if self.answers else None

    @property
    def conditional(self) -> torch.Tensor | None:
        """The answer with the prompt, in the terms in which `step` received the guided one."""
        return self._branch(self.proof.conditional) if self.proof else None

    @property
    def unconditional(self) -> torch.Tensor | None:
        """The answer without it."""
        return self._branch(1 - self.proof.conditional) if self.proof else None


@dataclass
class Run:
    """S calls of `step`, for B pictures. What a model does not have is None, and `lacks` says why."""

    steps: list[Step] = field(default_factory=list)
    last: torch.Tensor | None = None
    """(B, …): the state after the last step."""
    last_level: Level | None = None
    prediction: str | None = None
    """What the scheduler takes the network's output for."""
    tokens: tuple[str, ...] = ()
    """T strings: what the network saw of the prompt, template and all; "" for a token without a trace."""
    words: str = ""
    """What the text encoder read, as a text: rewritten, wrapped or cut, as it may be."""
    lost: tuple[str, ...] = ()
    """Words of the prompt that are not among those."""
    lacks: dict[str, str] = field(default_factory=dict)
    """What could not be had, by name, with the reason."""
    broken: int | None = None
    """The first step whose outcome is no number."""

    def _stacked(self, of: Callable[[Step], torch.Tensor | None]) -> torch.Tensor | None:
        parts = [part for step in self.steps if (part := of(step)) is not None]
        return torch.stack(parts) if parts and len(parts) == len(self.steps) else None

    @cached_property
    def states(self) -> torch.Tensor:
        """(S+1, B, …): the state before each step and after the last, as the loop had it."""
        assert self.last is not None
        return torch.stack([*(step.state for step in self.steps), self.last])

    @property
    def received(self) -> torch.Tensor:
        """(S, B, …): the network's output, guided, as `step` received it."""
        return torch.stack([step.received for step in self.steps])

    @property
    def timesteps(self) -> torch.Tensor:
        """(S,) float64: the scheduler's own t."""
        return torch.tensor([step.timestep for step in self.steps], dtype=torch.float64)

    @property
    def levels(self) -> list[Level] | None:
        """S+1 levels: x = signal · x₀ + noise · ε."""
        found = [level for step in self.steps if (level := step.level) is not None]
        if self.last_level is None or len(found) < len(self.steps):
            return None
        return [*found, self.last_level]

    @property
    def alphas_cumprod(self) -> torch.Tensor | None:
        """(S+1,) float64: ᾱ of each state, whatever the family: signal² / (signal² + noise²)."""
        levels = self.levels
        return torch.tensor([one.alpha_cumprod for one in levels], dtype=torch.float64) if levels else None

    @property
    def sigmas(self) -> torch.Tensor | None:
        """(S+1,) float64: how much noise there is in each state, as it lies: the factor of ε."""
        levels = self.levels
        return torch.tensor([one.noise for one in levels], dtype=torch.float64) if levels else None

    @property
    def guesses(self) -> torch.Tensor | None:
        """(S, B, …): x̂₀ that the guided output stands for."""
        return self._converted(lambda step: step.received, 0)

    @property
    def noise(self) -> torch.Tensor | None:
        """(S, B, …): ε̂ that the guided output stands for."""
        return self._converted(lambda step: step.received, 1)

    @property
    def noise_cond(self) -> torch.Tensor | None:
        """(S, B, …): ε̂ with the prompt."""
        return self._converted(lambda step: step.conditional, 1)

    @property
    def noise_uncond(self) -> torch.Tensor | None:
        """(S, B, …): ε̂ without it."""
        return self._converted(lambda step: step.unconditional, 1)

    @property
    def attention(self) -> torch.Tensor | None:
        """(S, B, T, h, w) or (S, B, T, P): see `Step.attention`."""
        return self._stacked(lambda step: step.attention)

    def _converted(self, of: Callable[[Step], torch.Tensor | None], which: int) -> torch.Tensor | None:
        kind = self.prediction
        if kind is None:
            return None

        def convert(step: Step) -> torch.Tensor | None:
            output = of(step)
            if output is None or step.level is None:
                return None
            channels = step.state.shape[1]  # what follows is a learned variance
            return to_guess(step.state, output[:, :channels], step.level, kind)[which].float()

        return self._stacked(convert)
