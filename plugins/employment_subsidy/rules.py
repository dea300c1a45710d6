"""The employment subsidy (带动就业补贴), from 2023-01-01: half of what a young organisation pays into social insurance.

Modelled on 初创期创业组织社会保险补贴, 沪人社规〔2023〕1号 (secondary source). The sentences quoted below are those of
README.md, "The sum".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from core.policy import (
    Assessment,
    Case,
    Check,
    Employment,
    Line,
    Month,
    Params,
    Use,
    check_founder,
    check_in_time,
    check_organisation,
    check_period_over,
    check_region,
    check_three_units,
    check_trust,
    check_within,
    counted_months,
    heads_and_open,
)


def assess(case: Case, params: Params) -> Assessment:
    """Every check, a line for each person and amount, and the insured months that are spent."""
    company, rows = case.dossier.company, case.dossier.employment
    limit = params["months_after_registration"]
    months = counted_months(company, case.period, limit)
    applied = Month.of(case.applied_on)
    amounts = {month: monthly_fen(month, params) for month in months}
    _, still_open = heads_and_open(rows or (), company.uscc, {row.month for row in rows or () if row.month <= applied})
    most, needed = params["heads_a_month"], params["employed_months"]
    counted = person_months(rows or (), company.uscc, months, applied, most=most, needed=needed)
    possible = person_months(
        [_as_filed(row, company.uscc) for row in rows or ()], company.uscc, months, applied, most=most, needed=needed
    )
    checks = (
        check_organisation(case),
        check_region(case, params["region"]),
        check_founder(case),
        check_trust(case),
        check_three_units(None if rows is None else len(still_open)),
        check_within(case, months, limit),
        check_heads(len(counted), len(possible), known=rows is not None or not months),
        check_period_over(case),
        check_in_time(case, params["apply_within_months"]),
    )
    uses = tuple(Use(row.line, amounts[row.month]) for row in sorted(counted, key=lambda row: row.line))
    return Assessment(checks, person_lines(counted, amounts), uses)


# ── who counts ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _as_filed(row: Employment, uscc: str) -> Employment:
    """The row as it would be if its filing, which is not known, came out in the applicant's favour."""
    return row._replace(filing_uscc=uscc) if row.filing_uscc is None else row


def person_months(
    rows: Sequence[Employment], uscc: str, months: Collection[Month], applied: Month, *, most: int, needed: int
) -> list[Employment]:
    """The counted rows that are paid for: in each counted month "the persons with a counted row in it and at least 6
    counted rows in all up to the month of application count, at most 8: most rows in all first, ties by person ref".

    A row that another award has counts among the six, and has one of the month's eight places, but is not paid again.
    """
    wanted = frozenset(months)
    in_all: defaultdict[str, int] = defaultdict(int)
    by_month: defaultdict[Month, list[Employment]] = defaultdict(list)
    for row in rows:
        if row.employer_uscc == uscc and row.filing_uscc == uscc:
            in_all[row.person] += row.month <= applied
            if row.month in wanted:
                by_month[row.month].append(row)
    found: list[Employment] = []
    for month in sorted(by_month):
        free = [row for row in by_month[month] if row.spent_by is None]
        places = max(0, most - (len(by_month[month]) - len(free)))
        long_enough = [row for row in free if in_all[row.person] >= needed]
        found += sorted(long_enough, key=lambda row: (-in_all[row.person], row.person))[:places]
    return found


def check_heads(counted: int, possible: int, *, known: bool) -> Check:
    """`heads`: "at least one counted person-month"; null where rows that are still open could be it."""
    passed = True if counted else None if possible or not known else False
    return Check("heads", passed, counted, 1, ">=", "person_months")


# ── the sum ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def monthly_fen(month: Month, params: Params) -> int:
    """What one head counts in a month: "`base(month) × (pension + medical + unemployment) × share`, rounded half up to
    the fen". A month before the first base is a gap in the parameters, and an error."""
    rate: Decimal = params["pension_rate"] + params["medical_rate"] + params["unemployment_rate"]
    exact: Decimal = params.at("contribution_base_fen", month.first) * rate * params["share"]
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))


class _Part(NamedTuple):
    """What a line is about: a person's months at one amount."""

    person: str
    fen: int


def person_lines(counted: Sequence[Employment], amounts: Mapping[Month, int]) -> tuple[Line, ...]:
    """One line for each person and monthly amount, the earlier amount first: months × amount."""
    months: defaultdict[_Part, list[Month]] = defaultdict(list)
    for row in counted:
        months[_Part(row.person, amounts[row.month])].append(row.month)
    order = sorted(months, key=lambda part: (part.person, min(months[part])))
    return tuple(
        Line("person_months", str(len(months[part])), part.fen, part.fen * len(months[part]), part.person)
        for part in order
    )
