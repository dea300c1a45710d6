"""复核: once, in time, by others than those who decided; and what of the case is forgotten when it is upheld."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

import core
from core.data import models as m
from core.data.asker import asking
from core.errors import Conflict, Forbidden, Invalid
from core.services import appeals, desks, letters, pools, replacements
from core.services.invariants import Violation
from core.services.transparency import revoked
from tests import scenes
from tests.integration.workflow.conftest import Road, later

S = m.CaseState


def test_an_upheld_appeal_begins_the_review_anew_and_ends_in_an_award(
    road: Road, wrong: Callable[[], list[Violation]]
) -> None:
    case = road.refused()
    founder = road.founder_of(case.tenant)
    refusal = case.events[-1]
    assert refusal.reasons == ["check:labour_dispatch"]
    assert case.events[-2].reasons == ["check:labour_dispatch", "untrue"]
    last = appeals.until(road.session, road.registry, case)
    # A letter that replaces a lost one opens nothing again.
    lost = road.session.scalars(select(m.Letter)).one()
    with asking(road.session, road.as_user(road.staff["second"])):
        replacements.ask(road.session, lost, m.ReplacementCause.LOST, "申请人称已遗失")
    with asking(road.session, road.as_user(road.staff["approver"])):
        replacements.decide(road.session, lost, granted=True, opinion="")
    new = road.issue(case)
    assert (new.replaces_id, new.status) == (lost.id, m.LetterStatus.ISSUED)
    new.issued_on += timedelta(days=90)
    assert appeals.until(road.session, road.registry, case) == last
    new.issued_on -= timedelta(days=90)
    with pytest.raises(Conflict, match=str(last)):
        road.act(founder, case, "appeal", later(last), opinion="并非劳务派遣", confirmed=True)
    with pytest.raises(Invalid, match="意见"):
        road.act(founder, case, "appeal", scenes.APPROVED, opinion=" ", confirmed=True)
    road.act(founder, case, "appeal", scenes.APPROVED, opinion="我司只有研发业务，并非劳务派遣单位。", confirmed=True)
    assert (case.state, wrong()) == (S.APPEALED, [])
    with pytest.raises(Forbidden, match="未参与"):
        road.act(road.staff["second"], case, "uphold_appeal", scenes.APPROVED, opinion="成立", confirmed=True)
    first = road.also("first", m.Role.APPROVER)
    with pytest.raises(Forbidden, match="未参与"):
        road.act(first, case, "dismiss_appeal", scenes.APPROVED, opinion="维持", confirmed=True)
    case.tenant.labour_dispatch = False
    road.act(road.staff["approver"], case, "uphold_appeal", scenes.APPROVED, opinion="经核实，成立。", confirmed=True)
    assert case.state is S.ACCEPTED
    gone = {entry.number: (entry.kind, entry.successor) for entry in revoked.gathered(road.session)}
    assert gone == {lost.number: ("void", new.number), new.number: ("overturned", "")}
    assert {case.prepared_by_id, case.reviewed_by_id, case.approved_by_id, case.content_hash} == {None}
    asked = desks.answers(road.session, road.registry, case)
    assert [it.state for it in asked] == [m.DeskState.OPEN] * 2
    assert wrong() == []

    road.also("first", m.Role.FIRST_REVIEWER)
    road.act(road.staff["first"], case, "refresh", scenes.APPROVED, opinion="企业类型已更正")
    assert pools.reserved_for(road.session, case) == 300_000
    for who, code in (("first", "first_pass"), ("second", "second_pass"), ("second", "publish")):
        road.act(road.staff[who], case, code, scenes.APPROVED)
    road.act(road.staff["approver"], case, "approve", later(case.publication_ends_on), confirmed=True)
    letter = road.issue(case)
    assert (letter.kind, letter.amount_fen, case.state) == (m.LetterKind.AWARD, 300_000, S.ISSUED)
    assert wrong() == []
    refused = road.session.get_one(m.Letter, new.id)
    standing = letters.standing(road.session, refused)
    assert standing is not None
    assert (standing.what, standing.on) == ("overturned", core.today().date())
    with asking(road.session, road.as_user(road.staff["second"])), pytest.raises(Conflict, match="已被撤销"):
        replacements.ask(road.session, refused, m.ReplacementCause.LOST, "申请人称已遗失")


def test_a_dismissed_appeal_leads_back_and_there_is_no_second(road: Road, wrong: Callable[[], list[Violation]]) -> None:
    tenant = road.tenant()
    founder = road.founder_of(tenant)
    case = road.draft(tenant, founder)
    road.act(founder, case, "submit", scenes.APPLIED)
    road.act(road.staff["window"], case, "not_admit", scenes.ACCEPTED, opinion="不属于", reasons=("not_competent",),
             confirmed=True)  # fmt: skip
    road.act(founder, case, "appeal", scenes.ACCEPTED, opinion="属于本窗口", confirmed=True)
    with pytest.raises(Conflict, match=case.number):  # it claims its months again
        road.draft(tenant, founder)
    window = road.also("window", m.Role.SECOND_REVIEWER)
    with pytest.raises(Forbidden, match="未参与"):
        road.act(window, case, "dismiss_appeal", scenes.ACCEPTED, opinion="维持", confirmed=True)
    road.act(road.staff["second"], case, "dismiss_appeal", scenes.ACCEPTED, opinion="确不属于。", confirmed=True)
    assert (case.state, case.events[-1].to_state) == (S.NOT_ADMITTED, S.NOT_ADMITTED)
    with pytest.raises(Conflict, match="只能申请一次"):
        road.act(founder, case, "appeal", scenes.ACCEPTED, opinion="再看看", confirmed=True)
    assert wrong() == []

    road.also("window", m.Role.WINDOW)
    other = road.refused()
    with_new = road.draft(other.tenant, road.founder_of(other.tenant))
    with pytest.raises(Conflict, match=with_new.number):
        road.act(road.founder_of(other.tenant), other, "appeal", scenes.APPROVED, opinion="不服", confirmed=True)
