"""Plugins for tests, written to a folder: a working one, and what is to be wrong with it."""

from __future__ import annotations

from pathlib import Path

from core.policy import LoadedPolicy
from core.policy.registry import load_plugin
from core.policy.scaffold import write_plugin


def plugin_folder(into: Path, key: str = "small_grant", **changes: tuple[str, str]) -> Path:
    """A working plugin with changes by file: `rules=("text", "its replacement")`, or `("", "the whole file")`."""
    folder = write_plugin(key, into)
    for name, (text, instead) in changes.items():
        path = folder / (f"{name}.yaml" if name in ("policy", "cases") else f"{name}.py")
        before = path.read_text()
        assert text in before
        path.write_text(before.replace(text, instead) if text else instead)
    return folder


def with_rule(into: Path, body: str) -> LoadedPolicy:
    """The working plugin with this as the body of `assess(case, params)`."""
    head = 'from core.policy import *\n\nNAN = float("nan")\n\n\ndef assess(case, params):\n'
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return load_plugin(plugin_folder(into, rules=("", head + lines)))
