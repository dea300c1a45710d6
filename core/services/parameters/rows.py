"""What people type into a draft, and what it means: 元 for fen, per cent for rates, days, a source, how sure it is.

A draft keeps every row as typed, finished or not. Reading a row gives a value or says, at its field, what is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from core.errors import N_, Invalid
from core.policy import LoadedPolicy, ParameterError, ParameterSet, ParameterValue, parse_parameters
from core.policy.canonical import plain
from core.policy.params import STATUSES
from core.services.imports.problems import CellError
from core.services.imports.values import clean_text, half_width, to_decimal, to_fen
from core.services.typed import within

FIELDS = ("name", "value", "ended", "from", "source", "status", "checked_on")
MAX_ROWS = 24
MAX_SOURCE = 300
MAX_CODE = 60
PLACES = 12  # decimals of a rate


class Problem(NamedTuple):
    """What is wrong with a row's field (with the whole draft: row None), as a sentence."""

    row: int | None
    field: str
    error: Invalid


class Reading(NamedTuple):
    values: tuple[ParameterValue, ...]
    problems: tuple[Problem, ...]


def blank(name: str = "") -> dict[str, str]:
    return dict.fromkeys(FIELDS, "") | {"name": name}


def kept(row: Mapping[str, Any]) -> dict[str, str]:
    """A row as a draft keeps it: all of its fields, as text, and no others."""
    return {field: within(str(row.get(field) or ""), 400, field="rows") for field in FIELDS}


def typed(value: ParameterValue) -> dict[str, str]:
    """A value as people would have typed it."""
    ended = value.value is None
    return {
        "name": value.name,
        "value": "" if ended else in_words(value.unit, value.value),
        "ended": "yes" if ended else "",
        "from": value.start.isoformat(),
        "source": value.source,
        "status": value.status,
        "checked_on": value.checked_on.isoformat() if value.checked_on else "",
    }


def in_words(unit: str, value: Any) -> str:
    """A value in the unit that people think in, without the unit: 280000 fen is 2800, the rate 0.16 is 16."""
    if unit == "fen":
        return f"{value // 100}.{value % 100:02d}".removesuffix(".00")
    if unit == "rate":
        return f"{(Decimal(value) * 100).normalize():f}"
    return str(value)


def read(rows: Sequence[Mapping[str, str]], loaded: LoadedPolicy, before: ParameterSet | None, today: date) -> Reading:
    """The values of a draft's rows and all that is wrong with them, against what the district has published `before`.

    Every value keeps the rules of the file (docs/plugins.md, Parameters); none is there twice or already published.
    """
    problems: list[Problem] = []
    values: list[ParameterValue] = []
    published = {(value.name, value.start): value for value in (before.values if before else ())}
    for number, row in enumerate(rows):
        value, faults = _row(row, loaded, today)
        problems += [Problem(number, field, error) for field, error in faults]
        if value is None:
            continue
        if any((other.name, other.start) == (value.name, value.start) for other in values):
            faults = [("from", Invalid("同一参数有两行从同一天起，请只留一行"))]
        elif published.get((value.name, value.start)) == value:
            faults = [("value", Invalid("与已公布的值完全相同，请改动或删去这一行"))]
        problems += [Problem(number, field, error) for field, error in faults]
        values.append(value)
    if not rows:
        problems.append(Problem(None, "rows", Invalid("草案里还没有参数值，请先添加")))
    if not problems:
        problems += _kernel(values, loaded)
    return Reading(tuple(values), tuple(problems))


def _row(
    row: Mapping[str, str], loaded: LoadedPolicy, today: date
) -> tuple[ParameterValue | None, list[tuple[str, Invalid]]]:
    faults: list[tuple[str, Invalid]] = []
    name = row["name"]
    unit = loaded.card.parameters.units.get(name)
    if unit is None:
        return None, [("name", Invalid("请选择参数") if not name else Invalid("这项政策没有参数“%(name)s”", name=name))]

    def taken(field: str, reader: Any, *given: Any) -> Any:
        try:
            return reader(*given)
        except CellError as error:
            faults.append((field, Invalid(N_("%(what)s%(remedy)s"), what=error.message, remedy=error.remedy)))
        except Invalid as error:
            faults.append((field, error))
        return None

    value = None if row["ended"] else taken("value", _value, unit, row["value"])
    if row["ended"] and row["value"]:
        faults.append(("value", Invalid("已选“从这一天起不再有值”，请把数值清空")))
    start = taken("from", _day, row["from"])
    checked_on = taken("checked_on", _day, row["checked_on"])
    if checked_on is not None and checked_on > today:
        faults.append(("checked_on", Invalid("查证日期在今天之后，请填写实际查证的那一天")))
    source = clean_text(row["source"])
    if not source:
        faults.append(("source", Invalid("请写明出处：文件名称、文号和条款")))
    elif len(source) > MAX_SOURCE:
        faults.append(("source", Invalid("出处不能超过%(most)s个字", most=MAX_SOURCE)))
    if row["status"] not in STATUSES:
        faults.append(("status", Invalid("请选择这个值查证到什么程度")))
    if faults:
        return None, faults
    return ParameterValue(name, value, start, source, row["status"], checked_on, unit, "district"), []


def _value(unit: str, text: str) -> int | str | Decimal:
    if not text:
        raise Invalid("请填写数值；要终止这个参数，请选“从这一天起不再有值”")
    if unit == "fen":
        return to_fen(text)
    if unit == "code":
        if len(code := half_width(text)) > MAX_CODE:
            raise Invalid("代码不能超过%(most)s个字", most=MAX_CODE)
        return code
    number = to_decimal(half_width(text).removesuffix("%") if unit == "rate" else text)
    if unit == "rate":
        if not 0 <= number <= 100 * 100:
            raise Invalid("比率按百分数填写，例如百分之十六填16")
        rate = number / 100
        if round(rate, PLACES) != rate:
            raise Invalid("比率的小数位数过多，请检查")
        return Decimal(f"{rate.normalize():f}")
    if number != number.to_integral_value() or not 0 <= number <= 10**9:
        raise Invalid("这里应填不小于0的整数")
    return int(number)


def _day(text: str) -> date:
    if not text:
        raise Invalid("请填写日期，例如2027-01-01")
    with suppress(ValueError):
        day = date.fromisoformat(text)
        if date(1949, 10, 1) <= day <= date(2100, 12, 31):
            return day
    raise Invalid("日期不存在，请按2026-03-01的样式填写")


def _kernel(values: Iterable[ParameterValue], loaded: LoadedPolicy) -> list[Problem]:
    """The kernel's own reading has the last word: what it refuses, `assess --params` would refuse too."""
    try:
        parse_parameters(to_file(values), defaults=loaded.card.parameters)
    except ParameterError as error:
        return [Problem(None, "rows", Invalid("参数“%(name)s”不能这样填写：%(why)s", name=error.name, why=str(error)))]
    return []


def to_file(values: Iterable[ParameterValue]) -> dict[str, Any]:
    """Values in the shape of the file."""
    section: dict[str, Any] = {}
    for value in values:
        row = {
            "from": value.start.isoformat(),
            "value": plain(value.value),
            "source": value.source,
            "status": value.status,
            "checked_on": value.checked_on and value.checked_on.isoformat(),
        }
        section.setdefault(value.name, {"values": []})["values"].append(row)
    return section


def backdated(values: Iterable[ParameterValue], today: date) -> list[ParameterValue]:
    """Those that begin before the day of publication: only a correction, with its reason, may have them."""
    return [value for value in values if value.start < today]


UNITS: Mapping[str, str] = {
    "fen": N_("元"),
    "rate": "%",
    "months": N_("个月"),
    "working_days": N_("个工作日"),
    "persons": N_("人"),
    "count": "",
    "code": "",
}
"""What is written behind a value in its field."""
