"""撤销: the tenant is heard, another decides, and everything the award held is free again; what was paid goes on to
recovery."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import delete, select

import core
from core.data import models as m
from core.data.asker import asking
from core.errors import Conflict, Forbidden, Invalid
from core.jobs import issuing
from core.jobs import papers as pressing
from core.services import clocks, letters, pools, revocations
from core.services.calendar import add_working_days
from core.services.invariants import Violation
from core.services.transparency import revoked
from tests import scenes
from tests.integration.workflow.conftest import Road, later

S = m.CaseState
AMOUNT = 300_000


def test_a_revoked_award_frees_its_money_its_evidence_and_its_months(
    road: Road, wrong: Callable[[], list[Violation]]
) -> None:
    case = road.revoking()
    founder = road.founder_of(case.tenant)
    until = revocations.heard_until(road.session, road.registry, case)
    limit = add_working_days(road.session, case.district_id, until, 5)  # to decide, once the tenant is heard
    assert (case.state, case.due_on) == (S.REVOKING, limit)
    with pytest.raises(Conflict, match="不能在当前状态下"):
        road.act(road.staff["payer"], case, "pay", scenes.APPROVED, confirmed=True)
    decide = {"opinion": "事实清楚，予以撤销。", "confirmed": True}
    with pytest.raises(Conflict, match=str(until)):
        road.act(road.staff["approver"], case, "revoke", until, **decide)
    second = road.also("second", m.Role.APPROVER)
    with pytest.raises(Forbidden, match="以外的人员"):
        road.act(second, case, "revoke", later(until), **decide)
    road.also("second", m.Role.SECOND_REVIEWER)
    first = road.also("first", m.Role.APPROVER)
    with pytest.raises(Forbidden, match="以外的人员"):
        road.act(first, case, "revoke", later(until), **decide)
    # What the paper said of the hearing holds, though the district makes a free day a worked one after it.
    road.session.add(m.CalendarDay(district_id=case.district_id, day=until - timedelta(days=until.weekday() + 1),
                                   working=True, note="调休上班"))  # fmt: skip
    road.session.flush()
    assert revocations.heard_until(road.session, road.registry, case) == until
    road.session.execute(delete(m.CalendarDay))
    with asking(road.session, road.as_user(road.staff["approver"])):
        clocks.pause(road.session, case, reason="hearing", note="正在组织听证会", today=scenes.APPROVED)
    road.act(founder, case, "statement", scenes.APPROVED, opinion="该员工一直在岗，附考勤记录。")
    assert case.due_on is None  # what the desk stopped, a statement does not set going
    with asking(road.session, road.as_user(road.staff["approver"])):
        clocks.resume(road.session, case, today=scenes.APPROVED)
    # From what is stated there is as much time to decide, and a second statement gives no more.
    soon = add_working_days(road.session, case.district_id, scenes.APPROVED, 5)
    assert case.due_on == soon
    road.act(founder, case, "statement", later(scenes.APPROVED), opinion="补充考勤记录。")
    assert case.due_on == soon < limit
    road.act(road.staff["approver"], case, "revoke", scenes.APPROVED, **decide)

    newest = select(m.Notice).where(m.Notice.user_id == case.created_by_id).order_by(m.Notice.id.desc()).limit(1)
    told = road.session.scalars(newest).one()
    assert (told.kind, told.params["move"], told.params["standing"]) == ("case_moved", "revoke", "revoked")
    decided = road.session.scalars(select(m.CasePaper.id).where(m.CasePaper.kind == m.PaperKind.REVOCATION)).one()
    road.session.commit()
    pressing.issue(road.app, decided)
    road.session.expire_all()
    assert road.session.scalars(newest).one().kind == "paper_revocation"
    award = road.session.scalars(select(m.Award)).one()
    assert (case.state, award.revoked_at) == (S.REVOKED, case.events[-1].at)
    assert all(use.released_at for use in road.session.scalars(select(m.EvidenceUse)))
    pool = road.session.scalars(select(m.Pool).execution_options(populate_existing=True)).one()
    assert (pool.left_fen, pool.reserved_fen, pool.committed_fen, pool.paid_fen) == (100_000_000, 0, 0, 0)
    assert wrong() == []
    letter = road.session.scalars(select(m.Letter)).one()
    standing = letters.standing(road.session, letter)
    assert standing is not None
    assert (standing.what, standing.on) == ("revoked", core.today().date())
    (gone,) = revoked.gathered(road.session)
    assert (gone.number, gone.kind, gone.since) == (letter.number, "revoked", standing.on)
    again = road.draft(case.tenant, founder)  # its months can be applied for again
    assert again.state is S.DRAFT

    award.revoked_at = None  # each of these alone would be found
    assert {v.rule for v in wrong()} == {"I1", "I7"}


def test_what_was_paid_goes_on_to_recovery(road: Road, wrong: Callable[[], list[Violation]]) -> None:
    case = road.revoking(paid=True)
    until = revocations.heard_until(road.session, road.registry, case)
    road.act(road.staff["approver"], case, "revoke", later(until), opinion="未作陈述，予以撤销。", confirmed=True)
    assert case.state is S.RECOVERY
    assert [(e.move, e.to_state, e.role) for e in case.events[-2:]] == [
        ("revoke", S.REVOKED, "approver"), ("recover", S.RECOVERY, "workflow"),
    ]  # fmt: skip
    assert (pools.paid_for(road.session, case), pools.committed_for(road.session, case)) == (AMOUNT, 0)
    assert wrong() == []


def test_a_dropped_revocation_leads_back_to_where_the_case_came_from(
    road: Road, wrong: Callable[[], list[Violation]]
) -> None:
    case = road.issued(paid=True)
    road.act(road.staff["payer"], case, "close", scenes.APPROVED)
    for reasons, sentence in (((), "至少选择一项"), (("payee",), "不在这一步的清单")):
        with pytest.raises(Invalid, match=sentence):
            road.act(road.staff["second"], case, "propose_revocation", scenes.APPROVED, opinion="事实", reasons=reasons)
    for _ in range(2):  # it may be proposed again, on other grounds
        road.act(road.staff["second"], case, "propose_revocation", scenes.APPROVED, opinion="条件已不具备",
                 reasons=("conditions_lost",))  # fmt: skip
        assert revocations.statements(road.session, case) == []
        road.act(road.founder_of(case.tenant), case, "statement", scenes.APPROVED, opinion="条件仍然具备。")
        road.act(road.staff["approver"], case, "drop_revocation", scenes.APPROVED, opinion="申辩成立。")
        assert case.state is S.CLOSED
    award = road.session.scalars(select(m.Award)).one()
    assert (award.revoked_at, wrong()) == (None, [])


def test_no_letter_is_issued_for_a_revoked_award(road: Road) -> None:
    case = road.until(S.APPROVED)
    award = road.session.scalars(select(m.Award)).one()
    award.revoked_at = award.approved_at
    decision_id = case.decisions[-1].id
    assert letters.outstanding(road.session) == []
    road.session.commit()
    with pytest.raises(Conflict, match="已撤销，不再发出"):
        issuing.issue(road.app, decision_id)
    assert road.session.scalars(select(m.Letter)).all() == []
