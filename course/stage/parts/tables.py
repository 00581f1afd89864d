"""Tensors as things to look at: a few rows of their numbers, or a card with name, shape and a small picture.

Not for whole tensors: what does not fit a phone is left out, and "…" says so.

    TensorTable(capture.text_embedding, rows=capture.tokens)          # 3 rows, 4 columns, the rest as …
    NumberedTensor("x_t", (3, 32, 32), Picture.from_model(capture.states[12]), color=INK)
"""

from collections.abc import Sequence

from manim import DOWN, Line, Mobject, RoundedRectangle, VGroup
from numpy.typing import ArrayLike

from course.errors import CourseError
from course.stage.equation import Equation
from course.stage.parts.digits import finite, on_baseline, written
from course.stage.theme import BACKGROUND, INK, LABEL, MUTED, PROMPT, text


class TensorTable(VGroup):
    """The first rows and columns of (R, C) numbers, with "⋮" and "…" for the rest and the shape below.

    `rows` names the rows (tokens, say), in the colour `color`, each `pitch` below the one before.
    `table.numbers[r][c]`, `table.heads[r]` and `table.shape_label` are the parts; `table.row(r)` is a row
    with its head.
    """

    def __init__(
        self,
        values: ArrayLike,
        rows: Sequence[str] = (),
        *,
        show: tuple[int, int] = (3, 4),
        decimals: int = 2,
        color: str = PROMPT,
        pitch: float = 0.8,
    ) -> None:
        super().__init__()
        numbers = finite(values, "The table")
        if numbers.ndim != 2:
            raise CourseError(
                f"A table shows rows and columns, not an array of shape {numbers.shape}: slice it first."
            )
        if rows and len(rows) != len(numbers):
            raise CourseError(
                f"The table has {len(numbers)} rows and {len(rows)} names: one name for each row."
            )
        height, width = (min(limit, size) for limit, size in zip(show, numbers.shape, strict=True))
        pitch_x, pitch_y = 1.7 + 0.3 * max(0, decimals - 2), pitch
        self.heads = [text(name, size=LABEL, color=color) for name in rows[:height]]
        indent = max((head.width for head in self.heads), default=0.0) + (0.4 if self.heads else 0.0)
        self.numbers: list[list[Mobject]] = []
        for r in range(height):
            line = []
            for c in range(width):
                number = text(written(float(numbers[r, c]), decimals), size=LABEL, color=INK)
                # Right edges in line, so that the decimal points stand under each other.
                line.append(number.move_to([indent + c * pitch_x + 1.4 - number.width / 2, -r * pitch_y, 0]))
            self.numbers.append(line)
            self.add(*line)
        digit = text("0", size=LABEL).height
        for r, head in enumerate(self.heads):
            self.add(on_baseline(head).shift([-head.get_left()[0], -r * pitch_y - digit / 2, 0]))
        right = indent + width * pitch_x + 0.2
        if width < numbers.shape[1]:
            for r in range(height):
                self.add(text("…", size=LABEL, color=MUTED).move_to([right, -r * pitch_y, 0]))
        if height < len(numbers):
            for c in range(width):
                self.add(
                    text("⋮", size=LABEL, color=MUTED).move_to(
                        [indent + c * pitch_x + 0.95, -height * pitch_y, 0]
                    )
                )
        bracket = self._brackets(indent, right + (0.3 if width < numbers.shape[1] else -0.1))
        self.shape_label = text(" × ".join(map(str, numbers.shape)), size=LABEL, color=MUTED)
        self.add(bracket, self.shape_label.next_to(bracket, DOWN, buff=0.3))
        self.center()

    def _brackets(self, left: float, right: float) -> VGroup:
        top, bottom, hook = self.get_top()[1] + 0.2, self.get_bottom()[1] - 0.2, 0.15
        brackets = VGroup()
        for x, inward in ((left, hook), (right, -hook)):
            for start, end in (
                ([x + inward, top], [x, top]),
                ([x, top], [x, bottom]),
                ([x, bottom], [x + inward, bottom]),
            ):
                brackets.add(Line([*start, 0], [*end, 0], color=MUTED, stroke_width=4))
        return brackets

    def row(self, r: int) -> VGroup:
        """Row r with its head."""
        return VGroup(*self.heads[r : r + 1], *self.numbers[r])


class NumberedTensor(VGroup):
    """A card: a small picture of a tensor, its name in mathematics, and its shape.

    `name` is Typst mathematics; `picture` any mobject, brought to `height`. `color` is the frame's.
    """

    def __init__(
        self, name: str, shape: Sequence[int], picture: Mobject, *, color: str = INK, height: float = 2.4
    ) -> None:
        super().__init__()
        self.picture = picture.scale_to_fit_height(height)
        self.name = Equation(name, definition="the name of a tensor")
        self.shape_label = text(" × ".join(map(str, shape)), size=LABEL, color=MUTED)
        words = VGroup(self.name, self.shape_label).arrange(DOWN, buff=0.2)
        content = VGroup(self.picture, words).arrange(DOWN, buff=0.25)
        self.frame = RoundedRectangle(
            width=content.width + 0.5,
            height=content.height + 0.5,
            corner_radius=0.18,
            stroke_color=color,
            stroke_width=4,
            fill_color=BACKGROUND,
            fill_opacity=1,
        )
        self.add(self.frame.move_to(content), content)
