"""What each application of a process would do anew, done once: each test builds one, and most of that time went into
compiling addresses and reading the policies' files."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from werkzeug.routing import Rule

from core.policy import yamlfile

_known: dict[Any, Callable[..., tuple[str, str]]] = {}
_compile = Rule._compile_builder
_parsed: dict[str, dict[str, Any]] = {}
_parse = yamlfile.parse_yaml


def _compile_once(self: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    """What it makes knows nothing of its rule but these."""
    if self.defaults:
        return _compile(self, append_unknown)
    key = (self.rule, tuple(self._trace), append_unknown)
    if key not in _known:
        _known[key] = _compile(self, append_unknown)
    return _known[key]


def _parse_once(text: str, name: str) -> dict[str, Any]:
    """The same text is the same mapping; who changes theirs changes nobody else's. A fault names its file each time."""
    if text not in _parsed:
        _parsed[text] = _parse(text, name)
    return deepcopy(_parsed[text])


def once() -> None:
    Rule._compile_builder = _compile_once  # type: ignore[method-assign]
    yamlfile.parse_yaml = _parse_once
