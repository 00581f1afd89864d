"""The stage: what scenes are made of.

Not for what is captured, spoken or rendered: those are packages of their own. Importing it loads no torch.
"""

from course.stage import theme
from course.stage.chapter import Chapter
from course.stage.derivation import Derivation
from course.stage.equation import Checked, Discrepancy, Equation, verify_chapter
from course.stage.parts import (
    AttentionOverlay,
    Axes,
    BarPlot,
    EmbeddingMap,
    Faders,
    LinePlot,
    LiveNumber,
    NumberedTensor,
    PixelZoom,
    SchedulePlot,
    StepDots,
    TensorTable,
)
from course.stage.parts.driven import Driven, drive
from course.stage.parts.pictures import LivePicture, Mosaic, Picture, PictureGrid, Seam, Walk

__all__ = [
    "AttentionOverlay",
    "Axes",
    "BarPlot",
    "Chapter",
    "Checked",
    "Derivation",
    "Discrepancy",
    "Driven",
    "EmbeddingMap",
    "Equation",
    "Faders",
    "LinePlot",
    "LiveNumber",
    "LivePicture",
    "Mosaic",
    "NumberedTensor",
    "Picture",
    "PictureGrid",
    "PixelZoom",
    "SchedulePlot",
    "Seam",
    "StepDots",
    "TensorTable",
    "Walk",
    "drive",
    "theme",
    "verify_chapter",
]
