"""`Chapter`: a Manim scene told at three depths, timed by its narration.

Not for what is shown (pictures, equations and plots have modules of their own), nor for encoding films.
"""

import inspect
import math
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
import numpy as np
from manim import (
    RIGHT,
    Line,
    Mobject,
    RoundedRectangle,
    VGroup,
    config,
)

from course.cast import Cast, current_cast
from course.chapters import asked, next_question
from course.errors import CourseError, UsageError
from course.stage import theme
from course.stage.checked import Checked
from course.stage.filming import StageFileWriter
from course.stage.manim_internals import StageRenderer, private_folder, reseed, seeded_only, settle, where
from course.stage.proofs import proofs
from course.stage.telling import RUNS, Beat, Lack, Spoken, Telling
from course.stage.verdicts import verdicts
from course.video.film import DEPTHS as TITLES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from course.precompute import Capture, Gathered, Gathering, Specs
    from course.precompute.families import CaptureMapping, Declared
    from course.stage.claims import Claim
    from course.stage.sheets import Sheets
    from course.voice import Cue
    from course.voice.mix import Effect

DEPTHS = tuple(TITLES)

_TRACK = "#2b3245"
TITLE_ABOVE = 50  # over whatever the story opens with

M = TypeVar("M", bound=Mobject)


class Chapter(Telling):
    """A chapter of the course: `title`, `question`, and what is shown in `story`, `mechanism`, `derivation`.

    In a question, {a} and {b} stand for what the cast's two prompts name.

    It works under plain `manim`, in whole frames and under the stage's rules. Each depth starts from an
    empty, reseeded stage and keeps nothing for the next; what lasts is `cast`, `captures` and other cached
    properties. `cues` are the spoken lines, `marks` the first frame of each depth, `depth` the current one.
    """

    title: str
    question: str

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        config.notify_outdated_version = False  # manim asks after leaving the scene's own configuration

    def __init__(self, renderer: StageRenderer | None = None) -> None:
        with _in_a_sentence():
            for name in ("title", "question"):
                if not getattr(self, name, "").strip():
                    raise CourseError(f'{type(self).__name__} has no {name}. Give it one: {name} = "…".')
            settle(theme.BACKGROUND)
            self.cues: list[Cue] = []
            self.effects: list[Effect] = []
            self.marks: list[tuple[str, int]] = []
            self.depth = ""
            self.told: list[tuple[str, str]] = []
            self._line: Spoken | None = None
            self._badge: Mobject = VGroup()
            super().__init__(renderer)
            if "{a}" in self.question:
                self.question = asked(self.question, self.cast.prompt, self.cast.other)
            # The renderer may be older than settle().
            self.renderer.camera.background_color = theme.BACKGROUND

    # What a chapter fills in

    def specs(self) -> "Specs":
        """The captures this chapter shows, by name: specs, and lists and mappings of them (`Specs`)."""
        return {}

    def gatherings(self) -> Mapping[str, "Gathering"]:
        """The small results from many runs that this chapter shows, by name (`precompute.gather_each`).

        A chapter that can do without them has none where the model is from `elsewhere`.
        """
        return {}

    def equations(self) -> Mapping[str, Checked]:
        """The checked equations of this chapter, by name: those of its proofs, text only ones included."""
        return {name: line for one in proofs(self).values() for name, line in one.equations().items()}

    def claims(self) -> Mapping[str, "Claim"]:
        """What this chapter states as a fact, by name, with the numbers behind it: its verdicts."""
        return {name: one.claim for name, one in verdicts(self).items()}

    def sheets(self) -> "Sheets":
        """The pictures that readers of this chapter's page choose from (`stage.sheets`)."""
        return ()

    def story(self) -> None:
        """No jargon, no formula."""
        raise CourseError(
            f"{type(self).__name__} has no story() yet. Write it, or leave it out with COURSE_DEPTHS."
        )

    def mechanism(self) -> None:
        """What the program does, with the real tensors."""
        raise CourseError(
            f"{type(self).__name__} has no mechanism() yet. Write it, or leave it out with COURSE_DEPTHS."
        )

    def derivation(self) -> None:
        """Why it is right, line by line."""
        raise CourseError(
            f"{type(self).__name__} has no derivation() yet. Write it, or leave it out with COURSE_DEPTHS."
        )

    def remember(self) -> Mobject:
        """The one picture to remember: the chapter's thumbnail. Made anew at each call."""
        return theme.text(self.title, theme.TITLE, weight="BOLD", width=theme.SAFE_WIDTH)

    # What a chapter uses

    @cached_property
    def cast(self) -> Cast:
        """Who plays: prompts, seed, steps, guidance, model."""
        return current_cast(Path(inspect.getfile(type(self))).stem)

    def declared(self) -> "Declared":
        """`specs`, each by a name of its own, less those that are `absent`.

        CourseError, with its line, where it holds something else.
        """
        from course.precompute.families import flatten

        specs = self.specs()
        if isinstance(specs, Mapping) and self.absent:
            specs = {name: one for name, one in specs.items() if name not in self.absent}
        return flatten(specs, self._specs_place)

    @cached_property
    def absent(self) -> Mapping[str, str]:
        """The members of `specs` that the cast's model cannot be asked, by name, with what it cannot do.

        Only those that a beat says it `needs`: without another the chapter cannot be told, and it is refused.
        """
        from course.precompute import beyond
        from course.precompute.families import flatten
        from course.precompute.spec import OWN

        members = (member for _, member in inspect.getmembers_static(type(self)))
        spared = {name for member in members for name in getattr(member, "needs", {})}
        found: dict[str, dict[str, None]] = {}
        for whole, spec in flatten(self.specs(), self._specs_place).specs.items():
            name = whole.partition("/")[0]
            if name in spared:
                found.setdefault(name, {}).update({OWN[one]: None for one in beyond(spec)})
        return {name: " or ".join(reasons) for name, reasons in found.items() if reasons}

    @property
    def _specs_place(self) -> str:
        written = type(self).specs.__code__
        return f" ({Path(written.co_filename).name}:{written.co_firstlineno})"

    @property
    def elsewhere(self) -> bool:
        """Whether the cast's model is not one that ships: then many runs of it are not gathered."""
        from course.precompute.spec import is_foreign

        return is_foreign(self.cast.model)

    @cached_property
    def captures(self) -> "CaptureMapping":
        """The captures of `specs`, at the same places; captures what is missing, with a progress bar."""
        from course.precompute import capture_all
        from course.precompute.families import view

        specs, families = self.declared()
        made = dict(zip(specs, capture_all(specs.values()), strict=True))
        return view(families, made.__getitem__, lambda: where(self))

    @cached_property
    def gathered(self) -> Mapping[str, "Gathered"]:
        """The results of `gatherings`, by the same names, of the weights of the capture `walk`."""
        from course.precompute import gather_each

        return gather_each(self.gatherings(), self.captures["walk"])

    @contextmanager
    def opening(self, text: object) -> Iterator[Spoken]:
        """The story's first line: said from the first frame, the title over what the block shows."""
        words = theme.text(self.title, theme.TITLE, weight="BOLD", width=theme.SAFE_WIDTH - 2)
        title = theme.plate(words).set_z_index(TITLE_ABOVE)
        half = np.array([title.width, title.height, 0]) / 2
        self.add(title.move_to(np.array([theme.SAFE_LEFT, theme.SAFE_BOTTOM, 0]) + half))
        with self.say(text) as line:
            yield line
        self.hide(title)

    def sound_walk(self, alphas_cumprod: "NDArray[np.float64]", seconds: float) -> None:
        """For `seconds` from now, let a run be heard: static that thins out into a chord, by its ᾱ (S+1,)."""
        from course.voice import effects

        self.effects.append(effects.walk(alphas_cumprod, seconds, self.now, gain=-7))

    # How it is told

    def construct(self) -> None:
        """Tell the depths that COURSE_DEPTHS names: all, if unset."""
        for depth in _chosen():
            self._begin(depth)
            with seeded_only(self):
                lasting = set(vars(self))
                getattr(self, depth)()
                self._unsaid()
                if depth == DEPTHS[-1]:
                    self._lead_on()
                else:
                    self.sweep(0.4)
                self._forget(lasting)

    def render(self, preview: bool = False) -> bool:
        """As in Manim; under the `manim` command a `CourseError` ends in its sentence, no traceback."""
        with _in_a_sentence():
            return super().render(preview)

    def _begin(self, depth: str) -> None:
        self.depth = depth
        self.next_section(depth)
        self.clear()
        self.renderer.camera.reset_view()
        reseed()
        self.marks.append((depth, self.frame))
        self._badge = depth_badge(depth)
        self._furnish(0)

    def _forget(self, lasting: set[str]) -> None:
        for name in set(vars(self)) - lasting:
            if not isinstance(inspect.getattr_static(type(self), name, None), cached_property):
                delattr(self, name)

    def _lead_on(self) -> None:
        """Leave the last picture as it is; then what the next chapter asks, if there is one."""
        self._furnish(1)
        question = next_question(Path(inspect.getfile(type(self))).stem, self.cast.prompt, self.cast.other)
        if not question:
            self.hold(0.8)
            return
        self.sweep(0.3)
        words = theme.text(question, theme.TITLE, weight="BOLD", width=theme.SAFE_WIDTH - 2)
        with self.say(f"Next: {question}"):
            self.show(words.move_to(theme.SAFE_CENTER), run_time=0.4)
        self.hold(0.3)

    def _progress(self, told: float) -> None:
        self._furnish(told)

    def _lacking(self, beat: Beat) -> Lack | None:
        inner = beat.func if isinstance(beat, partial) else beat
        try:
            return self.lacking(getattr(inner, "needs", {}))
        except CourseError as error:
            raise CourseError(f"{error} (needed by the beat {inner.__name__}{where(self)})") from None

    def lacking(self, needed: Mapping[str, tuple[str, ...]]) -> Lack | None:
        """What the cast's model does not give of fields of captures; None where all of it is there."""
        gone = [self.absent[name] for name in needed if name in self.absent]
        why = f"cannot {' or '.join(dict.fromkeys(gone))}" if gone else ""
        if RUNS in needed and self.elsewhere:
            why = f"is not asked for {needed[RUNS][0]}"
        if why:
            said = f"This model {why}, so a part of this chapter is left out here."
            return Lack(f"this model {why}", said)
        lacking: list[str] = []
        for name, fields in needed.items():
            for capture in _members(() if name == RUNS else self.captures[name]):
                lacking += [field for field in capture.lacks(*fields) if field not in lacking]
        if not lacking:
            return None
        names = " and ".join(name.replace("_", " ") for name in lacking)
        said = f"This model does not give its {names}, so a part of this chapter is left out here."
        return Lack(f"no {names} from this model", said)

    def _furnish(self, told: float) -> None:
        """Set the depth badge, and the progress line to the part `told` of this depth's third."""
        self.renderer.furniture = [progress_line(DEPTHS.index(self.depth), told), self._badge]

    def beside_badge(self, thing: M) -> M:
        """What stands in the middle, made smaller if it would reach under the depth's badge."""
        if thing.get_top()[1] > self._badge.get_bottom()[1]:
            thing.scale(min(1.0, (self._badge.get_left()[0] - theme.SAFE) / thing.get_right()[0]))
        return thing

    def tear_down(self) -> None:
        """Lay the sound under the film, also under one that `manim -n` ends early."""
        writer, renderer = self.renderer.file_writer, self.renderer
        if renderer.only is not None or not writer.output_spec.is_video or not renderer.frames:
            return
        if silent := _silent(writer):
            print(f"note: {silent}", file=sys.stderr)
            return
        from course.voice.mix import mix

        path = Path(private_folder()) / "film.wav"
        mix(self.cues, self.now, path, self.effects)
        if writer.ours:
            writer.track, writer.first, writer.title = path, renderer.begin or 0, self.title
            writer.marks = [(TITLES[name], frame) for name, frame in self.marks]
        else:
            writer.add_sound(path, 0.0)  # Scene.add_sound would ask whether the last animation was skipped


def _silent(writer: StageFileWriter) -> str:
    """Why a film of this format has no sound, in a sentence; nothing for one that has."""
    if writer.ours:
        return ""
    name = writer.movie_file_path.suffix
    if writer.output_spec.is_gif:
        return "A GIF has no sound. Leave out --format=gif for a film that is heard."
    if writer.output_spec.transparent and name == ".webm":
        return (
            "With sound a WebM is not transparent any more, so this one has none. Use --format=mov for both."
        )
    if config.from_animation_number > 0 or 0 <= config.upto_animation_number < math.inf:
        return f"A part of a film has sound as MP4 only, so this {name} is silent."
    return ""


@contextmanager
def _in_a_sentence() -> Iterator[None]:
    """Under the `manim` command, which would print a traceback, a `CourseError` is said and ends it.

    So is what keeps Manim from writing in its media folder.
    """
    try:
        yield
    except (CourseError, OSError) as error:
        context = click.get_current_context(silent=True)
        folder = config.get_dir("media_dir").absolute()
        if context is None or "manim" not in (context.find_root().info_name or ""):
            raise
        if isinstance(error, OSError):
            if not Path(error.filename or "/").absolute().is_relative_to(folder):
                raise
            error = CourseError(
                f"Cannot write in {folder} ({error.strerror}). "
                "Make it writable, or name another folder: --media_dir."
            )
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(2 if isinstance(error, UsageError) else 1) from None


def _members(family: Any) -> Iterator["Capture"]:
    """The captures of a family; one alone is its own."""
    if hasattr(family, "lacks"):
        yield family
        return
    for member in family.values() if isinstance(family, Mapping) else family:
        yield from _members(member)


def depth_badge(depth: str) -> VGroup:
    """The name of the depth, with one, two or three dots lit, at the top right."""
    name = theme.text(depth, theme.LABEL, theme.MUTED)
    number = DEPTHS.index(depth) + 1
    dots = VGroup(
        *(RoundedRectangle(corner_radius=0.06, height=0.12, width=0.3, stroke_width=0) for _ in DEPTHS)
    )
    for k, dot in enumerate(dots):
        dot.set_fill(theme.MUTED if k < number else _TRACK, opacity=1)
    dots.arrange(RIGHT, buff=0.07)
    baseline = theme.SAFE_TOP - 0.36  # no depth starts with a letter that reaches below it
    name.shift([theme.SAFE_RIGHT - name.get_right()[0], baseline - name[0].get_bottom()[1], 0])
    dots.move_to([theme.SAFE_RIGHT - dots.width / 2, baseline - 0.3, 0])
    return theme.plate(VGroup(name, dots), opacity=1)


def progress_line(third: int, told: float) -> VGroup:
    """A line along the bottom in three thirds: those before `third` full, this one up to the part `told`."""
    gap, y = 0.08, -theme.FRAME_HEIGHT / 2 + 0.05
    length = (theme.FRAME_WIDTH - gap * (len(DEPTHS) - 1)) / len(DEPTHS)
    line = VGroup()
    for k in range(len(DEPTHS)):
        left = -theme.FRAME_WIDTH / 2 + k * (length + gap)
        full = 1.0 if k < third else told if k == third else 0.0
        line.add(Line([left, y, 0], [left + length, y, 0], color=_TRACK, stroke_width=6))
        if full:
            line.add(Line([left, y, 0], [left + length * full, y, 0], color=theme.MUTED, stroke_width=6))
    return line


def _chosen() -> list[str]:
    names = [name.strip() for name in os.environ.get("COURSE_DEPTHS", "").split(",") if name.strip()]
    if unknown := [name for name in names if name not in DEPTHS]:
        raise UsageError(f"COURSE_DEPTHS names {', '.join(unknown)}. Choose from {', '.join(DEPTHS)}.")
    return [depth for depth in DEPTHS if depth in names or not names]
