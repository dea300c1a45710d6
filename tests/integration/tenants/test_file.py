"""The parts of a tenant's file: what is kept, who may see and report it, and what is refused with which sentence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

import core
from core.data import models as m
from core.data.asker import asking
from core.services import occupancies
from core.services.quarters import quarter_of
from tests import factories
from tests.integration.tenants.conftest import House
from tests.scenes import paper

TODAY = core.today().date()

pytestmark = [pytest.mark.usefixtures("day_stays"), pytest.mark.one_engine]


@pytest.fixture
def tenant(session: Session, house: House) -> m.Tenant:
    return factories.tenant(session, house.operator, name="青禾科技有限公司")


def facts(**values: Any) -> dict[str, Any]:
    return {"name": "新芽科技有限公司", "kind": "company", "uscc": factories.uscc(77), "small_or_micro": "no"} | values


# ── facts ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_file_is_made_with_what_is_known_and_no_more(session: Session, house: House) -> None:
    answer = house.client.post("/tenants/new", data=facts(contact_phone="１３８-0000 0000"))
    row = session.scalars(select(m.Tenant)).one()
    assert answer.location == f"/tenants/{row.id}"
    assert (row.small_or_micro, row.labour_dispatch, row.contact_phone) == (False, None, "13800000000")
    assert session.get_one(m.Enterprise, row.enterprise_id).uscc == row.uscc


def test_a_code_known_in_the_district_is_linked_and_nobody_is_named(session: Session, house: House) -> None:
    """The same company at two operators: two files, one enterprise; neither operator learns of the other."""
    other = factories.operator(session, house.scene.district, name="邻居运营机构")
    known = factories.tenant(session, other, name="新芽科技有限公司")
    house.client.post("/tenants/new", data=facts(uscc=known.uscc))
    mine = session.scalars(select(m.Tenant).where(m.Tenant.operator_id == house.operator.id)).one()
    assert mine.enterprise_id == known.enterprise_id
    page = house.client.get(f"/tenants/{mine.id}").text
    assert "已与它关联" in page
    assert "邻居" not in page


def test_one_file_per_code_and_per_name(session: Session, house: House, tenant: m.Tenant) -> None:
    for body in (facts(uscc=tenant.uscc), facts(name="青禾 科技有限公司")):
        answer = house.client.post("/tenants/new", data=body)
        assert answer.status_code == 422
        assert f"/tenants/{tenant.id}" in answer.text
        assert "青禾" in answer.text
    other = factories.tenant(session, house.operator, name="另一份")
    answer = house.client.post(f"/tenants/{other.id}/facts", data=facts(name="青禾科技有限公司", uscc=other.uscc))
    assert answer.status_code == 422
    assert f"/tenants/{tenant.id}/merge?with={other.id}" in answer.text
    assert other.name == "另一份"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"uscc": "91310109000000000X"}, "校验码"),
        ({"uscc": "123"}, "18 位"),
        ({"kind": "team"}, "请把类型改为"),
        ({"name": "  "}, "请填写此项"),
        ({"registered_on": (TODAY + timedelta(days=1)).isoformat()}, "不能晚于今天"),
        ({"registered_region": "虹口"}, "6位数字"),
        ({"contact_phone": "12345"}, "11 位手机号"),
        ({"contact_email": "无"}, "邮箱的格式"),
    ],
)
def test_facts_that_cannot_be(session: Session, house: House, wrong: dict[str, str], words: str) -> None:
    answer = house.client.post("/tenants/new", data=facts(**wrong))
    assert answer.status_code == 422
    assert words in answer.text
    assert session.scalars(select(m.Tenant)).all() == []


def test_the_trail_says_which_facts_changed_not_what_they_were(
    session: Session, house: House, tenant: m.Tenant
) -> None:
    data = facts(name=tenant.name, uscc=tenant.uscc, registered_address="新路1号", small_or_micro="yes")
    house.client.post(f"/tenants/{tenant.id}/facts", data=data)
    event = session.scalars(select(m.AuditEvent).where(m.AuditEvent.action == "tenant.edit")).one()
    assert "registered_address" in event.detail["fields"]
    assert "name" not in event.detail["fields"]
    assert "新路" not in str(event.detail)
    assert "注册地址" in house.client.get(f"/tenants/{tenant.id}/timeline").text


# ── founders, contacts, notes ────────────────────────────────────────────────────────────────────────────────────────
def test_a_founder_is_kept_sealed_and_found_again(session: Session, house: House, tenant: m.Tenant) -> None:
    number = factories.id_number(901)
    body = {
        "name": "林新芽", "id_type": "resident", "id_number": number, "household": "district",
        "categories": ["graduate", "veteran"], "legal_representative": "yes",
    }  # fmt: skip
    house.client.post(f"/tenants/{tenant.id}/founders/new", data=body)
    row = session.scalars(select(m.Founder)).one()
    assert (row.id_number, row.household, row.categories) == (number, "district", "graduate,veteran")
    assert number.encode() not in row.id_number_sealed
    again = house.client.post(f"/tenants/{tenant.id}/founders/new", data=body | {"name": "同一人"})
    assert again.status_code == 422
    assert "已经登记过了" in again.text
    page = house.client.get(f"/tenants/{tenant.id}/founders/{row.id}").text
    assert number not in page
    # An empty number leaves the known one; nothing ticked is not known, "none" is none.
    house.client.post(f"/tenants/{tenant.id}/founders/{row.id}", data={"name": "林新芽", "categories": ["none"]})
    assert (row.id_number, row.household, row.categories) == (number, None, "")
    house.client.post(f"/tenants/{tenant.id}/founders/{row.id}/removal")
    assert session.scalars(select(m.Founder)).all() == []


def test_a_founder_that_an_application_names_stays(session: Session, house: House) -> None:
    tenant = house.scene.tenant("申请科技有限公司")
    house.scene.empty_draft(tenant, house.scene.founder_of(tenant))
    founder = session.scalars(select(m.Founder).where(m.Founder.tenant_id == tenant.id)).one()
    assert house.client.post(f"/tenants/{tenant.id}/founders/{founder.id}/removal").status_code == 409


def test_notes_are_the_operators_own(
    session: Session, house: House, tenant: m.Tenant, client_as: Callable[..., Any]
) -> None:
    house.client.post(f"/tenants/{tenant.id}/notes", data={"body": "很有希望"})
    assert "很有希望" in house.client.get(f"/tenants/{tenant.id}/notes").text
    assert house.client.post(f"/tenants/{tenant.id}/notes", data={"body": " "}).status_code == 422
    founder = client_as(house.scene.founder_of(tenant))
    window = client_as(house.scene.staff["window"])
    for reader in (founder, window):
        assert reader.get(f"/tenants/{tenant.id}").status_code == 200
        assert reader.get(f"/tenants/{tenant.id}/notes").status_code == 403
        assert "很有希望" not in reader.get(f"/tenants/{tenant.id}/timeline").text
        assert "备注" not in reader.get(f"/tenants/{tenant.id}").text


# ── occupancy ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_one_way_of_being_here_at_a_time(session: Session, house: House, tenant: m.Tenant) -> None:
    address = f"/tenants/{tenant.id}/occupancies"
    # The running one ends the day before.
    house.client.post(address, data={"kind": "registered_only", "from_on": "2026-01-01"})
    first, second = tenant.occupancies
    assert (first.to_on, second.from_on, second.to_on) == (date(2025, 12, 31), date(2026, 1, 1), None)
    assert occupancies.is_incubated(tenant, date(2025, 12, 31))
    assert not occupancies.is_incubated(tenant, date(2026, 1, 1))
    answer = house.client.post(address, data={"kind": "physical", "from_on": "2025-06-01", "to_on": "2025-07-01"})
    assert answer.status_code == 422
    assert "2024-04-01–2025-12-31" in answer.text
    answer = house.client.post(f"{address}/{first.id}", data={"kind": "physical", "from_on": "2024-04-01"})
    assert answer.status_code == 422  # without an end it would run into the second
    house.client.post(f"{address}/{second.id}", data={"kind": "office_only", "from_on": "2026-02-01"})
    assert second.kind is m.OccupancyKind.OFFICE_ONLY


# ── figures ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def quarter_after(day: date) -> str:
    return quarter_of(day.replace(day=1) + timedelta(days=93))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"quarter": quarter_after(TODAY), "staff": "3"}, "还没有开始"),
        ({"quarter": "2023Q4", "staff": "3"}, "才注册"),
        ({"quarter": "去年三季度", "staff": "3"}, "2026Q3"),
        ({"quarter": "2026Q1", "staff": "-3"}, "不能为负数"),
        ({"quarter": "2026Q1", "revenue_fen": "-3"}, "不能为负数"),
        ({"quarter": "2026Q1", "revenue_fen": "12.345"}, "两位"),
        ({"quarter": "2026Q1", "staff": "三个"}, "整数"),
        ({"quarter": "2026Q1"}, "至少填写一项"),
    ],
)
def test_figures_that_cannot_be(
    session: Session, house: House, tenant: m.Tenant, body: dict[str, str], words: str
) -> None:
    answer = house.client.post(f"/tenants/{tenant.id}/indicators", data=body)
    assert answer.status_code == 422
    assert words in answer.text
    assert session.scalars(select(m.Indicator)).all() == []


def test_a_quarter_is_reported_once_and_corrected_by_either(
    session: Session, house: House, tenant: m.Tenant, client_as: Callable[..., Any]
) -> None:
    founder = client_as(house.scene.founder_of(tenant))
    address = f"/tenants/{tenant.id}/indicators"
    assert (
        founder.post(address, data={"quarter": "2026年第3季度", "revenue_fen": "1,234.5", "staff": "0"}).status_code
        == 302
    )
    house.client.post(address, data={"quarter": "2026Q3", "ip_held": "2"})
    row = session.scalars(select(m.Indicator)).one()
    assert (row.quarter, row.revenue_fen, row.staff, row.ip_held, row.rnd_fen) == ("2026Q3", 123_450, 0, 2, None)
    house.client.post(address, data={"quarter": "2026Q2", "staff": "5"})
    page = founder.get(address).text
    assert "1,234.50" in page
    assert "<svg viewBox" in page  # two quarters of staff make a chart
    window = client_as(house.scene.staff["window"])
    assert window.get(address).status_code == 200
    assert window.post(address, data={"quarter": "2026Q3", "staff": "9"}).status_code == 403


def test_money_and_marks(session: Session, house: House, tenant: m.Tenant) -> None:
    fund = {
        "funding-on": "2026-03-01", "funding-kind": "venture", "funding-name": "A轮", "funding-amount_fen": "500万"
    }  # fmt: skip
    answer = house.client.post(f"/tenants/{tenant.id}/funding", data=fund)
    assert answer.status_code == 422
    assert "以元为单位" in answer.text
    house.client.post(f"/tenants/{tenant.id}/funding", data=fund | {"funding-amount_fen": "5,000,000"})
    ahead = (TODAY + timedelta(days=1)).isoformat()
    mark = {"milestone-kind": "high_tech", "milestone-title": "高企", "milestone-reached_on": ahead}
    assert "不能晚于今天" in house.client.post(f"/tenants/{tenant.id}/milestones", data=mark).text
    house.client.post(f"/tenants/{tenant.id}/milestones", data=mark | {"milestone-reached_on": "2026-01-01"})
    page = house.client.get(f"/tenants/{tenant.id}/growth").text
    assert "5,000,000.00" in page
    row = session.scalars(select(m.FundingRound)).one()
    house.client.post(f"/tenants/{tenant.id}/funding/{row.id}/removal")
    assert session.scalars(select(m.FundingRound)).all() == []
    kept = session.scalars(select(m.AuditEvent).where(m.AuditEvent.action == "funding.remove")).one()
    assert kept.detail["amount_fen"] == 500_000_000


def test_a_prize_says_which_and_at_what_level(session: Session, house: House, tenant: m.Tenant) -> None:
    address = f"/tenants/{tenant.id}/milestones"
    prize = {
        "milestone-kind": "prize", "milestone-title": "三等奖", "milestone-reached_on": "2026-05-20",
        "milestone-contest": "创业大赛", "milestone-edition": "2026", "milestone-level": "city",
    }  # fmt: skip

    def refused(**changes: str) -> str:
        answer = house.client.post(address, data=prize | {f"milestone-{name}": text for name, text in changes.items()})
        assert answer.status_code == 422
        return str(answer.text)

    page = refused(level="")
    assert "请选择获奖级别：区级、市级或国家级" in page
    assert 'value="三等奖"' in page
    assert 'value="创业大赛"' in page
    assert 'value="2026"' in page
    assert "请填写赛事或奖项名称" in refused(contest=" ")
    assert "请填写届次年份" in refused(edition="")
    assert "请填写整数" in refused(edition="第十届")
    assert "在1980到2027之间" in refused(edition="10")
    for named in ("市级创业大赛", "2026创业大赛"):
        assert "名称里请不要写级别和年份" in refused(contest=named)
    assert "赛事、届次和级别只用于获奖" in refused(kind="high_tech")
    assert session.scalars(select(m.Milestone)).all() == []

    assert house.client.post(address, data=prize).status_code == 302
    row = session.scalars(select(m.Milestone)).one()
    assert (row.contest, row.edition, row.level) == ("创业大赛", 2026, m.PrizeLevel.CITY)
    for part in ("growth", "timeline"):
        assert "创业大赛（2026年，市级）" in house.client.get(f"/tenants/{tenant.id}/{part}").text
    house.client.post(f"/tenants/{tenant.id}/milestones/{row.id}/removal")
    kept = session.scalars(select(m.AuditEvent).where(m.AuditEvent.action == "milestone.remove")).one()
    assert (kept.detail["contest"], kept.detail["edition"], kept.detail["level"]) == ("创业大赛", 2026, "city")


def test_a_prize_from_before_they_were_asked_for_says_what_to_do(
    session: Session, house: House, tenant: m.Tenant, client_as: Callable[..., Any]
) -> None:
    session.add(
        m.Milestone(
            kind=m.MilestoneKind.PRIZE, title="创业大赛", reached_on=date(2023, 9, 1), operator_id=tenant.operator_id,
            tenant_id=tenant.id,
        )
    )  # fmt: skip
    address, told = f"/tenants/{tenant.id}/growth", "不能用于申请；请删除后重新登记"
    assert told in house.client.get(address).text
    assert told not in client_as(house.scene.staff["window"]).get(address).text, "who cannot do it is not told to"


# ── papers ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_papers_say_when_they_run_out(
    session: Session, house: House, tenant: m.Tenant, client_as: Callable[..., Any]
) -> None:
    address = f"/tenants/{tenant.id}/documents"

    def hand_in(client: Any, **values: Any) -> Any:
        body = {"kind": "permit", "title": "许可证", "file": (BytesIO(paper()), "a.pdf")} | values
        return client.post(address, data=body)

    assert "没有收到文件" in hand_in(house.client, file=(BytesIO(b""), "")).text
    assert "这是程序文件" in hand_in(house.client, file=(BytesIO(b"MZ"), "a.pdf")).text
    assert "不能早于出具" in hand_in(house.client, issued_on="2026-02-01", expires_on="2026-01-01").text
    hand_in(house.client, title="旧证", expires_on=(TODAY - timedelta(days=1)).isoformat())
    hand_in(house.client, title="快到期", expires_on=(TODAY + timedelta(days=60)).isoformat())
    hand_in(house.client, title="还早", expires_on=(TODAY + timedelta(days=61)).isoformat())
    page = house.client.get(address).text
    assert "1 份材料已过期；1 份材料60天内到期" in page
    founder = client_as(house.scene.founder_of(tenant))
    assert hand_in(founder, title="我的").status_code == 302
    rows = {row.title: row for row in session.scalars(select(m.TenantDocument))}
    with founder.get(f"{address}/{rows['旧证'].id}") as answer:
        assert answer.data == paper()
    assert founder.post(f"{address}/{rows['旧证'].id}/removal").status_code == 403
    assert founder.post(f"{address}/{rows['我的'].id}/removal").status_code == 302


# ── leaving ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_tenant_is_gone_when_everything_is_settled(session: Session, house: House, tenant: m.Tenant) -> None:
    space = factories.space(session, house.site, code="L-1")
    now = factories.lease(session, tenant, [space])
    later = factories.lease(session, tenant, [space], starts_on=date(2027, 4, 1), ends_on=date(2028, 3, 31))
    address = f"/tenants/{tenant.id}/leaving"
    decided = {"decider": "王芳", "duty": "经理"}
    assert house.client.post(f"{address}/completion", data=decided).status_code == 422
    house.client.post(address, data={"planned_on": "2026-12-31", "reason": "迁往自有厂房"})
    assert house.client.post(address, data={"planned_on": "2026-12-31", "reason": "又一次"}).status_code == 422
    assert "正在办理退出" in house.client.get(f"/tenants/{tenant.id}").text

    def settle(step: str, on: date = TODAY, **more: str) -> Any:
        return house.client.post(f"{address}/steps/{step}", data={f"{step}-on": on.isoformat(), **more})

    assert "不能晚于今天" in settle("handover", TODAY + timedelta(days=1)).text
    assert settle("nothing").status_code == 404
    settle("handover")
    house.client.post(f"{address}/steps/handover", data={"undo": "1"})
    row = session.scalars(select(m.Departure)).one()
    assert row.handed_over_on is None
    settle("handover")
    settle("address")
    answer = house.client.post(f"{address}/completion", data=decided)
    assert answer.status_code == 422
    assert "未办完" in answer.text
    settle("deposit", **{"deposit-note": "退还9000元"})
    assert house.client.post(f"{address}/completion", data={"decider": "", "duty": ""}).status_code == 422
    assert house.client.post(f"{address}/completion", data=decided).status_code == 302
    assert (now.status, now.ends_on, later.status) == (m.LeaseStatus.ENDED, TODAY, m.LeaseStatus.DRAFT)
    assert tenant.occupancies[-1].to_on == TODAY
    assert (tenant.stage, row.completed_on, row.deposit_note) == (m.Stage.EXITED, TODAY, "退还9000元")
    assert session.scalars(select(m.StageDecision)).one().reason == "迁往自有厂房"
    assert house.client.post(f"{address}/steps/handover", data={"undo": "1"}).status_code == 409


def test_it_may_stay_after_all(session: Session, house: House, tenant: m.Tenant) -> None:
    address = f"/tenants/{tenant.id}/leaving"
    house.client.post(address, data={"planned_on": "2026-12-31", "reason": "想走"})
    house.client.post(f"{address}/cancellation")
    assert session.scalars(select(m.Departure)).one().cancelled_on == TODAY
    assert house.client.post(f"{address}/cancellation").status_code == 409
    assert house.client.post(address, data={"planned_on": "2026-12-31", "reason": "又想走"}).status_code == 302
    assert tenant.stage is m.Stage.INCUBATOR


# ── merging, on pages ────────────────────────────────────────────────────────────────────────────────────────────────
def test_merging_with_itself_and_with_anothers(session: Session, house: House, tenant: m.Tenant) -> None:
    address = f"/tenants/{tenant.id}/merge"
    answer = house.client.get(f"{address}?with={tenant.id}")
    assert answer.status_code == 422
    assert "与它自己" in answer.text
    foreign = factories.tenant(session, factories.operator(session, house.scene.district), name="别家的")
    for asked in (
        house.client.get(f"{address}?with={foreign.id}"),
        house.client.post(address, data={"with": foreign.id}),
    ):
        assert asked.status_code == 404
        assert "别家的" not in asked.text
    assert house.client.get(address).location == "/tenants/duplicates"
    assert house.client.post(address).status_code == 422


def test_a_merged_file_leads_to_the_kept_one_until_it_is_undone(
    session: Session, house: House, tenant: m.Tenant
) -> None:
    other = factories.tenant(session, house.operator, name="青禾团队", industry="农业")
    other.uscc, other.enterprise_id = None, None
    tenant.industry = "软件"
    page = house.client.get(f"/tenants/{tenant.id}/merge?with={other.id}").text
    assert "农业" in page
    house.client.post(f"/tenants/{tenant.id}/merge", data={"with": other.id, "industry": "merged", "stages": "kept"})
    assert (tenant.industry, other.merged_into_id) == ("农业", tenant.id)
    page = house.client.get(f"/tenants/{tenant.id}").text
    assert "两份档案已合并" in page
    for part in ("", "/timeline", "/documents"):
        assert house.client.get(f"/tenants/{other.id}{part}").location == f"/tenants/{tenant.id}{part}"
    assert house.client.post(f"/tenants/{other.id}/notes", data={"body": "x"}).status_code == 404
    assert "青禾团队" not in house.client.get("/tenants").text
    step = session.scalars(select(m.UndoStep)).one()
    house.client.post(f"/undo/{step.id}", data={"next": f"/tenants/{tenant.id}"})
    assert (tenant.industry, other.merged_into_id) == ("软件", None)
    assert "青禾团队" in house.client.get("/tenants").text
    said = house.client.get(f"/tenants/{tenant.id}/timeline").text
    assert "并入另一份档案" in said
    assert "撤销合并" in said


def test_the_time_line_pages(session: Session, house: House, tenant: m.Tenant) -> None:
    with asking(session, house.asker):
        session.add_all(
            m.Milestone(
                operator_id=tenant.operator_id, tenant_id=tenant.id, kind=m.MilestoneKind.OTHER, title=f"第{n:02d}件",
                reached_on=date(2025, 1, 1) + timedelta(days=n),
            )
            for n in range(60)
        )  # fmt: skip
    first, second = (house.client.get(f"/tenants/{tenant.id}/timeline{q}").text for q in ("", "?page=2"))
    assert "第59件" in first
    assert "第15件" not in first
    assert "第15件" in second
    assert "第59件" not in second
    assert "page=2" in first
