"""Dated, sourced parameter values, and the record of which of them a rule read.

A value stands from its day until a newer one of the same parameter; null ends it. Every value says where it comes from
and how sure that is, so that whatever was decided with a demonstration figure can say so.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from core.policy.values import LARGEST, shown

UNITS: dict[str, type] = {
    "fen": int,
    "months": int,
    "working_days": int,
    "persons": int,
    "count": int,
    "rate": Decimal,
    "code": str,
}
"""What a parameter may be counted in, and the type a rule gets. A rate is written as text ("0.16"), never a float."""

STATUSES = ("verified", "secondary", "demonstration")
"""Read on an authority's page; read on third parties' pages; neither (every page and letter that used it says so)."""

_WANTED = {
    int: f"a whole number from 0 to {LARGEST}",
    Decimal: 'a rate in quotation marks, such as "0.16"',
    str: "text in quotation marks",
}

_VALUE_FIELDS = {"from", "value", "source", "status", "checked_on"}


class ParameterError(ValueError):
    """A parameter that is written wrongly, or read where it has no value; says which, why and what to do."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"parameter {name} {message}")
        self.name = name


class Text(NamedTuple):
    """The same text in both languages. Chinese is what a letter quotes."""

    zh: str
    en: str

    def __str__(self) -> str:
        return self.zh

    def get(self, language: str) -> str:
        """In the language of a locale name such as `zh_Hans_CN` or `en`."""
        return self.zh if language.startswith("zh") else self.en


class ParameterValue(NamedTuple):
    """One value of one parameter. `origin` is "policy" (the plugin's default) or "district" (a published override)."""

    name: str
    value: int | str | Decimal | None
    start: date
    source: str
    status: str
    checked_on: date | None
    unit: str
    origin: str = "policy"

    @property
    def demonstration(self) -> bool:
        return self.status == "demonstration"


class ParameterSet:
    """All values of a policy's parameters; `on(day)` gives a rule those of its reference date."""

    def __init__(self, values: Iterable[ParameterValue], titles: Mapping[str, Text] | None = None) -> None:
        self.values = tuple(sorted(values, key=lambda value: (value.name, value.start)))
        self.titles = dict(titles or {})
        self.units = {value.name: value.unit for value in self.values}
        self._starts = sorted({value.start for value in self.values})
        self._tables: list[dict[str, ParameterValue]] = []
        for day in self._starts:
            self._tables.append({value.name: value for value in self.values if value.start <= day})

    def on(self, day: date) -> Params:
        return Params(self, day)

    def table(self, day: date) -> Mapping[str, ParameterValue]:
        """The newest value of each parameter on that day, ended ones included."""
        index = bisect_right(self._starts, day) - 1
        return self._tables[index] if index >= 0 else {}

    def overridden_by(self, published: ParameterSet) -> ParameterSet:
        """These values, but for each parameter named in `published`: its values from their first day on."""
        first: dict[str, date] = {}
        for value in published.values:
            first.setdefault(value.name, value.start)
        kept = [value for value in self.values if value.name not in first or value.start < first[value.name]]
        return ParameterSet([*kept, *published.values], self.titles)


class Params:
    """The parameters of one evaluation. Reading one records it; reading one without a value raises ParameterError."""

    __slots__ = ("_read", "_set", "_table", "reference_on")

    def __init__(self, values: ParameterSet, reference_on: date) -> None:
        self.reference_on = reference_on
        self._set = values
        self._table = values.table(reference_on)
        self._read: dict[tuple[str, date], ParameterValue] = {}

    def __getitem__(self, name: str) -> Any:
        """The value on the reference date: an int, a Decimal or a str, as the parameter's unit says."""
        return self._take(name, self._table, self.reference_on)

    def at(self, name: str, day: date) -> Any:
        """The value on another day, for tables that change within a case's period (contribution bases by month)."""
        return self._take(name, self._set.table(day), day)

    def _take(self, name: str, table: Mapping[str, ParameterValue], day: date) -> Any:
        found = table.get(name)
        if found is None or found.value is None:
            if name not in self._set.units:
                raise ParameterError(name, "is not in policy.yaml; add it there with unit, title and values.")
            state = "has no value yet" if found is None else f"ended on {found.start}, so it has no value"
            raise ParameterError(name, f"{state} on {day}; add a value with its source, or end the rule on that day.")
        self._read[name, found.start] = found
        return found.value

    @property
    def values(self) -> ParameterSet:
        """All there is to read from."""
        return self._set

    def record(self, name: str, start: date) -> bool:
        """Record that the value of `name` from `start` was read elsewhere; False where there is none to be read."""
        found = self._set.table(start).get(name)
        if found is None or found.start != start or found.value is None:
            return False
        self._read[name, start] = found
        return True

    @property
    def read(self) -> tuple[ParameterValue, ...]:
        """What has been read so far, by name and date."""
        return tuple(self._read[key] for key in sorted(self._read))


# ── from the parameters section of policy.yaml, or a district's file of the same shape ──────────────────────────────


def parse_parameters(section: object, *, defaults: ParameterSet | None = None) -> ParameterSet:
    """The `parameters` section of policy.yaml; with `defaults`, a district's published values for those parameters.

    A district's file has the same shape (with or without the heading `parameters:`); unit and title may be left out
    there, and a name the policy doesn't have is an error. ParameterError says what is wrong and how to mend it.
    """
    if isinstance(section, Mapping) and "parameters" in section:
        section = section["parameters"]
    if not isinstance(section, Mapping):
        raise ParameterError("section", "must be a mapping of parameter names to unit, title and values.")
    values: list[ParameterValue] = []
    titles: dict[str, Text] = {}
    for name, body in section.items():
        if not isinstance(name, str) or not isinstance(body, Mapping):
            raise ParameterError(str(name), "must be a mapping with unit, title and values.")
        unit, title = _unit_and_title(name, body, defaults)
        titles[name] = title
        values += _values(name, unit, body.get("values"), "policy" if defaults is None else "district")
    return ParameterSet(values, titles)


def _unit_and_title(name: str, body: Mapping[str, Any], defaults: ParameterSet | None) -> tuple[str, Text]:
    unknown = set(body) - {"unit", "title", "values"}
    if unknown:
        raise ParameterError(name, f"has an unknown field {min(map(str, unknown))}; it takes unit, title and values.")
    if defaults is not None:
        if name not in defaults.units:
            raise ParameterError(name, f"is not one of this policy's: {', '.join(sorted(defaults.units))}.")
        if body.get("unit", defaults.units[name]) != defaults.units[name]:
            raise ParameterError(name, f"is counted in {defaults.units[name]}, not in {body['unit']}.")
        return defaults.units[name], defaults.titles[name]
    unit, title = body.get("unit"), body.get("title")
    if not isinstance(unit, str) or unit not in UNITS:
        raise ParameterError(name, f"needs a unit, one of {', '.join(UNITS)}.")
    if (
        not isinstance(title, Mapping)
        or set(title) != {"zh", "en"}
        or not all(isinstance(t, str) for t in title.values())
    ):
        raise ParameterError(name, "needs a title in both languages: {zh: …, en: …}.")
    return unit, Text(title["zh"], title["en"])


def _values(name: str, unit: str, rows: object, origin: str) -> list[ParameterValue]:
    if not isinstance(rows, list) or not rows:
        raise ParameterError(name, "needs a list of values, each with from, value, source, status and checked_on.")
    values: list[ParameterValue] = []
    for row in rows:
        if not isinstance(row, Mapping) or set(row) != _VALUE_FIELDS:
            raise ParameterError(name, f"has a value that is not made of {', '.join(sorted(_VALUE_FIELDS))}.")
        start = _date(name, "from", row["from"])
        source, status = row["source"], row["status"]
        if not isinstance(source, str) or not source.strip():
            raise ParameterError(name, f"has no source for its value from {start}; name the document and article.")
        if status not in STATUSES:
            raise ParameterError(name, f"has status {status!r} from {start}; it must be one of {', '.join(STATUSES)}.")
        if any(value.start == start for value in values):
            raise ParameterError(name, f"has two values from {start}; keep one.")
        checked_on = _date(name, "checked_on", row["checked_on"])
        value = typed_value(name, unit, row["value"])
        values.append(ParameterValue(name, value, start, source, status, checked_on, unit, origin))
    return values


def _date(name: str, field: str, value: object) -> date:
    """YAML reads 2018-12-01 as a date; JSON, and quotation marks, give text."""
    if isinstance(value, str):
        with suppress(ValueError):
            value = date.fromisoformat(value)
    if type(value) is not date:
        raise ParameterError(name, f"has {field}: {value!r}; it must be a date such as 2023-01-01.")
    return value


def typed_value(name: str, unit: str, value: object) -> int | str | Decimal | None:
    """A value as its unit wants it; None (the parameter ends) stays None."""
    if value is None:
        return None
    if isinstance(value, float):
        raise ParameterError(name, f"has the decimal {value}; write a rate as text in quotation marks, money in fen.")
    kind = UNITS.get(unit, str)
    if kind is Decimal and isinstance(value, str):
        with suppress(InvalidOperation):
            number = Decimal(value)
            if number.is_finite():
                return number
    if kind is int and type(value) is int and 0 <= value <= LARGEST:
        return value
    if kind is str and isinstance(value, str):
        return value
    raise ParameterError(name, f"has the value {shown(value)}; in {unit} it must be {_WANTED[kind]}.")
