"""From a file to typed records, with every problem named by sheet, row and column. Pure: no database, no clock."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from flask_babel import lazy_gettext as _

from core.services.imports.checks import Between, check_row
from core.services.imports.layout import Heading, find_heading, is_footer, is_help_sheet, is_total
from core.services.imports.problems import CellError, FileError, Level, NoSheet, Problem, Problems
from core.services.imports.reader import RawSheet, Row, read_file
from core.services.imports.records import Record
from core.services.imports.scan import MAX_ROWS, column_letters
from core.services.imports.schema import Column, Sheet
from core.services.imports.sheets import SHEETS
from core.services.imports.template import is_example
from core.services.imports.values import Cell

_CACHED = 20_000


@dataclass(slots=True)
class Table:
    """The records of one worksheet. ``present``: keys whose column the worksheet has; others say nothing."""

    sheet: Sheet
    title: str
    present: frozenset[str]
    records: list[Record] = field(default_factory=list)
    rows: int = 0
    letters: dict[str, str] = field(default_factory=dict)

    def problem(self, record: Record, key: str | None, message: object, remedy: object, level: Level) -> Problem:
        """A problem of a record read earlier, at the place it came from."""
        header = self.sheet.column(key).header if key else None
        return Problem(level, self.title, message, remedy, record.row, self.letters.get(key or ""), header)


@dataclass(slots=True)
class Parsed:
    """``tables`` hold the rows without errors; nothing may be applied while ``problems.errors`` is above 0."""

    filename: str
    sha256: str
    tables: list[Table]
    problems: Problems

    @property
    def ok(self) -> bool:
        return self.problems.errors == 0


def parse(
    data: bytes,
    filename: str,
    *,
    today: date,
    accept: Collection[str] | None = None,
    sheets: Sequence[Sheet] = SHEETS,
) -> Parsed:
    """Read a file that holds some of ``sheets``. ``accept`` names those (by key) this person may bring; None is all.

    Raises :class:`FileError` when the file as a whole is unusable; everything else is a listed problem.
    """
    reading = _Reading(today, Problems(), sheets)
    tables = []
    for raw in read_file(data, filename):
        table = reading.sheet(raw, accept)
        if table is not None:
            tables.append(table)
    if not tables and not reading.problems.errors:
        raise NoSheet(
            _("没有找到可以导入的工作表。"),
            _("请下载模板，保留第一行的列名；可导入的表：%(titles)s。", titles="、".join(s.title for s in sheets)),
        )
    return Parsed(filename, hashlib.sha256(data).hexdigest(), tables, reading.problems)


@dataclass(slots=True)
class _Reading:
    today: date
    problems: Problems
    sheets: Sequence[Sheet]
    between: dict[str, Between] = field(default_factory=dict)
    total_rows: int = 0

    def sheet(self, raw: RawSheet, accept: Collection[str] | None) -> Table | None:
        heading = None if raw.hidden or is_help_sheet(raw.name) else find_heading(raw, self.sheets)
        if heading is None:
            if raw.hidden or not is_help_sheet(raw.name):
                reason = _("隐藏的工作表已跳过。") if raw.hidden else _("看不出是哪种表，已跳过。")
                remedy = _("如需导入，请取消隐藏。") if raw.hidden else _("如需导入，请使用模板中的列名。")
                self._notice(raw.name, reason, remedy)
            return None
        sheet = heading.sheet
        if accept is not None and sheet.key not in accept:
            self._error(
                raw.name, _("您的身份不能导入“%(title)s”表。", title=sheet.title), _("请删去这个工作表后再上传。")
            )
            return None
        missing = [column for column in sheet.required if column not in heading.columns.values()]
        if missing:
            unknown = "、".join(heading.unknown) or str(_("无"))
            self._error(
                raw.name,
                _("缺少必填的列：%(columns)s。", columns="、".join(column.header for column in missing)),
                _("请补上这些列，或把列名改成模板中的写法；未认出的列：%(unknown)s。", unknown=unknown),
                heading.row + 1,
            )
            return None
        if heading.unknown:
            self._notice(
                raw.name,
                _("未认出的列已忽略：%(columns)s。", columns="、".join(heading.unknown)),
                _("如需导入，请把列名改成模板中的写法。"),
                heading.row + 1,
            )
        return self._rows(raw, heading)

    def _rows(self, raw: RawSheet, heading: Heading) -> Table:
        sheet = heading.sheet
        letters = {column.key: column_letters(position) for position, column in heading.columns.items()}
        table = Table(sheet, raw.name, frozenset(letters), letters=letters)
        between = self.between.setdefault(sheet.key, Between(sheet))
        row_reader = _RowReader(raw, heading, self.problems)
        total_seen = example_seen = False
        for index, row in heading.rows:
            if all(cell is None for cell in row):
                continue
            if is_total(row):
                total_seen = True
                self._notice(raw.name, _("合计行不导入。"), "", index + 1)
                continue
            if is_footer(row, total_seen) or heading.is_repeated(row):
                self._notice(raw.name, _("表尾或重复的表头不导入。"), "", index + 1)
                continue
            table.rows += 1
            self.total_rows += 1
            if self.total_rows > MAX_ROWS:
                raise FileError(_("文件超过 %(limit)s 行数据。", limit=MAX_ROWS), _("请按年份拆成几个文件后再上传。"))
            record = row_reader.read(index, row)
            if record is None:
                continue
            if is_example(sheet, record):
                table.rows -= 1
                example_seen = True
                self._notice(raw.name, _("模板中的示例行不导入。"), "", index + 1)
                continue
            findings = (*check_row(sheet, record, self.today), *between.check(record, raw.name))
            for found in findings:
                self.problems.add(table.problem(record, found.key, found.message, found.remedy, found.level))
            # What cannot be right is not tried on the database, which would only say that it does not fit.
            if all(found.level is not Level.ERROR for found in findings):
                table.records.append(record)
        if not table.rows and not example_seen:
            self._notice(raw.name, _("只有表头，没有数据。"), "")
        return table

    def _error(self, sheet: str, message: object, remedy: object, row: int | None = None) -> None:
        self.problems.add(Problem(Level.ERROR, sheet, message, remedy, row))

    def _notice(self, sheet: str, message: object, remedy: object, row: int | None = None) -> None:
        self.problems.add(Problem(Level.NOTICE, sheet, message, remedy, row))


class _RowReader:
    """Reads the cells of one worksheet row by row."""

    def __init__(self, raw: RawSheet, heading: Heading, problems: Problems) -> None:
        self.raw = raw
        self.sheet = heading.sheet
        self.columns = heading.columns
        self.problems = problems
        self.blank: dict[str, object] = {column.key: None for column in heading.sheet.columns}
        # Names, codes and months repeat down a column: reading each once makes large files several times faster.
        self.known: dict[int, dict[str, object]] = {position: {} for position in heading.columns}
        self.anchors: dict[tuple[int, int], Cell | None] = {}
        self.tops = {(top, column) for (_row, column), top in raw.merged.items()}

    def read(self, index: int, row: Row) -> Record | None:
        """The record of a row, or None after its errors were listed."""
        values = dict(self.blank)
        good = True
        for position, column in self.columns.items():
            cell = row[position] if position < len(row) else None
            if (index, position) in self.tops:
                self.anchors[index, position] = cell
            elif (index, position) in self.raw.merged:
                if column.kind.is_amount:
                    good = self._error(
                        index,
                        position,
                        _("金额单元格与上一行合并，分不清各行是多少。"),
                        _("请取消合并，逐行填写金额。"),
                    )
                    continue
                cell = self.anchors.get((self.raw.merged[index, position], position))
            try:
                values[column.key] = self._value(index, position, column, cell)
            except CellError as error:
                good = self._error(index, position, error.message, error.remedy)
        if not good:
            return None
        return self.sheet.record(row=index + 1, **values)  # one column for each field: a test compares them

    def _value(self, index: int, position: int, column: Column, cell: Cell | None) -> object:
        if (index, position) in self.raw.formulas:
            raise CellError(
                _("这一格是公式，算出来的值可能没有更新。"), _("请复制该列，用“选择性粘贴 → 数值”贴回后再上传。")
            )
        if (index, position) in self.raw.errors:
            raise CellError(_("这一格是错误值（如 #N/A、#REF!）。"), _("请改成正确的内容或清空。"))
        if isinstance(cell, str) and not cell.strip(" \t\r\n\u3000\u00a0"):
            cell = None
        if cell is None:
            if column.required:
                raise CellError(_("必填，这里是空的。"), _("请补填。"))
            return None
        known = self.known[position]
        if isinstance(cell, str) and cell in known:
            return known[cell]
        value = column.kind.read(cell)
        if isinstance(cell, str):
            if len(known) < _CACHED:
                known[cell] = value
            if column.kind.is_code and cell != value:
                self._tidied(index, position, column, value)
        return value

    def _tidied(self, index: int, position: int, column: Column, value: object) -> None:
        message = (
            _("号码中的空格、全角或小写字母已规范。")
            if column.sensitive
            else _("已规范为“%(value)s”（去掉空格、全角、小写）。", value=value)
        )
        self._add(Level.NOTICE, index, position, message, "")

    def _error(self, index: int, position: int, message: object, remedy: object) -> bool:
        self._add(Level.ERROR, index, position, message, remedy)
        return False

    def _add(self, level: Level, index: int, position: int, message: object, remedy: object) -> None:
        header = self.columns[position].header
        self.problems.add(Problem(level, self.raw.name, message, remedy, index + 1, column_letters(position), header))


R = TypeVar("R", bound=Record)


def rows_of(parsed: Parsed, key: str, kind: type[R]) -> Iterator[tuple[Table, R]]:
    """Every record of one kind of sheet, over all worksheets of the file."""
    for table in parsed.tables:
        if table.sheet.key == key:
            for record in table.records:
                if isinstance(record, kind):
                    yield table, record
