"""The stage: what scenes are made of.

Not for what is captured, spoken or rendered: those are packages of their own. Importing it loads no torch.
"""

from course.stage import theme
from course.stage.chapter import Chapter
from course.stage.driven import Driven, drive
from course.stage.pictures import LivePicture, Mosaic, Picture, PictureGrid, Seam, Walk

__all__ = [
    "Chapter",
    "Driven",
    "LivePicture",
    "Mosaic",
    "Picture",
    "PictureGrid",
    "Seam",
    "Walk",
    "drive",
    "theme",
]
