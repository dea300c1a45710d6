"""Taking an act back: exactly what it changed, only while that still holds, only one's own."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data import models as m
from core.data.asker import Asker, asking
from core.errors import Conflict
from core.services import undo
from tests import factories

pytestmark = pytest.mark.one_engine


@pytest.fixture
def operator(session: Session) -> m.Operator:
    return factories.operator(session, factories.district(session))


def act(session: Session, operator: m.Operator) -> tuple[m.Tenant, m.Tenant, m.UndoStep]:
    """Two tenants change names with each other, which only works in the right order."""
    one, two = factories.tenant(session, operator, name="甲公司"), factories.tenant(session, operator, name="乙公司")
    user = factories.user(session, m.Role.OPERATOR_STAFF, operator=operator)
    session.refresh(user, ["memberships"])
    with asking(session, Asker.member(user.memberships[0])):
        log = undo.Log(session)
        log.set(one, name="让出")
        log.set(two, name="甲公司", registered_on=date(2025, 5, 6), stage=m.Stage.ACCELERATOR, small_or_micro=None)
        log.set(one, name="乙公司")
        assert log.set(one, name="乙公司") is False
        step = undo.record(session, action="tenant.swap", title="互换名称", subject=one, changes=log.changes)
    return one, two, step


def test_everything_is_as_before_types_included(session: Session, operator: m.Operator) -> None:
    one, two, step = act(session, operator)
    assert (one.name, two.name) == ("乙公司", "甲公司")
    with asking(session, Asker.system("tests")):
        undo.undo(session, step)
        assert (one.name, two.name) == ("甲公司", "乙公司")
        assert (two.registered_on, two.stage, two.small_or_micro) == (date(2024, 3, 1), m.Stage.INCUBATOR, True)
        assert session.scalars(select(m.AuditEvent).where(m.AuditEvent.action == "undo")).one().subject_id == step.id
        with pytest.raises(Conflict):
            undo.undo(session, step)


def test_what_changed_since_is_not_overwritten(
    session: Session, operator: m.Operator, client_as: Callable[..., Any]
) -> None:
    one, two, step = act(session, operator)
    two.industry = "软件"  # another column: no reason to refuse
    one.name = "丙公司"
    client = client_as(factories.user(session, m.Role.OPERATOR_STAFF, operator=operator))
    answer = client.post(f"/undo/{step.id}")
    assert answer.status_code == 409
    assert "又有了改动" in answer.text
    assert (one.name, two.name, step.undone_at) == ("丙公司", "甲公司", None)


def test_another_column_may_have_changed(session: Session, operator: m.Operator, client_as: Callable[..., Any]) -> None:
    one, two, step = act(session, operator)
    two.industry = "软件"
    client = client_as(factories.user(session, m.Role.OPERATOR_STAFF, operator=operator))
    answer = client.post(f"/undo/{step.id}", data={"next": "/tenants"})
    assert (answer.status_code, answer.location) == (302, "/tenants")
    assert (one.name, two.name, two.industry) == ("甲公司", "乙公司", "软件")
    assert "已撤销：互换名称" in client.get("/tenants").text


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/", ""])
def test_it_leads_nowhere_else(
    session: Session, operator: m.Operator, client_as: Callable[..., Any], target: str
) -> None:
    *_, step = act(session, operator)
    client = client_as(factories.user(session, m.Role.OPERATOR_STAFF, operator=operator))
    assert client.post(f"/undo/{step.id}", data={"next": target}).location == "/tenants"


def test_rows_of_others_in_a_step_are_left_alone(session: Session, operator: m.Operator) -> None:
    """A step names rows by table and id: even a forged one reaches its own operator's rows only."""
    other = factories.operator(session, session.get_one(m.District, operator.district_id))
    foreign = factories.tenant(session, other, name="别家")
    forged = m.UndoStep(
        operator_id=operator.id, action="x", title="x", subject_type="", subject_id=None,
        changes=[{"table": "tenants", "id": foreign.id, "before": {"name": "改"}, "after": {"name": "别家"}}],
    )  # fmt: skip
    session.add(forged)
    session.flush()
    with pytest.raises(Conflict):
        undo.undo(session, forged)
    assert foreign.name == "别家"


def test_the_notice_carries_the_button(
    app: Flask, session: Session, operator: m.Operator, client_as: Callable[..., Any]
) -> None:
    from core.web import undoing

    *_, step = act(session, operator)

    client = client_as(factories.user(session, m.Role.OPERATOR_STAFF, operator=operator))

    def offering() -> str:
        undoing.offer("已互换名称。", step)
        return ""

    offering.access = "signed_in"  # type: ignore[attr-defined]
    app.add_url_rule("/-/offering", "offering", offering)
    client.get("/-/offering")
    page = client.get("/tenants?stage=incubator").text
    found = re.search(rf'action="/undo/{step.id}".*?name="next" value="([^"]+)"', page, re.DOTALL)
    assert found
    assert found[1] == "/tenants?stage=incubator"
    assert "已互换名称。" in page
