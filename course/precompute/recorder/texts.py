"""Which token each vector of a network's text input was: traced to the text encoders by the vectors alone.

Not for what the words do to the picture (see `attention`).
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

FEATURES = 16
"""How many numbers of a vector tell it from others."""


@dataclass
class _Read:
    """One call of a text encoder."""

    name: str
    ids: torch.Tensor
    mask: torch.Tensor | None
    layers: list[torch.Tensor]


class Reader:
    """Keeps what the text encoders read and made of it until a network's input has been traced."""

    def __init__(self, pipe: Any) -> None:
        self.pipe = pipe
        self.names = {part: name for name, part in pipe.components.items() if isinstance(part, nn.Module)}
        self.read: list[_Read] = []

    def note(self, part: nn.Module, args: Any, kwargs: dict[str, Any], output: Any) -> None:
        """Take note of a call if it is one of a text encoder."""
        ids = kwargs.get("input_ids", args[0] if args else None)
        if not isinstance(ids, torch.Tensor) or ids.is_floating_point() or ids.ndim != 2:
            return
        last = getattr(output, "last_hidden_state", None)
        found = [last, *(getattr(output, "hidden_states", None) or ())]
        if isinstance(output, (tuple, list)):
            found.extend(output)
        layers = [
            one.detach() for one in found if isinstance(one, torch.Tensor) and one.shape[:2] == ids.shape
        ]
        self.read.append(_Read(self.names[part], ids.cpu(), kwargs.get("attention_mask"), layers))

    def tokens(self, text: torch.Tensor) -> tuple[tuple[str, ...], str]:
        """The token of each vector of `text` (T, D), "" without a trace, and the text that was read there."""
        known: dict[bytes, list[tuple[int, int, int]]] = {}
        for k, read in enumerate(self.read):
            for layer in read.layers:
                for row in range(len(layer)):
                    for place, key in enumerate(_keys(layer[row].to(text.dtype))):
                        known.setdefault(key, []).append((k, row, place))
        found: list[tuple[int, int, int] | None] = []
        for key in _keys(text):
            where = known.get(key, [])
            before = found[-1] if found and found[-1] else None
            follows = before and (before[0], before[1], before[2] + 1)
            found.append(follows if follows in where else where[0] if where else None)
        traced = [place for place in found if place]
        if not traced:
            return (), ""
        names = tuple(self._token(*place) if place else "" for place in found)
        (k, row), _ = Counter((k, row) for k, row, _ in traced).most_common(1)[0]
        return names, self._text(k, row)

    def lost(self, prompt: str, words: str) -> tuple[str, ...]:
        """Words of the prompt that are not among those that were read."""
        left = Counter(words.split())
        lost = []
        for word in prompt.split():
            lost += [] if left[word] > 0 else [word]
            left[word] -= 1
        return tuple(lost)

    def _tokenizer(self, k: int) -> Any:
        name = self.read[k].name.replace("text_encoder", "tokenizer")
        return self.pipe.components.get(name) or self.pipe.components["tokenizer"]

    def _token(self, k: int, row: int, place: int) -> str:
        return self._tokenizer(k).convert_ids_to_tokens(int(self.read[k].ids[row, place]))

    def _text(self, k: int, row: int) -> str:
        ids = self.read[k].ids[row].tolist()
        return self._tokenizer(k).decode(ids, skip_special_tokens=True)


def inputs(args: Sequence[Any], kwargs: dict[str, Any]) -> tuple[Any, dict[Any, Any]]:
    """Where in a network's call the picture is, and the texts, by place: a number in `args` or a name.

    The picture is what `forward` takes first. Texts are tensors (rows, T, D), or lists of (T, D) where the
    picture is a list as well.
    """
    everything: dict[Any, Any] = {**dict(enumerate(args)), **kwargs}
    first = next(iter(everything)) if not args else 0
    picture = everything[first]
    axes = 2 if isinstance(picture, (list, tuple)) else 3
    texts = {
        place: value
        for place, value in everything.items()
        if place != first and _floats(value, axes, isinstance(picture, (list, tuple)))
    }
    return first, texts


def rows_of(
    args: Sequence[Any], kwargs: dict[str, Any]
) -> Iterator[tuple[torch.Tensor, torch.Tensor | None]]:
    """(T, D) of each row of a call's first text, and which of the T are meant, where that is told."""
    _, texts = inputs(args, kwargs)
    for value in texts.values():
        for row, text in enumerate(value):
            masks = [
                other[row] > 0
                for other in (*args, *kwargs.values())
                if isinstance(other, torch.Tensor) and other.shape == (len(value), len(text))
            ]
            yield text, masks[0] if masks else None
        return


def _floats(value: Any, axes: int, listed: bool) -> bool:
    if listed:
        return (
            isinstance(value, (list, tuple))
            and len(value) > 0
            and all(_floats(v, axes, False) for v in value)
        )
    return isinstance(value, torch.Tensor) and value.is_floating_point() and value.ndim == axes


def _keys(vectors: torch.Tensor) -> list[bytes]:
    numbers = vectors[..., :FEATURES].float().cpu().contiguous().numpy()
    return [one.tobytes() for one in numbers]
