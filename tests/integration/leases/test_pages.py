"""The pages of leases: who reads what, what was typed stays, and the papers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy.orm import Session

from core.data import models as m
from core.letters.contents import page_texts
from core.services import leases
from core.services.leases import Terms
from tests import factories as f
from tests.scenes import paper

pytestmark = pytest.mark.one_engine

Client = Callable[..., Any]
FIRST, LAST = date(2026, 12, 1), date(2027, 11, 30)


@pytest.fixture
def tenant(session: Session) -> m.Tenant:
    operator = f.operator(session, f.district(session), name="示例园")
    made = f.tenant(session, operator, name="青禾公司")
    f.space(session, f.site(session, operator, name="甲楼"), code="A-1", area_cm2=600_000)
    session.commit()
    return made


def draft(session: Session, tenant: m.Tenant) -> m.Lease:
    room = session.query(m.Space).one()
    lease = leases.draft(session, tenant, Terms([room], FIRST, LAST, m.RateBasis.MONTH, 500_000, deposit_months=2))
    session.commit()
    return lease


def body(session: Session, tenant: m.Tenant, **more: str) -> dict[str, str]:
    room = session.query(m.Space).one()
    given = {
        "tenant_id": str(tenant.id), "space_id": str(room.id), "starts_on": "2026-12-01", "ends_on": "2027-11-30",
        "basis": "sqm_day", "rate": "3.5", "pay_months": "3", "steps-0-day": "2027-06-01", "steps-0-rate": "3.8",
    }  # fmt: skip
    return given | more


def manager(session: Session, tenant: m.Tenant, client_as: Client) -> Any:
    return client_as(f.user(session, m.Role.OPERATOR_MANAGER, operator=session.get_one(m.Operator, tenant.operator_id)))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"ends_on": "2026-11-01"}, "结束日期不能早于开始日期"),
        ({"starts_on": "2026-02-30"}, "日期不存在"),
        ({"rate": "3,5x"}, "不是数字"),
        ({"rate": "3.55555"}, "最多四位小数"),
        ({"basis": "month", "rate": "3.555"}, "最多两位小数"),
        ({"steps-0-rate": ""}, "每一行都要填日期和单价"),
        ({"rise_every": "12"}, "请填写递增百分比或金额"),
        ({"free-0-first": "2027-01-01", "free-0-last": "2028-01-01"}, "不在租期内"),
        ({"tenant_id": ""}, "请选择企业或团队"),
        ({"pay_months": "x"}, "请填写整数"),
    ],
)
def test_what_cannot_be_says_why_and_keeps_what_was_typed(
    session: Session, tenant: m.Tenant, client_as: Client, wrong: dict[str, str], said: str
) -> None:
    client, sent = manager(session, tenant, client_as), body(session, tenant, number="甲-7", **wrong)
    answer = client.post("/leases/new", data=sent)
    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="甲-7"' in answer.text
    assert 'value="2027-06-01"' in answer.text
    assert session.query(m.Lease).all() == []
    assert client.post("/leases/preview", data=sent).status_code == 200


def test_the_preview_shows_the_schedule_and_keeps_nothing(
    session: Session, tenant: m.Tenant, client_as: Client
) -> None:
    """60 ㎡ at 3.50: December to February are 90 days, 18,900.00."""
    shown = manager(session, tenant, client_as).post("/leases/preview", data=body(session, tenant)).text
    assert "18,900.00" in shown
    assert session.query(m.Lease).all() == []
    assert session.query(m.RentTerm).all() == []


def test_a_tenant_reads_its_lease_once_it_is_sent(session: Session, tenant: m.Tenant, client_as: Client) -> None:
    lease = draft(session, tenant)
    founder = client_as(f.user(session, m.Role.FOUNDER, tenant=tenant))
    address = f"/leases/{lease.id}"
    assert founder.get(address).status_code == 404
    assert lease.number not in founder.get(f"/tenants/{tenant.id}/premises").text
    own = manager(session, tenant, client_as)
    assert own.post(f"{address}/offer", data={"offer-offer_until": "2099-01-01"}).status_code == 302
    shown = founder.get(address).text
    assert "待签" in shown
    assert "登记签署" not in shown
    assert founder.post(f"{address}/signature", data={"sign-signed_on": "2026-11-01"}).status_code == 403


def test_the_agreement_and_the_signed_copy(session: Session, tenant: m.Tenant, client_as: Client) -> None:
    lease = draft(session, tenant)
    own, address = manager(session, tenant, client_as), f"/leases/{lease.id}"

    def text() -> str:
        pdf = own.get(f"{address}/agreement", headers={"Accept-Language": "en"}).data
        return "".join("".join(page_texts(pdf)).split())

    said = text()
    for words in ("示例园", "青禾公司", "A-1", "2026年12月1日", "10,000.00", "壹万元整", "60,000.00", "草稿"):
        assert words in said, words
    tenant.name = "\U00030ede面公司"  # a character of no font of ours
    session.commit()
    refused = own.get(f"{address}/agreement")
    assert (refused.status_code, "字库以外的字" in refused.text) == (422, True)
    tenant.name = "青禾公司"
    session.commit()
    bad = {"sign-signed_on": "2026-11-01", "sign-file": (BytesIO(b"not a paper"), "a.pdf")}
    assert own.post(f"{address}/signature", data=bad).status_code == 422
    session.expire_all()
    assert session.get_one(m.Lease, lease.id).status is m.LeaseStatus.DRAFT
    session.commit()
    good = {"sign-signed_on": "2026-11-01", "sign-file": (BytesIO(paper()), "签署件.pdf")}
    assert own.post(f"{address}/signature", data=good).status_code == 302
    assert "草稿" not in text()
    sent = own.get(f"{address}/paper")
    assert sent.data == paper()
    assert sent.headers["Content-Disposition"].startswith("attachment")
    sent.close()
