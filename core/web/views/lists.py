"""One list, declared once: its page, and the file with exactly what is filtered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, request, url_for

from core.data.queries import paging
from core.extensions import db
from core.web.downloads import table
from core.web.listing import Column, Filter, ListPage, ListState

Shown = dict[str, Any]


def as_is(row: Any) -> Shown:
    """A row of the query as it comes."""
    return dict(row._mapping)


@dataclass(frozen=True, slots=True)
class Table:
    """A list of one kind of thing, for the reader of this request.

    `row` makes what is shown of a query's row, `written` what a file says of that where it differs; `export` names the
    endpoint of the file. The session limits the rows.
    """

    key: str
    title: str
    listing: paging.Listing
    columns: Sequence[Column]
    filters: Sequence[Filter] = ()
    sort: str = ""
    search: str | None = None
    row: Callable[[Any], Shown] = as_is
    written: Callable[[Shown], Shown] = dict
    href: Callable[[Shown], str] | None = None
    export: str = ""

    def page(self) -> ListPage:
        """The page that the query string asks for."""
        state = self._state()
        found = paging.page(db.session, self.listing, state)
        return ListPage(
            self.key,
            self.columns,
            self.filters,
            state,
            [self.row(r) for r in found.rows],
            after=found.after,
            before=found.before,
            total=found.total,
            row_href=self.href,
            export_href=url_for(self.export, **state.query()) if self.export else None,
            search_label=self.search,
        )

    def file(self) -> Response:
        """All that search and filters leave, as XLSX or (`?format=csv`) CSV."""
        rows = [self.written(self.row(r)) for r in paging.rows(db.session, self.listing, self._state())]
        return table(self.title, self.columns, rows, request.args.get("format", "xlsx"))

    def _state(self) -> ListState:
        return ListState.read(request.args, self.columns, self.filters, default_sort=self.sort)
