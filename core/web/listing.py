"""The state of a list, read from the query string: search, filters, sort, place. One shape for every list.

A view says which columns and filters a list has, reads a `ListState`, asks a query for the rows, and gives a `ListPage`
to the `data_list` macro (templates/components/list.html):

    columns = (Column("name", _("企业"), primary=True, sortable=True), Column("paid_fen", _("已付房租"), kind="money"))
    filters = (Filter("stage", _("阶段"), [Option("nursery", _("苗圃")), …]),)
    state = ListState.read(request.args, columns, filters, default_sort="name")
    rows, after, before, total = tenants_page(session, state.q, state.filters, state.sort, state.after, state.before)
    page = ListPage("tenants", columns, filters, state, rows, after=after, before=before, total=total)

Cursors are opaque here: the query makes them and checks them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

# "code" is text that must not be broken over lines: a case number, a letter number
Kind = Literal["text", "code", "number", "money", "area", "percent", "date", "month", "moment"]
SEARCH_LENGTH = 100  # a search of more than this is a paste by mistake; the rest is cut off
NUMERIC: frozenset[str] = frozenset(("number", "money", "area", "percent"))


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `primary` is the row's name: its link on a desk, the card's title on a phone (one per list)."""

    key: str
    label: str
    kind: Kind = "text"
    sortable: bool = False
    primary: bool = False
    phone: bool = True  # shown on the phone's card

    @property
    def numeric(self) -> bool:
        return self.kind in NUMERIC

    @property
    def css(self) -> str:
        """Classes of the column's cells."""
        marks = {
            "num": self.numeric,
            "keep": self.kind in ("code", "date", "month", "moment"),
            "primary": self.primary,
            "desk-only": not self.phone,
        }
        return " ".join(name for name, true in marks.items() if true)


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """A choice of one among options; up to seven are shown as chips, more as a select."""

    key: str
    label: str
    options: Sequence[Option]

    @property
    def as_chips(self) -> bool:
        return len(self.options) <= 7


@dataclass(frozen=True, slots=True)
class ListState:
    """What the reader asked for. Unknown columns and options are ignored: an old address still opens the list."""

    q: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)
    sort: str = ""
    descending: bool = False
    after: str | None = None
    before: str | None = None

    @classmethod
    def read(
        cls,
        args: Mapping[str, str],
        columns: Sequence[Column],
        filters: Sequence[Filter] = (),
        default_sort: str = "",
    ) -> ListState:
        """`args`: the query string (request.args). `default_sort`: a column key, with '-' before it to descend."""
        sortable = {c.key for c in columns if c.sortable}
        sort = args.get("sort", "")
        if sort.removeprefix("-") not in sortable:
            sort = default_sort
        chosen = {f.key: args[f.key] for f in filters if args.get(f.key) in {o.value for o in f.options}}
        return cls(
            q=" ".join(args.get("q", "").split())[:SEARCH_LENGTH],
            filters=chosen,
            sort=sort.removeprefix("-"),
            descending=sort.startswith("-"),
            after=args.get("after") or None,
            before=None if args.get("after") else args.get("before") or None,
        )

    @property
    def narrowed(self) -> bool:
        """True where a search or a filter hides rows: an empty list then says so, instead of 'nothing yet'."""
        return bool(self.q or self.filters)

    def sort_value(self, key: str) -> str:
        """The `sort` parameter a click on this column's header asks for: ascending first, then descending."""
        return f"-{key}" if self.sort == key and not self.descending else key

    def aria_sort(self, key: str) -> str | None:
        if self.sort != key:
            return None
        return "descending" if self.descending else "ascending"

    def query(self) -> dict[str, str]:
        """Search, filters and sort as query parameters, without the place: what an export must repeat."""
        values = {"q": self.q, **self.filters}
        if self.sort:
            values["sort"] = f"-{self.sort}" if self.descending else self.sort
        return {k: v for k, v in values.items() if v}


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page of a list, ready to show. `after` / `before` are cursors of the next and previous page, or None."""

    key: str
    columns: Sequence[Column]
    filters: Sequence[Filter]
    state: ListState
    rows: Sequence[Any]
    after: str | None = None
    before: str | None = None
    total: int | None = None
    row_href: Callable[[Any], str] | None = None
    export_href: str | None = None
    search_label: str | None = None  # what may be searched for ("企业名称、统一社会信用代码"); None: no search box
