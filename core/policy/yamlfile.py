"""Reading a YAML file written by people: no value twice, no decimals, and a fault is told with its line."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

try:
    from yaml import CSafeLoader as _Loader
except ImportError:  # libyaml is missing: slower, same answers
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]


class FileError(ValueError):
    """A file of a policy that cannot be used; the message names the file, the place, the reason and the remedy."""


class _StrictLoader(_Loader):
    """YAML as PyYAML reads it, but a key that appears twice is an error instead of the last one winning, and `on`,
    `off`, `yes` and `no` are words (YAML 1.2; a golden case says `on: 2026-06-01`)."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool" or first in "tTfF"]
        for first, resolvers in _Loader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.MarkedYAMLError(problem=f"{key!r} is there twice", problem_mark=key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping in a YAML (or JSON) file. FileError when it cannot be read or is not a mapping with text keys."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"{path} cannot be read: {error}. Check the name, and that the file is UTF-8 text.") from error
    return parse_yaml(text, str(path))


def parse_yaml(text: str, name: str) -> dict[str, Any]:
    """The mapping that a YAML (or JSON) text holds; `name` says in a FileError where the text is from."""
    try:
        value = yaml.load(text, Loader=_StrictLoader)  # noqa: S506 - a safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f" line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise FileError(f"{name}{where}: {error.problem}. Mend the file there.") from error
    except (yaml.YAMLError, ValueError, RecursionError, TypeError) as error:
        raise FileError(f"{name} is not YAML: {error}. Mend the file.") from error
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise FileError(f"{name} must be a mapping of names to values.")
    return value
