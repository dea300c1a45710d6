"""Checks and counting that the subsidies share ("Common checks", "Counted months" in docs/plugins.md).

Each returns a `Check` under the code that the policy's policy.yaml must then have, with one reading of *not known*.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from core.policy.card import PANEL_CHECK, PANEL_PASS, PANEL_SCORE
from core.policy.dates import Month, add_months, months_between
from core.policy.logic import all_of, any_of, opposite
from core.policy.model import Case, Check, Company, Employment, Founder, Period

QUALIFYING_FORMS = frozenset({"individual_business", "cooperative", "private_nonprofit"})
"""个体工商户, 农民合作社, 民办非企业单位: always an organisation that qualifies (创业组织)."""

SIZED_FORMS = frozenset({"company", "sole_proprietorship", "partnership"})
"""Qualify when small or micro (小微企业)."""

LOCAL = frozenset({"district", "city"})
"""Households of Shanghai (本市户籍)."""


def is_local(household: str | None) -> bool | None:
    return None if household is None else household in LOCAL


Heads = dict[str, dict[Month, str | None]]
"""By person, the months counted for that person, and the household that each of those rows names."""


def heads_and_open(rows: Iterable[Employment], uscc: str, months: Collection[Month]) -> tuple[Heads, list[Employment]]:
    """The persons with a counted row in these months, and the rows of these months that are still open.

    A row is counted when 社保缴费单位 = 用工备案单位 = 申请单位. An open row is insured by the applicant, but not
    known under whom it is filed: it may yet be counted.
    """
    wanted = frozenset(months)
    heads: defaultdict[str, dict[Month, str | None]] = defaultdict(dict)
    still_open: list[Employment] = []
    for row in rows:
        _, person, month, employer, filing, household, _, _ = row  # half the time of eight attributes
        if employer == uscc and month in wanted:
            if filing == uscc:
                heads[person][month] = household
            elif filing is None:
                still_open.append(row)
    return dict(heads), still_open


def counted_months(company: Company, period: Period, limit: int) -> tuple[Month, ...]:
    """The months of `period` whose first day is before the day `limit` months after registration.

    Every month while that date is unknown.
    """
    last = period.last
    if company.registered_on is not None:
        end = add_months(company.registered_on, limit)
        last = min(last, Month.of(end) if end.day > 1 else Month.of(end) + -1)
    return tuple(months_between(period.first, last))


# ── checks ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def check_organisation(case: Case) -> Check:
    """`organisation`: the legal form qualifies, by itself or because the enterprise is small or micro."""
    company = case.dossier.company
    if company.legal_form in SIZED_FORMS:
        return Check("organisation", company.small_or_micro, company.small_or_micro, True, "is")
    passed = None if company.legal_form is None else company.legal_form in QUALIFYING_FORMS
    return Check("organisation", passed, company.legal_form, tuple(sorted(QUALIFYING_FORMS | SIZED_FORMS)), "in")


def check_panel(case: Case) -> Check:
    """`panel`: what the experts gave, in hundredths of a point, is as much as the policy asks for. Not known before
    the panel is closed."""
    score, least = case.answers.get(PANEL_SCORE), case.answers.get(PANEL_PASS)
    return Check(PANEL_CHECK, None if score is None or least is None else score >= least, score, least, ">=", "score")


def check_region(case: Case, region: str) -> Check:
    """`region`: registered in the district that decides."""
    registered = case.dossier.company.registered_region
    return Check("region", None if registered is None else registered == region, registered, region, "is")


def check_founder(case: Case) -> Check:
    """`founder`: a founder who is legal representative, and is local or has a permit."""
    founders = case.dossier.founders
    known = None if founders is None else [_is_qualified(founder) for founder in founders]
    passed = None if known is None else any_of(known)
    return Check("founder", passed, None if known is None else known.count(True), 1, ">=", "persons")


def _is_qualified(founder: Founder) -> bool | None:
    permit = None if founder.permit is None else founder.permit != "none"
    return all_of((founder.legal_representative, any_of((is_local(founder.household), permit))))


def check_trust(case: Case) -> Check:
    """`trust`: not on the list of defaulters (失信被执行人)."""
    listed = case.dossier.company.untrustworthy
    return Check("trust", opposite(listed), listed, False, "is")


def check_three_units(still_open: int | None) -> Check:
    """`three_units`: no row in scope is still open. None while the rows in scope are not known."""
    return Check("three_units", True if still_open == 0 else None, still_open, 0, "<=", "rows")


def check_within(case: Case, months: Sequence[Month], limit: int) -> Check:
    """`within_36_months`: at least one month counted. Months are limited, not the day of the application."""
    registered_on = case.dossier.company.registered_on
    end = None if registered_on is None else add_months(registered_on, limit)
    return Check("within_36_months", None if end is None else bool(months), case.period.first.first, end, "<")


def check_period_over(case: Case) -> Check:
    """`period_over`: "the period's last month is not after the month of application"."""
    month = Month.of(case.applied_on)
    return Check("period_over", case.period.last <= month, case.period.last, month, "<=")


def check_in_time(case: Case, limit: int) -> Check:
    """`in_time`: "applied within 12 months after the last day of the period"."""
    last_day = add_months(case.period.last.last, limit)
    return Check("in_time", case.applied_on <= last_day, case.applied_on, last_day, "<=")
