"""Get captures: from disk where they are, otherwise by running the model, like with like in one batch.

Not for what a run looks like from inside: `batches` has the hooks.
"""

import sys
from collections.abc import Iterable
from dataclasses import replace

from course.errors import UsageError
from course.model.prompts import check_prompt
from course.paths import shown
from course.precompute import store
from course.precompute.spec import SHIPPED, CaptureSpec
from course.precompute.store import Capture
from course.progress import progress

BATCH = 16


def capture(spec: CaptureSpec, device: str | None = None) -> Capture:
    """The capture of `spec`, from disk if it is there. UsageError for a prompt the model cannot read."""
    return capture_all([spec], device)[0]


def capture_all(specs: Iterable[CaptureSpec], device: str | None = None) -> list[Capture]:
    """The captures of all `specs`, in their order; what is missing is made in batches, with a bar."""
    wanted = list(specs)
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
    if missing:
        _check(missing.values())
        store.check_writable()
        from course.precompute import batches

        with progress(total=sum(_steps(s) for s in missing.values()), desc="capturing", unit="step") as bar:
            for group in _batches(missing.values()):
                for made in batches.record(group, device, lambda n: bar.update(n)):
                    store.save(made)
                    found[made.key] = made
    return [found[spec.key] for spec in wanted]


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
        if spec.beyond:
            raise UsageError(
                f"{', '.join(spec.beyond)} cannot be asked of {spec.model}, which is run as it is. "
                "Leave it out."
            )
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
