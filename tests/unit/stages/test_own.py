"""An operator's own values, as people write them."""

from __future__ import annotations

import pytest

from core.errors import Invalid
from core.services.stages.own import parse


@pytest.mark.parametrize(
    ("name", "written", "kept"),
    [
        ("accelerator_staff", "20", "20"),
        ("accelerator_staff", " ", None),
        ("accelerator_revenue_fen", "3,000,000.50", "300000050"),
        ("accelerator_revenue_fen", "3,000,000元", "300000000"),
        ("rent_rate_incubator", "70%", "0.7"),
        ("rent_rate_incubator", "0", "0"),
        ("rent_rate_incubator", "100", "1"),
    ],
)
def test_a_value_is_kept_as_the_criteria_read_it(name: str, written: str, kept: str | None) -> None:
    assert parse(name, written) == kept


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("accelerator_staff", "八"),
        ("accelerator_staff", "-1"),
        ("accelerator_staff", "1.5"),
        ("accelerator_staff", "NaN"),
        ("accelerator_staff", "1e20"),
        ("accelerator_revenue_fen", "1.005"),
        ("rent_rate_incubator", "101"),
    ],
)
def test_what_cannot_be_is_refused(name: str, written: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse(name, written)
    assert refused.value.field == "value"
