"""One progress bar for every long job: a bar on a terminal, a plain line now and then elsewhere.

Not for logging: what a job has to say at its end it prints itself.
"""

import sys
import time
from collections.abc import Iterable
from typing import Any

from tqdm import tqdm

PLAIN_SECONDS = 10.0


class _Plain(tqdm):  # type: ignore[type-arg]
    """tqdm whose bar is printed as whole lines, for logs and pipes."""

    _last = 0.0

    def display(self, msg: str | None = None, pos: int | None = None) -> None:
        now = time.monotonic()
        finished = self.total is not None and self.n >= self.total
        if finished or now - self._last >= PLAIN_SECONDS:
            self._last = now
            self.fp.write((msg or str(self)).strip() + "\n")
            self.fp.flush()

    def close(self) -> None:
        self.leave = False
        self.disable = True


def progress(
    items: Iterable[Any] | None = None,
    *,
    total: float | None = None,
    desc: str = "",
    unit: str = "",
    **more: Any,
) -> Any:
    """A tqdm bar over `items`, or one to `update()` by hand; plain lines where stderr is no terminal."""
    kind = tqdm if sys.stderr.isatty() else _Plain
    style: dict[str, Any] = {"ascii": " ."} if kind is _Plain else {}
    return kind(
        items, total=total, desc=desc, unit=unit, file=sys.stderr, dynamic_ncols=True, **style, **more
    )
