"""The pages of 追回: what each reader is shown, and nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from core.data import models as m
from tests import scenes
from tests.integration.recovery.conftest import ACCOUNT, Desk

pytestmark = pytest.mark.one_engine


@pytest.mark.usefixtures("csrf")
def test_forms_carry_their_token(desk: Desk, client_as: Callable[..., Any]) -> None:
    case = desk.paid(letter=True)
    page = client_as(desk.road.staff["first"]).get(f"/cases/{case.id}")
    assert page.status_code == 200
    assert 'name="cause"' in page.text


def test_a_file_from_its_opening_to_its_end(desk: Desk, client_as: Callable[..., Any]) -> None:
    case = desk.paid(letter=True)
    case_id = case.id
    staff = {name: client_as(desk.road.staff[name]) for name in ("first", "approver", "payer")}
    other, founder = client_as(desk.till.other), client_as(desk.road.founder_of(case.tenant))
    said = staff["first"].post(f"/cases/{case_id}/recoveries", data={"cause": "refund"}, follow_redirects=True)
    assert "没有应追回的金额" in said.text
    desk.lose_rent(case, *scenes.months())
    opened = staff["first"].post(f"/cases/{case_id}/recoveries", data={"cause": "refund"})
    path = opened.location.removeprefix("http://localhost")
    assert founder.get(path).status_code == 404  # a lead is the district's own
    page = staff["first"].get(path).text
    assert "按现在的事实不再符合条件" in page
    assert staff["first"].post(f"{path}/proposal", data={"propose-reason": ""}).status_code == 422
    staff["first"].post(f"{path}/proposal", data={"propose-reason": "房租已退回"})
    assert "拟追回3,000.00元" in founder.get(path).text
    assert "房租已退回" in founder.get(path).text
    assert founder.post(f"{path}/statement", data={"state-said": "情况属实"}).status_code == 302
    terms = {
        "decide-opinion": "予以追回",
        "decide-pay_to": ACCOUNT,
        "decide-due_on": "2020-01-01",
        "decide-confirmed": "y",
    }
    refused = staff["approver"].post(f"{path}/decision", data=terms)
    assert refused.status_code == 422
    assert "退回期限应在今天之后" in refused.text
    assert "予以追回" in refused.text
    terms["decide-due_on"] = str(desk.today.replace(year=desk.today.year + 1, month=1, day=5))
    assert staff["approver"].post(f"{path}/decision", data=terms).status_code == 302
    for reader in (founder, staff["payer"]):
        assert ACCOUNT in reader.get(path).text
    assert "应追回3,000.00元" in founder.get(f"/cases/{case_id}").text
    receipt = {"receipt-amount_fen": "3000.01", "receipt-received_on": str(desk.today), "receipt-voucher": "HD1"}
    refused = staff["payer"].post(f"{path}/receipts", data=receipt)
    assert refused.status_code == 422
    assert "3000.01" in refused.text
    staff["payer"].post(f"{path}/receipts", data=receipt | {"receipt-amount_fen": "3000"})
    credit = desk.session.scalars(select(m.RecoveryCredit)).one()
    assert staff["payer"].post(f"{path}/receipts/{credit.id}/confirmation").status_code == 403
    assert other.post(f"{path}/receipts/{credit.id}/confirmation").status_code == 302
    listed = staff["approver"].get("/recoveries")
    assert "已收回" in listed.text
    assert staff["approver"].get("/recoveries?late=yes&cause=refund").status_code == 200
    assert staff["approver"].get("/recoveries/export?format=csv").status_code == 200
    file = desk.session.scalars(select(m.Recovery)).one()
    assert (file.state, file.case.state) == (m.RecoveryState.SETTLED, m.CaseState.PAID)
