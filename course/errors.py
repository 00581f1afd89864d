"""The errors that a person is meant to read.

Not for programming mistakes: those stay ordinary exceptions with a traceback.
"""


class CourseError(Exception):
    """A job failed; the message says in one or two sentences what to do. Exit status 1."""


class UsageError(CourseError):
    """The request itself makes no sense (an unknown chapter, steps below 1). Exit status 2."""
