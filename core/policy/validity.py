"""Is what a rule returned an answer at all? Each function gives the first fault as a clause of a sentence, or ""."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from core.policy.dates import Month
from core.policy.model import Assessment, Check, Dossier, Line, Outcome, Use
from core.policy.values import is_encodable

RELATIONS = ("<", "<=", ">=", "in", "is")

LARGEST_SUM = 2**53 - 1
"""Integers beyond this are not exact in every JSON reader (RFC 7493), so no answer holds one."""


def fault_in_checks(checks: Any, known: Mapping[str, Any]) -> str:
    if type(checks) is not tuple or not checks:
        return "checks must be a tuple of at least one Check"
    codes = set()
    for check in checks:
        if type(check) is not Check or check.code not in known or check.code in codes:
            return f"checks holds {check!r}, whose code is not under checks in policy.yaml, or twice here"
        codes.add(check.code)
        if not _is_verdict(check.passed):
            return f"the check {check.code} passed {check.passed!r}; it must be True, False or None"
        if str(check.relation) not in RELATIONS:
            return f"the check {check.code} has the relation {check.relation!r}; it must be one of {RELATIONS}"
        if not (_is_plain(check.observed) and _is_plain(check.required) and _is_text(check.unit)):
            return f"the check {check.code} observed, required or counts something that is not a plain value"
    return ""


def fault_in_lines(lines: Any, known: Mapping[str, Any]) -> str:
    if type(lines) is not tuple:
        return "lines must be a tuple"
    for line in lines:
        if type(line) is not Line or line.code not in known:
            return f"lines holds {line!r}, whose code is not under lines in policy.yaml"
        if not (_is_fen(line.unit_fen) and _is_fen(line.amount_fen)):
            return f"the line {line.code} has amounts that are not whole fen: {line.unit_fen!r}, {line.amount_fen!r}"
        if not (_is_text(line.quantity) and _is_text(line.note)):
            return f"the line {line.code} has a quantity or note that is not text"
    return ""


def fault_in_uses(answer: Assessment, outcome: Outcome, dossier: Dossier, *, spends: bool) -> str:
    """Each used line is there, once, and worth it; an eligible answer's uses sum to its lines."""
    if type(answer.uses) is not tuple:
        return "uses must be a tuple"
    if answer.uses and not spends:
        return "it spends evidence, but policy.yaml names no stacking group"
    paid = {row.line: row.paid_fen or 0 for rows in (dossier.rent, dossier.desk_fees) for row in rows or ()}
    worked: set[str] | None = None
    seen: set[str] = set()
    used = 0
    for use in answer.uses:
        if type(use) is not Use or not _is_fen(use.amount_fen) or use.amount_fen < 0:
            return f"uses holds {use!r}, which is not a whole amount of fen of one line"
        worth = paid.get(use.line_id)
        if worth is None:  # not a payment, so a person-month, which has no amount of its own
            worked = {row.line for row in dossier.employment or ()} if worked is None else worked
            if use.line_id not in worked:
                return f"it uses the line {use.line_id!r}, which the case does not have"
        elif use.amount_fen > worth:
            return f"it uses {use.amount_fen} fen of the line {use.line_id}, which is worth {worth}"
        if use.line_id in seen:
            return f"it uses the line {use.line_id} twice"
        seen.add(use.line_id)
        used += use.amount_fen
    if outcome is not Outcome.ELIGIBLE:
        return ""  # its lines and uses are not part of the decision
    total = sum(line.amount_fen for line in answer.lines)
    if not 0 <= total <= LARGEST_SUM:
        return f"its lines sum to {total} fen"
    return f"its uses sum to {used} fen, its lines to {total}" if spends and used != total else ""


def _is_verdict(value: object) -> bool:
    return value is None or type(value) is bool


def _is_fen(value: object) -> bool:
    return type(value) is int and -LARGEST_SUM <= value <= LARGEST_SUM


def _is_text(value: object) -> bool:
    return type(value) is str and (value.isascii() or is_encodable(value))


_PLAIN = frozenset({bool, date, Month, type(None)})


def _is_plain(value: Any) -> bool:
    kind = type(value)
    if kind in _PLAIN:
        return True
    if kind is tuple or kind is list:
        return all(map(_is_text, value))
    return _is_fen(value) or _is_text(value)
