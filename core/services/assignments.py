"""经办: a case that waits at a desk is had by one person of the right role. Whoever acts on one that nobody has, has
it; another of the role takes it over first, which the trail says."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.asker import Asker
from core.data.models import AssignmentKind, Case, CaseAssignment, CaseState, Membership, Role, User
from core.data.queries import clocks as reads
from core.data.queries import people
from core.data.types import utcnow
from core.errors import Conflict, Forbidden, Invalid
from core.policy.card import Workflow
from core.services import appeals, audit, cases, phases, revocations, ties
from core.services.phases import Phase

S = CaseState

# Which desk a case of the standard preset waits at. (Those of a policy that shares out wait at their operator.) Where a
# policy gives its notice elsewhere on the road, or none: `desk_of`.
DESKS: dict[CaseState, Role] = {
    S.SUBMITTED: Role.WINDOW,
    S.ACCEPTED: Role.FIRST_REVIEWER,
    S.FIRST_REVIEW: Role.SECOND_REVIEWER,
    S.SECOND_REVIEW: Role.SECOND_REVIEWER,
    S.PUBLISHED: Role.APPROVER,
    S.OBJECTED: Role.SECOND_REVIEWER,
    S.ISSUED: Role.PAYER,
    S.PAID: Role.PAYER,
    S.APPEALED: Role.SECOND_REVIEWER,
    S.REVOKING: Role.APPROVER,
}
GIVERS = frozenset({Role.WINDOW, Role.DISTRICT_ADMIN})


def desk_of(workflow: Workflow, case: Case) -> Role | None:
    """The desk at which a case begins to wait. Its clock keeps it."""
    phase = phases.phase_of(case, workflow, date.max)
    if phase is Phase.UNNOTICED:
        return Role.APPROVER  # nothing is published before the decision
    if phase is Phase.TO_ANNOUNCE:
        return Role.SECOND_REVIEWER
    return DESKS.get(case.state)


def may_work(session: Session, user_id: int, case: Case) -> None:
    """Whether this person may be given the case, or take it; raises a domain error where not. Who had a part in what
    the desk is to judge does not get it."""
    if user_id in _involved(session, case):
        raise Conflict("这位工作人员办理过本件的前一步，这一步须由另外的人办理")
    if ties.standing(session, user_id, case):
        raise Conflict("这位工作人员与申请单位有须回避的关系，不能办理本件；请交由其他人")


def _involved(session: Session, case: Case) -> set[int | None]:
    """Those who may not make the next step: of an appeal whoever decided, of a revocation whoever proposed it or
    prepared the case, else whoever prepared or approved it (three steps, three people)."""
    if case.state is S.APPEALED:
        return {*appeals.judges(session, case)}
    if case.state is S.REVOKING:
        return {*revocations.proposers(session, case)}
    return {case.prepared_by_id, case.approved_by_id}


def take(session: Session, case: Case, *, over: int | None = None) -> CaseAssignment:
    """The asker has the case from now on. From another only where `over` is the assignment that the page showed: who
    takes over knows from whom."""
    cases.lock(session, case)
    asker, role = audit.asker_of(session), _desk(session, case)
    if not asker.may(role) or asker.user_id is None:
        raise Forbidden("本件不在您的岗位办理，不能领取")
    there = reads.assignment(session, case)
    if there is not None and _is_of(there, asker):
        raise Conflict("本件已由您办理")
    if there is not None and there.id != over:
        raise Conflict("本件已由其他人领取，请刷新页面查看；如需由您办理，请接手")
    kind = AssignmentKind.TAKEN if there is None else AssignmentKind.TAKEN_OVER
    return _assign(session, case, asker.user_id, role, kind, there)


def give(session: Session, case: Case, user_id: int | None, *, today: date) -> CaseAssignment:
    """The window or the district gives the case to somebody of the desk it waits at."""
    cases.lock(session, case)
    asker, role = audit.asker_of(session), _desk(session, case)
    if not asker.may(*GIVERS):
        raise Forbidden("只有总窗和区级管理人员可以分派")
    if user_id is None or user_id not in {person.id for person in candidates(session, case, today)}:
        raise Invalid("请选择办理这一环节的在岗人员", field="user_id")
    there = reads.assignment(session, case)
    if there is not None and there.user_id == user_id:
        raise Conflict("本件已由这位工作人员办理")
    return _assign(session, case, user_id, role, AssignmentKind.GIVEN, there)


def put_back(session: Session, case: Case) -> None:
    """Nobody has the case any more: by whoever has it, or whoever gives cases out."""
    cases.lock(session, case)
    asker, there = audit.asker_of(session), reads.assignment(session, case)
    if there is None:
        raise Conflict("本件没有经办人，请刷新页面查看")
    if not _is_of(there, asker) and not asker.may(*GIVERS):
        raise Forbidden("只有经办人、总窗和区级管理人员可以退回待领")
    end(session, case)
    audit.record(session, "case.put_back", case, detail={"from": there.user_id})
    session.flush()


def candidates(session: Session, case: Case, today: date) -> list[User]:
    """Who may be given the case: the people in post at the desk it waits at."""
    role = desk(session, case)
    if role is None:
        return []
    at_desk = select(Membership.user_id).where(
        Membership.district_id == case.district_id,
        Membership.operator_id.is_(None),
        Membership.role == role,
        people.running(today),
    )
    return list(session.scalars(select(User).where(User.active, User.id.in_(at_desk)).order_by(User.name, User.id)))


def require_own(session: Session, case: Case, asker: Asker) -> None:
    """Refuse somebody of the same role who did not take the case over; other roles are not in each other's way."""
    there = reads.assignment(session, case)
    if there is not None and asker.may(there.role) and not _is_of(there, asker):
        name = people.names(session, [there.user_id]).get(there.user_id, "")
        raise Conflict("本件由%(name)s经办；如需由您办理，请先在申请件页面接手", name=name)


def act(session: Session, case: Case, asker: Asker) -> None:
    """The asker is about to make a move: not on what a colleague has, and what nobody has is theirs."""
    require_own(session, case, asker)
    role = desk(session, case)
    if role is None or not asker.may(role) or asker.user_id is None:
        return
    if reads.assignment(session, case) is None:
        _assign(session, case, asker.user_id, role, AssignmentKind.ACTED, None)


def end(session: Session, case: Case) -> None:
    """Nobody has the case: it goes to another desk, to another person, or back."""
    there = reads.assignment(session, case)
    if there is not None:
        there.ended_at = utcnow()
        session.flush()  # a case has one at a time


def desk(session: Session, case: Case) -> Role | None:
    """The desk that a case waits at, if it waits at one."""
    clock = reads.running(session, case)
    return clock.desk if clock is not None else None


def _desk(session: Session, case: Case) -> Role:
    role = desk(session, case)
    if role is None:
        raise Conflict("本件目前不在任何岗位办理，不需要领取或分派")
    return role


def _is_of(there: CaseAssignment, asker: Asker) -> bool:
    """Whether the asker has it, or stands in for who does."""
    return there.user_id in {asker.user_id, asker.acting_for_id}


def _assign(
    session: Session, case: Case, user_id: int, role: Role, kind: AssignmentKind, there: CaseAssignment | None
) -> CaseAssignment:
    clock = reads.running(session, case)
    if clock is None:
        raise Conflict("本件目前不在任何岗位办理，不需要领取或分派")
    if kind is not AssignmentKind.ACTED:  # a move asks for itself what its people may do
        may_work(session, user_id, case)
    end(session, case)
    row = CaseAssignment(
        operator_id=case.operator_id,
        tenant_id=case.tenant_id,
        case_id=case.id,
        clock_id=clock.id,
        user_id=user_id,
        role=role,
        kind=kind,
        by_id=audit.asker_of(session).user_id,
    )
    session.add(row)
    if kind is not AssignmentKind.ACTED:  # the move's own event says who acted
        detail = {"to": user_id, "from": there.user_id if there else None, "role": role.value}
        audit.record(session, f"case.assign.{kind.value}", case, detail=detail)
    session.flush()
    return row
