"""What the public is shown, and what comes of objections, on both engines."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

import core
from core.config import Settings
from core.data import models as m
from core.data.asker import asking
from core.errors import Conflict
from core.policy import digest
from core.services import moves, objections
from core.services.needs import Act
from tests import scenes
from tests.scenes import Scene

REASON = "该公司与园区运营方为同一实际控制人，房租并未真实支付"
RAISED = {"place": "1", "statement": REASON, "name": "李守正", "contact": "13800001234"}


@pytest.fixture
def scene(app: Flask, session: Session, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Scene:
    real = core.today
    monkeypatch.setattr(core, "today", lambda: real().replace(year=2026, month=11, day=9))
    with app.app_context():
        return Scene(session, app.extensions["registry"], settings.files)


def receipt_in(page: str) -> str:
    found = re.search(r"[2-9A-HJ-NP-Z]{4}(?:-[2-9A-HJ-NP-Z]{4}){3}", page)
    assert found, "the page tells no receipt code"
    return found[0]


def published(scene: Scene) -> tuple[m.Case, m.Publication]:
    case = scene.until(m.CaseState.PUBLISHED)
    scene.session.commit()
    return case, scene.session.query(m.Publication).one()


def test_several_cases_in_one_notice(scene: Scene, client_as: Callable[..., Any], stranger: Any) -> None:
    session = scene.session
    cases = [scene.until(m.CaseState.SECOND_REVIEW) for _ in range(3)]
    second = client_as(scene.staff["second"])
    session.commit()
    assert second.post("/publications", data={}).status_code == 422
    # One that has changed since its review is named, and none is published.
    cases[2].payee_bank = "另一家银行"
    session.commit()
    ids = [str(case.id) for case in cases]
    refused = second.post("/publications", data={"cases": ids})
    assert refused.status_code == 422
    assert cases[2].number in refused.text
    assert session.query(m.Publication).count() == 0
    assert second.post("/publications", data={"cases": ids[:2]}).status_code == 302
    notice = session.query(m.Publication).one()
    assert [case.state for case in cases] == [m.CaseState.PUBLISHED] * 2 + [m.CaseState.SECOND_REVIEW]
    assert str(notice.ends_on) == "2026-11-16"  # five working days after Monday the 9th
    assert notice.digest == digest(notice.shown)
    page = stranger.get(f"/announcements/{notice.code}").text
    staff = second.get(f"/publications/{notice.id}").text
    for case in cases[:2]:
        assert case.tenant.name in page
        for secret in (
            case.payee_account,
            session.query(m.Founder).filter_by(tenant_id=case.tenant_id).one().id_number,
        ):
            assert secret not in page + staff
    assert "3,000.00" in page
    assert "租金" not in stranger.get("/announcements").text
    for address in (f"/announcements/{notice.code}/paper", f"/publications/{notice.id}/paper"):
        assert (stranger if "announce" in address else second).get(address).data.startswith(b"%PDF-")


def test_an_objection_stops_the_approval_until_it_is_answered(
    scene: Scene, client_as: Callable[..., Any], stranger: Any
) -> None:
    session, (case, notice) = scene.session, published(scene)
    at = f"/announcements/{notice.code}"
    for missing in RAISED:
        refused = stranger.post(f"{at}/objections", data=RAISED | {missing: ""})
        assert refused.status_code == 422
        assert missing == "statement" or REASON in refused.text  # nothing typed is lost
    code = receipt_in(stranger.post(f"{at}/objections", data=RAISED).text)
    kept = session.query(m.Objection).one()
    assert (kept.name, kept.statement) == ("李守正", REASON)
    assert b"13800001234" not in kept.contact_sealed
    assert "正在处理" in stranger.post("/announcements/receipts", data={"code": code.lower()}).text
    assert stranger.post("/announcements/receipts", data={"code": "AAAA-BBBB-CCCC-DDDD"}).status_code == 422
    with pytest.raises(Conflict, match="1份异议"):
        scene.act(scene.staff["approver"], case, "approve", scenes.APPROVED, confirmed=True)
    second, founder = client_as(scene.staff["second"]), client_as(scene.founder_of(case.tenant))
    shown = second.get(f"/cases/{case.id}").text
    assert REASON in shown
    assert "李守正" not in shown
    auditor = client_as(scene.staff["auditor"])
    assert REASON in auditor.get(f"/publications/{notice.id}").text
    tie = m.DeclaredTie(
        district_id=case.district_id, user_id=scene.staff["auditor"].id, tenant_id=case.tenant_id,
        relation=m.Relation.FAMILY, note="配偶为股东",
    )  # fmt: skip
    session.add(tie)
    session.commit()
    tied = auditor.get(f"/publications/{notice.id}")
    assert (tied.status_code, REASON in tied.text, "须回避" in tied.text) == (200, False, True)
    mine = founder.get(f"/cases/{case.id}").text
    assert REASON not in mine
    assert "13800001234" in second.post(f"/objections/{kept.id}/identity", data={"reason": "核实线索"}).text
    assert session.query(m.AuditEvent).filter_by(action="objection.reveal").count() == 1
    for code_of_move, said in (
        ("object", "收到实名异议，予以核查"),
        ("dismiss_objection", "经核查银行流水，房租由公司支付"),
    ):
        scene.act(scene.staff["second"], case, code_of_move, scenes.PUBLISHED, opinion=said)
    session.commit()
    assert "经核查银行流水" in stranger.post("/announcements/receipts", data={"code": code}).text
    scene.act(scene.staff["approver"], case, "approve", scenes.APPROVED, confirmed=True)
    assert case.publication_result == "，异议经核查不成立"


def test_upheld_it_is_taken_off_the_notice_and_reviewed_again(scene: Scene, stranger: Any) -> None:
    session, (case, notice) = scene.session, published(scene)
    stranger.post(f"/announcements/{notice.code}/objections", data=RAISED)
    for code, said in (("object", "予以核查"), ("uphold_objection", "房租由关联方支付，重新审核")):
        scene.act(scene.staff["second"], case, code, scenes.PUBLISHED, opinion=said)
    session.commit()
    assert case.state is m.CaseState.ACCEPTED
    assert session.query(m.Objection).one().state is m.ObjectionState.UPHELD
    page = stranger.get(f"/announcements/{notice.code}")
    assert "起不再公示" in page.text
    assert "异议内容" not in page.text  # nothing is left to object to
    assert stranger.post(f"/announcements/{notice.code}/objections", data=RAISED).status_code == 422


def test_withdrawn_by_the_applicant_it_is_taken_off_the_notice(scene: Scene, stranger: Any) -> None:
    """Applicants see neither notices' rows nor objections; what they withdraw is nobody's to object to all the same."""
    session, (case, notice) = scene.session, published(scene)
    code = receipt_in(stranger.post(f"/announcements/{notice.code}/objections", data=RAISED).text)
    founder = scene.founder_of(case.tenant)
    scene.act(founder, case, "withdraw", scenes.PUBLISHED, confirmed=True)
    session.commit()
    kept = session.query(m.Objection).one()
    assert (kept.state, kept.handled_by_id) == (m.ObjectionState.SET_ASIDE, founder.id)
    assert "起不再公示" in stranger.get(f"/announcements/{notice.code}").text
    assert "申请单位已撤回申请" in stranger.post("/announcements/receipts", data={"code": code}).text
    assert stranger.post(f"/announcements/{notice.code}/objections", data=RAISED).status_code == 422


def test_what_is_not_about_the_matter_is_answered_and_the_notice_goes_on(
    scene: Scene, client_as: Callable[..., Any], stranger: Any
) -> None:
    session, (case, notice) = scene.session, published(scene)
    stranger.post(f"/announcements/{notice.code}/objections", data=RAISED)
    kept = session.query(m.Objection).one()
    window, auditor = client_as(scene.staff["window"]), client_as(scene.staff["auditor"])
    session.commit()
    assert auditor.post(f"/objections/{kept.id}/setting-aside", data={"answer": "与公示事项无关"}).status_code == 403
    assert window.post(f"/objections/{kept.id}/setting-aside", data={"answer": "与公示事项无关"}).status_code == 302
    assert window.post(f"/objections/{kept.id}/setting-aside", data={"answer": "与公示事项无关"}).status_code == 409
    with asking(session, scene.as_user(scene.staff["approver"])):
        moves.move(session, scene.registry, case, "approve", Act(confirmed=True), today=scenes.APPROVED)
    assert case.publication_result == "，所提异议不属公示事项"


@pytest.mark.parametrize(
    ("looked_into", "said"),
    [(False, "无异议"), (True, "，异议经核查不成立，其余所提异议不属公示事项")],
)
def test_the_letter_tells_what_came_of_the_objections_to_this_notice(
    scene: Scene, stranger: Any, *, looked_into: bool, said: str
) -> None:
    """What was set aside of an earlier notice, which the case was taken off, is not of this one."""
    session, (case, notice) = scene.session, published(scene)

    def set_aside(notice: m.Publication) -> None:
        stranger.post(f"/announcements/{notice.code}/objections", data=RAISED)
        kept = session.query(m.Objection).filter_by(state=m.ObjectionState.RECEIVED).one()
        with asking(session, scene.as_user(scene.staff["window"])):
            objections.set_aside(session, kept.id, "与公示事项无关")

    set_aside(notice)
    second = scene.staff["second"]
    for who, code in (
        (second, "object"), (second, "uphold_objection"), (scene.staff["first"], "first_pass"),
        (second, "second_pass"), (second, "publish"),
    ):  # fmt: skip
        scene.act(who, case, code, scenes.PUBLISHED, opinion="重新核查")
    session.commit()
    if looked_into:
        set_aside(session.query(m.Publication).order_by(m.Publication.id.desc()).limit(1).one())
        for code in ("object", "dismiss_objection"):
            scene.act(second, case, code, scenes.PUBLISHED, opinion="经核查不成立")
    scene.act(scene.staff["approver"], case, "approve", scenes.APPROVED, confirmed=True)
    assert case.publication_result == said
