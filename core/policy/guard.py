"""Is a rule pure? Looks at its source, and watches it run: no clock, no file, no network, no chance, no float.

A guard for honest mistakes, used by the contract suite. It is not a sandbox: policies of third parties need a process
of their own.
"""

from __future__ import annotations

import ast
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_IMPURE = frozenset(
    {
        *("asyncio", "builtins", "ctypes", "http", "importlib", "io", "multiprocessing", "os", "pathlib", "pickle"),
        *("random", "requests", "secrets", "shutil", "signal", "socket", "sqlite3", "ssl", "subprocess", "sys"),
        *("tempfile", "threading", "time", "urllib", "uuid"),
    }
)
_IMPURE_CALLS = frozenset({"open", "eval", "exec", "compile", "__import__", "input", "print", "float", "globals"})
_CLOCK = frozenset({"today", "now", "utcnow", "time", "monotonic", "fromtimestamp"})
_EVENTS = ("open", "os.", "socket.", "subprocess.", "shutil.", "sqlite3.", "urllib.", "ctypes.", "tempfile.")


def faults_in_source(folder: Path, modules: Iterable[str]) -> Iterator[str]:
    """What the modules of a plugin that hold its rules, and their siblings they import, should not do."""
    waiting, done = list(modules), set[str]()
    while waiting:
        name = waiting.pop()
        path = folder / f"{name}.py"
        if name in done or not path.exists():
            continue
        done.add(name)
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
        waiting += _siblings(tree)
        for node in ast.walk(tree):
            fault = _fault(node)
            if fault:
                yield f"{path.name} line {getattr(node, 'lineno', 0)} {fault}"


def _siblings(tree: ast.AST) -> list[str]:
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            names += [node.module] if node.module else [alias.name for alias in node.names]
    return names


def _fault(node: ast.AST) -> str:
    if isinstance(node, ast.Import):
        modules = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and node.level == 0:
        modules = [node.module or ""]
    else:
        modules = []
    for module in modules:
        if module.split(".")[0] in _IMPURE:
            return f"imports {module}: a rule has no clock, file, network or chance"
    if isinstance(node, ast.Constant) and isinstance(node.value, (float, complex)):
        return f"has the decimal {node.value}: use whole fen, or Decimal for a rate"
    if isinstance(node, ast.Call):
        called = node.func
        if isinstance(called, ast.Name) and called.id in _IMPURE_CALLS:
            return f"calls {called.id}(): a rule only computes"
        if isinstance(called, ast.Attribute) and called.attr in _CLOCK and not node.args:
            return f"calls .{called.attr}(): a rule has no clock; use case.applied_on"
    return ""


def foreign_imports(folder: Path) -> Iterator[str]:
    """Imports of a plugin beyond core.policy itself and its own modules."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                modules = [node.module or ""] if node.level == 0 else []
                if node.level > 1:
                    yield f"{path.name} line {node.lineno} imports from outside its folder"
            else:
                continue
            for module in modules:
                if module.split(".")[0] in ("core", "plugins") and module != "core.policy":
                    yield f"{path.name} line {node.lineno} imports {module}; of ours only core.policy may be used"


class _Watch(threading.local):
    """What the audit hook has seen in this thread, while it is on."""

    seen: list[str] | None = None


_watch = _Watch()
_installed = False


def _audit(event: str, arguments: tuple[Any, ...], watch: _Watch = _watch, events: tuple[str, ...] = _EVENTS) -> None:
    """The module's names as defaults: the hook still runs when the interpreter ends and modules are emptied."""
    if watch.seen is not None and event.startswith(events):
        watch.seen.append(f"{event} {arguments[0]!r}" if arguments else event)


@contextmanager
def watched() -> Iterator[list[str]]:
    """The files, sockets and processes that the code inside touches, as they are asked for from the interpreter."""
    global _installed  # noqa: PLW0603 - an audit hook cannot be taken off, so there is one for the process
    if not _installed:
        sys.addaudithook(_audit)
        _installed = True
    seen: list[str] = []
    _watch.seen = seen
    try:
        yield seen
    finally:
        _watch.seen = None
