"""Reads of the evidence ledger. All take a session that sees everything (`across`): lines and awards of one
enterprise, or of one insured person, may be at several operators and in several districts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from core.data.models import Award, Case, EvidenceKind, EvidenceLine, EvidenceUse, Letter, LetterStatus, StackingRule


@dataclass(frozen=True, slots=True)
class Holding:
    """A use in force: who has how much of which line."""

    natural_key: str
    award_id: int
    rule: StackingRule
    amount_fen: int
    line_fen: int | None


def holdings(
    wide: Session, natural_keys: Collection[str], group: str, *, but_award_id: int | None = None
) -> list[Holding]:
    """The uses in force of the lines in a stacking group, earliest first. `but_award_id`: leave that award's out."""
    wanted: list[ColumnElement[bool]] = [
        EvidenceLine.natural_key.in_(natural_keys),
        EvidenceUse.stacking_group == group,
        EvidenceUse.released_at.is_(None),
    ]
    if but_award_id is not None:
        wanted.append(EvidenceUse.award_id != but_award_id)
    rows = wide.execute(
        select(
            EvidenceLine.natural_key,
            EvidenceUse.award_id,
            EvidenceUse.rule,
            EvidenceUse.amount_fen,
            EvidenceLine.amount_fen,
        )
        .join(EvidenceUse, EvidenceUse.line_id == EvidenceLine.id)
        .where(*wanted)
        .order_by(EvidenceUse.id)
    ).all()
    return [Holding(*row) for row in rows]


def award_numbers(wide: Session, award_ids: Collection[int]) -> dict[int, str]:
    """What awards are called: the number of the letter, or of the case while there is none. Nothing else of them."""
    rows = wide.execute(
        select(Award.id, Case.number, Letter.number)
        .join(Case, Case.id == Award.case_id)
        .outerjoin(Letter, (Letter.award_id == Award.id) & (Letter.status != LetterStatus.VOID))
        .where(Award.id.in_(award_ids))
    ).all()
    return {award_id: letter or case for award_id, case, letter in rows}


def awards_using(
    wide: Session, tenant_ids: Select[int] | Collection[int], kind: EvidenceKind, months: Collection[str]
) -> list[str]:
    """Numbers of the awards in force that use lines of these tenancies, of one kind and of these months."""
    used = wide.scalars(
        select(EvidenceUse.award_id)
        .join(EvidenceLine, EvidenceLine.id == EvidenceUse.line_id)
        .where(
            EvidenceLine.tenant_id.in_(tenant_ids),
            EvidenceLine.kind == kind,
            EvidenceLine.month.in_(months),
            EvidenceUse.released_at.is_(None),
        )
    )
    return sorted(award_numbers(wide, set(used)).values())


def lock_lines(wide: Session, natural_keys: Collection[str]) -> dict[str, EvidenceLine]:
    """The lines, locked until the transaction ends, always in the same order so that two claims never wait for each
    other. On SQLite the transaction itself is the lock (BEGIN IMMEDIATE), and FOR UPDATE is left out."""
    lines = wide.scalars(
        select(EvidenceLine)
        .where(EvidenceLine.natural_key.in_(natural_keys))
        .order_by(EvidenceLine.natural_key)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {line.natural_key: line for line in lines}


def add_lines(wide: Session, rows: list[dict[str, Any]]) -> None:
    """Insert lines that are not there yet, in the given order; a line somebody else has just written is left as it is.

    Waits for a transaction that is writing the same line, on both engines.
    """
    if wide.get_bind().dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert  # noqa: PLC0415 - only the engine in use is needed
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment]  # noqa: PLC0415
    statement = insert(EvidenceLine).values(rows)
    wide.execute(statement.on_conflict_do_nothing(index_elements=["natural_key"]))


def used_anywhere(wide: Session, line_ids: Collection[int]) -> set[int]:
    """Which of the lines have a use in force, in any group."""
    rows = wide.scalars(
        select(EvidenceUse.line_id).where(EvidenceUse.line_id.in_(line_ids), EvidenceUse.released_at.is_(None))
    )
    return set(rows)
