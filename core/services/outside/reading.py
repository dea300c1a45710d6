"""From a file to blinded rows. Pure: no database. The only place that has numbers: it hands on their blind indexes, and
of the first rows what may be shown, masked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from flask_babel import lazy_gettext as _

from core.data.crypto import Keyring
from core.data.models import IdType, OutsideKind, OutsideSubject
from core.policy import Month
from core.services.identifiers import IdentifierError, check_person_id, mask, mask_id
from core.services.imports.parse import Table, parse
from core.services.imports.problems import CellError, FileError, Level, NoSheet, Problems
from core.services.imports.records import Record
from core.services.imports.template import build_template
from core.services.outside.sheets import SHEETS, CompanySince, PaidMonths, PersonMonths, PersonSince

SHOWN = 20
_RULES = (
    "列名请勿改动，列的先后可以调整；第 2 行是示例，可以直接覆盖，原样留下的示例行不会导入。",
    "请不要提供姓名、住址等用不到的信息；多出来的列会忽略，不保存。",
    "证件号码和信用代码读入时即换成盲索引，文件和号码都不保存。",
    "日期写 2026-03-01，月份写 2026-03 或 2026-01至2026-03，金额以元为单位。",
)


@dataclass(frozen=True, slots=True)
class Blind:
    """What is kept of a row."""

    subject: OutsideSubject
    mark: str
    month_from: str
    month_to: str | None
    amount_fen: int | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """A row as the preview shows it, once: `row` as Excel counts."""

    row: int
    who: str
    when: str
    amount_fen: int | None


@dataclass(slots=True)
class Reading:
    """``rows`` each once; ``repeated`` say the same again. ``unread``: rows with something wrong, which are left
    out. ``file_mark``: keyed hash of the file."""

    kind: OutsideKind
    file_mark: str
    rows: list[Blind]
    shown: list[Seen]
    repeated: int
    unread: int
    problems: Problems
    _known: set[Blind] = field(default_factory=set)

    def add(self, found: Blind) -> None:
        if found in self._known:
            self.repeated += 1
        else:
            self._known.add(found)
            self.rows.append(found)


def template(kind: OutsideKind) -> bytes:
    """The workbook for whoever gives the list."""
    return build_template([SHEETS[kind]], _RULES)


def read(data: bytes, filename: str, kind: OutsideKind, *, today: date) -> Reading:
    """Read a list of one kind. Raises `FileError` for a file that is none; rows that cannot be read are listed
    problems, without the number that is wrong."""
    sheet = SHEETS[kind]
    try:
        parsed = parse(data, filename, today=today, sheets=[sheet])
    except NoSheet as error:
        raise FileError(
            _("没有找到“%(title)s”的列。", title=sheet.title),
            _("至少要有这些列：%(columns)s；请改好列名再上传。", columns="、".join(_wanted(kind))),
        ) from error
    mark = Keyring.current().once_index("outside_file", hashlib.sha256(data).hexdigest())
    made = Reading(kind, mark, [], [], 0, 0, parsed.problems)
    good = 0
    for table in parsed.tables:
        for record in table.records:
            good += _take(made, table, record, today)
    made.unread = sum(table.rows for table in parsed.tables) - good
    return made


def _wanted(kind: OutsideKind) -> Iterator[str]:
    if kind is OutsideKind.PAID_ELSEWHERE:
        yield str(_("证件号码或统一社会信用代码"))
    yield from (column.header for column in SHEETS[kind].required)


def _take(made: Reading, table: Table, record: Record, today: date) -> bool:
    """Blind a row; False after telling what is wrong with it."""
    try:
        subject, mark, who = _subject(record)
        spans = _spans(record, today)
    except _Wrong as wrong:
        made.problems.add(table.problem(record, wrong.column, wrong.message, wrong.remedy, Level.ERROR))
        return False
    amount = record.amount_fen if isinstance(record, PaidMonths) else None
    for first, last in spans:
        # Of several stretches the amount is of all of them together: it is kept once.
        made.add(Blind(subject, mark, first, last, amount))
        amount = None
    if len(made.shown) < SHOWN:
        when = "、".join(first if first == last or last is None else f"{first} – {last}" for first, last in spans)
        made.shown.append(Seen(record.row, who, when, record.amount_fen if isinstance(record, PaidMonths) else None))
    return True


class _Wrong(CellError):
    def __init__(self, column: str, message: object, remedy: object) -> None:
        super().__init__(message, remedy)
        self.column = column


def _subject(record: Record) -> tuple[OutsideSubject, str, str]:
    """Whether it is a person or a company, its blind index, and what may be shown of it."""
    keys = Keyring.current()
    match record:
        case PaidMonths(number=None, uscc=None):
            raise _Wrong("number", _("证件号码和统一社会信用代码都是空的。"), _("请填写其中一个。"))
        case PaidMonths(number=str(), uscc=str()):
            raise _Wrong(
                "number",
                _("同一行既有证件号码又有统一社会信用代码。"),
                _("补给个人的留证件号码，补给企业的留信用代码。"),
            )
        case CompanySince(uscc=code) | PaidMonths(uscc=str(code)):
            return OutsideSubject.COMPANY, keys.once_index("enterprise", code), mask(code, 4, 4)
        case PersonMonths() | PersonSince() | PaidMonths():
            try:
                number = check_person_id(record.id_type or IdType.RESIDENT, record.number or "")
            except IdentifierError as error:
                raise _Wrong("number", error.message, error.remedy) from None
            return OutsideSubject.PERSON, keys.once_index("id_number", number), mask_id(number)
    raise TypeError(type(record))


def _spans(record: Record, today: date) -> list[tuple[str, str | None]]:
    """The months of a row as stretches without a gap; what lasts has no end."""
    now = f"{today:%Y-%m}"
    if isinstance(record, PersonSince | CompanySince):
        if record.since > today:
            raise _Wrong("since", _("日期在今天之后。"), _("请检查年份；还没有发生的不要导入。"))
        return [(f"{record.since:%Y-%m}", None)]
    assert isinstance(record, PersonMonths | PaidMonths)
    if not record.months or record.months[-1] > now:
        raise _Wrong("months", _("月份在本月之后，或没有月份。"), _("请检查年份；还没有发生的不要导入。"))
    spans: list[tuple[str, str | None]] = []
    for month in record.months:
        if spans and spans[-1][1] is not None and str(Month.parse(spans[-1][1]) + 1) == month:
            spans[-1] = (spans[-1][0], month)
        else:
            spans.append((month, month))
    return spans
