"""A panel in a policy's card, and what scores come to."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.policy import Criterion
from core.policy.cardfile import read_card
from core.policy.yamlfile import FileError
from core.services import panel_results
from tests.unit.policy.plugins import plugin_folder

DAYS = "publication: {working_days: 5, fields: [tenant, operator, period, amount]}"
GOOD = (
    "{experts: 3, days: 10, pass_score: 60, criteria: {idea: {label: {zh: 创意, en: Idea}, weight: 60, max: 10},"
    " team: {label: {zh: 团队, en: Team}, weight: 40, max: 5}}}"
)


def read(tmp_path: Path, panel: str, *, reads: bool = True, check: bool = True, key: str = "x") -> object:
    folder = plugin_folder(tmp_path)
    path = folder / "policy.yaml"
    text = path.read_text("utf-8").replace(DAYS, f"{DAYS}\n  panel: {panel}")
    if reads:
        text = text.replace("reads:\n", "reads:\n  - answers.panel_score\n  - answers.panel_pass_score\n")
    if check:
        named = "{label: {zh: 评审, en: Panel}, clause: {zh: 条, en: C}, explain: {zh: 说, en: S}}"
        text = text.replace("\nchecks:\n", f"\nchecks:\n  panel: {named}\n")
    path.write_text(text, "utf-8")
    return read_card(path).workflow.panel


def test_a_card_may_have_a_panel(tmp_path: Path) -> None:
    panel = read(tmp_path, GOOD)
    assert panel[:2] == (3, 10)  # type: ignore[index]
    assert panel.spread is None  # type: ignore[attr-defined]
    assert panel.criteria["team"] == Criterion(panel.criteria["team"].label, 40, 5)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("weight: 40", "weight: 30", "weights that sum to 90; they must sum to 100"),
        ("weight: 40, max: 5", "weight: 40, max: 0", "criteria.team.max must be at least 1"),
        ("pass_score: 60", "pass_score: 101", "pass_score is 101"),
        ("experts: 3", "experts: 0", "experts must be at least 1"),
        ("days: 10", "spread: 20", "days is missing"),
    ],
)
def test_a_wrong_panel_is_refused_with_its_place(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(FileError, match=said):
        read(tmp_path, GOOD.replace(old, new))


def test_the_rule_has_to_read_the_panel(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"reads needs answers\.panel_score"):
        read(tmp_path, GOOD, reads=False)
    with pytest.raises(FileError, match=r"checks\.panel is missing"):
        read(tmp_path / "other", GOOD, check=False)


def test_the_mean_is_rounded_once_and_half_up() -> None:
    sheet = {"criteria": [{"key": "a", "weight": 100, "max": 800}]}
    assert panel_results.mean(sheet, [{"a": 1}]) == 13  # 0.125 of 100 points: 0.13
    assert panel_results.mean(sheet, [{"a": 1}, {"a": 0}]) == 6  # 0.0625
    assert panel_results.mean(sheet, [{"a": 800}] * 3) == 10_000
    assert panel_results.apart(sheet, [{"a": 800}, {"a": 200}]) == 75


def test_nobody_answers_in_the_place_of_a_panel() -> None:
    assert panel_results.answers(None, {"panel_score": 9_999, "note": "x"}) == {"note": "x"}
