"""Who is told of what: the right people, nobody else, once, and in three statements."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

import core
from core.data import models as m
from core.data.asker import Asker, asking
from core.data.types import utcnow
from core.services import notices, pairings, revocations
from core.services.events import acts, seats
from core.services.notices import Limit, Telling, To
from tests import factories as f
from tests import scenes
from tests.integration import lease_rows
from tests.integration.notices.conftest import Told
from tests.integration.payouts.conftest import Till
from tests.scenes import Scene
from tests.support.asked import asked

TODAY = core.today().date()
YESTERDAY = TODAY - timedelta(days=1)

pytestmark = pytest.mark.usefixtures("day_stays")


def newest(session: Session) -> int:
    return session.scalar(select(func.max(m.Notice.id))) or 0


def test_whose_turn_it_is_and_nobody_else(scene: Scene, told: Told) -> None:
    session = scene.session
    tenant = scene.tenant("青禾公司")
    founder, member = scene.founder_of(tenant), f.user(session, m.Role.TENANT_MEMBER, tenant=tenant)
    gone = f.user(session, m.Role.TENANT_MEMBER, tenant=tenant)
    gone.memberships[0].ended_at = utcnow()
    first, window = scene.staff["first"], scene.staff["window"]
    stand_in, not_yet = f.user(session, m.Role.AUDITOR, district=scene.district), f.user(session)
    past = f.user(session)
    f.membership(session, past, m.Role.FIRST_REVIEWER, district=scene.district, ends_on=YESTERDAY)
    f.user(session, m.Role.FIRST_REVIEWER, district=scene.district, active=False)
    f.user(session, m.Role.FIRST_REVIEWER, district=f.district(session))
    scene.founder_of(scene.tenant())
    f.membership(session, window, m.Role.FIRST_REVIEWER, district=scene.district)  # who acts is not told
    for to, days in ((stand_in, 0), (not_yet, 3)):
        starts = core.today().date() + timedelta(days=days)
        session.add(
            m.Delegation(
                membership_id=first.memberships[0].id, from_user_id=first.id, to_user_id=to.id, starts_on=starts,
                ends_on=starts + timedelta(days=1), reason="请假",
            )
        )  # fmt: skip
    case = scene.draft(tenant, founder)
    scene.act(founder, case, "submit", scenes.APPLIED)
    assert told() == {window.email: {"case_turn"}, member.email: {"case_moved"}}
    before = newest(session)
    scene.act(window, case, "accept", scenes.ACCEPTED)
    assert told(before) == {
        first.email: {"case_turn"}, stand_in.email: {"case_turn"},
        founder.email: {"case_moved"}, member.email: {"case_moved"},
    }  # fmt: skip
    lent = session.scalars(select(m.Notice).where(m.Notice.user_id == stand_in.id)).one()
    assert lent.membership_id == first.memberships[0].id
    assert lent.params["tenant"] == "青禾公司"
    assert lent.params["due"] == str(case.due_on)


def test_who_is_tied_to_the_applicant_is_not_told(scene: Scene, told: Told) -> None:
    """Its pages are closed to them; a waiver by a second person opens them, and they are told like all others."""
    session, tenant = scene.session, scene.tenant()
    founder, window = scene.founder_of(tenant), scene.staff["window"]
    tied, former = (f.user(session, m.Role.WINDOW, district=scene.district) for _ in range(2))
    of = {"district_id": scene.district.id, "user_id": tied.id}
    session.add(m.DeclaredTie(tenant_id=tenant.id, relation=m.Relation.FAMILY, note="配偶为股东", **of))
    f.membership(session, former, m.Role.OPERATOR_STAFF, operator=scene.operator)
    case = scene.draft(tenant, founder)
    scene.act(founder, case, "submit", scenes.APPLIED)
    assert told() == {window.email: {"case_turn"}}
    now = {"asked_at": utcnow(), "decided_at": utcnow(), "decided_by_id": window.id, "granted": True}
    session.add(m.TieWaiver(case_id=case.id, causes=["declared"], reason="仅一人", **of, **now))
    assert notices.of_deadline(session, scene.registry, case, Limit.NEAR) == 2
    assert (told()[tied.email], former.email in told()) == ({"case_near"}, False)
    # An operator's people are not kept from their own tenants.
    owns = To(m.OPERATOR_ROLES, operator_id=scene.operator.id)
    told_of = Telling("case_late", owns, case.id, "theirs", {"case": case.number}, tenant_id=tenant.id)
    assert notices.tell(session, told_of) == 2
    session.add(
        m.DeclaredTie(tenant_id=tenant.id, relation=m.Relation.OTHER, note="同学", **of | {"user_id": former.id})
    )
    session.flush()
    assert notices.tell(session, replace(told_of, key="again")) == 1


def test_three_statements_however_many_are_told(app: Flask, scene: Scene, told: Told) -> None:
    """The job in the queue comes beside them, once a transaction."""
    session = scene.session
    for _ in range(40):
        f.user(session, m.Role.FIRST_REVIEWER, district=scene.district)
    case = scene.until(m.CaseState.SUBMITTED)
    scene.act(scene.staff["window"], case, "accept", scenes.ACCEPTED)
    assert sum("case_turn" in kinds for kinds in told().values()) == 42  # with the window before
    last = session.scalars(select(m.CaseEvent).order_by(m.CaseEvent.id.desc()).limit(1)).one()
    session.execute(m.NoticeDelivery.__table__.delete())
    session.execute(m.Notice.__table__.delete())
    session.flush()
    with asked(session) as statements:
        for _ in range(2):  # told again, nobody is told again
            notices.of_move(session, scene.registry, case, last)
    ties = 8  # as many for forty as for one: who of them is tied to the applicant
    assert len([sql for sql in statements if "workflow" not in sql]) == 5 + 2 * ties, statements
    assert session.scalar(select(func.count()).select_from(m.Notice)) == 42  # the founder too
    session.expunge(last)
    last.at = utcnow() - timedelta(days=3)  # brought in from elsewhere
    session.execute(m.NoticeDelivery.__table__.delete())
    session.execute(m.Notice.__table__.delete())
    notices.of_move(session, scene.registry, case, last)
    assert told() == {}


def test_an_approver_is_told_when_the_publication_is_over(
    scene: Scene, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, approver = scene.session, scene.staff["approver"]
    noon = core.datetime.combine(scenes.PUBLISHED, core.datetime.min.time(), core.SHANGHAI)
    monkeypatch.setattr(core, "today", lambda: noon)
    for row in session.scalars(select(m.Membership)):
        row.starts_on = scenes.APPLIED
    scene.manager.memberships[0].starts_on = scenes.APPLIED
    case = scene.until(m.CaseState.PUBLISHED)
    assert approver.email not in told()
    ends = case.publication_ends_on
    assert ends is not None
    with asking(session, Asker.system("tests")):
        assert notices.of_day(session, scene.registry, ends) == 0
        over = ends + timedelta(days=1)
        assert notices.of_day(session, scene.registry, over) == 1
        assert notices.of_day(session, scene.registry, over + timedelta(days=1)) == 0
    assert told()[approver.email] == {"case_turn"}


def test_who_decides_a_revocation_is_told_when_the_tenant_was_heard(scene: Scene, told: Told) -> None:
    """By a statement, or by the morning after the time for it; and it is not the tenant who is late then."""
    session, approver, admin = scene.session, scene.staff["approver"].email, scene.staff["admin"].email
    stated, silent = Till(scene).issued(2)
    by, other = (session.get_one(m.User, case.created_by_id) for case in (stated, silent))
    said = {"opinion": "租金发票为虚开", "reasons": ("wrong_decision",)}
    before = newest(session)
    for case in (stated, silent):
        scene.act(scene.staff["second"], case, "propose_revocation", scenes.APPROVED, **said)
    assert told(before) == {by.email: {"case_hearing"}, other.email: {"case_hearing"}}
    before = newest(session)
    scene.act(by, stated, "statement", scenes.APPROVED, opinion="发票是真的，附查验结果")
    assert told(before) == {approver: {"case_turn"}}
    assert session.get_one(m.Notice, newest(session)).params["due"] == str(stated.due_on)  # not the hearing's day
    before, until = newest(session), revocations.heard_until(session, scene.registry, silent)
    assert (until.isoformat(), silent.due_on) == ("2026-11-27", date(2026, 12, 4))
    scene.act(by, stated, "statement", scenes.APPROVED, opinion="再补充一份")
    with asking(session, Asker.system("tests")):
        assert notices.of_day(session, scene.registry, until - timedelta(days=3)) == 0
        for _ in range(2):
            notices.of_day(session, scene.registry, until - timedelta(days=2))  # two working days are left
        assert told(before) == {other.email: {"case_yours_near"}}
        assert session.get_one(m.Notice, newest(session)).params["due"] == str(until)
        before = newest(session)
        assert notices.of_day(session, scene.registry, until) == 0
        assert notices.of_day(session, scene.registry, until + timedelta(days=1)) == 1
        assert told(before) == {approver: {"case_turn"}}
        assert notices.of_deadline(session, scene.registry, silent, Limit.NEAR) == 1
        late = frozenset({m.Role.DISTRICT_ADMIN})
        assert notices.of_deadline(session, scene.registry, silent, Limit.LATE, also=late) == 2
    assert told(before) == {approver: {"case_turn", "case_near", "case_late"}, admin: {"case_late"}}


def test_limits(scene: Scene, told: Told) -> None:
    session = scene.session
    case = scene.until(m.CaseState.SUBMITTED)
    before, admin = newest(session), scene.staff["admin"]
    late = frozenset({m.Role.DISTRICT_ADMIN})
    assert notices.of_deadline(session, scene.registry, case, Limit.NEAR) == 1
    assert notices.of_deadline(session, scene.registry, case, Limit.NEAR) == 0
    assert notices.of_deadline(session, scene.registry, case, Limit.LATE, also=late) == 2
    window = scene.staff["window"].email
    assert told(before) == {window: {"case_near", "case_late"}, admin.email: {"case_late"}}
    case.state, case.due_on = m.CaseState.RETURNED, YESTERDAY
    assert notices.of_deadline(session, scene.registry, case, Limit.LATE) == 1
    assert session.scalars(select(m.Notice.kind).order_by(m.Notice.id.desc())).first() == "case_yours_late"


def test_the_house(scene: Scene, told: Told, settings: Any) -> None:
    """Mentors, events, 发票, letters, drafts, policies: whoever they concern."""
    session, operator = scene.session, scene.operator
    tenant, other = scene.tenant(), scene.tenant()
    founder, neighbour = scene.founder_of(tenant), scene.founder_of(other)
    platform = f.user(session, m.Role.PLATFORM_ADMIN)
    mentor = f.mentor(session, operator)
    with asking(session, scene.as_user(scene.manager)):
        pairing = pairings.pair(session, mentor, tenant, starts_on=YESTERDAY)
        pairings.end(session, pairing, on=YESTERDAY, reason="换导师")
    assert told() == {founder.email: {"pairing_begun", "pairing_ended"}}
    before, meeting = newest(session), f.event(session, f.site(session, operator, name="会议楼"), capacity=2)
    now = meeting.starts_at - timedelta(days=1)
    with asking(session, scene.as_user(founder)):
        mine = seats.register(session, meeting, tenant, 2, now=now)
    with asking(session, scene.as_user(neighbour)):
        seats.register(session, meeting, other, 1, now=now)
    with asking(session, scene.as_user(founder)):
        assert seats.withdraw(session, meeting, mine, now=now) == 1
    assert told(before) == {neighbour.email: {"event_seated"}}
    before, second = newest(session), f.user(session, m.Role.OPERATOR_MANAGER, operator=operator)
    with asking(session, scene.as_user(scene.manager)):
        acts.call_off(session, meeting, reason="场地检修")
    run = m.RoundRun(
        id=3, operator_id=operator.id, round_id=2, number=1, asked_by_id=scene.manager.id, state=m.RunState.DONE,
        matched=1, left=0, finished_at=utcnow(), round=m.AllocationRound(name="春季"),
    )  # fmt: skip
    notices.of_run(session, run)
    run.state, run.finished_at = m.RunState.FAILED, utcnow() + timedelta(seconds=1)
    notices.of_run(session, run)
    notices.of_failed_letter(session, 5, scene.empty_draft(tenant, founder), "issue_letter:5:2")
    assert told(before) == {
        neighbour.email: {"event_called_off"}, second.email: {"round_computed"}, scene.manager.email: {"round_failed"},
        scene.staff["admin"].email: {"letter_failed"}, platform.email: {"letter_job_failed"},
    }  # fmt: skip
    invoice = lease_rows.rows(session, settings.files, tenant, "")["tax_invoice"]
    before = newest(session)
    assert invoice.bill.number
    session.expunge(invoice)  # the database would refuse one that is not whole
    for invoice.state in m.TaxInvoiceState:
        notices.of_tax_invoice(session, invoice)
    draft = m.ParameterDraft(
        id=7, district_id=scene.district.id, policy_key="rent_subsidy", author_id=scene.staff["approver"].id, version=2
    )
    with asking(session, scene.as_user(scene.staff["approver"])):
        notices.of_draft(session, draft, scene.registry.card("rent_subsidy"))
    draft.version = 3
    with asking(session, scene.as_user(scene.staff["admin"])):
        notices.of_draft_returned(session, draft)
    notices.of_failing_policy(session, "rent_subsidy", None)
    assert told(before) == {
        scene.manager.email: {"tax_invoice_requested"}, second.email: {"tax_invoice_requested"},
        founder.email: {"tax_invoice_issued", "tax_invoice_rejected"},
        scene.staff["admin"].email: {"draft_submitted"},
        scene.staff["approver"].email: {"draft_returned"}, platform.email: {"policy_failing"},
    }  # fmt: skip
    mailed = select(func.count()).join(m.Notice).where(m.Notice.kind == "policy_failing")
    assert session.scalar(mailed.select_from(m.NoticeDelivery)) == 0  # another mail says it
