"""Pointing at something on the stage: everything else is dimmed for a moment.

Not for lines that run round a thing: over a formula they would read as its signs.
"""

from collections.abc import Sequence

from manim import Cutout, Mobject, Rectangle, RoundedRectangle

from course.stage import theme
from course.stage.parts.pictures import Picture

DIM = 0.62
"""How much of the rest is taken away."""
ROOM, CORNER = 0.16, 0.16
"""Units that stay light around the thing, and the radius of the corners there."""
ABOVE = 60
"""Over whatever a chapter puts on stage."""


def veil(things: Sequence[Mobject], frame: Mobject) -> Cutout:
    """What dims the `frame` (the camera's) but for `things`, each with a little room around it.

    A picture gets none: what stands close beside it would be lit in part.
    """
    rooms = (0.0 if isinstance(thing, Picture) else ROOM for thing in things)
    holes = (
        RoundedRectangle(
            corner_radius=CORNER if room else 0.0,
            width=thing.width + 2 * room,
            height=thing.height + 2 * room,
        ).move_to(thing)
        for thing, room in zip(things, rooms, strict=True)
    )
    whole = Rectangle(width=1.02 * frame.width, height=1.02 * frame.height).move_to(frame)
    return Cutout(whole, *holes, fill_color=theme.BACKGROUND, fill_opacity=DIM, stroke_width=0).set_z_index(
        ABOVE
    )
