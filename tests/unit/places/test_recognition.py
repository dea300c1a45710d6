"""Each threshold from both sides, and what is not known never counts as a no."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from core.policy import Check
from core.services.recognition import Facts, Share, checklist
from core.services.recognition.book import rules
from core.services.recognition.facts import Company, Reported

TODAY = date(2026, 11, 25)
NATIONAL, STANDARD, MAKER = rules()
CM2 = 10_000
EIGHT = [f"{year}Q{n}" for year in (2024, 2025, 2026) for n in (1, 2, 3, 4)][3:11]


def companies(yes: int, no: int, unknown: int = 0, *, held: bool = False) -> list[Company]:
    def one(figure: int | None) -> Company:
        return Company([], {"2026Q3": Reported(ip_held=figure) if held else Reported(ip_applied=figure)})

    return [one(1)] * yes + [one(0)] * no + [one(None)] * unknown


FACTS = Facts(on=TODAY, year_from=date(2025, 11, 25), floor_area_cm2=10_000 * CM2, last_quarters=EIGHT)


def check(rule: Any, code: str, **values: Any) -> Check:
    rows = checklist(rule, replace(FACTS, **values)).rows
    return next(item.check for row in rows for item in row.items if item.check.code == code)


SOME = [Company()] * 50
YEAR = date(2026, 6, 1)


@pytest.mark.parametrize(
    ("rule", "code", "below", "enough"),
    [
        (NATIONAL, "floor_area_sqm", {"floor_area_cm2": 10_000 * CM2 - 1}, {"floor_area_cm2": 10_000 * CM2}),
        (NATIONAL, "incubation_share", {"used_area_cm2": 7_500 * CM2 - 1}, {"used_area_cm2": 7_500 * CM2}),
        (NATIONAL, "incubatees", {"companies": SOME[:49]}, {"companies": SOME}),
        (NATIONAL, "density", {"companies": SOME[:29]}, {"companies": SOME[:30]}),
        (NATIONAL, "graduates", {"graduates": 19}, {"graduates": 20}),
        (NATIONAL, "fund_fen", {"fund_fen": 499_999_999}, {"fund_fen": 500_000_000}),
        (
            NATIONAL,
            "financed_share",
            {"companies": SOME[:46] + [Company([(YEAR, False)])] * 4},
            {"companies": SOME[:45] + [Company([(YEAR, False)])] * 5},
        ),
        (NATIONAL, "professional_share", {"staff": 11, "professionals": 8}, {"staff": 11, "professionals": 9}),
        (NATIONAL, "ip_applied_share", {"companies": companies(4, 5)}, {"companies": companies(5, 5)}),
        (
            NATIONAL,
            "ip_held_share",
            {"companies": companies(2, 8, held=True)},
            {"companies": companies(3, 7, held=True)},
        ),
        (
            NATIONAL,
            "incubatees_per_mentor",
            {"companies": SOME[:41], "mentors": 4},
            {"companies": SOME[:40], "mentors": 4},
        ),
        (
            STANDARD,
            "own_fund_share",
            {"companies": [*SOME[:10], Company([(YEAR, True)])]},
            {"companies": [*SOME[:9], Company([(YEAR, True)])]},
        ),
        (
            STANDARD,
            "financed_year_share",
            {"companies": [*SOME[:4], Company([(date(2025, 11, 25), False)])]},  # a day too long ago
            {"companies": [*SOME[:4], Company([(date(2025, 11, 26), False)])]},
        ),
        (MAKER, "months_open", {"months_open": 17}, {"months_open": 18}),
        (MAKER, "floor_area_sqm", {"floor_area_cm2": 499 * CM2}, {"floor_area_cm2": 500 * CM2}),
        (MAKER, "desks", {"desks": 29}, {"desks": 30}),
        (MAKER, "incubation_share", {"used_area_cm2": 1}, {"used_area_cm2": 7_500 * CM2}),
        (MAKER, "teams_year", {"teams_within_year": 19}, {"teams_within_year": 20}),
        (MAKER, "registered_year", {"registered_within_year": 9}, {"registered_within_year": 10}),
        (MAKER, "financed_year", {"year_financed": 4}, {"year_financed": 5}),
        (MAKER, "staff", {"staff": 2}, {"staff": 3}),
        (MAKER, "mentors", {"mentors": 2}, {"mentors": 3}),
        (MAKER, "events_year", {"events": 9}, {"events": 10}),
    ],
)
def test_both_sides_of_each_threshold(rule: Any, code: str, below: dict[str, Any], enough: dict[str, Any]) -> None:
    assert check(rule, code, **below).passed is False
    assert check(rule, code, **enough).passed is True


def company(before: int | None, after: int | None) -> Company:
    figures = [before] * 4 + [after] * 4
    return Company([], {q: Reported(revenue_fen=f) for q, f in zip(EIGHT, figures, strict=True)})


@pytest.mark.parametrize(
    ("one", "passed"),
    [
        (company(100, 120), False),  # by exactly a fifth: it must be more
        (company(100, 121), True),
        (company(0, 1), True),
        (company(0, 0), False),
        (company(None, 121), None),
    ],
)
def test_growth(one: Company, passed: bool | None) -> None:
    # R&D was not reported: a no on revenue alone leaves it open
    found = check(STANDARD, "growing_share", companies=[one]).passed
    assert found is (None if passed is False else passed)
    both = Company([], {q: Reported(r.revenue_fen, 0) for q, r in one.quarters.items()})
    assert check(STANDARD, "growing_share", companies=[both]).passed is passed


@pytest.mark.parametrize(
    ("rule", "code", "values"),
    [
        (NATIONAL, "incubation_share", {}),
        (NATIONAL, "fund_fen", {}),
        (NATIONAL, "professional_share", {"staff": 10}),
        (NATIONAL, "financed_share", {}),  # of no companies there is no share
        (NATIONAL, "ip_applied_share", {"companies": companies(4, 4, 2)}),
        (NATIONAL, "incubatees_per_mentor", {"companies": SOME}),
        (STANDARD, "service_income_share", {}),
        (MAKER, "months_open", {}),
        (MAKER, "staff", {}),
    ],
)
def test_what_is_not_known_is_not_a_no(rule: Any, code: str, values: dict[str, Any]) -> None:
    assert check(rule, code, **values).passed is None


def test_the_known_ones_settle_a_share_whatever_the_unknown_are() -> None:
    assert check(NATIONAL, "ip_applied_share", companies=companies(5, 3, 2)).passed is True
    assert check(NATIONAL, "ip_applied_share", companies=companies(2, 6, 2)).passed is False


def test_of_alternatives_one_is_enough() -> None:
    rows = checklist(NATIONAL, replace(FACTS, companies=companies(3, 7, held=True))).rows
    ip = next(row for row in rows if len(row.items) == 2)
    assert [item.check.passed for item in ip.items] == [None, True]
    assert ip.passed is True


def test_before_its_document_a_threshold_is_not_asked() -> None:
    assert checklist(NATIONAL, replace(FACTS, on=date(2018, 12, 31))).rows == ()
    assert len(checklist(NATIONAL, replace(FACTS, on=date(2019, 1, 1))).rows) == len(NATIONAL.rows)


def test_every_threshold_names_its_source_and_how_sure_it_is() -> None:
    for rule in rules():
        for row in checklist(rule, FACTS).rows:
            for item in row.items:
                assert rule.document in item.threshold.source
                assert item.threshold.status == "secondary"


def test_holding_goes_by_the_newest_figure() -> None:
    lost = Company([], {"2026Q1": Reported(ip_held=2), "2026Q2": Reported(ip_held=0), "2026Q3": Reported()})
    assert replace(FACTS, companies=[lost]).holding == Share(0, 0, 1)
    assert replace(FACTS, companies=[company(100, 125)]).growing(Decimal("0.2")) == Share(1, 0, 1)
