"""An album of cards as one picture, each card as bright as it is likely where a tracker stands.

Not for walls whose pictures move by themselves (`pictures.Mosaic`).

    wall = Cards(cards, shares, step, columns=12, height=5.3)    # (N, H, W, 3) uint8; (S, N)
    self.follow(step, len(shares) - 1)
    self.show(wall.card(41))                                     # that card as a picture, in its place
"""

import numpy as np
from manim import ValueTracker
from numpy.typing import ArrayLike, NDArray

from course.stage.parts.pictures import LivePicture, Picture, Pixels

FAINT = 0.1
"""How bright a card is that cannot be meant, by the likeliest one."""
GAP = 1


class Cards(LivePicture):
    """Cards (N, H, W, 3) uint8 in `columns`, N a multiple of them, with shares (S, N) at steps 0 … S − 1."""

    def __init__(
        self,
        cards: NDArray[np.uint8],
        shares: ArrayLike,
        step: ValueTracker,
        columns: int = 12,
        height: float = 5.3,
    ) -> None:
        self.cards, self.columns, rows = cards, columns, len(cards) // columns
        high, wide = (edge + 2 * GAP for edge in cards.shape[1:3])
        base = np.zeros((rows, high, columns, wide, 4), np.uint8)
        inner = slice(GAP, -GAP)
        base[:, inner, :, inner, :3] = cards.reshape(rows, columns, *cards.shape[1:]).swapaxes(1, 2)
        amounts = np.asarray(shares, np.float64)
        light = FAINT + (1 - FAINT) * amounts / amounts.max(1, keepdims=True)

        def paint(k: float) -> Pixels:
            below = min(max(int(k), 0), len(light) - 1)
            after = min(below + 1, len(light) - 1)
            now = light[below] + (min(max(k, 0), len(light) - 1) - below) * (light[after] - light[below])
            shown = base.copy()
            shown[:, inner, :, inner, 3] = np.rint(255 * now).reshape(rows, 1, columns, 1)
            return shown.reshape(rows * high, columns * wide, 4)

        super().__init__(paint, step, height=height)

    def card(self, number: int) -> Picture:
        """One card, where it is on the wall."""
        row, column = divmod(number, self.columns)
        corner, across, down = self.get_corners()
        rows, high = len(self.cards) // self.columns, self.cards.shape[1]
        place = corner + across * (column + 0.5) / self.columns + down * (row + 0.5) / rows
        return Picture(self.cards[number], self.height / rows * high / (high + 2 * GAP)).move_to(place)
