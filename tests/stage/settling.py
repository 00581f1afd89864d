"""Driven mobjects as they stand where their trackers are now."""

from typing import TypeVar

from manim import Mobject

M = TypeVar("M", bound=Mobject)


def settled(thing: M) -> M:
    """The same, each member brought up to date once."""
    for member in thing.get_family():
        member.update(0, recursive=False)
    return thing
