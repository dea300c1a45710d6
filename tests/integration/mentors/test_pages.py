"""The register on screen: found, paired, ended and taken back; what a tenant sees of its mentor; 1 to 10, live."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data import models as m
from core.data.asker import asking
from core.data.queries import mentors as reads
from core.policy import Registry
from core.services import mentors, pairings, recognition, stages
from core.services.stages import Decider, Evidence
from tests import factories
from tests.integration.mentors.conftest import TODAY, Register

pytestmark = pytest.mark.one_engine

CARD = {
    "name": "何清晏", "kind": "consultant", "organisation": "示例律师事务所", "appointed_by": "association",
    "appointed_on": "2025-01-01", "areas": ["生物医药"], "other_areas": "软件、文化创意",
    "skills": "股权架构与股东协议",
    "languages": ["zh", "en"], "stages": ["nursery"], "hours_per_month": "4", "capacity": "2", "phone": "13800138000",
}  # fmt: skip


@pytest.fixture
def client(client_as: Callable[..., Any], register: Register) -> Any:
    return client_as(register.manager)


def test_a_mentor_is_registered_found_and_exported_and_nothing_typed_is_lost(
    client: Any, session: Session, register: Register
) -> None:
    refused = client.post("/mentors/new", data=CARD | {"capacity": "0"})
    assert refused.status_code == 422
    assert "最多同时结对的企业数应在1到50之间" in refused.text
    assert all(typed in refused.text for typed in ("何清晏", "软件、文化创意", "股权架构与股东协议", "13800138000"))
    assert client.post("/mentors/new", data=CARD).status_code == 302
    made = session.scalars(select(m.Mentor).where(m.Mentor.name == "何清晏")).one()
    assert made.areas == ["生物医药", "软件", "文化创意"]
    assert b"13800138000" not in (made.phone_sealed or b"")
    assert made.phone == "13800138000"
    for query in ("q=股东", "area=软件", "q=律师&room=yes", "sort=-room"):
        assert "何清晏" in client.get(f"/mentors?{query}").text, query
    for query in ("q=芯片", "area=软件和信息技术服务业", "room=no", "status=ended"):
        assert "何清晏" not in client.get(f"/mentors?{query}").text, query
    assert "何清晏" in client.get("/mentors/export?format=csv&q=股东").text
    assert client.post("/mentors/new", data=CARD).status_code == 422, "the same person twice"


def test_paired_by_hand_ended_with_a_reason_and_an_appointment_taken_back(
    client: Any, session: Session, register: Register
) -> None:
    mentor, tenant = register.mentor, register.tenant
    pair = {"pair-mentor_id": mentor.id, "pair-starts_on": TODAY.isoformat()}
    assert client.post(f"/tenants/{tenant.id}/mentoring/pairings", data=pair).status_code == 302
    again = client.post(
        f"/mentors/{mentor.id}/pairings", data={"pair-tenant_id": tenant.id, "pair-starts_on": TODAY.isoformat()}
    )
    assert again.status_code == 422
    assert "已与导师顾远结对" in again.text
    pairing = pairings.running_of(session, tenant)
    assert pairing is not None
    ending = f"/tenants/{tenant.id}/mentoring/pairings/{pairing.id}/ending"
    assert client.post(ending, data={"end-on": "2026-11-26", "end-reason": " "}).status_code == 422
    done = client.post(f"/mentors/{mentor.id}/ending", data={"end-on": "2026-11-26", "end-reason": "导师出国"})
    assert done.status_code == 302
    assert "导师出国" in client.get(f"/tenants/{tenant.id}/mentoring").text
    assert "顾远" not in client.get("/mentors").text
    assert "顾远" in client.get("/mentors?status=ended").text
    step = session.scalars(select(m.UndoStep)).one()
    assert client.post(f"/undo/{step.id}", data={"next": f"/mentors/{mentor.id}"}).status_code == 302
    assert "顾远" in client.get("/mentors").text


def test_a_tenant_reads_its_mentor_s_card_and_no_more(
    client_as: Callable[..., Any], session: Session, register: Register
) -> None:
    mentor, tenant = register.mentor, register.tenant
    mentor.phone, mentor.notes = "13900139000", "只接早上的电话"
    stranger = factories.mentor(session, register.operator, name="陌生导师")
    factories.pairing(session, mentor, tenant)
    factories.pairing(session, stranger, register.other)
    founder = register.founder(tenant)
    with asking(session, register.as_user(founder)):
        assert session.scalars(select(m.Mentor.name)).all() == ["顾远"]
    page = client_as(founder).get("/mentoring").text
    assert "顾远" in page
    assert "产品定价" in page
    for hidden in ("13900139000", "只接早上的电话", "陌生导师", register.other.name):
        assert hidden not in page
    office = factories.user(
        session, m.Role.AUDITOR, district=session.get_one(m.District, register.operator.district_id), name="审计员"
    )
    card = client_as(office).get(f"/mentors/{mentor.id}").text
    assert tenant.name in card
    assert "13900139000" not in card, "how to reach a mentor is the operator's own"


def test_a_need_a_session_and_feedback_from_the_tenant_s_own_page(
    client_as: Callable[..., Any], session: Session, register: Register
) -> None:
    tenant = register.tenant
    own, house = client_as(register.founder(tenant)), client_as(register.manager)
    base = f"/tenants/{tenant.id}/mentoring"
    assert "先写下想请导师帮什么" in own.get("/mentoring").text
    assert own.post(f"{base}/need", data={"need-text": "", "need-topics": "融资"}).status_code == 422
    said = {"need-text": "想见天使投资人", "need-topics": ["融资", "出海"], "need-other_topics": "政府采购"}
    assert own.post(f"{base}/need", data=said).headers["Location"] == "/mentoring"
    need = session.scalars(select(m.MentoringNeed)).one()
    assert (need.topics, need.on_behalf) == (["融资", "出海", "政府采购"], False)
    assert "想见天使投资人" in house.get(base).text
    pairing = factories.pairing(session, register.mentor, tenant, starts_on=date(2026, 1, 1))
    book = {
        "book-on": "2026-02-02", "book-at": "09:30", "book-minutes": "90", "book-form": "online", "book-topic": "定价",
    }  # fmt: skip
    assert own.post(f"{base}/pairings/{pairing.id}/sessions", data=book).status_code == 302
    taken = own.post(f"{base}/pairings/{pairing.id}/sessions", data=book | {"book-at": "10:00"})
    assert taken.status_code == 422
    assert "另一场辅导" in taken.text
    meeting = session.scalars(select(m.MentoringSession)).one()
    assert tenant.name in house.get("/home/operator").text, "a result that nobody wrote down is today's work"
    held = {f"held-{meeting.id}-minutes": "80", f"held-{meeting.id}-summary": "按人数收费"}
    assert own.post(f"{base}/sessions/{meeting.id}/held", data=held).status_code == 302
    for client, words in ((own, "很有帮助"), (house, "准备充分")):
        rated = {f"said-{meeting.id}-rating": "5", f"said-{meeting.id}-words": words}
        assert client.post(f"{base}/sessions/{meeting.id}/feedback", data=rated).status_code == 302
    assert "准备充分" not in own.get("/mentoring").text, "what a mentor says of it stays with the operator"
    page = house.get(base).text
    assert "准备充分" in page
    assert "很有帮助" in page


def test_one_mentor_for_ten_incubatees_changes_as_they_come_and_go(session: Session, register: Register) -> None:
    operator = register.operator
    place = factories.site(session, operator, mentor_count=40)
    for _ in range(9):
        factories.tenant(session, operator)
    factories.tenant(session, operator, stage=m.Stage.NURSERY)

    def counted() -> tuple[int, int, int, int]:
        (it,) = [it for it in recognition.ratios(session, TODAY) if it.operator == operator]
        return it.incubatees, it.needed, it.mentors, it.missing

    def on_the_checklist() -> bool | None:
        lists = {it.rule.key: it for it in recognition.checklists(session, place, TODAY)}
        return next(
            row.passed for row in lists["national_incubator"].rows if row.items[0].check.code == "incubatees_per_mentor"
        )

    assert counted() == (11, 2, 1, 1)
    assert on_the_checklist() is False, "the register counts, not what was typed for the site"
    second = factories.mentor(session, operator, appointed_on=TODAY)
    assert (counted(), on_the_checklist()) == ((11, 2, 2, 0), True)
    mentors.pause(session, second, until=None, today=TODAY)
    assert counted()[2] == 2, "paused is still appointed"
    second.status, second.paused_until, second.ended_on = m.MentorStatus.ENDED, None, date(2026, 11, 24)
    assert counted() == (11, 2, 1, 1)
    factories.pairing(session, register.mentor, register.tenant)
    factories.need(session, register.tenant)
    stages.exit(
        session, register.tenant, date(2026, 11, 24), deciders=[Decider("王芳", "经理"), Decider("李强", "总经理")],
        evidence=[Evidence("退出清单")], reason="迁出", today=TODAY, registry=Registry.of(),
    )  # fmt: skip
    assert counted() == (10, 1, 1, 0)
    assert pairings.running_of(session, register.tenant) is None, "its mentor's place is free again"
    assert reads.needs_of(session, register.tenant.id)[0].withdrawn_on is not None
