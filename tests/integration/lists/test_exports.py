"""A file is exactly what is filtered, in the columns and the order of the page; and no cell of it is a formula."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable
from datetime import date
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
import python_calamine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from core.data import models as m
from core.services.exports import safe_text
from tests import factories
from tests.integration.lists.conftest import House

ATTACKS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1", "'quoted", '=HYPERLINK("http://a","b")')
INDUSTRIES = ("软件", "医药", None, *ATTACKS)
COLUMNS = ("name", "uscc", "stage", "industry", "registered_on", "paid_until", "kind", "contact_name", "lease_end")


@pytest.fixture
def client(session: Session, house: House, client_as: Callable[..., Any]) -> Any:
    for n in range(60):
        factories.tenant(
            session, house.operator, name=f"{'青禾' if n % 3 else '云帆'}{n:02d}号", stage=list(m.Stage)[n % 5],
            industry=INDUSTRIES[n % len(INDUSTRIES)], contact_name=ATTACKS[n % len(ATTACKS)],
            registered_on=date(2024, 1 + n % 12, 1), kind=list(m.TenantKind)[n % 2],
        )  # fmt: skip
    factories.tenant(session, house.other, name="青禾别家")
    return client_as(house.manager)


def shown(client: Any, query: dict[str, str]) -> list[list[str]]:
    """The rows of all pages, cell by cell, as the reader sees them; header first."""
    rows, address = [], f"/tenants?{urlencode(query)}"
    heads: list[str] = []
    while True:
        page = client.get(address).text
        heads = [_text(h) for h in re.findall(r'<th scope="col".*?</th>', page, re.DOTALL) if "data-pick-all" not in h]
        body = re.search(r"<tbody.*?</tbody>", page, re.DOTALL)
        rows += [
            [_text(cell) for cell in re.findall(r"<td.*?</td>", row, re.DOTALL) if "data-pick" not in cell]
            for row in (re.findall(r"<tr.*?</tr>", body[0], re.DOTALL) if body else [])
        ]
        following = re.search(r'rel="next" href="([^"]+)"', page)
        if following is None:
            return [heads, *rows]
        address = unescape(following[1])


def _text(markup: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", re.sub(r"<svg.*?</svg>", "", markup, flags=re.DOTALL))).strip()


def exported(client: Any, query: dict[str, str], kind: str = "csv") -> list[list[str]]:
    answer = client.get(f"/tenants/export?{urlencode(query | {'format': kind})}")
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"), newline="")))


def as_written(cell: str) -> str:
    """What a page shows, as a file says it."""
    if cell == "—":
        return ""
    if dated := re.fullmatch(r"(\d+)年(\d+)月(\d+)日", cell):
        return f"{dated[1]}-{int(dated[2]):02d}-{int(dated[3]):02d}"
    if month := re.fullmatch(r"(\d+)年(\d+)月", cell):
        return f"{month[1]}-{int(month[2]):02d}"
    return safe_text(cell)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    q=st.sampled_from(("", "青禾", "云帆", "0", "软", "=1", "没有")),
    stage=st.sampled_from(("", *(s.value for s in m.Stage))),
    kind=st.sampled_from(("", *(k.value for k in m.TenantKind))),
    sort=st.sampled_from(("", "name", "-name", "stage", "-industry", "registered_on", "-paid_until")),
    columns=st.lists(st.sampled_from(COLUMNS), unique=True).map(",".join),
    size=st.sampled_from(("", "25", "100")),
)
def test_a_file_is_what_the_pages_show(client: Any, **query: str) -> None:
    asked = {name: value for name, value in query.items() if value}
    heads, *rows = shown(client, asked)
    file_heads, *file_rows = exported(client, asked)
    if rows:  # an empty list shows no header
        assert file_heads == heads
    # a tab at the beginning is not to be seen on a page
    assert [[c.lstrip("'").lstrip() for c in row] for row in file_rows] == [
        [as_written(c).lstrip("'").lstrip() for c in row] for row in rows
    ]


def test_no_cell_is_a_formula(client: Any) -> None:
    query = {"columns": "name,industry,contact_name"}
    for row in exported(client, query)[1:]:
        for cell in row:
            assert not cell.startswith(("=", "+", "-", "@", "\t", "＝")), cell
    book = client.get(f"/tenants/export?{urlencode(query)}").get_data()
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        assert not any(b"<f>" in parts.read(name) for name in parts.namelist())
    read = python_calamine.load_workbook(io.BytesIO(book)).get_sheet_by_index(0).to_python()
    assert len(read) == 61
    assert read[0] == ["名称", "行业", "联系人"]


def test_picked_rows_alone_in_the_columns_and_order_of_their_page(client: Any, session: Session, house: House) -> None:
    rows = session.query(m.Tenant).filter_by(operator_id=house.operator.id).order_by(m.Tenant.name).limit(3).all()
    answer = client.post(
        "/tenants/bulk/export",
        data={"ids": [r.id for r in rows], "format": "csv", "next": "/tenants?columns=name,stage&sort=-name&stage="},
    )
    heads, *lines = csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"), newline=""))
    assert heads == ["名称", "阶段"]
    assert [line[0] for line in lines] == sorted((r.name for r in rows), reverse=True)
    foreign = session.query(m.Tenant).filter_by(operator_id=house.other.id).one()
    answer = client.post("/tenants/bulk/export", data={"ids": [foreign.id, rows[0].id], "format": "csv"})
    assert foreign.name not in answer.get_data().decode("utf-8-sig")
    assert client.post("/tenants/bulk/export", data={"next": "/tenants?q=x"}).location == "/tenants?q=x"
