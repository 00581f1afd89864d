"""The optimiser of a training: AdamW, with or without Muon for the matrices inside the blocks of a U-Net.

Not for the learning rate's course or the loop: see `train`.
"""

from typing import Any

import torch
from torch import nn

from course.model.settings import Recipe

INSIDE = ("down_blocks.", "mid_block.", "up_blocks.")
"""The parts of a U-Net whose matrices Muon turns; ends, embeddings and vectors are AdamW's."""


def make_optimizer(module: nn.Module, recipe: Recipe) -> Any:
    """AdamW over everything, or, where the recipe says so, a `MuonBesideAdamW`."""
    if recipe.muon:
        return MuonBesideAdamW(module, recipe)
    return _adamw(list(module.parameters()), recipe)


def _adamw(parameters: list[nn.Parameter], recipe: Recipe) -> torch.optim.AdamW:
    return torch.optim.AdamW(
        parameters, recipe.learning_rate, weight_decay=recipe.weight_decay, betas=(0.9, 0.99), fused=True
    )


class MuonBesideAdamW:
    """Steps along orthogonalised momentum (Jordan et al. 2024) in the blocks, AdamW for all else.

    A convolution counts as a matrix of (channels out, channels in × window). Steps are scaled to the size
    of AdamW's (Liu et al. 2025), so both share one learning rate. Raises ValueError where `module` has no
    such blocks, or is not laid out with its channels last.
    """

    def __init__(self, module: nn.Module, recipe: Recipe) -> None:
        named = list(module.named_parameters())
        self.inside = [
            p for name, p in named if p.ndim > 1 and name.startswith(INSIDE) and "time_emb" not in name
        ]
        if not self.inside:
            raise ValueError("Muon is for the blocks of a U-Net, and this network has none.")
        if any(_matrix(p).data_ptr() != p.data_ptr() for p in self.inside):
            raise ValueError("Muon turns the weights where they lie: give the network with channels last.")
        taken = {id(p) for p in self.inside}
        self.matrices = [nn.Parameter(_matrix(p.detach())) for p in self.inside]
        self.muon = torch.optim.Muon(
            self.matrices,
            lr=recipe.learning_rate,
            weight_decay=recipe.weight_decay,
            adjust_lr_fn="match_rms_adamw",
        )
        self.adamw = _adamw([p for _, p in named if id(p) not in taken], recipe)

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """Those of both, whose learning rates are set together."""
        return [*self.muon.param_groups, *self.adamw.param_groups]

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget all gradients."""
        for p in self.inside:
            p.grad = None
        self.adamw.zero_grad(set_to_none)

    def step(self) -> None:
        """One step of both; the matrices share their memory with the module's weights."""
        for p, matrix in zip(self.inside, self.matrices, strict=True):
            matrix.grad = None if p.grad is None else _matrix(p.grad)
        self.muon.step()
        self.adamw.step()

    def state_dict(self) -> dict[str, Any]:
        """Those of both."""
        return {"muon": self.muon.state_dict(), "adamw": self.adamw.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up what `state_dict` gave."""
        self.muon.load_state_dict(state["muon"])
        self.adamw.load_state_dict(state["adamw"])


def _matrix(weight: torch.Tensor) -> torch.Tensor:
    """(out, …) as a matrix; a convolution's channels come last, as in memory, so that nothing is copied."""
    flat = weight.permute(0, 2, 3, 1) if weight.ndim == 4 else weight
    return flat.reshape(len(weight), -1)
