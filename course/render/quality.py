"""What `-q` stands for: size, frame rate, and how the encoder is set.

Not for the encoder itself: see `course.video.encoding`.
"""

from dataclasses import dataclass, replace

from course.errors import UsageError
from course.video.encoding import Encoding, encoder_options


@dataclass(frozen=True)
class Quality:
    """One way to render: `name` also names the folder, `crf` is a key of `course.video.encoding.CRF`."""

    name: str
    width: int
    height: int
    fps: int
    crf: str
    draft: bool = False

    @property
    def encoding(self) -> Encoding:
        """How its frames are encoded; a draft gives away quality for time."""
        encoding = encoder_options(self.fps, self.crf)
        if self.draft:
            encoding = replace(encoding, options={**encoding.options, "preset": "ultrafast"})
        return encoding


_KNOWN = {
    "l": Quality("480p15", 854, 480, 15, "low"),
    "m": Quality("720p30", 1280, 720, 30, "medium"),
    "h": Quality("1080p60", 1920, 1080, 60, "high"),
    "k": Quality("2160p60", 3840, 2160, 60, "high"),
}


def quality(letter: str, draft: bool = False) -> Quality:
    """The quality that a letter (l, m, h, k) stands for; a draft is always 480p15. Raises `UsageError`."""
    if letter not in _KNOWN:
        raise UsageError(
            f"There is no quality {letter!r}. Choose l (480p15), m (720p30), h (1080p60), k (2160p60)."
        )
    if draft:
        return replace(_KNOWN["l"], name="draft", draft=True)
    return _KNOWN[letter]
