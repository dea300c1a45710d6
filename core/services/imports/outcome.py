"""What an import did, or would do: counts for each worksheet, the first rows with their changes, every problem."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from core.services.identifiers import mask_id, mask_name, mask_phone
from core.services.imports import kinds
from core.services.imports.problems import Problems
from core.services.imports.records import Record
from core.services.imports.schema import Column, Sheet

PREVIEW_ROWS = 20


class Status(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Change:
    """One field that becomes another, as text for people; personal data masked."""

    header: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One row of the file with what becomes of it. ``cells`` are texts by header, personal data masked."""

    row: int
    status: Status
    cells: Mapping[str, str]
    changes: tuple[Change, ...] = ()


@dataclass(slots=True)
class SheetOutcome:
    """Counts of one worksheet. ``rows`` counts all data rows, good and bad."""

    key: str
    title: str
    rows: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    errors: int = 0
    preview: list[PreviewRow] = field(default_factory=list)

    def count(self, sheet: Sheet, record: Record, status: Status, changes: Mapping[str, tuple[object, object]]) -> None:
        match status:
            case Status.NEW:
                self.new += 1
            case Status.CHANGED:
                self.changed += 1
            case Status.UNCHANGED:
                self.unchanged += 1
        # The first rows that do something; a file that changes nothing shows its first rows all the same.
        if len(self.preview) < PREVIEW_ROWS and (status is not Status.UNCHANGED or self.unchanged <= 3):
            cells = {column.header: shown(column, getattr(record, column.key)) for column in sheet.columns}
            told = tuple(
                Change(column.header, shown(column, changes[column.key][0]), shown(column, changes[column.key][1]))
                for column in sheet.columns
                if column.key in changes
            )
            self.preview.append(PreviewRow(record.row, status, {h: t for h, t in cells.items() if t}, told))


@dataclass(slots=True)
class Outcome:
    """``applied`` is true only when the rows were written. With an error nothing is."""

    filename: str
    sha256: str
    sheets: list[SheetOutcome]
    problems: Problems
    applied: bool = False

    @property
    def ok(self) -> bool:
        return self.problems.errors == 0

    @property
    def changes_nothing(self) -> bool:
        return self.ok and not any(sheet.new or sheet.changed for sheet in self.sheets)

    def counts(self) -> dict[str, dict[str, int]]:
        """Numbers by kind of sheet, for the trail."""
        totals: dict[str, dict[str, int]] = {}
        for sheet in self.sheets:
            total = totals.setdefault(sheet.key, {"new": 0, "changed": 0, "unchanged": 0})
            for name in total:
                total[name] += getattr(sheet, name)
        return totals


def shown(column: Column, value: object) -> str:
    """A value as a person reads it in the column's own words; personal data masked."""
    if value is None:
        return ""
    if column.sensitive:
        return _masked(column, value)
    if isinstance(value, bool):
        return "是" if value else "否"
    if column.kind is kinds.MONEY and isinstance(value, int):
        return f"{Decimal(value) / 100:,.2f}"
    if column.kind is kinds.AREA and isinstance(value, int):
        return f"{(Decimal(value) / 10_000).normalize():f}"
    if column.kind is kinds.SHARE and isinstance(value, Decimal):
        return f"{(value * 100).normalize():f}%"
    if column.kind is kinds.STEPS and isinstance(value, tuple):
        return "；".join(f"{day}起{Decimal(fen) / 100:.2f}" for day, fen in value)
    if isinstance(value, tuple):
        return "、".join(map(column.kind.label, value))
    if isinstance(value, StrEnum):
        return column.kind.label(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _masked(column: Column, value: object) -> str:
    text = str(value)
    if column.kind is kinds.PERSON_NUMBER:
        return mask_id(text)
    if column.kind is kinds.PHONE:
        return mask_phone(text)
    # A name keeps its first character, so that a person can find the row; anything else is only said to be there.
    return mask_name(text) if column.key in {"name", "contact_name"} else "***"
