"""What a pipeline's loop knows while it runs: its own call, read off the stack.

Not for its tensors. Reading changes nothing, and nothing read is kept but numbers.
"""

import sys
from collections.abc import Mapping
from numbers import Real
from typing import Any


def running(pipe: Any) -> Mapping[str, Any]:
    """The local names of `pipe`'s own `__call__` that is running now, none outside of one."""
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_name == "__call__" and frame.f_locals.get("self") is pipe:
            return frame.f_locals
        frame = frame.f_back  # type: ignore[assignment]
    return {}


def guidance(pipe: Any, local: Mapping[str, Any]) -> list[float]:
    """Each value that may be the pipeline's w at this moment."""
    named = {name: value for name, value in local.items() if _scale(name)}
    named["guidance_scale of the pipeline"] = getattr(pipe, "_guidance_scale", None)
    values = []
    for value in named.values():
        if hasattr(value, "tolist") and not isinstance(value, Real):
            value = value.tolist()
        one = value[0] if isinstance(value, list) and len(set(map(str, value))) == 1 else value
        while isinstance(one, list) and len(one) == 1:
            one = one[0]
        if isinstance(one, Real) and not isinstance(one, bool):
            values.append(float(one))
    return list(dict.fromkeys(values))


def _scale(name: str) -> bool:
    return "scale" in name and ("guidance" in name or "cfg" in name)
