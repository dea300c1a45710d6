"""What can be wrong with a file, and how it is told: where, what, why, and what to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from flask_babel import lazy_gettext as _

from core.errors import N_, Invalid
from core.services.identifiers import Text

MAX_LISTED = 200


class FileError(Invalid):
    """The file as a whole cannot be read. ``what``: what and why; ``remedy``: what to do."""

    def __init__(self, what: Text, remedy: Text) -> None:
        super().__init__(N_("%(what)s%(remedy)s"), what=what, remedy=remedy)
        self.what = what
        self.remedy = remedy


class NoSheet(FileError):
    """A table, but none of those that are known."""


class CellError(ValueError):
    """One value that cannot be read as its column wants it."""

    def __init__(self, message: Text, remedy: Text) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class Level(StrEnum):
    ERROR = "error"  # nothing of the file is taken
    NOTICE = "notice"  # taken, but not exactly as written


@dataclass(frozen=True, slots=True)
class Problem:
    """One sentence about one place: ``row`` as Excel numbers it (1 first), ``column`` as its letter, or None."""

    level: Level
    sheet: str
    message: Text
    remedy: Text = ""
    row: int | None = None
    column: str | None = None
    header: str | None = None

    @property
    def cell(self) -> str | None:
        """``C12``, or None for a problem of a row or a sheet."""
        return f"{self.column}{self.row}" if self.column and self.row else None

    @property
    def place(self) -> str:
        """Where it is, for people: 工作表“租金收款” 第 12 行 F 列（金额）."""
        parts = [str(_("工作表“%(sheet)s”", sheet=self.sheet))] if self.sheet else []
        if self.row:
            parts.append(str(_("第 %(row)s 行", row=self.row)))
        if self.column:
            parts.append(str(_("%(column)s 列", column=self.column)) + (f"（{self.header}）" if self.header else ""))
        return " ".join(parts)

    def __str__(self) -> str:
        told = _("%(what)s%(remedy)s", what=self.message, remedy=self.remedy)  # English puts a space between
        return str(_("%(place)s：%(told)s", place=self.place, told=told) if self.place else told)


@dataclass(slots=True)
class Problems:
    """Collects problems; keeps the first :data:`MAX_LISTED` of each level and counts them all."""

    listed: list[Problem] = field(default_factory=list)
    errors: int = 0
    notices: int = 0
    errors_by_sheet: dict[str, int] = field(default_factory=dict)

    def add(self, problem: Problem) -> None:
        if problem.level is Level.ERROR:
            self.errors += 1
            self.errors_by_sheet[problem.sheet] = self.errors_by_sheet.get(problem.sheet, 0) + 1
            count = self.errors
        else:
            self.notices += 1
            count = self.notices
        if count <= MAX_LISTED:
            self.listed.append(problem)

    @property
    def listed_errors(self) -> list[Problem]:
        return [p for p in self.listed if p.level is Level.ERROR]

    @property
    def listed_notices(self) -> list[Problem]:
        return [p for p in self.listed if p.level is Level.NOTICE]

    @property
    def left_off(self) -> int:
        """How many are counted but not listed."""
        return self.errors + self.notices - len(self.listed)
