"""The criteria on both sides of each date and figure, and what is not known stays open."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from core.data.models import Stage, StageParameter
from core.data.types import utcnow
from core.policy import Check
from core.services.stages import criteria, history, readiness
from core.services.stages.criteria import Assessed
from core.services.stages.facts import TenantFacts

DAY = timedelta(days=1)
ON = date(2026, 11, 25)
PARAMS = criteria.defaults().on(ON)
YUAN = 100
WAN = 10_000 * YUAN

COMPANY = TenantFacts(
    on=ON,
    history=history.of([(Stage.INCUBATOR, date(2024, 1, 10))]),
    registered_on=date(2023, 6, 1),
    industry="软件",
    registered_here=True,
    physical=True,
)


def asked(facts: TenantFacts, stage: Stage) -> Assessed:
    return criteria.assess(facts, stage, criteria.defaults().on(facts.on))


def check(facts: TenantFacts, stage: Stage, code: str) -> Check:
    assessed = asked(facts, stage)
    return next(it for it in (*assessed.checks, *assessed.options) if it.code == code)


@pytest.mark.parametrize(
    ("registered_on", "on", "passed"),
    [
        (date(2024, 3, 1), date(2026, 3, 1), True),  # 24 months to the day
        (date(2024, 3, 1), date(2026, 3, 2), False),
        (date(2024, 2, 29), date(2026, 2, 28), True),  # a month that lacks the day ends on its last
        (date(2024, 2, 29), date(2026, 3, 1), False),
        (None, date(2026, 3, 1), None),
    ],
)
def test_age_on_entry(registered_on: date | None, on: date, passed: bool | None) -> None:
    facts = replace(COMPANY, on=on, registered_on=registered_on)
    assert check(facts, Stage.INCUBATOR, "entry_age").passed is passed


def test_before_the_rule_was_in_force_its_criteria_are_not_asked() -> None:
    facts = replace(COMPANY, on=date(2018, 12, 31), registered_on=date(2010, 1, 1), history=())
    assert [it.code for it in asked(facts, Stage.INCUBATOR).checks] == ["registered", "registered_address", "premises"]
    facts = replace(facts, on=date(2019, 1, 1))
    assert check(facts, Stage.INCUBATOR, "entry_age").passed is False


@pytest.mark.parametrize("known", [True, False, None])
def test_address_and_premises_are_as_they_are_known(known: bool | None) -> None:
    facts = replace(COMPANY, registered_here=known, physical=known)
    assert check(facts, Stage.INCUBATOR, "registered_address").passed is known
    assert check(facts, Stage.INCUBATOR, "premises").passed is known


def test_a_team_enters_the_nursery_and_a_company_the_incubator() -> None:
    team = replace(COMPANY, team=True, registered_on=None)
    assert check(team, Stage.NURSERY, "not_registered").passed is True
    assert check(team, Stage.INCUBATOR, "registered").passed is False
    assert check(COMPANY, Stage.NURSERY, "not_registered").passed is False
    unknown = replace(COMPANY, registered_on=None)
    assert check(unknown, Stage.INCUBATOR, "registered").passed is None


# ── graduation ──────────────────────────────────────────────────────────────────────────────────────────────────────

FULL = {f"{year}Q{quarter}": 0 for year in (2024, 2025) for quarter in (1, 2, 3, 4)}


def two_years(total_fen: int) -> dict[str, int]:
    """Reported for the eight quarters of 2024 and 2025, in all `total_fen`."""
    return FULL | {"2024Q2": total_fen // 3, "2025Q4": total_fen - total_fen // 3}


@pytest.mark.parametrize(
    ("facts", "passed"),
    [
        (replace(COMPANY, revenue=FULL), False),
        (replace(COMPANY, revenue=FULL, high_tech=True), True),
        (replace(COMPANY, revenue=FULL, exit_event=True), True),
        (replace(COMPANY, revenue=FULL, funding_fen=500 * WAN), False),  # must be more
        (replace(COMPANY, revenue=FULL, funding_fen=500 * WAN + 1), True),
        (replace(COMPANY, revenue=two_years(1000 * WAN)), False),
        (replace(COMPANY, revenue=two_years(1000 * WAN + 1)), True),
        (COMPANY, None),  # no quarter was reported: it could be
        (replace(COMPANY, high_tech=True), True),  # whatever the revenue was
    ],
)
def test_one_condition_of_graduation_is_enough(facts: TenantFacts, passed: bool | None) -> None:
    assert asked(facts, Stage.GRADUATED).passed is passed


def test_one_quarter_that_was_not_reported_leaves_the_two_years_open_unless_the_others_settle_it() -> None:
    short = two_years(1000 * WAN)
    del short["2024Q3"]
    assert check(replace(COMPANY, revenue=short), Stage.GRADUATED, "graduation_revenue").passed is None
    enough = two_years(1000 * WAN + 1)
    del enough["2024Q3"]
    assert check(replace(COMPANY, revenue=enough), Stage.GRADUATED, "graduation_revenue").passed is True


def test_the_two_years_are_calendar_years_that_are_over_and_follow_each_other() -> None:
    apart = {f"{year}Q{q}": 0 for year in (2023, 2024, 2025) for q in (1, 2, 3, 4)}
    apart |= {"2023Q4": 600 * WAN, "2025Q1": 600 * WAN}
    facts = replace(COMPANY, history=history.of([(Stage.INCUBATOR, date(2023, 1, 1))]), revenue=apart)
    assert check(facts, Stage.GRADUATED, "graduation_revenue").passed is False
    running = FULL | {"2025Q4": 600 * WAN, "2026Q1": 600 * WAN}
    assert check(replace(COMPANY, revenue=running), Stage.GRADUATED, "graduation_revenue").passed is False
    over = {f"2026Q{q}": 0 for q in (1, 2, 3, 4)} | running | {"2026Q1": 600 * WAN}
    facts = replace(COMPANY, revenue=over, on=date(2027, 1, 1))
    assert check(facts, Stage.GRADUATED, "graduation_revenue").passed is True
    assert check(replace(facts, on=date(2026, 12, 31)), Stage.GRADUATED, "graduation_revenue").passed is False


def test_quarters_before_a_company_was_registered_are_none() -> None:
    young = replace(
        COMPANY,
        registered_on=date(2024, 5, 20),
        history=history.of([(Stage.INCUBATOR, date(2024, 6, 1))]),
        revenue={quarter: 0 for quarter in FULL if quarter >= "2024Q2"},
    )
    assert check(young, Stage.GRADUATED, "graduation_revenue").passed is False


# ── accelerator ─────────────────────────────────────────────────────────────────────────────────────────────────────


def last_four(fen: int) -> dict[str, int]:
    return {"2025Q4": 0, "2026Q1": 0, "2026Q2": 0, "2026Q3": fen, "2026Q4": 99 * WAN}


@pytest.mark.parametrize(
    ("changed", "passed"),
    [
        ({"revenue": last_four(300 * WAN), "staff": 15}, True),
        ({"revenue": last_four(300 * WAN - 1), "staff": 15}, False),  # one of three, two are asked
        ({"revenue": last_four(300 * WAN), "staff": 14}, False),
        ({"revenue": last_four(0), "staff": 15, "funding_fen": 200 * WAN}, True),
        ({"staff": 15}, None),  # the revenue could be the second
        ({"revenue": last_four(300 * WAN), "staff": 15, "physical": False}, False),
    ],
)
def test_two_of_three_conditions_of_growth(changed: dict[str, object], passed: bool | None) -> None:
    assert asked(replace(COMPANY, **changed), Stage.ACCELERATOR).passed is passed


def test_an_operators_own_value_stands_from_its_day_and_its_end_takes_the_criterion_away() -> None:
    rows = [
        StageParameter(name="accelerator_staff", value="20", from_on=date(2026, 1, 1), source="章程", set_at=utcnow()),
        StageParameter(name="accelerator_staff", value=None, from_on=date(2026, 7, 1), source="章程", set_at=utcnow()),
    ]
    book = criteria.parameters(rows)
    assert book.on(date(2025, 12, 31))["accelerator_staff"] == 15
    assert book.on(date(2026, 1, 1))["accelerator_staff"] == 20
    late = criteria.assess(replace(COMPANY, staff=99), Stage.ACCELERATOR, book.on(date(2026, 7, 1)))
    assert [it.code for it in late.options] == ["accelerator_revenue", "accelerator_funding"]
    assert criteria.parameters([]) is criteria.defaults()


# ── clocks ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def standing(facts: TenantFacts) -> readiness.Readiness:
    return readiness.of(facts, criteria.defaults().on(facts.on))


@pytest.mark.parametrize(("industry", "until"), [("软件", date(2028, 1, 10)), ("生物医药研发", date(2029, 1, 10))])
def test_the_stay_is_48_months_and_60_where_it_takes_longer(industry: str, until: date) -> None:
    clock = standing(replace(COMPANY, industry=industry)).clock
    assert clock is not None
    assert clock.until == until


def test_the_last_day_of_the_stay_is_within_it() -> None:
    last = date(2028, 1, 10)
    inside, outside = standing(replace(COMPANY, on=last)), standing(replace(COMPANY, on=last + DAY))
    assert (inside.days_left, inside.overdue, inside.soon) == (0, False, True)
    assert (outside.days_left, outside.overdue, outside.soon) == (-1, True, False)
    assert check(replace(COMPANY, on=last), Stage.ACCELERATOR, "stay").passed is True
    assert check(replace(COMPANY, on=last + DAY), Stage.ACCELERATOR, "stay").passed is False


@pytest.mark.parametrize(("days", "soon"), [(90, True), (91, False)])
def test_soon_is_within_ninety_days(days: int, soon: bool) -> None:
    assert standing(replace(COMPANY, on=date(2028, 1, 10) - days * DAY)).soon is soon


def test_whole_months_are_counted() -> None:
    clock = criteria.Clock("stay_months", date(2024, 1, 31), 48, date(2028, 1, 31))
    assert [clock.months_used(day) for day in (date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 30))] == [0, 1, 1]


def test_a_nursery_project_has_two_clocks_and_the_first_to_run_out_is_due() -> None:
    team = replace(COMPANY, team=True, registered_on=None, history=history.of([(Stage.NURSERY, date(2026, 6, 1))]))
    assert (standing(team).due, standing(team).entry_clock) == (standing(team).clock, None)
    due = standing(replace(team, team=False, registered_on=date(2024, 11, 26))).due
    assert due is not None
    assert (due.kind, due.until) == ("entry_age_months", date(2026, 11, 26))


# ── readiness ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_nearest_target_is_told_graduation_first_among_equals() -> None:
    both = replace(COMPANY, high_tech=True, revenue=last_four(300 * WAN), staff=15)
    assert (standing(both).target.stage, standing(both).ready) == (Stage.GRADUATED, True)  # type: ignore[union-attr]
    grown = replace(both, high_tech=False, revenue=FULL | last_four(300 * WAN))
    assert standing(grown).target.stage is Stage.ACCELERATOR  # type: ignore[union-attr]


@pytest.mark.parametrize("stage", [Stage.GRADUATED, Stage.EXITED])
def test_who_has_graduated_or_left_is_ready_for_nothing(stage: Stage) -> None:
    gone = standing(replace(COMPANY, history=history.of([(Stage.INCUBATOR, date(2024, 1, 1)), (stage, ON)])))
    assert (gone.target, gone.due, gone.ready) == (None, None, False)


def test_every_check_has_its_words_and_every_own_parameter_a_value() -> None:
    codes = set()
    for stage in Stage:
        assessed = criteria.assess(COMPANY, stage, PARAMS)
        codes |= {it.code for it in (*assessed.checks, *assessed.options)}
    assert codes == set(criteria.words())
    assert set(criteria.own()) <= set(criteria.defaults().units)
    assert all(value.status != "verified" for value in criteria.defaults().values)
