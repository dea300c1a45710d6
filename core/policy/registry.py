"""The registry: finds the policy plugins, checks each, sets broken ones aside, and calls their hooks one by one.

pluggy loses every plugin's answer when one raises, and says nothing about a misspelled hook until it is asked; so each
plugin is registered, checked and called alone here, and whatever it does (SystemExit too) stays its own fault. A third
party's is not even imported here (core/policy/confined).
"""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pluggy

from core.confined.frames import Unanswered
from core.policy import hookspecs
from core.policy.card import Card
from core.policy.cardfile import read_card
from core.policy.confined.asking import policy_of, told
from core.policy.confined.confine import Confined, Limits, Source
from core.policy.loaded import BUILT_IN, LoadedPolicy, PluginError, check_policy, files_of, import_plugin
from core.policy.yamlfile import FileError

log = logging.getLogger(__name__)


DEFAULT_LIMITS = Limits()


class Found(NamedTuple):
    """A plugin as it was found: a folder, or the entry point of a distribution."""

    name: str
    folder: Path | None
    point: EntryPoint | None = None
    built_in: bool = False

    def place(self) -> Source:
        """Where its code is; of a distribution without importing any of it. PluginError where that is nowhere."""
        if self.point is None or self.folder is not None:
            assert self.folder is not None
            return Source(self.name, self.folder, self.point.value if self.point else None)
        top, *inner = self.point.module.split(".")
        spec = importlib.util.find_spec(top)
        if spec is None or not spec.submodule_search_locations:
            raise PluginError(f"its entry point {self.point.value} names no package; its module must lie in one.")
        package = Path(next(iter(spec.submodule_search_locations)))
        return Source(self.name, package.joinpath(*inner[:-1]), self.point.value, package.parent)


class UnknownPolicy(LookupError):
    """No such policy, or it is quarantined; the message says which and why."""


class Registry:
    """The policies found at start. Made by `Registry.load`."""

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits
        self._manager = pluggy.PluginManager(hookspecs.PROJECT)
        self._manager.add_hookspecs(hookspecs)
        self._policies: dict[str, LoadedPolicy] = {}
        self._quarantined: dict[str, str] = {}
        self._held: dict[str, str] = {}
        self._found: dict[str, Found] = {}
        self._cards: dict[str, Card] = {}

    @classmethod
    def load(
        cls,
        strict: bool,
        plugins_dir: Path | str | None = None,
        *,
        installed: bool = True,
        extra: Iterable[Path | str] = (),
        limits: Limits = DEFAULT_LIMITS,
    ) -> Registry:
        """Every policy in the folder `plugins_dir` (default: the program's), and those of third parties: in the folders
        `extra` and, if `installed`, in distributions. None of the latter's code runs in this process.

        A broken one is quarantined; with `strict` (development, CI) PluginError is raised naming all broken ones.
        """
        registry = cls(limits)
        for plugin in _folders(BUILT_IN if plugins_dir is None else Path(plugins_dir).resolve()):
            registry._admit(Found(plugin.name, plugin, built_in=True))
        for folder in extra:
            for plugin in _folders(Path(folder).resolve()):
                registry._admit(Found(plugin.name, plugin))
        for point in sorted(entry_points(group=hookspecs.ENTRY_POINT_GROUP) if installed else (), key=lambda p: p.name):
            registry._admit(Found(point.name, None, point))
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
        return [self._policies[key] for key in sorted(self._policies.keys() - self._held.keys())]

    @property
    def quarantined(self) -> Mapping[str, str]:
        """Broken plugins by the name they were found under, each with its reason."""
        return MappingProxyType(self._quarantined)

    @property
    def held(self) -> Mapping[str, LoadedPolicy]:
        """Usable policies that people have taken out of service."""
        return MappingProxyType({key: self._policies[key] for key in sorted(self._held) if key in self._policies})

    def hold(self, held: Mapping[str, str]) -> None:
        """Take exactly these policies out of service, each with its reason; any other comes back."""
        self._held = dict(held)

    def get(self, key: str) -> LoadedPolicy:
        """The policy `key`; UnknownPolicy when there is none, or it is quarantined or out of service."""
        if key in self._held:
            raise UnknownPolicy(f"the policy {key} is out of service: {self._held[key]}")
        if key in self._policies:
            return self._policies[key]
        if key in self._quarantined:
            raise UnknownPolicy(f"the policy {key} is quarantined: {self._quarantined[key]}")
        raise UnknownPolicy(f"there is no policy {key!r}; there are: {', '.join(sorted(self._policies)) or 'none'}.")

    def card(self, key: str) -> Card:
        """The policy's card, also of one that is quarantined, as long as its policy.yaml can be read; else
        UnknownPolicy. What was begun under a policy can be shown by it."""
        return self._cards[key] if key in self._cards else self.get(key).card

    def reload(self, key: str) -> None:
        """Read a third party's plugin in again from its files, into new processes. If it cannot be used it is
        quarantined; one that was, and is mended, is not any more. Other policies stay as they are."""
        found = self._found.get(key)
        if found is None or found.built_in:
            raise UnknownPolicy(f"there is no third party's policy {key!r} to read in again.")
        before = self._policies.pop(key, None)
        self._quarantined.pop(key, None)
        if before is not None and before.confined is not None:
            before.confined.close()
        self._admit(found)

    def wake(self, key: str) -> None:
        """New processes for a third party's policy, and an end to its rest. Its files are not read again."""
        loaded = self._policies.get(key)
        if loaded is not None and loaded.confined is not None:
            loaded.confined.wake()

    @property
    def third_parties(self) -> frozenset[str]:
        """The names of the plugins that run confined, quarantined ones included."""
        return frozenset(name for name, found in self._found.items() if not found.built_in)

    def close(self) -> None:
        """End the processes of third parties' policies. They start again when they are asked."""
        for loaded in self._policies.values():
            if loaded.confined is not None:
                loaded.confined.close()

    def __contains__(self, key: object) -> bool:
        return key in self._policies and key not in self._held

    def ask(self, key: str, hook: str, **arguments: Any) -> Any:
        """One plugin's answer to one hook, None when it doesn't implement it. PluginError when it fails."""
        return self._call(key, hook, arguments)

    def hooks_of(self, key: str) -> list[str]:
        """The hooks that a plugin implements."""
        callers = self._manager.get_hookcallers(self._manager.get_plugin(key)) or ()
        return sorted(caller.name for caller in callers)

    def broadcast(self, hook: str, **arguments: Any) -> dict[str, str]:
        """Tell every policy; what fails is logged and returned by key, and the others are told all the same.

        A third party's is told in its own process, which is not waited for, and of its own decisions only."""
        failed: dict[str, str] = {}
        for key in sorted(self._policies):
            if (confined := self._policies[key].confined) is not None:
                if (value := told(key, hook, arguments)) is not None:
                    confined.tell(hook, value)
                continue
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

    def _admit(self, found: Found) -> None:
        name = found.name
        if name in self._policies or name in self._quarantined:
            where = found.folder or f"the distribution's entry point {found.point.value if found.point else ''}"
            self._quarantined[f"{name} ({where})"] = f"the key {name} is already taken; rename the plugin."
            return
        self._found[name] = found
        try:
            self._policies[name] = self._load_here(found) if found.built_in else self._load_apart(found)
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

    def _load_here(self, found: Found) -> LoadedPolicy:
        """Import a plugin into this process: a built-in one, or in a worker the one it is there for."""
        folder, name = found.place().folder, found.name
        card = self._cards[name] = read_card(folder / "policy.yaml")
        if found.point is not None:
            plugin = found.point.load()
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
        return LoadedPolicy(check_policy(policy, card, name), card, folder, found.built_in)

    def _load_apart(self, found: Found) -> LoadedPolicy:
        """Read a third party's card, and have its code imported in processes of its own."""
        source = found.place()
        card = self._cards[found.name] = read_card(source.folder / "policy.yaml")
        files = files_of(source.folder)
        confined = Confined(source, self._limits, lambda: files_of(source.folder) == files)
        try:
            policy = check_policy(policy_of(confined, card), card, found.name)
            if "register_blueprint" in confined.describe().get("hooks", ()):
                raise PluginError("a third party's policy may bring no pages: take out register_blueprint.")
        except Unanswered as error:
            confined.close()
            raise PluginError(str(error)) from error
        except BaseException:
            confined.close()
            raise
        loaded = LoadedPolicy(policy, card, source.folder, built_in=False, confined=confined)
        _ = loaded.rules_digest  # of the files as they are now, before they can change
        return loaded


def load_plugin(folder: Path, *, confined: bool = False) -> LoadedPolicy:
    """The one plugin in `folder`, checked as at start, `confined` or not. PluginError says what is wrong with it."""
    registry = Registry()
    registry._admit(Found(folder.name, folder.resolve(), built_in=not confined))
    for reason in registry.quarantined.values():
        raise PluginError(reason)
    return registry.get(folder.name)


def load_in_worker(name: str, folder: Path, entry_point: str | None) -> Registry:
    """In a worker: a registry of the one plugin, imported into this process. Raises whatever it does."""
    registry = Registry()
    point = None if entry_point is None else EntryPoint(name, entry_point, hookspecs.ENTRY_POINT_GROUP)
    found = Found(name, folder, point)
    registry._policies[name] = registry._load_here(found)
    return registry


def _folders(folder: Path) -> Iterator[Path]:
    """The plugin folders: each with a policy.yaml or a plugin.py, by name."""
    if not folder.is_dir():
        raise PluginError(f"the plugin folder {folder} is not there; name an existing folder.")
    for path in sorted(folder.iterdir()):
        if path.is_dir() and ((path / "policy.yaml").exists() or (path / "plugin.py").exists()):
            yield path


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
