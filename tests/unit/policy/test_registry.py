"""Finding plugins: what is used, what is quarantined or stops the start, and hooks called one by one."""

from __future__ import annotations

import sys
from datetime import date
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from typing import NamedTuple

import pytest

from core.policy import PluginError, Registry, StageMove, UnknownPolicy
from core.policy import registry as registry_module
from tests.unit.policy.plugins import plugin_folder

HOOK = "@hookimpl\ndef register_policy() -> Policy:\n    return POLICY\n"

BAD_ARGUMENT = "\n\n@hookimpl\ndef decision_recorded(decison):\n    pass\n"
RULES = "rules=(RuleVersion(effective_from=date(2026, 1, 1), assess=assess),)"
OUT_OF_ORDER = f"{RULES[:-1]} RuleVersion(effective_from=date(2025, 1, 1), assess=None))"
EXPLAIN = "    explain: {zh: 注册"
CLAUSE = "    clause: {zh: 条款待填, en: Article to be filled in}\n"


class Broken(NamedTuple):
    """A plugin that does what `what` says: in `file`, `text` ("" for all of it) becomes `instead`."""

    what: str
    file: str
    text: str
    instead: str
    reason: str


DAYS = "publication: {working_days: 5, fields: [tenant, operator, period, amount]}"

BROKEN = [
    Broken("raises at import", "plugin", "", "raise RuntimeError('x')", "cannot be imported: RuntimeError: x"),
    Broken("exits at import", "plugin", "", "raise SystemExit(3)", "cannot be imported: SystemExit: 3"),
    Broken("has a syntax error", "rules", "", "def assess(:\n", "cannot be imported: SyntaxError"),
    Broken("imports what is not there", "rules", "", "import not_installed_anywhere", "ModuleNotFoundError"),
    Broken("misspells the hook", "plugin", "def register_", "def regster_", "a hook is not one of ours"),
    Broken("has a wrong argument", "plugin", HOOK, HOOK + BAD_ARGUMENT, "a hook is not one of ours"),
    Broken("forgets to mark the hook", "plugin", "@hookimpl\n", "", "write one, and mark it @hookimpl"),
    Broken("raises in the hook", "plugin", "return POLICY", "raise KeyError", "register_policy raised KeyError"),
    Broken("exits in the hook", "plugin", "return POLICY", "raise SystemExit", "register_policy raised SystemExit"),
    Broken("returns no policy", "plugin", "return POLICY", "return {}", "register_policy returned dict"),
    Broken("has another key", "plugin", 'key="small_grant"', 'key="grant"', "the Policy's key is 'grant'"),
    Broken("has another key in its card", "policy", "key: small_grant", "key: grant", "policy.yaml's key is 'grant'"),
    Broken("is for another version", "plugin", "=API_VERSION", "=2", "api_version 2; this program speaks 1"),
    Broken("is for another version, by its card", "policy", "api_version: 1", "api_version: 9", "is for api_version 9"),
    Broken("has no rules", "plugin", RULES, "rules=()", "has no rules"),
    Broken("has rules out of order", "plugin", RULES, OUT_OF_ORDER, "is out of order"),
    Broken("has a rule that is none", "plugin", "assess=assess)", "assess=5)", "cannot be called"),
    Broken("has a float", "policy", "value: 100000", "value: 1000.00", "amount_fen has the decimal 1000.0"),
    Broken("has no source", "policy", "36, source: 出处待填", "36, source: ''", "registration has no source"),
    Broken("has no English", "policy", "en: Registered recently enough}", "}", "checks.young.label.en"),
    Broken(
        "has no clause",
        "policy",
        f"{CLAUSE}    explain: {{zh: 注册",
        "    explain: {zh: 注册",
        "young.clause is missing",
    ),
    Broken("has an unknown key", "policy", "documents:", "papers: []\n\ndocuments:", "papers is not a key"),
    Broken("has a paper from nowhere", "policy", "from: business_licence", "from: attic", "from is 'attic'"),
    Broken("has a key twice", "policy", "api_version: 1", "api_version: 1\napi_version: 1", "is there twice"),
    Broken("reads what is not there", "policy", "  - applied_on", "  - applied_at", "reads names 'applied_at'"),
    Broken("is no YAML", "policy", "", "title: {zh: ]", "policy.yaml line 1"),
    Broken("is no mapping", "policy", "", "- a\n- b\n", "must be a mapping"),
    Broken("has an unknown state", "policy", "submitted: 5", "handed_in: 5", "names the state 'handed_in'"),
    Broken("hears nobody", "policy", DAYS, f"{DAYS}\n  hearing_days: 0", "hearing_days must be at least 1"),
    Broken(
        "has a desk that asks nothing",
        "policy",
        DAYS,
        f"{DAYS}\n  desks: {{a: {{title: x}}}}",
        "desks.a.asks is missing",
    ),
    Broken("has a cap of nothing", "policy", "{parameter: amount_fen}", "{parameter: x}", "parameter names 'x'"),
]
each_broken = pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.what)


@each_broken
def test_a_broken_plugin_is_set_aside_with_its_reason_and_the_others_work(
    tmp_path: Path, broken: Broken, caplog: pytest.LogCaptureFixture
) -> None:
    plugin_folder(tmp_path, **{broken.file: (broken.text, broken.instead)})
    plugin_folder(tmp_path, "good_grant")
    registry = Registry.load(strict=False, plugins_dir=tmp_path, installed=False)
    assert [loaded.key for loaded in registry.policies] == ["good_grant"]
    assert broken.reason in registry.quarantined["small_grant"]
    assert "small_grant is quarantined" in caplog.text
    with pytest.raises(UnknownPolicy, match="small_grant is quarantined"):
        registry.get("small_grant")
    assert registry.get("good_grant").card.title.en == "New policy good_grant"


@each_broken
def test_strictly_it_stops_the_start(tmp_path: Path, broken: Broken) -> None:
    plugin_folder(tmp_path, **{broken.file: (broken.text, broken.instead)})
    with pytest.raises(PluginError) as stopped:
        Registry.load(strict=True, plugins_dir=tmp_path, installed=False)
    assert "small_grant: " in str(stopped.value)
    assert broken.reason in str(stopped.value)


def test_strictly_all_broken_ones_are_named_at_once(tmp_path: Path) -> None:
    for key in ("one", "two"):
        plugin_folder(tmp_path, key, plugin=("", "raise RuntimeError"))
    with pytest.raises(PluginError, match=r"(?s)one: .*two: "):
        Registry.load(strict=True, plugins_dir=tmp_path, installed=False)


def test_a_plugin_without_its_files_is_told(tmp_path: Path) -> None:
    folder = plugin_folder(tmp_path)
    (folder / "plugin.py").unlink()
    assert "has no plugin.py" in Registry.load(False, tmp_path, installed=False).quarantined["small_grant"]
    folder = plugin_folder(tmp_path, "other")
    (folder / "policy.yaml").unlink()
    assert "policy.yaml cannot be read" in Registry.load(False, tmp_path, installed=False).quarantined["other"]
    (tmp_path / "not_a_plugin").mkdir()
    (tmp_path / "file.txt").write_text("x")
    assert set(Registry.load(False, tmp_path, installed=False).quarantined) == {"small_grant", "other"}
    with pytest.raises(PluginError, match="is not there"):
        Registry.load(False, tmp_path / "nowhere", installed=False)


@pytest.mark.parametrize("name", ["Small", "small-grant", "1st", "x" * 41])
def test_a_folder_must_be_named_as_a_key(tmp_path: Path, name: str) -> None:
    folder = plugin_folder(tmp_path)
    for path in (folder / "policy.yaml", folder / "plugin.py"):
        path.write_text(path.read_text().replace("small_grant", name))
    folder.rename(tmp_path / name)
    assert "lower-case letters" in Registry.load(False, tmp_path, installed=False).quarantined[name]


def test_a_mended_plugin_is_found_again(tmp_path: Path) -> None:
    folder = plugin_folder(tmp_path, rules=("", "raise RuntimeError"))
    assert "small_grant" in Registry.load(False, tmp_path, installed=False).quarantined
    (folder / "rules.py").write_text("def assess(case, params):\n    raise NotImplementedError\n")
    assert "small_grant" in Registry.load(True, tmp_path, installed=False)


def test_policies_come_by_key_and_get_names_those_there_are(tmp_path: Path) -> None:
    for key in ("b", "c", "a"):
        plugin_folder(tmp_path, key)
    registry = Registry.load(True, tmp_path, installed=False)
    assert [loaded.key for loaded in registry.policies] == ["a", "b", "c"]
    with pytest.raises(UnknownPolicy, match="there is no policy 'd'; there are: a, b, c"):
        registry.get("d")


# ── installed distributions ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def distribution(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package on the path, as an installed distribution has one, offering the policy `far_grant`."""
    home = tmp_path / "site"
    folder = plugin_folder(home, "far_grant")
    folder.rename(home / "far_distribution")
    monkeypatch.syspath_prepend(str(home))
    points = EntryPoints([EntryPoint("far_grant", "far_distribution.plugin", "hongcai.policies")])
    monkeypatch.setattr(registry_module, "entry_points", lambda group: points)
    monkeypatch.setattr(sys, "modules", {k: v for k, v in sys.modules.items() if not k.startswith("far_distribution")})
    return home / "far_distribution"


def test_a_distribution_offers_a_policy_by_entry_point(distribution: Path, tmp_path: Path) -> None:
    (tmp_path / "plugins").mkdir()
    registry = Registry.load(True, tmp_path / "plugins")
    loaded = registry.get("far_grant")
    assert (loaded.folder, loaded.built_in) == (distribution, False)
    assert loaded.policy.package == "far_distribution"


def test_a_key_taken_by_a_folder_is_not_given_twice(distribution: Path, tmp_path: Path) -> None:
    plugin_folder(tmp_path / "plugins", "far_grant")
    registry = Registry.load(False, tmp_path / "plugins")
    assert registry.get("far_grant").built_in
    ((name, reason),) = registry.quarantined.items()
    assert "far_distribution.plugin" in name
    assert "the key far_grant is already taken" in reason


def test_its_card_is_read_before_any_of_its_code(distribution: Path, tmp_path: Path) -> None:
    (tmp_path / "plugins").mkdir()
    (distribution / "__init__.py").write_text("raise RuntimeError('run')")
    (distribution / "policy.yaml").write_text("key: [")
    reason = Registry.load(False, tmp_path / "plugins").quarantined["far_grant"]
    assert "policy.yaml line" in reason


# ── hooks ───────────────────────────────────────────────────────────────────────────────────────────────────────────

TOLD = "\n\nTOLD = []\n\n\n@hookimpl\ndef tenant_stage_moved(move):\n    {}\n"


def test_hooks_are_called_one_by_one(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    plugin_folder(tmp_path, "a_exits", plugin=(HOOK, HOOK + TOLD.format("raise SystemExit")))
    plugin_folder(tmp_path, "b_silent")
    plugin_folder(tmp_path, "c_raises", plugin=(HOOK, HOOK + TOLD.format("raise ValueError('no')")))
    plugin_folder(tmp_path, "d_hears", plugin=(HOOK, HOOK + TOLD.format("TOLD.append(move)")))
    registry = Registry.load(True, tmp_path, installed=False)
    move = StageMove("T1", "nursery", "incubator", date(2026, 1, 1))
    failed = registry.broadcast("tenant_stage_moved", move=move)
    assert {key: message.split(" raised ")[1] for key, message in failed.items()} == {
        "a_exits": "SystemExit", "c_raises": "ValueError: no",
    }  # fmt: skip
    heard = sys.modules[f"{registry.get('d_hears').policy.package}.plugin"]
    assert [move] == heard.TOLD
    assert "c_raises failed in tenant_stage_moved: " in caplog.text


def test_one_plugin_is_asked_alone(tmp_path: Path) -> None:
    pages = "\n\n@hookimpl\ndef register_blueprint():\n    return 'pages'\n"
    plugin_folder(tmp_path, "with_pages", plugin=(HOOK, HOOK + pages))
    plugin_folder(tmp_path, "without")
    registry = Registry.load(True, tmp_path, installed=False)
    assert registry.ask("with_pages", "register_blueprint") == "pages"
    assert registry.ask("without", "register_blueprint") is None


# ── digests ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_digest_of_the_rules_follows_what_can_change_an_answer(tmp_path: Path) -> None:
    changes: dict[str, dict[str, tuple[str, str]]] = {
        "same": {},
        "rule": {"rules": ("limit,", "limit ,")},
        "reads": {"policy": ("  - company.legal_form\n", "  - company.legal_form\n  - company.industry\n")},
        "cap": {"policy": ("caps:", "caps:\n  - {parameter: amount_fen, per: employment.person}")},
        "wording": {"policy": ("条款待填", "第五条")},
        "value": {"policy": ("value: 100000", "value: 99")},
    }
    digests = {}
    for name, change in changes.items():
        plugin_folder(tmp_path / name, **change)
        digests[name] = Registry.load(True, tmp_path / name, installed=False).get("small_grant").rules_digest
    assert digests["wording"] == digests["value"] == digests["same"]
    assert len({digests[name] for name in ("same", "rule", "reads", "cap")}) == 4
