"""Budgets on screen: proposed, confirmed by another, looked at with their curve, and what those who wait are shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select, update

import core
from core.data import models as m
from core.web.views.charts import PLOT_HEIGHT, of_pool
from tests.integration.pools.conftest import AMOUNT, Treasury

pytestmark = pytest.mark.one_engine

FORM = {
    "policy": "rent_subsidy", "year": "2027", "amount_fen": "5000", "budget_line": "2080799 其他就业补助支出",
    "city": "40", "district": "60", "document": "示财〔2027〕1号", "reason": "年初预算",
}  # fmt: skip


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core, "today", lambda: datetime(2026, 12, 28, 10, tzinfo=core.SHANGHAI))


def test_a_budget_is_set_up_and_changed_by_two(treasury: Treasury, client_as: Callable[..., Any]) -> None:
    session, staff = treasury.session, treasury.scene.staff
    admin, approver = client_as(staff["admin"]), client_as(staff["approver"])
    refused = admin.post("/pools/new", data=FORM | {"district": "50", "reason": "还没有想好怎么写"})
    assert refused.status_code == 422
    assert "不是百分之百" in refused.text
    assert "还没有想好怎么写" in refused.text
    assert approver.get("/pools/new").status_code == 403
    made = admin.post("/pools/new", data=FORM)
    assert "提出和确认须由不同的人办理" in admin.get(made.location).text
    assert admin.post(f"{made.location}/confirmation", data={"confirmed": "yes"}).status_code == 403
    assert "示财〔2027〕1号" in approver.get("/pools").text
    assert approver.post(f"{made.location}/confirmation", data={"confirmed": "yes"}).status_code == 302
    pool = treasury.pool(2027)
    assert (pool.total_fen, pool.city_bp) == (500_000, 4_000)
    assert "5,000.00" in approver.get("/pools?year=2027").text
    at = f"/pools/{pool.id}/changes/new"
    said = {"kind": "lower", "amount_fen": "5000.01", "document": "示财〔2027〕2号", "reason": "压减支出"}
    refused = admin.post(at, data=said)
    assert (refused.status_code, "最多可以调减5,000.00元" in refused.text, "压减支出" in refused.text) == (
        422,
        True,
        True,
    )
    change = admin.post(at, data=said | {"amount_fen": "1"}).location
    assert approver.post(f"{change}/decline", data={"reason": ""}).status_code == 422
    approver.post(f"{change}/decline", data={"reason": "不宜压减"})
    assert "不宜压减" in admin.get(change).text
    change = admin.post(at, data=said | {"amount_fen": "2"}).location
    assert admin.post(f"{change}/withdrawal").status_code == 302
    states = session.scalars(select(m.PoolChange.state).order_by(m.PoolChange.id)).all()
    assert [state.value for state in states] == ["confirmed", "declined", "withdrawn"]


def test_a_year_as_a_curve_its_bookings_and_who_waits(treasury: Treasury, client_as: Callable[..., Any]) -> None:
    scene, session = treasury.scene, treasury.session
    treasury.change(m.PoolChangeKind.LOWER, 100_000_000 - 2 * AMOUNT)
    approved = scene.until(m.CaseState.APPROVED)
    scene.until(m.CaseState.ACCEPTED)
    waiting = scene.until(m.CaseState.PUBLISHED, scene.tenant("候补有限公司"))
    booked = update(m.PoolEntry).where(m.PoolEntry.move == m.PoolMove.COMMIT)
    # The last moment of June in UTC is July in Shanghai.
    session.execute(booked.values(at=datetime(2026, 6, 30, 23, 0, tzinfo=UTC)))
    auditor = client_as(scene.staff["auditor"])
    at = f"/pools/{treasury.pool().id}"
    page = auditor.get(at).text
    assert "到2026年12月：累计承诺0.30 万元" in page
    rows = page.split("<tbody>")[1]
    june, july = rows.index("2026年6月"), rows.index("2026年7月")
    committed = '<td class="num">3,000.00</td><td class="num">0.00</td>'
    assert (committed in rows[june:july], committed in rows[july:]) == (False, True)
    assert "1件在候补" in page
    assert approved.number in auditor.get(f"{at}/entries?move=commit").text
    assert waiting.number not in auditor.get(f"{at}/entries").text
    assert approved.number in auditor.get(f"{at}/entries/export?format=csv").text
    assert "候补有限公司" in auditor.get(f"{at}/waiting").text
    assert "3000.00" in auditor.get(f"{at}/waiting/export?format=csv&q=候补有限公司").text
    assert client_as(scene.staff["window"]).get(at).status_code == 403

    case = f"/cases/{waiting.id}"
    approver = client_as(scene.staff["approver"])
    page = approver.get(case).text
    assert "资金候补第1位" in page
    assert "还缺3,000.00元" in page
    assert f"{case}/moves/approve" not in page
    refused = approver.post(f"{case}/moves/approve", data={"confirmed": "yes"})
    assert (refused.status_code, "排第1位" in refused.text) == (409, True)
    founder = session.scalars(
        select(m.User).join(m.Membership, m.Membership.user_id == m.User.id).where(
            m.Membership.tenant_id == waiting.tenant_id
        )
    ).first()  # fmt: skip
    own = client_as(founder).get(case).text
    assert "已列入资金候补" in own
    assert "第1位" in own


def test_the_even_line_and_months_after_the_year() -> None:
    months = [f"2026-{n:02d}" for n in range(1, 13)] + ["2027-01"]
    curve = of_pool(1_200, months, [(100, 0)] * 12 + [(1_500, 600)])
    assert curve.even.split()[-1] == f"1200,{PLOT_HEIGHT - round(1_200 * PLOT_HEIGHT / 1_500)}"
    assert curve.committed.split()[-1] == "1200,0"
    assert [row.even_fen for row in curve.months[-2:]] == [1_200, 1_200]
