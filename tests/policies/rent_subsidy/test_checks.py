"""Each sentence of docs/plugins.md about a check of the rent subsidy, with what is not known in every place."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from tests.policies.rent_subsidy.ask import ask, passed
from tests.unit.policy.build import REGION, USCC, case, rent, staff, with_changes

# ── common checks ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("form", "small", "qualifies"),
    [
        *((form, small, True) for form in ("individual_business", "cooperative", "private_nonprofit")
          for small in (True, False, None)),
        *((form, small, small) for form in ("company", "sole_proprietorship", "partnership")
          for small in (True, False, None)),
        *(("listed giant", small, False) for small in (True, False, None)),
        *((None, small, None) for small in (True, False, None)),
    ],
)  # fmt: skip
def test_an_organisation_that_qualifies(form: str | None, small: bool | None, qualifies: bool | None) -> None:
    changes = {"dossier__company__legal_form": form, "dossier__company__small_or_micro": small}
    assert passed("organisation", **changes) is qualifies


@pytest.mark.parametrize(("region", "ours"), [(REGION, True), ("310110", False), (None, None), ("", False)])
def test_registered_in_the_region_of_the_parameter(region: str | None, ours: bool | None) -> None:
    assert passed("region", dossier__company__registered_region=region) is ours


def founder(legal: bool | None, household: str | None, permit: str | None) -> dict[str, Any]:
    return {"ref": "P", "legal_representative": legal, "household": household, "permit": permit}


LEGAL = (True, False, None)
HOUSEHOLDS = ("district", "city", "elsewhere", None)
PERMITS = (
    "residence_permit",
    "hk_mo_tw_residence_permit",
    "overseas_talent_permit",
    "returnee_enterprise",
    "none",
    None,
)


@pytest.mark.parametrize(("legal", "household", "permit"), list(product(LEGAL, HOUSEHOLDS, PERMITS)))
def test_a_founder_who_is_legal_representative_and_local_or_has_a_permit(
    legal: bool | None, household: str | None, permit: str | None
) -> None:
    completions = {
        lr and (home != "elsewhere" or paper != "none")
        for lr in ((True, False) if legal is None else (legal,))
        for home in (("city", "elsewhere") if household is None else (household,))
        for paper in (("residence_permit", "none") if permit is None else (permit,))
    }
    wanted = completions.pop() if len(completions) == 1 else None
    assert passed("founder", dossier__founders=[founder(legal, household, permit)]) is wanted


NO, MAYBE, YES = founder(True, "elsewhere", "none"), founder(None, "city", "none"), founder(True, "city", "none")


@pytest.mark.parametrize(
    ("founders", "found"),
    [([], False), (None, None), ([NO], False), ([NO, MAYBE], None), ([MAYBE, YES], True), ([NO, NO], False)],
)
def test_one_founder_is_enough(founders: Any, found: bool | None) -> None:
    assert passed("founder", dossier__founders=founders) is found


@pytest.mark.parametrize(("listed", "trusted"), [(False, True), (True, False), (None, None)])
def test_not_untrustworthy_and_no_labour_dispatch(listed: bool | None, trusted: bool | None) -> None:
    assert passed("trust", dossier__company__untrustworthy=listed) is trusted
    assert passed("labour_dispatch", dossier__company__labour_dispatch=listed) is trusted


# ── counted months: "the months of the period whose first day is before the day 36 months after registration" ───────

HEAD = {"P1": 300_000}


@pytest.mark.parametrize(
    ("registered", "n"),
    [
        ("2024-09-02", 12),
        ("2023-02-02", 12),  # + 36 months = 2026-02-02, after the first day of the last month
        ("2023-02-01", 11),  # = 2026-02-01, not before it
        ("2022-03-02", 1),
        ("2022-03-01", 0),
        ("2010-01-01", 0),
        ("2026-03-01", 12),  # registered after the period: its months are before the day all the same
    ],
)
def test_counted_months(registered: str, n: int) -> None:
    decision = ask(dossier__company__registered_on=registered)
    assert passed("within_36_months", dossier__company__registered_on=registered) is (n > 0)
    if n:  # u = 300,000 × n ÷ 12 for the one head, who worked every month
        assert decision.amount_fen == 25_000 * n
        assert decision.lines[0].quantity == f"{n}/{n}"
        assert len(decision.uses) == n  # rent rows of other months are not paid rent


def test_every_month_counts_while_the_date_is_unknown() -> None:
    decision = ask(dossier__company__registered_on=None)
    known = {check.code: check.passed for check in decision.checks}
    assert known.pop("within_36_months") is None
    assert set(known.values()) == {True}
    # An open row of the last month is in scope, though the company might turn out to be too old for it.
    unfiled = {"dossier.employment[11].filing_uscc": None, "dossier.company.registered_on": None}
    assert passed("three_units", with_changes(unfiled)) is None
    assert passed("three_units", with_changes(unfiled | {"dossier.company.registered_on": "2023-02-01"})) is True


def test_a_leap_day_ends_in_february() -> None:
    # 2024-02-29 is no day of 2027: 36 months later is 2027-02-28, and March 2027 is not counted.
    period = {"from": "2027-02", "to": "2027-03"}
    rows = {"dossier__rent": rent("2027-02", "2027-03"), "dossier__employment": staff("P1", "2027-02", "2027-03")}
    value = case(applied_on="2027-03-10", period=period, dossier__company__registered_on="2024-02-29", **rows)
    assert ask(value).amount_fen == 25_000


def test_without_a_counted_month_nothing_is_open_and_nothing_is_paid() -> None:
    decision = ask(dossier__company__registered_on="2010-01-01", dossier__employment=None, dossier__rent=None)
    known = {check.code: check.passed for check in decision.checks}
    assert [code for code, verdict in known.items() if verdict is False] == ["within_36_months", "local_head", "paid"]
    assert None not in known.values()


# ── three_units, local_head, households ─────────────────────────────────────────────────────────────────────────────


def person(*rows: tuple[str, str | None, str | None]) -> list[dict[str, Any]]:
    """Rows of one person: (month, filing, household)."""
    made = []
    for month, filing, household in rows:
        made += staff("P9", month, month, filing_uscc=filing, household=household)
    return made


COUNTED, OPEN, OTHER = USCC, None, "91310000MA1FL0000X"


@pytest.mark.parametrize(
    ("rows", "three_units", "local_head", "households"),
    [
        ([("2025-03", COUNTED, "city")], True, True, True),
        ([("2025-03", COUNTED, "district")], True, True, True),
        ([("2025-03", COUNTED, "elsewhere")], True, False, True),
        ([("2025-03", COUNTED, None)], True, None, None),
        ([("2025-03", OTHER, "city")], True, False, True),  # filed under another: not counted, not open
        ([("2025-03", OPEN, "city")], None, None, True),  # could be counted, and then local
        ([("2025-03", OPEN, None)], None, None, True),
        ([("2025-03", OPEN, "elsewhere")], None, False, True),  # counted or not, never local
        ([], True, False, True),
        # the latest counted row decides
        ([("2025-03", COUNTED, "city"), ("2025-04", COUNTED, "elsewhere")], True, False, True),
        ([("2025-03", COUNTED, "elsewhere"), ("2025-04", COUNTED, "city")], True, True, True),
        ([("2025-03", COUNTED, None), ("2025-04", COUNTED, "city")], True, True, True),
        ([("2025-03", COUNTED, "city"), ("2025-04", COUNTED, None)], True, None, None),
        ([("2025-03", COUNTED, "city"), ("2025-04", OTHER, "elsewhere")], True, True, True),
        # an open row after it could become the latest, for or against
        ([("2025-03", COUNTED, "elsewhere"), ("2025-04", OPEN, "city")], None, None, True),
        ([("2025-03", COUNTED, "elsewhere"), ("2025-04", OPEN, None)], None, None, True),
        ([("2025-03", COUNTED, "city"), ("2025-04", OPEN, "elsewhere")], None, None, True),
        ([("2025-03", COUNTED, "city"), ("2025-04", OPEN, "city")], None, True, True),
        # before it, it cannot
        ([("2025-03", OPEN, "city"), ("2025-04", COUNTED, "elsewhere")], None, False, True),
        ([("2025-03", OPEN, "elsewhere"), ("2025-04", COUNTED, "city")], None, True, True),
        # outside the period a row is not in scope
        ([("2025-02", OPEN, "city"), ("2026-03", OPEN, "city"), ("2025-03", COUNTED, "city")], True, True, True),
        ([("2025-02", COUNTED, "city")], True, False, True),
    ],
)
def test_heads(rows: Any, three_units: bool | None, local_head: bool | None, households: bool | None) -> None:
    value = case(dossier__employment=person(*rows))
    found = (passed("three_units", value), passed("local_head", value), passed("households", value))
    assert found == (three_units, local_head, households)


def test_one_local_head_is_enough_whatever_the_others_are() -> None:
    others = person(("2025-03", COUNTED, None), ("2025-04", OPEN, None))
    assert passed("local_head", dossier__employment=[*others, *staff("P1")]) is True


@pytest.mark.parametrize("employer", [OTHER, None])
def test_rows_of_another_employer_are_neither_counted_nor_open(employer: str | None) -> None:
    value = case(dossier__employment=staff("P1", employer_uscc=employer, filing_uscc=None))
    assert (passed("three_units", value), passed("local_head", value)) == (True, False)


def test_staff_that_is_not_known_could_be_anything() -> None:
    value = case(dossier__employment=None)
    assert [passed(code, value) for code in ("three_units", "local_head", "households")] == [None, None, None]


# ── paid, payer ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("rows", "paid", "payer"),
    [
        (rent(paid_fen=1), True, True),
        (rent(paid_fen=0), False, True),
        ([], False, True),
        (None, None, None),
        # no amount: the sum is not known, even though another row is above 0
        ([*rent("2025-03", "2025-03"), *rent("2025-04", "2025-04", None)], None, True),
        # a region not known, even with nothing paid; another region is out, with all its unknowns
        (rent("2025-03", "2025-03", 0, region=None), None, True),
        ([*rent("2025-03", "2025-03"), *rent("2025-04", "2025-04", region=None)], None, True),
        ([*rent("2025-03", "2025-03"), *rent("2025-04", "2025-04", None, region="310110", payer=None)], True, True),
        (rent(region="310110"), False, True),
        # outside the counted months nothing is in question
        ([*rent("2025-03", "2025-03"), *rent("2025-02", "2025-02", None, region=None, payer="other")], True, True),
        # payers
        (rent(payer="explained"), True, True),
        (rent(payer="other"), True, None),
        (rent(payer=None), True, None),
        ([*rent("2025-03", "2025-03"), *rent("2025-04", "2025-04", payer="other")], True, None),
        (
            [*rent("2025-03", "2025-03"), *rent("2025-04", "2025-04", 0, payer="other")],
            True,
            None,
        ),  # a row all the same
        ([*rent("2025-03", "2025-03"), *rent("2025-04", "2025-04", region=None, payer="other")], None, None),
        ([*rent("2025-03", "2025-03"), *rent("2025-04", "2025-04", region="310110", payer="other")], True, True),
    ],
)
def test_rent(rows: Any, paid: bool | None, payer: bool | None) -> None:
    value = case(dossier__rent=rows)
    assert (passed("paid", value), passed("payer", value)) == (paid, payer)


def test_no_rent_is_paid_rent_while_the_companys_region_is_not_known() -> None:
    value = case(dossier__company__registered_region=None)
    assert (passed("paid", value), passed("payer", value)) == (None, True)
    empty = with_changes({"dossier.rent": []}, value)
    assert passed("paid", empty) is False


# ── when to apply ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("applied_on", "over", "in_time"),
    [
        ("2026-01-31", False, True),
        ("2026-02-01", True, True),  # the last month of the period is the month of application
        ("2026-02-28", True, True),
        ("2027-02-28", True, True),
        ("2027-03-01", True, False),
    ],
)
def test_period_over_and_in_time(applied_on: str, over: bool, in_time: bool) -> None:
    assert (passed("period_over", applied_on=applied_on), passed("in_time", applied_on=applied_on)) == (over, in_time)


@pytest.mark.parametrize(
    ("last_month", "last_day", "next_day"),
    [
        ("2024-02", "2025-02-28", "2025-03-01"),  # 2024-02-29 + 12 months: that February has no 29th
        ("2023-02", "2024-02-28", "2024-02-29"),  # 2023-02-28 + 12 months: the same day, not the last one
        ("2025-04", "2026-04-30", "2026-05-01"),
        ("2025-12", "2026-12-31", "2027-01-01"),
    ],
)
def test_twelve_months_after_the_last_day_of_the_period(last_month: str, last_day: str, next_day: str) -> None:
    period = {"from": last_month, "to": last_month}
    assert passed("in_time", period=period, applied_on=last_day) is True
    assert passed("in_time", period=period, applied_on=next_day) is False
