"""The tutorial of docs/plugins.md, done as it says: a fifth policy from three blocks of the page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from core.commands.sample_letter import render_sample
from core.policy import Outcome, evaluate_json
from core.policy.contract import check_rule, open_plugin
from core.policy.contract_rules import RULES, Plugin
from core.policy.scaffold import write_plugin

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "plugins.md").read_text("utf-8")
TAKEN_OUT = {"checks": ["young"], "lines": ["grant"], "parameters": ["months_after_registration", "amount_fen"]}


def block(file: str) -> str:
    """The block of the page that begins with the name of this file."""
    (found,) = re.findall(rf"```\w+\n# {re.escape(file)}\n(.*?)```", TEXT, re.DOTALL)
    return str(found)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Plugin:
    folder = write_plugin("nursery_desk_fee", tmp_path_factory.mktemp("plugins"))
    (folder / "rules.py").write_text(f'"""The rule."""\n\n{block("rules.py")}', "utf-8")
    (folder / "cases.yaml").write_text(block("cases.yaml"), "utf-8")
    card = yaml.safe_load((folder / "policy.yaml").read_text("utf-8"))
    for part, names in TAKEN_OUT.items():
        for name in names:
            del card[part][name]
    for key, value in yaml.safe_load(block("policy.yaml")).items():
        card[key] = card[key] | value if key in TAKEN_OUT else value
    (folder / "policy.yaml").write_text(yaml.safe_dump(card, allow_unicode=True, sort_keys=False), "utf-8")
    return open_plugin(folder, render_sample)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_what_the_page_builds_keeps_to_the_contract(built: Plugin, rule: object) -> None:
    finding = check_rule(built, rule)  # type: ignore[arg-type]
    assert finding.passed, finding.message


def test_it_decides(built: Plugin) -> None:
    case = yaml.safe_load(block("cases.yaml"))["bases"]["team"]
    case["dossier"]["desk_fees"] = [{"line": "D-1", "month": "2026-02", "paid_fen": 12_345}]
    case["applied_on"] = "2026-06-02"
    for row in (case["dossier"]["company"], *case["dossier"]["stages"]):
        row |= {name: value.isoformat() for name, value in row.items() if hasattr(value, "isoformat")}
    decision = evaluate_json(built.loaded, case)
    assert (decision.outcome, decision.amount_fen) == (Outcome.ELIGIBLE, 12_345)
