"""What README and docs point at is there, and what they tell of the demonstration is so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.commands import demo_district
from core.config import ROOT
from core.services.leads.book import rules
from scripts.check_migrations import TRIGGERS, append_only
from scripts.screenshots import SHOTS

PAGES = sorted([*ROOT.glob("README*.md"), *(ROOT / "docs").rglob("*.md")])
READMES = ("README.md", "README.en.md")
# Pages that are linked before they are written. Take a page off when it is there.
AWAITED = {ROOT / "docs/letters.md", ROOT / "docs/plugins.md"}
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)|src=\"([^\"]+)\"")


def targets(page: Path) -> Iterator[str]:
    for link, source in LINK.findall(page.read_text("utf-8")):
        if not re.match(r"[a-z]+:", target := link or source):
            yield target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    linked = {page.parent / target for target in targets(page) if not target.endswith(".png")}
    assert sorted(str(file) for file in linked - AWAITED if not file.exists()) == []


@pytest.mark.parametrize("readme", READMES)
def test_pictures_are_those_that_the_script_takes(readme: str) -> None:
    taken = {f"docs/images/{shot.name}-{device}.png" for shot in SHOTS for device in shot.devices}
    shown = {target for target in targets(ROOT / readme) if target.endswith(".png")}
    assert shown
    assert shown <= taken


@pytest.mark.parametrize("readme", READMES)
def test_accounts_and_password_are_those_of_the_demonstration(readme: str) -> None:
    text = (ROOT / readme).read_text("utf-8")
    assert f"`{demo_district.PASSWORD}`" in text
    assert f"@{demo_district.HOST}" in text
    assert [name for name in demo_district.STAFF if f"`{name}`" not in text] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_named_in_backquotes_exist(page: Path) -> None:
    from core.cli import COMMANDS

    named = set(re.findall(r"(?:`|bin/)hongcai ([a-z]+)", page.read_text("utf-8")))
    assert named <= set(COMMANDS)


def test_the_tables_that_only_grow_are_those_with_triggers() -> None:
    guarded = {table for added in TRIGGERS.values() for table, names in added.items() if names is append_only}
    sentence = re.search(r"((?:`\w+`(?:,\s|\sand\s)?)+) are append-only", (ROOT / "docs/audit.md").read_text("utf-8"))
    assert sentence
    assert set(re.findall(r"`(\w+)`", sentence[1])) == guarded


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("README.md", r"(\d+)条规则找出"),
        ("README.en.md", r"(\d+)\s+rules find"),
        ("docs/leads.md", r"There are (\d+):"),
    ],
)
def test_there_are_as_many_rules_of_suspicion_as_is_said(page: str, said: str) -> None:
    (number,) = re.findall(said, (ROOT / page).read_text("utf-8"))
    assert int(number) == len(rules())
