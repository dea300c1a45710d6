"""The pages of 发票: the startup asks, the operator notes what was issued, the startup has the file."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

import core
from core.data import models as m
from core.policy import Month
from core.services import billing
from core.services.billing.byhand import Asked
from tests import factories as f
from tests.scenes import paper

pytestmark = pytest.mark.one_engine

NUMBER = "26312000000000000001"


def test_from_the_bill_to_the_red_letter(session: Session, client_as: Callable[..., Any]) -> None:
    today = core.today().date()
    operator = f.operator(session, f.district(session))
    site = f.site(session, operator, address="虹口区东湖路1号")
    session.scalars(select(m.SitePaper).where(m.SitePaper.site_id == site.id)).one().number = "沪房地虹字第1号"
    tenant = f.tenant(session, operator, name="青禾公司")
    month = Month.of(today)
    begin = month.first + timedelta(days=9)
    lease = f.lease(session, tenant, [f.space(session, site)], starts_on=begin, ends_on=Month(month + 11).last)
    lines = [Asked(m.Fee.RENT, 310_000, month), Asked(m.Fee.DEPOSIT, 100)]
    bill = billing.ask_for(session, tenant, lines, kind=m.BillKind.EXTRA, due_on=today, today=today, lease=lease)
    session.commit()
    founder = client_as(f.user(session, m.Role.FOUNDER, tenant=tenant))
    asks = f"/bills/{bill.id}/tax-invoices"
    assert "申请开票" in founder.get(f"/bills/{bill.id}").text
    form = founder.get(asks).text
    for word in ('value="青禾公司"', f'value="{tenant.uscc}"', 'value="3100"', "押金不是收入"):
        assert word in form, word
    body = {"title": "青禾公司", "taxpayer_no": "9131", "kind": "ordinary", f"line_{bill.lines[0].id}": "3000"}
    refused = founder.post(asks, data=body)
    assert (refused.status_code, "应为 18 位" in refused.text, 'value="3000"' in refused.text) == (422, True, True)
    assert founder.post(asks, data=body | {"taxpayer_no": ""}).status_code == 302
    it = session.scalars(select(m.TaxInvoice)).one()
    page = f"/tax-invoices/{it.id}"
    assert "撤回申请" in founder.get(page).text
    assert founder.post(f"{page}/issue", data={}).status_code == 403

    staff = client_as(f.user(session, m.Role.OPERATOR_STAFF, operator=operator))
    assert "青禾公司" in staff.get("/tax-invoices?state=requested&q=青禾").text
    shown = staff.get(page).text
    given = dict(re.findall(r'name="(\w+)"[^>]* value="([^"]+)"', shown))
    assert given["premises"] == "虹口区东湖路1号A-101"
    assert (given["certificate"], given["item_name"]) == ("沪房地虹字第1号", "*经营租赁*不动产租赁")
    assert (given["term_first"], given["term_last"]) == (f"{begin}", f"{month.last}")
    issued = given | {"number": NUMBER, "rate": "5", "issued_on": f"{today}"}
    wrong = staff.post(f"{page}/issue", data=issued | {"number": "123"})
    assert (wrong.status_code, "20位" in wrong.text, 'value="123"' in wrong.text) == (422, True, True)
    sent = staff.post(f"{page}/issue", data=issued | {"file": (BytesIO(paper()), "发票.pdf")})
    assert sent.status_code == 302
    with founder.get(f"{page}/file") as file:
        assert file.data == paper()
    assert NUMBER in founder.get(f"/bills/{bill.id}").text
    listed = staff.get("/tax-invoices/export?format=csv").data.decode("utf-8-sig")
    assert [word in listed for word in (NUMBER, "3000.00", "已开票")] == [True, True, True]

    session.expire_all()
    line = bill.lines[0]
    billing.credit(session, bill, {line.id: 50_000}, kind=m.CreditReason.WAIVER, reason="减免", today=today)
    session.commit()
    assert "需要开红字发票，共400.00元" in staff.get(f"/bills/{bill.id}").text
    taken = {
        "red-number": "9" * 20, "red-issued_on": f"{today}", "red-reason": "减免", f"red-line_{line.id}": "400",
    }  # fmt: skip
    assert staff.post(f"{page}/red-letters", data=taken).status_code == 403
    manager = client_as(f.user(session, m.Role.OPERATOR_MANAGER, operator=operator))
    over = manager.post(f"{page}/red-letters", data=taken | {f"red-line_{line.id}": "3000.01"})
    assert (over.status_code, "不超过" in over.text, "3000.01" in over.text) == (422, True, True)
    assert manager.post(f"{page}/red-letters", data=taken).status_code == 302
    assert "部分红冲" in manager.get(page).text
    assert "需要开红字发票" not in manager.get(f"/bills/{bill.id}").text

    assert founder.post(asks, data=body | {"taxpayer_no": "", f"line_{line.id}": "0.01"}).status_code == 422
    billing.undo_credit(session, session.scalars(select(m.CreditNote)).one(), "写错")
    session.commit()
    assert founder.post(asks, data=body | {"taxpayer_no": "", f"line_{line.id}": "500"}).status_code == 302
    last = session.scalars(select(m.TaxInvoice).order_by(m.TaxInvoice.id.desc()).limit(1)).one()
    assert founder.post(f"/tax-invoices/{last.id}/withdrawal").status_code == 302
    assert "申请方撤回" in founder.get(f"/bills/{bill.id}").text
    assert staff.post(f"/tax-invoices/{last.id}/rejection", data={"reject-reason": "重复"}).status_code == 422
