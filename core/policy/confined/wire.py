"""What is in the frames: a rule's answer as JSON and back.

JSON keeps what a rule got wrong as it is (a decimal, a truth value for a number, NaN), so that the engine refuses it
with the same sentence as a built-in policy's. Here only the form is insisted on: the fields there are, and no more.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from core.confined.frames import Garbled
from core.policy.canonical import plain
from core.policy.dates import Month
from core.policy.model import Allocation, Assessment, Check, Left, Line, Match, Offer, Reason, Use
from core.policy.params import ParameterSet, ParameterValue, Params, typed_value

LARGEST_FRAME = 8 << 20
"""Bytes of one message: a case of twelve months and a thousand persons is a quarter of it."""


# ── a rule's answer ─────────────────────────────────────────────────────────────────────────────────────────────────


def assessment_to_json(answer: object, params: Params) -> dict[str, Any]:
    """In the worker. Garbled where the answer is something else than an Assessment of Checks, Lines and Uses."""
    if type(answer) is not Assessment:
        raise Garbled(f"its rule returned {type(answer).__name__} instead of an Assessment")
    return {
        "checks": _rows(answer.checks, Check, "checks"),
        "lines": _rows(answer.lines, Line, "lines"),
        "uses": _rows(answer.uses, Use, "uses"),
        "read": [[value.name, value.start.isoformat()] for value in params.read],
    }


def _rows(rows: object, kind: type[Any], what: str) -> list[list[Any]]:
    if type(rows) is not tuple or {*map(type, rows)} - {kind}:
        raise Garbled(f"its rule's answer is not valid: {what} must be a tuple of {kind.__name__}, and nothing else")
    return [[_sent(value, what) for value in row] for row in rows]


def _sent(value: object, what: str) -> Any:
    if type(value) is date:
        return {"date": value.isoformat()}
    if type(value) is Month:
        return {"month": str(value)}
    if type(value) in (tuple, list):
        return [_sent(item, what) for item in value]  # type: ignore[attr-defined]
    if value is None or type(value) in (str, int, float, bool):
        return value
    raise Garbled(f"its rule's answer is not valid: {what} hold a {type(value).__name__}, which is not a plain value")


def assessment_from_json(value: object, params: Params) -> Assessment:
    """In this process. What was read is looked up in `params`, so that a worker cannot invent a value."""
    fields = _fields(value, {"checks", "lines", "uses", "read"})
    answer = Assessment(
        tuple(Check(*map(_received, row)) for row in _records(fields["checks"], "checks", len(Check._fields))),
        tuple(Line(*map(_received, row)) for row in _records(fields["lines"], "lines", len(Line._fields))),
        tuple(Use(*map(_received, row)) for row in _records(fields["uses"], "uses", len(Use._fields))),
    )
    record(params, fields["read"])
    return answer


def record(params: Params, read: object) -> None:
    for name, start in _records(read, "read", 2):
        if not (type(name) is str and type(start) is str and params.record(name, _day(start))):
            raise Garbled("it says to have read a parameter value that there is not")


def _received(value: Any) -> Any:
    if type(value) is list:
        return tuple(map(_received, value))
    if type(value) is not dict:
        return value
    if value.keys() == {"date"}:
        return _day(value["date"])
    if value.keys() == {"month"} and type(value["month"]) is str:
        try:
            return Month.parse(value["month"])
        except ValueError as error:
            raise Garbled("it holds a month that is none") from error
    raise Garbled("it holds an object where a plain value must be")


def _day(text: object) -> date:
    try:
        return date.fromisoformat(text)  # type: ignore[arg-type]
    except (ValueError, TypeError) as error:
        raise Garbled("it holds a date that is none") from error


def _fields(value: object, names: set[str]) -> Mapping[str, Any]:
    if type(value) is not dict or value.keys() != names:
        raise Garbled(f"it is not an object of {', '.join(sorted(names))}")
    return value


def _records(value: object, what: str, width: int) -> list[list[Any]]:
    if type(value) is not list or any(type(row) is not list or len(row) != width for row in value):
        raise Garbled(f"its {what} are not records of {width} fields")
    return value


# ── parameters ──────────────────────────────────────────────────────────────────────────────────────────────────────


@lru_cache(maxsize=64)
def parameters_to_text(values: ParameterSet) -> str:
    """What a rule can read of them: name, unit, value and first day. Sources stay here."""
    return json.dumps([[v.name, v.unit, plain(v.value), v.start.isoformat()] for v in values.values])


@lru_cache(maxsize=64)
def parameters_from_text(text: str) -> ParameterSet:
    return ParameterSet(
        ParameterValue(name, typed_value(name, unit, value), date.fromisoformat(start), "", "", None, unit)
        for name, unit, value, start in json.loads(text)
    )


# ── sharing out ─────────────────────────────────────────────────────────────────────────────────────────────────────


def offer_to_json(offer: Offer) -> list[Any]:
    return [offer.ref, offer.capacity, dict(offer.facts), list(offer.pinned), list(offer.forbidden)]


def offer_from_json(row: Sequence[Any]) -> Offer:
    ref, capacity, facts, pinned, forbidden = row
    return Offer(ref, capacity, facts, tuple(pinned), tuple(forbidden))


def allocation_to_json(answer: object, params: Params) -> dict[str, Any]:
    """In the worker. Garbled where the answer is no Allocation."""
    if type(answer) is not Allocation or type(answer.matches) is not tuple or type(answer.left) is not tuple:
        raise Garbled("its allocation is not valid: it is not an Allocation of two tuples")
    if {*map(type, answer.matches)} - {Match} or {*map(type, answer.left)} - {Left}:
        raise Garbled("its allocation is not valid: it holds something else than Match and Left")
    reasons = [*(reason for match in answer.matches for reason in match.reasons), *(it.reason for it in answer.left)]
    if {*map(type, reasons)} - {Reason}:
        raise Garbled("its allocation is not valid: a reason in it is no Reason")
    return {
        "matches": [
            [m.case_ref, m.offer_ref, _sent(m.fit, "matches"), [list(reason) for reason in m.reasons]]
            for m in answer.matches
        ],
        "left": [[it.case_ref, list(it.reason)] for it in answer.left],
        "read": [[value.name, value.start.isoformat()] for value in params.read],
    }


def allocation_from_json(value: object, params: Params) -> Allocation:
    fields = _fields(value, {"matches", "left", "read"})
    matches = tuple(
        Match(case, offer, fit, tuple(_reason(reason) for reason in reasons))
        for case, offer, fit, reasons in _records(fields["matches"], "matches", 4)
        if _is_list(reasons)
    )
    left = tuple(Left(case, _reason(reason)) for case, reason in _records(fields["left"], "left", 2))
    record(params, fields["read"])
    return Allocation(matches, left)


def _is_list(value: object) -> bool:
    if type(value) is not list:
        raise Garbled("its matches have reasons that are no list")
    return True


def _reason(value: object) -> Reason:
    code, note = _records([value], "reasons", 2)[0]
    return Reason(code, note)


Encode = Callable[[object, Params], dict[str, Any]]
