"""Proofs as data: each line is a sentence, its mathematics and its check, read from top to bottom.

Not for setting a line (`equation`), nor for how one line becomes the next (`derivation`).

    @proof
    def tweedie(self) -> Lines:
        \"\"\"The mean of what is possible, from the gradient of how likely each state is.\"\"\"
        return (
            ("How likely is a state? Sum over all pictures.", r"p_t (x_t) = …", toy.density),
            text_only("A step that the film leaves out.", r"…", toy.bell),
            ("Call the rest v.", r"v := …", "a name: nothing to check"),
        )

    told = self.prove(self.tweedie, under=pictures)
    told.step(picture)                   # says the next sentence, shows the picture, writes the line
    with told.saying():                  # the same with more than that happening while it is said
        self.mark().turn(sigma, 2)
    with told.written():                 # it is written at once; the block plays from its ⟨mark⟩ on
        self.point(told.part("q"))
    told.rest()                          # the other lines, one after the other
"""

import ast
import inspect
import os
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from manim import DOWN, Animation, Mobject, Text, VGroup, Write

from course.errors import CourseError
from course.maths.checking import Check
from course.stage import theme
from course.stage.checked import Checked
from course.stage.derivation import GAP, Derivation
from course.stage.equation import Equation
from course.stage.manim_internals import where
from course.stage.marks import marked

if TYPE_CHECKING:
    from course.stage.chapter import Chapter

SIZES, WIDTH = (60.0, 50.0, float(theme.SENTENCE)), 12.6
"""Sizes at which a line is set, the first that leaves room, and the width for which it may shrink further."""

Lines = Sequence[Any]
"""What a `@proof` returns: (sentence, Typst, check) or (sentence, Typst, why there is nothing to check)."""


@dataclass(frozen=True)
class Line:
    """One line of a proof: what is said with it, what it claims, and whether the film shows it."""

    says: str
    checked: Checked
    filmed: bool = True
    place: str = ""


def text_only(says: str, typst: str, check: Check | str) -> Line:
    """A line that is checked and kept with its sentence for the written companion, but not filmed."""
    return Line(says, _checked(typst, check), filmed=False)


class Proof(Sequence[Line]):
    """The lines of one proof of one chapter."""

    def __init__(self, name: str, about: str, lines: Sequence[Line]) -> None:
        self.name, self.about, self._lines = name, about, tuple(lines)

    def __getitem__(self, index: Any) -> Any:
        """One line, or some of them."""
        return self._lines[index]

    def __len__(self) -> int:
        """How many lines there are, text only ones included."""
        return len(self._lines)

    @property
    def filmed(self) -> list[Line]:
        """The lines that the film shows."""
        return [line for line in self._lines if line.filmed]

    def equations(self) -> dict[str, Checked]:
        """Each line's name, which says where it is written, and what it claims."""
        return {
            f"{self.name} {number} ({line.place})": line.checked for number, line in enumerate(self._lines, 1)
        }


class proof(cached_property[Proof]):  # noqa: N801 — a decorator
    """Make a chapter's method that returns `Lines` its `Proof` of that name."""

    def __init__(self, function: Callable[[Any], Lines]) -> None:
        super().__init__(lambda chapter: _proof(function, chapter))
        self.__doc__ = function.__doc__
        self.needs: Mapping[str, tuple[str, ...]] = getattr(function, "needs", {})


def proofs(chapter: object) -> Mapping[str, Proof]:
    """Every proof of a chapter, by name, in the order in which they are written; see `possible`."""
    return {name: getattr(chapter, name) for name in possible(chapter, proof)}


def possible(chapter: object, kind: type) -> list[str]:
    """The names of a chapter's members of a kind, less those that `need` what the cast's model does not give:
    their beats are left out.
    """
    needed = {
        name: inspect.getattr_static(type(chapter), name).needs for name in declared(type(chapter), kind)
    }
    lacking: Any = getattr(chapter, "lacking", None)  # the stage's chapters have it
    return [name for name, needs in needed.items() if not needs or lacking(needs) is None]


def declared(chapter: type, kind: type) -> list[str]:
    """The names of a chapter's members of a kind, in the order in which they are written."""
    names = [name for base in reversed(chapter.__mro__) for name in vars(base)]
    return [name for name in dict.fromkeys(names) if isinstance(inspect.getattr_static(chapter, name), kind)]


def _proof(function: Callable[[Any], Lines], chapter: object) -> Proof:
    name, entries = function.__name__, function(chapter)
    if not isinstance(entries, tuple | list) or (entries and isinstance(entries[0], str)):
        raise CourseError(
            f"The proof {name} ({_places(function, 0)[0]}) must return its lines, each (sentence, Typst, "
            "check), with a comma after each of them, also after a single one."
        )
    places = _places(function, len(entries))
    lines = []
    for entry, place in zip(entries, places, strict=True):
        if isinstance(entry, Line):
            lines.append(Line(entry.says, entry.checked, entry.filmed, place))
            continue
        if not isinstance(entry, tuple) or len(entry) != 3 or not isinstance(entry[2], Check | str):
            raise CourseError(
                f"A line of the proof {name} ({place}) is not complete. Write (sentence, Typst, check), "
                "the check one of @check, or as the third the reason why there is nothing to check."
            )
        lines.append(Line(entry[0], _checked(entry[1], entry[2]), place=place))
    if not lines:
        raise CourseError(f"The proof {name} ({places[0]}) has no lines. Write (sentence, Typst, check).")
    return Proof(name, inspect.getdoc(function) or "", lines)


def _checked(typst: str, check: Check | str) -> Checked:
    return Checked(typst, definition=check) if isinstance(check, str) else Checked(typst, check)


def _places(function: Callable[..., Any], count: int) -> list[str]:
    """'file.py:12' for each line of a proof; that of the function where no plain tuple is returned."""
    file, first = os.path.basename(inspect.getsourcefile(function) or ""), function.__code__.co_firstlineno
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))):
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple | ast.List):
            entries = node.value.elts
            if len(entries) == count:
                return [f"{file}:{first + entry.lineno - 1}" for entry in entries]
    return [f"{file}:{first}"] * max(count, 1)


class Told:
    """A proof while it is told on the stage, at most two lines at once, or with `alone` each in the place
    of the one before; what `Chapter.prove` gives.
    """

    def __init__(
        self,
        chapter: "Chapter",
        of: Proof,
        at: Sequence[float],
        room: float,
        alone: bool = False,
        width: float = WIDTH,
    ) -> None:
        self._chapter, self._of, self._lines = chapter, of, of.filmed
        if not self._lines:
            raise CourseError(f"The proof {of.name} has no line to film: all of them are text only.")
        sets = [[line] for line in self._lines] if alone else [self._lines]
        self.equations = [one for lines in sets for one in _set(lines, chapter.letters, room, width)]
        self._at = np.asarray(at)
        several = len(self._lines) > 1 and not alone
        self._alone = alone
        self._derivation = Derivation(chapter, *self.equations, at=self._at) if several else None
        self._written = 0
        self._said = False

    @property
    def line(self) -> Equation:
        """The line that was written last; the first one before that."""
        return self.equations[max(0, self._written - 1)]

    def part(self, name: str, n: int = 0) -> VGroup:
        """Glyphs of the line that was written last: see `Equation.part`."""
        return self.line.part(name, n)

    def figures(self, numbers: Mapping[str, float]) -> VGroup:
        """Numbers, by the part of the line written last that each is below: see `part`."""
        below = VGroup()
        for name, number in numbers.items():
            below.add(theme.text(f"{number:.2f}", theme.LABEL).next_to(self.part(name), DOWN, buff=0.1))
        return below

    def step(self, *shown: Mobject | Animation) -> None:
        """Say the next line, show what comes with it, write it."""
        with self.saying():
            if shown:
                self._chapter.show(*shown)

    def rest(self, until: int | None = None) -> None:
        """Tell the lines that are left, or those up to line number `until`, where nothing else happens."""
        while self._written < (until or len(self._lines)):
            self.step()

    @contextmanager
    def saying(self) -> Iterator[None]:
        """Say the next line while the block plays; it is written by `write`, or else at the block's end."""
        number = self._written
        if number == len(self._lines):
            raise CourseError(
                f"The proof {self._of.name} ends with line {number}: it has no further one"
                f"{where(self._chapter)}."
            )
        with self._chapter.say(self._lines[number].says):
            self._said = True
            yield
            if self._written == number:
                self.write()
            self._said = False

    @contextmanager
    def written(self) -> Iterator[None]:
        """Say the next line, write it at once, and let the block play from the line's first mark on."""
        with self.saying():
            self.write()
            self._chapter.mark()
            yield

    def write(self) -> None:
        """Write the line that is being said; CourseError where none is, or where it has been written."""
        if not self._said:
            raise CourseError(
                f"A line of {self._of.name} is written{where(self._chapter)} that is not being said. "
                "Write it once, within its block: with told.saying():"
            )
        self._said = False
        if self._derivation is None:
            if self._written:
                self._chapter.hide(self.line)
            line = self.equations[self._written].move_to(self._at)
            self._chapter.play(Write(line, run_time=1.2))
        else:
            self._derivation.step()
        self._chapter.told.append((self._of.name, marked(self._lines[self._written].says)[0]))
        self._written += 1

    def measured(self, where: str) -> Text:
        """What the check of the line written last measured, in words; `where` says on what."""
        return self.line.discrepancy_label(where)

    def clear(self) -> None:
        """Take off the stage what is seen of it."""
        if self._derivation is not None:
            self._derivation.clear()
        elif self._alone:
            self._chapter.hide(self.line)


def _set(lines: Sequence[Line], letters: Mapping[str, str], room: float, width: float) -> list[Equation]:
    """The lines as equations, none higher than leaves each two neighbours within `room` units."""
    equations = [
        Equation(line.checked, font_size=SIZES[0], fit_width=width, colors=letters) for line in lines
    ]
    heights = [one.height for one in equations]
    for k, height in enumerate(heights):
        beside = max(heights[max(0, k - 1) : k] + heights[k + 1 : k + 2], default=0.0)
        free = room - GAP - beside if beside else room
        if height > max(free, beside):
            # Of two that are too high together, the higher one gives way.
            smaller = next((size for size in SIZES if height * size / SIZES[0] <= free), SIZES[-1])
            equations[k] = Equation(lines[k].checked, font_size=smaller, fit_width=width, colors=letters)
    return equations
