"""The steps of a finding: who makes which, from where; days, notices, and what a session shows of it to whom."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from core.data import models as m
from core.data.asker import ForeignRow
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.services import calendar
from core.services.findings import acting, proposing, steps, writing
from core.services.findings.steps import STEPS, Act
from core.services.notices import findings as notices
from tests import factories
from tests.integration.findings.conftest import TEXT, Auditors
from tests.support.issuing import violations

pytestmark = pytest.mark.one_engine

NUMBER = "110101199003071233"


def _seen(auditors: Auditors, who: m.User) -> tuple[int, int, int, int]:
    """How many findings, acts, papers and proposals a session shows somebody."""

    def count(session: Session) -> tuple[int, ...]:
        kinds = (m.Finding, m.FindingAct, m.FindingPaper, m.FindingProposal)
        return tuple(len(session.scalars(select(kind)).all()) for kind in kinds)

    found: tuple[int, int, int, int] = auditors.as_(who, count)
    return found


def test_a_draft_is_the_auditors_own(auditors: Auditors) -> None:
    road = auditors.desk.road
    founder = road.founder_of(auditors.case.tenant)
    elsewhere = factories.user(
        auditors.session, m.Role.OPERATOR_MANAGER, operator=factories.operator(auditors.session, road.district)
    )
    finding = auditors.draft(to_tenant_id=auditors.letter.tenant_id)
    for who in (auditors.manager, founder, elsewhere, road.staff["first"], road.staff["window"]):
        assert _seen(auditors, who) == (0, 0, 0, 0)
        with pytest.raises(NotFound):
            auditors.as_(who, steps.load, finding.id)
    for who in (auditors.first, auditors.second, road.staff["admin"]):
        assert _seen(auditors, who) == (1, 1, 0, 0)
    auditors.as_(auditors.first, writing.issue, finding, days=10, confirmed=True, today=auditors.today)
    auditors.as_(auditors.second, acting.say, finding, "金额待核", today=auditors.today, inside=True)
    for who in (auditors.manager, founder):  # what was served, and not what was written before it or between auditors
        assert _seen(auditors, who) == (1, 1, 0, 0)
    for who in (elsewhere, road.staff["first"]):
        assert _seen(auditors, who) == (0, 0, 0, 0)
    assert _seen(auditors, auditors.first) == (1, 3, 0, 0)
    # Nor can a stranger write one that is not theirs.
    with pytest.raises(ForeignRow):
        auditors.as_(elsewhere, lambda _session: setattr(finding, "title", "别人改的"))
    auditors.session.rollback()


def test_a_department_reads_its_own_and_a_desk_what_it_is_asked(auditors: Auditors) -> None:
    road, session = auditors.desk.road, auditors.session
    department = session.scalars(select(m.Department)).first()
    assert department is not None
    other = factories.department(session, road.district, code="bureau", name="人社局")
    outsider = factories.user(session, m.Role.SECOND_REVIEWER, district=road.district, department=other)
    finding = auditors.issued(to_operator_id=None, to_department_id=department.id)
    assert _seen(auditors, road.staff["window"])[0] == 1
    assert _seen(auditors, auditors.manager)[0] == 0
    assert _seen(auditors, outsider)[0] == 0
    auditors.as_(auditors.first, proposing.propose, finding, m.ProposalKind.REVOKE, "核定有误", today=auditors.today)
    assert _seen(auditors, outsider) == (1, 1, 0, 1)
    with pytest.raises(Forbidden):  # it reads, and answers nothing
        auditors.as_(outsider, acting.respond, finding, "答复", agreed=True, today=auditors.today)
    auditors.as_(road.staff["window"], acting.respond, finding, "情况属实", agreed=True, today=auditors.today)
    assert finding.state is m.FindingState.RESPONDED


def test_the_way_through_the_district(auditors: Auditors) -> None:
    finding, today, admin = auditors.issued(), auditors.today, auditors.desk.road.staff["admin"]
    with pytest.raises(Conflict):  # nothing is late
        auditors.as_(auditors.first, acting.escalate, finding, "逾期", today=today)
    auditors.as_(auditors.manager, acting.respond, finding, "不认可", agreed=False, today=today)
    assert finding.agreed is False
    auditors.as_(auditors.second, acting.dismiss, finding, "没有说明原因", days=5, today=today)
    auditors.as_(auditors.manager, acting.respond, finding, "仍不认可", agreed=False, today=today)
    auditors.as_(auditors.second, acting.dismiss, finding, "仍没有说明", days=5, today=today)
    auditors.as_(auditors.first, acting.escalate, finding, "意见不一致", today=today)
    with pytest.raises(Forbidden):
        auditors.as_(auditors.first, acting.order, finding, "请更正", days=20, today=today)
    auditors.as_(admin, acting.order, finding, "请更正", days=20, today=today)
    auditors.as_(auditors.manager, acting.report, finding, "已更正", today=today)
    auditors.as_(auditors.first, acting.reopen, finding, "还差4月", days=5, today=today)
    auditors.as_(auditors.manager, acting.report, finding, "4月已补", today=today)
    with pytest.raises(Forbidden):
        auditors.as_(auditors.first, acting.close, finding, "无误", confirmed=True, today=today)
    with pytest.raises(Invalid):
        auditors.as_(auditors.second, acting.close, finding, "无误", confirmed=False, today=today)
    auditors.as_(auditors.second, acting.close, finding, "无误", confirmed=True, today=today)
    assert finding.closed_by_id == auditors.second.id
    auditors.as_(auditors.first, acting.reopen, finding, "又发现一笔", days=5, today=today)
    assert (finding.state, finding.closed_by_id, finding.ended_at) == (m.FindingState.REOPENED, None, None)
    auditors.session.commit()
    assert [it for it in violations(auditors.desk.road.app) if it.rule == "I21"] == []


def test_what_is_offered_is_what_the_table_says(auditors: Auditors) -> None:
    """Every step, in every state, to a person of each side who did not write the finding."""
    finding, asker_of = auditors.issued(), auditors.desk.road.as_user
    people = {
        m.FindingSide.AUDITOR: asker_of(auditors.second),
        m.FindingSide.RESPONDENT: asker_of(auditors.manager),
        m.FindingSide.DISTRICT: asker_of(auditors.desk.road.staff["admin"]),
    }
    late = auditors.today + timedelta(days=400)
    finding.correction_due_on = finding.response_due_on
    with auditors.session.no_autoflush:
        for state in m.FindingState:
            finding.state = state
            for side, asker in people.items():
                offered = set(steps.open_to(asker, finding, late))
                for kind, step in STEPS.items():
                    decided = state is m.FindingState.ESCALATED and kind in (Act.ORDERED, Act.WITHDRAWN)
                    sides = {m.FindingSide.DISTRICT} if decided else step.sides
                    own = step.own or (state is m.FindingState.DRAFT and kind is not Act.NOTED)
                    wanted = state in step.sources and side in sides and not own
                    assert (kind in offered) == wanted, (kind, state, side)
    auditors.session.rollback()


def test_the_table_itself_wants_two_auditors(auditors: Auditors) -> None:
    finding = auditors.corrected()
    auditors.session.commit()
    values = {"state": "closed", "closed_by_id": finding.written_by_id, "ended_at": finding.issued_at}
    with pytest.raises(IntegrityError):
        auditors.session.execute(update(m.Finding).where(m.Finding.id == finding.id).values(**values))
    auditors.session.rollback()
    for statement in ("UPDATE finding_acts SET said = 'anders'", "DELETE FROM finding_acts"):
        with pytest.raises(DBAPIError):
            auditors.session.execute(text(statement))
        auditors.session.rollback()


def test_what_was_changed_behind_it_is_found(auditors: Auditors) -> None:
    finding = auditors.corrected()
    auditors.session.execute(update(m.Finding).where(m.Finding.id == finding.id).values(state="responded"))
    auditors.session.commit()
    found = [it for it in violations(auditors.desk.road.app) if it.rule == "I21"]
    assert [it.thing for it in found] == [f"finding {finding.number}"]


def test_what_a_draft_may_not_say(auditors: Auditors) -> None:
    department = auditors.session.scalars(select(m.Department.id)).first()
    wrong: tuple[tuple[dict[str, Any], str], ...] = (
        ({"fact": f"参保人{NUMBER}多记一个月"}, "fact"),
        ({"title": "题" * 201}, "title"),
        ({"amount_fen": -1}, "amount_fen"),
        ({"to_department_id": department}, "respondent"),
        ({"to_operator_id": None, "to_tenant_id": auditors.letter.tenant_id}, "respondent"),
    )
    for instead, field in wrong:
        with pytest.raises(Invalid) as refused:
            auditors.draft(**instead)
        assert refused.value.field == field
        assert NUMBER not in str(refused.value)
        auditors.session.rollback()


def test_another_operators_letter_is_none_of_theirs(auditors: Auditors) -> None:
    stranger = factories.operator(auditors.session, auditors.desk.road.district)
    with pytest.raises(Invalid, match="不属于所选的运营机构"):
        auditors.draft(to_operator_id=stranger.id)


def test_it_is_served_whole(auditors: Auditors) -> None:
    finding = auditors.draft(criterion="")
    with pytest.raises(Invalid, match="依据"):
        auditors.as_(auditors.first, writing.issue, finding, days=10, confirmed=True, today=auditors.today)
    auditors.as_(auditors.first, writing.edit, finding, {"criterion": TEXT["criterion"]})
    with pytest.raises(Forbidden):
        auditors.as_(auditors.second, writing.issue, finding, days=10, confirmed=True, today=auditors.today)
    with pytest.raises(Invalid):
        auditors.as_(auditors.first, writing.issue, finding, days=0, confirmed=True, today=auditors.today)
    auditors.as_(auditors.first, writing.issue, finding, days=10, confirmed=True, today=auditors.today)
    assert finding.response_due_on == calendar.add_working_days(
        auditors.session, finding.district_id, auditors.today, 10
    )
    with pytest.raises(Conflict):
        auditors.as_(auditors.first, writing.edit, finding, {"title": "改"})


def _told(auditors: Auditors, who: m.User) -> list[str]:
    kinds = select(m.Notice.kind).where(m.Notice.user_id == who.id, m.Notice.subject_type == "finding")
    return list(auditors.session.scalars(kinds.order_by(m.Notice.id)))


def test_each_side_is_told_of_its_turn_and_both_of_the_day(auditors: Auditors) -> None:
    founder = auditors.desk.road.founder_of(auditors.case.tenant)
    finding = auditors.issued()
    assert _told(auditors, auditors.manager) == ["finding_issued"]
    assert _told(auditors, founder) == []
    due = finding.response_due_on
    assert due is not None
    days = [due - timedelta(days=30), due, due + timedelta(days=1), due + timedelta(days=2)]
    told = [notices.of_days(auditors.session, day) for day in days]
    assert told[0] == 0
    assert told[1] == 1
    assert told[2] >= 3  # the manager and both auditors
    assert told[3] == 0
    assert _told(auditors, auditors.manager) == ["finding_issued", "finding_near", "finding_late"]
    assert _told(auditors, auditors.first) == ["finding_late"]
    auditors.as_(auditors.second, acting.extend, finding, "银行调取回单需要时间", days=25, today=auditors.today)
    assert finding.response_due_on > due
    with pytest.raises(Invalid):
        auditors.as_(auditors.second, acting.extend, finding, "再短一点", days=5, today=auditors.today)
    assert notices.of_days(auditors.session, due + timedelta(days=1)) == 0
    auditors.as_(auditors.manager, acting.respond, finding, "情况属实", agreed=True, today=auditors.today)
    assert _told(auditors, auditors.first)[-1] == "finding_responded"
    auditors.as_(auditors.second, acting.say, finding, "内部", today=auditors.today, inside=True)
    assert "finding_commented" not in _told(auditors, auditors.manager)
    auditors.as_(auditors.second, acting.say, finding, "请附流水", today=auditors.today)
    assert _told(auditors, auditors.manager)[-1] == "finding_commented"
    assert "finding_commented" not in _told(auditors, auditors.first)


def test_every_act_is_told_or_said_to_be_silent() -> None:
    assert set(notices.TOLD) | set(notices.SILENT) == set(m.FindingActKind)


def test_nothing_ends_while_a_proposal_waits(auditors: Auditors) -> None:
    finding, today = auditors.corrected(), auditors.today
    auditors.as_(auditors.first, proposing.propose, finding, m.ProposalKind.REVOKE, "核定有误", today=today)
    with pytest.raises(Invalid, match="等经办部门处理"):
        auditors.as_(auditors.second, acting.close, finding, "无误", confirmed=True, today=today)
    proposal = finding.proposals[0]
    with pytest.raises(Forbidden):
        auditors.as_(auditors.desk.road.staff["payer"], proposing.decline, proposal, "不办")
    auditors.as_(auditors.desk.road.staff["second"], proposing.decline, proposal, "核定无误")
    with pytest.raises(Conflict):
        auditors.as_(auditors.desk.road.staff["second"], proposing.decline, proposal, "再说一次")
    auditors.as_(auditors.second, acting.close, finding, "无误", confirmed=True, today=today)
    assert finding.state is m.FindingState.CLOSED


def test_what_is_not_an_award_is_not_proposed(auditors: Auditors) -> None:
    def write(session: Session) -> m.Finding:
        to = {"to_operator_id": auditors.letter.operator_id}
        return writing.begin(session, writing.origin(session), TEXT | to)

    finding = auditors.as_(auditors.first, write)
    auditors.as_(auditors.first, writing.issue, finding, days=10, confirmed=True, today=auditors.today)
    with pytest.raises(Conflict, match="没有关联"):
        auditors.as_(
            auditors.first, proposing.propose, finding, m.ProposalKind.REVOKE, "核定有误", today=date(2026, 12, 1)
        )
