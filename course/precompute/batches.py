"""Run a pipeline and keep what its scheduler, network and attention did, through hooks: no copy of any loop.

Not for deciding what to run or where it is kept (`capturing`, `store`).
"""

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from course.errors import UsageError
from course.model.networks import token_ids
from course.precompute import foreign, store
from course.precompute.forward import forward, levels, provenance
from course.precompute.solvers import walking_by
from course.precompute.spec import CaptureSpec
from course.precompute.store import Capture
from course.precompute.systems import PixelSystem, load_pipeline, system_of, weights_of

Tick = Callable[[int], object]
BOTH = 2.0
"""A guidance at which every pipeline evaluates both branches."""


def record(specs: Sequence[CaptureSpec], device: str | None, tick: Tick) -> list[Capture]:
    """Run specs that differ in prompt, seed, guidance and starting state only, in one batch."""
    if specs[0].is_forward:
        made = []
        for spec in specs:
            made.append(forward(spec))
            tick(spec.steps)
        return made
    if specs[0].is_foreign:
        return [foreign.capture(spec, device or default_device(), tick) for spec in specs]
    return run(load_pipeline(specs[0].model, device or default_device()), specs, tick)


def default_device() -> str:
    """CUDA where there is one, otherwise the CPU."""
    return "cuda" if torch.cuda.is_available() else "cpu"


class _Recorder:
    """What the hooks saw, one entry a step; rows are pictures, or `parts` rows each where conditions add
    up."""

    def __init__(self, system: PixelSystem, specs: Sequence[CaptureSpec], parts: int, tick: Tick) -> None:
        self.system, self.parts, self.tick = system, parts, tick
        self.spec = specs[0]
        self.guidance = torch.tensor([spec.guidance for spec in specs], dtype=torch.float32)
        self.states: list[torch.Tensor] = []
        self.guided: list[torch.Tensor] = []
        self.conditional: list[torch.Tensor] = []
        self.without: list[torch.Tensor] = []
        self.timesteps: list[int] = []
        self.last = torch.empty(0)
        self.projected: dict[str, torch.Tensor] = {}
        self.attention: list[torch.Tensor] = []
        self.queries: list[torch.Tensor] = []
        self.keys: list[torch.Tensor] = []

    def keep(self, kept: list[torch.Tensor], rows: torch.Tensor) -> None:
        """Add one entry, of the first row of each picture."""
        kept.append(rows[:: self.parts].float().cpu())

    def branches(self, output: torch.Tensor) -> None:
        """Keep the two halves of a network's output; conditions that add up become one: u + Σ(cᵢ − u)."""
        without, conditional = self.system.unfolded(output).chunk(2)
        if self.parts > 1:
            change = (conditional - without).unflatten(0, (-1, self.parts)).sum(1)
            conditional = without + change.repeat_interleave(self.parts, 0)
        self.keep(self.without, without)
        self.keep(self.conditional, conditional)

    def guide(self, like: torch.Tensor) -> torch.Tensor:
        """u + w(c − u), for all rows, from the branches kept last."""
        without, conditional = self.without[-1], self.conditional[-1]
        guided = without + self.guidance.reshape(-1, 1, 1, 1) * (conditional - without)
        return guided.repeat_interleave(self.parts, 0).to(like.device, like.dtype)


def _cross_attention(unet: torch.nn.Module) -> dict[str, Any]:
    return {name: layer for name, layer in unet.named_modules() if name.endswith("attn2")}


@contextmanager
def _recording(recorder: _Recorder, switch: tuple[int, torch.Tensor] | None) -> Iterator[None]:
    spec, pipe = recorder.spec, recorder.system.pipe
    skip = spec.start[1] if spec.start else 0
    guides = recorder.system.guides and recorder.parts == 1
    scheduler, unet = pipe.scheduler, pipe.unet
    step, set_timesteps = scheduler.step, scheduler.set_timesteps
    layers = _cross_attention(unet)
    handles = []

    @functools.wraps(step)
    def recorded_step(
        model_output: torch.Tensor, timestep: Any, sample: torch.Tensor, *args: Any, **kwargs: Any
    ) -> Any:
        if not guides:
            model_output = recorder.guide(model_output)
        if spec.scheduler == "ddpm-mean":
            kwargs |= {"eta": 1.0, "generator": None, "variance_noise": torch.zeros_like(sample)}
        result = step(model_output, timestep, sample, *args, **kwargs)
        recorder.keep(recorder.states, sample)
        recorder.keep(recorder.guided, model_output)
        recorder.timesteps.append(int(timestep))
        after = result.prev_sample if hasattr(result, "prev_sample") else result[0]
        recorder.last = after[:: recorder.parts].float().cpu()
        recorder.tick(len(recorder.last))
        return result

    @functools.wraps(set_timesteps)
    def shortened(*args: Any, **kwargs: Any) -> None:
        set_timesteps(*args, **kwargs)
        scheduler.timesteps = scheduler.timesteps[skip:]

    def before(module: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        if switch is not None and len(recorder.states) + skip >= switch[0]:
            kwargs = {**kwargs, "encoder_hidden_states": switch[1]}
        return args, kwargs

    def after(module: Any, args: Any, output: Any) -> None:
        recorder.branches(output.sample if hasattr(output, "sample") else output[0])
        _attend(recorder, layers)

    def keep(name: str) -> Callable[..., None]:
        return lambda module, args, output: recorder.projected.__setitem__(name, output.detach())

    try:
        scheduler.step, scheduler.set_timesteps = recorded_step, shortened
        handles.append(unet.register_forward_pre_hook(before, with_kwargs=True))
        for name, layer in layers.items():
            handles.append(layer.to_q.register_forward_hook(keep(f"{name} q")))
            handles.append(layer.to_k.register_forward_hook(keep(f"{name} k")))
        handles.append(unet.register_forward_hook(after))
        yield
    finally:
        for handle in handles:
            handle.remove()
        # Deleting the instance attributes brings the class's methods back.
        del scheduler.step, scheduler.set_timesteps


def _attend(recorder: _Recorder, layers: dict[str, Any]) -> None:
    """softmax(QKᵀ/√d) of the conditional half, beside the fused kernel, from the projections kept."""
    finest = max(recorder.projected[f"{name} q"].shape[1] for name in layers)
    maps = []
    for name, layer in layers.items():
        projected = [recorder.projected[f"{name} {which}"].chunk(2)[1] for which in "qk"]
        if projected[0].shape[1] != finest:
            continue
        q, k = (half.unflatten(-1, (layer.heads, -1)).transpose(1, 2) for half in projected)
        maps.append((q @ k.transpose(-1, -2) * layer.scale).softmax(-1).mean(1))
        if "qk" in recorder.spec.record and len(maps) == 1:
            recorder.queries.append(q.float().cpu())
            recorder.keys.append(k.float().cpu())
    # Conditions that add up share the attention: their tokens one after another, the whole still summing to
    # 1.
    rows = torch.stack(maps).mean(0).unflatten(0, (-1, recorder.parts))
    recorder.attention.append(rows.movedim(1, 2).flatten(2).div(recorder.parts).float().cpu())
    recorder.projected.clear()


def _prompts(spec: CaptureSpec) -> tuple[str, ...]:
    return spec.mix[1] if spec.mix else (spec.prompt,)


def _conditions(system: PixelSystem, specs: Sequence[CaptureSpec]) -> tuple[torch.Tensor, int]:
    """Conditions of the specs' prompts, mixed as they ask, (rows, T, D), and how many rows a picture has."""
    count = len(_prompts(specs[0]))
    parts = system.encode([prompt for spec in specs for prompt in _prompts(spec)])
    how = specs[0].mix[0] if specs[0].mix else "sum"
    if how == "sum":
        return parts, count
    if how == "backwards":
        return parts.flip(1), 1
    grouped = parts.unflatten(0, (-1, count))
    return (grouped.mean(1) if how == "mean" else grouped.flatten(1, 2)), 1


@torch.no_grad()
def run(pipe: Any, specs: Sequence[CaptureSpec], tick: Tick) -> list[Capture]:
    """One batch through a pipeline."""
    first, system = specs[0], system_of(pipe)
    if first.mix and first.switch:
        raise UsageError("mix and switch cannot be captured together. Leave one out.")
    if first.mix and first.mix[0] == "sum" and first.record:
        raise UsageError(
            "mix='sum' has one condition a branch: capture each prompt alone to record its keys."
        )
    conditional, parts = _conditions(system, specs)
    without = system.encode([spec.negative_prompt for spec in specs]).repeat_interleave(parts, 0)
    without = without.repeat(1, conditional.shape[1] // without.shape[1], 1)
    switch = None
    if first.switch:
        later = system.encode([spec.switch[1] for spec in specs if spec.switch])
        switch = (first.switch[0], torch.cat([without, later]))
    if first.start:
        shape = tuple(system.noise([0]).shape[1:])
        latents = torch.from_numpy(np.stack([store.started(spec, shape) for spec in specs]))
    else:
        latents = system.noise([spec.seed for spec in specs])
    seeds = [spec.seed + 2**32 for spec in specs for _ in range(parts)]
    recorder = _Recorder(system, specs, parts, tick)
    with walking_by(pipe, first), _recording(recorder, switch):
        system.denoise(
            conditional,
            without,
            latents.repeat_interleave(parts, 0).to(pipe.device),
            steps=first.steps,
            guidance=[spec.guidance if system.guides else BOTH for spec in specs for _ in range(parts)],
            eta=first.eta,
            generator=[torch.Generator().manual_seed(seed) for seed in seeds] if first.eta > 0 else None,
        )
    return _captures(specs, recorder, conditional)


def to_guess(
    output: np.ndarray, states: np.ndarray, level: np.ndarray, prediction: str
) -> tuple[np.ndarray, np.ndarray]:
    """A network's output as (x̂₀, ε̂), computed in float64. Salimans & Ho 2022, section 4 and appendix D.

    `output` and `states` are (S, …), `level` is ᾱ as (S,).
    """
    a, b = (np.sqrt(v).reshape(-1, *[1] * (output.ndim - 1)) for v in (level, 1 - level))
    x, o = states.astype(np.float64), output.astype(np.float64)
    if prediction == "v_prediction":
        return a * x - b * o, a * o + b * x
    if prediction == "sample":
        return o, (x - a * o) / b
    return (x - b * o) / a, o


def _captures(specs: Sequence[CaptureSpec], recorder: _Recorder, conditional: torch.Tensor) -> list[Capture]:
    pipe = recorder.system.pipe
    level = levels(pipe.scheduler, recorder.timesteps)
    prediction = pipe.scheduler.config.prediction_type
    states = torch.stack([*recorder.states, recorder.last], 1).numpy()
    attention = torch.stack(recorder.attention, 1).transpose(-1, -2)
    edge = int(attention.shape[-1] ** 0.5)
    words = conditional.unflatten(0, (len(specs), -1)).flatten(1, 2).float().cpu().numpy()
    made = []
    for k, spec in enumerate(specs):

        def converted(output: list[torch.Tensor], k: int = k) -> tuple[np.ndarray, np.ndarray]:
            return to_guess(torch.stack(output, 1)[k].numpy(), states[k][:-1], level[:-1], prediction)

        guess, noise = converted(recorder.guided)
        # The mean of several prompts has no tokens of its own: those of the first stand for their places.
        prompts = _prompts(spec)[:1] if spec.mix and spec.mix[0] == "mean" else _prompts(spec)
        ids = token_ids(pipe.tokenizer, list(prompts)).flatten().tolist()
        ids = ids[::-1] if spec.mix and spec.mix[0] == "backwards" else ids
        made.append(
            Capture(
                spec=spec,
                states=states[k],
                guesses=guess.astype(np.float32),
                noise=noise.astype(np.float32),
                noise_cond=converted(recorder.conditional)[1].astype(np.float32),
                noise_uncond=converted(recorder.without)[1].astype(np.float32),
                timesteps=np.array(recorder.timesteps, np.int64),
                alphas_cumprod=level,
                pictures=recorder.system.pixels(states[k]),
                guess_pictures=recorder.system.pixels(guess),
                text_embedding=words[k],
                tokens=tuple(pipe.tokenizer.convert_ids_to_tokens(ids)),
                attention=attention[k].unflatten(-1, (edge, edge)).numpy(),
                queries=torch.stack([q[k] for q in recorder.queries]).numpy() if recorder.queries else None,
                keys=torch.stack([q[k] for q in recorder.keys]).numpy() if recorder.keys else None,
                provenance=provenance(
                    spec, str(pipe.unet.device), str(pipe.unet.dtype), weights_of(pipe, spec.model)
                )
                | {"batch": f"{k + 1} of {len(specs)}", "threads": str(torch.get_num_threads())},
            )
        )
    return made
