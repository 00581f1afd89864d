"""Pictures that slide together and melt into their mean.

Not for one picture turning into another (`Transform`), nor for films (`pictures.Walk`).

    melt = Melt(endings, columns=4, height=5.2).move_to(…)       # (N, H, W, 3) uint8
    self.play(FadeIn(melt))
    self.play(melt.together([3.4, 0.4, 0], height=4.2), run_time=4)
    self.remove(*melt); self.add(melt.mean)       # from here on one picture: their mean
"""

from collections.abc import Sequence

import numpy as np
from manim import Animation, LaggedStart, ValueTracker, VGroup
from numpy.typing import ArrayLike, NDArray

from course.errors import CourseError
from course.stage.parts.pictures import Picture, Walk


class Melt(VGroup):
    """Pictures (N, H, W, 3) uint8 in a grid of `columns`, `height` units high; `melt[k]` is one of them.

    `mean` is their average as a picture, rounded once, at the place where `together` has put them.
    """

    def __init__(
        self, pictures: NDArray[np.uint8], columns: int = 4, height: float = 5.2, gap: float = 0.1
    ) -> None:
        pictures = np.asarray(pictures)
        if pictures.ndim != 4 or len(pictures) < 2:
            raise CourseError(f"Pictures that melt are (N, H, W, 3), two at least, not {pictures.shape}.")
        super().__init__(*(Picture(picture, height=1.0) for picture in pictures))
        self.arrange_in_grid(cols=columns, buff=gap).scale_to_fit_height(height)
        self.mean = Picture(np.rint(pictures.astype(np.float64).mean(0)).astype(np.uint8), height=height)

    def films(self, films: Sequence[NDArray[np.uint8]], tracker: ValueTracker) -> VGroup:
        """Films (S+1, H, W, 3) at the pictures' places, which all show the frame where the tracker stands."""
        pairs = zip(films, self, strict=True)
        return VGroup(*(Walk(film, tracker, tile.height).move_to(tile) for film, tile in pairs))

    def together(self, place: ArrayLike, height: float, lag_ratio: float = 0.12) -> Animation:
        """One after the other slides to `place`; each lies on those before it as thin as makes all equal."""
        self.mean.scale_to_fit_height(height).move_to(np.asarray(place, np.float64))
        # Laid over k − 1 others at 1/k of its strength, a picture turns their mean into that of all k.
        moves = [
            picture.animate.match_height(self.mean).move_to(self.mean).set_fill(opacity=1 / (k + 1))
            for k, picture in enumerate(self)
        ]
        return LaggedStart(*moves, lag_ratio=lag_ratio)
