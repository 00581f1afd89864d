"""Run a pipeline and keep what its scheduler, network and attention did, through hooks: no copy of anyone's
loop.

Not for deciding what to run or where it is kept (`capturing`, `store`).
"""

import datetime
import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import diffusers
import numpy as np
import torch
import transformers

from course.errors import CourseError, UsageError
from course.model.data import SIZE, draw, to_model, to_pixels
from course.model.grammar import parse
from course.model.networks import scheduler as shipped_scheduler
from course.model.networks import token_ids
from course.model.pipeline import PixelPipeline, unfold
from course.paths import shown
from course.precompute import store
from course.precompute.spec import CaptureSpec, forward_picture, model_folder, weights_digest
from course.precompute.store import Capture

Tick = Callable[[int], object]


def record(specs: Sequence[CaptureSpec], device: str | None, tick: Tick) -> list[Capture]:
    """Run specs that differ in prompt, seed, guidance and starting state only, in one batch."""
    if specs[0].is_forward:
        return [forward(spec, tick) for spec in specs]
    return run(load_pipeline(specs[0].model, device or default_device()), specs, tick)


def default_device() -> str:
    """CUDA where there is one, otherwise the CPU."""
    return "cuda" if torch.cuda.is_available() else "cpu"


@lru_cache(maxsize=2)
def _loaded(model: str, digest: str, device: str) -> PixelPipeline:
    folder = model_folder(model)
    try:
        pipe = PixelPipeline.from_pretrained(folder, torch_dtype=torch.float32, local_files_only=True)
    except Exception as error:
        raise CourseError(
            f"The weights in {shown(folder)} cannot be loaded ({type(error).__name__}). "
            f"Restore them (git checkout -- {shown(folder)}), or train them: course train --model {model}"
        ) from error
    pipe.set_progress_bar_config(disable=True)
    pipe.unet.eval()
    return pipe.to(device)


def load_pipeline(model: str, device: str = "cpu") -> PixelPipeline:
    """The model's pipeline, float32, offline. Loaded again only when its weights change."""
    if model != "pixel":
        raise UsageError(f"Model {model!r} cannot be captured yet. Known: pixel, forward:<picture>.")
    return _loaded(model, weights_digest(model), device)


class _Recorder:
    """What the hooks saw, one entry a step: states before, predictions guided and per branch, queries and
    keys."""

    def __init__(self, tick: Tick) -> None:
        self.tick = tick
        self.states: list[torch.Tensor] = []
        self.guided: list[torch.Tensor] = []
        self.branches: list[torch.Tensor] = []
        self.timesteps: list[int] = []
        self.last: torch.Tensor | None = None
        self.projected: dict[str, torch.Tensor] = {}
        self.attention: list[torch.Tensor] = []
        self.queries: list[torch.Tensor] = []
        self.keys: list[torch.Tensor] = []


def _cross_attention(unet: torch.nn.Module) -> dict[str, Any]:
    return {name: layer for name, layer in unet.named_modules() if name.endswith("attn2")}


@contextmanager
def _recording(
    pipe: PixelPipeline, recorder: _Recorder, spec: CaptureSpec, switch: tuple[int, torch.Tensor] | None
) -> Iterator[None]:
    skip = spec.start[1] if spec.start else 0
    qk, mean_only = "qk" in spec.record, spec.scheduler == "ddpm-mean"
    scheduler, unet = pipe.scheduler, pipe.unet
    step, set_timesteps = scheduler.step, scheduler.set_timesteps
    layers = _cross_attention(unet)
    handles = []

    @functools.wraps(step)
    def recorded_step(
        model_output: torch.Tensor, timestep: Any, sample: torch.Tensor, *args: Any, **kwargs: Any
    ) -> Any:
        if mean_only:
            kwargs = {**kwargs, "eta": 1.0, "generator": None, "variance_noise": torch.zeros_like(sample)}
        result = step(model_output, timestep, sample, *args, **kwargs)
        recorder.states.append(sample.float().cpu())
        recorder.guided.append(model_output.float().cpu())
        recorder.timesteps.append(int(timestep))
        recorder.last = (result.prev_sample if hasattr(result, "prev_sample") else result[0]).float().cpu()
        recorder.tick(len(sample))
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
        recorder.branches.append((output.sample if hasattr(output, "sample") else output[0]).float().cpu())
        _attend(recorder, layers, qk)

    def keep(name: str) -> Callable[..., None]:
        return lambda module, args, output: recorder.projected.__setitem__(name, output.detach())

    try:
        scheduler.step, scheduler.set_timesteps = recorded_step, shortened
        handles.append(unet.register_forward_pre_hook(before, with_kwargs=True))
        for name, layer in layers.items():
            handles += [
                layer.to_q.register_forward_hook(keep(f"{name} q")),
                layer.to_k.register_forward_hook(keep(f"{name} k")),
            ]
        handles.append(unet.register_forward_hook(after))
        yield
    finally:
        for handle in handles:
            handle.remove()
        # Deleting the instance attributes brings the class's methods back.
        del scheduler.step, scheduler.set_timesteps


def _attend(recorder: _Recorder, layers: dict[str, Any], qk: bool) -> None:
    """softmax(QKᵀ/√d) of the conditional half, beside the fused kernel, from the projections that the hooks
    kept."""
    finest = max(recorder.projected[f"{name} q"].shape[1] for name in layers)
    maps = []
    for name, layer in layers.items():
        q, k = (recorder.projected[f"{name} {p}"] for p in "qk")
        if q.shape[1] != finest:
            continue
        q, k = (
            half.reshape(*half.shape[:2], layer.heads, -1).transpose(1, 2)
            for half in (q.chunk(2)[1], k.chunk(2)[1])
        )
        maps.append((q @ k.transpose(-1, -2) * layer.scale).softmax(-1).mean(1))
        if qk and len(maps) == 1:
            recorder.queries.append(q.float().cpu())
            recorder.keys.append(k.float().cpu())
    recorder.attention.append(torch.stack(maps).mean(0).float().cpu())
    recorder.projected.clear()


def _conditions(pipe: PixelPipeline, specs: Sequence[CaptureSpec], prompts: list[str]) -> torch.Tensor:
    """(N, T, D) conditions of `prompts`, mixed as the specs ask."""
    mix = specs[0].mix
    if mix is None:
        return pipe.encode_prompt(prompts)
    how, count = mix[0], len(mix[1])
    parts = pipe.encode_prompt([p for s in specs for p in s.mix[1]])  # type: ignore[index]
    parts = parts.reshape(len(specs), count, *parts.shape[1:])
    if how == "mean":
        return parts.mean(1)
    if how == "concat":
        return parts.flatten(1, 2)
    raise UsageError("mix='sum' cannot be captured yet. Known: mean, concat.")


@torch.no_grad()
def run(pipe: PixelPipeline, specs: Sequence[CaptureSpec], tick: Tick) -> list[Capture]:
    """One batch through the pixel pipeline."""
    first = specs[0]
    if first.mix and first.mix[0] == "concat" and first.switch:
        raise UsageError("mix='concat' and switch cannot be captured together.")
    conditional = _conditions(pipe, specs, [s.prompt for s in specs])
    without = pipe.encode_prompt([s.negative_prompt for s in specs])
    if conditional.shape[1] != without.shape[1]:
        without = without.repeat(1, conditional.shape[1] // without.shape[1], 1)
    switch = None
    if first.switch:
        later = pipe.encode_prompt([s.switch[1] for s in specs])  # type: ignore[index]
        switch = (first.switch[0], torch.cat([without, later]))
    if first.start:
        latents = torch.from_numpy(np.stack([_state(s) for s in specs]))
    else:
        latents = pipe.noise([s.seed for s in specs])
    recorder = _Recorder(tick)
    generators = [torch.Generator().manual_seed(s.seed + 2**32) for s in specs] if first.eta > 0 else None
    with _recording(pipe, recorder, first, switch):
        pipe(
            [s.prompt for s in specs],
            num_inference_steps=first.steps,
            guidance_scale=[s.guidance for s in specs],
            latents=latents,
            eta=first.eta,
            generator=generators,
            prompt_embeds=conditional,
            negative_prompt_embeds=without,
        )
    return _captures(pipe, specs, recorder, conditional)


def _state(spec: CaptureSpec) -> np.ndarray:
    assert spec.start is not None
    key, step = spec.start
    try:
        return store.load(store.capture_path(key), key).states[step]
    except store.Damaged:
        raise UsageError(f"start names capture {key}, which is not there. Capture it first.") from None


def levels(scheduler: Any, timesteps: Sequence[int]) -> np.ndarray:
    """(S+1,) float64: ᾱ at each state, the last at the scheduler's final one."""
    kept = scheduler.alphas_cumprod.double().numpy()
    return np.append(kept[list(timesteps)], float(scheduler.final_alpha_cumprod))


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


def _captures(
    pipe: PixelPipeline, specs: Sequence[CaptureSpec], recorder: _Recorder, conditional: torch.Tensor
) -> list[Capture]:
    assert recorder.last is not None
    level = levels(pipe.scheduler, recorder.timesteps)
    prediction = pipe.scheduler.config.prediction_type
    states = torch.stack([*recorder.states, recorder.last], 1).numpy()
    guided = torch.stack(recorder.guided, 1).numpy()
    branches = torch.stack(recorder.branches, 1)
    without, with_prompt = (
        unfold(half.flatten(0, 1)).unflatten(0, half.shape[:2]).numpy() for half in branches.chunk(2)
    )
    attention = torch.stack(recorder.attention, 1).transpose(-1, -2)
    edge = int(attention.shape[-1] ** 0.5)
    attention = attention.unflatten(-1, (edge, edge)).numpy()
    made = []
    for k, spec in enumerate(specs):
        guess, noise = to_guess(guided[k], states[k][:-1], level[:-1], prediction)
        noise_of = {
            n: to_guess(v[k], states[k][:-1], level[:-1], prediction)[1]
            for n, v in (("c", with_prompt), ("u", without))
        }
        prompts = spec.mix[1] if spec.mix and spec.mix[0] == "concat" else (spec.prompt,)
        ids = token_ids(pipe.tokenizer, list(prompts)).flatten().tolist()
        made.append(
            Capture(
                spec=spec,
                states=states[k],
                guesses=guess.astype(np.float32),
                noise=noise.astype(np.float32),
                noise_cond=noise_of["c"].astype(np.float32),
                noise_uncond=noise_of["u"].astype(np.float32),
                timesteps=np.array(recorder.timesteps, np.int64),
                alphas_cumprod=level,
                pictures=to_pixels(states[k]),
                guess_pictures=to_pixels(guess),
                text_embedding=conditional[k].float().cpu().numpy(),
                tokens=tuple(pipe.tokenizer.convert_ids_to_tokens(ids)),
                attention=attention[k],
                queries=torch.stack([q[k] for q in recorder.queries]).numpy() if recorder.queries else None,
                keys=torch.stack([q[k] for q in recorder.keys]).numpy() if recorder.keys else None,
                provenance=_provenance(spec, str(pipe.unet.device), str(pipe.unet.dtype)),
            )
        )
    return made


def _provenance(spec: CaptureSpec, device: str, dtype: str) -> dict[str, str]:
    return {
        "model": spec.model,
        "weights": weights_digest(spec.model),
        "torch": torch.__version__,
        "diffusers": diffusers.__version__,
        "transformers": transformers.__version__,
        "device": device,
        "dtype": dtype,
        "when": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }


def forward(spec: CaptureSpec, tick: Tick) -> Capture:
    """A known picture noised and played backwards: x_t = √ᾱ_t x₀ + √(1−ᾱ_t) ε with one ε throughout. No model
    runs."""
    from PIL import Image

    source = spec.model.removeprefix("forward:")
    if source == "prompt":
        things, background = parse(spec.prompt)
        if not things:
            raise UsageError(
                f"{spec.prompt!r} names nothing that can be drawn. Name a noun of assets/models/pixel/README.md."
            )
        pixels = draw(things[:2], background or "white", np.random.default_rng(spec.seed))
    else:
        with Image.open(forward_picture(source)) as image:
            pixels = np.asarray(image.convert("RGB").resize((SIZE, SIZE), Image.Resampling.BOX))
    scheduler = shipped_scheduler()
    scheduler.set_timesteps(spec.steps)
    timesteps = scheduler.timesteps.tolist()
    level = levels(scheduler, timesteps)
    clean = to_model(pixels).astype(np.float64)
    noise = PixelPipeline.noise([spec.seed])[0].double().numpy()
    a, b = (np.sqrt(v).reshape(-1, 1, 1, 1) for v in (level, 1 - level))
    states = (a * clean + b * noise).astype(np.float32)
    guesses = np.repeat(clean[None], spec.steps, 0).astype(np.float32)
    tick(spec.steps)
    return Capture(
        spec=spec,
        states=states,
        guesses=guesses,
        noise=np.repeat(noise[None], spec.steps, 0).astype(np.float32),
        timesteps=np.array(timesteps, np.int64),
        alphas_cumprod=level,
        pictures=to_pixels(states),
        guess_pictures=to_pixels(guesses),
        provenance=_provenance(spec, "cpu", "torch.float64"),
    )
