"""补发: a letter that was misprinted or lost is replaced. One person asks, another confirms; then the issuing job gives
the successor its number, and in that same transaction the old letter is void. What was decided stays as it is: the
capsule is the same."""

from __future__ import annotations

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from core.data.models import (
    Case,
    Letter,
    LetterReplacement,
    LetterStatus,
    PayoutState,
    ReplacementCause,
    Role,
    Tenant,
)
from core.data.queries import payouts
from core.data.types import utcnow
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.services import audit, cases, jobs, letters, payee_changes, ties

ISSUE = "issue_letter"
ASKERS, DECIDERS = frozenset({Role.SECOND_REVIEWER}), frozenset({Role.APPROVER})


def newest(session: Session, letter: Letter) -> LetterReplacement | None:
    """What was last asked about the letter."""
    of_letter = select(LetterReplacement).where(LetterReplacement.letter_id == letter.id)
    return session.scalars(of_letter.order_by(LetterReplacement.id.desc()).limit(1)).first()


def successor(session: Session, letter: Letter) -> Letter | None:
    """The letter in whose favour this one is void."""
    return session.scalar(select(Letter).where(Letter.replaces_id == letter.id))


def ask(session: Session, letter: Letter, cause: ReplacementCause, reason: str) -> LetterReplacement:
    """Ask that the letter be replaced. Raises `Invalid`, `Forbidden`, `Conflict`."""
    asker = audit.asker_of(session)
    if asker.roles.isdisjoint(ASKERS) or asker.user_id is None:
        raise Forbidden("只有复审人员可以申请补发")
    _open(session, letter)
    if len(reason.strip()) < 4:
        raise Invalid("请写明补发的理由，例如错在哪里、改成什么，或者遗失的经过", field="reason")
    found = newest(session, letter)
    if found is not None and found.granted is None:
        raise Conflict("这份通知书已申请补发，正等待审批人确认")
    if found is not None and found.granted:
        raise Conflict("这份通知书的补发已经确认，新的通知书正在制作")
    asked = LetterReplacement(
        operator_id=letter.operator_id,
        tenant_id=letter.tenant_id,
        letter_id=letter.id,
        cause=cause,
        reason=reason.strip(),
        asked_by_id=asker.user_id,
    )
    session.add(asked)
    session.flush()
    audit.record(session, "letter.ask_replacement", letter, detail={"number": letter.number, "cause": cause.value})
    session.flush()
    return asked


def decide(session: Session, letter: Letter, *, granted: bool, opinion: str) -> None:
    """Confirm what was asked, or decline it. Raises `Invalid`, `Forbidden`, `Conflict`, `NotFound`."""
    asker = audit.asker_of(session)
    if asker.roles.isdisjoint(DECIDERS):
        raise Forbidden("只有审批人可以决定是否补发")
    case = _open(session, letter)
    found = newest(session, letter)
    if found is None:
        raise NotFound("没有人申请补发这份通知书")
    if found.granted is not None:
        raise Conflict("这项补发申请已经有决定，请刷新页面查看")
    if found.asked_by_id == asker.user_id:
        raise Forbidden("申请补发和确认补发须由不同的人办理")
    if not granted and len(opinion.strip()) < 2:
        raise Invalid("不同意补发的，请写明理由", field="opinion")
    detail: dict[str, str | bool] = {"number": letter.number, "granted": granted}
    if granted:
        detail["payee_name"] = _correct_payee(session, case)
    found.granted, found.decided_by_id, found.decided_at = granted, asker.user_id, utcnow()
    found.opinion = opinion.strip() or None
    if granted:
        jobs.enqueue(session, ISSUE, key=f"{ISSUE}:{letter.decision_id}:{found.id}", decision_id=letter.decision_id)
    audit.record(session, "letter.decide_replacement", letter, detail=detail)
    session.flush()


def _correct_payee(session: Session, case: Case) -> bool:
    """The account of a unit is in its name: the holder's is corrected with it, and compared with a paper again before
    the next payment. Not while somebody else changes the account, or a payment to it is under way."""
    name = session.scalars(select(Tenant.name).where(Tenant.id == case.tenant_id)).one()
    if case.payee_own or case.payee_name in (None, name):
        return False
    if payee_changes.open_of(session, case) is not None:
        raise Conflict("户名要随单位名称更正，而收款账户正在办理变更；请等变更办完，再确认补发")
    for row in payouts.of_case(session, case.id):
        if row.state is PayoutState.PENDING:
            raise Conflict(
                "户名要随单位名称更正，而这笔资金正在批次%(batch)s中拨付；请等银行结果，或移出批次之后再确认补发",
                batch=row.batch.number,
            )
    case.payee_name = name
    return True


def granted(session: Session, letter: Letter) -> LetterReplacement | None:
    """The confirmed replacement of an issued letter, whose successor has no number yet."""
    if letter.status is not LetterStatus.ISSUED:
        return None
    confirmed = LetterReplacement.granted.is_(True)
    return session.scalar(select(LetterReplacement).where(LetterReplacement.letter_id == letter.id, confirmed))


def void(session: Session, replaced: LetterReplacement) -> None:
    """The old letter is void; it keeps its number and its file. Its successor is written in the same transaction."""
    replaced.letter.status = LetterStatus.VOID
    detail = {"number": replaced.letter.number, "cause": replaced.cause.value}
    audit.record(session, "letter.void", replaced.letter, detail=detail)
    session.flush()


def outstanding(session: Session) -> list[int]:
    """Ids of the decisions whose letter is to be replaced, and whose new letter is not issued."""
    old, new = aliased(Letter), aliased(Letter)
    confirmed = exists().where(LetterReplacement.letter_id == old.id, LetterReplacement.granted.is_(True))
    due = (
        select(old.decision_id)
        .outerjoin(new, new.replaces_id == old.id)
        .where(confirmed, new.id.is_(None) | (new.status == LetterStatus.NUMBERED))
        .order_by(old.id)
    )
    return list(session.scalars(due))


def _open(session: Session, letter: Letter) -> Case:
    """The letter's case, held, for whoever may act on it. Raises `Conflict` where the letter cannot be replaced."""
    case = cases.load(session, letter.case_id)
    cases.lock(session, case)
    session.refresh(letter)
    ties.refuse(session, case, audit.asker_of(session))
    if letter.status is not LetterStatus.ISSUED:
        raise Conflict("只有已发出、没有作废的通知书可以补发")
    if letters.standing(session, letter) is not None:
        raise Conflict("这份通知书所载的决定已被撤销，不再补发")
    return case
