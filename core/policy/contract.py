"""The contract suite, for `hongcai policies check` and the tests: every rule of contract_rules.py on a plugin."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from core.policy.casefile import CaseError
from core.policy.contract_rules import RULES, Plugin, Render
from core.policy.engine import AssessmentFailed
from core.policy.golden import read_golden
from core.policy.golden_rounds import read_rounds
from core.policy.loaded import BUILT_IN, PluginError
from core.policy.params import ParameterError
from core.policy.registry import load_plugin
from core.policy.yamlfile import FileError


class Finding(NamedTuple):
    """One rule of the contract on one plugin. `message` says what is wrong, the first faults of many."""

    rule: str
    passed: bool
    message: str = ""


def plugin_folders(path: Path | None) -> list[Path]:
    """The plugin at `path`, or all in that folder; without a path, those that come with the program."""
    if path is not None and ((path / "policy.yaml").exists() or (path / "plugin.py").exists()):
        return [path.resolve()]
    inside = sorted((BUILT_IN if path is None else path.resolve()).iterdir())
    return [folder for folder in inside if (folder / "policy.yaml").exists() or (folder / "plugin.py").exists()]


def open_plugin(folder: Path, render: Render | None = None, *, confined: bool = False) -> Plugin:
    """The plugin in `folder` with its golden cases, run here or `confined`. PluginError or FileError when it has none
    that work."""
    cases = folder / "cases.yaml"
    return Plugin(load_plugin(folder, confined=confined), read_golden(cases), read_rounds(cases), render)


def check_folder(folder: Path, *, render: Render | None = None) -> Iterator[Finding]:
    """Every rule of the contract on the plugin in `folder`: confined, if it is not one of the program's own."""
    loads = "it loads: files, hooks, labels, clauses, parameters"
    try:
        plugin = open_plugin(folder, render, confined=folder.parent != BUILT_IN)
    except (PluginError, FileError) as error:
        yield Finding(loads, passed=False, message=str(error))
        return
    yield Finding(loads, passed=True)
    for rule in RULES:
        yield check_rule(plugin, rule)


def check_rule(plugin: Plugin, rule: Callable[[Plugin], Iterator[str]]) -> Finding:
    name = rule.__doc__ or rule.__name__
    try:
        faults = list(rule(plugin))
    except (AssessmentFailed, CaseError, ParameterError) as error:
        faults = [str(error)]
    more = f" (and {len(faults) - 3} more)" if len(faults) > 3 else ""
    return Finding(name, not faults, "; ".join(faults[:3]) + more)
