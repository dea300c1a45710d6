"""The rent subsidy of plugins/rent_subsidy, written the way OpenFisca wants rules written: the peer of bench_assess.

The same fourteen checks, of three values each, the same amount, the same split of it over the rent rows: rule version
2023-01-01 on entities "person" and "company" and monthly variables. A check, and a fact that may be unknown, is an
integer: YES, NO or UNKNOWN. OpenFisca has no intervals, so leases are joined before the clock starts: its facts
(openfisca_case.py) name the months under a lease and the day it began, which is in the peer's favour; so is one rent
row a month. bench_assess proves that both give the same answers before it measures.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
from openfisca_core import periods
from openfisca_core.entities import Entity, GroupEntity
from openfisca_core.parameters import ParameterNode
from openfisca_core.periods import DateUnit
from openfisca_core.simulations import Simulation, SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

ETERNITY, MONTH, YEAR = DateUnit.ETERNITY, DateUnit.MONTH, DateUnit.YEAR
NO, UNKNOWN, YES = 0, 1, 2  # in this order `and` is the smallest and `or` the largest: Kleene's logic
FROM = "2018-12-01"
FORMS = ("individual_business", "cooperative", "private_nonprofit")
SIZED_FORMS = ("company", "sole_proprietorship", "partnership")
NOT_KNOWN_FORM = "?"

person_entity = Entity("person", "persons", "A founder or an insured person", "")
company_entity = GroupEntity(
    "company", "companies", "An applicant", "", roles=[{"key": "member", "plural": "members", "label": "Member"}]
)


def months_later(days: np.ndarray, months: int) -> np.ndarray:
    """The same day `months` later, cut to the month's last day."""
    days = days.astype("datetime64[D]")
    month = days.astype("datetime64[M]")
    day = (days - month.astype("datetime64[D]")).astype(int)
    later = month + months
    length = ((later + 1).astype("datetime64[D]") - later.astype("datetime64[D]")).astype(int)
    return later.astype("datetime64[D]") + np.minimum(day, length - 1)


def verdict(holds: np.ndarray, known: np.ndarray | bool = True) -> np.ndarray:
    return np.where(known, np.where(holds, YES, NO), UNKNOWN)


def fact(name: str, entity: Entity, value_type: type, unit: DateUnit) -> type[Variable]:
    members = {"entity": entity, "value_type": value_type, "definition_period": unit, "label": name}
    return type(name, (Variable,), members)


DERIVED: list[type[Variable]] = []


def derived(entity: Entity, value_type: type, unit: DateUnit) -> Any:
    """A variable with a formula, of the function's name."""

    def make(formula: Any) -> Any:
        members = {
            "entity": entity,
            "value_type": value_type,
            "definition_period": unit,
            "label": formula.__name__,
            "formula": formula,
        }
        DERIVED.append(type(formula.__name__, (Variable,), members))
        return DERIVED[-1]

    return make


PERSON_MONTH = ("employed_here", "filed_here", "local_household")
COMPANY_FOREVER = ("small_or_micro", "dispatches_labour", "untrustworthy_debtor", "registered_here", "dated")
FACTS = [
    *(fact(name, person_entity, int, MONTH) for name in PERSON_MONTH),
    fact("founder", person_entity, bool, ETERNITY),
    *(fact(name, person_entity, int, ETERNITY) for name in ("legal_representative", "founder_local", "permit")),
    fact("legal_form", company_entity, str, ETERNITY),
    *(fact(name, company_entity, int, ETERNITY) for name in COMPANY_FOREVER),
    *(fact(name, company_entity, date, ETERNITY) for name in ("registered_on", "applied_on", "leased_since")),
    fact("rent_fen", company_entity, int, MONTH),
    *(fact(name, company_entity, int, MONTH) for name in ("rent_known", "rent_here", "payer_accepted", "leased")),
    fact("has_rent", company_entity, bool, MONTH),
]


def each(entity: Any, name: str, period: Any) -> list[np.ndarray]:
    """A monthly variable, month by month."""
    return [entity(name, month) for month in period.get_subperiods(MONTH)]


# ── months, heads, rent ─────────────────────────────────────────────────────────────────────────────────────────────


@derived(company_entity, bool, MONTH)
def month_counts(company: Any, period: Any, parameters: Any) -> np.ndarray:
    limit = months_later(company("registered_on", period), parameters(FROM).months_after_registration)
    return (np.datetime64(str(period.start)) < limit) | (company("dated", period) == UNKNOWN)


@derived(person_entity, bool, MONTH)
def counted(person: Any, period: Any) -> np.ndarray:
    both = (person("employed_here", period) == YES) & (person("filed_here", period) == YES)
    return both & person.company("month_counts", period)


@derived(person_entity, bool, MONTH)
def open_row(person: Any, period: Any) -> np.ndarray:
    unfiled = (person("employed_here", period) == YES) & (person("filed_here", period) == UNKNOWN)
    return unfiled & person.company("month_counts", period)


@derived(person_entity, int, YEAR)
def head_months(person: Any, period: Any) -> np.ndarray:
    return sum(month.astype(int) for month in each(person, "counted", period))


@derived(person_entity, int, YEAR)
def head_local(person: Any, period: Any) -> np.ndarray:
    """Whether the latest counted row is local, as far as it is known."""
    local = np.full(person.count, NO)
    for month in period.get_subperiods(MONTH):
        local = np.where(person("counted", month), person("local_household", month), local)
    return local


@derived(person_entity, int, YEAR)
def surely_local(person: Any, period: Any) -> np.ndarray:
    """The same, with open rows that may yet become the latest, for or against."""
    is_head = person("head_months", period) > 0
    low, high = np.where(is_head, YES, NO), np.full(person.count, NO)
    for month in period.get_subperiods(MONTH):
        local, is_counted, is_open = (person(name, month) for name in ("local_household", "counted", "open_row"))
        low = np.where(is_counted, local, np.where(is_open, np.minimum(low, local), low))
        high = np.where(is_counted, local, np.where(is_open, np.maximum(high, local), high))
    return np.where(low == high, high, UNKNOWN)


@derived(company_entity, int, YEAR)
def counted_months(company: Any, period: Any) -> np.ndarray:
    return sum(month.astype(int) for month in each(company, "month_counts", period))


@derived(company_entity, int, MONTH)
def month_rent(company: Any, period: Any) -> np.ndarray:
    here = (company("rent_here", period) == YES) & company("month_counts", period)
    return company("rent_fen", period) * here


@derived(company_entity, bool, MONTH)
def rent_in_question(company: Any, period: Any) -> np.ndarray:
    row = company("has_rent", period) & company("month_counts", period)
    return row & (company("rent_here", period) != NO)


@derived(company_entity, int, YEAR)
def paid_rent(company: Any, period: Any) -> np.ndarray:
    return sum(each(company, "month_rent", period))


@derived(company_entity, int, YEAR)
def heads(company: Any, period: Any) -> np.ndarray:
    return company.sum(company.members("head_months", period) > 0)


# ── the sum ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@derived(company_entity, int, YEAR)
def per_head(company: Any, period: Any, parameters: Any) -> np.ndarray:
    cap = parameters(period.start).cap_per_head_year_fen
    share = company("paid_rent", period) // np.maximum(company("heads", period), 1)
    return np.minimum(share, cap * company("counted_months", period) // 12)


@derived(person_entity, int, YEAR)
def head_amount(person: Any, period: Any, parameters: Any) -> np.ndarray:
    unit, n = person.company("per_head", period), person.company("counted_months", period)
    months = person("head_months", period)
    whole = (n == 12) & (months >= parameters(period.start).full_year_months)
    amount = np.where(whole, unit, unit * months // np.maximum(n, 1))
    return amount * (person("head_local", period) == YES) * (months > 0)


@derived(company_entity, int, YEAR)
def amount(company: Any, period: Any) -> np.ndarray:
    return np.minimum(company.sum(company.members("head_amount", period)), company("paid_rent", period))


@derived(company_entity, int, MONTH)
def use_floor(company: Any, period: Any) -> np.ndarray:
    year = company.simulation.claim
    share = company("amount", year).astype(np.int64) * company("month_rent", period)  # beyond OpenFisca's 32 bits
    return share // np.maximum(company("paid_rent", year), 1)


@derived(company_entity, int, MONTH)
def use_remainder(company: Any, period: Any) -> np.ndarray:
    year = company.simulation.claim
    share = company("amount", year).astype(np.int64) * company("month_rent", period)
    return share % np.maximum(company("paid_rent", year), 1)


@derived(company_entity, int, MONTH)
def used(company: Any, period: Any) -> np.ndarray:
    """The month's rent in proportion to what was paid: floors first, then a fen each to the largest remainders."""
    year = company.simulation.claim
    rest = company("amount", year) - sum(each(company, "use_floor", year))
    mine, rank = company("use_remainder", period), 0
    for month in year.get_subperiods(MONTH):
        other = company("use_remainder", month)
        rank = rank + ((other > mine) | ((other == mine) & (month.start < period.start)))
    return company("use_floor", period) + (rank < rest)


# ── the checks ──────────────────────────────────────────────────────────────────────────────────────────────────────

CHECKS = (
    "organisation", "region", "qualified_founder", "trust", "three_units", "labour_dispatch", "within_36_months",
    "local_head", "households", "paid", "payer", "premises", "period_over", "in_time",
)  # fmt: skip


@derived(company_entity, int, ETERNITY)
def organisation(company: Any, period: Any) -> np.ndarray:
    form = company("legal_form", period)
    small = np.where(np.isin(form, SIZED_FORMS), company("small_or_micro", period), NO)
    return np.where(form == NOT_KNOWN_FORM, UNKNOWN, np.where(np.isin(form, FORMS), YES, small))


@derived(company_entity, int, ETERNITY)
def region(company: Any, period: Any) -> np.ndarray:
    return company("registered_here", period)


@derived(company_entity, int, ETERNITY)
def qualified_founder(company: Any, period: Any) -> np.ndarray:
    of = company.members
    stays = np.maximum(of("founder_local", period), of("permit", period))
    each_one = np.minimum(of("legal_representative", period), stays) * of("founder", period)
    return company.max(each_one)


@derived(company_entity, int, ETERNITY)
def trust(company: Any, period: Any) -> np.ndarray:
    return YES - company("untrustworthy_debtor", period)


@derived(company_entity, int, ETERNITY)
def labour_dispatch(company: Any, period: Any) -> np.ndarray:
    return YES - company("dispatches_labour", period)


@derived(company_entity, int, YEAR)
def three_units(company: Any, period: Any) -> np.ndarray:
    rows = [company.any(company.members("open_row", month)) for month in period.get_subperiods(MONTH)]
    return np.where(np.any(rows, axis=0), UNKNOWN, YES)


@derived(company_entity, int, YEAR)
def within_36_months(company: Any, period: Any) -> np.ndarray:
    return verdict(company("counted_months", period) > 0, company("dated", period) == YES)


@derived(company_entity, int, YEAR)
def local_head(company: Any, period: Any) -> np.ndarray:
    return company.max(company.members("surely_local", period))


@derived(company_entity, int, YEAR)
def households(company: Any, period: Any) -> np.ndarray:
    of = company.members
    unknown = (of("head_months", period) > 0) & (of("head_local", period) == UNKNOWN)
    return np.where(company.any(unknown), UNKNOWN, YES)


@derived(company_entity, int, YEAR)
def paid(company: Any, period: Any) -> np.ndarray:
    unknown = [
        company("rent_in_question", month)
        & ((company("rent_here", month) == UNKNOWN) | (company("rent_known", month) != YES))
        for month in period.get_subperiods(MONTH)
    ]
    return verdict(company("paid_rent", period) > 0, ~np.any(unknown, axis=0))


@derived(company_entity, int, YEAR)
def payer(company: Any, period: Any) -> np.ndarray:
    unexplained = [
        company("rent_in_question", month) & (company("payer_accepted", month) != YES)
        for month in period.get_subperiods(MONTH)
    ]
    return np.where(np.any(unexplained, axis=0), UNKNOWN, YES)


@derived(company_entity, int, YEAR)
def premises(company: Any, period: Any, parameters: Any) -> np.ndarray:
    ripe = months_later(company("leased_since", period), parameters(FROM).lease_months)
    old = verdict(ripe <= company("applied_on", period))
    covered = [
        np.where(company("month_rent", month) > 0, company("leased", month), YES)
        for month in period.get_subperiods(MONTH)
    ]
    return np.minimum(old, np.min(covered, axis=0))


@derived(company_entity, int, YEAR)
def period_over(company: Any, period: Any) -> np.ndarray:
    return verdict(company("applied_on", period).astype("datetime64[M]") >= np.datetime64(str(period.stop), "M"))


@derived(company_entity, int, YEAR)
def in_time(company: Any, period: Any, parameters: Any) -> np.ndarray:
    last = months_later(np.array([str(period.stop)], dtype="datetime64[D]"), parameters(FROM).apply_within_months)
    return verdict(company("applied_on", period) <= last)


@derived(company_entity, int, YEAR)
def rent_subsidy(company: Any, period: Any) -> np.ndarray:
    eligible = np.min([company(name, period) for name in CHECKS], axis=0) == YES
    return np.where(eligible, company("amount", period), 0)


# ── running it ──────────────────────────────────────────────────────────────────────────────────────────────────────


def system() -> TaxBenefitSystem:
    """The rule, loaded once: its cost is not part of the comparison."""
    made = TaxBenefitSystem([person_entity, company_entity])
    for variable in FACTS + DERIVED:
        made.add_variable(variable)
    values = {
        "cap_per_head_year_fen": 300_000,
        "months_after_registration": 36,
        "full_year_months": 10,
        "lease_months": 6,
        "apply_within_months": 12,
    }
    nodes = {name: {"values": {FROM: {"value": value}}} for name, value in values.items()}
    made.parameters = ParameterNode("", data=nodes)
    return made


def assess(rules: TaxBenefitSystem, facts: dict[str, Any], period: str, *, trace: bool = False) -> Simulation:
    """Assessments from a dictionary: amount, checks, the amount of each head and the use of each month's rent."""
    simulation = filled(rules, facts)
    run(simulation, period, trace=trace)
    return simulation


def filled(rules: TaxBenefitSystem, facts: dict[str, Any]) -> Simulation:
    """A simulation with its vectors filled from the dictionary."""
    return SimulationBuilder().build_from_entities(rules, facts)


def run(simulation: Simulation, period: str, *, trace: bool = False) -> None:
    simulation.trace = trace
    simulation.claim = periods.period(period)  # a month's use depends on the year that is claimed
    simulation.calculate("rent_subsidy", period)
    for month in simulation.claim.get_subperiods(MONTH):
        simulation.calculate("used", month)


def answers(simulation: Simulation) -> dict[str, Any]:
    """What it found, in our words, to compare."""
    year = simulation.claim
    verdicts = {NO: False, UNKNOWN: None, YES: True}
    checks = {name: verdicts[int(simulation.calculate(name, year)[0])] for name in CHECKS}
    checks["founder"] = checks.pop("qualified_founder")
    uses = {str(month): int(simulation.calculate("used", month)[0]) for month in year.get_subperiods(MONTH)}
    return {"amount_fen": int(simulation.calculate("rent_subsidy", year)[0]), "checks": checks, "uses": uses}
