"""Of what a sample can be drawn: the letters of an engagement's period, narrowed, and in strata."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from core.data.models import AuditEngagement, Award, Case, Letter, Operator
from core.data.queries.engagements import auditable
from core.errors import N_, Invalid
from core.services.sampling.drawing import Item

MOST = 20_000  # letters in one population
BANDS = ((0, "1万元以下"), (1_000_000, "1万至5万元"), (5_000_000, "5万至10万元"), (10_000_000, "10万元以上"))
BY = {"policy": N_("政策"), "operator": N_("运营机构"), "band": N_("金额档次")}


@dataclass(frozen=True, slots=True)
class Range:
    """Of which letters of the period a sample is drawn. `standing`: only those whose award was not revoked."""

    policy: str | None = None
    operator_id: int | None = None
    amount_from_fen: int | None = None
    amount_to_fen: int | None = None
    standing: bool = False

    def to_json(self) -> dict[str, Any]:
        """What was asked for, without what was not."""
        asked = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in asked.items() if value not in (None, False)}


@dataclass(frozen=True, slots=True)
class Listed:
    """One letter that can be drawn."""

    letter_id: int
    item: Item


def population(session: Session, engagement: AuditEngagement, within_: Range, by: str = "") -> list[Listed]:
    """The issued letters of the period that award money, in the order in which they were numbered. `by`: what strata
    are made of."""
    query = (
        select(Letter.id, Letter.number, Letter.amount_fen, Case.policy_key, Operator.name)
        .join(Case, Case.id == Letter.case_id)
        .join(Operator, Operator.id == Letter.operator_id)
        .join(Award, Award.id == Letter.award_id)
        .where(*auditable(engagement), *_conditions(within_))
        .order_by(Letter.id)
        .limit(MOST + 1)
    )
    found = session.execute(query).all()
    if len(found) > MOST:
        raise Invalid("符合条件的通知书超过%(most)s件；请缩小期间、政策或金额范围", most=MOST)
    return [Listed(row.id, Item(row.number, row.amount_fen, _stratum(row, by))) for row in found]


def _stratum(row: Any, by: str) -> str:
    match by:
        case "policy":
            return str(row.policy_key)
        case "operator":
            return str(row.name)
        case "band":
            return band(row.amount_fen)
        case _:
            return ""


def _conditions(asked: Range) -> Iterator[ColumnElement[bool]]:
    if asked.policy is not None:
        yield Case.policy_key == asked.policy
    if asked.operator_id is not None:
        yield Letter.operator_id == asked.operator_id
    if asked.amount_from_fen is not None:
        yield Letter.amount_fen >= asked.amount_from_fen
    if asked.amount_to_fen is not None:
        yield Letter.amount_fen <= asked.amount_to_fen
    if asked.standing:
        yield Award.revoked_at.is_(None)


def band(amount_fen: int) -> str:
    """In which band an amount is."""
    return next(name for least, name in reversed(BANDS) if amount_fen >= least)
