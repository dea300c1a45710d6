"""`evaluate`: which rule version applies, what it may see, its answer, and whether that answer is one at all.

A rule that raises, exits, recurses without end or answers nonsense is our fault, not the applicant's: AssessmentFailed
says so, and nothing is decided.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from core.confined.frames import Unanswered, short
from core.policy import spent as ledger
from core.policy.casefile import parse_case
from core.policy.decision import Decision
from core.policy.loaded import LoadedPolicy
from core.policy.model import Assessment, Case, Outcome, Spent
from core.policy.params import ParameterError, ParameterSet, Params, parse_parameters
from core.policy.validity import fault_in_checks, fault_in_lines, fault_in_uses


class AssessmentFailed(Exception):
    """The rule could not assess the case. `reason` is for the officer; `field` names a parameter without a value.
    `passing`: it was not even asked, because of other cases; asking again later may be all that is needed."""

    def __init__(self, policy: str, reason: str, field: str = "", *, passing: bool = False) -> None:
        reason = short(reason)
        super().__init__(f"{policy} could not assess the case: {reason}")
        self.policy = policy
        self.reason = reason
        self.field = field
        self.passing = passing


def evaluate(
    loaded: LoadedPolicy,
    case: Case,
    *,
    on: date | None = None,
    params: ParameterSet | Mapping[str, Any] | None = None,
    spent: Mapping[str, Spent] | None = None,
    as_facts: bool = True,
) -> Decision:
    """The policy's answer to a case. Pure: the same arguments give an equal Decision.

    `on` replaces the application date as reference date, which chooses rule version and parameter values. `params` are
    a district's published values, parsed or as in its file. `spent` says which evidence lines other awards have in the
    policy's stacking group, in place of the case's own marks (core/policy/spent.py). `as_facts` False takes spent rows
    out even where the policy would count them: so were cases decided before the case file had marks.

    Raises AssessmentFailed when the rule does not give a valid answer, ParameterError for a malformed `params`.
    """
    return _decide(loaded, loaded.card.reads.hide(case), on, params, spent, as_facts=as_facts)


def evaluate_json(
    loaded: LoadedPolicy,
    value: object,
    *,
    on: date | None = None,
    params: ParameterSet | Mapping[str, Any] | None = None,
    spent: Mapping[str, Spent] | None = None,
) -> Decision:
    """`evaluate(loaded, parse_case(value), …)` in one pass: only what the policy reads becomes a Case at all."""
    return _decide(loaded, parse_case(value, loaded.card.reads), on, params, spent)


def _decide(
    loaded: LoadedPolicy,
    seen: Case,
    on: date | None,
    params: ParameterSet | Mapping[str, Any] | None,
    spent: Mapping[str, Spent] | None,
    *,
    as_facts: bool = True,
) -> Decision:
    reference_on = on or seen.applied_on
    seen, excluded = ledger.apply(seen, spent or {}, loaded.card, as_facts=as_facts)
    version = loaded.rule_on(reference_on)
    if version is None or version.assess is None:
        ended = None if version is None else version.effective_from
        return Decision(loaded.key, Outcome.NOT_IN_FORCE, 0, reference_on, ended, excluded=excluded)
    rule_from = version.effective_from
    book = parameters_of(loaded, params).on(reference_on)
    answer = _assess(loaded, version.assess, seen, book)
    outcome = _validated(loaded, answer, seen)
    if outcome is not Outcome.ELIGIBLE:
        answer = Assessment(answer.checks)  # what might have been is not part of the decision
    amount_fen = sum(line.amount_fen for line in answer.lines)
    if amount_fen:
        _check_caps(loaded, amount_fen, seen, book)
    return Decision(
        policy=loaded.key,
        outcome=outcome,
        amount_fen=amount_fen,
        reference_on=reference_on,
        rule_from=rule_from,
        checks=answer.checks,
        lines=answer.lines,
        uses=answer.uses,
        parameters=book.read,
        excluded=excluded,
        clauses=loaded.clauses(rule_from),
    )


def parameters_of(loaded: LoadedPolicy, params: ParameterSet | Mapping[str, Any] | None) -> ParameterSet:
    """The policy's own values, with a district's published ones in their place."""
    defaults = loaded.card.parameters
    if params is None:
        return defaults
    published = params if isinstance(params, ParameterSet) else parse_parameters(params, defaults=defaults)
    return defaults.overridden_by(published)


def _assess(loaded: LoadedPolicy, assess: Any, case: Case, book: Params) -> Assessment:
    answer = called(loaded, "its rule", assess, case, book)
    if type(answer) is not Assessment:
        raise AssessmentFailed(loaded.key, f"its rule returned {type(answer).__name__} instead of an Assessment")
    return answer


def called(loaded: LoadedPolicy, what: str, function: Any, *arguments: Any) -> Any:
    """What a plugin's function returns; AssessmentFailed for whatever it raises, leaving the program included."""
    try:
        return function(*arguments)
    except KeyboardInterrupt:
        raise
    except ParameterError as error:
        raise AssessmentFailed(loaded.key, str(error), f"parameters.{error.name}") from error
    except Unanswered as error:  # a confined plugin: the reason says already who did what
        raise AssessmentFailed(loaded.key, str(error), passing=error.passing) from error
    except BaseException as error:
        reason = f"{what} raised {type(error).__name__}: {error}" if str(error) else f"{what} raised {error!r}"
        raise AssessmentFailed(loaded.key, reason) from error


def _validated(loaded: LoadedPolicy, answer: Assessment, case: Case) -> Outcome:
    """The outcome of a valid answer; AssessmentFailed for any other."""
    card = loaded.card
    try:
        fault = fault_in_checks(answer.checks, card.checks) or fault_in_lines(answer.lines, card.lines)
        if not fault:
            outcome = answer.outcome
            fault = fault_in_uses(answer, outcome, case.dossier, spends=card.stacking is not None)
            if not fault:
                return outcome
    except Exception as error:
        raise AssessmentFailed(loaded.key, f"its rule's answer cannot be read: {error!r}") from error
    raise AssessmentFailed(loaded.key, f"its rule's answer is not valid: {fault}")


def _check_caps(loaded: LoadedPolicy, amount_fen: int, case: Case, book: Params) -> None:
    for cap in loaded.card.caps:
        limit = cap.limit(case, book)
        if amount_fen > limit:
            raise AssessmentFailed(loaded.key, f"its amount of {amount_fen} fen exceeds a cap of {limit} (policy.yaml)")
