"""Who has a tie to an applicant neither reads nor handles its case, on both engines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import core
from core.config import Settings
from core.data import models as m
from core.data.asker import asking
from core.data.types import utcnow
from core.errors import Conflict, Forbidden
from core.services import avoidance, ties
from core.services.ties import TieCause, Tied
from tests import factories, scenes
from tests.scenes import Scene

TODAY = core.today().date()

pytestmark = pytest.mark.usefixtures("day_stays")


@pytest.fixture
def scene(app: Flask, session: Session, settings: Settings) -> Scene:
    with app.app_context():
        return Scene(session, app.extensions["registry"], settings.files)


def joined(session: Session, user: m.User, role: m.Role, ended: int | None = None, **scope: int) -> None:
    """A second membership of a user, that ended so many days ago."""
    ends_on = TODAY - timedelta(days=ended) if ended is not None else None
    session.add(
        m.Membership(user_id=user.id, role=role, starts_on=TODAY - timedelta(days=3000), ends_on=ends_on, **scope)
    )
    session.flush()


def test_what_ties_whom(scene: Scene) -> None:
    session, tenant = scene.session, scene.tenant()
    who = {name: factories.user(session, m.Role.WINDOW, district=scene.district) for name in "abcdefg"}
    joined(session, who["a"], m.Role.FOUNDER, ended=2000, tenant_id=tenant.id)
    joined(session, who["b"], m.Role.OPERATOR_STAFF, ended=300, operator_id=tenant.operator_id)
    joined(session, who["c"], m.Role.OPERATOR_STAFF, ended=1200, operator_id=tenant.operator_id)
    mentor = factories.mentor(session, scene.operator, email=who["d"].email.upper())
    session.add(
        m.Pairing(
            operator_id=tenant.operator_id, tenant_id=tenant.id, mentor_id=mentor.id,
            starts_on=TODAY - timedelta(days=90), source=m.PairingSource.BY_HAND,
        )
    )  # fmt: skip
    person = factories.person(session, tenant, number=factories.id_number())
    founder = session.query(m.Founder).filter_by(tenant_id=tenant.id).one()
    for name, number in (("e", person.id_number), ("f", founder.id_number)):
        with asking(session, scene.as_user(who[name])):
            avoidance.identify(session, m.IdType.RESIDENT, number)
    with asking(session, scene.as_user(who["g"])):
        avoidance.declare(session, tenant, m.Relation.FAMILY, "配偶为股东")
        with pytest.raises(Conflict, match="已经申报过"):
            avoidance.declare(session, tenant, m.Relation.FAMILY, "配偶为股东")
    with asking(session, scene.as_user(scene.staff["window"])):
        found = {name: ties.causes(session, user.id, tenant.id) for name, user in who.items()}
    assert found == {
        "a": {TieCause.MEMBER},
        "b": {TieCause.LANDLORD},
        "c": set(),  # long ago
        "d": {TieCause.MENTOR},
        "e": {TieCause.EMPLOYER},
        "f": {TieCause.FOUNDER, TieCause.EMPLOYER},  # founders insure themselves
        "g": {TieCause.DECLARED},
    }


def test_a_tie_holds_for_the_company_at_another_operator_too(scene: Scene) -> None:
    session = scene.session
    code = factories.uscc()
    here = factories.tenant(session, scene.operator, uscc=code)
    there = factories.tenant(session, factories.operator(session, scene.district), uscc=code)
    window = scene.staff["window"]
    with asking(session, scene.as_user(window)):
        avoidance.declare(session, there, m.Relation.SHAREHOLDING, "持股百分之二")
        assert ties.causes(session, window.id, here.id) == {TieCause.DECLARED}


def test_who_is_tied_acts_only_with_a_waiver_of_a_second_person(scene: Scene) -> None:
    session = scene.session
    case = scene.until(m.CaseState.SUBMITTED)
    window, admin, approver = (scene.staff[name] for name in ("window", "admin", "approver"))
    for user in (window, approver):
        joined(session, user, m.Role.OPERATOR_STAFF, ended=10, operator_id=case.operator_id)
    with pytest.raises(Tied, match="须回避"):
        scene.act(window, case, "accept", scenes.ACCEPTED)
    assert case.state is m.CaseState.SUBMITTED
    with asking(session, scene.as_user(window)):
        waiver = avoidance.ask(session, case, "本岗位仅一人，已报备")
        with pytest.raises(Conflict, match="正等待"):
            avoidance.ask(session, case, "本岗位仅一人，已报备")
        with pytest.raises(Forbidden):
            avoidance.decide(session, waiver.id, granted=True, opinion="同意")
    with asking(session, scene.as_user(approver)), pytest.raises(Tied):
        avoidance.decide(session, waiver.id, granted=True, opinion="同意")  # tied as well
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(update(m.TieWaiver).values(decided_by_id=waiver.user_id, decided_at=utcnow(), granted=True))
    with asking(session, scene.as_user(admin)):
        avoidance.decide(session, waiver.id, granted=True, opinion="已核实仅一人在岗")
        with pytest.raises(Conflict, match="已有决定"):
            avoidance.decide(session, waiver.id, granted=False, opinion="改了主意")
    scene.act(window, case, "accept", scenes.ACCEPTED)
    with asking(session, scene.as_user(window)):
        avoidance.declare(session, case.tenant, m.Relation.FAMILY, "新的关系")
        with pytest.raises(Tied):  # the waiver was for what was known then
            ties.refuse(session, case, scene.as_user(window))


def test_pages(scene: Scene, client_as: Callable[[m.User], Any]) -> None:
    session, case = scene.session, scene.until(m.CaseState.ACCEPTED)
    first, admin = scene.staff["first"], scene.staff["admin"]
    joined(session, first, m.Role.FOUNDER, ended=1, tenant_id=case.tenant_id)
    browser, other = client_as(first), client_as(admin)
    document = case.documents[0].id
    session.commit()
    page = browser.get(f"/cases/{case.id}")
    assert page.status_code == 403
    assert "申请单位的成员" in page.text
    assert "300,000" not in page.text
    assert "核算" not in page.text
    assert browser.get(f"/cases/{case.id}/documents/{document}").status_code == 403
    refused = browser.post(f"/cases/{case.id}/waiver", data={"reason": "短"})
    assert refused.status_code == 422
    assert "短</textarea>" in refused.text  # what was typed is still there
    assert browser.post(f"/cases/{case.id}/waiver", data={"reason": "本岗位仅一人"}).status_code == 302
    assert "待决定" in browser.get(f"/cases/{case.id}").text
    waiver = session.query(m.TieWaiver).one()
    assert "本岗位仅一人" in other.get(f"/ties/waivers/{waiver.id}").text
    said = {"opinion": "同意", "granted": "yes"}
    assert other.post(f"/ties/waivers/{waiver.id}", data=said).status_code == 302
    assert browser.get(f"/cases/{case.id}").status_code == 200
    wrong = {"declare-tenant": "没有这家", "declare-relation": "other", "declare-note": "同学"}
    answer = browser.post("/ties", data=wrong)
    assert answer.status_code == 422
    assert "没有叫这个名称" in answer.text
    good = wrong | {"declare-tenant": case.tenant.name}
    assert browser.post("/ties", data=good).status_code == 302
    assert "同学" in browser.get("/ties").text
