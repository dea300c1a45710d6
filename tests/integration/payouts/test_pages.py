"""The pages: from the list of what can be paid to the booked answer of the bank, and an account that is changed."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from datetime import datetime
from io import BytesIO, StringIO
from typing import Any

import pytest
from sqlalchemy import select

from core import SHANGHAI
from core.data import models as m
from tests.integration.payouts.conftest import Till, good, workbook
from tests.scenes import paper

pytestmark = pytest.mark.one_engine

CHANGE = {
    "payee_bank": "示例农商银行", "payee_bank_code": "322290000011", "payee_account": "6230 9000 0045 6789",
    "reason": "换了开户行",
}  # fmt: skip


def test_a_batch_on_its_pages(till: Till, client_as: Callable[..., Any], monkeypatch: Any) -> None:
    monkeypatch.setattr("core.today", lambda: datetime(2026, 12, 1, 9, tzinfo=SHANGHAI))
    first, second = till.issued(2)
    payer, other = client_as(till.payer), client_as(till.other)
    auditor = client_as(till.scene.staff["auditor"])
    listed = payer.get("/payouts/payable").text
    assert first.number in listed
    assert "6,000.00" in listed
    assert payer.post("/payouts", data={"ids": ""}, follow_redirects=True).text.count("请先勾选") == 1
    made = payer.post("/payouts", data={"ids": [first.id, second.id], "note": "第一批"})
    address = made.location
    batch = till.session.scalars(select(m.PayoutBatch)).one()
    assert "第一批" in payer.get(address).text
    payer.post(f"{address}/rows/{batch.rows[1].id}/removal")
    payer.post("/payouts/additions", data={"ids": second.id, "batch_id": batch.id})
    assert payer.post(f"{address}/preparation").status_code == 302
    refused = payer.post(f"{address}/release")
    assert (refused.status_code, "不同的人" in refused.text) == (403, True)
    assert payer.post(f"{address}/file").status_code == 409
    assert batch.number in other.get("/home/desk").text
    assert other.post(f"{address}/release").status_code == 302
    file = payer.post(f"{address}/file", data={"format": "csv"})
    rows = list(csv.reader(StringIO(file.data.decode("utf-8-sig"))))
    page = auditor.get(address).text
    assert rows[-1][-1].removeprefix("SHA-256 ") in page
    assert "6222000012345678" not in page
    assert other.post(f"{address}/cancellation", data={"reason": "不要了"}).status_code == 409

    till.session.refresh(batch)
    lines = [good(batch.rows[0]), good(batch.rows[1], yuan=1)]
    shown = payer.post(f"{address}/results", data={"file": (BytesIO(workbook(lines)), "结果.xlsx")}).text
    assert "与送出的3,000.00元不同" in shown
    booking = re.search(rf'action="({address}/results/\w+)"', shown)
    assert booking is not None
    told = payer.post(booking[1])
    assert (told.status_code, "1行对不上" in told.text) == (422, True)
    assert payer.post(booking[1], data={"but_wrong": "yes"}).status_code == 302
    assert payer.post(booking[1]).status_code == 404
    till.session.expire_all()
    assert [row.state.value for row in batch.rows] == ["paid", "pending"]
    assert "全部一致" in auditor.get("/payouts/reconciliation").text
    finance = auditor.get("/payouts/reconciliation/export?format=csv").data.decode("utf-8-sig")
    assert f"HD000001,{batch.rows[0].reference}" in finance

    row = f"/payouts/payments/{batch.rows[0].id}"
    wrong = payer.post(f"{row}/return", data={"returned_on": "2026-11-01", "reason": "销户了"})
    assert (wrong.status_code, "销户了" in wrong.text) == (422, True)
    payer.post(f"{row}/return", data={"returned_on": "2026-12-01", "reason": "销户了"})
    assert payer.post(f"{row}/return/confirmation").status_code == 403
    assert other.post(f"{row}/return/confirmation").status_code == 302
    till.session.expire_all()
    assert first.state is m.CaseState.ISSUED
    assert till.wrong() == []


def test_an_account_is_checked_and_changed_by_three_people(till: Till, client_as: Callable[..., Any]) -> None:
    case = till.scene.until(m.CaseState.SUBMITTED)
    reviewer, approver = client_as(till.scene.staff["first"]), client_as(till.scene.staff["approver"])
    address = f"/cases/{case.id}/payee"
    refused = reviewer.post(f"{address}/check", data={"check-note": "与许可证一致"})
    assert (refused.status_code, "与许可证一致" in refused.text) == (422, True)
    document = till.session.scalars(select(m.CaseDocument.id).where(m.CaseDocument.case_id == case.id)).first()
    said = {"check-document_id": document, "check-note": "与许可证一致"}
    assert reviewer.post(f"{address}/check", data=said).status_code == 302
    assert reviewer.post(f"{address}/account", data={"reason": ""}).status_code == 422
    shown = reviewer.post(f"{address}/account", data={"reason": "核对许可证"}).text
    assert "6222000012345678" in shown
    trail = select(m.AuditEvent.action).where(m.AuditEvent.subject_id == case.id, m.AuditEvent.subject_type == "case")
    assert {"payee.check", "payee.reveal"} <= set(till.session.scalars(trail))

    [issued] = till.issued()
    address = f"/cases/{issued.id}/payee"
    founder = client_as(till.session.get_one(m.User, issued.created_by_id))
    change = CHANGE | {"payee_name": issued.tenant.name}
    without = founder.post(f"{address}/change", data=change)
    assert (without.status_code, "换了开户行" in without.text) == (422, True)
    batch = till.draft([issued])
    sent = founder.post(f"{address}/change", data=change | {"file": (BytesIO(paper()), "许可证.pdf")})
    assert sent.status_code == 302
    payer = client_as(till.payer)
    held = payer.post(f"/payouts/{batch.id}/preparation")
    assert (held.status_code, "正在办理变更" in held.text) == (409, True)
    assert approver.post(f"{address}/change/approval").status_code == 409
    assert f'href="{address}"' in reviewer.get("/home/desk").text
    assert reviewer.post(f"{address}/change/check", data={"note": "与新许可证一致"}).status_code == 302
    assert reviewer.post(f"{address}/change/refusal", data={"remark": "不同意"}).status_code == 403
    assert approver.post(f"{address}/change/approval").status_code == 302
    till.session.expire_all()
    assert (issued.payee_account, issued.payee_bank) == ("6230900000456789", "示例农商银行")
    late = payer.post(f"/payouts/{batch.id}/preparation")
    assert (late.status_code, "有变更" in late.text) == (409, True)
    payer.post(f"/payouts/{batch.id}/rows/{batch.rows[0].id}/removal")
    payer.post("/payouts/additions", data={"ids": issued.id, "batch_id": batch.id})
    assert payer.post(f"/payouts/{batch.id}/preparation").status_code == 302
    assert "6230********6789" in founder.get(address).text
    assert founder.get(address).text.count("6230900000456789") == 0
