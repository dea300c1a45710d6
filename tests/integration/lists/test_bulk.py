"""Acts on picked rows: all or nothing, only one's own, and back again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from core.data import models as m
from tests import factories
from tests.integration.lists.conftest import House

pytestmark = pytest.mark.one_engine


@pytest.fixture
def spaces(session: Session, house: House) -> list[m.Space]:
    site = factories.site(session, house.operator)
    free = {"status": m.SpaceStatus.VACANT, "list_price_fen": 10_000}
    return [factories.space(session, site, code=f"A-{n}", **free) for n in range(3)]


def states(session: Session, rows: list[m.Space]) -> list[m.SpaceStatus]:
    for row in rows:
        session.refresh(row)
    return [row.status for row in rows]


def test_a_state_for_several_and_back(
    session: Session, house: House, client_as: Callable[..., Any], spaces: list[m.Space]
) -> None:
    client = client_as(house.manager)
    spaces[2].status = m.SpaceStatus.MAINTENANCE
    ids = [space.id for space in spaces]
    answer = client.post("/spaces/bulk/status", data={"ids": ids, "status": "maintenance", "next": "/spaces?sort=code"})
    assert answer.location == "/spaces?sort=code"
    assert set(states(session, spaces)) == {m.SpaceStatus.MAINTENANCE}
    step = session.query(m.UndoStep).one()
    assert [change["id"] for change in step.changes] == ids[:2]  # the third was so already
    assert session.query(m.AuditEvent).filter_by(action="space.status").one().detail["rows"] == ids[:2]
    assert f'action="/undo/{step.id}"' in client.get("/spaces").text
    client.post(f"/undo/{step.id}", data={"next": "/spaces"})
    assert states(session, spaces) == [m.SpaceStatus.VACANT, m.SpaceStatus.VACANT, m.SpaceStatus.MAINTENANCE]


def test_a_unit_on_lease_is_neither_reserved_nor_under_repair(
    session: Session, house: House, client_as: Callable[..., Any], spaces: list[m.Space]
) -> None:
    factories.lease(session, factories.tenant(session, house.operator), [spaces[1]])
    client = client_as(house.manager)
    client.post("/spaces/bulk/status", data={"ids": [s.id for s in spaces], "status": "reserved"})
    assert "A-1 正在租用" in client.get("/spaces").text
    assert set(states(session, spaces)) == {m.SpaceStatus.VACANT}  # none of them


@pytest.mark.parametrize(
    ("price", "fen"), [("1,234.50", 123450), ("0", 0), ("", None), ("１２", 1200), (" 80.5 ", 8050)]
)
def test_a_price_for_several_and_back(
    session: Session, house: House, client_as: Callable[..., Any], spaces: list[m.Space], price: str, fen: int | None
) -> None:
    client = client_as(house.manager)
    client.post("/spaces/bulk/price", data={"ids": [s.id for s in spaces[:2]], "price": price})
    for space in spaces:
        session.refresh(space)
    assert [space.list_price_fen for space in spaces] == [fen, fen, 10_000]
    client.post(f"/undo/{session.query(m.UndoStep).one().id}")
    session.refresh(spaces[0])
    assert spaces[0].list_price_fen == 10_000


@pytest.mark.parametrize("price", ["九百", "-1", "1.234", "1e400", "NaN", "Infinity", "10000000001"])
def test_a_price_that_is_none(
    session: Session, house: House, client_as: Callable[..., Any], spaces: list[m.Space], price: str
) -> None:
    client = client_as(house.manager)
    client.post("/spaces/bulk/price", data={"ids": [spaces[0].id], "price": price})
    assert 'role="alert"' in client.get("/spaces").text
    session.refresh(spaces[0])
    assert spaces[0].list_price_fen == 10_000


def test_an_industry_for_several_and_back_and_the_search_follows(
    session: Session, house: House, client_as: Callable[..., Any]
) -> None:
    rows = [factories.tenant(session, house.operator, name=f"企业{n}", industry="旧行业") for n in range(3)]
    client = client_as(house.manager)
    client.post("/tenants/bulk/industry", data={"ids": [r.id for r in rows[:2]], "industry": " 生物  医药 "})
    assert "企业0" in client.get("/tenants?q=医药").text
    assert "企业0" not in client.get("/tenants?q=旧行业").text
    client.post(f"/undo/{session.query(m.UndoStep).one().id}")
    assert "企业0" in client.get("/tenants?q=旧行业").text
    session.refresh(rows[0])
    assert rows[0].industry == "旧行业"


def test_nothing_picked_nothing_new_and_too_many(
    session: Session, house: House, client_as: Callable[..., Any], spaces: list[m.Space]
) -> None:
    client = client_as(house.manager)
    client.post("/spaces/bulk/status", data={"status": "vacant", "ids": ["", "x", "-1", "9" * 30]})
    assert "请先勾选" in client.get("/spaces").text
    client.post("/spaces/bulk/status", data={"status": "vacant", "ids": [spaces[0].id]})
    assert "没有改动" in client.get("/spaces").text
    client.post("/spaces/bulk/status", data={"status": "occupied", "ids": [spaces[0].id]})
    assert 'role="alert"' in client.get("/spaces").text
    client.post("/spaces/bulk/status", data={"status": "vacant", "ids": list(range(1, 300))})
    assert "一次最多处理 200 行" in client.get("/spaces").text
    assert session.query(m.UndoStep).count() == 0


def test_one_foreign_row_among_them_and_nothing_is_done(
    session: Session, house: House, client_as: Callable[..., Any], spaces: list[m.Space]
) -> None:
    theirs = factories.space(session, factories.site(session, house.other), status=m.SpaceStatus.VACANT)
    client = client_as(house.manager)
    answer = client.post("/spaces/bulk/status", data={"ids": [spaces[0].id, theirs.id], "status": "maintenance"})
    assert answer.status_code == 404
    assert set(states(session, [spaces[0], theirs])) == {m.SpaceStatus.VACANT}
    reader = client_as(house.window)
    assert reader.post("/tenants/bulk/industry", data={"ids": [1], "industry": "x"}).status_code == 403
    assert "设置行业" not in reader.get("/tenants").text
