"""The criteria of stages: pure functions from facts and dated parameters to the kernel's checks.

A criterion without a value on the day in question was not in force then, and is not asked. Words and values are data:
criteria.yaml, and what an operator set of its own (`parameters`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from core.data.models import Stage, StageParameter
from core.policy import Check, ParameterError, ParameterSet, Params, Text, add_months, parse_parameters
from core.policy.yamlfile import read_yaml
from core.services.stages.facts import TenantFacts


class CheckWords(NamedTuple):
    """`explain` says what to do where the check failed, `missing` which fact to supply where it is unknown."""

    label: Text
    clause: Text
    explain: Text
    missing: Text


class Clock(NamedTuple):
    """A stay that has a limit: `until` is its last day within, `kind` the parameter that limits it."""

    kind: str
    start: date
    months: int
    until: date

    def days_left(self, on: date) -> int:
        """Negative when it has run out."""
        return (self.until - on).days

    def months_used(self, on: date) -> int:
        """Whole months, never more than the day allows."""
        used = (on.year - self.start.year) * 12 + on.month - self.start.month
        return max(0, used - (add_months(self.start, max(0, used)) > on))


@dataclass(frozen=True, slots=True)
class Assessed:
    """What a stage asks, and what of it is met. `options` are alternatives: one check says whether they are enough."""

    stage: Stage
    checks: tuple[Check, ...]
    options: tuple[Check, ...] = ()

    @property
    def passed(self) -> bool | None:
        """False if one is not met, else None if one is not known."""
        known = {check.passed for check in self.checks}
        return False if False in known else None if None in known else True

    @property
    def open(self) -> tuple[Check, ...]:
        """What stands in the way: not met, or not known."""
        return tuple(check for check in self.checks if check.passed is not True)


@cache
def _file() -> Mapping[str, Any]:
    return read_yaml(Path(__file__).with_name("criteria.yaml"))


@cache
def defaults() -> ParameterSet:
    """The values of criteria.yaml."""
    return parse_parameters(_file()["parameters"])


@cache
def words() -> Mapping[str, CheckWords]:
    """The words of each check, by its code."""
    return {
        code: CheckWords(**{name: Text(text["zh"], text["en"]) for name, text in body.items()})
        for code, body in _file()["checks"].items()
    }


@cache
def own() -> tuple[str, ...]:
    """The parameters that an operator may set."""
    return tuple(_file()["own"])


def parameters(rows: Iterable[StageParameter]) -> ParameterSet:
    """The defaults, with an operator's own values over them."""
    published: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for row in rows:
        published.setdefault(row.name, {"values": []})["values"].append(
            {
                "from": row.from_on,
                "value": typed(row.name, row.value),
                "source": row.source,
                "status": "verified",  # an operator's word on its own house
                "checked_on": row.set_at.date(),
            }
        )
    if not published:
        return defaults()
    return defaults().overridden_by(parse_parameters(published, defaults=defaults()))


def typed(name: str, value: str | None) -> int | str | None:
    """A stored value as the file of parameters would hold it."""
    if value is None or defaults().units[name] in ("rate", "code"):
        return value
    return int(value)


def value(params: Params, name: str) -> Any:
    """The value on the day; None where there is none, and the criterion is not asked."""
    try:
        return params[name]
    except ParameterError:
        return None


# ── what each stage asks ────────────────────────────────────────────────────────────────────────────────────────────


def assess(facts: TenantFacts, stage: Stage, params: Params) -> Assessed:
    """What `stage` asks of a tenant that would go there on `facts.on`."""
    checks, options = _ASKED[stage](facts, params)
    return Assessed(stage, tuple(it for it in checks if it is not None), options)


Asked = tuple[list[Check | None], tuple[Check, ...]]


def _nursery(facts: TenantFacts, _params: Params) -> Asked:
    return [Check("not_registered", not _registered(facts), _registered(facts), False, "is")], ()


def _incubator(facts: TenantFacts, params: Params) -> Asked:
    return [
        Check("registered", _registered(facts), _registered(facts), True, "is"),
        _age(facts, params),
        Check("registered_address", facts.registered_here, facts.registered_here, True, "is"),
        _premises(facts),
    ], ()


def _accelerator(facts: TenantFacts, params: Params) -> Asked:
    revenue = facts.last_year_revenue()
    options = (
        _at_least("accelerator_revenue", revenue, value(params, "accelerator_revenue_fen"), "fen"),
        _at_least("accelerator_staff", facts.staff, value(params, "accelerator_staff"), "persons"),
        _at_least("accelerator_funding", facts.funding_fen, value(params, "accelerator_funding_fen"), "fen"),
    )
    asked = tuple(it for it in options if it is not None)
    return [_premises(facts), _stay(facts, params), _enough("accelerator", asked, params)], asked


def _graduated(facts: TenantFacts, params: Params) -> Asked:
    asked: list[Check] = [Check("high_tech", facts.high_tech, facts.high_tech, True, "is")]
    limit = value(params, "graduation_funding_fen")
    if limit is not None:
        passed = facts.funding_fen > limit
        asked.append(Check("graduation_funding", passed, facts.funding_fen, limit + 1, ">=", "fen"))
    limit = value(params, "graduation_revenue_fen")
    if limit is not None:
        passed_two, best = facts.two_years_revenue(limit)
        asked.append(Check("graduation_revenue", passed_two, best, limit + 1, ">=", "fen"))
    asked.append(Check("exit_event", facts.exit_event, facts.exit_event, True, "is"))
    return [_enough("graduation", tuple(asked), params)], tuple(asked)


_ASKED: Mapping[Stage, Callable[[TenantFacts, Params], Asked]] = {
    Stage.NURSERY: _nursery,
    Stage.INCUBATOR: _incubator,
    Stage.ACCELERATOR: _accelerator,
    Stage.GRADUATED: _graduated,
    Stage.EXITED: lambda _facts, _params: ([], ()),
}


def _registered(facts: TenantFacts) -> bool | None:
    if facts.team:
        return False
    return None if facts.registered_on is None else facts.registered_on <= facts.on


def _age(facts: TenantFacts, params: Params) -> Check | None:
    months = value(params, "entry_age_months")
    if months is None:
        return None
    if facts.registered_on is None:
        return Check("entry_age", None, None, months, "<=", "months")
    last = add_months(facts.registered_on, months)
    return Check("entry_age", facts.on <= last, facts.on, last, "<=")


def _premises(facts: TenantFacts) -> Check:
    return Check("premises", facts.physical, facts.physical, True, "is")


def _stay(facts: TenantFacts, params: Params) -> Check | None:
    """Who comes from the incubator must not have overstayed there."""
    if facts.stage is not Stage.INCUBATOR:
        return None
    limit = clock(facts, params)
    return None if limit is None else Check("stay", facts.on <= limit.until, facts.on, limit.until, "<=")


def _at_least(code: str, observed: int | None, required: int | None, unit: str) -> Check | None:
    if required is None:
        return None
    return Check(code, None if observed is None else observed >= required, observed, required, ">=", unit)


def _enough(code: str, options: tuple[Check, ...], params: Params) -> Check | None:
    """Whether enough alternatives hold: settled by the known ones, unknown while the others could still do it."""
    wanted = value(params, f"{code}_options")
    if wanted is None:
        return None
    wanted = min(wanted, len(options))
    met = sum(option.passed is True for option in options)
    open_ = sum(option.passed is None for option in options)
    passed = True if met >= wanted else None if met + open_ >= wanted else False
    return Check(code, passed, met, wanted, ">=", "count")


# ── how long one may stay ───────────────────────────────────────────────────────────────────────────────────────────


def clock(facts: TenantFacts, params: Params) -> Clock | None:
    """The limit of the present stay; None for who has graduated or left, and where no limit is in force."""
    if not facts.history:
        return None
    stretch = facts.history[-1]
    kind = {
        Stage.NURSERY: "nursery_months",
        Stage.INCUBATOR: "long_stay_months" if _takes_longer(facts, params) else "stay_months",
        Stage.ACCELERATOR: "accelerator_months",
    }.get(stretch.stage)
    months = value(params, kind) if kind else None
    if kind is None or months is None:
        return None
    return Clock(kind, stretch.start, months, add_months(stretch.start, months))


def entry_clock(facts: TenantFacts, params: Params) -> Clock | None:
    """Until when a nursery project that has registered may still enter the incubator."""
    months = value(params, "entry_age_months")
    if facts.stage is not Stage.NURSERY or facts.team or facts.registered_on is None or months is None:
        return None
    return Clock("entry_age_months", facts.registered_on, months, add_months(facts.registered_on, months))


def _takes_longer(facts: TenantFacts, params: Params) -> bool:
    fields = value(params, "long_stay_fields")
    return bool(fields and facts.industry and any(field in facts.industry for field in fields.split("、")))
