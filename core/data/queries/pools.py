"""Reading budgets."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import Pool


def of_district(session: Session, year: int | None = None) -> list[Pool]:
    """The asker's district's pools, of one year or all."""
    statement = select(Pool).order_by(Pool.year.desc(), Pool.policy_key)
    return list(session.scalars(statement if year is None else statement.where(Pool.year == year)))
