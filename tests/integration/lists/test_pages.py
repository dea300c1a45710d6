"""Pages by keyset, in every order: each row once, there and back; counted up to a bound; no one else's rows."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy.orm import Session

import core
from core.data import models as m
from core.data.asker import Asker, Reach, asking
from core.data.queries import paging, tenants
from core.web.listing import ListState
from tests import factories
from tests.integration.lists.conftest import House
from tests.support.asked import asked

pytestmark = pytest.mark.one_engine

STAGES = list(m.Stage)
SORTS = ("name", "stage", "industry", "registered_on", "lease_end", "paid_until")


@pytest.fixture
def many(session: Session, house: House) -> int:
    for n in range(23):
        row = factories.tenant(
            session, house.operator, name=f"企业{n * 7 % 23:02d}", stage=STAGES[n % 5],
            industry=("软件", None, "医药")[n % 3], registered_on=date(2024, 1 + n % 4, 1) if n % 5 else None,
        )  # fmt: skip
        if n % 2:
            factories.rent(
                session, factories.lease(session, row, ends_on=date(2027, 1 + n % 3, 1)), f"2025-0{1 + n % 4}"
            )
    for n in range(5):
        factories.tenant(session, house.other, name=f"别家{n}")
    session.commit()
    return 23


def walk(session: Session, sort: str, descending: bool, q: str = "") -> tuple[list[int], list[int]]:
    """All ids page by page, forwards and back again."""
    listing, there, state = tenants.listing(core.today().date()), [], ListState(q=q, sort=sort, descending=descending)
    pages = []
    while True:
        page = paging.page(session, listing, state, 5)
        pages.append([row.id for row in page.rows])
        there += pages[-1]
        if page.after is None:
            break
        state = ListState(q=q, sort=sort, descending=descending, after=page.after)
    back = list(reversed(pages[-1]))
    while page.before is not None:
        page = paging.page(session, listing, ListState(q=q, sort=sort, descending=descending, before=page.before), 5)
        back += reversed([row.id for row in page.rows])
    return there, back


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("descending", [False, True], ids=["up", "down"])
def test_every_row_once_there_and_back(session: Session, house: House, many: int, sort: str, descending: bool) -> None:
    with asking(session, Asker(Reach.OPERATOR, user_id=1, operator_id=house.operator.id)):
        there, back = walk(session, sort, descending)
        state = ListState(sort=sort, descending=descending)
        whole = [row.id for row in paging.rows(session, tenants.listing(core.today().date()), state)]
    assert len(there) == len(set(there)) == many
    assert there == whole
    assert back == list(reversed(there))


def test_stages_stand_in_the_order_of_a_tenants_life(session: Session, many: int) -> None:
    rows = paging.rows(session, tenants.listing(core.today().date()), ListState(sort="stage"))
    seen = [row.stage for row in rows]
    assert seen == sorted(seen, key=STAGES.index)


def test_what_is_counted(session: Session, house: House, many: int, monkeypatch: pytest.MonkeyPatch) -> None:
    listing = tenants.listing(core.today().date())
    with asking(session, Asker(Reach.OPERATOR, user_id=1, operator_id=house.operator.id)):
        page = paging.page(session, listing, ListState(sort="name"), 5)
        assert (page.total, page.counted) == (many, True)
        assert paging.page(session, listing, ListState(sort="name"), 50).total == many
        monkeypatch.setattr(paging, "COUNTED", 20)
        page = paging.page(session, listing, ListState(sort="name"), 5)
        assert (page.total, page.counted) == (20, False)
        end = paging.cursor("龘龘", 10**9)
        beyond = paging.page(session, listing, ListState(sort="name", after=end), 5)
        assert (list(beyond.rows), beyond.total) == ([], 20)


def test_a_cursor_that_is_none_of_ours_begins_the_list(session: Session, many: int) -> None:
    listing = tenants.listing(core.today().date())
    first = [row.id for row in paging.page(session, listing, ListState(sort="stage"), 5).rows]
    for cursor in ("x", "e30=", paging.cursor("no-number", 1), paging.cursor(["list"], 1), "=" * 2000):
        assert [r.id for r in paging.page(session, listing, ListState(sort="stage", after=cursor), 5).rows] == first


@pytest.mark.usefixtures("many")
def test_a_page_and_its_count_are_one_statement(session: Session) -> None:
    with asked(session) as statements:
        paging.page(session, tenants.listing(core.today().date()), ListState(sort="name"), 5)
    assert len([sql for sql in statements if sql.startswith("SELECT")]) == 1
