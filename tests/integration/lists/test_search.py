"""Searching tenants: any substring, nothing else, on both engines; and the index keeps up with the rows."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

import core
from core.data import models as m
from core.data import search
from core.data.models.tenants import SEARCHED
from core.data.queries import paging, tenants
from core.web.listing import ListState
from tests import factories
from tests.integration.lists.conftest import House

NAMES = (
    "上海青禾智造科技有限公司", "青禾（上海）餐饮有限公司", "禾青文化工作室", "𠮷野家示例有限公司", "100%好运_合伙",
    "O'Brien \"Quick\" OR NEAR", "A*B-C^D:E", "ＡＢＣ软件", "abc 软件", "科技青禾", "青", "NOT AND",
    "back\\slash/", "株式会社ﾃｽﾄ",
)  # fmt: skip
WORDS = (
    "青禾", "青", "禾", "上海", "海青", "有限公司", "𠮷野", "𠮷", "𡉏", "%", "_", "%好", "_合", "'", '"', "O'B",
    '"Quick"', "OR", "NEAR", "AND", "NOT", "*", "A*", "B-C", "^", ":", "abc", "ABC", "ａｂｃ", "(上海)", "（上海）",
    "青 上海", "上海 青禾",
    "青禾 青禾", "\\", "k\\s", "/", "テスト", "青科", "司上", " ", "不存在的", "青" * 100,
)  # fmt: skip


def found(session: Session, q: str) -> list[str]:
    state = ListState(q=q, sort="name", size=100)
    return [row.name for row in paging.page(session, tenants.listing(core.today().date()), state, 100).rows]


def expected(names: tuple[str, ...] | list[str], q: str) -> set[str]:
    words = search.normal(q).split()
    return {n for n in names if all(any(w in run for run in search.normal(n).split()) for w in words)}


@pytest.fixture
def named(session: Session, house: House) -> None:
    for name in NAMES:
        factories.tenant(session, house.operator, name=name).uscc = None  # it would answer to figures and letters
    session.commit()


@pytest.mark.usefixtures("named")
@pytest.mark.parametrize("rare", [True, False], ids=["by the index", "in the order of the list"])
def test_what_holds_the_words_is_found_and_nothing_else(
    session: Session, rare: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not rare:
        monkeypatch.setattr(search, "RARE", 0)
    for word in WORDS:
        assert set(found(session, word)) == expected(NAMES, word), repr(word)


@pytest.mark.usefixtures("named")
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(q=st.text(alphabet=sorted(set("".join(NAMES)) | set(' %_"*')), max_size=6))
def test_any_word(session: Session, q: str) -> None:
    assert set(found(session, q)) == expected(NAMES, q)


@pytest.mark.usefixtures("named")
def test_codes_industries_and_people_are_looked_through_too(session: Session, house: House) -> None:
    row = factories.tenant(session, house.operator, name="只有名字", industry="软件和信息", contact_name="欧阳一诺",
                           contact_phone="13812345678", uscc="91310109MA1G5XY15Q")  # fmt: skip
    session.commit()
    for q in ("信息", "欧阳", "诺", "12345", "MA1G5", "ma1g5xy", "只有 欧阳 5678"):
        assert found(session, q) == [row.name], q
    assert found(session, "名字软件") == []  # not across two columns


def test_the_index_follows_the_rows(session: Session, house: House) -> None:
    row = factories.tenant(session, house.operator, name="旧名字有限公司")
    session.commit()
    row.name = "新称呼有限公司"
    session.commit()
    assert (found(session, "旧名"), found(session, "称呼")) == ([], ["新称呼有限公司"])
    row.stage = m.Stage.ACCELERATOR
    session.commit()
    assert found(session, "称呼") == ["新称呼有限公司"]
    row.merged_into_id = factories.tenant(session, house.operator, name="留下的").id
    session.commit()
    assert found(session, "称呼") == []  # a duplicate that was merged is in no list
    session.execute(text("DELETE FROM occupancies WHERE tenant_id = :id"), {"id": row.id})
    session.execute(text("DELETE FROM stage_moves WHERE tenant_id = :id"), {"id": row.id})
    session.delete(session.get(m.Tenant, row.id))
    session.commit()
    if session.get_bind().dialect.name == "sqlite":
        # the index itself says whether it agrees with the table
        session.execute(text("INSERT INTO tenants_search (tenants_search, rank) VALUES ('integrity-check', 1)"))


@pytest.mark.usefixtures("named")
def test_the_index_says_of_each_row_what_the_row_says(session: Session) -> None:
    for row in session.query(m.Tenant):
        assert row.search_text == search.index_text([getattr(row, name) for name in SEARCHED])


def test_nobody_finds_what_is_not_theirs(
    session: Session, house: House, client_as: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.tenant(session, house.operator, name="自家青禾")
    factories.tenant(session, house.other, name="别家青禾")
    elsewhere = factories.operator(session, factories.district(session))
    factories.tenant(session, elsewhere, name="外区青禾")
    for limit in (1000, 0):
        monkeypatch.setattr(search, "RARE", limit)
        page = client_as(house.manager).get("/tenants?q=青禾").text
        assert "自家青禾" in page
        assert "别家青禾" not in page
        assert "外区青禾" not in page
        assert re.search(r"共 1 条", page)
        page = client_as(house.window).get("/tenants?q=青禾").text
        assert "自家青禾" in page
        assert "别家青禾" in page
        assert "外区青禾" not in page


def test_sealed_columns_are_in_no_index() -> None:
    assert not any(name.endswith(("_sealed", "_search", "_once")) for name in SEARCHED)
