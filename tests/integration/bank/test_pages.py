"""The pages of bank statements, from the file to the booked line."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.config import Settings
from core.data import models as m
from tests import factories as f
from tests.support.statements import file

pytestmark = pytest.mark.one_engine

Client = Callable[..., Any]
ROWS = (("3100", "青禾公司", "房租", "N1"), ("2000", "周明", "", "N2"), ("7.5", "某银行", "结息", "N3"))


@pytest.fixture
def manager(session: Session, operator: m.Operator, client_as: Client) -> Any:
    return client_as(f.user(session, m.Role.OPERATOR_MANAGER, operator=operator))


def send(client: Any, body: bytes, name: str = "明细.csv") -> Any:
    return client.post("/bank/import", data={"file": (BytesIO(body), name)})


def held(page: str) -> str:
    found = re.search(r'action="(/bank/import/\w{64})"', page)
    assert found
    return found[1]


def kept(folder: Path) -> int:
    return sum(path.is_file() for path in folder.rglob("*"))


def test_from_the_file_to_the_booked_line(
    session: Session, operator: m.Operator, manager: Any, settings: Settings
) -> None:
    assert "还没有银行流水" in manager.get("/bank").text
    assert "没有待入账的流水" in manager.get("/bank/desk").text
    shown = send(manager, file(*ROWS, ("x", "坏行", "", "N4"))).text
    for words in ("5,107.50", "确认导入3笔", "1行读不懂", "“x”不是数字", "第 6 行"):
        assert words in shown, words
    assert session.scalars(select(m.BankLine)).all() == []
    path = held(shown)
    assert b"6222" not in b"".join(it.read_bytes() for it in settings.files.rglob("*") if it.is_file())
    assert manager.post(path).location == "/bank/desk"
    assert kept(settings.files) == 0, "the file is not kept"
    assert manager.post(path).status_code == 404
    again = send(manager, file(*ROWS)).text
    assert ("没有新的收入" in again, "确认导入" in again) == (True, False)

    desk = manager.get("/bank/desk").text
    for words in ("青禾公司", "付款户名就是这家企业", "金额等于账单待付", "能确定的1笔一起入账", "看不出是谁付的"):
        assert words in desk, words
    assert "周明" not in manager.get("/bank/desk?show=certain").text
    rent, other, interest = session.scalars(select(m.BankLine).order_by(m.BankLine.id))
    assert manager.post("/bank/desk/certain", data={"lines": f"{rent.id},x"}).status_code == 302
    assert "已入账1笔，合计3,100.00元" in manager.get("/bank/desk").text

    bill = session.scalars(select(m.Bill).join(m.Tenant).where(m.Tenant.name == "蓝图公司")).one()
    found = manager.get(f"/bank/lines/{other.id}?q={bill.number}").text
    assert ("蓝图公司" in found, "先付这张" in found) == (True, True)
    wrong = manager.post(f"/bank/lines/{other.id}/booking", data={"tenant_id": "999999"})
    assert wrong.status_code == 404
    body = {"tenant_id": bill.tenant_id, "bill_id": bill.id, "next": "//evil.example"}
    assert manager.post(f"/bank/lines/{other.id}/booking", data=body).location == "/bank/desk"
    twice = manager.post(f"/bank/lines/{other.id}/booking", data=body)
    assert (twice.status_code, twice.location) == (302, f"/bank/lines/{other.id}")
    assert "已经入账" in manager.get(twice.location).text
    assert "周明" in manager.get(f"/bills/{bill.id}").text

    refused = manager.post(f"/bank/lines/{interest.id}/aside", data={"reason": ""})
    assert refused.status_code == 422
    assert manager.post(f"/bank/lines/{interest.id}/aside", data={"reason": "利息"}).status_code == 302
    assert "利息" in manager.get(f"/bank/lines/{interest.id}").text
    assert manager.post(f"/bank/lines/{interest.id}/return").status_code == 302

    reversal = f"/bank/lines/{other.id}/reversal"
    assert manager.post(reversal, data={"reason": ""}).location == f"/bank/lines/{other.id}"
    assert manager.post(reversal, data={"reason": "退回"}).status_code == 302
    assert "待入账" in manager.get(f"/bank/lines/{other.id}").text
    listed = manager.get("/bank?state=booked").text
    assert ("青禾公司" in listed, "周明" in listed) == (True, False)
    assert "周明" in manager.get("/bank?q=周明").text
    table = manager.get("/bank/export?format=csv").get_data(as_text=True)
    assert ("已入账" in table, "N2" in table) == (True, True)


def test_files_that_are_none_and_who_may(
    session: Session, operator: m.Operator, manager: Any, client_as: Client
) -> None:
    for body, sentence in ((b"", "没有收到文件"), (b"%PDF-1.7", "PDF"), (b"\x00\x01", "无法识别")):
        refused = send(manager, body)
        assert (refused.status_code, sentence in refused.text) == (422, True), sentence
    assert manager.get("/bank/import/template").status_code == 200
    assert manager.get("/bank/import/sample").status_code == 404, "for the demonstration alone"
    session.get_one(m.District, operator.district_id).demonstration = True
    sample = manager.get("/bank/import/sample").data
    shown = send(manager, sample, "示例.xlsx").text
    assert "确认导入3笔" in shown
    staff = client_as(f.user(session, m.Role.OPERATOR_STAFF, operator=operator))
    assert staff.post(held(shown)).status_code == 404, "another's preview"
    assert manager.post(held(shown)).status_code == 302
    line = session.scalars(select(m.BankLine).limit(1)).one()
    assert staff.get(f"/bank/lines/{line.id}").status_code == 200
    assert staff.post(f"/bank/lines/{line.id}/reversal", data={"reason": "x"}).status_code == 403
    tenant = session.scalars(select(m.Tenant).limit(1)).one()
    assert client_as(f.user(session, m.Role.FOUNDER, tenant=tenant)).get("/bank").status_code == 403
