"""The storyboard's parts in one place, to be imported from here or from `course.stage`.

Not for pictures (`pictures`), equations (`equation`, `derivation`) and the chapter's furniture.

| part | shows | module |
|---|---|---|
| `PixelZoom` | a picture, closer and closer, until it is numbers | `zoom` |
| `LinePlot`, `SchedulePlot`, `BarPlot`, `Axes` | curves and bars from data, axes with units | `plots` |
| `Faders`, `StepDots` | how much of what, and which step, where a tracker stands | `sliders` |
| `LiveNumber` | a number that follows trackers | `digits` |
| `EmbeddingMap`, `AttentionOverlay` | pictures at points of a plane; a heat map over a picture | `maps` |
| `TensorTable`, `NumberedTensor` | a few of a tensor's numbers; its name, shape and picture | `tables` |

Whatever moves follows `ValueTracker`s as a pure function of their values (`driven.drive`): a worker that
skips ahead draws the same frame. Each module's opening lines show how its parts are used.
"""

from course.stage.digits import LiveNumber
from course.stage.maps import AttentionOverlay, EmbeddingMap
from course.stage.plots import Axes, BarPlot, LinePlot, SchedulePlot
from course.stage.sliders import Faders, StepDots
from course.stage.tables import NumberedTensor, TensorTable
from course.stage.zoom import PixelZoom

__all__ = [
    "AttentionOverlay",
    "Axes",
    "BarPlot",
    "EmbeddingMap",
    "Faders",
    "LinePlot",
    "LiveNumber",
    "NumberedTensor",
    "PixelZoom",
    "SchedulePlot",
    "StepDots",
    "TensorTable",
]
