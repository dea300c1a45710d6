"""发文字号, check codes and title lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.letters.numbering import check_code, format_number, normalise_check_code, parse_number
from core.letters.titles import title_lines


def test_number_has_the_standards_brackets_and_no_leading_zero() -> None:
    number = format_number("虹人社", 2026, 12)
    assert number == "虹人社\u30142026\u301512号"
    assert parse_number(number) == ("虹人社", 2026, 12)


@pytest.mark.parametrize(
    "text", ["虹人社[2026]12号", "虹人社〔26〕12号", "虹人社〔2026〕012号", "虹人社〔2026〕第12号", "〔2026〕12号", ""]
)
def test_other_forms_are_not_numbers(text: str) -> None:
    assert parse_number(text) is None


@pytest.mark.parametrize(
    ("mark", "year", "seq"), [("", 2026, 1), ("虹 人", 2026, 1), ("虹〔", 2026, 1), ("虹", 26, 1), ("虹", 2026, 0)]
)
def test_what_would_not_read_back_is_refused(mark: str, year: int, seq: int) -> None:
    with pytest.raises(ValueError, match="no 发文字号"):
        format_number(mark, year, seq)


@given(st.integers(1, 9_999_999), st.integers(2000, 2099))
def test_numbers_read_back(seq: int, year: int) -> None:
    assert parse_number(format_number("虹人社", year, seq)) == ("虹人社", year, seq)


def test_check_code_depends_on_number_and_capsule() -> None:
    code = check_code("虹人社〔2026〕12号", "sha256:" + "a" * 64)
    assert (
        len(
            {
                code,
                check_code("虹人社〔2026〕13号", "sha256:" + "a" * 64),
                check_code("虹人社〔2026〕12号", "sha256:" + "b" * 64),
            }
        )
        == 3
    )
    assert normalise_check_code(code) == code


@given(st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=12, max_size=12))
def test_a_code_as_people_type_it(letters: str) -> None:
    printed = f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"
    typed = printed.lower().replace("0", "o").replace("1", "l").replace("-", " — ")
    assert normalise_check_code(typed) == printed


@pytest.mark.parametrize("typed", ["", "ABCD-EFGH", "ABCD-EFGH-JKMU", "ABCD-EFGH-JKMN-P"])
def test_no_code(typed: str) -> None:
    assert normalise_check_code(typed) == ""


@given(st.text("上海示例科技有限公司2026A（）", min_size=1, max_size=220))
def test_title_lines_lose_nothing_and_fit(name: str) -> None:
    title = f"关于核定{name}2026年度创业场地房租补贴的通知"
    lines = title_lines(title, (name, "创业场地房租补贴"))
    assert "".join(lines) == title
    assert all(0 < len(line) <= 20 for line in lines)


def test_title_breaks_between_words() -> None:
    name = "上海星河智联信息科技有限公司"
    lines = title_lines(f"关于核定{name}2026年度创业场地房租补贴的通知", (name, "创业场地房租补贴"))
    assert lines == [f"关于核定{name}", "2026年度创业场地房租补贴的通知"]
