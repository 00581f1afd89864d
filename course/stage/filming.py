"""Films of plain `manim`: pictures encoded, joined and laid over sound as `course render` does it.

Not for the frames themselves, nor for formats other than MP4, which are left to Manim.
"""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from manim.scene.scene_file_writer import SceneFileWriter

from course.video.encoding import CODEC, Pictures, encoder_options
from course.video.film import Mark, cut, timing, write_film


class _Segment:
    """One animation's file, as Manim's own encoder offers it."""

    def __init__(self, target: Path, width: int, height: int, fps: Fraction) -> None:
        quality = "low" if height <= 480 else "medium" if height <= 720 else "high"
        self.target = target
        self._pictures = Pictures(target, encoder_options(fps, quality), width, height)

    def write_frame(self, pixels: np.ndarray, *, repeat: int = 1) -> None:
        """Show pixels (H, W, 4) uint8 `repeat` times."""
        self._pictures.add(pixels, repeat)

    def finish(self) -> None:
        """Make the file whole."""
        self._pictures.close()

    def abort(self) -> None:
        """Leave no file."""
        self._pictures.abandon()
        self.target.unlink(missing_ok=True)


class StageFileWriter(SceneFileWriter):
    """Manim's writer, where MP4 is encoded and joined by the course's own code: colours tagged, sound exact.

    `track` is the sound of the whole scene (48 kHz stereo WAV) or None, `marks` are (title, frame) of the
    whole scene; `first` is the frame of the scene that the film begins with.
    """

    def __init__(self, settings: Any) -> None:
        super().__init__(settings)
        self.track: Path | None = None
        self.marks: Sequence[tuple[str, int]] = ()
        self.title = ""
        self.first = 0

    @property
    def ours(self) -> bool:
        """Whether the film is an opaque MP4."""
        encoder = self.video_encoder
        wanted = ("mp4", CODEC)
        found = encoder and (encoder.container_format, encoder.codec)
        return found == wanted and not self.output_spec.is_gif

    def _create_segment_encoder(self, target: Path) -> Any:
        encoder = self.video_encoder
        if encoder is None or not self.ours:
            return super()._create_segment_encoder(target)
        return _Segment(target, encoder.width, encoder.height, encoder.frame_rate)

    def combine_files(
        self,
        input_files: list[str],
        output_file: Path,
        create_gif: bool = False,
        includes_sound: bool = False,
    ) -> None:
        """Join segments to the film, or to that of a section, with their part of sound and marks."""
        if not self.ours or not input_files or self.video_encoder is None:
            super().combine_files(input_files, output_file, create_gif, includes_sound)
            return
        whole = [path for path in self.partial_movie_files if path is not None]
        lengths = {path: timing(Path(path))[0] for path in whole}
        before = whole[: whole.index(input_files[0])]
        first = self.first + sum(lengths[path] for path in before)
        last = first + sum(lengths[path] for path in input_files)
        fps = self.video_encoder.frame_rate
        starts = {max(frame, first): title for title, frame in self.marks if frame < last}
        marks = [Mark(float((frame - first) / fps), title) for frame, title in starts.items()]
        output_file.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix="course-sound-") as folder:
            track = None
            if self.track is not None:
                track = Path(folder) / "track.wav"
                cut(self.track, float(first / fps), float(last / fps), track)
            write_film([Path(path) for path in input_files], track, marks, self.title, output_file)
