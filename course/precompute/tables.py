"""What the text encoder makes of many prompts: their tables of tokens, and each prompt as one point.

Not for the prompt of a walk, whose capture keeps its own table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from course.errors import UsageError
from course.precompute.gathering import Gathering


@dataclass(frozen=True)
class Tables(Gathering):
    """The tables of `texts`, `count` of them, as the spec's model reads them; nothing is denoised.

    Gathered are `tables` (count, T, D) float32 and `points` (count, D) float32, the encoder's summaries.
    """

    ships: ClassVar[bool] = False  # read within a second
    texts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "texts", tuple(self.texts))
        if self.count != len(self.texts):
            raise UsageError(f"{self.count} tables are asked for, of {len(self.texts)} prompts.")

    def asked(self) -> list[Any]:
        """See `Gathering.asked`."""
        return [*super().asked(), "tables", self.texts]

    def to_dict(self) -> dict[str, Any]:
        """See `Gathering.to_dict`."""
        return {**super().to_dict(), "kind": "Tables", "texts": self.texts}

    @property
    def prompts(self) -> tuple[str, ...]:
        """All that is asked for in words."""
        return self.texts

    def add(self, kept: Mapping[str, NDArray[Any]], system: Any, runs: range) -> dict[str, NDArray[Any]]:
        """See `Gathering.add`."""
        import torch

        from course.model.networks import token_ids

        pipe = system.pipe
        ids = token_ids(pipe.tokenizer, [self.texts[run] for run in runs]).to(pipe.text_encoder.device)
        with torch.no_grad():
            read = pipe.text_encoder(ids)
        new = {"tables": read.last_hidden_state.cpu().numpy(), "points": read.pooler_output.cpu().numpy()}
        return {name: np.concatenate([kept[name], one]) if kept else one for name, one in new.items()}

    def finish(self, kept: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """See `Gathering.finish`."""
        return dict(kept)
