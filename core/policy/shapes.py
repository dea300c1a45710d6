"""The records of a case file, field by field, and how lists of them are read and written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import partial
from itertools import repeat
from operator import itemgetter
from typing import Any, NamedTuple

from core.policy.dates import MONTHS_IN_YEAR, Month
from core.policy.model import (
    PRIZE_LEVELS,
    Company,
    DeskFee,
    EarlierAward,
    Employment,
    Founder,
    Lease,
    Mentoring,
    Period,
    Prize,
    Rent,
    Stage,
)
from core.policy.values import (
    COUNT,
    DAY,
    FLAG,
    MONTH,
    TEXT,
    Column,
    Kind,
    Wrong,
    list_of,
    one_of,
    read_list,
    shown,
    shown_key,
)

HOUSEHOLD = one_of("district", "city", "elsewhere")
PERMIT = one_of(
    "residence_permit", "hk_mo_tw_residence_permit", "overseas_talent_permit", "returnee_enterprise", "none"
)
CATEGORY = one_of("graduate", "hard_to_employ", "disabled", "veteran", "returnee", "local_youth")
PAYER = one_of("tenant", "explained", "other")
GRADE = one_of("government", "verified_original", "operator", "applicant")
STAGE = one_of("nursery", "incubator", "accelerator", "graduated", "exited")


class Field(NamedTuple):
    key: str
    kind: Kind
    required: bool = False
    late: bool = False
    """Added last and seldom there: rows without it are complete all the same."""

    def read_column(self, column: Column) -> Iterable[Any]:
        """The field of many rows at once; any exception means: read row by row, which tells what is wrong."""
        read = self.kind.read_column(column)
        if read is not None:
            return read
        if len(set(map(type, column)) - {type(None)}) > 1:
            raise Wrong("is of several types")  # 1, 1.0 and True are one member of a set, but not one value here
        known = {value: self.kind.read(value) for value in set(column) - {None}}
        if not self.required:
            known[None] = None
        return map(known.__getitem__, column)


def _check_order(record: Any) -> None:
    if record.start is not None and record.end is not None and record.end < record.start:
        raise Wrong(f"is before the beginning, {record.start}", ".to")


def _check_spent(row: Any) -> None:
    if row.spent_fen is not None and row.spent_by is None:
        raise Wrong("says how much is spent, but spent_by does not say by which award", ".spent_fen")


def _check_period(period: Period) -> None:
    if period.last < period.first:
        raise Wrong(f"is before the beginning, {period.first}", ".to")
    if period.last - period.first >= MONTHS_IN_YEAR:
        raise Wrong(f"makes the period longer than {MONTHS_IN_YEAR} months", ".to")


class Shape:
    """A kind of record: how to read one from a JSON object, and to write it back."""

    def __init__(
        self, make: Any, *fields: Field, check: Callable[[Any], None] | None = None, identity: tuple[str, ...] = ()
    ) -> None:
        self.make = make
        self.fields = fields
        self.names = dict(zip((field.key for field in fields), make._fields, strict=True))
        self.identity = (*(field.key for field in fields if field.required), *identity)
        """The fields that tell one record from another; a policy that reads the section sees them."""
        self._new = partial(tuple.__new__, make)
        self._check = check
        early = [field.key for field in fields if not field.late]
        self._picks = {len(early): itemgetter(*early), len(fields): itemgetter(*self.names)}

    def read(self, value: object, hidden: Sequence[int] = ()) -> Any:
        """One record; fields whose number is `hidden` are checked, and then null."""
        if type(value) is not dict:
            raise Wrong(f"must be an object, not {shown(value)}")
        get = value.get
        values = []
        found = 0
        for key, kind, required, _ in self.fields:
            item = get(key)
            if item is not None:
                found += 1
                try:
                    values.append(kind.read(item))
                except Wrong as wrong:
                    raise Wrong(str(wrong), f".{key}{wrong.at}") from None
            elif required:
                self._refuse_unknown(value)
                raise Wrong("is missing", f".{key}")
            else:
                values.append(None)
        if found != len(value):
            self._refuse_unknown(value)
        record = self._new(values)
        if self._check:
            self._check(record)
        if hidden:
            for index in hidden:
                values[index] = None
            return self._new(values)
        return record

    def read_rows(self, value: object, hidden: Sequence[int] = ()) -> tuple[Any, ...]:
        """A list of records. Complete rows without a fault are read by column, about five times as fast."""
        if type(value) is list and len(value) > 3:
            try:
                return self._read_columns(value, hidden)
            except (Wrong, KeyError, TypeError):
                pass  # a field left out, or a fault: row by row tells which
        return read_list(partial(self.read, hidden=hidden) if hidden else self.read, value)

    def _read_columns(self, rows: list[Any], hidden: Sequence[int]) -> tuple[Any, ...]:
        widths = set(map(len, rows))
        if set(map(type, rows)) != {dict} or len(widths) != 1:
            raise Wrong("has rows of several forms")
        (width,) = widths
        columns = zip(*map(self._picks[width], rows), strict=True)
        read = [field.read_column(column) for field, column in zip(self.fields[:width], columns, strict=True)]
        read += [(None,) * len(rows)] * (len(self.fields) - width)
        for index in hidden:
            read[index] = repeat(None, len(rows))
        records = tuple(map(self._new, zip(*read, strict=True)))
        if self._check:
            for record in records:
                self._check(record)
        return records

    def blank(self, records: tuple[Any, ...], hidden: Sequence[int]) -> tuple[Any, ...]:
        """The same records with some fields null."""
        if not (records and hidden):
            return records
        columns: list[Iterable[Any]] = list(zip(*records, strict=True))
        for index in hidden:
            columns[index] = repeat(None, len(records))
        return tuple(map(self._new, zip(*columns, strict=True)))

    def _refuse_unknown(self, value: dict[Any, Any]) -> None:
        for key in value:
            if key not in self.names:
                raise Wrong("is not a field of the case file; check its spelling", f".{shown_key(key)}")

    def write(self, record: Any) -> dict[str, Any]:
        return {key: _written(item) for key, item in zip(self.names, record, strict=True)}


def _written(item: Any) -> Any:
    if isinstance(item, Period):
        return PERIOD.write(item)
    if isinstance(item, (date, Month)):
        return str(item)
    return list(item) if isinstance(item, tuple) else item


PERIOD = Shape(Period, Field("from", MONTH, True), Field("to", MONTH, True), check=_check_period)
COMPANY = Shape(
    Company,
    Field("uscc", TEXT, True),
    Field("legal_form", TEXT),
    Field("small_or_micro", FLAG),
    Field("registered_on", DAY),
    Field("registered_region", TEXT),
    Field("operating_region", TEXT),
    Field("industry", TEXT),
    Field("labour_dispatch", FLAG),
    Field("untrustworthy", FLAG),
)
ROWS: dict[str, Shape] = {
    "founders": Shape(
        Founder,
        Field("ref", TEXT, True),
        Field("legal_representative", FLAG),
        Field("household", HOUSEHOLD),
        Field("permit", PERMIT),
        Field("categories", list_of(CATEGORY)),
        Field("graduated_on", DAY),
        Field("first_company", FLAG),
    ),
    "leases": Shape(
        Lease,
        Field("ref", TEXT, True),
        Field("from", DAY, True),
        Field("to", DAY),
        Field("independent", FLAG),
        Field("lawful", FLAG),
        Field("region", TEXT),
        Field("area_cm2", COUNT),
        check=_check_order,
    ),
    "rent": Shape(
        Rent,
        Field("line", TEXT, True),
        Field("lease", TEXT),
        Field("month", MONTH, True),
        Field("paid_fen", COUNT),
        Field("region", TEXT),
        Field("payer", PAYER),
        Field("grade", GRADE),
        Field("spent_by", TEXT, late=True),
        Field("spent_fen", COUNT, late=True),
        check=_check_spent,
    ),
    "employment": Shape(
        Employment,
        Field("line", TEXT, True),
        Field("person", TEXT, True),
        Field("month", MONTH, True),
        Field("employer_uscc", TEXT),
        Field("filing_uscc", TEXT),
        Field("household", HOUSEHOLD),
        Field("grade", GRADE),
        Field("spent_by", TEXT, late=True),
        identity=("employer_uscc",),
    ),
    "desk_fees": Shape(
        DeskFee,
        Field("line", TEXT, True),
        Field("month", MONTH, True),
        Field("paid_fen", COUNT),
        Field("grade", GRADE),
        Field("spent_by", TEXT, late=True),
        Field("spent_fen", COUNT, late=True),
        check=_check_spent,
    ),
    "prizes": Shape(
        Prize,
        Field("line", TEXT, True),
        Field("contest", TEXT, True),
        Field("edition", COUNT, True),
        Field("level", one_of(*PRIZE_LEVELS), True),
        Field("awarded_on", DAY),
        Field("grade", GRADE),
        Field("spent_by", TEXT, late=True),
    ),
    "stages": Shape(
        Stage,
        Field("stage", STAGE),
        Field("from", DAY),
        Field("to", DAY),
        check=_check_order,
    ),
    "awards": Shape(
        EarlierAward,
        Field("policy", TEXT),
        Field("award", TEXT),
        Field("period", Kind(PERIOD.read)),
        Field("amount_fen", COUNT),
        Field("founders", list_of(TEXT)),
    ),
}
MENTORING = Shape(
    Mentoring,
    Field("needs", list_of(TEXT)),
    Field("running_pairs", COUNT),
    Field("languages", list_of(TEXT)),
    Field("hours", COUNT),
)
WITH_LINES = ("rent", "employment", "desk_fees", "prizes")
"""The sections whose rows are evidence lines."""
MARKS = frozenset({"spent_by", "spent_fen"})
"""The fields of such rows that are for the kernel first (core/policy/spent.py)."""
