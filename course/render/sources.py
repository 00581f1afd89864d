"""Which source code a depth's frames depend on, as digests of the code without comments and docstrings.

Not for what a depth depends on besides code (`inputs`); nothing is imported or run, files are only parsed.
"""

import ast
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from course.errors import CourseError
from course.files import digest_bytes
from course.paths import ROOT, shown

DEPTHS = ("story", "mechanism", "derivation")
LIBRARY = "course"
BY_VALUE = ("course.precompute", "course.voice")
"""Packages whose results count by their content (captures' keys, spoken lines), not by the code that made them."""
LEAVES = {"course.precompute": "course.precompute.store"}
"""What of those packages scenes run all the same: what a capture offers besides its arrays."""
INDIFFERENT = frozenset(
    f"course.{name}" for name in ("cast", "chapters", "cli", "doctor", "errors", "files", "paths", "progress")
)
"""Modules that no frame depends on; the cast counts by its values."""
ENGINE = ("course.render.worker", "course.render.reel", "course.stage.chapter")
"""What draws and encodes, whatever the scene imports."""


def source_inputs(scene: Path, depth: str) -> dict[str, str]:
    """Name of a module or part → digest, for everything in code that this depth of a scene file depends on.

    Raises `CourseError` naming file and line where one of them is no valid Python.
    """
    tree = _parsed(scene)
    found = {f"scenes/{scene.name}": _depth_digest(scene, depth)}
    waiting = [*ENGINE, *_imports(tree, "")]
    while waiting:
        name = waiting.pop()
        key = name.replace(".", "/") + ".py"
        path = module_path(name)
        if key in found or path is None:
            continue
        found[key] = _module_digest(path)
        if name not in LEAVES.values():
            waiting += _imports(_parsed(path), name if path.stem == "__init__" else name.rpartition(".")[0])
    return dict(sorted(found.items()))


def module_path(name: str) -> Path | None:
    """The file of one of the course's modules; None for a name that is not a module of it."""
    path = ROOT.joinpath(*name.split("."))
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None


# Imports


def _imports(tree: ast.Module, package: str) -> Iterator[str]:
    """The course's modules that a module imports anywhere in it, names looked up where they are defined."""
    for node in _walk_run(tree):
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
        leaf = next((leaf for one, leaf in LEAVES.items() if module.startswith(one)), None)
        if leaf:
            yield leaf
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


def _parsed(path: Path) -> ast.Module:
    try:
        stat = path.stat()
        return _parse(path, stat.st_mtime_ns, stat.st_size)
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


def _module_digest(path: Path) -> str:
    stat = path.stat()
    return _module_digest_at(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=512)
def _module_digest_at(path: Path, modified: int, size: int) -> str:
    return _digest([_parsed(path)])


def _digest(nodes: list[ast.AST]) -> str:
    return digest_bytes(*(ast.dump(node).encode() for node in nodes))


# The part of a scene file that one depth depends on


@lru_cache(maxsize=512)
def _chapter_names(path: Path, modified: int, size: int) -> frozenset[str]:
    """What the stage's own classes define: a chapter that defines it again changes how every depth is told."""
    return frozenset(
        part.name
        for node in _parsed(path).body
        if isinstance(node, ast.ClassDef)
        for part in node.body
        if isinstance(part, ast.FunctionDef)
    )


def _hooks() -> frozenset[str]:
    names: frozenset[str] = frozenset()
    for module in ("course.stage.chapter", "course.stage.manim_internals"):
        path = module_path(module)
        if path is not None:
            stat = path.stat()
            names |= _chapter_names(path, stat.st_mtime_ns, stat.st_size)
    return names - {*DEPTHS, "remember", "equations"}


def _depth_digest(scene: Path, depth: str) -> str:
    """Digest of what `depth` can reach in its file; of the whole file where that cannot be told from outside."""
    tree = _parsed(scene)
    told = [
        node
        for node in tree.body
        if isinstance(node, ast.ClassDef)
        and any(isinstance(part, ast.FunctionDef) and part.name in DEPTHS for part in node.body)
    ]
    dynamic = {"getattr", "setattr", "vars", "globals", "locals", "eval", "exec", "__dict__"}
    if len(told) != 1 or dynamic & _names(tree):
        return _digest([tree])
    chapter = told[0]
    pieces: dict[str, list[ast.AST]] = {}
    always: list[ast.AST] = [
        ast.Module([ast.ClassDef(chapter.name, chapter.bases, chapter.keywords, [ast.Pass()], chapter.decorator_list)], [])
    ]
    for node in [*(part for part in tree.body if part is not chapter), *chapter.body]:
        names = _defines(node)
        if not names:
            always.append(node)
        for name in names:
            pieces.setdefault(name, []).append(node)
    own = {name for part in chapter.body for name in _defines(part)}
    used = {name: set().union(*(_names(node) for node in nodes)) for name, nodes in pieces.items()}
    # What nobody in the file mentions is called from outside, perhaps by the stage, in whatever depth.
    mentioned = set().union(*(names - {name} for name, names in used.items()), *(_names(node) for node in always))
    edges = {"story": {"title", "question"}, "mechanism": set(), "derivation": {"remember", "title"}}
    special = {*DEPTHS, "title", "question", "remember"}
    roots = {depth, *edges[depth], *(own & _hooks()), *(own - mentioned - special)}
    roots |= {name for name in own if name.startswith("__")}
    reached, waiting = set(), [*roots, *set().union(*(_names(node) for node in always))]
    while waiting:
        name = waiting.pop()
        if name in pieces and name not in reached:
            reached.add(name)
            waiting += used[name]
    kept = {id(node) for name in reached for node in pieces[name]} | {id(node) for node in always[1:]}
    parts: list[ast.AST] = [part for part in [*tree.body, *chapter.body] if id(part) in kept]
    return _digest([always[0], *parts])


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
