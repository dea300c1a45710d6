"""One list, declared once: its page, and the file with exactly what is filtered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import Response, g, request, url_for
from werkzeug.datastructures import MultiDict

from core.data.queries import paging, views
from core.extensions import db
from core.web.downloads import table
from core.web.filters import Narrowing
from core.web.listing import SIZES, BulkAction, Column, ListPage, ListState, View
from core.web.looking import note_list

Shown = dict[str, Any]
MARK = 9_007_199_254_740_991  # an id that nothing has


def as_is(row: Any) -> Shown:
    """A row of the query as it comes."""
    return dict(row._mapping)


def address_of(endpoint: str, parameter: str, key: str = "id") -> Callable[[Shown], str]:
    """The addresses of the rows, from one address that Flask builds: it takes as long as a row to write."""
    head, tail = url_for(endpoint, **{parameter: MARK}).split(str(MARK))
    return lambda row: f"{head}{row[key]}{tail}"


@dataclass(frozen=True, slots=True)
class Table:
    """A list of one kind of thing, for the reader of this request.

    `row` makes what is shown of a query's row, `written` what a file says of that where it differs; `export` names the
    endpoint of the file, `within` what its address takes beside the state of the list. `bulk`: what may be done to
    picked rows, which need an `id`. The session limits the rows.
    """

    key: str
    title: str
    listing: paging.Listing
    columns: Sequence[Column]
    filters: Sequence[Narrowing] = ()
    sort: str = ""
    search: str | None = None
    row: Callable[[Any], Shown] = as_is
    written: Callable[[Shown], Shown] = dict
    href: Callable[[Shown], str] | None = None
    export: str = ""
    within: Mapping[str, Any] = field(default_factory=dict)
    bulk: Sequence[BulkAction] = ()

    def page(self) -> ListPage:
        """The page that the query string asks for."""
        state = self._state(request.args)
        columns = state.shown(self.columns)
        found = paging.page(db.session, self.listing, state, state.size, {column.key for column in columns})
        note_list(self.key, self._narrowed(state), found.total)
        query = state.query()
        return ListPage(
            self.key,
            columns,
            self.filters,
            state,
            [self.row(r) for r in found.rows],
            after=found.after,
            before=found.before,
            total=found.total,
            row_href=self.href,
            export_href=url_for(self.export, **self.within, **query) if self.export else None,
            search_label=self.search,
            counted=found.counted,
            choices=self.columns,
            views=[
                View(view.id, view.name, f"{request.path}?{view.query}", views.parameters(view.query) == query)
                for view in views.of(db.session, g.asker.user_id, self.key)
            ],
            bulk=self.bulk,
            sizes=SIZES,
        )

    def file(self) -> Response:
        """All that search and filters leave, in the columns and order of the page, as XLSX or (`?format=csv`) CSV."""
        return self._file(self.listing, self._state(request.args))

    def sums(self, names: Sequence[str]) -> dict[str, int]:
        """What the rows that search and filters leave come to, column by column."""
        return paging.sums(db.session, self.listing, self._state(request.args), names)

    def count(self) -> int:
        """How many rows search and filters leave, all of them."""
        return paging.count(db.session, self.listing, self._state(request.args))

    def picked(self, ids: Sequence[int], page: str) -> Response:
        """The rows with these ids, as the page at the address `page` has them."""
        return self._file(self.listing.only(ids), self._state(MultiDict(parse_qsl(urlsplit(page).query))), ids)

    def _file(self, listing: paging.Listing, state: ListState, ids: Sequence[int] = ()) -> Response:
        columns = state.shown(self.columns)
        keys = {column.key for column in columns}
        rows = [self.written(self.row(row)) for row in paging.rows(db.session, listing, state, keys)]
        note_list(self.key, self._narrowed(state), len(rows), ids)
        kind = request.values.get("format", "xlsx")
        return table(self.title, columns, rows, kind, self.key)

    def _narrowed(self, state: ListState) -> dict[str, str]:
        return dict(state.filters) | ({"q": state.q} if state.q else {})

    def _state(self, args: Mapping[str, str]) -> ListState:
        return ListState.read(args, self.columns, self.filters, default_sort=self.sort)
