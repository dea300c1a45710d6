"""A decision's way to its letter, on both engines."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

import core
from core.config import Settings
from core.data import models as m
from core.errors import Conflict
from core.jobs import issuing
from core.letters.store import Store
from core.services import letters
from core.services.invariants import Violation
from core.services.letter_text import context_for
from tests.scenes import Scene

Decisions = Callable[[int], list[int]]
Wrong = Callable[[], list[Violation]]


def test_a_decision_becomes_an_issued_letter(
    app: Flask, session: Session, settings: Settings, decisions: Decisions, wrong: Wrong
) -> None:
    (decision_id,) = decisions(1)
    assert [v.rule for v in wrong()] == ["I2"]  # due and not there: the checker does see it
    issuing.issue(app, decision_id)
    session.expire_all()
    letter = session.scalars(select(m.Letter)).one()
    assert letter.status is m.LetterStatus.ISSUED
    assert letter.number == f"示人才〔{core.today().year}〕1号"
    assert letter.case.state is m.CaseState.ISSUED
    assert letter.file_sha256 is not None
    assert len(Store(settings.letters).get(letter.file_sha256)) == letter.file_size
    assert wrong() == []


def test_issuing_twice_is_issuing_once(app: Flask, session: Session, decisions: Decisions, wrong: Wrong) -> None:
    (decision_id,) = decisions(1)
    first = issuing.issue(app, decision_id)
    assert issuing.issue(app, decision_id) == first
    assert session.scalar(select(func.count()).select_from(m.Letter)) == 1
    assert wrong() == []


def test_the_letter_says_what_was_decided(app: Flask, session: Session, decisions: Decisions, scene: Scene) -> None:
    (decision_id,) = decisions(1)
    letter_id = issuing.number(app, decision_id)
    letter = letters.load(session, letter_id)
    capsule = json.loads(letter.decision.capsule)
    loaded = app.extensions["registry"].get("rent_subsidy")
    context = context_for(session, letter, loaded, base_url="https://hongcai.example.cn")
    assert context == context_for(session, letter, loaded, base_url="https://hongcai.example.cn")
    assert context.amount_fen == capsule["amount_fen"] == sum(line.amount_fen for line in context.lines)
    assert context.payee_name == letter.tenant.name == context.licence_name
    assert context.payment is not None
    assert context.payment.account_masked.endswith("5678")
    assert "6222000012345678" not in repr(context)
    assert len(context.evidence) == len(capsule["uses"]) == 12
    assert context.period == "2025年11月至2026年10月"
    assert context.sample == letter.decision.demonstration
    assert context.verify_url == f"https://hongcai.example.cn/verify?code={letter.check_code}"
    assert all(check.label and check.clause and check.required for check in context.checks)


def test_nothing_is_numbered_that_is_not_fit_to_be_sent(
    app: Flask, session: Session, decisions: Decisions, scene: Scene
) -> None:
    """Lint comes before the number: a letter whose money is not bound takes none, and the next one gets number 1."""
    first, second = decisions(2)
    entry = session.scalars(
        select(m.PoolEntry).join(m.Case).join(m.Decision).where(
            m.Decision.id == first, m.PoolEntry.move == m.PoolMove.COMMIT
        )
    ).one()  # fmt: skip
    session.delete(entry)
    session.commit()
    with pytest.raises(Conflict, match="资金池"):
        issuing.issue(app, first)
    assert session.scalars(select(m.Letter)).all() == []
    session.commit()  # a session that has read holds SQLite's write lock until then
    issuing.issue(app, second)
    assert session.scalars(select(m.Letter.seq)).all() == [1]


def test_an_approval_of_other_content_is_no_approval(app: Flask, session: Session, decisions: Decisions) -> None:
    (decision_id,) = decisions(1)
    case = session.get_one(m.Decision, decision_id).case
    case.content_hash = "sha256:" + "0" * 64
    session.commit()
    with pytest.raises(Conflict, match="批准已失效"):
        issuing.issue(app, decision_id)
    assert session.scalars(select(m.Letter)).all() == []


def test_each_year_begins_at_one(app: Flask, session: Session, decisions: Decisions, wrong: Wrong) -> None:
    loaded = app.extensions["registry"].get("rent_subsidy")
    for number, (decision_id, on) in enumerate(zip(decisions(2), (date(2026, 12, 31), date(2027, 1, 1)), strict=True)):
        with issuing.unit(app) as own:
            letter = letters.take_number(own, letters.load_decision(own, decision_id), loaded, on=on)
            assert (letter.year, letter.seq) == (2026 + number, 1)
    assert {v.rule for v in wrong()} == {"I2"}


def test_a_case_without_an_issuer_is_told_what_to_do(app: Flask, session: Session, decisions: Decisions) -> None:
    (decision_id,) = decisions(1)
    session.delete(session.scalars(select(m.Issuer)).one())
    session.commit()
    with pytest.raises(Conflict, match="发文机关"):
        issuing.number(app, decision_id)


def test_outstanding_are_the_due_and_not_issued(app: Flask, session: Session, decisions: Decisions) -> None:
    first, second = decisions(2)
    assert letters.outstanding(session) == [first, second]
    session.commit()  # a session that has read holds SQLite's write lock until then
    issuing.number(app, first)
    session.commit()
    assert letters.outstanding(session) == [first, second]  # numbered is not issued
    session.commit()
    issuing.issue(app, first)
    session.commit()
    assert letters.outstanding(session) == [second]
