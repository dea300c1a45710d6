"""The rent subsidy of plugins/rent_subsidy, written the way OpenFisca wants rules written: the peer of bench_assess.

The same thirteen conditions and the same amount as rule version 2023-01-01, over the same facts, on entities "person"
and "company" and monthly variables. OpenFisca has no unknown, no intervals and no trace of evidence, so unknown facts,
joining leases and splitting the amount over the rent rows are left out: that is in the peer's favour.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
from openfisca_core.entities import Entity, GroupEntity
from openfisca_core.parameters import ParameterNode
from openfisca_core.periods import DateUnit
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

ETERNITY, MONTH, YEAR = DateUnit.ETERNITY, DateUnit.MONTH, DateUnit.YEAR
FROM = "2018-12-01"
FORMS = ("individual_business", "cooperative", "private_nonprofit")
SIZED_FORMS = ("company", "sole_proprietorship", "partnership")

person_entity = Entity("person", "persons", "A founder or an insured person", "")
company_entity = GroupEntity(
    "company", "companies", "An applicant", "", roles=[{"key": "member", "plural": "members", "label": "Member"}]
)
ENTITIES = {"person": person_entity, "company": company_entity}


def months_later(days: np.ndarray, months: int) -> np.ndarray:
    """The same day `months` later, cut to the month's last day."""
    month = days.astype("datetime64[M]")
    day = (days - month.astype("datetime64[D]")).astype(int)
    later = month + months
    length = ((later + 1).astype("datetime64[D]") - later.astype("datetime64[D]")).astype(int)
    return later.astype("datetime64[D]") + np.minimum(day, length - 1)


def fact(name: str, entity: Entity, value_type: type, unit: DateUnit) -> type[Variable]:
    return type(
        name, (Variable,), {"entity": entity, "value_type": value_type, "definition_period": unit, "label": name}
    )


def derived(entity: Entity, value_type: type, unit: DateUnit) -> Any:
    def make(formula: Any) -> type[Variable]:
        members = {
            "entity": entity,
            "value_type": value_type,
            "definition_period": unit,
            "label": formula.__name__,
            "formula": formula,
        }
        return type(formula.__name__, (Variable,), members)

    return make


PERSON_MONTH = ("employed_here", "filed_here", "filing_known", "local_household", "household_known")
FACTS = [
    *(fact(name, person_entity, bool, MONTH) for name in PERSON_MONTH),
    *(
        fact(name, person_entity, bool, ETERNITY)
        for name in ("founder", "legal_representative", "founder_local", "permit")
    ),
    *(fact(name, company_entity, str, ETERNITY) for name in ("legal_form", "registered_region")),
    *(
        fact(name, company_entity, bool, ETERNITY)
        for name in ("small_or_micro", "dispatches_labour", "untrustworthy_debtor")
    ),
    *(fact(name, company_entity, date, ETERNITY) for name in ("registered_on", "applied_on", "premises_since")),
    fact("rent_fen", company_entity, int, MONTH),
    *(fact(name, company_entity, bool, MONTH) for name in ("rent_in_region", "payer_accepted", "leased")),
]


@derived(company_entity, bool, MONTH)
def month_counts(company: Any, period: Any, parameters: Any) -> np.ndarray:
    limit = months_later(company("registered_on", period), parameters(FROM).months_after_registration)
    return np.datetime64(str(period.start)) < limit


@derived(person_entity, bool, MONTH)
def counted(person: Any, period: Any) -> np.ndarray:
    here = person("employed_here", period) * person("filed_here", period)
    return here * person.company("month_counts", period)


@derived(person_entity, int, YEAR)
def head_months(person: Any, period: Any) -> np.ndarray:
    return sum(person("counted", month).astype(int) for month in period.get_subperiods(MONTH))


@derived(person_entity, bool, YEAR)
def local_head(person: Any, period: Any) -> np.ndarray:
    local = np.zeros(person.count, dtype=bool)
    for month in period.get_subperiods(MONTH):
        local = np.where(person("counted", month), person("local_household", month), local)
    return local


@derived(person_entity, bool, YEAR)
def household_missing(person: Any, period: Any) -> np.ndarray:
    missing = np.zeros(person.count, dtype=bool)
    for month in period.get_subperiods(MONTH):
        missing = np.where(person("counted", month), np.logical_not(person("household_known", month)), missing)
    return missing


@derived(person_entity, bool, MONTH)
def open_row(person: Any, period: Any) -> np.ndarray:
    unfiled = person("employed_here", period) * np.logical_not(person("filing_known", period))
    return unfiled * person.company("month_counts", period)


@derived(company_entity, bool, YEAR)
def three_units(company: Any, period: Any) -> np.ndarray:
    rows = [company.any(company.members("open_row", month)) for month in period.get_subperiods(MONTH)]
    return np.logical_not(np.any(rows, axis=0))


@derived(company_entity, bool, YEAR)
def households(company: Any, period: Any) -> np.ndarray:
    return np.logical_not(company.any(company.members("household_missing", period)))


@derived(company_entity, int, YEAR)
def counted_months(company: Any, period: Any) -> np.ndarray:
    return sum(company("month_counts", month).astype(int) for month in period.get_subperiods(MONTH))


@derived(company_entity, int, MONTH)
def month_rent(company: Any, period: Any) -> np.ndarray:
    return company("rent_fen", period) * company("month_counts", period) * company("rent_in_region", period)


@derived(company_entity, int, YEAR)
def paid_rent(company: Any, period: Any) -> np.ndarray:
    return sum(company("month_rent", month) for month in period.get_subperiods(MONTH))


@derived(company_entity, int, YEAR)
def heads(company: Any, period: Any) -> np.ndarray:
    return company.sum(company.members("head_months", period) > 0)


@derived(company_entity, int, YEAR)
def per_head(company: Any, period: Any, parameters: Any) -> np.ndarray:
    cap = parameters(period.start).cap_per_head_year_fen
    share = company("paid_rent", period) // np.maximum(company("heads", period), 1)
    return np.minimum(share, cap * company("counted_months", period) // 12)


@derived(person_entity, int, YEAR)
def head_amount(person: Any, period: Any, parameters: Any) -> np.ndarray:
    unit, n = person.company("per_head", period), person.company("counted_months", period)
    months = person("head_months", period)
    whole = (n == 12) * (months >= parameters(period.start).full_year_months)
    return person("local_head", period) * np.where(whole, unit, unit * months // np.maximum(n, 1))


@derived(company_entity, bool, ETERNITY)
def organisation(company: Any, period: Any) -> np.ndarray:
    form = company("legal_form", period)
    return np.isin(form, FORMS) + np.isin(form, SIZED_FORMS) * company("small_or_micro", period)


@derived(company_entity, bool, ETERNITY)
def region(company: Any, period: Any, parameters: Any) -> np.ndarray:
    return company("registered_region", period) == str(parameters(FROM).region)


@derived(company_entity, bool, ETERNITY)
def qualified_founder(company: Any, period: Any) -> np.ndarray:
    of = company.members
    stays = of("founder_local", period) + of("permit", period)
    return company.any(of("founder", period) * of("legal_representative", period) * stays)


@derived(company_entity, bool, ETERNITY)
def trust(company: Any, period: Any) -> np.ndarray:
    return np.logical_not(company("untrustworthy_debtor", period))


@derived(company_entity, bool, ETERNITY)
def no_dispatch(company: Any, period: Any) -> np.ndarray:
    return np.logical_not(company("dispatches_labour", period))


@derived(company_entity, bool, YEAR)
def payer(company: Any, period: Any) -> np.ndarray:
    return np.all([company("payer_accepted", month) for month in period.get_subperiods(MONTH)], axis=0)


@derived(company_entity, bool, YEAR)
def premises(company: Any, period: Any, parameters: Any) -> np.ndarray:
    old = months_later(company("premises_since", period), parameters(FROM).lease_months) <= company(
        "applied_on", period
    )
    return old * np.all([company("leased", month) for month in period.get_subperiods(MONTH)], axis=0)


@derived(company_entity, bool, YEAR)
def period_over(company: Any, period: Any) -> np.ndarray:
    return company("applied_on", period).astype("datetime64[M]") >= np.datetime64(str(period.stop), "M")


@derived(company_entity, bool, YEAR)
def in_time(company: Any, period: Any, parameters: Any) -> np.ndarray:
    last = np.array([str(period.stop)], dtype="datetime64[D]")
    return company("applied_on", period) <= months_later(last, parameters(FROM).apply_within_months)


@derived(company_entity, bool, YEAR)
def within_36_months(company: Any, period: Any) -> np.ndarray:
    return company("counted_months", period) > 0


@derived(company_entity, bool, YEAR)
def has_local_head(company: Any, period: Any) -> np.ndarray:
    return company.any(company.members("local_head", period))


@derived(company_entity, bool, YEAR)
def paid(company: Any, period: Any) -> np.ndarray:
    return company("paid_rent", period) > 0


CHECKS = (
    "organisation", "region", "qualified_founder", "trust", "three_units", "no_dispatch", "within_36_months",
    "has_local_head", "households", "paid", "payer", "premises", "period_over", "in_time",
)  # fmt: skip


@derived(company_entity, int, YEAR)
def rent_subsidy(company: Any, period: Any) -> np.ndarray:
    eligible = np.all([company(name, period) for name in CHECKS], axis=0)
    amount = np.minimum(
        company.sum(company.members("head_amount", period)),
        company("paid_rent", period),
    )
    return np.where(eligible, amount, 0)


DERIVED = [
    month_counts, counted, head_months, local_head, household_missing, open_row, counted_months, month_rent, paid_rent,
    heads, per_head, head_amount, organisation, region, qualified_founder, trust, three_units, households, no_dispatch,
    payer, premises, period_over, in_time, within_36_months, has_local_head, paid, rent_subsidy,
]  # fmt: skip


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
        "region": 310109,
    }
    made.parameters = ParameterNode(
        "", data={name: {"values": {FROM: {"value": value}}} for name, value in values.items()}
    )
    return made


def situation(case: dict[str, Any]) -> dict[str, Any]:
    """The case file as the dictionary OpenFisca reads; made before the clock starts."""
    dossier, company = case["dossier"], case["dossier"]["company"]
    persons: dict[str, dict[str, dict[str, Any]]] = {}
    for row in dossier["employment"]:
        facts = persons.setdefault(row["person"], {name: {} for name in PERSON_MONTH})
        facts["employed_here"][row["month"]] = row["employer_uscc"] == company["uscc"]
        facts["filed_here"][row["month"]] = row["filing_uscc"] == company["uscc"]
        facts["filing_known"][row["month"]] = row["filing_uscc"] is not None
        facts["household_known"][row["month"]] = row["household"] is not None
        facts["local_household"][row["month"]] = row["household"] in ("district", "city")
    for row in dossier["founders"]:
        persons.setdefault(row["ref"], {}).update(
            founder={"ETERNITY": True},
            legal_representative={"ETERNITY": row["legal_representative"]},
            founder_local={"ETERNITY": row["household"] in ("district", "city")},
            permit={"ETERNITY": row["permit"] != "none"},
        )
    rent = dossier["rent"]
    one = {
        "members": list(persons),
        "legal_form": {"ETERNITY": company["legal_form"]},
        "registered_region": {"ETERNITY": company["registered_region"]},
        "small_or_micro": {"ETERNITY": company["small_or_micro"]},
        "dispatches_labour": {"ETERNITY": company["labour_dispatch"]},
        "untrustworthy_debtor": {"ETERNITY": company["untrustworthy"]},
        "registered_on": {"ETERNITY": company["registered_on"]},
        "applied_on": {"ETERNITY": case["applied_on"]},
        "premises_since": {"ETERNITY": min(row["from"] for row in dossier["leases"])},
        "rent_fen": {row["month"]: row["paid_fen"] for row in rent},
        "rent_in_region": {row["month"]: row["region"] == company["registered_region"] for row in rent},
        "payer_accepted": {row["month"]: row["payer"] in ("tenant", "explained") for row in rent},
        "leased": {row["month"]: True for row in rent},
    }
    return {"persons": persons, "companies": {"C": one}}


def assess(rules: TaxBenefitSystem, facts: dict[str, Any], period: str, *, trace: bool = False) -> int:
    """One assessment from a dictionary, to the fen."""
    simulation = SimulationBuilder().build_from_entities(rules, facts)
    simulation.trace = trace
    return int(simulation.calculate("rent_subsidy", period)[0])
