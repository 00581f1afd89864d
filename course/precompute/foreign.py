"""Any text-to-image pipeline of diffusers, from a folder: loaded with care, run as it is, kept as a capture.

Not for the models that ship, of which more is asked (see `batches`), nor for the hooks (see `recorder`).
"""

import gc
import inspect
import json
import sys
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, ExitStack
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from course.errors import CourseError, UsageError
from course.model.devices import out_of_memory
from course.model.loading import load, quiet
from course.paths import shown
from course.precompute import store
from course.precompute.forward import provenance
from course.precompute.recorder import Run, recording
from course.precompute.recorder.darkroom import Darkroom
from course.precompute.recorder.going_on import going_on
from course.precompute.spec import CaptureSpec, changed, model_folder, weights_digest
from course.precompute.store import Capture

PICTURES = {"image", "mask_image", "control_image", "video", "num_frames", "audio_length_in_s"}
"""What a pipeline takes that does not paint from words alone."""
SHORT = "there was not enough memory for it"
"""Why a capture has no attention that its model could give."""
REHEARSED = 3.0
"""A guidance at which every pipeline that knows two branches evaluates both."""


def kind_of(folder: Path) -> Any:
    """The pipeline's class. Raises UsageError for one that cannot be captured, and says why."""
    with quiet():
        import diffusers
    try:
        index = json.loads((folder / "model_index.json").read_text(encoding="utf-8"))
        name = index["_class_name"]
    except (ValueError, KeyError, TypeError):
        raise UsageError(f"{shown(folder)} names no pipeline in its model_index.json.") from None
    kind = getattr(diffusers, name, None) if isinstance(name, str) else None
    if kind is None:
        raise UsageError(
            f"{shown(folder)} needs code of its own or another diffusers ({name}): not taken from strangers."
        )
    takes = inspect.signature(kind.__call__).parameters
    if "prompt" not in takes or PICTURES & takes.keys():
        raise UsageError(f"{name} in {shown(folder)} is not a text-to-image pipeline. Give one that is.")
    for part in sorted(path for path in folder.iterdir() if path.is_dir()):
        if any(part.glob("*.bin")) and not any(part.glob("*.safetensors")):
            raise UsageError(
                f"{shown(part)} holds pickled weights, which may run code when they are read. "
                "Give a folder with safetensors."
            )
    return kind


@lru_cache(maxsize=1)
def _loaded(model: str, digest: str, device: str) -> Any:
    folder = model_folder(model)
    kind = kind_of(folder)
    # Other tensors than the network's own are common in weights from elsewhere; missing ones are not borne.
    pipe = load(kind, folder, ("",), dtype=dtype_for(device), use_safetensors=True)
    if weights_digest(model) != digest:
        raise CourseError(changed(model))
    pipe.set_progress_bar_config(disable=True)
    for part in pipe.components.values():
        if isinstance(part, torch.nn.Module) and part.dtype != dtype_for(device):
            part.to(
                dtype_for(device)
            )  # of diffusers 0.42.1 SD3Transformer2DModel does not load as it is told
    try:
        return pipe.to(device)
    except Exception as error:
        if not out_of_memory(error):
            raise
    raise CourseError(
        f"The weights of {model} do not fit into the memory of {device}. "
        "Give --device cpu, or a smaller model."
    )


def dtype_for(device: str) -> torch.dtype:
    """float32 on a CPU, where halves are slow; bfloat16 elsewhere, as most such models are published."""
    return torch.float32 if device == "cpu" else torch.bfloat16


def capture(spec: CaptureSpec, device: str, tick: Callable[[int], object]) -> Capture:
    """Run one spec through its own pipeline. Raises UsageError and CourseError with a sentence for people."""
    if 0 < spec.guidance < 1:
        raise UsageError(f"guidance is {spec.guidance:g}, but {spec.model} knows 0, 1 and more only.")
    digest = weights_digest(spec.model)
    pipe = _loaded(spec.model, digest, device)
    done = spec.start[1] if spec.start else 0

    def reached(step: int) -> None:
        nonlocal done
        if done < step <= spec.steps:
            done = step
            tick(1)

    # Attention is what can be done without: it goes first where memory is short.
    for attention in (True, False):
        try:
            return _captured(pipe, spec, digest, reached, attention)
        except Exception as error:
            if not out_of_memory(error):
                raise
        gc.collect()
        if device != "cpu":
            torch.get_device_module(device).empty_cache()
        if attention:
            print(f"warning: {spec.model} is captured without attention: {SHORT}", file=sys.stderr)
    raise _too_large(spec, device)


def _too_large(spec: CaptureSpec, device: str) -> CourseError:
    half = f", such as --size {max(spec.size) // 2}" if spec.size else " (--size)"
    return CourseError(
        f"{spec.model} did not fit into the memory of {device}, not even without attention. "
        f"Ask for smaller pictures{half}{'' if device == 'cpu' else ', or --device cpu'}."
    )


def examined(spec: CaptureSpec, device: str) -> tuple[str, Run]:
    """The class of a spec's pipeline, and one step of it, which tells what it reads of the prompt and what it
    lacks. Raises UsageError and CourseError as `capture` does."""
    pipe = _loaded(spec.model, weights_digest(spec.model), device)
    try:
        with torch.no_grad():
            return type(pipe).__name__, Darkroom(pipe, lambda: _arguments(pipe, spec, REHEARSED)).rehearsal
    except Exception as error:
        if not out_of_memory(error):
            raise
    raise _too_large(spec, device)


@torch.no_grad()
def _captured(
    pipe: Any, spec: CaptureSpec, digest: str, reached: Callable[[int], object], attention: bool
) -> Capture:
    darkroom = Darkroom(pipe, lambda: _arguments(pipe, spec, REHEARSED))
    proof = darkroom.rehearsal.steps[0].proof
    lower = 1 if proof is not None and proof.form.startswith("c") else 0

    def each(run: Run) -> None:
        if run.broken is not None:
            raise CourseError(
                f"Step {run.broken + 1} of {spec.model} ended in values that are no numbers (NaN). "
                "Try another device or number of steps."
            )
        reached(len(run.steps))

    with ExitStack() as led:
        if spec.extra:
            led.enter_context(_led(pipe, spec, darkroom.rehearsal.steps[0].state.ndim))
        run = led.enter_context(recording(pipe, attention=attention, each=each))
        pipe(**_arguments(pipe, spec, max(spec.guidance, 1.0) - lower), output_type="latent")
    del run.steps[: spec.start[1] if spec.start else 0]
    if not attention:
        run.lacks["attention"] = SHORT
    if run.guesses is None or run.noise is None:
        raise CourseError(f"{spec.model} cannot be captured: {run.lacks['guesses']}.")
    if run.lost:
        print(
            f"warning: {spec.model} did not read all of the prompt as it stands: {' '.join(run.lost)}",
            file=sys.stderr,
        )
    return _as_capture(pipe, spec, digest, run, darkroom)


def _led(pipe: Any, spec: CaptureSpec, ndim: int) -> AbstractContextManager[None]:
    """Has the loop go on from where `spec` starts, and add noise; its states have `ndim` axes."""
    state = None
    if spec.start:
        state = torch.from_numpy(store.started(spec))[None]
        state = state if ndim == 4 else state.flatten(2).transpose(1, 2)  # the inverse of `_upright`
    bare = spec.scheduler == "ddpm-mean"
    # Other numbers than those that the loop started from.
    fresh = None if bare else torch.Generator().manual_seed(spec.seed + 2**32)
    return going_on(pipe, spec.start[1] if spec.start else 0, state, 1.0 if bare else spec.eta, fresh)


def _arguments(pipe: Any, spec: CaptureSpec, w: float) -> dict[str, Any]:
    takes = inspect.signature(type(pipe).__call__).parameters
    # These loops switch guidance off at 1: to ignore the prompt is to follow that which stands for none.
    prompt = spec.prompt if spec.guidance > 0 else spec.negative_prompt
    given: dict[str, Any] = {
        "prompt": prompt,
        "negative_prompt": spec.negative_prompt,
        "num_inference_steps": spec.steps,
        "true_cfg_scale" if "true_cfg_scale" in takes else "guidance_scale": w,
        "generator": torch.Generator().manual_seed(spec.seed),
        "use_resolution_binning": False,
    }
    if spec.size:
        given |= {"height": spec.size[0], "width": spec.size[1]}
    return {name: value for name, value in given.items() if name in takes}


def _as_capture(pipe: Any, spec: CaptureSpec, digest: str, run: Run, darkroom: Darkroom) -> Capture:
    levels, level = run.levels, run.alphas_cumprod
    assert levels is not None
    assert level is not None
    assert run.guesses is not None
    scale = torch.tensor([(one.signal**2 + one.noise**2) ** 0.5 for one in levels], dtype=torch.float64)
    states = run.states.double() / scale.reshape(-1, *[1] * (run.states.ndim - 1))
    pictures = np.stack(list(darkroom.pictures(states)))
    shape = pictures.shape[1:3]

    def plain(tensor: torch.Tensor | None) -> np.ndarray | None:
        return None if tensor is None else _upright(tensor[:, 0].float(), shape).numpy()

    def surely(tensor: torch.Tensor | None) -> np.ndarray:
        found = plain(tensor)
        assert found is not None
        return found

    with_prompt = run.noise_cond
    if spec.guidance == 1 and with_prompt is None and "built in" not in run.lacks.get("branches", ""):
        with_prompt = run.noise  # the one pass there was
    attention = run.attention
    if attention is not None and (attention.ndim < 5 or attention.shape[2] != len(run.tokens)):
        attention = None
    network = next(
        part for part in (getattr(pipe, n, None) for n in ("transformer", "unet")) if part is not None
    )
    made: dict[str, Any] = provenance(spec, str(network.device), str(network.dtype), digest)
    proof = run.steps[0].proof
    arrays = {
        "states": surely(states),
        "guesses": surely(run.guesses),
        "noise": surely(run.noise),
        "noise_cond": plain(with_prompt),
        "noise_uncond": plain(run.noise_uncond),
        "attention": None if attention is None else attention[:, 0].float().numpy(),
    }
    there = {name: array for name, array in arrays.items() if array is not None}
    if there["states"][0].size > store.LARGE if spec.compact is None else spec.compact:
        # Here and not in the file alone: a capture is the same whether it was made or read.
        there, made["float16"] = store.rounded(there)
    return Capture(
        spec=spec,
        timesteps=run.timesteps.round().long().numpy(),
        alphas_cumprod=level.numpy(),
        pictures=pictures,
        guess_pictures=np.stack(list(darkroom.pictures(run.guesses.to(run.states.dtype)))),
        tokens=run.tokens,
        **there,
        provenance=made
        | {
            "computed": str(run.states.dtype),
            "pipeline": type(pipe).__name__,
            "scheduler": type(pipe.scheduler).__name__,
            "guided": str(proof) if proof else run.lacks.get("branches", ""),
            "read": run.words,
            "lost": " ".join(run.lost),
            "lacks": "; ".join(f"{name}: {why}" for name, why in sorted(run.lacks.items())),
            "threads": str(torch.get_num_threads()),
        },
    )


def _upright(packed: torch.Tensor, shape: Iterable[int]) -> torch.Tensor:
    """(S, C, h, w) as they are, or from (S, places, C)."""
    if packed.ndim == 4:
        return packed
    high, wide = shape
    rows = round((packed.shape[1] * high / wide) ** 0.5)
    return packed.transpose(1, 2).unflatten(2, (rows, -1)).contiguous()
