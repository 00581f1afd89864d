"""Narration: lines of text become spoken lines with word times, one mixed track, and captions.

Not for pictures: a scene times its animations by what it gets from here.
"""

from course.voice.speech import NAMES, Cue, Utterance, Word, speak

__all__ = ["NAMES", "Cue", "Utterance", "Word", "speak"]
