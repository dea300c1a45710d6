"""专窗核查: the desks of a policy look at their parts of a case at the same time, before the first review passes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.data.asker import Asker
from core.data.models import Case, CaseState, Department, DeskState, DeskTask
from core.data.types import utcnow
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.policy import Desk, Registry
from core.services import audit, cases
from core.services.assessments import card_of
from core.services.typed import OPINION, within


@dataclass(frozen=True, slots=True)
class Answer:
    """A desk and what it was asked and said of a case; `task` is None where it was never asked."""

    key: str
    desk: Desk
    task: DeskTask | None

    @property
    def state(self) -> DeskState:
        return self.task.state if self.task else DeskState.OPEN


def open_tasks(session: Session, registry: Registry, case: Case) -> None:
    """Ask every desk of the policy; what they said before rested on older facts."""
    known = card_of(registry, case.policy_key).workflow.desks
    if not known:
        return
    _supersede(session, case)
    owner = {"operator_id": case.operator_id, "tenant_id": case.tenant_id, "case_id": case.id}
    session.add_all(DeskTask(desk=key, **owner) for key in known)
    session.flush()


def answers(session: Session, registry: Registry, case: Case) -> list[Answer]:
    """Each desk of the policy with its standing task, in the card's order."""
    known: Mapping[str, Desk] = card_of(registry, case.policy_key).workflow.desks
    if not known:
        return []
    standing = select(DeskTask).where(DeskTask.case_id == case.id, DeskTask.superseded_at.is_(None))
    tasks = {task.desk: task for task in session.scalars(standing)}
    return [Answer(key, desk, tasks.get(key)) for key, desk in known.items()]


def answer(session: Session, registry: Registry, case: Case, key: str, state: DeskState, opinion: str) -> DeskTask:
    """Note what a desk found. While the case waits for its first review it may say something else, and what it had
    said before stays on record."""
    cases.lock(session, case)
    desk = card_of(registry, case.policy_key).workflow.desks.get(key)
    if desk is None:
        raise NotFound("这项政策没有这个专窗")
    if case.state is not CaseState.ACCEPTED:
        raise Conflict("专窗只在受理之后、初审之前核查，本件已不在这一步；请刷新页面查看最新状态")
    asker = audit.asker_of(session)
    _require_department(session, asker, case, desk)
    opinion = within(opinion, OPINION, field="opinion")
    if state is DeskState.OPEN:
        raise Invalid("请选择核查结果：通过，或有问题", field="state")
    if state is DeskState.OBJECTED and len(opinion) < 2:
        raise Invalid("请写明问题所在，初审人员将据此办理", field="opinion")
    before = next(it.task for it in answers(session, registry, case) if it.key == key)
    if before is not None and (before.state, before.opinion or "") == (state, opinion):
        return before  # pressed twice
    if before is None or before.state is not DeskState.OPEN:
        _supersede(session, case, key)
        before = DeskTask(operator_id=case.operator_id, tenant_id=case.tenant_id, case_id=case.id, desk=key)
        session.add(before)
    before.state, before.opinion, before.answered_at = state, opinion or None, utcnow()
    before.answered_by_id, before.department_id = asker.user_id, asker.department_id
    session.flush()
    audit.record(session, "case.desk", case, detail={"desk": key, "state": state.value})
    return before


def require_answered(session: Session, registry: Registry, case: Case, opinion: str) -> None:
    """All desks have answered; one that found something wrong is overruled with a written opinion only."""
    found = answers(session, registry, case)
    if waiting := [it.desk.title.zh for it in found if it.state is DeskState.OPEN]:
        raise Conflict("专窗尚未核查完：%(desks)s；请待其填写结果后再作初审", desks="、".join(waiting))
    objecting = [it.desk.title.zh for it in found if it.state is DeskState.OBJECTED]
    if objecting and len(opinion.strip()) < 2:
        raise Invalid(
            "%(desks)s认为有问题；仍要通过的，请在意见中写明理由", desks="、".join(objecting), field="opinion"
        )


def may_answer(session: Session, asker: Asker, case: Case, desk: Desk) -> bool:
    """Whether the desk is the asker's: that of their department, or of anyone where the district has none such."""
    if desk.department is None:
        return True
    wanted = select(Department.id).where(Department.district_id == case.district_id, Department.code == desk.department)
    department_id = session.scalars(wanted).first()
    return department_id is None or department_id == asker.department_id


def _require_department(session: Session, asker: Asker, case: Case, desk: Desk) -> None:
    if not may_answer(session, asker, case, desk):
        raise Forbidden("%(desk)s由另一部门的人员核查，您所在部门不能填写", desk=desk.title.zh)


def _supersede(session: Session, case: Case, key: str | None = None) -> None:
    standing = [DeskTask.case_id == case.id, DeskTask.superseded_at.is_(None)]
    if key is not None:
        standing.append(DeskTask.desk == key)
    session.execute(update(DeskTask).where(*standing).values(superseded_at=utcnow()))
