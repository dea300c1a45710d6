"""From the first call to a tenant in its unit, as the operator does it; and what is refused on the way."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

import core
from core.data import models as m
from tests import factories
from tests.integration.tenants.conftest import House

TODAY = core.today().date()

pytestmark = [pytest.mark.usefixtures("day_stays"), pytest.mark.one_engine]
NEXT = TODAY + timedelta(days=7)


def asked(session: Session, house: House, **values: Any) -> m.Enquiry:
    given = {"name": "星野传感团队", "contact_name": "顾星野", "contact_phone": "13800000000"}
    row = m.Enquiry(operator_id=house.operator.id, **given | values)
    session.add(row)
    session.flush()
    return row


def offer(house: House, enquiry: m.Enquiry, space: m.Space, **values: Any) -> Any:
    given = {
        "offer-on": TODAY.isoformat(), "offer-space_id": space.id, "offer-monthly_rent_fen": "4,500.50",
        "offer-starts_on": NEXT.isoformat(), "offer-ends_on": (NEXT + timedelta(days=729)).isoformat(),
        "offer-stands_until": NEXT.isoformat(),
    }  # fmt: skip
    return house.client.post(f"/enquiries/{enquiry.id}/offers", data=given | values)


def accept(house: House, enquiry: m.Enquiry, step: m.EnquiryStep, **values: Any) -> Any:
    given = {
        "occupancy": "physical", "stage": "nursery", "entered_on": TODAY.isoformat(), "evidence": "入驻评审会纪要",
        "decider": "王芳", "duty": "孵化部经理", "deposit_fen": "9001",
    }  # fmt: skip
    return house.client.post(f"/enquiries/{enquiry.id}/offers/{step.id}", data=given | values)


def test_an_enquiry_becomes_a_tenant_in_its_unit(session: Session, house: House) -> None:
    space = factories.space(session, house.site, code="N-301", status=m.SpaceStatus.RESERVED)
    answer = house.client.post(
        "/enquiries/new",
        data={
            "name": " 星野传感团队 ", "contact_name": "顾星野", "contact_phone": "13800000000",
            "wanted_area_cm2": "60.5", "next_step": "约看房", "next_on": NEXT.isoformat(),
        },
    )  # fmt: skip
    enquiry = session.scalars(select(m.Enquiry)).one()
    assert answer.location == f"/enquiries/{enquiry.id}"
    assert (enquiry.name, enquiry.wanted_area_cm2, enquiry.state) == ("星野传感团队", 605_000, m.EnquiryState.NEW)
    house.client.post(f"/enquiries/{enquiry.id}/visits", data={"visit-on": TODAY.isoformat(), "visit-note": "喜欢"})
    assert (enquiry.state, enquiry.next_step) == (m.EnquiryState.VISITED, None)
    assert offer(house, enquiry, space).status_code == 302
    assert enquiry.state is m.EnquiryState.OFFERED
    step = enquiry.steps[-1]
    assert (step.monthly_rent_fen, step.space_id) == (450_050, space.id)
    assert "N-301" in house.client.get(f"/enquiries/{enquiry.id}/offers/{step.id}").text

    assert accept(house, enquiry, step).status_code == 302
    tenant = session.scalars(select(m.Tenant)).one()
    lease = session.scalars(select(m.Lease)).one()
    assert (enquiry.state, enquiry.tenant_id) == (m.EnquiryState.WON, tenant.id)
    assert (tenant.name, tenant.kind, tenant.stage) == ("星野传感团队", m.TenantKind.TEAM, m.Stage.NURSERY)
    assert tenant.contact_phone == "13800000000"
    assert [(it.kind, it.from_on, it.to_on) for it in tenant.occupancies] == [(m.OccupancyKind.PHYSICAL, NEXT, None)]
    assert [(it.stage, it.from_on) for it in tenant.stage_moves] == [(m.Stage.NURSERY, TODAY)]
    assert session.scalars(select(m.StageDecision)).one().deciders == [{"name": "王芳", "duty": "孵化部经理"}]
    assert (lease.number, lease.status, lease.monthly_rent_fen, lease.deposit_fen) == (
        f"XY{NEXT.year}-0001", m.LeaseStatus.RUNNING, 450_050, 900_100,
    )  # fmt: skip
    assert [(t.from_on, t.monthly_rent_fen) for t in lease.terms] == [(NEXT, 450_050)]
    assert [held.space_id for held in lease.spaces] == [space.id]
    assert space.status is m.SpaceStatus.VACANT  # what it was held back for has happened
    page = house.client.get(f"/tenants/{tenant.id}/timeline").text
    assert all(word in page for word in ("看房", "报价", "进入苗圃", "建立档案"))
    # Nothing more can be done to it.
    assert accept(house, enquiry, step).status_code == 422 or enquiry.state is m.EnquiryState.WON
    assert len(session.scalars(select(m.Tenant)).all()) == 1


def test_numbers_go_on_from_the_highest(session: Session, house: House) -> None:
    tenant = factories.tenant(session, house.operator)
    year = NEXT.year
    factories.lease(session, tenant, number=f"XY{year}-0009")
    factories.lease(session, tenant, number=f"XY{year}-A7")
    factories.lease(session, tenant, number="手写-1")
    enquiry, space = asked(session, house), factories.space(session, house.site, code="N-1")
    offer(house, enquiry, space)
    accept(house, enquiry, enquiry.steps[-1])
    assert session.scalars(select(m.Lease.number).where(m.Lease.number == f"XY{year}-0010")).one()


def test_a_unit_that_is_let_is_named_with_its_tenant_and_days(session: Session, house: House) -> None:
    space = factories.space(session, house.site, code="N-302")
    first, second = asked(session, house), asked(session, house, name="另一家团队")
    for enquiry in (first, second):
        assert offer(house, enquiry, space).status_code == 302  # two may be offered one unit; one may take it
    accept(house, first, first.steps[-1])
    answer = accept(house, second, second.steps[-1])
    assert answer.status_code == 422
    assert "N-302" in answer.text
    assert "星野传感团队" in answer.text
    assert NEXT.isoformat() in answer.text
    assert "入驻评审会纪要" in answer.text  # what was typed stays
    assert second.state is m.EnquiryState.OFFERED
    assert len(session.scalars(select(m.Tenant)).all()) == 1
    late = offer(house, second, space)
    assert late.status_code == 422
    assert "星野传感团队" in late.text
    # The day after it is free.
    after = NEXT + timedelta(days=730)
    assert offer(house, second, space, **{"offer-starts_on": after.isoformat(), "offer-ends_on": ""}).status_code == 302


def test_a_known_company_is_linked_only_when_said(session: Session, house: House) -> None:
    known = factories.tenant(session, house.operator, name="青禾科技有限公司")
    enquiry = asked(session, house, name="青禾科技 有限公司", uscc=known.uscc)
    offer(house, enquiry, factories.space(session, house.site, code="N-2"))
    step = enquiry.steps[-1]
    answer = accept(house, enquiry, step)
    assert answer.status_code == 422
    assert f"/tenants/{known.id}" in answer.text
    assert session.scalars(select(m.Lease)).all() == []
    other = factories.tenant(session, house.operator)
    other_one = accept(house, enquiry, step, existing=other.id)
    assert other_one.status_code == 422  # only the one that was shown
    assert "没有可以关联的这份档案" in other_one.text
    assert session.scalars(select(m.Lease)).all() == []
    assert accept(house, enquiry, step, existing=known.id).status_code == 302
    assert session.scalars(select(m.Lease)).one().tenant_id == known.id
    assert (known.stage, len(known.stage_moves), len(known.occupancies)) == (m.Stage.INCUBATOR, 1, 1)
    assert session.scalars(select(m.StageDecision)).all() == []


def test_who_had_left_comes_back_to_the_same_file(session: Session, house: House) -> None:
    known = factories.tenant(session, house.operator, name="归来科技有限公司", stage=m.Stage.EXITED)
    known.occupancies[0].to_on = TODAY - timedelta(days=100)
    enquiry = asked(session, house, name=known.name, uscc=known.uscc)
    offer(house, enquiry, factories.space(session, house.site, code="N-3"))
    answer = accept(house, enquiry, enquiry.steps[-1], existing=known.id, stage="incubator")
    assert answer.status_code == 422  # older than 24 months: an exception, which one person cannot make
    assert "第二位决定人" in answer.text
    exception = {"decider_2": "陈力", "duty_2": "总经理", "reason": "返乡重新创业"}
    accept(house, enquiry, enquiry.steps[-1], existing=known.id, stage="incubator", **exception)
    assert [it.stage for it in known.stage_moves] == [m.Stage.EXITED, m.Stage.INCUBATOR]
    assert known.stage is m.Stage.INCUBATOR
    assert [it.from_on for it in known.occupancies] == [date(2024, 4, 1), NEXT]


def test_an_offer_that_no_longer_stands(session: Session, house: House) -> None:
    enquiry, space = asked(session, house), factories.space(session, house.site, code="N-4")
    yesterday = (TODAY - timedelta(days=1)).isoformat()
    offer(house, enquiry, space, **{"offer-on": yesterday, "offer-stands_until": yesterday})
    answer = accept(house, enquiry, enquiry.steps[-1])
    assert answer.status_code == 422
    assert "已经过期" in answer.text


def test_losing_and_coming_back(session: Session, house: House) -> None:
    enquiry = asked(session, house)
    house.client.post(f"/enquiries/{enquiry.id}/visits", data={"visit-on": TODAY.isoformat()})
    assert house.client.post(f"/enquiries/{enquiry.id}/loss", data={"loss-reason": ""}).status_code == 422
    assert house.client.post(f"/enquiries/{enquiry.id}/loss", data={"loss-reason": "租金高"}).status_code == 302
    assert (enquiry.state, enquiry.lost_reason) == (m.EnquiryState.LOST, "租金高")
    assert house.client.post(f"/enquiries/{enquiry.id}/calls", data={"call-on": TODAY.isoformat()}).status_code == 422
    house.client.post(f"/enquiries/{enquiry.id}/reopening")
    assert (enquiry.state, enquiry.lost_reason) == (m.EnquiryState.VISITED, None)
    assert house.client.post(f"/enquiries/{enquiry.id}/reopening").status_code == 409


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("calls", {"call-on": (TODAY + timedelta(days=1)).isoformat()}, "下一步"),
        ("calls", {"call-on": "2026-02-30"}, "日期不存在"),
        ("calls", {"call-on": TODAY.isoformat(), "call-next_on": "2020-01-01"}, "不能早于这一次"),
        ("offers", {"offer-on": TODAY.isoformat(), "offer-starts_on": NEXT.isoformat()}, "选择报价的场地单元"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(
    session: Session, house: House, path: str, body: dict[str, str], words: str
) -> None:
    enquiry = asked(session, house)
    answer = house.client.post(f"/enquiries/{enquiry.id}/{path}", data=body)
    assert answer.status_code == 422
    assert words in answer.text
    assert enquiry.steps == []


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("offer-monthly_rent_fen", "-1", "不能为负数"),
        ("offer-monthly_rent_fen", "1万", "以元为单位"),
        ("offer-monthly_rent_fen", "", "请填写月租"),
        ("offer-ends_on", "2020-01-01", "不能早于起租"),
        ("offer-stands_until", "2020-01-01", "不能早于报价日期"),
    ],
)
def test_offers_that_cannot_be(session: Session, house: House, field: str, value: str, words: str) -> None:
    enquiry, space = asked(session, house), factories.space(session, house.site, code="N-5")
    answer = offer(house, enquiry, space, **{field: value})
    assert answer.status_code == 422
    assert words in answer.text


def test_units_of_another_operator_cannot_be_offered(session: Session, house: House) -> None:
    other = factories.site(session, factories.operator(session, house.scene.district))
    space = factories.space(session, other, code="别家")
    enquiry = asked(session, house)
    assert offer(house, enquiry, space).status_code == 422
    assert "别家" not in house.client.get(f"/enquiries/{enquiry.id}").text


def test_the_list_finds_filters_and_puts_what_is_due_first(session: Session, house: House) -> None:
    asked(session, house, name="以后再说", next_on=NEXT)
    asked(session, house, name="今天要办", next_on=TODAY)
    asked(session, house, name="已经未成", state=m.EnquiryState.LOST, next_on=TODAY - timedelta(days=9))
    page = house.client.get("/enquiries").text
    assert page.index("今天要办") < page.index("以后再说") < page.index("已经未成")
    due = house.client.get("/enquiries?due=yes").text
    assert "今天要办" in due
    assert "以后再说" not in due
    assert "已经未成" not in due
    assert "已经未成" in house.client.get("/enquiries?state=lost").text
    assert "今天要办" in house.client.get("/enquiries?q=要办").text
    assert "今天要办" in house.client.get("/enquiries/export?format=csv&q=要办").text
