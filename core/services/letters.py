"""Issuing letters: asked for in the approving transaction, numbered in a tiny one, rendered outside any, sealed in a
third. Each step finds what an earlier run left and goes on from there, so that a crash anywhere ends in one letter.

Nothing is rendered or signed while the number's lock is held (a counter locked during signing stops every issuer),
and a numbered letter is never deleted: it is issued, or void with its number (GB/T 9704-2012, 7.2.5).
`core.jobs.issuing` joins the steps, each in its own transaction.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Literal, NamedTuple

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from core import SHANGHAI
from core.data.models import (
    Award,
    Case,
    CaseEvent,
    CaseState,
    Decision,
    Issuer,
    Letter,
    LetterCounter,
    LetterKind,
    LetterStatus,
)
from core.data.types import utcnow
from core.errors import Conflict, NotFound
from core.letters.lint import lint
from core.letters.numbering import check_code, format_number
from core.letters.render import to_html
from core.policy import LoadedPolicy
from core.services import audit, jobs, notices, replacements, sealing
from core.services.letter_text import draft_context, template_of

ISSUE = "issue_letter"
SIGN = "sign_log"
SIGN_PAUSE = 10  # seconds: while thousands of letters are issued, the log is not signed for each


def request_issue(session: Session, decision: Decision) -> None:
    """Have the letter of `decision` issued once this transaction commits."""
    session.flush()
    jobs.enqueue(session, ISSUE, key=f"{ISSUE}:{decision.id}", decision_id=decision.id)


def load_decision(session: Session, decision_id: int) -> Decision:
    decision = session.scalar(select(Decision).where(Decision.id == decision_id))
    if decision is None:
        raise NotFound("没有编号为%(id)s的核定决定", id=decision_id)
    return decision


def load(session: Session, letter_id: int) -> Letter:
    """The letter, if the asker may see it; raises `NotFound`."""
    letter = session.scalar(select(Letter).where(Letter.id == letter_id))
    if letter is None:
        raise NotFound("没有这份通知书，或您无权查看")
    return letter


class Standing(NamedTuple):
    """That what a letter says holds no more, since when: `revoked`, an award; `overturned`, a refusal on appeal."""

    what: Literal["revoked", "overturned"]
    on: date


def standing(session: Session, letter: Letter) -> Standing | None:
    """Why the letter, which stays as it was signed, no longer says what holds; None where it does."""
    if letter.award_id is not None:
        at = session.scalars(select(Award.revoked_at).where(Award.id == letter.award_id)).one()
        return Standing("revoked", at.astimezone(SHANGHAI).date()) if at else None
    upheld = select(CaseEvent.at).where(
        CaseEvent.case_id == letter.case_id,
        CaseEvent.move == "uphold_appeal",
        CaseEvent.at > letter.decision.decided_at,
    )
    at = session.scalars(upheld.order_by(CaseEvent.id).limit(1)).first()
    return Standing("overturned", at.astimezone(SHANGHAI).date()) if at else None


def outstanding(session: Session) -> list[int]:
    """Ids of the decisions whose letter is due and not issued, oldest first.

    An award is due once approved unless it was revoked, a refusal once the case is refused, appeal or not; only the
    newest decision of a case counts.
    """
    done = exists().where(Letter.decision_id == Decision.id, Letter.status != LetterStatus.NUMBERED)
    newest = select(func.max(Decision.id)).group_by(Decision.case_id)
    due = (
        select(Decision.id)
        .join(Case, Case.id == Decision.case_id)
        .outerjoin(Award, Award.decision_id == Decision.id)
        .where(
            or_(
                Award.id.is_not(None) & Award.revoked_at.is_(None) & (Case.state == CaseState.APPROVED),
                Award.id.is_(None) & Case.state.in_((CaseState.REFUSED, CaseState.APPEALED)),
            ),
            Decision.id.in_(newest),
            ~done,
        )
        .order_by(Decision.id)
    )
    return [*session.scalars(due)]


def take_number(session: Session, decision: Decision, loaded: LoadedPolicy, *, on: date) -> Letter:
    """Give the letter of `decision` the next number of its issuer in the year of `on`, or return the one it has.

    Raises `Conflict` naming everything that is wrong with the letter (`lint`), or `LetterRefusedError` where its form
    cannot be filled: then no number is taken. Commit soon after: until then no other letter of this issuer gets its
    number.
    """
    award = session.scalar(select(Award).where(Award.decision_id == decision.id))
    kind = LetterKind.AWARD if award else LetterKind.REFUSAL
    letter = _existing(session, decision, kind)
    replaced = replacements.granted(session, letter) if letter is not None else None
    if letter is not None and replaced is None:
        return letter
    if award is not None and award.revoked_at is not None:
        raise Conflict("申请件%(case)s的核定已撤销，不再发出通知书", case=decision.case.number)
    issuer = issuer_of_case(session, decision.case_id)
    context = draft_context(session, decision, loaded, issuer, kind=kind, on=on)
    if replaced is not None:
        context = replace(context, replaces=replaced.letter.number)
    if problems := lint(context, decision.capsule):
        raise Conflict(
            "申请件%(case)s的通知书不能编号：%(reasons)s",
            case=context.application_number,
            reasons="；".join(problem.zh for problem in problems),
        )
    to_html(context, template_of(loaded))  # a form that cannot be filled must not cost a number either
    counter = sealing.locked(session, LetterCounter, issuer_id=issuer.id, year=on.year)
    # Whoever waited for the lock may find that the letter was numbered meanwhile.
    if (now := _existing(session, decision, kind)) is not None and (replaced is None or now.id != replaced.letter_id):
        return now
    if replaced is not None:
        replacements.void(session, replaced)
    counter.last += 1
    number = format_number(issuer.mark, on.year, counter.last)
    letter = Letter(
        operator_id=decision.operator_id,
        tenant_id=decision.tenant_id,
        district_id=issuer.district_id,
        case_id=decision.case_id,
        decision_id=decision.id,
        award_id=award.id if award else None,
        replaces_id=replaced.letter_id if replaced is not None else None,
        kind=kind,
        issuer_id=issuer.id,
        year=on.year,
        seq=counter.last,
        number=number,
        check_code=check_code(number, decision.capsule_digest),
        issued_on=on,
        amount_fen=award.amount_fen if award else 0,
        capsule_digest=decision.capsule_digest,
    )
    session.add(letter)
    audit.record(session, "letter.number", letter, detail={"number": number, "decision": decision.id})
    session.flush()
    return letter


def _existing(session: Session, decision: Decision, kind: LetterKind) -> Letter | None:
    """The letter of a decision that is not void."""
    return session.scalar(
        select(Letter)
        .where(Letter.decision_id == decision.id, Letter.kind == kind, Letter.status != LetterStatus.VOID)
        .execution_options(populate_existing=True)
    )


def issuer_of_case(session: Session, case_id: int) -> Issuer:
    """Who signs: the authority of the case's district, else an operator's letterhead. Raises `Conflict`."""
    issuer = session.scalar(
        select(Issuer)
        .join(Case, Case.district_id == Issuer.district_id)
        .where(Case.id == case_id)
        .order_by(Issuer.authority.desc(), Issuer.id)
        .limit(1)
    )
    if issuer is None:
        raise Conflict("本区还没有发文机关，请区级管理人员先设立发文机关和机关代字")
    return issuer


def seal(session: Session, letter: Letter, *, sha256: str, size: int, signed_by: str | None = None) -> bool:
    """Mark `letter` as issued with the stored file and record it; False where that was done before."""
    if not sealing.seal(session, letter, sha256=sha256, size=size, signed_by=signed_by):
        return False
    audit.record(
        session,
        "letter.issue",
        letter,
        detail={"number": letter.number, "sha256": sha256, "capsule": letter.capsule_digest},
    )
    notices.of_letter(session, letter, letter.case)
    session.flush()
    # Soon it is in the log under a signed head, with the other letters that wait for one.
    jobs.enqueue_after(session, SIGN, key=f"{SIGN}:{utcnow():%Y-%m-%dT%H:%M}", pause=SIGN_PAUSE)
    return True


def list_fallen(session: Session, event: CaseEvent) -> None:
    """Have the list of letters that no longer stand signed, now that by this act one fell."""
    session.flush()
    jobs.enqueue(session, SIGN, key=f"{SIGN}:act:{event.id}")


def report_failure(session: Session, decision: Decision, reason: str, *, job: str) -> None:
    """Leave a trace of a letter that could not be made, and tell the people who watch the queue. `job`: the key of the
    one that failed, for a letter and each that replaces it has its own."""
    audit.record(session, "letter.fail", decision, detail={"reason": reason[:500]}, success=False)
    notices.of_failed_letter(session, decision.id, decision.case, job)
    session.flush()
