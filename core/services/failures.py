"""未能核算: cases to which the rules gave no answer. Noted where it is found, written when the request is over.

It is found most often by a request that only reads, or by one that is then rolled back. So what was found waits beside
the session, and `settle` writes it in a transaction of its own: the row of the case, and for each new reason an event
in the trail (not for each time a page is looked at).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.data.asker import Asker, asking
from core.data.models import AssessmentFailure, Case
from core.data.types import utcnow
from core.errors import N_, Invalid
from core.services import audit, notices

_NOTED = "noted_failures"
_ASKER = Asker.system("assessment")


class NotAssessed(Invalid):
    """The rules gave no answer; nothing is decided. `reason` is for the officer."""

    def __init__(self, reason: str, *, passing: bool = False) -> None:
        super().__init__(
            N_("规则未能完成核算（%(reason)s）。申请件已保留，未作任何决定，请联系平台管理人员"), reason=reason
        )
        self.reason, self.passing = reason, passing


@dataclass(frozen=True, slots=True)
class Note:
    """What was found of a case: the reason why not, or None where the rules answered. `passing`: it was not asked.
    `title`: the policy's, in both languages, as far as it is known."""

    case_id: int
    reason: str | None
    passing: bool = False
    title: Mapping[str, str] | None = None


def note(session: Session, case: Case, failed: NotAssessed | None, title: Mapping[str, str] | None = None) -> None:
    """Remember for `settle` what became of assessing a case. An answer is only worth noting after a failure."""
    noted: dict[int, Note] = session.info.setdefault(_NOTED, {})
    noted.pop(case.id, None)
    if failed is not None:
        noted[case.id] = Note(case.id, failed.reason, failed.passing, title)
    elif of_case(session, case) is not None:
        noted[case.id] = Note(case.id, None)


def forget(session: Session) -> None:
    """Leave what was found unwritten."""
    session.info.pop(_NOTED, None)


def of_case(session: Session, case: Case) -> AssessmentFailure | None:
    """The failure that stands, if there is one."""
    return session.scalars(
        select(AssessmentFailure).where(AssessmentFailure.case_id == case.id, AssessmentFailure.ended_at.is_(None))
    ).one_or_none()


def settle(session: Session) -> list[str]:
    """Write what was noted, once the request's own transaction is over, and commit. Returns the policies that had no
    failing case before and have one now: somebody should be told."""
    noted: dict[int, Note] = session.info.pop(_NOTED, {})
    told: list[str] = []
    for it in noted.values():
        for _ in range(2):  # where two find the same at once, the second finds the first's row
            try:
                with asking(session, _ASKER):
                    policy = _write(session, it)
                session.commit()
                told += [policy] if policy else []
                break
            except IntegrityError:
                session.rollback()
    return told


def _write(session: Session, it: Note) -> str | None:
    case = session.scalars(select(Case).where(Case.id == it.case_id)).one_or_none()
    if case is None:
        return None  # it was begun by what was rolled back
    row = session.scalars(
        select(AssessmentFailure).where(AssessmentFailure.case_id == case.id).with_for_update()
    ).one_or_none()
    now = utcnow()
    if it.reason is None:
        if row is not None and row.ended_at is None:
            row.ended_at = now
            audit.record(session, "case.assessed_again", case, detail={"times": row.times})
        return None
    if row is not None and row.ended_at is None and (it.passing or row.reason == it.reason):
        row.times, row.last_at = row.times + 1, now
        return None
    first = not session.scalar(
        select(func.count())
        .select_from(AssessmentFailure)
        .where(AssessmentFailure.policy_key == case.policy_key, AssessmentFailure.ended_at.is_(None))
    )
    if row is None:
        row = AssessmentFailure(
            operator_id=case.operator_id, tenant_id=case.tenant_id, case_id=case.id, policy_key=case.policy_key
        )
        session.add(row)
    if row.ended_at is not None or row.times is None:
        row.since, row.times = now, 0
    row.reason, row.last_at, row.ended_at, row.times = it.reason[:400], now, None, row.times + 1
    detail = {"policy": case.policy_key, "reason": it.reason[:200]}
    audit.record(session, "case.not_assessed", case, detail=detail, success=False)
    if not first:
        return None
    notices.of_failing_policy(session, case.policy_key, it.title)
    return case.policy_key
