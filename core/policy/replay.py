"""Replaying a capsule: does the program still give this answer, and if not, why?

Three things can differ from the day of the decision, and the answer says which it was: the facts, the parameters, or
the code. What is needed is the capsule and the program; facts or a district's parameters of today may be given too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from itertools import zip_longest
from typing import Any

from core.policy.canonical import digest
from core.policy.capsule import CAPSULE_SCHEMA, recorded_parameters
from core.policy.casefile import parse_case
from core.policy.decision import Decision
from core.policy.engine import AssessmentFailed, evaluate
from core.policy.loaded import LoadedPolicy
from core.policy.model import Case, Spent
from core.policy.params import ParameterError, ParameterSet, ParameterValue, parse_parameters
from core.policy.registry import Registry, UnknownPolicy

CONVERTERS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""Older capsule schema: a function giving the same capsule one schema later (with the newer "schema" in it)."""

_WITHOUT_MARKS = frozenset({"1.0", "1.1"})
"""Case files in whose time every spent row was taken out before the rule saw it (core/policy/spent.py)."""

_COMPARED = ("rule_from", "outcome", "amount_fen", "checks", "lines", "uses", "excluded", "demonstration")


class ReplayStatus(StrEnum):
    SAME = "same"
    OTHER_FACTS = "other_facts"
    OTHER_PARAMETERS = "other_parameters"
    OTHER_CODE = "other_code"
    OTHER_RULES = "other_rules"  # under another day's rules alone (`under`)
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Replay:
    """`amount_fen` is what comes out now, `difference_fen` that minus the capsule's, `first_check` the first check
    whose result differs, `first_line` the first line, where no check does; `expected` and `got` are that row in the
    capsule and now (None: it is not there). `differences` are sentences. Amounts are None where nothing could be
    computed."""

    status: ReplayStatus
    amount_fen: int | None = None
    difference_fen: int | None = None
    first_check: str | None = None
    differences: tuple[str, ...] = ()
    first_line: str | None = None
    expected: Mapping[str, Any] | None = None
    got: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class _Recorded:
    """What a capsule holds, ready for the engine."""

    case: Case
    parameters: ParameterSet
    on: date
    spent: Mapping[str, Spent]
    as_facts: bool


def replay(
    capsule: Mapping[str, Any],
    registry: Registry,
    *,
    case: Case | None = None,
    params: ParameterSet | Mapping[str, Any] | None = None,
) -> Replay:
    """Compute a capsule's answer again. Never raises for what a capsule may hold: it is then `unavailable`, with why.

    1. With the capsule's own facts and parameters the recorded answer must come out. If not: `other_code` when the
       rules' digest is another; else `other_parameters` when the capsule's parameters are not the ones decided with
       (their digest is wrong, or today's give the recorded answer); else `other_facts`.
    2. With today's values of the policy's own parameters (a district's are kept as recorded, unless `params` gives
       today's) it must come out too, else `other_parameters`.
    3. With `case`, the facts as they stand today, likewise, else `other_facts`.
    """
    try:
        capsule = _converted(dict(capsule))
        loaded = registry.get(capsule["policy"])
        recorded = _recorded(capsule, loaded)
    except UnknownPolicy as error:
        return Replay(ReplayStatus.UNAVAILABLE, differences=(str(error),))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return Replay(ReplayStatus.UNAVAILABLE, differences=(f"the capsule cannot be read: {error!r}",))

    again = _Attempt(loaded, capsule, recorded)
    today = _todays(loaded, recorded, params)
    as_recorded = again(recorded.case, recorded.parameters)
    # A rule that reads the same values gives the same answer: mostly the second pass can be left out.
    with_todays = as_recorded if again.read_the_same(today) else again(recorded.case, today)
    if as_recorded.differences:
        if capsule.get("rules_digest") != loaded.rules_digest:
            return replace(as_recorded, status=ReplayStatus.OTHER_CODE)
        if digest(capsule["parameters"]) != capsule.get("params_digest") or not with_todays.differences:
            return replace(as_recorded, status=ReplayStatus.OTHER_PARAMETERS)
        return replace(as_recorded, status=ReplayStatus.OTHER_FACTS)
    if with_todays.differences:
        return replace(with_todays, status=ReplayStatus.OTHER_PARAMETERS)
    if case is not None:
        with_facts = again(case, today)
        if with_facts.differences:
            return replace(with_facts, status=ReplayStatus.OTHER_FACTS)
    return as_recorded


def under(capsule: Mapping[str, Any], registry: Registry, *, on: date, params: ParameterSet | None = None) -> Replay:
    """What the rules and values in force on the day `on` would say of the capsule's facts: `same`, or `other_rules`
    with the difference. `params` are the district's values of that day. What others had of the evidence stays as it was
    recorded. Never raises for what a capsule may hold."""
    try:
        capsule = _converted(dict(capsule))
        loaded = registry.get(capsule["policy"])
        recorded = _recorded(capsule, loaded)
        values = loaded.card.parameters.overridden_by(params) if params else loaded.card.parameters
        answer = _Attempt(loaded, capsule, replace(recorded, on=on))(recorded.case, values)
    except UnknownPolicy as error:
        return Replay(ReplayStatus.UNAVAILABLE, differences=(str(error),))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return Replay(ReplayStatus.UNAVAILABLE, differences=(f"the capsule cannot be read: {error!r}",))
    if answer.amount_fen is None:
        return replace(answer, status=ReplayStatus.UNAVAILABLE)
    same = not answer.difference_fen and not answer.first_check
    return replace(answer, status=ReplayStatus.SAME if same else ReplayStatus.OTHER_RULES)


def reassess(capsule: Mapping[str, Any], registry: Registry, case: Case) -> Decision:
    """A capsule's decision on other facts: by the rule version of its reference date, with the values it recorded and
    the lines that others had then. Raises UnknownPolicy, AssessmentFailed, ParameterError, and ValueError for a capsule
    that cannot be read."""
    capsule = _converted(dict(capsule))
    loaded = registry.get(capsule["policy"])
    recorded = _recorded(capsule, loaded)
    params = loaded.card.parameters.overridden_by(recorded.parameters)
    loaded = replace(loaded, card=loaded.card._replace(parameters=params))
    return evaluate(loaded, case, on=recorded.on, spent=recorded.spent, as_facts=recorded.as_facts)


class _Attempt:
    """Evaluates the capsule's policy on given facts and parameters, and compares with what the capsule says."""

    def __init__(self, loaded: LoadedPolicy, capsule: Mapping[str, Any], recorded: _Recorded) -> None:
        self._loaded, self._capsule, self._recorded = loaded, capsule, recorded
        self._decision: Decision | None = None  # the last one

    def __call__(self, case: Case, parameters: ParameterSet) -> Replay:
        loaded = replace(self._loaded, card=self._loaded.card._replace(parameters=parameters))
        try:
            decision = evaluate(
                loaded,
                case,
                on=self._recorded.on,
                spent=self._recorded.spent,
                as_facts=self._recorded.as_facts,
            )
        except (AssessmentFailed, ParameterError) as error:
            return Replay(ReplayStatus.SAME, differences=(str(error),))
        self._decision = decision
        return self._compare(decision)

    def read_the_same(self, parameters: ParameterSet) -> bool:
        """Whether the last evaluation would surely have read the same values from `parameters`: of every parameter it
        read, they have the rows that it read, and none besides from the first of these on."""
        if self._decision is None:
            return False
        read: dict[str, list[ParameterValue]] = {}
        for value in self._decision.parameters:
            read.setdefault(value.name, []).append(value)
        there: dict[str, list[ParameterValue]] = {name: [] for name in read}
        for value in parameters.values:
            if value.name in read and value.start >= read[value.name][0].start:
                there[value.name].append(value)
        return all(_bare(read[name]) == _bare(there[name]) for name in read)

    def _compare(self, decision: Decision) -> Replay:
        then, now = self._capsule, decision.answer()
        differences = [
            f"{name}: {_short(then.get(name))} in the capsule, {_short(now[name])} now"
            for name in _COMPARED
            if then.get(name) != now[name] and _without_wording(then.get(name)) != _without_wording(now[name])
        ]
        changed = decision.amount_fen - then["amount_fen"]
        answer = Replay(ReplayStatus.SAME, decision.amount_fen, changed, None, tuple(differences))
        if not differences:
            return answer
        units = {check.code: check.unit for check in decision.checks}
        after = [{**row, "unit": units[row["code"]]} for row in now["checks"]]
        if (pair := _first_pair(_by_code(then["checks"], after))) is not None:
            return replace(answer, first_check=_code(pair), expected=pair[0], got=pair[1])
        if (pair := _first_pair(zip_longest(then["lines"], now["lines"]))) is not None:
            return replace(answer, first_line=_code(pair), expected=pair[0], got=pair[1])
        return answer


def _bare(values: list[ParameterValue]) -> list[tuple[date, str, bool]]:
    """What of the values, in order of time, can make a difference to an answer."""
    return [(value.start, repr(value.value), value.demonstration) for value in values]


def _without_wording(rows: Any) -> Any:
    """Checks and lines without what a jurist may reword at any time."""
    if isinstance(rows, list):
        return [_bare_row(row) for row in rows]
    return rows


def _bare_row(row: dict[str, Any] | None) -> dict[str, Any] | None:
    return row and {key: row[key] for key in row if key not in ("clause", "unit")}


Pair = tuple[dict[str, Any] | None, dict[str, Any] | None]


def _by_code(then: list[dict[str, Any]], now: list[dict[str, Any]]) -> Iterator[Pair]:
    """The checks of both side by side, in the order of now."""
    before, after = ({check["code"]: check for check in checks} for checks in (then, now))
    for code in {**after, **before}:
        yield before.get(code), after.get(code)


def _first_pair(pairs: Iterable[Pair]) -> Pair | None:
    """The first two that differ by more than their wording."""
    return next((pair for pair in pairs if _bare_row(pair[0]) != _bare_row(pair[1])), None)


def _code(pair: Pair) -> str:
    return str((pair[0] or pair[1] or {})["code"])


def _short(value: Any) -> str:
    if isinstance(value, list):
        return f"{len(value)} rows ({digest(value)[7:15]})"
    return repr(value)


def _converted(capsule: dict[str, Any]) -> dict[str, Any]:
    while capsule.get("schema") in CONVERTERS:
        capsule = CONVERTERS[capsule["schema"]](capsule)
    if capsule.get("schema") != CAPSULE_SCHEMA:
        raise ValueError(f"its schema is {capsule.get('schema')!r}; this program reads {CAPSULE_SCHEMA}")
    return capsule


def _recorded(capsule: Mapping[str, Any], loaded: LoadedPolicy) -> _Recorded:
    if type(capsule["amount_fen"]) is not int:
        raise ValueError("its amount_fen is not a whole number")
    for name in ("checks", "lines", "uses", "excluded"):
        if not isinstance(capsule[name], list) or not all(isinstance(row, dict) for row in capsule[name]):
            raise ValueError(f"its {name} are not a list of objects")
    for name in ("checks", "lines"):
        if not all(isinstance(row.get("code"), str) for row in capsule[name]):
            raise ValueError(f"one of its {name} has no code")
    digest(dict(capsule))  # what has no canonical form was never a capsule of ours
    return _Recorded(
        case=parse_case(capsule["case"]),
        parameters=recorded_parameters(capsule),
        on=date.fromisoformat(capsule["reference_on"]),
        spent={row["line"]: Spent(row["award"], row.get("amount_fen")) for row in capsule["excluded"]},
        as_facts=capsule["case"].get("schema") not in _WITHOUT_MARKS,
    )


def _todays(loaded: LoadedPolicy, recorded: _Recorded, params: ParameterSet | Mapping[str, Any] | None) -> ParameterSet:
    """The program's values of today, with a district's as recorded: only the district knows those of today."""
    defaults = loaded.card.parameters
    if params is None:
        own = [value for value in recorded.parameters.values if value.origin == "district"]
        if not own:
            return defaults
        params = ParameterSet(own)
    elif not isinstance(params, ParameterSet):
        params = parse_parameters(params, defaults=defaults)
    return defaults.overridden_by(params)
