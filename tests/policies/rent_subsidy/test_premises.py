"""The check `premises`: which leases, joined how, old enough, and in which months."""

from __future__ import annotations

from typing import Any

import pytest

from tests.policies.rent_subsidy.ask import passed
from tests.unit.policy.build import case, lease, rent, with_changes

HALF = {"independent": None}
NOT = {"lawful": False}


@pytest.mark.parametrize(
    ("leases", "verdict"),
    [
        ([lease("2024-09-01")], True),
        ([lease("2024-09-01", "2026-02-01")], True),  # a day in the last month is enough
        ([lease("2024-09-01", "2026-01-31")], False),
        ([lease("2025-03-31")], True),  # a day in the first month
        ([lease("2025-04-01")], False),
        # joined: overlapping, the day after, not two days after; the order they are written in does not matter
        ([lease("2025-09-01"), lease("2024-09-01", "2025-09-30", "L0")], True),
        ([lease("2025-09-01"), lease("2024-09-01", "2025-08-31", "L0")], True),
        ([lease("2025-09-02"), lease("2024-09-01", "2025-08-31", "L0")], False),
        ([lease("2024-09-01", "2027-01-01"), lease("2024-10-01", "2024-12-01", "L0")], True),  # one within the other
        (
            [lease("2024-09-01", "2025-03-31"), lease("2025-04-01", "2025-12-31", "L0"), lease("2026-01-01", ref="L2")],
            True,
        ),
        # a stretch not old enough may not lend its months to one that is
        ([lease("2024-01-01", "2025-08-30", "L0"), lease("2025-10-01")], False),
        # independent and lawful: not known, or not
        ([lease("2024-09-01", **HALF)], None),
        ([lease("2024-09-01", lawful=None)], None),
        ([lease("2024-09-01", **NOT)], False),
        ([lease("2024-09-01", independent=False, lawful=None)], False),
        ([lease("2024-09-01"), lease("2024-09-01", ref="L0", **HALF)], True),  # settled without the other
        ([lease("2024-09-01", "2025-08-31", "L0"), lease("2025-09-01", **HALF)], None),  # needed to join or to cover
        ([lease("2025-09-01"), lease("2024-09-01", "2025-08-31", "L0", **HALF)], None),
        ([lease("2025-09-01"), lease("2024-09-01", "2025-08-31", "L0", **NOT)], False),
        ([lease("2026-02-01", **HALF)], False),  # even if it were
        ([], False),
        (None, None),
    ],
)
def test_premises(leases: Any, verdict: bool | None) -> None:
    assert passed("premises", dossier__leases=leases) is verdict


@pytest.mark.parametrize(
    ("start", "applied_on", "old_enough"),
    [
        ("2025-03-10", "2025-09-10", True),
        ("2025-03-11", "2025-09-10", False),
        ("2025-02-28", "2025-08-28", True),
        ("2024-08-31", "2025-02-28", True),  # six months after 31 August is the last of February
        ("2024-08-31", "2025-02-27", False),
        ("2024-08-30", "2025-02-28", True),
        ("2024-08-29", "2025-02-28", True),
        ("2024-08-29", "2025-02-27", False),
    ],
)
def test_a_stretch_began_at_least_six_months_before_the_application(
    start: str, applied_on: str, old_enough: bool
) -> None:
    month = applied_on[:7]
    value = case(applied_on=applied_on, period={"from": month, "to": month}, dossier__rent=rent(month, month))
    assert passed("premises", with_changes({"dossier.leases": [lease(start)]}, value)) is old_enough


@pytest.mark.parametrize(
    ("first_row", "verdict"),
    [
        ({"paid_fen": 1}, False),
        ({"paid_fen": 0}, True),  # a row that is zero needs no lease
        ({"paid_fen": None}, None),  # it may not be
        ({"region": None}, None),  # it may not be paid rent
        ({"region": "310110"}, True),
        ({"region": None, "paid_fen": 0}, True),
    ],
)
def test_only_months_with_paid_rent_need_a_lease(first_row: dict[str, Any], verdict: bool | None) -> None:
    rows = [{**rent("2025-03", "2025-03")[0], **first_row}, *rent("2025-04", "2026-02")]
    assert passed("premises", dossier__leases=[lease("2025-04-15")], dossier__rent=rows) is verdict


def test_premises_while_the_rent_is_not_known() -> None:
    covers_all, misses_one = [lease("2024-09-01")], [lease("2025-04-01")]
    assert passed("premises", dossier__rent=None, dossier__leases=covers_all) is True  # whichever months have rent
    assert passed("premises", dossier__rent=None, dossier__leases=misses_one) is None
    assert passed("premises", dossier__rent=None, dossier__leases=[lease("2026-02-01")]) is False  # too young anyhow


def test_months_of_premises_after_the_36_months_are_not_asked_for() -> None:
    # 2022-04-02 + 36 months = 2025-04-02: March and April 2025 count, and the lease may end in April.
    leases = [lease("2024-01-01", "2025-04-01")]
    assert passed("premises", dossier__company__registered_on="2022-04-02", dossier__leases=leases) is True
