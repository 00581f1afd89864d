"""Damage what a check reads, one thing at a time: a check that notices none of it proves nothing.

Not for checks that are identities, which hold whatever they are given.
"""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from course.maths.checking import Check
from course.stage.checked import Checked


def bent(value: Any) -> Any:
    """Numbers up to a percent off, each by its own share, so that no scale or shift undoes it."""
    value = np.asarray(value, np.float64)
    return value * (1 + 0.01 * np.cos(7 * value))


def unlawful(value: Any) -> Any:
    """Numbers of another law, too wide and off the middle: a score misses a percent of each draw."""
    return 1.5 * np.asarray(value, np.float64) + 0.5


class Bent:
    """Something of which one attribute is bent, or what one of its methods returns; the rest is as it is."""

    def __init__(
        self,
        of: object,
        name: str = "",
        noted: set[str] | None = None,
        damage: Callable[[Any], Any] = bent,
    ) -> None:
        self._of, self._name, self._noted, self._damage = of, name, noted, damage

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._of, name)
        if self._noted is not None:
            self._noted.add(name)
        if name != self._name:
            return found
        damage = self._damage
        return (lambda *args, **kwargs: damage(found(*args, **kwargs))) if callable(found) else damage(found)


def damaged(check: Check) -> Iterator[tuple[str, Check]]:
    """Each thing that the check reads, and the check with that thing bent."""
    names = inspect.signature(check.function).parameters
    damage = bent if check.within is not None else unlawful
    inputs = {name: check.given.get(name, one.default) for name, one in names.items()}
    for name, value in inputs.items():
        if isinstance(value, np.ndarray):
            yield name, check.on(**{name: damage(value)})
        elif not isinstance(value, int | float | tuple):
            noted: set[str] = set()
            check.on(**{name: Bent(value, noted=noted)})()
            for one in sorted(noted):
                yield f"{name}.{one}", check.on(**{name: Bent(value, one, damage=damage)})


def unnoticed(check: Check) -> list[str]:
    """What may be damaged without the check failing."""
    return [name for name, other in damaged(check) if _holds(other)]


def _holds(check: Callable[[], Any]) -> bool:
    found = Checked("x", check).measure()
    return found is not None and found.value <= found.limit
