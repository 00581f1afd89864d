"""Which of a network's answers is the one with the prompt: proven on the tensors, or not said at all.

Not for names: a pipeline that names its calls is believed by `watching`; here the arithmetic is checked.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

ENOUGH = 1 << 14
"""How many numbers of a picture a proof looks at."""
FORMS = {"u + w(c − u)": 0.0, "c + w(c − u)": 1.0}
"""How much larger than w the factor of c is."""


@dataclass(frozen=True)
class Proof:
    """What `step` received is sign · (guided, rescaled or not) + share · state."""

    conditional: int
    """Which half is the one with the prompt: 0 or 1."""
    form: str
    rescaled: bool
    w: float
    sign: float
    share: float

    def __str__(self) -> str:
        return self.form + (", rescaled to the length of c" if self.rescaled else "")


def prove(
    halves: tuple[torch.Tensor, torch.Tensor],
    received: torch.Tensor,
    state: torch.Tensor,
    guidance: Sequence[float],
    conditional: int | None = None,
    before: Proof | None = None,
) -> Proof | str:
    """The one way in which `received` follows from both `halves` of one picture, or why there is none.

    `guidance` are the values that the pipeline's own w may have; `conditional` says which half has the prompt
    where the pipeline named it; what held `before` is tried first.
    """
    eps = torch.finfo(received.dtype).eps
    tensors = _thinned(*halves, received, state)
    if before is not None and before.w in guidance and (again := _fit(before, eps, *tensors)):
        return again
    found = [
        fitted
        for candidate in _candidates(guidance)
        if conditional in (None, candidate.conditional) and (fitted := _fit(candidate, eps, *tensors))
    ]
    if not found:
        return "what the scheduler received follows from the network's answers in no way that is known"
    if len({one.conditional for one in found}) > 1:
        return "either half may be the one with the prompt: both ways give what the scheduler received"
    return found[0]


def _candidates(guidance: Sequence[float]) -> Iterator[Proof]:
    for w in dict.fromkeys(guidance):
        for form in FORMS:
            for rescaled in (False, True):
                for conditional in (0, 1):
                    yield Proof(conditional, form, rescaled, w, 1.0, 0.0)


def _thinned(*tensors: torch.Tensor) -> list[torch.Tensor]:
    """The same rows of each, along whole last axes, in float64."""
    flat = [one.reshape(-1, one.shape[-1]) for one in tensors]
    stride = -(-flat[0].numel() // ENOUGH)
    thin = [one[::stride] for one in flat]
    return [(one if one.device.type != "mps" else one.cpu()).double() for one in thin]


def _fit(
    candidate: Proof,
    eps: float,
    first: torch.Tensor,
    second: torch.Tensor,
    received: torch.Tensor,
    state: torch.Tensor,
) -> Proof | None:
    """The candidate with its sign and share, if it holds to within the rounding of the numbers."""
    c, u = (first, second) if candidate.conditional == 0 else (second, first)
    factor = candidate.w + FORMS[candidate.form]
    guided = u + factor * (c - u)
    if candidate.rescaled:
        guided = guided * (c.norm(dim=-1, keepdim=True) / guided.norm(dim=-1, keepdim=True).clamp_min(1e-30))
    # Two unknowns: what a loop does to the guided answer besides guiding it. Least squares, in one go.
    three = torch.stack([guided.flatten(), state.flatten(), received.flatten()])
    (gg, gx, gr), (_, xx, xr), _ = (three @ three.T).tolist()
    area = gg * xx - gx**2
    if not area > 1e-12 * gg * xx:  # one and the same, nothing at all, or no numbers
        return None
    sign, share = (xx * gr - gx * xr) / area, (gg * xr - gx * gr) / area
    if abs(sign) < 1e-6:
        return None
    error = sign * three[0] + share * three[1] - three[2]
    size = abs(sign) * (abs(factor) * c.norm() + abs(1 - factor) * u.norm()) + abs(share) * state.norm()
    if float(error.norm()) > 4 * eps * float(size):
        return None
    if abs(share) * float(state.norm()) <= 16 * eps * float(size):
        # Nothing of the state: a factor besides the sign scales the guided answer, not the branches.
        sign, share = (1.0 if sign > 0 else -1.0), 0.0
    return Proof(candidate.conditional, candidate.form, candidate.rescaled, candidate.w, sign, share)
