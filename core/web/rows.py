"""The rows of a list as HTML. In Python, because a page has hundreds of cells and a macro call for each would take most
of the request; everything around the rows is in templates/components/list.html."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape as quoted
from typing import Any

from markupsafe import Markup, escape

from core.web import formats
from core.web.languages import gettext as _
from core.web.listing import Column, ListPage

Cell = Callable[[Any], str]
NOTHING = Markup('<span class="unknown">—</span>')


def cell_of(column: Column, language: str) -> Cell:
    """How the plain cells of a column are written: a function of the row."""
    key = column.key
    write: Callable[[Any], str] = {
        "money": formats.money_figure,
        "number": formats.number,
        "area": formats.area,
        "percent": formats.percent,
        "date": lambda value: formats.day(value, language),
        "month": lambda value: formats.month(value, language),
        "moment": lambda value: formats.moment(value, language),
    }.get(column.kind, _text)
    return lambda row: write(row[key])


def _text(value: Any) -> str:
    return NOTHING if value is None or value == "" else value if isinstance(value, Markup) else str(value)


def rows(
    page: ListPage,
    language: str,
    form: str,
    cells: Mapping[str, Cell] | None = None,
    special: Callable[[Any, Column], str] | None = None,
) -> Markup:
    """All rows of `page`. `cells` writes those columns otherwise; `special` (a call block) writes them all. `form` is
    the id of the form that the boxes of picked rows belong to."""
    written: list[tuple[str, str, Cell]] = []
    for column in page.columns:
        own = (cells or {}).get(column.key)
        if own is not None:
            own = _macro(own)
        else:
            own = cell_of(column, language) if special is None else _with(special, column)
        label, css = escape(column.label), column.css
        opening = f'<td role="cell" data-label="{label}" class="{css}">'
        written.append((opening, column.key if column.primary else "", _once(own, column) if column.repeats else own))
    row_tag = '<tr role="row" data-row>' if page.row_href else '<tr role="row">'
    pick = _picker(page, form) if page.bulk else None
    out: list[str] = []
    for row in page.rows:
        out.append(row_tag)
        if pick is not None:
            out.append(pick(row))
        for opening, primary, cell in written:
            shown = cell(row)
            if not isinstance(shown, Markup):
                shown = quoted(shown)
            if primary and page.row_href:
                shown = f'<a class="row-link" href="{quoted(page.row_href(row))}">{shown}</a>'
            out.append(f"{opening}{shown}</td>")
        out.append("</tr>")
    return Markup("".join(out))  # noqa: S704  every value in it went through escape


def _picker(page: ListPage, form: str) -> Cell:
    """The cell with the box that picks a row."""
    name = next((c.key for c in page.columns if c.primary), "id")
    before, after = str(escape(_("选择 %(name)s", name="\0"))).split("\0")
    opening = f'<td role="cell" class="pick"><label><input type="checkbox" form="{form}" name="ids" value="'
    return lambda row: (
        f'{opening}{row["id"]}" aria-label="{before}{quoted(str(row[name]))}{after}" data-pick></label></td>'
    )


def _macro(cell: Cell) -> Cell:
    return lambda row: Markup(cell(row).strip())  # noqa: S704  a macro's own


def _with(special: Callable[[Any, Column], str], column: Column) -> Cell:
    return lambda row: Markup(special(row, column).strip())  # noqa: S704  a macro's own


def _once(cell: Cell, column: Column) -> Cell:
    """Like values are written once."""
    known: dict[Any, str] = {}

    def again(row: Any) -> str:
        value = row[column.key]
        if value not in known:
            known[value] = cell(row)
        return known[value]

    return again
