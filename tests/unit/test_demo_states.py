"""The demonstration shows cases of every policy in every state: its roads, followed through the workflow's table."""

from __future__ import annotations

import re

import pytest
import yaml

from core.commands import demo_findings
from core.commands.demo_cases import FEW, FEW_OF_ANY, REFUSAL, ROAD, WAITING
from core.commands.demo_road import LATER
from core.commands.demo_rounds import BESIDE, DECLINED
from core.config import ROOT
from core.data.models import CaseState, FindingState
from core.services.workflow import MOVES, Preset

PLAN = yaml.safe_load((ROOT / "demo" / "district.yaml").read_text("utf-8"))["application"]
# What `demo_cases.play` and `demo_payouts.play` do to as many awards as the plan says.
MADE = ("issue", "pay")


def of(preset: Preset) -> set[CaseState]:
    """The states that cases of a preset can be in."""
    moves = [move for move in MOVES.values() if preset in move.presets]
    return {CaseState.DRAFT} | {move.target for move in moves if move.target is not None}


def end(road: tuple[str, ...], preset: Preset, start: CaseState = CaseState.DRAFT) -> CaseState:
    state = start
    for code in road:
        move = MOVES[code]
        assert preset in move.presets, (road, code)
        assert state in move.sources, (road, code)
        assert move.target is not None, (road, code)
        state = move.target
    return state


@pytest.mark.parametrize("policy", PLAN["policies"])
def test_a_policy_with_money(policy: str) -> None:
    plan = PLAN["policies"][policy]
    at_rest = [end(road, Preset.STANDARD) for road in (WAITING if plan["many"] else (*FEW, *FEW_OF_ANY))]
    held, paid = 1, plan["paid"]
    issued = plan["awards"] - held - paid
    shown = {*at_rest, end(ROAD, Preset.STANDARD), end(REFUSAL, Preset.STANDARD)}
    left = {CaseState.ISSUED: issued, CaseState.PAID: paid}
    assert end((*ROAD, *MADE), Preset.STANDARD) is CaseState.PAID
    for state, roads in LATER.items():
        shown |= {end(road, Preset.STANDARD, state) for road in roads}
        left[state] -= len(roads)
    left[CaseState.PAID] -= 1  # revoked after it was paid, and to be had back
    shown.add(end(("propose_revocation", "revoke", "recover"), Preset.STANDARD, CaseState.PAID))
    assert min(left.values()) > 0, "something must be left as it is"
    shown |= {*left}
    # One of two under notice is objected to, and a third waits to be looked at beside it.
    assert len(PLAN["objections"][policy]) == 2
    assert at_rest.count(CaseState.PUBLISHED) >= 2
    shown.add(end(("object",), Preset.STANDARD, CaseState.PUBLISHED))
    if plan["many"]:
        shown |= {CaseState.APPEALED}  # `demo_road.play` has a refusal appealed
    assert of(Preset.STANDARD) == shown


@pytest.mark.parametrize("policy", PLAN["rounds"])
def test_a_policy_that_gives_places(policy: str) -> None:
    plan = PLAN["rounds"][policy]
    assert plan["adopted"] > 2, "one letter is held back, one case is closed"
    shown = {end(road, Preset.ALLOCATION) for road in (*BESIDE, DECLINED)}
    adopted = ("submit", "admit", "place")
    shown |= {end(road, Preset.ALLOCATION) for road in (adopted[:2], adopted, (*adopted, "issue"))}
    shown.add(end((*adopted, "issue", "finish"), Preset.ALLOCATION))
    assert of(Preset.ALLOCATION) == shown


def test_findings_cite_articles_that_there_are() -> None:
    """Whoever follows a finding of the demonstration to its rule finds what it says there."""
    rules = (ROOT / "plugins" / "rent_subsidy" / "policy.yaml").read_text("utf-8")
    cited = {criterion for _state, _title, _fact, criterion, _severity, _amount in demo_findings.FOUND}
    articles = [said[1] for it in cited if (said := re.match(r"房租补贴演示规则(第\S+?条)：", it))]
    assert len(articles) == 5
    assert all(f"zh: 演示规则{article}," in rules for article in articles)
    assert {state for state, *_rest in demo_findings.FOUND} == set(FindingState)
