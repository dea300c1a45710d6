"""Values of checks as a letter prints them."""

from __future__ import annotations

import pytest

from core.services.wording import Value, condition, period_in_words, value_in_words


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (None, "", "未查明"),
        (True, "", "是"),
        (False, "", "否"),
        (280_000, "fen", "2,800.00元"),
        (4, "persons", "4人"),
        (36, "months", "36个月"),
        ("2025-03-01", "", "2025年3月1日"),
        ("2025-03", "", "2025年3月"),
        ("individual_business", "", "个体工商户"),
        ("310109", "", "310109"),
        ("city", "", "本市户籍"),
        (["city", "national"], "prize_level", "市级、国家级"),
        (["tenant", "other"], "", "本单位支付、他人支付"),
        ([], "", "无"),
    ],
)
def test_a_value_reads_as_a_person_would_say_it(value: Value, unit: str, words: str) -> None:
    assert value_in_words(value, unit) == words


@pytest.mark.parametrize(
    ("relation", "required", "unit", "words"),
    [
        ("<", "2027-09-02", "", "早于2027年9月2日"),
        ("<=", "2026-11", "", "不晚于2026年11月"),
        (">=", "2025-03-01", "", "不早于2025年3月1日"),
        (">=", 1, "persons", "不少于1人"),
        ("<=", 300_000, "fen", "不超过3,000.00元"),
        ("<", 8, "persons", "少于8人"),
        ("is", False, "", "否"),
        ("is", "310109", "", "310109"),
        ("in", ["tenant", "explained"], "", "本单位支付、他人支付并有情况说明之一"),
        ("in", ["graduate"], "", "高校毕业生"),
    ],
)
def test_a_condition_reads_as_a_rule_would_say_it(relation: str, required: Value, unit: str, words: str) -> None:
    assert condition(relation, required, unit) == words


def test_a_period_of_one_month_is_said_once() -> None:
    assert period_in_words("2025-03", "2026-02") == "2025年3月至2026年2月"
    assert period_in_words("2025-03", "2025-03") == "2025年3月"
