"""The pages of bills: what a run would make, what it made, and who reads it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

import core
from core.data import models as m
from core.letters.contents import page_texts
from core.services import billing, leases
from core.services.leases import Terms
from tests import factories as f

pytestmark = pytest.mark.one_engine

Client = Callable[..., Any]


@pytest.fixture
def lease(session: Session) -> m.Lease:
    operator = f.operator(session, f.district(session), name="示例园")
    room = f.space(session, f.site(session, operator))
    terms = Terms([room], date(2026, 1, 1), date(2030, 12, 31), m.RateBasis.MONTH, 310_000)
    made = leases.draft(session, f.tenant(session, operator, name="青禾公司"), terms)
    leases.sign(session, made, on=date(2026, 1, 1), today=date(2026, 1, 1))
    session.commit()
    return made


def test_from_the_preview_to_the_bill(session: Session, lease: m.Lease, client_as: Client) -> None:
    operator = session.get_one(m.Operator, lease.operator_id)
    manager = client_as(f.user(session, m.Role.OPERATOR_MANAGER, operator=operator))
    month = f"{core.today().date():%Y-%m}"
    body = {"month": month, "from_month": month}
    shown = manager.post("/bills/runs/preview", data=body).text
    assert "将生成1张，合计3,100.00元" in shown
    assert "青禾公司" in shown
    assert session.scalars(select(m.Bill)).all() == []
    refused = manager.post("/bills/runs", data={"month": month})
    assert (refused.status_code, "从哪个月开始" in refused.text) == (422, True)
    assert manager.post("/bills/runs", data=body).status_code == 302
    assert manager.get("/bills/runs", headers={"HX-Request": "true"}).status_code == 204
    run = session.scalars(select(m.BillingRun)).one()
    after: int | None = 0
    while after is not None:
        after = billing.make_next(session, run, after, core.today().date())
    session.commit()
    done = manager.get("/bills/runs", headers={"HX-Request": "true"})
    assert (done.status_code, "已完成" in done.text) == (200, True)
    bill = session.scalars(select(m.Bill)).one()
    assert bill.number in manager.get("/bills").text
    assert "最多提前3个月" in manager.post("/bills/runs/preview", data=body | {"month": "2999-01"}).text

    founder = client_as(f.user(session, m.Role.FOUNDER, tenant=lease.tenant))
    assert bill.number in founder.get("/bills").text
    page = founder.get(f"/bills/{bill.id}").text
    assert "3,100.00" in page
    assert "作废" not in page
    assert founder.post(f"/bills/{bill.id}/voiding", data={"reason": "x"}).status_code == 403
    said = "".join("".join(page_texts(founder.get(f"/bills/{bill.id}/paper").data)).split())
    for words in ("账单", "青禾公司", "示例园", "3,100.00", "叁仟壹佰元整", "不是发票", bill.number):
        assert words in said, words

    paid = {
        "pay-amount_fen": "3000", "pay-received_on": f"{core.today().date()}", "pay-method": "transfer",
        "pay-payer_name": "青禾公司", "pay-reference": "流水1",
    }  # fmt: skip
    assert manager.post(f"/bills/{bill.id}/payments", data=paid).status_code == 302
    again = manager.post(f"/bills/{bill.id}/payments", data=paid)
    assert (again.status_code, "已经登记过" in again.text, 'value="流水1"' in again.text) == (422, True, True)
    assert "流水1" in founder.get(f"/bills/{bill.id}").text
    session.expire_all()
    rent = session.scalars(select(m.RentPayment)).one()
    assert (rent.month, rent.paid_fen, rent.payer, rent.voucher) == (month, 300_000, m.Payer.TENANT, "流水1")
    payment = rent.payment_id
    session.commit()
    assert manager.post(f"/bills/{bill.id}/voiding", data={"reason": "写错"}).status_code == 422
    assert founder.post(f"/payments/{payment}/reversal", data={"reason": "x"}).status_code == 403
    assert manager.post(f"/payments/{payment}/reversal", data={"reason": "退回"}).status_code == 302
    assert "已冲销：退回" in manager.get(f"/bills/{bill.id}").text
    assert manager.post(f"/bills/{bill.id}/voiding", data={"reason": ""}).status_code == 422
    assert manager.post(f"/bills/{bill.id}/voiding", data={"reason": "租金写错"}).status_code == 302
    assert "租金写错" in manager.get(f"/bills/{bill.id}").text
