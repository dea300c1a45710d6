"""Making a move: check what it needs, record the act, do what it writes (`effects`). One function for every move of
the table."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.asker import Asker, Reach, asking
from core.data.models import Case, CaseEvent, CaseState, Letter
from core.data.types import utcnow
from core.errors import Conflict, Forbidden, Invalid
from core.policy import Registry
from core.services import assessments, assignments, audit, clocks, notices, papers, reasons, ties
from core.services.assessments import Assessed
from core.services.effects import EFFECTS, FOLLOWS, Made
from core.services.needs import NEEDS, RULE_NEEDS, Act, Situation
from core.services.typed import OPINION, within
from core.services.workflow import MOVES, Move, Need


def move(
    session: Session, registry: Registry, case: Case, code: str, act: Act, *, today: date, at: datetime | None = None
) -> CaseEvent:
    """Make the move `code`; raises a domain error, and then nothing has changed. Returns the recorded act.

    `at` is when it was done, for acts brought in from elsewhere; now, if not given.
    """
    rule = MOVES[code]
    asker = audit.asker_of(session)
    _may(asker, rule)
    if assessments.preset_of(registry, case.policy_key) not in rule.presets:
        raise Conflict("这项政策没有这一步，请刷新页面查看可办的步骤")
    clocks.hold(session, case)
    if case.state not in rule.sources:
        raise _out_of_place(session, asker, case, code)
    ties.refuse(session, case, asker)
    assessed = assessments.assess(session, case, registry, today) if rule.needs & RULE_NEEDS else None
    if assessed and act.content_hash not in (None, assessed.content_hash):
        raise Conflict("您打开页面之后内容有了变化，请刷新后重新核对")
    for need in (n for n in Need if n in rule.needs):
        NEEDS[need](Situation(session, registry, case, code, asker, act, assessed, today))
    papers.require_printable(code, act.opinion)
    assignments.act(session, case, asker)
    given = _reasons(rule, act, assessed)
    source, case.state = case.state, rule.target or came_from(session, case, case.state)
    event = CaseEvent(
        operator_id=case.operator_id,
        tenant_id=case.tenant_id,
        case_id=case.id,
        move=code,
        from_state=source,
        to_state=case.state,
        at=at or utcnow(),
        actor_id=asker.user_id,
        role=next(iter(asker.roles & rule.roles), asker.label),
        department_id=asker.department_id,
        opinion=within(act.opinion, OPINION, field="opinion") or None,
        reasons=given or None,
        content_hash=assessed.content_hash if assessed else case.content_hash,
    )
    session.add(event)
    clocks.turn(session, registry, case, today)
    session.flush()
    made = Made(session, registry, case, event, act, assessed, today)
    if effect := EFFECTS.get(code):
        effect(made)
    papers.after(session, registry, case, event)
    audit.record(
        session,
        f"case.{code}",
        case,
        detail={"from": source, "to": case.state, "reasons": given, "content": event.content_hash},
    )
    notices.of_move(session, registry, case, event)
    session.flush()
    if (then := FOLLOWS.get(code)) and then.where(made):
        with asking(session, Asker.system("workflow")):
            move(session, registry, case, then.move, Act(), today=today, at=at)
    return event


def _reasons(rule: Move, act: Act, assessed: Assessed | None) -> list[str]:
    """What was chosen of the move's list; a move that says no adds which checks failed."""
    offered = reasons.offered(rule.code)
    if offered and not set(act.reasons) <= set(offered):
        raise Invalid("所选理由不在这一步的清单中，请重新选择", field="reasons")
    found = reasons.found(assessed.decision) if assessed and Need.NOT_ELIGIBLE in rule.needs else []
    return [*found, *(reason for reason in act.reasons if reason in offered and reason not in found)]


def came_from(session: Session, case: Case, state: CaseState) -> CaseState:
    """The state that a case was in before it came into `state`. What was paid then and came back meanwhile waits for
    another payment; where it was an objection that led on, that is answered, and what was before it counts."""
    entered = select(CaseEvent).where(
        CaseEvent.case_id == case.id, CaseEvent.to_state == state, CaseEvent.from_state != state
    )
    entry = session.scalars(entered.order_by(CaseEvent.id.desc()).limit(1)).one()
    returned = select(CaseEvent.id).where(
        CaseEvent.case_id == case.id, CaseEvent.id > entry.id, CaseEvent.move == "returned_while_revoking"
    )
    if session.scalar(returned.limit(1)) is not None:
        return CaseState.ISSUED
    if entry.from_state is CaseState.OBJECTED:
        return came_from(session, case, CaseState.OBJECTED)
    return entry.from_state or CaseState.DRAFT


def _out_of_place(session: Session, asker: Asker, case: Case, code: str) -> Conflict:
    """Whoever pressed twice is told that it is done; others, that somebody was faster."""
    newest = select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.id.desc()).limit(1)
    last = session.scalars(newest).first()
    if last is not None and last.move == code and asker.user_id is not None and last.actor_id == asker.user_id:
        return Conflict("这一步您刚才已经办好，没有重复办理；请刷新页面查看最新状态")
    return Conflict("这一步不能在当前状态下进行，可能已有人办理；请刷新页面查看最新状态")


def _may(asker: Asker, rule: Move) -> None:
    if asker.reach is Reach.SYSTEM:
        return
    if asker.roles.isdisjoint(rule.roles):
        raise Forbidden("您的角色不能办理这一步")


def letter_issued(session: Session, registry: Registry, letter: Letter, *, today: date) -> None:
    """Told by the issuing job when a letter is sealed: an award's case moves on; a refusal's stays refused."""
    case = session.scalars(select(Case).where(Case.id == letter.case_id)).one()
    if letter.award_id is not None and case.state is CaseState.APPROVED:
        with asking(session, Asker.system("job:issue_letter")):
            move(session, registry, case, "issue", Act(), today=today)
