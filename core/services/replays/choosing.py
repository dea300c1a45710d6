"""Which decisions a replay is of: all, those of a policy, an operator, some days, or picked letters; and which values
hold where it is by another day's rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Self, TypeVar

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from core import SHANGHAI
from core.data.models import Case, Decision, Letter, LetterStatus
from core.policy import Registry
from core.services.parameters import book
from core.services.replays.computing import Asked, Kept

Chosen = TypeVar("Chosen", bound=Any)  # a Select of whatever columns


@dataclass(frozen=True, slots=True)
class Selection:
    """What is to be replayed. Nothing said: everything. `since` and `until` are days of the decision, both included."""

    policy: str = ""
    operator_id: int | None = None
    since: date | None = None
    until: date | None = None
    letters: tuple[int, ...] = ()
    district_id: int | None = None

    def to_json(self) -> dict[str, Any]:
        """As a run keeps it: what was said, and the district apart."""
        said: dict[str, Any] = {
            "policy": self.policy,
            "operator": self.operator_id,
            "since": self.since and self.since.isoformat(),
            "until": self.until and self.until.isoformat(),
            "letters": [*self.letters],
        }
        return {name: value for name, value in said.items() if value}

    @classmethod
    def of_json(cls, said: Mapping[str, Any], district_id: int) -> Self:
        since, until = said.get("since"), said.get("until")
        return cls(
            policy=said.get("policy", ""),
            operator_id=said.get("operator"),
            since=date.fromisoformat(since) if since else None,
            until=date.fromisoformat(until) if until else None,
            letters=tuple(said.get("letters", ())),
            district_id=district_id,
        )

    def narrow(self, statement: Chosen) -> Chosen:
        """A statement over decisions and their cases, limited to these."""
        if self.district_id is not None:
            statement = statement.where(Case.district_id == self.district_id)
        if self.policy:
            statement = statement.where(Case.policy_key == self.policy)
        if self.operator_id is not None:
            statement = statement.where(Case.operator_id == self.operator_id)
        if self.since is not None:
            statement = statement.where(Decision.decided_at >= _begin(self.since))
        if self.until is not None:
            statement = statement.where(Decision.decided_at < _begin(self.until + timedelta(days=1)))
        if self.letters:
            statement = statement.where(Decision.id.in_(select(Letter.decision_id).where(Letter.id.in_(self.letters))))
        return statement


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)


def kept(session: Session, selection: Selection, *, read: int = 1_000) -> Iterator[Kept]:
    """The decisions, oldest first, read as they are needed."""
    ordered = _rows(selection).order_by(Decision.id).execution_options(yield_per=read)
    return (Kept(*row) for row in session.execute(ordered))


def piece(session: Session, selection: Selection, after: int, upto: int, size: int) -> list[Kept]:
    """The next `size` decisions after one, up to another."""
    within = _rows(selection).where(Decision.id > after, Decision.id <= upto)
    return [Kept(*row) for row in session.execute(within.order_by(Decision.id).limit(size))]


def _rows(selection: Selection) -> Any:
    # A decision has one letter that stands: its award's or its refusal's.
    standing = and_(Letter.decision_id == Decision.id, Letter.status != LetterStatus.VOID)
    return selection.narrow(
        select(
            Case.number,
            Decision.id,
            Case.district_id,
            Case.policy_key,
            Decision.capsule_digest,
            Decision.capsule,
            Letter.capsule_digest,
            Letter.id,
        )
        .join(Case, Case.id == Decision.case_id)
        .outerjoin(Letter, standing)
    )


def asked_of(session: Session, registry: Registry, on: date | None, keys: Sequence[tuple[int, str]]) -> Asked:
    """How to replay decisions of these (district, policy): as recorded, or by the rules of a day with the values that
    each district has published until now."""
    if on is None:
        return Asked()
    found = {
        key: values
        for key in keys
        if key[1] in registry and (values := book.published(session, key[0], registry.get(key[1]))) is not None
    }
    return Asked(on, found)


def letters_named(session: Session, ids: Sequence[int]) -> list[int]:
    """Of these letters, those that the asker may see, in order."""
    return list(session.scalars(select(Letter.id).where(Letter.id.in_(ids)).order_by(Letter.id)))
