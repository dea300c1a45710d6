"""The conditions of recognition: facts of a site against a threshold, as the kernel's checks.

Shares are checked as counts (at least so many of so many), so that no figure is rounded before it is compared. A fact
that is not known makes a check None where it could still tip it, never a no.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_CEILING, Decimal

from core.policy import Check, Params
from core.services.recognition.facts import Facts, Share

CM2 = 10_000  # in a square metre
PER_AREA_SQM = 1_000


def _least(code: str, observed: int | None, required: int, unit: str) -> Check:
    return Check(code, None if observed is None else observed >= required, observed, required, ">=", unit)


def _ceiling(value: Decimal) -> int:
    return int(value.to_integral_value(ROUND_CEILING))


def _share(code: str, share: Share, rate: Decimal) -> Check:
    """At least `rate` of a number of companies; with none there is no share."""
    required = _ceiling(rate * share.total)
    if not share.total:
        passed = None
    elif share.yes >= required:
        passed = True
    else:
        passed = None if share.yes + share.unknown >= required else False
    return Check(code, passed, share.yes, required, ">=", "companies")


def _area_share(code: str, facts: Facts, rate: Decimal) -> Check:
    return _least(code, facts.used_area_cm2, _ceiling(rate * facts.floor_area_cm2), "cm2")


def _mentors(code: str, facts: Facts, per: int) -> Check:
    """One mentor for each `per` incubatees, and for what is left over."""
    incubatees = facts.incubatees if facts.mentored is None else facts.mentored
    return _least(code, facts.mentors, -(-incubatees // per), "persons")


def _professionals(code: str, facts: Facts, rate: Decimal) -> Check:
    if facts.staff is None or facts.professionals is None or not facts.staff:
        return Check(code, None, facts.professionals, None, ">=", "persons")
    return _least(code, facts.professionals, _ceiling(rate * facts.staff), "persons")


def _service_income(code: str, facts: Facts, rate: Decimal) -> Check:
    income = facts.income
    if income is None or not income.total_fen:
        return Check(code, None, None, None, ">=", "income")
    return _least(code, income.service_fen, _ceiling(rate * income.total_fen), "income")


Make = Callable[[str, Facts, Params], Check]

CHECKS: dict[str, Make] = {
    "floor_area_sqm": lambda c, f, p: _least(c, f.floor_area_cm2, p[c] * CM2, "cm2"),
    "incubation_share": lambda c, f, p: _area_share(c, f, p[c]),
    "incubatees": lambda c, f, p: _least(c, f.incubatees, p[c], "companies"),
    "density": lambda c, f, p: _least(
        c, f.incubatees, _ceiling(Decimal(p[c] * f.floor_area_cm2) / (PER_AREA_SQM * CM2)), "companies"
    ),
    "graduates": lambda c, f, p: _least(c, f.graduates, p[c], "companies"),
    "fund_fen": lambda c, f, p: _least(c, f.fund_fen, p[c], "fen"),
    "financed_share": lambda c, f, p: _share(c, f.financed, p[c]),
    "professional_share": lambda c, f, p: _professionals(c, f, p[c]),
    "ip_applied_share": lambda c, f, p: _share(c, f.applied, p[c]),
    "ip_held_share": lambda c, f, p: _share(c, f.holding, p[c]),
    "incubatees_per_mentor": lambda c, f, p: _mentors(c, f, p[c]),
    "own_fund_share": lambda c, f, p: _share(c, f.own_fund, p[c]),
    "financed_year_share": lambda c, f, p: _share(c, f.financed_within_year, p[c]),
    "growing_share": lambda c, f, p: _share(c, f.growing(p["growth_over"]), p[c]),
    "service_income_share": lambda c, f, p: _service_income(c, f, p[c]),
    "months_open": lambda c, f, p: _least(c, f.months_open, p[c], "months"),
    "desks": lambda c, f, p: _least(c, f.desks, p[c], "desks"),
    "teams_year": lambda c, f, p: _least(c, f.teams_within_year, p[c], "companies"),
    "registered_year": lambda c, f, p: _least(c, f.registered_within_year, p[c], "companies"),
    "financed_year": lambda c, f, p: _least(c, f.year_financed, p[c], "companies"),
    "staff": lambda c, f, p: _least(c, f.staff, p[c], "persons"),
    "mentors": lambda c, f, p: _least(c, f.mentors, p[c], "persons"),
    "events_year": lambda c, f, p: _least(c, f.events, p[c], "times"),
}
