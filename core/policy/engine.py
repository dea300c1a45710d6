"""`evaluate`: which rule version applies, what it may see, its answer, and whether that answer is one at all.

A rule that raises, exits, recurses without end or answers nonsense is our fault, not the applicant's: AssessmentFailed
says so, and nothing is decided.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from core.policy.dates import Month
from core.policy.decision import Decision, Excluded
from core.policy.loaded import LoadedPolicy
from core.policy.model import Assessment, Case, Check, Dossier, Line, Outcome, Use
from core.policy.params import ParameterError, ParameterSet, Params, parse_parameters
from core.policy.shapes import WITH_LINES
from core.policy.values import is_encodable

RELATIONS = ("<", "<=", ">=", "in", "is")
LARGEST_SUM = 2**53 - 1
"""Integers beyond this are not exact in every JSON reader (RFC 7493), so no answer holds one."""


class AssessmentFailed(Exception):
    """The rule could not assess the case. `reason` is for the officer; `field` names a parameter without a value."""

    def __init__(self, policy: str, reason: str, field: str = "") -> None:
        super().__init__(f"{policy} could not assess the case: {reason}")
        self.policy = policy
        self.reason = reason
        self.field = field


def evaluate(
    loaded: LoadedPolicy,
    case: Case,
    *,
    on: date | None = None,
    params: ParameterSet | Mapping[str, Any] | None = None,
    spent: Mapping[str, str] | None = None,
) -> Decision:
    """The policy's answer to a case. Pure: the same arguments give an equal Decision.

    `on` replaces the application date as reference date, which chooses rule version and parameter values. `params` are
    a district's published values, parsed or as in its file. `spent` names evidence lines that other awards have used
    up in the policy's stacking group, with those awards; such rows are taken out and listed.

    Raises AssessmentFailed when the rule does not give a valid answer, ParameterError for a malformed `params`.
    """
    reference_on = on or case.applied_on
    seen, excluded = _without_spent(loaded.card.reads.hide(case), spent or {})
    version = loaded.rule_on(reference_on)
    if version is None or version.assess is None:
        rule_from = None if version is None else version.effective_from
        return Decision(loaded.key, Outcome.NOT_IN_FORCE, 0, reference_on, rule_from, excluded=excluded)
    defaults = loaded.card.parameters
    if params is not None and not isinstance(params, ParameterSet):
        params = parse_parameters(params, defaults=defaults)
    book = (defaults if params is None else defaults.overridden_by(params)).on(reference_on)
    assessment = _assess(loaded, version.assess, seen, book)
    rule_from = version.effective_from
    _validate(loaded, assessment, seen)
    outcome = assessment.outcome
    eligible = outcome is Outcome.ELIGIBLE
    amount_fen = assessment.amount_fen
    if eligible:
        _validate_caps(loaded, amount_fen, seen, book)
    return Decision(
        policy=loaded.key,
        outcome=outcome,
        amount_fen=amount_fen,
        reference_on=reference_on,
        rule_from=rule_from,
        checks=assessment.checks,
        lines=assessment.lines if eligible else (),
        uses=assessment.uses if eligible else (),
        parameters=book.read,
        excluded=excluded,
        clauses=loaded.clauses(rule_from),
    )


def _without_spent(case: Case, spent: Mapping[str, str]) -> tuple[Case, tuple[Excluded, ...]]:
    if not spent:
        return case, ()
    excluded: list[Excluded] = []
    kept: dict[str, Any] = {}
    for section in WITH_LINES:
        rows = getattr(case.dossier, section)
        if rows:
            excluded += [Excluded(row.line, spent[row.line]) for row in rows if row.line in spent]
            kept[section] = tuple(row for row in rows if row.line not in spent)
    return replace(case, dossier=replace(case.dossier, **kept)), tuple(sorted(excluded))


def _assess(loaded: LoadedPolicy, assess: Any, case: Case, book: Params) -> Assessment:
    try:
        answer = assess(case, book)
    except KeyboardInterrupt:
        raise
    except ParameterError as error:
        raise AssessmentFailed(loaded.key, str(error), f"parameters.{error.name}") from error
    except BaseException as error:
        reason = f"its rule raised {type(error).__name__}: {error}" if str(error) else f"its rule raised {error!r}"
        raise AssessmentFailed(loaded.key, reason) from error
    if type(answer) is not Assessment:
        raise AssessmentFailed(loaded.key, f"its rule returned {type(answer).__name__} instead of an Assessment")
    return answer


# ── is it an answer? ────────────────────────────────────────────────────────────────────────────────────────────────


def _validate(loaded: LoadedPolicy, answer: Assessment, case: Case) -> None:
    fault = (
        _fault_in_checks(answer.checks, loaded.card.checks)
        or _fault_in_lines(answer.lines, loaded.card.lines)
        or _fault_in_uses(answer, case.dossier, spends=loaded.card.stacking is not None)
    )
    if fault:
        raise AssessmentFailed(loaded.key, f"its rule's answer is not valid: {fault}")


def _fault_in_checks(checks: Any, known: Mapping[str, Any]) -> str:
    if type(checks) is not tuple or not checks:
        return "checks must be a tuple of at least one Check"
    codes = set()
    for check in checks:
        if type(check) is not Check or type(check.code) is not str:
            return f"checks holds {check!r}, which is not a Check with a code"
        if check.code not in known or check.code in codes:
            return f"the check {check.code!r} is twice there, or not in policy.yaml"
        codes.add(check.code)
        if not _is_verdict(check.passed):
            return f"the check {check.code} passed {check.passed!r}; it must be True, False or None"
        if str(check.relation) not in RELATIONS:
            return f"the check {check.code} has the relation {check.relation!r}"
        if not (_is_observed(check.observed) and _is_observed(check.required)):
            return f"the check {check.code} observed or required something that is not a plain value"
    return ""


def _is_verdict(value: object) -> bool:
    return value is None or type(value) is bool


def _is_observed(value: Any) -> bool:
    kind = type(value)
    if kind is int:
        return _is_fen(value)
    if kind is tuple or kind is list:
        return all(map(_is_text, value))
    return value is None or kind in (bool, date, Month) or _is_text(value)


def _is_text(value: object) -> bool:
    return type(value) is str and (value.isascii() or is_encodable(value))


def _fault_in_lines(lines: Any, known: Mapping[str, Any]) -> str:
    if type(lines) is not tuple:
        return "lines must be a tuple"
    for line in lines:
        if type(line) is not Line or type(line.code) is not str or line.code not in known:
            return f"lines holds {line!r}, whose code is not under lines in policy.yaml"
        if not (_is_fen(line.unit_fen) and _is_fen(line.amount_fen)):
            return f"the line {line.code} has amounts that are not whole fen: {line.unit_fen!r}, {line.amount_fen!r}"
        if not (_is_text(line.quantity) and _is_text(line.note)):
            return f"the line {line.code} has a quantity or note that is not text"
    return ""


def _is_fen(value: object) -> bool:
    return type(value) is int and -LARGEST_SUM <= value <= LARGEST_SUM


def _fault_in_uses(answer: Assessment, dossier: Dossier, *, spends: bool) -> str:
    if type(answer.uses) is not tuple:
        return "uses must be a tuple"
    if answer.uses and not spends:
        return "it spends evidence, but policy.yaml names no stacking group"
    worth = _worth(dossier)
    used = 0
    for use in answer.uses:
        if type(use) is not Use or not _is_fen(use.amount_fen) or use.amount_fen < 0:
            return f"uses holds {use!r}, which is not a whole amount of fen of one line"
        if type(use.line_id) is not str or use.line_id not in worth:
            return f"it uses the line {use.line_id!r} twice, or without having it"
        limit = worth.pop(use.line_id)
        if limit is not None and use.amount_fen > limit:
            return f"it uses {use.amount_fen} fen of the line {use.line_id}, which is worth {limit}"
        used += use.amount_fen
    if answer.outcome is not Outcome.ELIGIBLE:
        return ""  # its lines and uses are not part of the decision
    total = sum(line.amount_fen for line in answer.lines)
    if not 0 <= total <= LARGEST_SUM:
        return f"its lines sum to {total} fen"
    return f"its uses sum to {used} fen, its lines to {total}" if spends and used != total else ""


def _worth(dossier: Dossier) -> dict[str, int | None]:
    """Every evidence line and the most that can be spent of it; None where a line has no amount of its own."""
    worth: dict[str, int | None] = {row.line: row.paid_fen for row in dossier.rent or ()}
    worth.update((row.line, row.paid_fen) for row in dossier.desk_fees or ())
    worth.update((row.line, None) for row in dossier.employment or ())
    return worth


def _validate_caps(loaded: LoadedPolicy, amount_fen: int, case: Case, book: Params) -> None:
    for cap in loaded.card.caps:
        limit = cap.limit(case, book)
        if amount_fen > limit:
            raise AssessmentFailed(loaded.key, f"its amount of {amount_fen} fen exceeds a cap of {limit} (policy.yaml)")
