"""A policy ready for use: its card (policy.yaml) and its code, checked against each other."""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from hashlib import sha256
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from core.policy.canonical import digest
from core.policy.card import Card
from core.policy.model import API_VERSION, NO_ROOM, NO_SUITABLE, PINNED, Policy, RuleVersion
from core.policy.params import Text

if TYPE_CHECKING:
    from core.policy.confined.confine import Confined

BUILT_IN = Path(__file__).resolve().parents[2] / "plugins"
"""The folder of the policies that come with the program."""


class PluginError(Exception):
    """A plugin that cannot be used; the message says what is wrong with it and how to mend it."""


@dataclass(frozen=True)
class LoadedPolicy:
    """`folder` holds the plugin's files. `confined` are the processes that a third party's policy runs in; a built-in
    one runs in this process and has none."""

    policy: Policy
    card: Card
    folder: Path
    built_in: bool
    confined: Confined | None = None

    @property
    def key(self) -> str:
        return self.policy.key

    def rule_on(self, day: date) -> RuleVersion | None:
        """The newest rule version not after `day`; None before the first."""
        found = None
        for version in self.policy.rules:
            if version.effective_from <= day:
                found = version
        return found

    def clauses(self, rule_from: date) -> Mapping[str, Text]:
        """The clause of every check and line as of a rule version."""
        known = self._clauses.get(rule_from)
        if known is None:
            known = {code: text.clause(rule_from) for code, text in self.card.checks.items()}
            known |= {code: text.clause(rule_from) for code, text in self.card.lines.items()}
            self._clauses[rule_from] = known
        return known

    @cached_property
    def _clauses(self) -> dict[date, dict[str, Text]]:
        return {}

    @cached_property
    def rules_digest(self) -> str:
        """Of all that can change an answer beside facts and parameters: the plugin's and the kernel's source, and what
        policy.yaml lets the rule see, spend and exceed."""
        return digest(
            {
                "kernel": _sources(Path(__file__).parent),
                "plugin": _sources(self.folder) if self.confined is None else files_of(self.folder),
                "reads": sorted(self.card.reads.fields),
                "stacking": list(self.card.stacking or ()),
                "caps": [[cap.parameter, list(cap.per or ()), list(cap.sum or ())] for cap in self.card.caps],
            }
        )


@lru_cache(maxsize=64)
def _sources(folder: Path) -> dict[str, str]:
    """SHA-256 of each Python file under `folder`, by relative path; line ends as in git, whatever the checkout did."""
    return {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()
        for path in sorted(folder.rglob("*.py"))
    }


_TEXTS = ("policy.yaml", "cases.yaml", "README.md")


def files_of(folder: Path) -> dict[str, str]:
    """SHA-256 of each file of a third party's plugin that its rules may come from: those it may import or read, which
    is all but what this program reads itself."""
    return {
        name: sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and (name := path.relative_to(folder).as_posix()) not in _TEXTS
        and not name.startswith("templates/")
        and "__pycache__" not in path.parts
    }


def check_policy(policy: object, card: Card, name: str) -> Policy:
    """`policy` as `register_policy` gave it, if it fits its card and the name it was found under; else PluginError."""
    if not isinstance(policy, Policy):
        raise PluginError(f"register_policy returned {type(policy).__name__}; return a core.policy.Policy.")
    for what, key in (("policy.yaml's key", card.key), ("the Policy's key", policy.key)):
        if key != name:
            raise PluginError(f"{what} is {key!r}, but the plugin is found under {name!r}; make them the same.")
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name):
        raise PluginError(f"the key {name!r} must be lower-case letters, digits and _, at most 40, a letter first.")
    for what, version in (("policy.yaml", card.api_version), ("the Policy", policy.api_version)):
        if version != API_VERSION:
            raise PluginError(
                f"{what} is for api_version {version!r}; this program speaks {API_VERSION}. Port it (docs/plugins.md)."
            )
    _check_rules(policy.rules)
    parts = {policy.allocate is not None, card.workflow.preset == "allocation", card.offers is not None}
    if len(parts) > 1:
        raise PluginError("allocate, `workflow.preset: allocation` and `offers` go together; have all three or none.")
    if policy.allocate is not None and (missing := {PINNED, NO_SUITABLE, NO_ROOM} - card.reasons.keys()):
        raise PluginError(f"it shares out, so policy.yaml needs {', '.join(sorted(missing))} under reasons.")
    return policy


def _check_rules(rules: object) -> None:
    if not isinstance(rules, tuple) or not rules:
        raise PluginError("the Policy has no rules; give a tuple of at least one RuleVersion.")
    last = date.min
    for version in rules:
        if not isinstance(version, RuleVersion) or type(version.effective_from) is not date:
            raise PluginError("rules must hold RuleVersion(effective_from=date(…), assess=…) only.")
        if version.effective_from <= last:
            raise PluginError(f"the rule version of {version.effective_from} is out of order; oldest first, once each.")
        if version.assess is not None and not callable(version.assess):
            raise PluginError(f"assess of the rule version of {version.effective_from} cannot be called.")
        last = version.effective_from


# ── importing a folder ──────────────────────────────────────────────────────────────────────────────────────────────


def import_plugin(folder: Path) -> ModuleType:
    """The module `plugin.py` of a plugin's folder, imported as part of a package so that it may import its siblings."""
    name = _package_name(folder)
    before = set(sys.modules)
    try:
        if name not in sys.modules:
            _import_package(name, folder)
        return importlib.import_module(f"{name}.plugin")
    except BaseException:
        for added in set(sys.modules) - before:  # a half-imported plugin must not look imported the next time
            if added == name or added.startswith(f"{name}."):
                del sys.modules[added]
        raise


def _package_name(folder: Path) -> str:
    """Built-in policies are `plugins.<key>`; a folder elsewhere gets a name of its own, so that two cannot mix."""
    if folder.parent == BUILT_IN:
        return f"plugins.{folder.name}"
    return f"hongcai_policy_{sha256(str(folder).encode()).hexdigest()[:12]}_{folder.name}"


def _import_package(name: str, folder: Path) -> None:
    start = folder / "__init__.py"
    if start.exists():
        spec = importlib.util.spec_from_file_location(name, start, submodule_search_locations=[str(folder)])
    else:
        spec = ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = [str(folder)]
    if spec is None:
        raise PluginError(f"{start} cannot be imported.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    if spec.loader is not None:
        spec.loader.exec_module(module)
