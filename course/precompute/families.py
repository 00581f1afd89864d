"""Captures in families: specs in lists and mappings, nested, and what was captured found at the same places.

Not for capturing. Each spec has a name of its own ("endings/6/3"), by which all other code knows it.
"""

import operator
import reprlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from numbers import Integral
from typing import Any, NamedTuple, TypeAlias

from course.errors import CourseError
from course.precompute.spec import CaptureSpec
from course.precompute.store import Capture

Family: TypeAlias = "CaptureSpec | Sequence[Family] | Mapping[Any, Family]"
Specs: TypeAlias = Mapping[str, Family]
"""What a chapter's `specs` gives: specs, lists and mappings of them, and so on. Keys of the mappings within
are whole numbers, words, or tuples of those."""
Tree: TypeAlias = Any
"""Where each spec stands, in values that JSON knows: the name of a spec, or a family as {"name": …, "of": its
members' trees}, with "keys" where it is a mapping (a tuple as a list)."""
ROOT = "specs()"
"""The name of the whole."""


class Declared(NamedTuple):
    """The specs by name, and how they stand in families."""

    specs: dict[str, CaptureSpec]
    families: Tree


def flatten(specs: Specs, place: str = "") -> Declared:
    """Give every spec its name. `place` says in errors where they are written: " (ch4_walk.py:71)".

    Raises CourseError for what is no spec, for a key that is none, and for two of the same name.
    """
    found: dict[str, CaptureSpec] = {}
    names: set[str] = set()

    def placed(one: Any, name: str) -> Tree:
        if name in names:
            raise CourseError(f"specs(){place} has two members named {name}. Give one of them another key.")
        names.add(name)
        if isinstance(one, CaptureSpec):
            found[name] = one
            return name
        within = "" if name == ROOT else f"{name}/"
        if isinstance(one, Mapping):
            keys = [_key(key, name, place) for key in one]
            of = [placed(part, f"{within}{key}") for key, part in zip(keys, one.values(), strict=True)]
            return {"name": name, "of": of, "keys": [_plain(key) for key in keys]}
        if isinstance(one, Sequence) and not isinstance(one, str | bytes):
            return {"name": name, "of": [placed(part, f"{within}{k}") for k, part in enumerate(one)]}
        raise CourseError(
            f"specs(){place} holds {reprlib.repr(one)} at {name}, which is no CaptureSpec. "
            "Give one, or a list or mapping of them."
        )

    if not isinstance(specs, Mapping):
        raise CourseError(
            f"specs(){place} returns {reprlib.repr(specs)}. Return a mapping, each name with its CaptureSpec."
        )
    tree = placed(specs, ROOT)
    return Declared(found, tree)


def _key(key: Any, family: str, place: str) -> Any:
    if isinstance(key, str):
        return key
    if family != ROOT:
        if isinstance(key, Integral) and not isinstance(key, bool):
            return int(key)
        if isinstance(key, tuple):
            return tuple(_key(part, family, place) for part in key)
    allowed = "a word" if family == ROOT else "a whole number, a word, or a tuple of those"
    raise CourseError(f"specs(){place} has the key {key!r} in {family}. A key there is {allowed}.")


def _plain(key: Any) -> Any:
    return [_plain(part) for part in key] if isinstance(key, tuple) else key


def _back(key: Any) -> Any:
    return tuple(_back(part) for part in key) if isinstance(key, list) else key


def memberships(tree: Tree) -> dict[str, str]:
    """Which members each family has, by its name."""
    if isinstance(tree, str):
        return {}
    found = {tree["name"]: _members(tree)}
    for one in tree["of"]:
        found |= memberships(one)
    return found


def _members(tree: Tree) -> str:
    if not tree["of"]:
        return "no member"
    if "keys" not in tree:
        return f"0 to {len(tree['of']) - 1}" if len(tree["of"]) > 1 else "0 only"
    shown = str if tree["name"] == ROOT else repr
    return ", ".join(shown(_back(key)) for key in tree["keys"])


@dataclass(frozen=True)
class _Source:
    """Where a view gets a capture by name; who asks, as " (ch4_walk.py:71)"; and who is told of it."""

    look: Callable[[str], Capture]
    place: Callable[[], str]
    noted: Callable[[str, Capture | None], object]

    def member(self, tree: Tree) -> Any:
        if isinstance(tree, str):
            capture = self.look(tree)
            self.noted(tree, capture)
            return capture
        return (CaptureMapping if "keys" in tree else CaptureList)(tree, self)

    def lacks(self, tree: Tree, member: object) -> CourseError:
        name = tree["name"]
        who = "The chapter has no capture" if name == ROOT else f"The capture family {name} has no member"
        there = _members(tree)
        if len(there) > 200:
            there = there[:200].rpartition(", ")[0] + ", …"
        return CourseError(f"{who} {member!r}{self.place()}: it has {there}. Add it in specs().")


class CaptureList(Sequence[Any]):
    """A family of captures, or of families, by number. Each is looked up when it is asked for."""

    def __init__(self, tree: Tree, source: _Source) -> None:
        self._tree, self._source = tree, source

    def _count(self) -> list[Tree]:
        self._source.noted(self._tree["name"], None)
        return self._tree["of"]

    def __len__(self) -> int:
        return len(self._count())

    def __iter__(self) -> Iterator[Any]:
        return map(self._source.member, self._count())

    def __getitem__(self, index: Any) -> Any:
        """A member, or for a slice a family. Raises CourseError for one that is not there."""
        of = self._tree["of"]
        if isinstance(index, slice):
            return CaptureList({**self._tree, "of": self._count()[index]}, self._source)
        try:
            number = operator.index(index)
            tree = of[number]
        except (TypeError, IndexError):
            raise self._source.lacks(self._tree, index) from None
        if number < 0:
            self._count()
        return self._source.member(tree)


class CaptureMapping(Mapping[Any, Any]):
    """A family of captures, or of families, by key. Each is looked up when it is asked for."""

    def __init__(self, tree: Tree, source: _Source) -> None:
        self._tree, self._source = tree, source
        self._of = dict(zip(map(_back, tree["keys"]), tree["of"], strict=True))

    def _count(self) -> dict[Any, Tree]:
        self._source.noted(self._tree["name"], None)
        return self._of

    def __len__(self) -> int:
        return len(self._count())

    def __iter__(self) -> Iterator[Any]:
        return iter(self._count())

    def __contains__(self, key: object) -> bool:
        return key in self._count()

    def __getitem__(self, key: Any) -> Any:
        """A member. Raises CourseError for one that is not there."""
        try:
            tree = self._of[key]
        except (KeyError, TypeError):
            raise self._source.lacks(self._tree, key) from None
        return self._source.member(tree)

    def get(self, key: Any, default: Any = None) -> Any:
        """A member, or `default` where it is not there."""
        return self[key] if key in self._count() else default

    def noting(self, noted: Callable[[str, Capture | None], object]) -> "CaptureMapping":
        """The same, telling `noted` of every capture that is looked at, by its name, and with None of every
        family whose members are counted or gone through: that depends on which there are."""
        return CaptureMapping(self._tree, replace(self._source, noted=noted))


def view(
    families: Tree, look: Callable[[str], Capture], place: Callable[[], str] = lambda: ""
) -> CaptureMapping:
    """The captures, placed as their specs are in `specs`. `look` gets one by its name, `place` says in errors
    who asked: " (ch4_walk.py:137)"."""
    return CaptureMapping(families, _Source(look, place, lambda name, capture: None))
