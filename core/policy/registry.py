"""The registry: finds the policy plugins, checks each, sets broken ones aside, and calls their hooks one by one.

pluggy loses every plugin's answer when one raises, and says nothing about a misspelled hook until it is asked; so each
plugin is registered, checked and called alone here, and whatever it does (SystemExit too) stays its own fault.
"""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pluggy

from core.policy import hookspecs
from core.policy.cardfile import read_card
from core.policy.loaded import BUILT_IN, LoadedPolicy, PluginError, check_policy, import_plugin
from core.policy.yamlfile import FileError

log = logging.getLogger(__name__)


class UnknownPolicy(LookupError):
    """No such policy, or it is quarantined; the message says which and why."""


class Registry:
    """The policies found at start. Made by `Registry.load`."""

    def __init__(self) -> None:
        self._manager = pluggy.PluginManager(hookspecs.PROJECT)
        self._manager.add_hookspecs(hookspecs)
        self._policies: dict[str, LoadedPolicy] = {}
        self._quarantined: dict[str, str] = {}

    @classmethod
    def load(cls, strict: bool, plugins_dir: Path | str | None = None, *, installed: bool = True) -> Registry:
        """Every policy in the folder `plugins_dir` (default: the program's) and, if `installed`, in distributions.

        A broken one is quarantined; with `strict` (development, CI) PluginError is raised naming all broken ones.
        """
        registry = cls()
        folder = BUILT_IN if plugins_dir is None else Path(plugins_dir).resolve()
        for plugin in _folders(folder):
            registry._admit(plugin.name, plugin, None)
        for point in sorted(entry_points(group=hookspecs.ENTRY_POINT_GROUP) if installed else (), key=lambda p: p.name):
            registry._admit(point.name, None, point)
        if strict and registry._quarantined:
            reasons = "\n".join(f"  {name}: {reason}" for name, reason in registry._quarantined.items())
            raise PluginError(f"these policy plugins cannot be used:\n{reasons}\nSee docs/plugins.md.")
        return registry

    @classmethod
    def of(cls, *policies: LoadedPolicy) -> Registry:
        """A registry of these policies alone, for replays and tests."""
        registry = cls()
        registry._policies = {loaded.key: loaded for loaded in policies}
        return registry

    @property
    def policies(self) -> list[LoadedPolicy]:
        """The usable policies, by key."""
        return [self._policies[key] for key in sorted(self._policies)]

    @property
    def quarantined(self) -> Mapping[str, str]:
        """Broken plugins by the name they were found under, each with its reason."""
        return MappingProxyType(self._quarantined)

    def get(self, key: str) -> LoadedPolicy:
        """The policy `key`; UnknownPolicy when there is none, or it is quarantined."""
        if key in self._policies:
            return self._policies[key]
        if key in self._quarantined:
            raise UnknownPolicy(f"the policy {key} is quarantined: {self._quarantined[key]}")
        raise UnknownPolicy(f"there is no policy {key!r}; there are: {', '.join(sorted(self._policies)) or 'none'}.")

    def __contains__(self, key: object) -> bool:
        return key in self._policies

    def ask(self, key: str, hook: str, **arguments: Any) -> Any:
        """One plugin's answer to one hook, None when it doesn't implement it. PluginError when it fails."""
        return self._call(key, hook, arguments)

    def broadcast(self, hook: str, **arguments: Any) -> dict[str, str]:
        """Tell every policy; what fails is logged and returned by key, and the others are told all the same."""
        failed: dict[str, str] = {}
        for key in sorted(self._policies):
            try:
                self._call(key, hook, arguments)
            except PluginError as error:
                failed[key] = str(error)
                log.error("policy plugin %s failed in %s: %s", key, hook, error)
        return failed

    def _call(self, name: str, hook: str, arguments: Mapping[str, Any]) -> Any:
        plugin = self._manager.get_plugin(name)
        others = [other for other in self._manager.get_plugins() if other is not plugin]
        try:
            answers = self._manager.subset_hook_caller(hook, others)(**arguments)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a plugin that exits must not take the program with it
            raise PluginError(f"{hook} raised {_told(error)}") from error
        return answers[0] if answers else None

    # ── admission ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _admit(self, name: str, folder: Path | None, point: EntryPoint | None) -> None:
        if name in self._policies or name in self._quarantined:
            where = folder or f"the distribution's entry point {point.value if point else ''}"
            self._quarantined[f"{name} ({where})"] = f"the key {name} is already taken; rename the plugin."
            return
        try:
            self._policies[name] = self._load_one(name, folder, point)
        except KeyboardInterrupt:
            raise
        except (PluginError, FileError) as error:
            self._set_aside(name, str(error))
        except BaseException as error:  # noqa: BLE001 - importing runs the plugin's code: whatever it does is its fault
            self._set_aside(name, f"it cannot be imported: {_told(error)}")

    def _set_aside(self, name: str, reason: str) -> None:
        if self._manager.has_plugin(name):
            self._manager.unregister(name=name)
        self._quarantined[name] = reason
        log.error("policy plugin %s is quarantined: %s", name, reason)

    def _load_one(self, name: str, folder: Path | None, point: EntryPoint | None) -> LoadedPolicy:
        if folder is None:
            assert point is not None
            folder, built_in = _folder_of(point), False
        else:
            built_in = True
        card = read_card(folder / "policy.yaml")
        if not built_in and point is not None:
            plugin = point.load()
        else:
            if not (folder / "plugin.py").exists():
                raise PluginError(f"{folder} has no plugin.py; add one whose register_policy returns the Policy.")
            plugin = import_plugin(folder)
        try:
            self._manager.register(plugin, name=name)
            self._manager.check_pending()
        except (pluggy.PluginValidationError, ValueError) as error:
            raise PluginError(
                f"a hook is not one of ours: {error}. The hooks are in core/policy/hookspecs.py."
            ) from error
        policy = self._call(name, "register_policy", {})
        if policy is None:
            raise PluginError("it has no register_policy; write one, and mark it @hookimpl.")
        return LoadedPolicy(check_policy(policy, card, name), card, folder, built_in)


def load_plugin(folder: Path) -> LoadedPolicy:
    """The one plugin in `folder`, checked as at start. PluginError says what is wrong with it."""
    registry = Registry()
    registry._admit(folder.name, folder.resolve(), None)
    for reason in registry.quarantined.values():
        raise PluginError(reason)
    return registry.get(folder.name)


def _folders(folder: Path) -> Iterator[Path]:
    """The plugin folders: each with a policy.yaml or a plugin.py, by name."""
    if not folder.is_dir():
        raise PluginError(f"the plugin folder {folder} is not there; name an existing folder.")
    for path in sorted(folder.iterdir()):
        if path.is_dir() and ((path / "policy.yaml").exists() or (path / "plugin.py").exists()):
            yield path


def _folder_of(point: EntryPoint) -> Path:
    """Where the package of an entry point lies, without importing any of it."""
    top, *inner = point.module.split(".")
    spec = importlib.util.find_spec(top)
    if spec is None or not spec.submodule_search_locations:
        raise PluginError(f"its entry point {point.value} names no package; its module must lie in one.")
    return Path(next(iter(spec.submodule_search_locations))).joinpath(*inner[:-1])


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
