"""Which source code a depth's frames depend on, as digests of the code without comments and docstrings.

Not for what a depth depends on besides code (`inputs`); nothing is imported or run, files are only parsed.
"""

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from course.errors import CourseError
from course.files import digest_bytes, digest_file
from course.paths import ROOT, shown

DEPTHS = ("story", "mechanism", "derivation")
LIBRARY = "course"
BY_VALUE = ("course.precompute", "course.voice")
"""Packages whose results count by content (captures' keys, spoken lines), not by the code that made them."""
LEAVES = {
    "course.precompute": tuple(f"course.precompute.{name}" for name in ("store", "families", "gathering"))
}
"""What of those packages scenes run all the same: what captures and gathered results offer besides arrays."""
INDIFFERENT = frozenset(
    f"course.{name}"
    for name in (
        *("cast", "chapters", "cli", "doctor", "errors", "files", "paths", "progress"),
        *("stage.filming", "video.film"),
    )
)
"""Modules that no frame of an engine's depends on; the cast counts by its values."""
STAGE = "course.stage.chapter"
"""What tells every chapter, whatever the scene imports."""
ENGINE = ("course.render.worker", "course.render.reel", "course.video.encoding")
"""What hands frames on and encodes them; what these import decides on no frame."""


def source_inputs(scene: Path, depth: str) -> dict[str, str]:
    """Name of a module or part → digest, for everything in code that this depth of a scene file depends on.

    Raises `CourseError` naming file and line where one of them is no valid Python.
    """
    nodes = _reached(scene, (depth, *_TOLD[depth]))
    found = {f"scenes/{scene.name}": _digest(nodes)}
    waiting = [*ENGINE, STAGE, *_imports(nodes, "")]
    while waiting:
        name = waiting.pop()
        key, path = name.replace(".", "/") + ".py", module_path(name)
        if key in found or path is None:
            continue
        found[key] = _module_digest(path, *_stamp(path))
        if name not in ENGINE and not any(name in leaves for leaves in LEAVES.values()):
            waiting += _module_imports(name, path, *_stamp(path))
    return dict(sorted(found.items()))


def specs_digest(scene: Path) -> str:
    """Digest of what a chapter's `specs` can reach in its file: the same code declares the same captures."""
    return _digest(_reached(scene, ("specs",)))


def code_digest(*parts: str) -> str:
    """Digest of all code in some of the course's packages or modules ("voice", "video/encoding.py").

    Other files that lie in a package count too.
    """
    homes = [ROOT / LIBRARY / name for name in parts]
    files = [path for home in homes for path in (sorted(home.iterdir()) if home.is_dir() else [home])]
    return digest_bytes(
        *(
            (_module_digest(path, *_stamp(path)) if path.suffix == ".py" else digest_file(path)).encode()
            for path in files
            if not path.is_dir()
        )
    )


def module_path(name: str) -> Path | None:
    """The file of one of the course's modules; None for a name that is not a module of it."""
    path = ROOT.joinpath(*name.split("."))
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None


# Imports


def _imports(nodes: Iterable[ast.AST], package: str) -> Iterator[str]:
    """The course's modules that a module imports anywhere in it, names looked up where they are defined."""
    for node in _walk_run(ast.Module(list(nodes), [])):  # type: ignore[arg-type]
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _resolved(alias.name, None)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parents, *([node.module] if node.module else [])])
            for alias in node.names:
                yield from _resolved(base, alias.name)


def _walk_run(tree: ast.AST) -> Iterator[ast.AST]:
    """As `ast.walk`, without what is there for type checkers only."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        yield node
        yield from _walk_run(node)


def _resolved(module: str, name: str | None) -> Iterator[str]:
    if module.partition(".")[0] != LIBRARY or module in INDIFFERENT:
        return
    if any(module == one or module.startswith(f"{one}.") for one in BY_VALUE):
        for one, leaves in LEAVES.items():
            if module.startswith(one):
                yield from leaves
        return
    if name and name != "*" and module_path(f"{module}.{name}"):
        yield from _resolved(f"{module}.{name}", None)
        return
    path = module_path(module)
    if path is None:
        return
    if name and name != "*" and path.stem == "__init__":
        # A package that hands on a name depends on where the name comes from, not on all that it hands on.
        for node in _parsed(path).body:
            if isinstance(node, ast.ImportFrom) and not node.level and node.module:
                for alias in node.names:
                    if (alias.asname or alias.name) == name:
                        yield from _resolved(node.module, alias.name)
                        return
    yield module


# Digests


def _stamp(path: Path) -> tuple[int, int]:
    """Tells a file from what it was before, within one process."""
    stat = path.stat()
    return stat.st_mtime_ns, stat.st_size


def _parsed(path: Path) -> ast.Module:
    try:
        return _parse(path, *_stamp(path))
    except OSError as error:
        raise CourseError(f"Cannot read {shown(path)} ({error.strerror}).") from None


@lru_cache(maxsize=512)
def _parse(path: Path, modified: int, size: int) -> ast.Module:
    try:
        source = path.read_bytes()
        tree = ast.parse(source)
    except SyntaxError as error:
        raise CourseError(f"{shown(path)}:{error.lineno}: {error.msg}. Mend it and run again.") from None
    if b"__doc__" not in source:
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                node.body = [part for part in node.body if not _is_docstring(part)]
    return tree


@lru_cache(maxsize=512)
def _module_digest(path: Path, modified: int, size: int) -> str:
    return _digest([_parsed(path)])


@lru_cache(maxsize=512)
def _module_imports(name: str, path: Path, modified: int, size: int) -> list[str]:
    package = name if path.stem == "__init__" else name.rpartition(".")[0]
    return list(_imports([_parsed(path)], package))


def _digest(nodes: list[ast.AST]) -> str:
    return digest_bytes(*(ast.dump(node).encode() for node in nodes))


# The part of a scene file that something in its chapter depends on


_TOLD = {"story": ("title", "question"), "mechanism": (), "derivation": ("remember", "title")}
"""What the stage shows with each depth besides it: title card and end card."""
_DYNAMIC = {"getattr", "setattr", "vars", "globals", "locals", "eval", "exec", "__dict__"}
_ASKED = {*DEPTHS, "title", "question", "remember", "equations", "claims", "specs"}
"""What the stage, or a build, asks a chapter for by name."""


def _reached(scene: Path, wanted: tuple[str, ...]) -> list[ast.AST]:
    """The parts of a scene file that the members `wanted` of its chapter can reach by name.

    Everything, where the file looks names up while it runs, or holds no chapter, or several.
    """
    if not scene.is_file():
        raise CourseError(f"{shown(scene)} is not there any more.")
    return _reached_in(_pieces(scene, *_stamp(scene)), wanted)


@dataclass(frozen=True)
class _Pieces:
    """A scene file taken apart: what it defines by name, which names each part uses, what is there anyway."""

    body: Sequence[ast.AST]
    always: Sequence[ast.AST]
    named: dict[str, list[ast.AST]]
    uses: dict[str, set[str]]
    roots: set[str]


@lru_cache(maxsize=64)
def _pieces(scene: Path, modified: int, size: int) -> _Pieces:
    tree = _parsed(scene)
    told = [
        node
        for node in tree.body
        if isinstance(node, ast.ClassDef)
        and any(isinstance(part, ast.FunctionDef) and part.name in DEPTHS for part in node.body)
    ]
    if len(told) != 1 or _DYNAMIC & _names(tree):
        return _Pieces([tree], [tree], {}, {}, set())
    chapter = told[0]
    head = ast.ClassDef(chapter.name, chapter.bases, chapter.keywords, [ast.Pass()], chapter.decorator_list)
    body = [
        head,
        *(part for node in tree.body if node is not chapter for part in _single(node)),
        *chapter.body,
    ]
    always = [head, *(node for node in body if not _defines(node))]
    named: dict[str, list[ast.AST]] = {}
    for node in body[1:]:
        for name in _defines(node):
            named.setdefault(name, []).append(node)
    uses = {name: set().union(*(_names(node) for node in nodes)) for name, nodes in named.items()}
    anyway = set().union(*(_names(node) for node in always))
    mentioned = anyway.union(*(names - {name} for name, names in uses.items()))
    own = {name for part in chapter.body for name in _defines(part)}
    # What overrides the stage, and what nobody in the file mentions, may be called in whatever depth.
    unasked = {name for name in own if name in _hooks() or name.startswith("__") or name not in mentioned}
    return _Pieces(body, always, named, uses, anyway | (unasked - _ASKED))


def _reached_in(pieces: _Pieces, wanted: tuple[str, ...]) -> list[ast.AST]:
    waiting, reached = [*wanted, *pieces.roots], set[str]()
    while waiting:
        name = waiting.pop()
        if name in pieces.named and name not in reached:
            reached.add(name)
            waiting += pieces.uses[name]
    kept = {id(node) for name in reached for node in pieces.named[name]}
    kept |= {id(node) for node in pieces.always}
    return [node for node in pieces.body if id(node) in kept]


def _single(node: ast.stmt) -> list[ast.stmt]:
    """An import of several names as several imports, so that each counts for itself."""
    if isinstance(node, ast.ImportFrom):
        return [ast.ImportFrom(node.module, [alias], node.level) for alias in node.names]
    if isinstance(node, ast.Import):
        return [ast.Import([alias]) for alias in node.names]
    return [node]


def _hooks() -> frozenset[str]:
    """What the stage's own classes define."""
    names: set[str] = set()
    for module in (STAGE, "course.stage.manim_internals"):
        path = module_path(module)
        for node in _parsed(path).body if path else ():
            if isinstance(node, ast.ClassDef):
                names |= {part.name for part in node.body if isinstance(part, ast.FunctionDef)}
    return frozenset(names)


def _defines(node: ast.AST) -> set[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Assign) and all(isinstance(target, ast.Name) for target in node.targets):
        return {target.id for target in node.targets if isinstance(target, ast.Name)}
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return {node.target.id}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).partition(".")[0] for alias in node.names} - {"*"}
    return set()


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _names(tree: ast.AST) -> set[str]:
    """Every name, attribute and word in quotes: whatever may stand for something that the file defines."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute):
            found.add(node.attr if isinstance(node, ast.Attribute) else node.id)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
    return found
