"""The steps of a finding, in one table: from which states, to which, by whom. Pages show what `open_to` gives, and
`hold` lets nothing else through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.asker import Asker, Reach
from core.data.models import Finding, FindingAct, FindingActKind, FindingSide, FindingState, Role
from core.data.types import utcnow
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.services import audit, ties
from core.services.notices import findings as notices
from core.services.typed import within

S, Act, Side = FindingState, FindingActKind, FindingSide
SAID = 5000  # characters of what is said with a step
RUNNING = frozenset(S) - {S.DRAFT, S.CLOSED, S.WITHDRAWN}  # served, and not at its end
TO_ANSWER = frozenset({S.ISSUED, S.NOT_ACCEPTED})
TO_CORRECT = frozenset({S.CORRECTING, S.REOPENED})
ANYTIME = frozenset({Act.COMMENTED, Act.NOTED})


@dataclass(frozen=True, slots=True)
class Step:
    """`target` None: the state stays. `other`: not whoever wrote the finding; `own`: only they. `late`: only once the
    day to keep is past, except from the states in `sooner`."""

    sources: frozenset[FindingState]
    target: FindingState | None
    sides: frozenset[FindingSide]
    other: bool = False
    own: bool = False
    late: bool = False
    sooner: frozenset[FindingState] = frozenset()


_AUDITOR, _RESPONDENT, _DISTRICT = (frozenset({side}) for side in (Side.AUDITOR, Side.RESPONDENT, Side.DISTRICT))
STEPS: Mapping[FindingActKind, Step] = {
    Act.ISSUED: Step(frozenset({S.DRAFT}), S.ISSUED, _AUDITOR, own=True),
    Act.RESPONDED: Step(TO_ANSWER, S.RESPONDED, _RESPONDENT),
    Act.REPORTED: Step(TO_CORRECT, S.CORRECTED, _RESPONDENT),
    Act.CLOSED: Step(frozenset({S.CORRECTED}), S.CLOSED, _AUDITOR, other=True),
    Act.ORDERED: Step(frozenset({S.RESPONDED, S.ESCALATED}), S.CORRECTING, _AUDITOR),
    Act.DISMISSED: Step(frozenset({S.RESPONDED}), S.NOT_ACCEPTED, _AUDITOR),
    Act.REOPENED: Step(frozenset({S.CORRECTED, S.CLOSED}), S.REOPENED, _AUDITOR),
    Act.EXTENDED: Step(TO_ANSWER | TO_CORRECT, None, _AUDITOR),
    Act.ESCALATED: Step(
        TO_ANSWER | TO_CORRECT, S.ESCALATED, _AUDITOR, late=True, sooner=frozenset({S.NOT_ACCEPTED, S.REOPENED})
    ),
    Act.PROPOSED: Step(RUNNING, None, _AUDITOR),
    Act.WITHDRAWN: Step(
        frozenset({S.DRAFT, S.ISSUED, S.RESPONDED, S.NOT_ACCEPTED, S.ESCALATED}), S.WITHDRAWN, _AUDITOR
    ),
    Act.COMMENTED: Step(RUNNING, None, _AUDITOR | _RESPONDENT | _DISTRICT),
    Act.NOTED: Step(frozenset(S), None, _AUDITOR),
}


def sides_of(asker: Asker, finding: Finding) -> frozenset[FindingSide]:
    """On which sides somebody stands who may see the finding. An administrator of the department that it was served on
    answers it, and does not decide on it."""
    if asker.reach in (Reach.OPERATOR, Reach.TENANT):
        return _RESPONDENT
    if asker.reach is not Reach.DISTRICT:
        return frozenset()
    if asker.may(Role.AUDITOR):
        return _AUDITOR
    if finding.to_department_id is not None and finding.to_department_id == asker.department_id:
        return _RESPONDENT
    return _DISTRICT if asker.may(Role.DISTRICT_ADMIN) else frozenset()


def due_of(finding: Finding) -> date | None:
    """The day that is to be kept now."""
    if finding.state in TO_ANSWER:
        return finding.response_due_on
    return finding.correction_due_on if finding.state in TO_CORRECT else None


def is_late(finding: Finding, today: date) -> bool:
    due = due_of(finding)
    return due is not None and due < today


def open_to(asker: Asker, finding: Finding, today: date) -> list[FindingActKind]:
    """What somebody may do to a finding as it is, in the order of the table."""
    return [kind for kind in STEPS if _why_not(asker, finding, kind, today) is None]


def load(session: Session, finding_id: int) -> Finding:
    """The finding, for whoever may see it and, of the district's people, has no tie to the applicant. Raises
    `NotFound`, `Tied`."""
    found = session.scalars(select(Finding).where(Finding.id == finding_id)).one_or_none()
    if found is None:
        raise NotFound("没有这项审计发现，或您无权查看")
    asker = audit.asker_of(session)
    if asker.reach is Reach.DISTRICT and found.case is not None:
        ties.refuse(session, found.case, asker)
    return found


def hold(session: Session, finding: Finding, kind: FindingActKind, today: date) -> FindingSide:
    """Hold the finding until the transaction ends, as it now is; returns the side on which the asker does this. Raises
    `Forbidden`, `Conflict`."""
    session.refresh(finding, with_for_update=True)
    asker = audit.asker_of(session)
    refused = _why_not(asker, finding, kind, today)
    if refused is not None:
        raise refused
    return next(side for side in FindingSide if side in sides_of(asker, finding) & _sides(finding, kind))


def _sides(finding: Finding, kind: FindingActKind) -> frozenset[FindingSide]:
    """Who does it. What was escalated the district's administrators decide."""
    decided = finding.state is S.ESCALATED and kind in (Act.ORDERED, Act.WITHDRAWN)
    return _DISTRICT if decided else STEPS[kind].sides


def _why_not(asker: Asker, finding: Finding, kind: FindingActKind, today: date) -> Forbidden | Conflict | None:
    step = STEPS[kind]
    if asker.user_id is None or not sides_of(asker, finding) & _sides(finding, kind):
        return Forbidden("您的角色不能办理审计发现的这一步")
    if finding.state not in step.sources:
        return Conflict("这项审计发现的状态已经改变，可能已有人办理；请刷新页面查看")
    if step.other and asker.user_id == finding.written_by_id:
        return Forbidden("撰写人不能为自己的审计发现销号；请另一位审计人员复查")
    if (step.own or finding.state is S.DRAFT) and kind is not Act.NOTED and asker.user_id != finding.written_by_id:
        return Forbidden("草稿由撰写人本人办理")
    if step.late and finding.state not in step.sooner and not is_late(finding, today):
        return Conflict("期限未过，不能提交区级决定；请等到期满，或先不予采纳答复")
    return None


def words(said: str | None, *, field: str = "said", needed: bool = True) -> str:
    """What somebody says, of more than a character; without `needed` it may be nothing."""
    text = within(said, SAID, field=field)
    if needed and len(text) < 2:
        raise Invalid("请写明内容，至少两个字", field=field)
    return text


def note(
    session: Session,
    finding: Finding,
    kind: FindingActKind,
    side: FindingSide,
    said: str = "",
    *,
    due_on: date | None = None,
    shown: bool = True,
    at: datetime | None = None,
) -> FindingAct:
    """Write an act down, with the finding and on the trail. `at`: now, if none is said."""
    session.flush()
    act = FindingAct(
        district_id=finding.district_id,
        finding_id=finding.id,
        kind=kind,
        side=side,
        at=at or utcnow(),
        actor_id=audit.asker_of(session).user_id,
        said=said or None,
        due_on=due_on,
        shown=shown,
    )
    session.add(act)
    detail = {"state": finding.state, "due": due_on and str(due_on), "amount_fen": finding.amount_fen}
    audit.record(session, f"finding.{kind}", finding, detail=detail)
    session.flush()
    session.expire(finding, ["acts"])
    notices.of_act(session, finding, act)
    return act
