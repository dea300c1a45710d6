"""The start-up grant (项目启动金), from 2018-12-01: once, to the first organisation that a founder founds.

Modelled on 首次创业一次性补贴, 沪人社规〔2018〕37号, carried on by 沪人社规〔2023〕1号 (secondary sources). The
sentences quoted below are those of README.md, "The sum".
"""

from __future__ import annotations

from collections import Counter
from datetime import date

from core.policy import (
    Assessment,
    Case,
    Check,
    Employment,
    Founder,
    Line,
    Month,
    Params,
    add_months,
    all_of,
    any_of,
    check_organisation,
    check_region,
    check_trust,
    is_local,
    opposite,
)

KEY = "startup_grant"


def assess(case: Case, params: Params) -> Assessment:
    """Every check, and one line: the grant."""
    amount = params["amount_fen"]
    checks = (
        check_organisation(case),
        check_region(case, params["region"]),
        check_trust(case),
        check_founder(case, params["graduate_months"]),
        check_not_before(case, params["operating_months"]),
        check_not_after(case, params["apply_within_months"]),
        check_insured(case, params["insured_months"]),
        check_first_time(case),
    )
    return Assessment(checks, (Line("grant", "1", amount, amount),))


def check_founder(case: Case, months: int) -> Check:
    """`founder`: "a founder who is legal representative, `first_company`, and either hard_to_employ, or graduate and
    local with the company registered not later than 24 months after `graduated_on` (before it is fine)"."""
    founders, registered_on = case.dossier.founders, case.dossier.company.registered_on
    if founders is None:
        return Check("founder", None, None, 1, ">=", "persons")
    known = [_is_qualified(founder, registered_on, months) for founder in founders]
    return Check("founder", any_of(known), known.count(True), 1, ">=", "persons")


def _is_qualified(founder: Founder, registered_on: date | None, months: int) -> bool | None:
    recent = None
    if founder.graduated_on is not None and registered_on is not None:
        recent = registered_on <= add_months(founder.graduated_on, months)
    graduate = all_of((_is(founder, "graduate"), is_local(founder.household), recent))
    return all_of(
        (founder.legal_representative, founder.first_company, any_of((_is(founder, "hard_to_employ"), graduate)))
    )


def _is(founder: Founder, category: str) -> bool | None:
    return None if founder.categories is None else category in founder.categories


def check_not_before(case: Case, months: int) -> Check:
    """`not_before`: "12 months … after registration", that day included."""
    registered_on = case.dossier.company.registered_on
    first = None if registered_on is None else add_months(registered_on, months)
    return Check("not_before", None if first is None else first <= case.applied_on, first, case.applied_on, "<=")


def check_not_after(case: Case, months: int) -> Check:
    """`not_after`: "18 months after registration", that day included."""
    registered_on = case.dossier.company.registered_on
    last = None if registered_on is None else add_months(registered_on, months)
    return Check("not_after", None if last is None else case.applied_on <= last, case.applied_on, last, "<=")


def check_insured(case: Case, months: int) -> Check:
    """`insured`: "a person with at least 6 counted rows up to the month of application"; null where rows that are still
    open could make them six."""
    rows, uscc = case.dossier.employment, case.dossier.company.uscc
    if rows is None:
        return Check("insured", None, None, months, ">=", "months")
    applied = Month.of(case.applied_on)
    ours = [row for row in rows if row.month <= applied and row.employer_uscc == uscc]
    counted = most_months([row for row in ours if row.filing_uscc == uscc])
    possible = most_months([row for row in ours if row.filing_uscc in (uscc, None)])
    passed = True if counted >= months else None if possible >= months else False
    return Check("insured", passed, counted, months, ">=", "months")


def most_months(rows: list[Employment]) -> int:
    """How many of the rows the person with the most has."""
    return max(Counter(row.person for row in rows).values(), default=0)


def check_first_time(case: Case) -> Check:
    """`first_time`: "no startup_grant in `awards`", to the organisation or to one of its founders."""
    awards = case.dossier.awards
    if awards is None:
        return Check("first_time", None, None, 0, "<=")
    had = any_of([None if award.policy is None else award.policy == KEY for award in awards])
    return Check("first_time", opposite(had), len([award for award in awards if award.policy == KEY]), 0, "<=")
