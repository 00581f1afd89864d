"""The storyboard's parts in one place, to be imported from here or from `course.stage`.

Not for pictures (`pictures`), equations (`equation`, `derivation`) and the chapter's furniture.

| part | shows | module |
|---|---|---|
| `PixelZoom` | a picture, closer and closer, until it is numbers | `zoom` |
| `LinePlot`, `SchedulePlot`, `BarPlot`, `Axes` | curves and bars from data, axes with units | `plots` |
| `Faders`, `StepDots` | how much of what, and which step, where a tracker stands | `sliders` |
| `LiveNumber` | a number that follows trackers | `digits` |
| `EmbeddingMap`, `AttentionOverlay`, `glow` | pictures at points of a plane; maps of heat | `maps` |
| `Sheet` | the plane through three pictures, and the picture where a dot stands | `sheet` |
| `Dials`, `Knob` | numbers as dials that trackers turn; one large dial with its number | `dials` |
| `Fan` | how long things are, and at which angle to one of them | `fan` |
| `Chain` | a few states in a row, named, with arrows between them | `chain` |
| `Chord` | the logarithm of an average, and the average of logarithms | `chord` |
| `Columns` | bars over numbers, which grow from some amounts to others | `columns` |
| `Costs` | what each answer costs, over what a number may truly be | `costs` |
| `Crossing` | a table of walks: starts across, words down | `crossing` |
| `Mixture` | a state as so much guess plus so much noise | `mixture` |
| `Approach` | guesses on a line that come nearer to what is looked for | `approach` |
| `Cards` | an album of cards, each as bright as it is likely | `cards` |
| `Chart` | a chart of tiles that is zoomed and moved as one | `chart` |
| `Shares` | a bar that a few amounts fill together | `shares` |
| `Crowd` | pictures at places of their own, which walk and change | `crowd` |
| `DotRow` | a few dozen measured values, each a dot over a number line | `dots` |
| `Needle` | what was added at a step: how much, and how far it has turned | `needle` |
| `Sentence`, `WordBars` | words that come one by one; the weight of each | `sentence`, `wordbars` |
| `SplitBar`, `Between` | words changed on the way, and where that ends | `switching` |
| `Heaps` | a wall of pictures that sorts itself into heaps, beside a law | `heaps` |
| `Laws` | how likely numbers are, by laws that follow a tracker; a push at one of them | `laws` |
| `Bow`, `Finish` | a road seen flat, what is off its chord stretched; strides, arrows; its end | `bow` |
| `Bells` | two bells, and the narrower one that they make together | `bells` |
| `live_curve` | a curve whose shape follows trackers | `livecurve` |
| `Melt` | pictures that slide together and melt into their mean | `melt` |
| `planes`, `cell` | a latent's numbers as little squares; a frame around one of them | `miniature` |
| `Pouring` | a table of numbers that is poured into a picture's pixels | `pouring` |
| `RoadMap`, `Cloud`, `Hill` | roads from noise to data; a law that spreads, and walkers | `roadmap` |
| `Flow` | straight lines that cross, and the bent roads of their mean | `flow` |
| `Flock` | dots that walk, and the ring of their circle that they leave empty | `flock` |
| `RightAngle` | two amounts whose squares add up | `rightangle` |
| `Quarter` | from one thing to another at a right angle to it, straight and round | `quarter` |
| `Drift` | many ways on a flat map, and what they have in common | `drift` |
| `Triangle` | three sentences by their pictures; a dot that goes along and up | `triangle` |
| `Tide` | bars that rise out of sinking noise | `tide` |
| `WalkMap` | a walk on a map: static, places that fade, the middle of those left | `walkmap` |
| `TensorTable`, `NumberedTensor` | a few of a tensor's numbers; its name, shape and picture | `tables` |

Whatever moves follows `ValueTracker`s as a pure function of their values (`driven.drive`): a worker that
skips ahead draws the same frame. Each module's opening lines show how its parts are used.
"""

from course.stage.parts.approach import Approach
from course.stage.parts.bells import Bells
from course.stage.parts.bow import Bow, Finish
from course.stage.parts.cards import Cards
from course.stage.parts.chain import Chain
from course.stage.parts.chart import Chart
from course.stage.parts.chord import Chord
from course.stage.parts.columns import Columns
from course.stage.parts.costs import Costs
from course.stage.parts.crossing import Crossing
from course.stage.parts.crowd import Crowd
from course.stage.parts.dials import Dials, Knob
from course.stage.parts.digits import LiveNumber
from course.stage.parts.dots import DotRow
from course.stage.parts.drift import Drift
from course.stage.parts.fan import Fan
from course.stage.parts.flock import Flock
from course.stage.parts.flow import Flow
from course.stage.parts.heaps import Heaps
from course.stage.parts.laws import Laws
from course.stage.parts.livecurve import live_curve
from course.stage.parts.maps import AttentionOverlay, EmbeddingMap, glow
from course.stage.parts.melt import Melt
from course.stage.parts.miniature import cell, planes
from course.stage.parts.mixture import Mixture
from course.stage.parts.needle import Needle
from course.stage.parts.plots import Axes, BarPlot, LinePlot, SchedulePlot
from course.stage.parts.pouring import Pouring
from course.stage.parts.quarter import Quarter
from course.stage.parts.rightangle import RightAngle
from course.stage.parts.roadmap import Cloud, Hill, RoadMap
from course.stage.parts.sentence import Sentence
from course.stage.parts.shares import Shares
from course.stage.parts.sheet import Sheet
from course.stage.parts.sliders import Faders, StepDots
from course.stage.parts.switching import Between, SplitBar
from course.stage.parts.tables import NumberedTensor, TensorTable
from course.stage.parts.tide import Tide
from course.stage.parts.triangle import Triangle
from course.stage.parts.walkmap import WalkMap
from course.stage.parts.wordbars import WordBars
from course.stage.parts.zoom import PixelZoom

__all__ = [
    "Approach",
    "AttentionOverlay",
    "Axes",
    "BarPlot",
    "Bells",
    "Between",
    "Bow",
    "Cards",
    "Chain",
    "Chart",
    "Chord",
    "Cloud",
    "Columns",
    "Costs",
    "Crossing",
    "Crowd",
    "Dials",
    "DotRow",
    "Drift",
    "EmbeddingMap",
    "Faders",
    "Fan",
    "Finish",
    "Flock",
    "Flow",
    "Heaps",
    "Hill",
    "Knob",
    "Laws",
    "LinePlot",
    "LiveNumber",
    "Melt",
    "Mixture",
    "Needle",
    "NumberedTensor",
    "PixelZoom",
    "Pouring",
    "Quarter",
    "RightAngle",
    "RoadMap",
    "SchedulePlot",
    "Sentence",
    "Shares",
    "Sheet",
    "SplitBar",
    "StepDots",
    "TensorTable",
    "Tide",
    "Triangle",
    "WalkMap",
    "WordBars",
    "cell",
    "glow",
    "live_curve",
    "planes",
]
