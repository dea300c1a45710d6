"""A list whose rows are computed, not selected: the same page, address and file as a list of the database.

For a few thousand rows at most; `core.web.views.lists.Table` is for what the database can sort and page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Response, g, request, url_for

from core.data.queries import views
from core.extensions import db
from core.web.downloads import table
from core.web.filters import Narrowing
from core.web.listing import SIZES, Column, ListPage, ListState, View

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class MemoryTable:
    """`searched`: the keys a search looks in; `tests`: for each filter, whether a row has the value; `written`: what a
    file says of a row where it differs."""

    key: str
    title: str
    rows: Sequence[Row]
    columns: Sequence[Column]
    filters: Sequence[Narrowing] = ()
    tests: Mapping[str, Callable[[Row, str], bool]] = field(default_factory=dict)
    sort: str = ""
    search: str | None = None
    searched: Sequence[str] = ("name",)
    href: Callable[[Row], str] | None = None
    written: Callable[[Row], Row] = dict
    export: str = ""

    def page(self) -> ListPage:
        """The page that the query string asks for. A cursor is the place in the list."""
        state = self._state()
        found = self._found(state)
        said = state.after or state.before or ""
        start = int(said) if said.isdigit() else 0
        if state.before:
            start = max(0, start - state.size)
        end, query = start + state.size, state.query()
        return ListPage(
            self.key,
            state.shown(self.columns),
            self.filters,
            state,
            found[start:end],
            after=str(end) if end < len(found) else None,
            before=str(start) if start else None,
            total=len(found),
            row_href=self.href,
            export_href=url_for(self.export, **query) if self.export else None,
            search_label=self.search,
            choices=self.columns,
            views=[
                View(view.id, view.name, f"{request.path}?{view.query}", views.parameters(view.query) == query)
                for view in views.of(db.session, g.asker.user_id, self.key)
            ],
            sizes=SIZES,
        )

    def file(self) -> Response:
        """All that search and filters leave, in the columns and order of the page, as XLSX or (`?format=csv`) CSV."""
        state = self._state()
        rows = [self.written(row) for row in self._found(state)]
        return table(self.title, state.shown(self.columns), rows, request.args.get("format", "xlsx"), self.key)

    def _state(self) -> ListState:
        return ListState.read(request.args, self.columns, self.filters, default_sort=self.sort)

    def _found(self, state: ListState) -> list[Row]:
        found = [
            row
            for row in self.rows
            if all(self.tests[name](row, value) for name, value in state.filters.items())
            and all(any(word.casefold() in str(row[key] or "").casefold() for key in self.searched)
                    for word in state.q.split())
        ]  # fmt: skip
        # What is not known comes last either way.
        known = [row for row in found if row[state.sort] is not None] if state.sort else found
        if state.sort:
            known.sort(key=lambda row: row[state.sort], reverse=state.descending)
        return known + ([row for row in found if row[state.sort] is None] if state.sort else [])
