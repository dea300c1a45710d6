"""Which tax group a line belongs to, and the share of services, without a database."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from core.data.models import Fee
from core.services.billing.tax import GROUPS, Income, TaxGroup

SUMS = st.lists(st.tuples(st.sampled_from(list(Fee)), st.integers(0, 10**13)))


def test_each_fee_has_its_group_and_a_deposit_none() -> None:
    assert set(GROUPS) == set(Fee)
    assert {fee for fee, group in GROUPS.items() if group is TaxGroup.PREMISES} == {Fee.RENT, Fee.PROPERTY}
    assert {fee for fee, group in GROUPS.items() if group is TaxGroup.SERVICE} == {Fee.SERVICE}
    assert GROUPS[Fee.DEPOSIT] is None


@given(sums=SUMS)
def test_the_groups_are_the_whole_without_deposits(sums: list[tuple[Fee, int]]) -> None:
    found = Income.of(sums)
    assert found.total_fen == sum(fen for fee, fen in sums if fee is not Fee.DEPOSIT)
    assert found == sum((Income.of([it]) for it in sums), Income())


def test_a_share_is_never_rounded_up() -> None:
    assert Income(service_fen=2_999_999, premises_fen=7_000_001).service_permille == 299
    assert Income(service_fen=2_999_999, premises_fen=7_000_001).reaches(Decimal("0.30")) is False
    assert Income(service_fen=3, other_fen=7).reaches(Decimal("0.30")) is True
    assert (Income().service_permille, Income().reaches(Decimal("0.30")), Income().missing_fen(Decimal("0.30"))) == (
        None, None, 0,
    )  # fmt: skip


@given(service=st.integers(0, 10**12), rest=st.integers(0, 10**12), permille=st.integers(1, 999))
def test_what_is_missing_is_enough_and_a_fen_less_is_not(service: int, rest: int, permille: int) -> None:
    rate, found = Decimal(permille) / 1000, Income(service, rest)
    missing = found.missing_fen(rate)
    if found.total_fen + missing:
        assert (found + Income(missing)).reaches(rate)
    if missing > 1:
        assert not (found + Income(missing - 1)).reaches(rate)
