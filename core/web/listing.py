"""The state of a list, read from the query string: search, filters, sort, columns, place. One shape for every list.

A view says which columns and filters a list has, reads a `ListState`, asks a query for the rows, and gives a `ListPage`
to the `data_list` macro (templates/components/list.html):

    columns = (Column("name", _("企业"), primary=True, sortable=True), Column("paid_fen", _("已付房租"), kind="money"))
    filters = (Filter("stage", _("阶段"), [Option("nursery", _("苗圃")), …]),)
    state = ListState.read(request.args, columns, filters, default_sort="name")
    rows, after, before, total = tenants_page(session, state.q, state.filters, state.sort, state.after, state.before)
    page = ListPage("tenants", columns, filters, state, rows, after=after, before=before, total=total)

`core.web.views.lists.Table` does all that for a list of the database. Cursors are opaque here: the query makes them
and checks them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from core.web.filters import Filter, Held, Narrowing, Option, Range

__all__ = [
    "NUMERIC",
    "SEARCH_LENGTH",
    "SIZE",
    "SIZES",
    "BulkAction",
    "Column",
    "Filter",
    "Held",
    "Input",
    "Kind",
    "ListPage",
    "ListState",
    "Narrowing",
    "Option",
    "Range",
    "View",
]

# "code" is text that must not be broken over lines: a case number, a letter number
Kind = Literal["text", "code", "number", "money", "area", "percent", "date", "month", "moment"]
SEARCH_LENGTH = 100  # a search of more than this is a paste by mistake; the rest is cut off
NUMERIC: frozenset[str] = frozenset(("number", "money", "area", "percent"))
SIZES = (25, 50, 100)
SIZE = 50


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `primary` is the row's name: its link on a desk, the card's title on a phone (one per list)."""

    key: str
    label: str
    kind: Kind = "text"
    sortable: bool = False
    primary: bool = False
    phone: bool = True  # shown on the phone's card
    default: bool = True  # shown where the reader has not chosen columns
    repeats: bool = False  # its cell depends on its value alone, and few values fill the page: each is written once

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
class Input:
    """What a bulk action must be told: a choice among `options`, or a line of text."""

    name: str
    label: str
    options: Sequence[Option] = ()
    unit: str = ""


@dataclass(frozen=True, slots=True)
class BulkAction:
    """Something done to the rows that were picked: a POST to `endpoint` with their ids and what `inputs` ask.

    `confirm`: what will happen, for what cannot be undone; the act then waits for a second click.
    """

    key: str
    label: str
    endpoint: str
    confirm: str | None = None
    icon: str = "edit"
    inputs: Sequence[Input] = ()
    submit: str = ""  # the word on the button where there is something to fill in first


@dataclass(frozen=True, slots=True)
class ListState:
    """What the reader asked for. Unknown columns and options are ignored: an old address still opens the list."""

    q: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)
    sort: str = ""
    descending: bool = False
    after: str | None = None
    before: str | None = None
    columns: tuple[str, ...] = ()  # those chosen, in their order; none: the usual ones
    size: int = SIZE
    unread: Mapping[str, str] = field(default_factory=dict)  # what was typed into a filter and is no value of it

    @classmethod
    def read(
        cls,
        args: Mapping[str, str],
        columns: Sequence[Column],
        filters: Sequence[Narrowing] = (),
        default_sort: str = "",
    ) -> ListState:
        """`args`: the query string (request.args). `default_sort`: a column key, with '-' before it to descend."""
        sortable = {c.key for c in columns if c.sortable}
        sort = args.get("sort", "")
        if sort.removeprefix("-") not in sortable:
            sort = default_sort
        said = [it for f in filters for it in f.read(args)]
        size = args.get("size", "")
        return cls(
            q=" ".join(args.get("q", "").split())[:SEARCH_LENGTH],
            filters={it.key: it.value for it in said if it.read},
            sort=sort.removeprefix("-"),
            descending=sort.startswith("-"),
            after=args.get("after") or None,
            before=None if args.get("after") else args.get("before") or None,
            columns=_chosen(args, columns),
            size=int(size) if size in map(str, SIZES) else SIZE,
            unread={it.key: it.value for it in said if not it.read},
        )

    @property
    def narrowed(self) -> bool:
        """True where a search or a filter hides rows: an empty list then says so, instead of 'nothing yet'."""
        return bool(self.q or self.filters)

    def shown(self, columns: Sequence[Column]) -> list[Column]:
        """The columns to show: those chosen, and always the row's name."""
        if not self.columns:
            return [c for c in columns if c.default]
        return [c for c in columns if c.primary or c.key in self.columns]

    def sort_value(self, key: str) -> str:
        """The `sort` parameter a click on this column's header asks for: ascending first, then descending."""
        return f"-{key}" if self.sort == key and not self.descending else key

    def aria_sort(self, key: str) -> str | None:
        if self.sort != key:
            return None
        return "descending" if self.descending else "ascending"

    def query(self) -> dict[str, str]:
        """Search, filters, sort, columns and size as query parameters, without the place: what an export, a saved view
        or another form must repeat."""
        values = {"q": self.q, **self.filters}
        if self.sort:
            values["sort"] = f"-{self.sort}" if self.descending else self.sort
        values["columns"] = ",".join(self.columns)
        values["size"] = str(self.size) if self.size != SIZE else ""
        return {k: v for k, v in values.items() if v}


def _chosen(args: Mapping[str, str], columns: Sequence[Column]) -> tuple[str, ...]:
    """`columns=name,stage`, or once for each as checkboxes send it. The usual choice is none."""
    said = args.getlist("columns") if isinstance(args, MultiDict) else [args.get("columns", "")]
    wanted = {key for part in said for key in part.split(",")}
    chosen = tuple(c.key for c in columns if c.key in wanted)
    usual = tuple(c.key for c in columns if c.default)
    return () if chosen == usual else chosen


@dataclass(frozen=True, slots=True)
class View:
    """A saved view: its id, its name, the list's address with its query, and whether that is what is shown."""

    id: int
    name: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page of a list, ready to show. `after` / `before` are cursors of the next and previous page, or None."""

    key: str
    columns: Sequence[Column]
    filters: Sequence[Narrowing]
    state: ListState
    rows: Sequence[Any]
    after: str | None = None
    before: str | None = None
    total: int | None = None
    row_href: Callable[[Any], str] | None = None
    export_href: str | None = None
    search_label: str | None = None  # what may be searched for ("企业名称、统一社会信用代码"); None: no search box
    counted: bool = True  # False: there are more rows than `total`
    choices: Sequence[Column] = ()  # all columns there are; none: they cannot be chosen
    views: Sequence[View] | None = None  # the reader's own; None: the list has none
    bulk: Sequence[BulkAction] = ()
    sizes: Sequence[int] = ()  # how many rows a page may have; none: it cannot be chosen

    @property
    def query(self) -> str:
        """What the list is narrowed to, in which order and columns, as a query string."""
        return urlencode(self.state.query())

    @property
    def csv_href(self) -> str | None:
        if self.export_href is None:
            return None
        return f"{self.export_href}{'&' if '?' in self.export_href else '?'}format=csv"
