"""What several rules read: the uses of evidence that standing awards of a district rest on, with their letters."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, cast, func, literal_column, select
from sqlalchemy.orm import Session

from core import SHANGHAI
from core.data.crypto import Keyring
from core.data.models import (
    Award,
    Case,
    District,
    EvidenceKind,
    EvidenceLine,
    EvidenceUse,
    Letter,
    LetterKind,
    LetterStatus,
    Operator,
    Tenant,
)
from core.services.leads import Period

PIECE = 500  # ids in one statement
OF_AWARD = (Award.id, Award.case_id, Award.tenant_id, Award.operator_id, Letter.id.label("letter_id"))


def approved_in(period: Period) -> ColumnElement[bool]:
    """Awards approved within the period. Days are Shanghai's."""
    start = datetime.combine(period.since, time(), SHANGHAI)
    end = datetime.combine(period.until + timedelta(days=1), time(), SHANGHAI)
    return and_(Award.approved_at >= start, Award.approved_at < end)


def awards(district: District, period: Period, *columns: Any) -> Select[Any]:
    """Standing awards with their case, tenant and letter (which may not be there yet), as `columns` of these."""
    return (
        select(*columns)
        .select_from(Award)
        .join(Case, Case.id == Award.case_id)
        .join(Tenant, Tenant.id == Award.tenant_id)
        .outerjoin(
            Letter,
            and_(Letter.award_id == Award.id, Letter.kind == LetterKind.AWARD, Letter.status != LetterStatus.VOID),
        )
        .where(Case.district_id == district.id, Award.revoked_at.is_(None), approved_in(period))
    )


def letters_by(
    session: Session, district: District, period: Period, column: Any, ids: Collection[int]
) -> dict[int, list[int]]:
    """The letters of standing awards by a column of these (`Award.id`, `Award.tenant_id`), for those that are asked
    for."""
    found: dict[int, list[int]] = {}
    wanted = sorted(ids)
    for start in range(0, len(wanted), PIECE):
        some = awards(district, period, column, Letter.id).where(
            Letter.id.is_not(None), column.in_(wanted[start : start + PIECE])
        )
        for key, letter in session.execute(some.order_by(Letter.id)):
            found.setdefault(key, []).append(letter)
    return found


def uses(district: District, period: Period, kind: EvidenceKind | None, *columns: Any) -> Select[Any]:
    """As `awards`, one row for each use of a line (of this kind) that was not released."""
    found = (
        awards(district, period, *columns)
        .join(EvidenceUse, EvidenceUse.award_id == Award.id)
        .join(EvidenceLine, EvidenceLine.id == EvidenceUse.line_id)
        .where(EvidenceUse.released_at.is_(None))
    )
    return found if kind is None else found.where(EvidenceLine.kind == kind)


def enterprise() -> ColumnElement[str]:
    """One company, wherever it sits: its 统一社会信用代码, or the tenant where there is none yet."""
    return func.coalesce(Tenant.uscc, literal_column("'T'", String).concat(cast(Tenant.id, String)))


def of_district(model: Any, district: District) -> ColumnElement[bool]:
    """Rows of the district's operators."""
    found: ColumnElement[bool] = model.operator_id.in_(select(Operator.id).where(Operator.district_id == district.id))
    return found


def mark(what: str, text: str) -> str:
    """A short keyed name of something that must not be told: the same for the same text."""
    return Keyring.current().once_index(f"lead:{what}", text)[:24]


def present(*ids: int | None) -> tuple[int, ...]:
    """Ids without repeats, in order."""
    return tuple(sorted({it for it in ids if it is not None}))
