"""What new values would do to the cases under way, before anybody publishes them. Reads only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core.data.models import Case, CaseState
from core.policy import AssessmentFailed, Decision, LoadedPolicy, Month, ParameterSet, ParameterValue, evaluate
from core.services import assessments

S = CaseState
UNDER_REVIEW = (S.SUBMITTED, S.ACCEPTED, S.FIRST_REVIEW, S.SECOND_REVIEW, S.PUBLISHED, S.OBJECTED)
REVIEWED = frozenset({S.FIRST_REVIEW, S.SECOND_REVIEW, S.PUBLISHED, S.OBJECTED})


@dataclass(frozen=True, slots=True)
class Effect:
    """A case under review that would come out otherwise; None where the rule could not assess it.

    `differs`: in outcome or amount. `falls`: somebody has approved it already, and would have to again, be it only
    because another value, or one from another source, stands behind the same amount.
    """

    case: Case
    before: Decision | None
    after: Decision | None

    @property
    def falls(self) -> bool:
        return self.case.state in REVIEWED

    @property
    def differs(self) -> bool:
        then, now = ((it.outcome, it.amount_fen) if it else None for it in (self.before, self.after))
        return then != now

    @property
    def digests(self) -> tuple[str | None, str | None]:
        return (self.before.digest if self.before else None, self.after.digest if self.after else None)


def effects(
    session: Session,
    loaded: LoadedPolicy,
    district_id: int,
    before: ParameterSet | None,
    after: ParameterSet,
    changed: Sequence[ParameterValue],
    today: date,
) -> list[Effect]:
    """The district's cases under review whose result is another with the `changed` values, by number."""
    if not changed:
        return []
    first = min(value.start for value in changed)
    wanted = select(Case).where(
        Case.district_id == district_id,
        Case.policy_key == loaded.key,
        Case.state.in_(UNDER_REVIEW),
        # An older case reads none of them: neither on its reference date nor for a month of its period.
        or_(Case.applied_on >= first, Case.period_to >= str(Month.of(first))),
    )
    cases = session.scalars(wanted.order_by(Case.number)).all()
    return [effect for case in cases for effect in _effect(session, loaded, case, before, after, today)]


def _effect(
    session: Session,
    loaded: LoadedPolicy,
    case: Case,
    before: ParameterSet | None,
    after: ParameterSet,
    today: date,
) -> Iterator[Effect]:
    frozen = assessments.facts_of(session, case, today)
    facts, spent = frozen.parsed(), assessments.spent_by_others(session, case, frozen, loaded)

    def outcome(params: ParameterSet | None) -> Decision | None:
        try:
            return evaluate(loaded, facts, params=params, spent=spent)
        except AssessmentFailed:
            return None

    found = Effect(case, outcome(before), outcome(after))
    if found.differs or (found.falls and found.digests[0] != found.digests[1]):
        yield found
