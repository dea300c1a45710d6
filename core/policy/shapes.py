"""The records of a case file, field by field, and how lists of them are read and written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from functools import partial
from operator import is_, itemgetter
from typing import Any, NamedTuple

from core.policy.dates import MONTHS_IN_YEAR, Month
from core.policy.model import (
    Company,
    DeskFee,
    EarlierAward,
    Employment,
    Founder,
    Lease,
    Mentoring,
    Period,
    Rent,
    Stage,
)
from core.policy.values import (
    Wrong,
    read_count,
    read_day,
    read_flag,
    read_list,
    read_month,
    read_one_of,
    read_text,
    shown,
    shown_key,
)

HOUSEHOLDS = frozenset({"district", "city", "elsewhere"})
PERMITS = frozenset(
    {"residence_permit", "hk_mo_tw_residence_permit", "overseas_talent_permit", "returnee_enterprise", "none"}
)
CATEGORIES = frozenset({"graduate", "hard_to_employ", "disabled", "veteran", "returnee", "local_youth"})
PAYERS = frozenset({"tenant", "explained", "other"})
GRADES = frozenset({"government", "verified_original", "operator", "applicant"})
STAGES = frozenset({"nursery", "incubator", "accelerator", "graduated", "exited"})


class Field(NamedTuple):
    key: str
    read: Callable[[object], Any]
    required: bool = False

    def read_column(self, column: tuple[Any, ...]) -> Iterable[Any]:
        """The field of many rows at once, each distinct value read once; any exception means: read row by row."""
        types = set(map(type, column))
        if types == {str} and self.read is read_text and "".join(column).isascii():
            return column
        distinct = set(column)
        if None in distinct:
            if self.required:
                raise Wrong("is missing")
            types.discard(type(None))
            distinct.discard(None)
        if len(types) > 1:  # 1, 1.0 and True are one member of a set, but not one value here
            raise Wrong("is of several types")
        read = {value: self.read(value) for value in distinct}
        if all(map(is_, read.keys(), read.values())):
            return column
        read[None] = None
        return map(read.__getitem__, column)


def _check_order(record: Any) -> None:
    if record.start is not None and record.end is not None and record.end < record.start:
        raise Wrong(f"is before the beginning, {record.start}", ".to")


def _check_period(period: Period) -> None:
    if period.last < period.first:
        raise Wrong(f"is before the beginning, {period.first}", ".to")
    if period.last - period.first >= MONTHS_IN_YEAR:
        raise Wrong(f"makes the period longer than {MONTHS_IN_YEAR} months", ".to")


class Shape:
    """A kind of record: how to read one from a JSON object, and to write it back."""

    def __init__(self, make: Any, *fields: Field, check: Callable[[Any], None] | None = None) -> None:
        self.make = make
        self.fields = fields
        self.names = dict(zip((field.key for field in fields), make._fields, strict=True))
        self.required = tuple(field.key for field in fields if field.required)
        self._new = partial(tuple.__new__, make)
        self._check = check
        self._pick = itemgetter(*self.names)

    def read(self, value: object) -> Any:
        if type(value) is not dict:
            raise Wrong(f"must be an object, not {shown(value)}")
        get = value.get
        values = []
        found = 0
        for key, read, required in self.fields:
            item = get(key)
            if item is not None:
                found += 1
                try:
                    values.append(read(item))
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
        return record

    def read_rows(self, value: object) -> tuple[Any, ...]:
        """A list of records. Complete rows without a fault are read by column, about five times as fast."""
        if type(value) is list and len(value) > 3:
            try:
                return self._read_columns(value)
            except (Wrong, KeyError, TypeError):
                pass  # a field left out, or a fault: row by row tells which
        return read_list(self.read, value)

    def _read_columns(self, rows: list[Any]) -> tuple[Any, ...]:
        if set(map(type, rows)) != {dict} or set(map(len, rows)) != {len(self.fields)}:
            raise Wrong("has rows of several forms")
        columns = zip(*map(self._pick, rows), strict=True)
        read = [field.read_column(column) for field, column in zip(self.fields, columns, strict=True)]
        records = tuple(map(self._new, zip(*read, strict=True)))
        if self._check:
            for record in records:
                self._check(record)
        return records

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


_texts = partial(read_list, read_text)
_household = partial(read_one_of, HOUSEHOLDS)
_payer = partial(read_one_of, PAYERS)
_grade = partial(read_one_of, GRADES)

PERIOD = Shape(Period, Field("from", read_month, True), Field("to", read_month, True), check=_check_period)
COMPANY = Shape(
    Company,
    Field("uscc", read_text, True),
    Field("legal_form", read_text),
    Field("small_or_micro", read_flag),
    Field("registered_on", read_day),
    Field("registered_region", read_text),
    Field("operating_region", read_text),
    Field("industry", read_text),
    Field("labour_dispatch", read_flag),
    Field("untrustworthy", read_flag),
)
ROWS: dict[str, Shape] = {
    "founders": Shape(
        Founder,
        Field("ref", read_text, True),
        Field("legal_representative", read_flag),
        Field("household", _household),
        Field("permit", partial(read_one_of, PERMITS)),
        Field("categories", partial(read_list, partial(read_one_of, CATEGORIES))),
        Field("graduated_on", read_day),
        Field("first_company", read_flag),
    ),
    "leases": Shape(
        Lease,
        Field("ref", read_text, True),
        Field("from", read_day, True),
        Field("to", read_day),
        Field("independent", read_flag),
        Field("lawful", read_flag),
        Field("region", read_text),
        Field("area_cm2", read_count),
        check=_check_order,
    ),
    "rent": Shape(
        Rent,
        Field("line", read_text, True),
        Field("lease", read_text),
        Field("month", read_month, True),
        Field("paid_fen", read_count),
        Field("region", read_text),
        Field("payer", _payer),
        Field("grade", _grade),
    ),
    "employment": Shape(
        Employment,
        Field("line", read_text, True),
        Field("person", read_text, True),
        Field("month", read_month, True),
        Field("employer_uscc", read_text),
        Field("filing_uscc", read_text),
        Field("household", _household),
        Field("grade", _grade),
    ),
    "desk_fees": Shape(
        DeskFee,
        Field("line", read_text, True),
        Field("month", read_month, True),
        Field("paid_fen", read_count),
        Field("grade", _grade),
    ),
    "stages": Shape(
        Stage,
        Field("stage", partial(read_one_of, STAGES)),
        Field("from", read_day),
        Field("to", read_day),
        check=_check_order,
    ),
    "awards": Shape(
        EarlierAward,
        Field("policy", read_text),
        Field("award", read_text),
        Field("period", PERIOD.read),
        Field("amount_fen", read_count),
        Field("founders", _texts),
    ),
}
MENTORING = Shape(Mentoring, Field("needs", _texts), Field("running_pairs", read_count))
WITH_LINES = ("rent", "employment", "desk_fees")
"""The sections whose rows are evidence lines."""
