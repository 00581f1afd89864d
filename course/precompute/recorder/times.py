"""How much picture and noise a state holds, by the scheduler's own account, and what that makes of an output.

Not for the states themselves (see `watching`).
"""

import copy
from typing import Any, NamedTuple

import torch


class Level(NamedTuple):
    """x = signal · x₀ + noise · ε."""

    signal: float
    noise: float

    @property
    def alpha_cumprod(self) -> float:
        """ᾱ, the picture's share once the state is scaled to signal² + noise² = 1."""
        return self.signal**2 / (self.signal**2 + self.noise**2)


FORMS = {
    "exploding": lambda sigma: Level(1.0, sigma),
    "preserving": lambda sigma: Level((1 + sigma**2) ** -0.5, sigma * (1 + sigma**2) ** -0.5),
    "flow": lambda sigma: Level(1 - sigma, sigma),
}
"""What σ means: x₀ + σε; the same, scaled to a variance of 1; or the straight line from one to the other."""


class Clock:
    """Reads the level of each state off a scheduler, which must not notice: everything is asked of copies."""

    def __init__(self, scheduler: Any) -> None:
        self.scheduler = scheduler
        self.form: str | None = None
        self.timestep = 0.0
        self.index: int | None = None

    def read(self, timestep: Any) -> Level | None:
        """The level of the state that is handed to `step` next; None where the scheduler does not say."""
        self.timestep = float(torch.as_tensor(timestep).flatten()[0])
        if getattr(self.scheduler, "sigmas", None) is None:
            levels = getattr(self.scheduler, "alphas_cumprod", None)
            return None if levels is None else _preserved(levels[int(self.timestep)])
        if self.scheduler.config.get("sigma_data"):
            return None  # the network is wrapped in factors of its own
        asked = copy.copy(self.scheduler)
        sigma = self._sigma(asked, timestep)
        if self.form is None:
            self.form = _form(asked, self.index, timestep, sigma)
        return FORMS[self.form](sigma) if self.form else None

    def last(self) -> Level | None:
        """The level of the state that the last step left."""
        scheduler = self.scheduler
        if getattr(scheduler, "sigmas", None) is not None:
            done = self.index is None or self.index + 1 >= len(scheduler.timesteps)
            sigma = float(scheduler.sigmas[-1 if done else self.index + 1])  # type: ignore[operator]
            return FORMS[self.form](sigma) if self.form else None
        if getattr(scheduler, "alphas_cumprod", None) is None:
            return None
        if hasattr(scheduler, "previous_timestep"):
            before = int(scheduler.previous_timestep(int(self.timestep)))
        else:
            before = (
                int(self.timestep) - scheduler.config.num_train_timesteps // scheduler.num_inference_steps
            )
        if before >= 0:
            return _preserved(scheduler.alphas_cumprod[before])
        return _preserved(getattr(scheduler, "final_alpha_cumprod", 1.0))

    def _sigma(self, asked: Any, timestep: Any) -> float:
        """σ of the state. Exploding schedulers scale their input by it, halfway states included."""
        if asked.step_index is None:
            asked._init_step_index(torch.as_tensor(timestep))
        self.index = asked.step_index
        sigma = float(asked.sigmas[self.index])
        scale = 1.0
        if hasattr(asked, "scale_model_input"):
            scale = float(asked.scale_model_input(torch.ones(1, dtype=torch.float32), timestep))
        if self.form is None and abs(scale - 1) > 1e-6:
            self.form = "exploding"
        if self.form != "exploding" or scale >= 1:
            return sigma
        measured = (scale**-2 - 1) ** 0.5
        tables = [v for name, v in vars(asked).items() if "sigma" in name and isinstance(v, torch.Tensor)]
        known = torch.cat([table.detach().flatten().double().cpu() for table in tables])
        known = known[known.isfinite()]
        return float(known[(known - measured).abs().argmin()])


def _preserved(level: Any) -> Level:
    value = float(level)
    return Level(value**0.5, (1 - value) ** 0.5)


def _form(asked: Any, index: int | None, timestep: Any, sigma: float) -> str | None:
    """Which of `FORMS` the scheduler mixes pictures and noise by: asked to mix 1 with 0."""
    asked._step_index = asked._begin_index = index
    one, none = torch.ones(1, 1), torch.zeros(1, 1)
    time = torch.as_tensor(timestep).flatten()[:1].cpu()
    if hasattr(asked, "scale_noise"):
        signal = float(asked.scale_noise(one, time, none))
    elif hasattr(asked, "add_noise"):
        signal = float(asked.add_noise(one, none, time))
    else:
        return None
    fits = {name: abs(form(sigma).signal - signal) for name, form in FORMS.items()}
    best = min(fits, key=lambda name: fits[name])
    return best if fits[best] < 1e-3 else None


def prediction(scheduler: Any, form: str | None) -> str | None:
    """What the scheduler takes the network's output for: "epsilon", "v_prediction", "sample" or "flow"."""
    named = scheduler.config.get("prediction_type")
    if named is None:
        return "flow" if form == "flow" else None
    return "flow" if named == "flow_prediction" else named


def to_guess(
    state: torch.Tensor, output: torch.Tensor, level: Level, kind: str
) -> tuple[torch.Tensor, torch.Tensor]:
    """An output as (x̂₀, ε̂) with state = signal · x̂₀ + noise · ε̂, in float64.

    Salimans & Ho 2022, appendix D.
    """
    x, o = state.double(), output.double()
    a, b = level
    if kind == "epsilon":
        return (x - b * o) / a, o
    if kind == "v_prediction":
        size = a**2 + b**2
        guess = a * x / size - b * o / size**0.5
    elif kind == "flow":
        guess = (x - b * o) / (a + b)
    elif kind == "sample":
        guess = o
    else:
        raise ValueError(f"unknown prediction type {kind!r}")
    return guess, (x - a * guess) / b
