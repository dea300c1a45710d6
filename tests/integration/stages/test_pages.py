"""The pages of stages: what they show, what a form keeps, what a reader may do."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy.orm import Session

from core.data import models as m
from core.data.models import Stage
from core.services import stages
from tests import factories
from tests.integration.stages.conftest import LI, PAPER, TODAY, WANG, House
from tests.scenes import paper

pytestmark = pytest.mark.one_engine

Clients = Callable[..., Any]
FORM = {
    "seen": "incubator", "to": "exited", "on": TODAY.isoformat(), "decider": "王芳", "duty": "孵化部经理",
    "titles": "退出申请书", "step": "preview",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    import core

    real = core.today
    monkeypatch.setattr(core, "today", lambda: real().replace(year=2026, month=11, day=25))


@pytest.fixture
def entered(house: House) -> House:
    house.enter(Stage.INCUBATOR, date(2026, 3, 2))
    return house


def shown(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def test_a_move_is_previewed_then_confirmed(entered: House, client_as: Clients) -> None:
    client = client_as(entered.manager)
    where = f"/tenants/{entered.tenant.id}/move"
    assert "转入退出的影响" in shown(client.get(f"{where}?to=exited"))
    look = client.post(where, data=FORM)
    assert look.status_code == 200
    assert "请核对后确认" in look.text
    assert "退出申请书" in look.text
    assert entered.stretches() == [(Stage.INCUBATOR, date(2026, 3, 2), None)]
    assert entered.session.query(m.StageDecision).count() == 1  # the entry: a look decides nothing
    done = client.post(where, data=FORM | {"step": "confirm"})
    assert done.status_code == 302
    assert entered.stretches()[-1] == (Stage.EXITED, TODAY, None)
    page = shown(client.get(f"/tenants/{entered.tenant.id}/stages"))
    assert "王芳（孵化部经理）" in page
    assert "退出申请书" in page
    assert entered.manager.name in page


def test_a_refused_move_keeps_what_was_typed_and_the_papers(entered: House, client_as: Clients) -> None:
    client = client_as(entered.manager)
    where = f"/tenants/{entered.tenant.id}/move"
    body = FORM | {"to": "graduated", "titles": "", "evidence": (BytesIO(paper()), "评审纪要.pdf"), "reason": "特批"}
    answer = client.post(where, data=body)
    assert answer.status_code == 422  # no condition is met, and one alone decided
    assert "第二位决定人" in answer.text
    assert 'value="王芳"' in answer.text
    assert "特批" in answer.text
    assert "评审纪要.pdf" in answer.text
    kept = re.search(r'name="kept"[^>]*value="(\d+)"', answer.text) or re.search(
        r'value="(\d+)"[^>]*name="kept"', answer.text
    )
    assert kept
    again = {**FORM, "to": "graduated", "titles": "", "reason": "特批", "kept": kept[1]}
    again |= {"decider_2": "李强", "duty_2": "总经理", "step": "confirm"}
    assert client.post(where, data=again).status_code == 302
    (decision,) = entered.session.query(m.StageDecision).filter_by(to_stage=Stage.GRADUATED)
    assert decision.evidence == [{"title": "评审纪要.pdf", "file_id": int(kept[1])}]
    assert [it["code"] for it in decision.checks if it["passed"] is False and not it.get("option")] == ["graduation"]
    with client.get(f"/tenants/{entered.tenant.id}/stages/papers/{kept[1]}") as got:
        assert got.status_code == 200
        assert got.data == paper()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"titles": ""}, "没有依据材料"),
        ({"on": "2026-11-26"}, "在今天之后"),
        ({"on": "2026-03-02"}, "更正履历"),
        ({"on": "2026-11-24"}, "补登"),
        ({"on": "2026-02-30"}, "日期不存在"),
        ({"decider": ""}, "请填写"),
        ({"seen": "nursery"}, "刚刚变为"),
    ],
)
def test_bad_input_is_answered_with_a_sentence(
    entered: House, client_as: Clients, changed: dict[str, str], words: str
) -> None:
    answer = client_as(entered.manager).post(f"/tenants/{entered.tenant.id}/move", data=FORM | changed)
    assert answer.status_code in (409, 422)
    assert words in answer.text
    assert entered.stretches() == [(Stage.INCUBATOR, date(2026, 3, 2), None)]


def test_a_skipped_stage_asked_for_by_its_address_is_told(entered: House, client_as: Clients) -> None:
    client = client_as(entered.manager)
    assert "不可跳过阶段" in client.get(f"/tenants/{entered.tenant.id}/move?to=nursery").text
    assert client.post(f"/tenants/{entered.tenant.id}/move", data=FORM | {"to": "nursery"}).status_code == 422


def test_a_correction_shows_before_and_after(entered: House, client_as: Clients) -> None:
    client = client_as(entered.manager)
    where = f"/tenants/{entered.tenant.id}/stages/correct"
    seen = re.search(r'name="seen" value="([^"]+)"', client.get(where).text)
    assert seen
    body = {
        "seen": seen[1], "stage-0": "nursery", "on-0": "2026-01-05", "stage-1": "incubator", "on-1": "2026-03-02",
        "decider": "王芳", "duty": "孵化部经理", "reason": "漏登了苗圃阶段", "act": "correct",
    }  # fmt: skip
    alone = client.post(where, data=body)
    assert alone.status_code == 422
    assert "两人" in alone.text
    assert "漏登了苗圃阶段" in alone.text
    assert 'value="2026-01-05"' in alone.text
    both = body | {"decider_2": "李强", "duty_2": "总经理"}
    assert client.post(where, data=both).status_code == 302
    assert entered.stretches()[0] == (Stage.NURSERY, date(2026, 1, 5), date(2026, 3, 1))
    page = client.get(f"/tenants/{entered.tenant.id}/stages").text
    assert "更正前" in page
    assert "漏登了苗圃阶段" in page
    assert client.post(where, data=both).status_code == 409  # an older page


def test_the_last_move_is_taken_back_from_the_page(entered: House, client_as: Clients) -> None:
    entered.move(Stage.EXITED, date(2026, 10, 1))
    client = client_as(entered.manager)
    where = f"/tenants/{entered.tenant.id}/stages/correct"
    seen = re.search(r'name="seen" value="([^"]+)"', client.get(where).text)
    assert seen
    body = {"seen": seen[1], "decider": "王芳", "duty": "经理", "decider_2": "李强", "duty_2": "总经理"}
    assert client.post(where, data=body | {"reason": "未退出", "act": "take_back"}).status_code == 302
    assert entered.stretches() == [(Stage.INCUBATOR, date(2026, 3, 2), None)]


# ── the house ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_readiness_lists_what_is_missing_and_exports_what_is_filtered(entered: House, client_as: Clients) -> None:
    entered.session.add(
        m.Milestone(
            operator_id=entered.operator.id, tenant_id=entered.tenant.id, kind=m.MilestoneKind.HIGH_TECH,
            title="高新技术企业证书", reached_on=date(2026, 5, 1), until=date(2029, 4, 30),
        )
    )  # fmt: skip
    other = factories.tenant(entered.session, entered.operator, name="他山团队", kind=m.TenantKind.TEAM)
    other.stage_moves.clear()
    entered.session.flush()
    stages.enter(
        entered.session, other, Stage.NURSERY, date(2026, 5, 20), deciders=[WANG], evidence=[PAPER], today=TODAY,
        registry=entered.registry,
    )  # fmt: skip
    client = client_as(entered.manager)
    page = client.get("/stages/readiness")
    assert page.status_code == 200
    assert "青禾科技有限公司" in page.text
    assert "超期 5 天" in page.text  # six months in the nursery ended on the 20th
    ready = client.get("/stages/readiness?due=ready").text
    assert "青禾科技有限公司" in ready
    assert "他山团队" not in ready
    rows = client.get("/stages/readiness/export?due=overdue&format=csv").text
    assert "他山团队" in rows
    assert "青禾" not in rows
    ahead = client.get("/stages/forecast")
    assert ahead.status_code == 200
    assert "2030年3月2日" in ahead.text  # 48 months after entry
    assert "2030-03-02" in client.get("/stages/forecast/export?format=csv").text


def test_the_board_has_every_card_with_a_way_without_scripts(entered: House, client_as: Clients) -> None:
    client = client_as(entered.manager)
    page = client.get("/stages/board").text
    assert f'href="/tenants/{entered.tenant.id}/move?to=accelerator"' in page
    assert "青禾科技有限公司" not in client.get("/stages/board?q=他山").text
    for number in range(30):
        tenant = factories.tenant(entered.session, entered.operator, name=f"企业{number:02d}", stage=Stage.INCUBATOR)
        assert tenant.stage_moves is not None
    page = client.get("/stages/board").text
    assert page.count("data-card=") == 24
    assert "还有 7 家" in page
    assert client.get("/stages/board?all=incubator").text.count("data-card=") == 31


def test_an_operator_sets_its_own_criteria_and_not_those_of_the_state(house: House, client_as: Clients) -> None:
    client = client_as(house.manager)
    assert "国科发区〔2018〕300号" in client.get("/stages/criteria").text
    body = {"value": "8", "from_on": "2026-12-01", "source": "办公会第3次会议"}
    assert client.post("/stages/criteria/accelerator_staff", data=body).status_code == 302
    page = client.get("/stages/criteria").text
    assert "办公会第3次会议" in page
    assert client.post("/stages/criteria/accelerator_staff", data=body).status_code == 422  # twice from one day
    assert client.post("/stages/criteria/entry_age_months", data=body).status_code == 403
    wrong = client.post("/stages/criteria/accelerator_staff", data=body | {"value": "八", "from_on": "2027-01-01"})
    assert wrong.status_code == 422
    assert 'value="八"' in wrong.text
    money = client.post(
        "/stages/criteria/accelerator_revenue_fen", data=body | {"value": "2,000,000", "from_on": "2026-11-01"}
    )
    assert money.status_code == 302
    (row,) = house.session.query(m.StageParameter).filter_by(name="accelerator_revenue_fen")
    assert row.value == "200000000"
    staff = client_as(factories.user(house.session, m.Role.OPERATOR_STAFF, operator=house.operator))
    assert staff.post("/stages/criteria/accelerator_staff", data=body).status_code == 403


def test_a_tenants_people_read_their_record_and_do_not_move(
    entered: House, client_as: Clients, session: Session
) -> None:
    founder = factories.user(session, m.Role.FOUNDER, tenant=entered.tenant)
    client = client_as(founder)
    assert client.get(f"/tenants/{entered.tenant.id}/stages").status_code == 200
    assert client.get(f"/tenants/{entered.tenant.id}/move").status_code == 403
    assert client.get("/stages/board").status_code == 403
    assert LI.name not in client.get("/tenants/mine").text
