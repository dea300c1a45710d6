"""What is done to a finding that was served: answers and corrections of one side, judgements of the other. Each holds
the finding, looks at `steps`, and writes an act."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from core.data.models import Finding, FindingAct, FindingActKind
from core.data.types import utcnow
from core.errors import Invalid
from core.services import audit
from core.services.findings import enclosures, steps
from core.services.findings.enclosures import Enclosed
from core.services.findings.steps import STEPS, TO_ANSWER, Act
from core.services.findings.writing import ANSWER_DAYS, CORRECT_DAYS, due


def say(
    session: Session,
    finding: Finding,
    said: str,
    enclosed: Enclosed | None = None,
    *,
    today: date,
    inside: bool = False,
) -> FindingAct:
    """A comment of either side, which the other reads; `inside`: a note between auditors."""
    kind = Act.NOTED if inside else Act.COMMENTED
    side = steps.hold(session, finding, kind, today)
    act = steps.note(session, finding, kind, side, steps.words(said), shown=not inside)
    enclosures.attach(session, finding, act, enclosed)
    return act


def respond(
    session: Session, finding: Finding, said: str, enclosed: Enclosed | None = None, *, agreed: bool, today: date
) -> None:
    """The answer of whom it was served on: whether they agree, and what they say."""
    act = _step(session, finding, Act.RESPONDED, said, today=today)
    finding.agreed = agreed
    enclosures.attach(session, finding, act, enclosed)


def dismiss(session: Session, finding: Finding, said: str, *, days: int | None, today: date) -> None:
    """The answer does not do: it is to be answered again, in so many working days."""
    until = due(session, finding, ANSWER_DAYS if days is None else days, today)
    _step(session, finding, Act.DISMISSED, said, today=today, answer_by=until)


def order(session: Session, finding: Finding, said: str, *, days: int | None, today: date) -> None:
    """要求整改: it is to be put right, in so many working days."""
    until = due(session, finding, CORRECT_DAYS if days is None else days, today)
    _step(session, finding, Act.ORDERED, said, today=today, correct_by=until)


def report(session: Session, finding: Finding, said: str, enclosed: Enclosed | None = None, *, today: date) -> None:
    """报告整改结果: what was put right, with papers."""
    enclosures.attach(session, finding, _step(session, finding, Act.REPORTED, said, today=today), enclosed)


def close(session: Session, finding: Finding, said: str, *, confirmed: bool, today: date) -> None:
    """销号, by an auditor who did not write it and has looked at what was put right. While a proposal waits for a desk
    nobody knows yet what comes of it."""
    side = steps.hold(session, finding, Act.CLOSED, today)
    if any(it.decided_by_id is None for it in finding.proposals):
        raise Invalid("建议还在等经办部门处理，有了结果再销号")
    if not confirmed:
        raise Invalid("请确认已逐项核对整改结果", field="confirmed")
    finding.closed_by_id, finding.ended_at = audit.asker_of(session).user_id, utcnow()
    finding.state = steps.S.CLOSED
    steps.note(session, finding, Act.CLOSED, side, steps.words(said))


def reopen(session: Session, finding: Finding, said: str, *, days: int | None, today: date) -> None:
    """It is not put right, or not any more."""
    until = due(session, finding, CORRECT_DAYS if days is None else days, today)
    side = steps.hold(session, finding, Act.REOPENED, today)
    finding.closed_by_id = finding.ended_at = None
    finding.state, finding.correction_due_on = steps.S.REOPENED, until
    steps.note(session, finding, Act.REOPENED, side, steps.words(said), due_on=until)


def escalate(session: Session, finding: Finding, said: str, *, today: date) -> None:
    """提交区级: the two sides do not agree, or nothing came in time; the district's administrators decide."""
    _step(session, finding, Act.ESCALATED, said, today=today)


def extend(session: Session, finding: Finding, said: str, *, days: int | None, today: date) -> None:
    """More time, with a reason: so many working days from today, and later than the day that stands."""
    side = steps.hold(session, finding, Act.EXTENDED, today)
    until, stands = due(session, finding, ANSWER_DAYS if days is None else days, today), steps.due_of(finding)
    if stands is not None and until <= stands:
        raise Invalid("延长后的期限%(until)s不晚于现在的%(stands)s", field="days", until=str(until), stands=str(stands))
    if finding.state in TO_ANSWER:
        finding.response_due_on = until
    else:
        finding.correction_due_on = until
    steps.note(session, finding, Act.EXTENDED, side, steps.words(said), due_on=until)


def withdraw(session: Session, finding: Finding, said: str, *, today: date) -> None:
    """It does not hold. A draft goes without anybody hearing of it."""
    side = steps.hold(session, finding, Act.WITHDRAWN, today)
    if any(it.decided_by_id is None for it in finding.proposals):
        raise Invalid("建议还在等经办部门处理，有了结果再撤回")
    finding.state, finding.ended_at = steps.S.WITHDRAWN, utcnow()
    steps.note(session, finding, Act.WITHDRAWN, side, steps.words(said), shown=finding.shown)


def _step(
    session: Session,
    finding: Finding,
    kind: FindingActKind,
    said: str,
    *,
    today: date,
    answer_by: date | None = None,
    correct_by: date | None = None,
) -> FindingAct:
    side = steps.hold(session, finding, kind, today)
    text, target = steps.words(said), STEPS[kind].target
    assert target is not None
    finding.response_due_on = answer_by or finding.response_due_on
    finding.correction_due_on = correct_by or finding.correction_due_on
    finding.state = target
    return steps.note(session, finding, kind, side, text, due_on=answer_by or correct_by)
