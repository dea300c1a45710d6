"""绿色通道: a case goes the short way, for a reason, until somebody takes it off for another. Its limits are those of
the policy's card for that, or half of the usual ones."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from core.data.models import Case, CaseGreenLane, CaseState, GreenReason, Role
from core.data.queries import clocks as reads
from core.data.types import utcnow
from core.errors import N_, Conflict, Forbidden, Invalid
from core.policy import Registry
from core.services import assessments, audit, clocks
from core.services.workflow import OPEN

# A district's own list: no regulation names these.
REASONS: dict[GreenReason, str] = {
    GreenReason.KEY_PROJECT: N_("重点项目"),
    GreenReason.TALENT: N_("高层次人才"),
    GreenReason.PRIORITY_GROUP: N_("重点群体（应届毕业生、退役军人、残疾人等）"),
    GreenReason.HARDSHIP: N_("受灾或经营困难"),
    GreenReason.BUDGET_YEAR: N_("预算年度将结束"),
    GreenReason.OTHER: N_("其他"),
}
KEEPERS = frozenset({Role.WINDOW, Role.DISTRICT_ADMIN})


def open_to(state: CaseState) -> bool:
    """Whether a case in this state can still be hurried."""
    return state in OPEN and state is not CaseState.DRAFT


def mark(session: Session, registry: Registry, case: Case, *, reason: str, note: str, today: date) -> CaseGreenLane:
    """Take the case into the green lane; its running limit becomes shorter, but makes nobody late."""
    clocks.hold(session, case)
    _may(session)
    if not open_to(case.state):
        raise Conflict("本件已办结，不能再进入绿色通道")
    if reads.green_lane(session, case) is not None:
        raise Conflict("本件已在绿色通道，请刷新页面查看")
    if reason not in set(GreenReason):
        raise Invalid("请选择进入绿色通道的理由", field="reason")
    row = CaseGreenLane(
        operator_id=case.operator_id,
        tenant_id=case.tenant_id,
        case_id=case.id,
        reason=GreenReason(reason),
        note=clocks.sentence(note, field="note"),
        by_id=audit.asker_of(session).user_id,
    )
    session.add(row)
    workflow = assessments.card_of(registry, case.policy_key).workflow
    clocks.set_limit(session, case, workflow, green=True, today=today)
    audit.record(session, "case.green", case, detail={"reason": reason, "due": _due(case)})
    session.flush()
    return row


def take_off(session: Session, registry: Registry, case: Case, *, reason: str, today: date) -> None:
    """The usual limits again, for a reason."""
    clocks.hold(session, case)
    _may(session)
    row = reads.green_lane(session, case)
    if row is None:
        raise Conflict("本件不在绿色通道，请刷新页面查看")
    row.end_reason = clocks.sentence(reason, field="reason")
    row.ended_at, row.ended_by_id = utcnow(), audit.asker_of(session).user_id
    workflow = assessments.card_of(registry, case.policy_key).workflow
    clocks.set_limit(session, case, workflow, green=False, today=today)
    audit.record(session, "case.green.end", case, detail={"due": _due(case)})
    session.flush()


def _may(session: Session) -> None:
    if not audit.asker_of(session).may(*KEEPERS):
        raise Forbidden("只有总窗和区级管理人员可以设置绿色通道")


def _due(case: Case) -> str | None:
    return case.due_on.isoformat() if case.due_on else None
