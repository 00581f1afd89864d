"""What `course.toml` says under `[voice]`.

Not for the environment, which wins over it: each voice reads its own variables.
"""

from course.cast import table
from course.errors import UsageError

ENTRIES = ("name", "endpoint", "hibari")


def entry(name: str, default: str) -> str:
    """One of `ENTRIES`. Raises UsageError where it is no text, or the table holds anything else."""
    value = table("voice", ENTRIES).get(name, default)
    if not isinstance(value, str):
        raise UsageError(f"{name} under [voice] in course.toml should be text in quotes, not {value!r}.")
    return value
