"""复核: the applicant asks for another look at a refusal, in time and once for each decision."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import SHANGHAI
from core.data.models import (
    Case,
    CaseEvent,
    CasePaper,
    CaseState,
    Letter,
    LetterKind,
    LetterStatus,
    PaperStatus,
)
from core.errors import Conflict
from core.policy import Registry
from core.services import cases
from core.services.assessments import card_of
from core.services.calendar import add_working_days

AGAINST = ("refuse", "not_admit")  # the moves that are decisions one may appeal against
# Who made one of these had a part in the decision.
JUDGING = ("not_admit", "first_pass", "first_refuse", "second_pass", "refuse", "approve")


def decision_of(session: Session, case: Case) -> CaseEvent | None:
    """The act that refused the case last."""
    return _last(session, case, *AGAINST)


def appeal_of(session: Session, case: Case) -> CaseEvent | None:
    """The appeal against that act, if there was one."""
    against, appeal = decision_of(session, case), _last(session, case, "appeal")
    return appeal if against is not None and appeal is not None and appeal.id > against.id else None


def until(session: Session, registry: Registry, case: Case) -> date | None:
    """The last day for an appeal, from the day the decision was first sent: one that replaces a lost one opens nothing
    again. None where the policy knows no appeal."""
    days, against = card_of(registry, case.policy_key).workflow.appeal_days, decision_of(session, case)
    if not days or against is None:
        return None
    sent: list[date | None]
    if against.move == "not_admit":
        paper = select(CasePaper.issued_on).where(CasePaper.event_id == against.id)
        sent = list(session.scalars(paper.where(CasePaper.status == PaperStatus.ISSUED)))
    else:
        letter = select(Letter.issued_on).where(Letter.case_id == case.id, Letter.kind == LetterKind.REFUSAL)
        first = letter.where(Letter.replaces_id.is_(None), Letter.status != LetterStatus.NUMBERED)
        sent = list(session.scalars(first))
    decided_on = against.at.astimezone(SHANGHAI).date()
    return add_working_days(session, case.district_id, max([decided_on, *filter(None, sent)]), days)


def is_open(session: Session, registry: Registry, case: Case, today: date) -> bool:
    """Whether the applicant may appeal now."""
    if case.state not in (CaseState.REFUSED, CaseState.NOT_ADMITTED) or appeal_of(session, case) is not None:
        return False
    last = until(session, registry, case)
    return last is not None and today <= last


def require_open(session: Session, registry: Registry, case: Case, today: date) -> None:
    """Raises `Conflict` saying why a refused case cannot be appealed. A new application for the same months stands in
    the way too: both would claim them."""
    if appeal_of(session, case) is not None:
        raise Conflict("对同一决定只能申请一次复核，本件已复核过；仍不服的，可依决定书所载途径申请行政复议或提起诉讼")
    last = until(session, registry, case)
    if last is None:
        raise Conflict("这项政策没有复核程序；不服决定的，可依决定书所载途径申请行政复议或提起诉讼")
    if today > last:
        raise Conflict(
            "申请复核的期限至%(day)s，已经超过；仍不服的，可依决定书所载途径申请行政复议或提起诉讼", day=str(last)
        )
    cases.refuse_overlap(session, case.tenant_id, case.policy_key, case.period_from, case.period_to, but=case.id)


def judges(session: Session, case: Case) -> set[int]:
    """The people who had a part in what was decided of the case so far."""
    acts = select(CaseEvent.actor_id).where(CaseEvent.case_id == case.id, CaseEvent.move.in_(JUDGING))
    return {actor for actor in session.scalars(acts) if actor is not None}


def _last(session: Session, case: Case, *moves: str) -> CaseEvent | None:
    found = select(CaseEvent).where(CaseEvent.case_id == case.id, CaseEvent.move.in_(moves))
    return session.scalars(found.order_by(CaseEvent.id.desc()).limit(1)).first()
