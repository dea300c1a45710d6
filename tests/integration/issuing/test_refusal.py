"""A refusal gets a letter too: its own number in the same series, every failed check, no money."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data import models as m
from core.jobs import issuing
from core.policy import RuleVersion
from core.services import letters
from core.services.invariants import Violation
from core.services.letter_text import context_for
from tests import scenes
from tests.scenes import Scene


def refused(scene: Scene, **values: object) -> int:
    """A refused case of a tenant that has `values`; the id of its decision."""
    tenant = scene.tenant(**values)  # type: ignore[arg-type]
    user = scene.founder_of(tenant)
    case = scene.draft(tenant, user)
    scene.act(user, case, "submit", scenes.APPLIED)
    scene.act(scene.staff["window"], case, "accept", scenes.ACCEPTED)
    scene.act(scene.staff["first"], case, "first_refuse", scenes.REVIEWED, opinion="不符合条件。")
    scene.act(scene.staff["second"], case, "refuse", scenes.REVIEWED, confirmed=True)
    scene.session.commit()
    return case.decisions[-1].id


def test_a_refusal_is_issued_in_the_same_series(
    app: Flask,
    session: Session,
    scene: Scene,
    decisions: Callable[[int], list[int]],
    wrong: Callable[[], list[Violation]],
) -> None:
    (awarded,) = decisions(1)
    decision_id = refused(scene, untrustworthy=True)
    assert letters.outstanding(session) == [awarded, decision_id]
    session.commit()
    assert {v.rule for v in wrong()} == {"I2"}
    for due in (awarded, decision_id):
        issuing.issue(app, due)
    assert wrong() == []
    award, refusal = session.scalars(select(m.Letter).order_by(m.Letter.seq)).all()
    assert (award.kind, award.seq) == (m.LetterKind.AWARD, 1)
    assert (refusal.kind, refusal.seq, refusal.award_id, refusal.amount_fen) == (m.LetterKind.REFUSAL, 2, None, 0)
    assert refusal.case.state is m.CaseState.REFUSED
    loaded = app.extensions["registry"].get("rent_subsidy")
    context = context_for(session, refusal, loaded, base_url="http://localhost")
    assert [check.code for check in context.failed_checks] == ["trust"]
    assert context.failed_checks[0].explain
    assert context.title.startswith("关于不予核定")
    assert (context.lines, context.payment, context.evidence, context.publicity) == ((), None, (), None)
    assert context.remedies


def test_a_refusal_because_no_rule_was_in_force_says_so(
    app: Flask, session: Session, scene: Scene, wrong: Callable[[], list[Violation]], monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = app.extensions["registry"]
    loaded = registry.get("rent_subsidy")
    ended = replace(loaded.policy, rules=(*loaded.policy.rules, RuleVersion(date(2026, 1, 1), None)))
    monkeypatch.setitem(registry._policies, "rent_subsidy", replace(loaded, policy=ended))
    decision_id = refused(scene)
    assert session.get_one(m.Decision, decision_id).outcome == "not_in_force"
    session.commit()
    letter_id = issuing.issue(app, decision_id)
    assert wrong() == []
    letter = letters.load(session, letter_id)
    context = context_for(session, letter, registry.get("rent_subsidy"), base_url="http://localhost")
    assert [check.code for check in context.failed_checks] == ["in_force"]
    assert context.legal_basis
