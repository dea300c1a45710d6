"""Income by tax group: what bills ask for less credit notes, and what was received for them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

import core
from core.data import models as m
from core.policy import Month
from core.services import billing, recognition
from core.services.billing import income
from core.services.billing.byhand import Asked
from core.services.billing.income import Basis
from core.services.billing.tax import Income
from tests import factories as f

TODAY, DECEMBER = date(2026, 12, 1), Month.parse("2026-12")
FEES = [it for it in m.Fee if it is not m.Fee.RENT]


@pytest.fixture
def tenant(session: Session) -> m.Tenant:
    return f.tenant(session, f.operator(session, f.district(session)))


def bill(session: Session, tenant: m.Tenant, *lines: tuple[m.Fee, int], due_on: date = TODAY) -> m.Bill:
    asked = [Asked(fee, fen) for fee, fen in lines]
    return billing.ask_for(session, tenant, asked, kind=m.BillKind.EXTRA, due_on=due_on, today=TODAY)


def of(session: Session, tenant: m.Tenant, basis: Basis = Basis.BILLED) -> list[Income]:
    found = income.by_month(session, tenant.operator_id, DECEMBER, Month(DECEMBER + 1), basis)
    return [it for _month, it in found]


def test_by_month_and_base(session: Session, tenant: m.Tenant) -> None:
    first = bill(session, tenant, (m.Fee.PROPERTY, 700), (m.Fee.SERVICE, 300), (m.Fee.DEPOSIT, 5_000))
    bill(session, tenant, (m.Fee.UTILITIES, 50), due_on=date(2027, 1, 31))
    void = bill(session, tenant, (m.Fee.SERVICE, 9_000))
    billing.void(session, void, "写错")
    other = f.tenant(session, f.operator(session, f.district(session, region="310110")))
    bill(session, other, (m.Fee.SERVICE, 77))
    assert of(session, tenant) == [Income(300, 700, 0), Income(0, 0, 50)]
    assert of(session, tenant, Basis.RECEIVED) == [Income(), Income()]
    paid = billing.record(
        session, tenant, amount_fen=900, received_on=TODAY, method=m.PaymentMethod.CASH, today=TODAY, bill=first
    )
    assert of(session, tenant, Basis.RECEIVED) == [Income(200, 700, 0), Income()]
    line = next(it for it in first.lines if it.fee is m.Fee.PROPERTY)
    billing.credit(session, first, {line.id: 100}, kind=m.CreditReason.WAIVER, reason="减免", today=TODAY)
    assert of(session, tenant) == [Income(300, 600, 0), Income(0, 0, 50)]
    assert of(session, tenant, Basis.RECEIVED) == [Income(200, 600, 0), Income()], "a hundred is free again"
    billing.reverse(session, paid, "退回")
    assert of(session, tenant, Basis.RECEIVED) == [Income(), Income()]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    lines=st.lists(
        st.tuples(st.sampled_from(FEES), st.integers(1, 10**9), st.integers(0, 10**9)), min_size=1, max_size=5
    )
)
def test_the_groups_are_what_bills_ask_for(
    session: Session, tenant: m.Tenant, lines: list[tuple[m.Fee, int, int]]
) -> None:
    with session.begin_nested() as undo:
        made = bill(session, tenant, *((fee, fen) for fee, fen, _less in lines))
        parts = {it.id: min(less, it.amount_fen) for it, (_fee, _fen, less) in zip(made.lines, lines, strict=True)}
        parts = {it.id: parts[it.id] for it in made.lines if it.fee is not m.Fee.DEPOSIT and parts[it.id]}
        if parts:
            billing.credit(session, made, parts, kind=m.CreditReason.CORRECTION, reason="更正", today=TODAY)
        wanted = sum(it.amount_fen - it.credited_fen for it in made.lines if it.fee is not m.Fee.DEPOSIT)
        assert of(session, tenant)[0].total_fen == wanted
        undo.rollback()


def test_the_page_the_file_and_the_checklist(session: Session, tenant: m.Tenant, client_as: Callable[..., Any]) -> None:
    today = core.today().date()
    operator = session.get_one(m.Operator, tenant.operator_id)
    site = f.site(session, operator)
    lines = [Asked(m.Fee.PROPERTY, 700_000), Asked(m.Fee.SERVICE, 299_999)]
    billing.ask_for(session, tenant, lines, kind=m.BillKind.EXTRA, due_on=today, today=today)
    session.commit()
    staff = client_as(f.user(session, m.Role.OPERATOR_STAFF, operator=operator))
    assert "账不全" in staff.get("/income").text
    assert recognition.facts_of(session, site, today).income is None, "bills are not kept here for a year"
    session.add(m.BillingBook(operator_id=operator.id, from_month="2020-01"))
    session.commit()
    page = staff.get("/income").text
    for words in ("29.9%", "未达到标准", "2,999.99", "工信部科〔2025〕131号"):
        assert words in page, words
    said = staff.get("/income/export?format=csv").data.decode("utf-8-sig")
    assert "合计（应收）,2999.99,7000.00,0.00,9999.99,299" in said
    assert "没有适用的占比标准" in staff.get("/income?from=2020-13&to=1999-01&basis=received").text
    found = recognition.facts_of(session, site, today).income
    assert found == Income(299_999, 700_000, 0)
    check = next(
        item.check
        for it in recognition.checklists(session, site, today)
        for row in it.rows
        for item in row.items
        if item.check.code == recognition.SERVICE_INCOME
    )
    assert (check.passed, check.observed, check.required) == (False, 299_999, 300_000)
