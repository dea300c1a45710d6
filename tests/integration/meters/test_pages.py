"""The pages of meters: from the meter to the bill a tenant reads; what is refused keeps what was typed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

import core
from core.data import models as m
from core.policy import Month
from tests import factories as f

pytestmark = pytest.mark.one_engine

Client = Callable[..., Any]
HX = {"HX-Request": "true"}


@pytest.fixture
def lease(session: Session) -> m.Lease:
    operator = f.operator(session, f.district(session))
    room = f.space(session, f.site(session, operator), code="A-301")
    return f.lease(session, f.tenant(session, operator, name="青禾公司"), [room], ends_on=None)


def test_from_the_meter_to_the_bill(session: Session, lease: m.Lease, client_as: Client) -> None:
    today = core.today().date()
    month = Month.of(today) + -1
    begin, end = (month + -1).last, month.last
    room, tenant = lease.spaces[0].space, lease.tenant
    operator = session.get_one(m.Operator, lease.operator_id)
    founder_user = f.user(session, m.Role.FOUNDER, tenant=tenant)
    staff_user = f.user(session, m.Role.OPERATOR_STAFF, operator=operator)
    manager_user = f.user(session, m.Role.OPERATOR_MANAGER, operator=operator)
    ids = {"site_id": str(room.site_id), "space_id": str(room.id)}
    session.commit()
    staff, manager = client_as(staff_user), client_as(manager_user)

    said = ids | {
        "kind": "electricity", "number": "D-301", "multiplier": "1", "digits": "6", "from_on": f"{begin}",
        "value": "十二",
    }  # fmt: skip
    refused = staff.post("/meters/new", data=said)
    assert (refused.status_code, "不是数字" in refused.text, 'value="十二"' in refused.text) == (422, True, True)
    made = staff.post("/meters/new", data=said | {"value": "1200.5"})
    assert made.status_code == 302
    meter = session.scalars(select(m.Meter)).one().id
    session.commit()
    assert "1,200.5" in staff.get("/meters").text
    assert "D-301" in staff.get("/meters/export?format=csv").text
    assert "A-301" in staff.get(f"/meters/sheet?site={ids['site_id']}&on={end}").text

    low = staff.post(f"/meters/{meter}/sheet", data={"read_on": f"{end}", "value": "1100"}, headers=HX)
    assert (low.status_code, "勾选“表盘归零”" in low.text, 'value="1100"' in low.text) == (422, True, True)
    row = staff.post(f"/meters/{meter}/sheet", data={"read_on": f"{end}", "value": "1385.25"}, headers=HX).text
    assert "用184.75度" in row
    assert "已抄1/1" in row
    twice = staff.post(f"/meters/{meter}/readings", data={"reading-read_on": f"{end}", "reading-value": "1390"})
    assert (twice.status_code, "已经抄过，读数1385.25" in twice.text, 'value="1390"' in twice.text) == (422, True, True)
    late = date.fromordinal(today.toordinal() + 1)
    plain = staff.post(f"/meters/{meter}/sheet", data={"read_on": f"{late}", "value": "1"})
    assert (plain.status_code, "不能晚于今天" in plain.text, "<h1>抄表" in plain.text) == (422, True, True)

    price = {"tariff-kind": "electricity", "tariff-from_on": f"{month.first}", "tariff-price_e4": "0.82"}
    assert staff.post("/meters/tariffs", data=price).status_code == 403
    where = {"site_id": ids["site_id"], "month": str(month)}
    assert "没有单价" in staff.get("/meters/billing", query_string=where).text
    assert manager.post("/meters/tariffs", data=price).status_code == 302
    assert manager.post("/meters/tariffs", data=price).status_code == 422
    shown = manager.get("/meters/billing", query_string=where).text
    assert "用184.75度×0.82元" in shown
    assert "151.50" in shown
    confirmed = where | {"due_on": f"{today}", "seen": "1-15150"}
    assert staff.post("/meters/billing", data=confirmed).status_code == 403
    changed = manager.post("/meters/billing", data=confirmed | {"seen": "1-1"})
    assert (changed.status_code, "刚刚有改动" in changed.text) == (422, True)
    early = manager.post("/meters/billing", data=confirmed | {"month": str(month + 1), "seen": ""})
    assert (early.status_code, "还没有结束" in early.text) == (422, True)
    assert manager.post("/meters/billing", data=confirmed).status_code == 302
    again = manager.post("/meters/billing", data=confirmed | {"seen": ""})
    assert (again.status_code, "没有可以生成的账单" in again.text) == (422, True)
    bill = session.scalars(select(m.Bill)).one()
    number = bill.number
    assert "电表D-301：1200.5→1385.25，用184.75度×0.82元" in client_as(founder_user).get(f"/bills/{bill.id}").text
    session.commit()

    reading = session.scalars(select(m.MeterReading.id).where(m.MeterReading.read_on == end)).one()
    session.commit()
    locked = staff.post(f"/meters/{meter}/readings/{reading}", data={"value": "1400"})
    assert (locked.status_code, number in locked.text, 'value="1400"' in locked.text) == (422, True, True)
    assert staff.post(f"/meters/{meter}/readings/{reading}/removal").status_code == 409
    change = {"number": "D-301", "multiplier": "2", "digits": "6", "space_id": ids["space_id"]}
    assert staff.post(f"/meters/{meter}/edit", data=change).status_code == 422
    swap = {
        "replace-on": f"{today}", "replace-value": "1390", "replace-number": "D-302", "replace-new_value": "0",
        "replace-multiplier": "1", "replace-digits": "6",
    }  # fmt: skip
    wrong = staff.post(f"/meters/{meter}/replacement", data=swap | {"replace-number": "D-301"})
    assert (wrong.status_code, "已经登记过" in wrong.text) == (422, True)
    assert staff.post(f"/meters/{meter}/replacement", data=swap).status_code == 302
    assert "现在用D-302" in staff.get(f"/meters/{meter}").text
    new = session.scalars(select(m.Meter.id).where(m.Meter.number == "D-302")).one()
    session.commit()
    stop = {"retire-on": f"{today}", "retire-value": "0"}
    assert staff.post(f"/meters/{new}/retirement", data=stop | {"retire-on": f"{end}"}).status_code == 422
    assert staff.post(f"/meters/{new}/retirement", data=stop).status_code == 302
    assert staff.post(f"/meters/{new}/resumption").status_code == 302
    assert client_as(founder_user).get("/meters").status_code == 403
