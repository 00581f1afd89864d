"""Muon turns the weights of the blocks where they lie, AdamW turns the rest, and both keep their state."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from course.model import networks
from course.model.optimizer import MuonBesideAdamW, make_optimizer
from course.model.settings import Recipe

pytestmark = pytest.mark.usefixtures("narrow")  # Muon is slow where bfloat16 is imitated
RECIPE = Recipe(batch=2, learning_rate=1e-2, minutes=1, weight_decay=0.0, muon=True)


def network() -> nn.Module:
    torch.manual_seed(0)
    return networks.latent_unet().to(memory_format=torch.channels_last)


def stepped(module: nn.Module) -> tuple[MuonBesideAdamW, dict[str, torch.Tensor]]:
    """One step on random gradients, and by how much it moved every weight."""
    before = {k: v.detach().clone() for k, v in module.named_parameters()}
    optimizer = make_optimizer(module, RECIPE)
    for p in module.parameters():
        p.grad = torch.randn(p.shape, generator=torch.Generator().manual_seed(p.numel()))
    optimizer.step()
    return optimizer, {k: v.detach() - before[k] for k, v in module.named_parameters()}


def test_steps_in_the_blocks_are_nearly_orthogonal_and_of_adams_size() -> None:
    _, moved = stepped(network())
    name = "mid_block.resnets.0.conv1.weight"
    matrix = moved[name].permute(0, 2, 3, 1).flatten(1)
    values = torch.linalg.svdvals(matrix)
    assert values.max() / values.min() < 2
    assert float(matrix.square().mean().sqrt()) == pytest.approx(0.2 * RECIPE.learning_rate, rel=0.15)
    # AdamW's first step is the sign of the gradient, for the ends and for every vector.
    for name in ("conv_in.weight", "conv_out.weight", "mid_block.resnets.0.conv1.bias"):
        assert moved[name].abs().median() == pytest.approx(RECIPE.learning_rate, rel=0.01), name


def test_every_weight_is_moved() -> None:
    _, moved = stepped(network())
    assert [name for name, by in moved.items() if not by.abs().sum() > 0] == []


def test_its_state_comes_back() -> None:
    module = network()
    optimizer, _ = stepped(module)
    other = make_optimizer(module, RECIPE)
    other.load_state_dict(optimizer.state_dict())
    kept, back = optimizer.state_dict(), other.state_dict()
    for half in ("muon", "adamw"):
        assert kept[half]["state"].keys() == back[half]["state"].keys() != set()
        for k, values in kept[half]["state"].items():
            assert all(
                torch.equal(torch.as_tensor(v), torch.as_tensor(back[half]["state"][k][n]))
                for n, v in values.items()
            )


def test_networks_that_it_cannot_turn_are_refused() -> None:
    with pytest.raises(ValueError, match="has none"):
        make_optimizer(networks.clip(), RECIPE)
    with pytest.raises(ValueError, match="channels last"):
        make_optimizer(networks.latent_unet(), RECIPE)
    assert isinstance(make_optimizer(networks.clip(), replace(RECIPE, muon=False)), torch.optim.AdamW)
