"""A scene's source as the lint reads it: words of the cast that are written out, and commented exceptions.

Not for running the scene.

    # lint: allow text-over-picture — the word stands on the sky, which is plain
    self.play(FadeIn(word))

An exception belongs to the statement that it stands on or directly above, with the whole block of a `with`,
`for` or `if`; above a `def` or `class` it belongs to that line only.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from course import grammar

_ALLOW = re.compile(r"#\s*lint:\s*allow\s+(?P<kind>[\w-]+)\s*(?:(?:—|–|-+|:)\s*(?P<reason>.*\S))?")


@dataclass
class Allowance:
    """An exception: for which kind of fault, why, where it is written, and the lines it belongs to."""

    kind: str
    reason: str
    line: int
    lines: range
    used: bool = field(default=False)


class Source:
    """The scene file at `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        text = path.read_text(encoding="utf-8")
        self._tree = ast.parse(text)
        self.allowances = list(_allowances(text, self._tree))

    def allow(self, kind: str, lines: set[int]) -> bool:
        """Whether an exception for `kind` belongs to one of the lines; it then counts as used."""
        found = [
            allowance
            for allowance in self.allowances
            if allowance.kind == kind and any(line in allowance.lines for line in lines)
        ]
        for allowance in found:
            allowance.used = True
        return bool(found)

    def cast_words(self) -> Iterator[tuple[int, str, str]]:
        """Line, word and string for each word of the models' vocabulary that a string of the scene holds.

        Docstrings, keys and colour names given as such are left out.
        """
        passed = {
            id(constant)
            for node in ast.walk(self._tree)
            for constant in _unspoken(node)
            if constant is not None
        }
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in passed:
                for found in _words().finditer(node.value):
                    yield node.lineno, found.group(), " ".join(node.value.split())


def _unspoken(node: ast.AST) -> Iterator[ast.AST | None]:
    if isinstance(node, ast.Expr):
        yield node.value
    elif isinstance(node, ast.Subscript):
        yield node.slice
    elif isinstance(node, ast.keyword) and "color" in (node.arg or ""):
        yield node.value
    elif isinstance(node, ast.Dict):
        yield from node.keys


@cache
def _words() -> re.Pattern[str]:
    """A noun, colour or background of the models' language, nouns in the plural as well."""
    words = {*grammar.COLOURS, *grammar.BACKGROUNDS}
    for noun in grammar.NOUNS:
        stem = noun.removesuffix("y") + "ies" if noun.endswith("y") else noun
        words |= {noun, stem, f"{noun}s", f"{noun}es"}
    return re.compile(rf"\b({'|'.join(sorted(words, key=len, reverse=True))})\b", re.IGNORECASE)


def _allowances(text: str, tree: ast.Module) -> Iterator[Allowance]:
    lines = text.splitlines()
    statements = sorted(
        (_extent(node) for node in ast.walk(tree) if isinstance(node, ast.stmt)),
        key=lambda extent: (extent.start, -len(extent)),
    )
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type != tokenize.COMMENT or not (found := _ALLOW.match(token.string)):
            continue
        line = token.start[0]
        if lines[line - 1].lstrip().startswith("#"):
            below = line + 1
            while below <= len(lines) and lines[below - 1].lstrip().startswith("#"):
                below += 1
            owners = [extent for extent in statements if extent.start == below][:1]
        else:
            owners = [extent for extent in statements if line in extent][-1:]
        extent = owners[0] if owners else range(0)
        yield Allowance(found["kind"], found["reason"] or "", line, extent)


def _extent(statement: ast.stmt) -> range:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return range(statement.lineno, statement.lineno + 1)
    return range(statement.lineno, (statement.end_lineno or statement.lineno) + 1)
