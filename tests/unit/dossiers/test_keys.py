"""Keys of evidence: one fact has one key, whoever writes it down; two facts have two."""

from __future__ import annotations

import pytest

from core.services.dossiers.keys import insured_month, premises, prize, rent_month

HERE = [("310109", "东湖路88号", "B301")]


@pytest.mark.parametrize(
    "rooms",
    [
        [("310109", "虹口区东湖路88号", "B-301")],
        [("310109", "上海市虹口区东湖路88号", "b301")],
        [("310109", "上海市东湖路８８号", "B 301")],
        [("310109", " 中国上海虹口区 东湖路88号 ", "Ｂ－３０１")],
        [("310109", "东湖路88号", "B301"), ("310109", "东湖路 88 号", "b301")],
    ],
)
def test_the_same_room_under_any_spelling(rooms: list[tuple[str, str, str]]) -> None:
    assert premises("虹口区", rooms) == premises("虹口区", HERE)


@pytest.mark.parametrize(
    "rooms",
    [
        [("310110", "东湖路88号", "B301")],
        [("310109", "东湖路89号", "B301")],
        [("310109", "东湖路88号", "B302")],
        [("310109", "东湖路88号", "B301"), ("310109", "东湖路88号", "B302")],
        [("310109", "新城市广场88号", "B301")],
        [("310109", "东湖路上的一家在很后面提到虹口区东湖路88号", "B301")],
    ],
)
def test_other_rooms_are_other_premises(rooms: list[tuple[str, str, str]]) -> None:
    assert premises("虹口区", rooms) != premises("虹口区", HERE)


def test_a_name_with_city_in_it_stays_whole() -> None:
    assert premises("虹口区", [("310109", "新城市广场1号", "1")]) == "310109/新城市广场1号/1"


def test_the_order_of_rooms_does_not_matter() -> None:
    two = [*HERE, ("310109", "东湖路88号", "A102")]
    assert premises("虹口区", two) == premises("虹口区", two[::-1])


@pytest.mark.parametrize("written", ["Maker 创业大赛", "ＭＡＫＥＲ创业大赛", "maker“创业”大赛 ", "Maker·创业　大赛"])
def test_a_contest_is_the_same_however_it_is_written(written: str) -> None:
    assert prize("91310109MA1G5XY15Q", 2026, written) == prize("91310109MA1G5XY15Q", 2026, "Maker创业大赛")


def test_keys_fit_the_column_and_tell_facts_apart() -> None:
    place = premises("虹口区", [("310109", "某" * 200, f"{n}") for n in range(40)])
    key = rent_month("91310109MA1G5XY15Q", "2025-03", place)
    assert len(key) <= 160
    others = {
        rent_month("91310109MA1G5XY15Q", "2025-04", place),
        rent_month("91310109000000007Q", "2025-03", place),
        rent_month("91310109MA1G5XY15Q", "2025-03", place + "|"),
        prize("91310109MA1G5XY15Q", 2025, "创业大赛"),
        prize("91310109MA1G5XY15Q", 2026, "创业大赛"),
        prize("91310109MA1G5XY15Q", 2026, "创新大赛"),
        prize("91310109000000007Q", 2026, "创业大赛"),
        insured_month("0" * 32, "2025-03"),
        insured_month("0" * 32, "2025-04"),
        insured_month("1" * 32, "2025-03"),
    }
    assert len(others | {key}) == 11
    assert "某" not in key
