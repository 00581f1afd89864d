"""Get captures: from disk where they are, otherwise by running the model, like with like in one batch.

Not for what a run looks like from inside: `batches` has the hooks.
"""

import sys
from collections.abc import Collection, Iterable
from dataclasses import replace

import numpy as np

from course.errors import UsageError
from course.model.prompts import check_prompt
from course.paths import shown
from course.precompute import store
from course.precompute.spec import SHIPPED, TRIED, CaptureSpec, weights_digest
from course.precompute.store import Capture
from course.progress import progress

BATCH = 16
TAKEN_UP = 1e-2
"""How far, in parts of its size, a walk that is taken up may stray, as its state was rounded."""


def capture(spec: CaptureSpec, device: str | None = None) -> Capture:
    """The capture of `spec`, from disk if it is there. UsageError for a prompt the model cannot read."""
    return capture_all([spec], device)[0]


def capture_all(specs: Iterable[CaptureSpec], device: str | None = None) -> list[Capture]:
    """The captures of all `specs`, in their order; what is missing is made in batches, with a bar."""
    wanted = list(specs)
    # First of all: finding out what a model can be asked may capture some of these. What none can is known.
    for spec in sorted(wanted, key=lambda one: set(one.extra) <= set(TRIED)):
        if spec.extra and not store.capture_path(spec.key).exists() and (gone := beyond(spec, device)):
            raise UsageError(
                f"{', '.join(gone)} cannot be asked of {spec.model}, which is run as it is. Leave it out."
            )
    found: dict[str, Capture] = {}
    missing: dict[str, CaptureSpec] = {}
    for spec in wanted:
        if spec.key in found or spec.key in missing:
            continue
        kept = _from_disk(spec)
        if kept is None:
            missing[spec.key] = spec
        else:
            found[spec.key] = kept
    _check(missing.values())
    found |= _made(missing.values(), device)
    return [found[spec.key] for spec in wanted]


def _made(specs: Collection[CaptureSpec], device: str | None) -> dict[str, Capture]:
    """Captures by key, made and kept."""
    found: dict[str, Capture] = {}
    if specs:
        store.check_writable()
        from course.precompute import batches

        with progress(total=sum(map(_steps, specs)), desc="capturing", unit="step") as bar:
            for group in _batches(specs):
                for made in batches.record(group, device, lambda n: bar.update(n)):
                    store.save(made)
                    found[made.key] = made
    return found


def beyond(spec: CaptureSpec, device: str | None = None) -> tuple[str, ...]:
    """The fields that are asked of a model from elsewhere, but that its loop cannot be asked; see `spec.OWN`.

    Those of `TRIED` can be, of a loop whose steps mix guess and noise anew and that remembers nothing but the
    state. Both are measured on a walk, which is taken up from the state half way by another seed, and has to
    go on as it did: captured once for all prompts and seeds. The first state, which no step has made, cannot
    be exchanged.
    """
    if not spec.extra or set(spec.extra) - set(TRIED) or (spec.start and not spec.start[1]):
        return spec.extra
    walk = replace(spec, start=None, eta=0.0, scheduler="ddim")
    alike = replace(walk, prompt="x", seed=0), weights_digest(spec.model)
    if alike not in _tried:
        _tried[alike] = _can_be_led(walk, device)
    return () if _tried[alike] else spec.extra


_tried: dict[tuple[CaptureSpec, str], bool] = {}


def _can_be_led(spec: CaptureSpec, device: str | None) -> bool:
    walk, half = capture(spec, device), spec.steps // 2
    if not half or not walk.straight:
        return False
    # Another seed: whatever else the loop may remember, it is of another walk.
    again = replace(spec, seed=spec.seed + 1, start=(walk.key, half))
    rest = _from_disk(again) or _made([again], device)[again.key]
    gap = np.linalg.norm(rest.states - walk.states[half:])
    return bool(gap < TAKEN_UP * np.linalg.norm(walk.states[half:]))


def _from_disk(spec: CaptureSpec) -> Capture | None:
    path = store.capture_path(spec.key)
    if not path.exists():
        return None
    try:
        return store.load(path, spec.key)
    except store.Damaged as damage:
        print(f"warning: {shown(path)} is damaged ({damage}); capturing it again", file=sys.stderr)
        return None


def _check(specs: Iterable[CaptureSpec]) -> None:
    for spec in specs:
        if spec.model in SHIPPED:
            others = (spec.switch[1],) if spec.switch else ()
            mixed = spec.mix[1] if spec.mix else ()
            for prompt in dict.fromkeys((spec.prompt, spec.negative_prompt, *others, *mixed)):
                check_prompt(prompt)


def _steps(spec: CaptureSpec) -> int:
    return spec.steps - (spec.start[1] if spec.start else 0)


def _batches(specs: Iterable[CaptureSpec]) -> list[list[CaptureSpec]]:
    """Specs that can run side by side: they differ in prompt, seed, guidance and starting state only.

    A model from elsewhere paints one picture at a time: in a batch its pictures would be others.
    """
    groups: dict[CaptureSpec, list[CaptureSpec]] = {}
    for spec in specs:
        alike = replace(
            spec,
            prompt="x",
            seed=0,
            guidance=1,
            negative_prompt="",
            start=("", spec.start[1]) if spec.start else None,
            switch=(spec.switch[0], "") if spec.switch else None,
            mix=(spec.mix[0], ("",) * len(spec.mix[1])) if spec.mix else None,
        )
        groups.setdefault(spec if spec.is_foreign else alike, []).append(spec)
    return [group[k : k + BATCH] for group in groups.values() for k in range(0, len(group), BATCH)]
