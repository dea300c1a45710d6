"""What is typed, what it means, and the file it becomes: nothing is lost on the way, whatever people write."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config import ROOT
from core.policy import ParameterSet, ParameterValue, parse_parameters
from core.policy.registry import load_plugin
from core.policy.yamlfile import parse_yaml
from core.services.parameters.file import rows_of, written
from core.services.parameters.rows import read, typed
from tests.support.parameters import row

TODAY = date(2026, 11, 2)
LOADED = load_plugin(ROOT / "plugins" / "employment_subsidy")
UNITS = LOADED.card.parameters.units
days = st.dates(date(1949, 10, 1), date(2100, 12, 31))
amounts = {
    "fen": st.integers(0, 10**12),
    "rate": st.decimals(0, 1, places=4, allow_nan=False).map(lambda rate: Decimal(f"{rate.normalize():f}")),
    "code": st.text("0123456789abc", min_size=1, max_size=12),
}


@st.composite
def values(draw: st.DrawFn) -> ParameterValue:
    name = draw(st.sampled_from(sorted(UNITS)))
    value = draw(st.none() | amounts.get(UNITS[name], st.integers(0, 10**6)))
    source = draw(st.text(min_size=1, max_size=20))
    status = draw(st.sampled_from(["verified", "secondary", "demonstration"]))
    return ParameterValue(name, value, draw(days), source, status, TODAY, UNITS[name], "district")


@given(st.lists(values(), max_size=5, unique_by=lambda value: (value.name, value.start)))
def test_a_file_reads_back_as_the_values_it_was_written_from(given_values: list[ParameterValue]) -> None:
    blank = [value for value in given_values if not value.source.strip()]
    wanted = ParameterSet(value for value in given_values if value not in blank)
    section = parse_yaml(written(wanted.values), "test")["parameters"] or {}
    assert parse_parameters(section, defaults=LOADED.card.parameters).values == wanted.values


@given(values())
def test_what_is_shown_for_a_value_is_read_as_that_value(value: ParameterValue) -> None:
    value = value._replace(source="文件")
    reading = read([typed(value)], LOADED, None, TODAY)
    assert (reading.values, reading.problems) == ((value,), ())
    rows, known = rows_of(written([value]).encode(), LOADED, None)
    assert (rows, known) == ([typed(value)], 0)
    assert rows_of(written([value]).encode(), LOADED, ParameterSet([value])) == ([], 1)


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"value": "一万"}, "value", "万"),
        ({"value": "12.345"}, "value", "两位"),
        ({"value": ""}, "value", "不再有值"),
        ({"ended": "yes"}, "value", "清空"),
        ({"from": "2027-02-30"}, "from", "日期不存在"),
        ({"from": ""}, "from", "请填写日期"),
        ({"checked_on": "2026-11-03"}, "checked_on", "今天之后"),
        ({"source": " \u200b "}, "source", "出处"),
        ({"status": "sure"}, "status", "查证"),
        ({"name": "no_such"}, "name", "没有参数"),
    ],
)
def test_each_field_says_what_is_wrong_with_it(changed: dict[str, str], field: str, words: str) -> None:
    reading = read([row("contribution_base_fen", "8,000.50", "2027-01-01") | changed], LOADED, None, TODAY)
    assert [(it.row, it.field) for it in reading.problems] == [(0, field)]
    assert words in str(reading.problems[0].error) % reading.problems[0].error.values
    assert reading.values == ()


def test_it_is_typed_in_yuan_and_per_cent() -> None:
    money, rate = row("contribution_base_fen", "8,000.50", "2027-01-01"), row("share", "12.5%", "2027-01-01")
    assert [value.value for value in read([money, rate], LOADED, None, TODAY).values] == [800_050, Decimal("0.125")]
    twice = read([money, money], LOADED, None, TODAY)
    assert [(it.row, it.field) for it in twice.problems] == [(1, "from")]
    again = read([money], LOADED, ParameterSet(read([money], LOADED, None, TODAY).values), TODAY)
    assert [it.field for it in again.problems] == ["value"]
