"""Is what a rule returned an answer at all? Each function gives the first fault as a clause of a sentence, or ""."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from core.policy.dates import Month
from core.policy.model import Assessment, Check, Dossier, Line, Outcome, Prize, Use
from core.policy.spent import left_of
from core.policy.values import is_encodable

RELATIONS = frozenset({"<", "<=", ">=", "in", "is"})

LARGEST_SUM = 2**53 - 1
"""Integers beyond this are not exact in every JSON reader (RFC 7493), so no answer holds one."""

_VERDICTS = frozenset({bool, type(None)})
_PLAIN = frozenset({bool, date, Month, type(None)})


def fault_in_checks(checks: Any, known: Mapping[str, Any]) -> str:
    """Column by column: every decision goes through here, and nearly all are right."""
    if type(checks) is not tuple or set(map(type, checks)) != {Check}:
        return "checks must be a tuple of at least one Check, and nothing else"
    codes, passed, observed, required, relations, units = zip(*checks, strict=True)
    if not known.keys() >= set(codes) or len(set(codes)) < len(codes):
        return f"the checks are {', '.join(codes)}; one is not under checks in policy.yaml, or twice there"
    if not _VERDICTS.issuperset(map(type, passed)):
        return f"the checks passed {passed}; each must be True, False or None"
    if not RELATIONS.issuperset(relations):
        return f"the checks have the relations {relations}; each must be one of {', '.join(sorted(RELATIONS))}"
    for value in observed + required + units:
        if type(value) not in _PLAIN and not _is_plain(value):
            return f"a check observed, required or counts {value!r}, which is not a plain value"
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
    if not answer.uses:
        used = 0
    elif set(map(type, answer.uses)) != {Use}:
        return "uses must hold Use and nothing else"
    else:
        lines, amounts = zip(*answer.uses, strict=True)
        if set(map(type, amounts)) != {int} or min(amounts) < 0:
            return f"the uses are of {amounts}; each must be a whole amount of fen, not negative"
        if len(set(lines)) < len(lines):
            return "it uses a line twice"
        fault = _fault_in_worth(answer.uses, dossier)
        if fault:
            return fault
        used = sum(amounts)
    if outcome is not Outcome.ELIGIBLE:
        return ""  # its lines and uses are not part of the decision
    total = sum(line.amount_fen for line in answer.lines)
    if not 0 <= total <= LARGEST_SUM:
        return f"its lines sum to {total} fen"
    return f"its uses sum to {used} fen, its lines to {total}" if spends and used != total else ""


def _fault_in_worth(uses: tuple[Use, ...], dossier: Dossier) -> str:
    paid = {row.line: left_of(row) for rows in (dossier.rent, dossier.desk_fees) for row in rows or ()}
    others: dict[str, str | None] | None = None
    for line, amount in uses:
        worth = paid.get(line)
        if worth is None:  # not a payment, so a person-month or a prize, which have no amount of their own
            if others is None:
                others = {row.line: row.spent_by for row in dossier.employment or ()}
                others |= {won.line: won.spent_by for won in dossier.prizes or ()}
            if line not in others:
                return f"it uses the line {line!r}, which the case does not have"
            if others[line] is not None:
                return f"it uses the line {line}, which the award {others[line]} has"
        elif amount > worth:
            return f"it uses {amount} fen of the line {line}, which is worth {worth}"
    return _fault_in_prizes(uses, dossier.prizes) if dossier.prizes else ""


def _fault_in_prizes(uses: tuple[Use, ...], prizes: tuple[Prize, ...]) -> str:
    """A prize won at several levels is paid at one of them."""
    used = {use.line_id for use in uses if use.amount_fen}
    seen: dict[tuple[str, int], str] = {}
    for row in prizes:
        if row.line in used:
            first = seen.setdefault((row.contest, row.edition), row.line)
            if first != row.line:
                return f"it uses the lines {first} and {row.line}, which are one prize at two levels"
    return ""


def _is_fen(value: object) -> bool:
    return type(value) is int and -LARGEST_SUM <= value <= LARGEST_SUM


def _is_text(value: object) -> bool:
    return type(value) is str and (value.isascii() or is_encodable(value))


def _is_plain(value: Any) -> bool:
    """A whole number that is exact everywhere, whole text, or a list of such texts."""
    kind = type(value)
    if kind is int:
        return -LARGEST_SUM <= value <= LARGEST_SUM  # type: ignore[no-any-return]
    if kind is tuple or kind is list:
        return all(map(_is_text, value))
    return _is_text(value)
