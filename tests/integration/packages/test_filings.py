"""外部办理: recorded by the applicant or its operator, confirmed by the window, counted as support; on both engines."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.config import Settings
from core.data import models as m
from core.data.types import utcnow
from core.services import assessments, filings
from tests.integration.conftest import Client
from tests.scenes import APPROVED, Scene, paper

pytestmark = pytest.mark.one_engine

GIVEN = {"counter": "区就业促进中心", "channel": "counter", "filed_on": "2026-11-03", "reference": "JYCJ-20261103-7"}


def test_a_filing_from_record_to_support(
    app: Flask, session: Session, settings: Settings, client_as: Callable[..., Client]
) -> None:
    with app.app_context():
        scene = Scene(session, app.extensions["registry"], settings.files)
        case, other = scene.until(m.CaseState.ACCEPTED), scene.until(m.CaseState.SUBMITTED)
    founder = client_as(session.get_one(m.User, case.created_by_id))
    window, operator = client_as(scene.staff["window"]), client_as(scene.manager)
    page = f"/cases/{case.id}/filings"

    # What was typed stays; a result needs its day, an amount its approval.
    for said, sentence in (
        ({"result": "approved"}, "要么都填"),
        ({"result": "refused", "result_on": "2026-11-10", "amount_fen": "3000"}, "只有批准时"),
        ({"result": "approved", "result_on": "2026-11-01"}, "不能早于递交日期"),
        ({"filed_on": "2099-01-01"}, "不能晚于今天"),
    ):
        refused = founder.post(f"{page}/new", data=GIVEN | said)
        assert refused.status_code == 422
        assert sentence in refused.text
        assert "JYCJ-20261103-7" in refused.text
    assert founder.post(f"{page}/new", data=GIVEN).status_code == 302
    row = session.scalars(select(m.OutsideFiling)).one()
    assert (row.confirmed_at, row.result, row.recorded_by_id) == (None, None, case.created_by_id)
    for client in (founder, operator, window):
        assert "JYCJ-20261103-7" in client.get(f"/cases/{case.id}").text
        assert case.number in client.get("/cases?outside=filed").text
        assert case.number not in client.get("/cases?outside=none").text
        assert other.number in client.get("/cases?outside=none").text or client is founder

    # The operator writes down the result with its paper; a stale page is told; the window confirms what it saw.
    mark = filings.mark(row)
    approved = GIVEN | {"result": "approved", "result_on": "2026-11-12", "amount_fen": "3000", "seen": mark}
    sent = {**approved, "file": (io.BytesIO(paper()), "批复.pdf")}
    assert operator.post(f"{page}/{row.id}", data=sent).status_code == 302
    assert (row.amount_fen, row.result) == (300_000, m.FilingResult.APPROVED)
    assert founder.post(f"{page}/{row.id}", data=approved).status_code == 422  # `seen` is of before
    assert window.post(f"{page}/{row.id}/confirmation", data={"seen": mark}).status_code == 409
    assert founder.post(f"{page}/{row.id}/confirmation").status_code == 403
    assert window.post(f"{page}/{row.id}/confirmation", data={"seen": filings.mark(row)}).status_code == 302
    assert row.confirmed_by_id == scene.staff["window"].id
    fresh = approved | {"seen": filings.mark(row), "amount_fen": "9000"}
    assert operator.post(f"{page}/{row.id}", data=fresh).status_code == 422
    assert row.amount_fen == 300_000
    assert case.number in window.get("/cases?outside=approved").text
    with founder.get(f"{page}/{row.id}/file") as answer:
        assert answer.data == paper()

    # As support from outside its months are spent: the case itself has nothing left to ask for.
    before = assessments.assess(session, case, scene.registry, APPROVED).decision.amount_fen
    support = {"scheme": "市级房租补贴", "level": "city", "kind": "rent_month"}
    assert founder.post(f"{page}/{row.id}/support", data=support).status_code == 403
    assert window.post(f"{page}/{row.id}/support", data=support).status_code == 302
    found = session.scalars(select(m.OutsideSupport)).one()
    assert (found.amount_fen, found.month_from, found.month_to) == (300_000, case.period_from, case.period_to)
    assert (found.reference, found.granted_on, row.support_id) == (row.reference, date(2026, 11, 12), found.id)
    assert assessments.assess(session, case, scene.registry, APPROVED).decision.amount_fen < before
    session.rollback()
    assert window.post(f"{page}/{row.id}/support", data=support).status_code == 409

    # The newest counts.
    assert window.post(f"{page}/new", data=GIVEN | {"filed_on": "2026-11-20"}).status_code == 302
    assert session.scalars(select(m.OutsideFiling).order_by(m.OutsideFiling.id.desc()).limit(1)).one().confirmed_at
    assert case.number not in window.get("/cases?outside=approved").text
    actions = session.scalars(
        select(m.AuditEvent.action).where(m.AuditEvent.action.like("filing.%")).order_by(m.AuditEvent.id)
    ).all()
    assert [*actions] == ["filing.record", "filing.change", "filing.confirm", "filing.as_support", "filing.record"]


def test_the_database_refuses_what_cannot_be(app: Flask, session: Session, settings: Settings) -> None:
    with app.app_context():
        scene = Scene(session, app.extensions["registry"], settings.files)
        tenant = scene.tenant()
        case = scene.empty_draft(tenant, scene.founder_of(tenant))
    given = {"operator_id": case.operator_id, "tenant_id": case.tenant_id, "case_id": case.id}
    filed = {"counter": "中心", "channel": "counter", "filed_on": date(2026, 11, 3), "recorded_at": utcnow()}
    waiting = {"audience": "tenant", "state": "waiting", "asked_at": utcnow(), "done": 0, "whole": 0}
    session.execute(insert(m.Package.__table__).values(given | waiting))
    for table, row in (
        (m.OutsideFiling.__table__, filed | {"result": "approved"}),
        (m.OutsideFiling.__table__, filed | {"result": "refused", "result_on": date(2026, 11, 4), "amount_fen": 1}),
        (m.OutsideFiling.__table__, filed | {"result": "approved", "result_on": date(2026, 11, 1)}),
        (m.OutsideFiling.__table__, filed | {"confirmed_at": utcnow()}),
        (m.Package.__table__, waiting),
        (m.Package.__table__, waiting | {"audience": "district", "state": "failed", "ended_at": utcnow()}),
    ):
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(insert(table).values(given | row))
