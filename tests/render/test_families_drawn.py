"""What is drawn again where a chapter shows members of a family of captures, and where it errs in them."""

import numpy as np
import pytest

from course.errors import CourseError
from tests.render.studio import Studio, pictures

FAMILIES = '''
"""A chapter with families of captures, of known pictures: no model runs."""

from course.precompute import CaptureSpec, Specs
from course.stage import Chapter, Picture


class Tiny(Chapter):
    """Each depth looks at another part."""

    title = "Tiny"
    question = "Which is drawn again?"

    def specs(self) -> Specs:
        def film(seed: int) -> CaptureSpec:
            return CaptureSpec.of(self.cast, seed=seed, steps=2, model="forward:prompt")

        return {
            "walks": [film(seed) for seed in (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)],
            "endings": {stop: [film(100 * stop + k) for k in range(2)] for stop in (6, 12)},
        }

    def story(self):
        self.add(Picture(self.captures["walks"][5].pictures[0], height=4))
        self.hold(0.4)

    def mechanism(self):
        for walk in self.captures["walks"]:
            picture = Picture(walk.pictures[0], height=4)
            self.add(picture)
            self.hold(0.1)
            self.remove(picture)

    def derivation(self):
        self.add(Picture(self.captures["endings"][6][1].pictures[0], height=4))
        self.hold(0.4)
'''


def test_a_depth_is_drawn_again_when_a_member_changes_that_it_looks_at_and_only_then(
    studio: Studio, drawn: list[tuple[str, str]]
) -> None:
    studio.write(text=FAMILIES)

    def again(*changes: tuple[str, str]) -> set[str]:
        for before, after in changes:
            studio.change(before, after)
        drawn.clear()
        studio.build().run()
        return {depth for _, depth in drawn}

    (film,) = studio.build().run()
    assert {depth for _, depth in drawn} == {"story", "mechanism", "derivation"}
    frames = pictures(film)
    # One member of sixteen: where it is shown alone, and where all are gone through.
    assert again(("4, 5, 6", "4, 55, 6")) == {"story", "mechanism"}
    # Another one, and a key that nobody asked for.
    assert again(("(0, 1, 2, 3", "(0, 1, 2, 33"), ("(6, 12)", "(6, 13)")) == {"mechanism"}
    # One more, though none that was looked at is another.
    assert again(("14, 15)", "14, 15, 16)")) == {"mechanism"}
    assert len(pictures(film)) == len(frames) + 1
    # And back: it looks as it did.
    studio.write(text=FAMILIES)
    assert "derivation" not in again()
    for one, other in zip(pictures(film), frames, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        (
            '["walks"][5]',
            '["walks"][16]',
            "The capture family walks has no member 16 ({place}): it has 0 to 15. Add it in specs().",
        ),
        (
            '["endings"][6][1]',
            '["endings"][7][1]',
            "The capture family endings has no member 7 ({place}): it has 6, 12. Add it in specs().",
        ),
        (
            "def specs(self) -> Specs:",
            "def specs(self) -> Specs:\n        return {'late': [CaptureSpec('x'), None]}",
            "specs() ({place}) holds None at late/1, which is no CaptureSpec. "
            "Give one, or a list or mapping of them.",
        ),
    ],
)
def test_a_member_that_is_not_there_is_named_with_its_line_and_nothing_is_left(
    studio: Studio, capsys: pytest.CaptureFixture[str], before: str, after: str, says: str
) -> None:
    studio.write(text=FAMILIES)
    line = 1 + FAMILIES[: FAMILIES.index(before)].count("\n")
    studio.change(before, after)
    with pytest.raises(CourseError, match="1 of 1 chapters failed"):
        studio.build().run()
    told = [line for line in capsys.readouterr().err.splitlines() if "failed" in line]
    assert told == ["ch1_tiny failed: " + says.format(place=f"ch1_tiny.py:{line}")]
    assert not studio.film.exists()
