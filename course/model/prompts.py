"""Whether the shipped models know the words of a prompt, and which prompts a training watches.

Not for what prompts there are: see `course.grammar`; nor for turning one into numbers.
"""

import difflib
import re
import sys

from course.errors import UsageError
from course.grammar import GLUE, vocabulary
from course.model.settings import TOKENS

WATCHED = (
    "a butterfly on a blue background",
    "a snail on a white background",
    "a red cat on a yellow background",
    "a big fish on a green background",
    "a small mushroom on a pink background",
    "a purple rocket on a white background",
    "a tree and a heart on a blue background",
    "a bird and a red car on a green background",
)
"""The prompts whose pictures a training keeps on its way …"""
SEEDS = (7, 8)
"""… each from these seeds."""


def check_prompt(prompt: str) -> str:
    """The prompt as a shipped model will read it.

    Raises UsageError naming words it never saw and the nearest ones it knows; warns, naming the lost words,
    where the prompt is longer than the tokenizer takes.
    """
    words = re.findall(r"\w+|[^\w\s]", prompt.lower())
    known = vocabulary()
    if unknown := [word for word in dict.fromkeys(words) if word not in known]:
        hints = []
        for word in unknown:
            close = difflib.get_close_matches(word, [w for w in known if w not in GLUE], n=3, cutoff=0.5)
            hints.append(f"{word!r} (nearest: {', '.join(close)})" if close else repr(word))
        raise UsageError(
            f"The model never saw {', '.join(hints)}. It knows the nouns, sizes and colours listed in "
            "assets/models/pixel/README.md."
        )
    room = TOKENS - 2
    if lost := words[room:]:
        print(f"warning: the prompt is cut after {room} words; lost: {' '.join(lost)}", file=sys.stderr)
    return prompt
