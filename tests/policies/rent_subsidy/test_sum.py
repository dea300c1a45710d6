"""The sum of the rent subsidy, by hand: each test shows the working. Amounts in fen."""

from __future__ import annotations

from typing import Any

import pytest

from core.policy import AssessmentFailed, Month, Outcome, evaluate_json, months_between
from plugins.rent_subsidy.rules import Staff, cut_to, head_lines
from tests.policies.rent_subsidy.ask import amounts, ask, rent_subsidy
from tests.unit.policy.build import case, rent, staff


def year(rent_fen: int | list[int], *people: list[Any], **changes: Any) -> dict[str, Any]:
    """A whole year with this rent a month (or by month), and these people."""
    rows = rent()
    for row, fen in zip(rows, rent_fen if isinstance(rent_fen, list) else [rent_fen] * 12, strict=True):
        row["paid_fen"] = fen
    return case(dossier__rent=rows, dossier__employment=[row for person in people for row in person], **changes)


# ── u = min(floor(paid ÷ heads), floor(cap × n ÷ 12)) ───────────────────────────────────────────────────────────────


def test_the_cap_decides() -> None:
    # paid 12 × 1,000,000 = 12,000,000; ÷ 4 = 3,000,000; cap 300,000 × 12 ÷ 12 = 300,000; u = 300,000; × 4
    decision = ask(year(1_000_000, *(staff(f"P{n}") for n in range(1, 5))))
    assert (decision.outcome, decision.amount_fen) == (Outcome.ELIGIBLE, 1_200_000)
    assert amounts(decision) == {"P1": 300_000, "P2": 300_000, "P3": 300_000, "P4": 300_000}


def test_the_rent_decides_and_is_floored() -> None:
    # paid 12 × 58,333 = 699,996; ÷ 7 = 99,999.43 → 99,999; × 7 = 699,993, three fen of the rent are left
    decision = ask(year(58_333, *(staff(f"P{n}") for n in range(1, 8))))
    assert decision.amount_fen == 699_993


def at_a_cap_of(fen: int, value: dict[str, Any]) -> int:
    """The amount when a district has published this cap."""
    row = {"from": "2018-12-01", "value": fen, "source": "区公布值", "status": "secondary", "checked_on": "2026-11-24"}
    return evaluate_json(rent_subsidy(), value, params={"cap_per_head_year_fen": {"values": [row]}}).amount_fen


def test_the_cap_is_in_proportion_to_the_months_and_floored() -> None:
    # n = 7 (2025-03 to 2025-09): 299,999 × 7 ÷ 12 = 174,999.416… → 174,999
    assert at_a_cap_of(299_999, case(period={"from": "2025-03", "to": "2025-09"})) == 174_999


def test_the_published_worked_example() -> None:
    # Founder and three recruits, cap 2,800 元, rent above that: 4 × 280,000 = 1,120,000 fen = 11,200 元
    assert at_a_cap_of(280_000, year(1_000_000, *(staff(f"P{n}") for n in range(1, 5)))) == 1_120_000


# ── one line for each local head: u if n = 12 and its months ≥ 10, else floor(u × months ÷ n) ───────────────────────


@pytest.mark.parametrize(
    ("last", "months", "amount", "quantity"),
    [
        ("2026-02", 12, 300_000, "12/12"),
        ("2026-01", 11, 300_000, "12/12"),
        ("2025-12", 10, 300_000, "12/12"),  # ten months are the whole year
        ("2025-11", 9, 225_000, "9/12"),  # 300,000 × 9 ÷ 12
        ("2025-03", 1, 25_000, "1/12"),
    ],
)
def test_months_of_a_head_in_a_whole_year(last: str, months: int, amount: int, quantity: str) -> None:
    decision = ask(year(1_000_000, staff("P1", "2025-03", last)))
    (line,) = decision.lines
    assert (line.quantity, line.unit_fen, line.amount_fen) == (quantity, 300_000, amount)


def test_ten_months_of_a_shorter_period_are_ten_months() -> None:
    # n = 11: u = 300,000 × 11 ÷ 12 = 275,000; 275,000 × 10 ÷ 11 = 250,000
    value = case(period={"from": "2025-03", "to": "2026-01"}, dossier__employment=staff("P1", "2025-03", "2025-12"))
    assert ask(value).amount_fen == 250_000


def test_ten_months_count_as_the_year_only_when_all_twelve_are_counted() -> None:
    # Registered 2023-02-01: the 36 months end before February 2026, so n = 11 of a period of twelve.
    # u = 275,000; worked 2025-03 to 2025-12, 10 months: 275,000 × 10 ÷ 11 = 250,000
    value = year(1_000_000, staff("P1", "2025-03", "2025-12"), dossier__company__registered_on="2023-02-01")
    assert ask(value).amount_fen == 250_000


def test_a_heads_months_are_floored_too() -> None:
    # paid 12 × 10,001 = 120,012; ÷ 1 = 120,012 = u; 7 months: 120,012 × 7 ÷ 12 = 70,007
    assert ask(year(10_001, staff("P1", "2025-03", "2025-09"))).amount_fen == 70_007
    # 5 months: 120,012 × 5 ÷ 12 = 50,005; with 10,002 a month: 120,024 × 5 ÷ 12 = 50,010
    assert ask(year([10_001] * 11 + [10_000], staff("P1", "2025-03", "2025-07"))).amount_fen == 50_004  # 120,011 × 5/12


def test_months_of_a_head_need_not_follow_each_other() -> None:
    # March, July and November: 300,000 × 3 ÷ 12
    rows = [staff("P1", month, month)[0] for month in ("2025-11", "2025-03", "2025-07")]
    assert ask(year(1_000_000, rows)).amount_fen == 75_000


def test_two_posts_in_one_month_are_one_month() -> None:
    # The second row has another employer, so it isn't counted: one month of twelve, 25,000.
    second = {**staff("P1", "2025-03", "2025-03")[0], "line": "E-2", "employer_uscc": "91310000MA1FL0000X"}
    assert ask(year(1_000_000, staff("P1", "2025-03", "2025-03"), [second])).amount_fen == 25_000


def test_every_head_divides_the_rent_and_only_local_ones_are_paid_for() -> None:
    # paid 12 × 30,000 = 360,000; three heads, one of them elsewhere, one for a single month: u = 120,000
    # P1 120,000; P2 (1 of 12 months) 120,000 ÷ 12 = 10,000; P3 elsewhere: no line
    people = (staff("P1"), staff("P2", "2026-02", "2026-02"), staff("P3", household="elsewhere"))
    decision = ask(year(30_000, *people))
    assert amounts(decision) == {"P1": 120_000, "P2": 10_000}
    assert decision.amount_fen == 130_000


def test_uncounted_rows_make_no_head() -> None:
    # P2 is filed under another unit and P3 worked before the period: the rent is divided by P1 alone, u = 240,000.
    people = (staff("P1"), staff("P2", filing_uscc="91310000MA1FL0000X"), staff("P3", "2025-01", "2025-02"))
    decision = ask(year(20_000, *people))
    assert amounts(decision) == {"P1": 240_000}


def test_the_latest_household_decides_for_the_whole_year() -> None:
    # City until December, elsewhere in January: no line, though the head still divides the rent of P2.
    moved = [*staff("P1", "2025-03", "2025-12"), *staff("P1", "2026-01", "2026-01", household="elsewhere")]
    decision = ask(year(20_000, moved, staff("P2")))
    assert amounts(decision) == {"P2": 120_000}  # 240,000 ÷ 2


def test_a_household_in_a_month_that_is_not_counted_says_nothing() -> None:
    later = staff("P1", "2026-03", "2026-03", household="elsewhere")
    assert ask(year(1_000_000, staff("P1"), later)).amount_fen == 300_000


def test_lines_are_by_person_as_text() -> None:
    decision = ask(year(1_000_000, *(staff(name) for name in ("P2", "P10", "P1"))))
    assert [line.note for line in decision.lines] == ["P1", "P10", "P2"]


# ── paid rent ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_rent_of_other_months_and_regions_is_not_paid_rent() -> None:
    # 2025-02 and 2026-03 lie outside the period, 2025-03's row is another district's: 11 × 10,000 = 110,000 = u
    rows = [*rent("2025-03", "2025-03", 10_000, region="310110"), *rent("2025-04", "2026-02", 10_000),
            *rent("2025-02", "2025-02", 99_999), *rent("2026-03", "2026-03", 99_999)]  # fmt: skip
    decision = ask(case(dossier__rent=rows))
    assert decision.amount_fen == 110_000
    assert sorted(use.line_id for use in decision.uses) == [f"R-{row['month']}" for row in rent("2025-04")]


def test_two_payments_in_a_month_are_both_paid_rent() -> None:
    # 10,000 + 5,000 in March, 10,000 in the other eleven: 125,000
    second = {**rent("2025-03", "2025-03", 5_000)[0], "line": "R-2025-03b"}
    assert ask(case(dossier__rent=[*rent(paid_fen=10_000), second])).amount_fen == 125_000


def test_the_operating_region_does_not_count() -> None:
    assert ask(dossier__company__operating_region="310110").amount_fen == 300_000


# ── uses: in proportion, floors first, then a fen each to the largest remainders, ties by line id ───────────────────


def uses(value: dict[str, Any]) -> dict[str, int]:
    return {use.line_id: use.amount_fen for use in ask(value).uses}


def test_equal_rows_share_equally_and_the_rest_goes_by_line_id() -> None:
    # 300,000 over seven rows: 42,857.14 each → 42,857 × 7 = 299,999; one fen left, equal remainders: first by id.
    value = case(dossier__rent=rent("2025-03", "2025-09", 100_000))
    assert uses(value) == {"R-2025-03": 42_858, **{f"R-2025-0{m}": 42_857 for m in range(4, 10)}}


def test_the_largest_remainder_comes_first() -> None:
    # paid 100,003 + 200,005 + 300,002 = 600,010; amount 300,000 (cap).
    # a 300,000 × 100,003 ÷ 600,010 = 50,000.666…; b 100,000.833…; c 149,998.499…: floors sum to 299,998
    # the two fen go to b (.833) and a (.666)
    rows = [
        {**rent("2025-03", "2025-03", fen)[0], "line": line}
        for line, fen in (("a", 100_003), ("b", 200_005), ("c", 300_002))
    ]
    assert uses(case(dossier__rent=rows)) == {"a": 50_001, "b": 100_001, "c": 149_998}


def test_every_paid_rent_row_is_used_even_one_of_nothing() -> None:
    rows = [*rent("2025-03", "2025-03", 0), *rent("2025-04", "2025-04", 1_000)]
    assert uses(case(dossier__rent=rows)) == {"R-2025-03": 0, "R-2025-04": 1_000}


def test_all_of_the_rent_can_be_used() -> None:
    assert uses(year([1_000 * n for n in range(1, 13)], staff("P1"))) == {
        f"R-{row['month']}": 1_000 * n for n, row in enumerate(rent(), 1)
    }  # paid 78,000 for one head: u = 78,000


# ── a sum above the paid rent is cut to it by a negative line ───────────────────────────────────────────────────────


def test_the_cut() -> None:
    params = rent_subsidy().card.parameters.on(ask().reference_on)
    months = months_between(Month.parse("2025-03"), Month.parse("2026-02"))
    staff_of_one = Staff(
        known=True, heads={"P1": dict.fromkeys(months, "city")}, households={"P1": "city"}, still_open=[]
    )
    lines = head_lines(staff_of_one, 500_000, 12, params)
    assert [line.amount_fen for line in lines] == [300_000]
    assert cut_to(300_000, lines) == lines
    cut = cut_to(299_999, lines)
    assert [(line.code, line.amount_fen) for line in cut] == [("head", 300_000), ("paid_rent_cap", -1)]
    assert sum(line.amount_fen for line in cut_to(0, lines)) == 0


# ── outcomes ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_nothing_is_granted_or_used_unless_eligible() -> None:
    for value, outcome in (
        (case(dossier__company__untrustworthy=True), Outcome.INELIGIBLE),
        (case(dossier__company__untrustworthy=None), Outcome.NEEDS_INFORMATION),
        (case(dossier__company__untrustworthy=None, dossier__founders=[]), Outcome.INELIGIBLE),  # false outweighs null
        (case(applied_on="2018-11-30"), Outcome.NOT_IN_FORCE),
    ):
        decision = ask(value)
        assert (decision.outcome, decision.amount_fen, decision.lines, decision.uses) == (outcome, 0, (), ())


def test_eligible_for_nothing_is_still_eligible() -> None:
    # One fen between two heads: u = 0. The line is there, and so is the row, used for nothing.
    decision = ask(case(dossier__rent=rent("2025-03", "2025-03", 1), dossier__employment=[*staff("P1"), *staff("P2")]))
    assert (decision.outcome, decision.amount_fen) == (Outcome.ELIGIBLE, 0)
    assert (amounts(decision), [use.amount_fen for use in decision.uses]) == ({"P1": 0, "P2": 0}, [0])


def test_every_decision_of_this_policy_says_that_it_is_for_demonstration() -> None:
    # `in_time` and `region` are demonstration values under either rule.
    assert ask().demonstration
    assert ask(case(applied_on="2018-12-01")).demonstration
    assert not ask(case(applied_on="2018-11-30")).demonstration  # nothing was read


def test_an_amount_too_large_for_the_answer_is_our_fault_and_not_a_wrong_number() -> None:
    rows = [{**rent("2025-03", "2025-03", 10**13)[0], "line": f"R{n}"} for n in range(1_000)]
    with pytest.raises(AssessmentFailed):
        ask(case(dossier__rent=rows))  # 10^16 fen of rent cannot be said exactly in JSON
