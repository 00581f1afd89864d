"""Where the picture looks in the text: computed beside the fused kernel, from the same queries and keys.

Not for which row has the prompt (see `guidance`). Where the text lies among the keys is measured: the network
is asked again, with another picture and with another text, and keys that only the text moved are the text's.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from course.precompute.recorder.texts import inputs

MEMORY = 1 << 24
"""How many numbers of a softmax are computed at a time."""
MOVED = 1e-3
"""From which part of the largest on a mark is another one."""


@dataclass(frozen=True)
class _Place:
    """Of one row in one layer: which queries are the picture's, which keys the text's."""

    queries: torch.Tensor
    keys: torch.Tensor


@dataclass
class _Call:
    """Queries, keys, mask and scale of one fused attention."""

    q: torch.Tensor
    k: torch.Tensor
    mask: torch.Tensor | None
    scale: float

    @property
    def lengths(self) -> tuple[int, int]:
        return self.q.shape[-2], self.k.shape[-2]


class Attention(TorchFunctionMode):
    """Listens to the fused kernel while a network runs; `maps` are those of the call that ended last.

    It has to be entered, as any mode of torch, for as long as networks run.
    """

    def __init__(self) -> None:
        super().__init__()
        self.listener: Callable[[_Call], None] | None = None
        self.asking = False
        self.places: dict[Any, list[list[_Place | None]]] = {}
        self.sums: dict[tuple[int, int], torch.Tensor] = {}
        self.counts: dict[tuple[int, int], int] = {}
        self.layer = 0

    def __torch_function__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if self.listener is not None and getattr(func, "__name__", "") == "scaled_dot_product_attention":
            self.listener(_call(*args, **kwargs))
        return func(*args, **kwargs)

    def begin(self, part: nn.Module, args: Any, kwargs: dict[str, Any]) -> None:
        """Before a network runs: find the text among its keys, unless that is known of such a call."""
        kind = (part, *_shapes(args), *_shapes(kwargs))
        if kind not in self.places:
            self.places[kind] = self._find(part, args, kwargs)
        places, self.layer = self.places[kind], 0
        self.sums, self.counts = {}, {}

        def listen(call: _Call) -> None:
            for row, place in enumerate(places[self.layer] if self.layer < len(places) else ()):
                if place is not None:
                    self._add(row, _map(call, row, place))
            self.layer += 1

        self.listener = listen

    def end(self) -> None:
        """After a network has run, or has failed."""
        self.listener = None

    def maps(self) -> list[torch.Tensor | None]:
        """(T, P) of each row, averaged over the layers where the picture has the most places."""
        rows = 1 + max((row for row, _ in self.sums), default=-1)
        found: list[torch.Tensor | None] = []
        for row in range(rows):
            finest = max((size for other, size in self.sums if other == row), default=None)
            mean = finest and self.sums[row, finest] / self.counts[row, finest]
            found.append(mean.T.cpu() if isinstance(mean, torch.Tensor) else None)
        return found

    def _add(self, row: int, shares: torch.Tensor) -> None:
        at = row, len(shares)
        if at in self.sums and self.sums[at].shape != shares.shape:
            return
        self.sums[at] = self.sums.get(at, 0) + shares
        self.counts[at] = self.counts.get(at, 0) + 1

    @torch.no_grad()
    def _find(self, part: nn.Module, args: Any, kwargs: dict[str, Any]) -> list[list[_Place | None]]:
        """Each layer's places, one a row."""
        picture, texts = inputs(args, kwargs)
        if not texts or part.training or _remembers(part):
            return []
        plain = self._marks(part, args, kwargs)
        moved = [
            [(_differ(q, p), _differ(k, j)) for (q, k), (p, j) in zip(plain, other, strict=True)]
            for other in (
                self._marks(part, *_changed(args, kwargs, {picture})),
                self._marks(part, *_changed(args, kwargs, set(texts))),
            )
        ]
        found: list[list[_Place | None]] = []
        joint: dict[tuple[int, int, int], _Place] = {}
        given: dict[int, torch.Tensor] = {}
        for (queries, keys), (_, others) in zip(*moved, strict=True):
            places: list[_Place | None] = []
            for row in range(len(keys)):
                text = others[row] & ~keys[row]
                looking = queries[row]
                lengths = row, len(looking), len(text)
                place = None
                if not keys[row].any() and not looking.any():
                    # The text among itself: what was added to fill it up has not heard of the rest at first.
                    given.setdefault(row, text)
                elif text.any() and looking.any():
                    known, columns = given.get(row), text.nonzero()[:, 0]
                    if known is not None and len(known) == len(columns):
                        columns = columns[known]
                    place = _Place(looking.nonzero()[:, 0], columns)
                    if not text.all():
                        joint[lengths] = place
                # Further in, everything has heard of everything; where things lie has not changed.
                elif keys[row].all() and looking.all():
                    place = joint.get(lengths)
                places.append(place)
            found.append(places)
        return found

    def _marks(self, part: nn.Module, args: Any, kwargs: dict[str, Any]) -> list[tuple[torch.Tensor, ...]]:
        """A few numbers that tell each query and key from another, (rows, L, 4), layer by layer."""
        marks: list[tuple[torch.Tensor, ...]] = []
        self.listener = lambda call: marks.append((_mark(call.q), _mark(call.k)))
        self.asking = True
        try:
            part(*args, **kwargs)
        finally:
            self.listener, self.asking = None, False
        return marks


def _remembers(part: nn.Module) -> bool:
    """Whether asking a network once more would change what it answers later, as some caches do."""
    registries = [getattr(module, "_diffusers_hook", None) for module in part.modules()]
    return any(hook._is_stateful for registry in registries if registry for hook in registry.hooks.values())


def _call(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attn_mask: torch.Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> _Call:
    del value, dropout_p, is_causal, enable_gqa
    return _Call(query, key, attn_mask, query.shape[-1] ** -0.5 if scale is None else scale)


def _map(call: _Call, row: int, place: _Place) -> torch.Tensor:
    """(P, T) float32: softmax over the text's keys alone, averaged over heads."""
    q, k = call.q[row], call.k[row]
    queries, keys = place.queries.to(q.device), place.keys.to(k.device)
    q, k = q[:, queries].float(), k[:, keys].float()
    k = k.repeat_interleave(len(q) // len(k), 0)  # grouped queries share their keys
    mask = None
    if call.mask is not None:
        shape = (len(call.q), call.q.shape[1], *call.lengths)
        mask = call.mask.expand(shape)[row][:, :, keys]
        mask = mask[:, queries]
    total = torch.zeros(q.shape[1], k.shape[1], device=q.device)
    step = max(1, MEMORY // (q.shape[1] * k.shape[1]))
    for head in range(0, len(q), step):
        part = slice(head, head + step)
        scores = q[part] @ k[part].transpose(1, 2) * call.scale
        if mask is not None:
            scores = (
                scores.masked_fill(~mask[part], -torch.inf)
                if mask.dtype == torch.bool
                else scores + mask[part]
            )
        total += scores.softmax(-1).sum(0)
    return total / len(q)


def _mark(tensor: torch.Tensor) -> torch.Tensor:
    """(rows, L, 4) of (rows, heads, L, d)."""
    heads, width = tensor.shape[1], tensor.shape[-1]
    numbers = torch.arange(heads * width * 4, device=tensor.device, dtype=torch.float32)
    weights = torch.cos(numbers * 1.7).reshape(heads, width, 4)
    return torch.einsum("nhld,hdf->nlf", tensor.float(), weights).cpu()


def _differ(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """(rows, L) bool: whose marks are others."""
    size = one.abs().amax((1, 2), keepdim=True)
    return ((one - other).abs() > MOVED * size).any(-1)


def _changed(args: Any, kwargs: dict[str, Any], places: set[Any]) -> tuple[Any, dict[str, Any]]:
    """A network's call with other values in some places."""
    new = [_other(value) if place in places else value for place, value in enumerate(args)]
    return tuple(new), {name: _other(value) if name in places else value for name, value in kwargs.items()}


def _other(value: Any) -> Any:
    """Something else of the same size and kind, in every place."""
    if isinstance(value, (list, tuple)):
        return type(value)(_other(one) for one in value)
    pattern = torch.cos(torch.arange(value.shape[-1], device=value.device) * 1.7)
    return pattern.to(value.dtype) - value


def _shapes(values: Any) -> tuple[Any, ...]:
    """The shapes of all tensors in a call, in order, and what those that may be masks let through."""
    if isinstance(values, torch.Tensor):
        filled = (values != 0).cpu().numpy().tobytes() if values.ndim == 2 else b""
        return ((tuple(values.shape), filled),)
    if isinstance(values, dict):
        values = list(values.values())
    return (
        tuple(shape for one in values for shape in _shapes(one)) if isinstance(values, (list, tuple)) else ()
    )
