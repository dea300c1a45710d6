"""Lists by keyset: a page costs the same wherever it is, and a row that moves between clicks is not shown twice.

A list is declared once (`Listing`); `page` reads one page of it, `rows` all of it for an export of exactly what is
filtered. The asker's scope is added by the session, as to every query.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Integer, Row, ScalarSelect, Select, bindparam, func, or_, select, tuple_
from sqlalchemy.orm import Session

from core.data.search import TextIndex

PAGE = 50
COUNTED = 2_000  # rows beyond these are not counted: that a list is longer is all that anybody wants to know


class Wanted(Protocol):
    """What a reader asked for: `core.web.listing.ListState` is one."""

    @property
    def q(self) -> str: ...
    @property
    def filters(self) -> Mapping[str, str]: ...
    @property
    def sort(self) -> str: ...
    @property
    def descending(self) -> bool: ...
    @property
    def after(self) -> str | None: ...
    @property
    def before(self) -> str | None: ...


@dataclass(frozen=True)
class Listing:
    """`statement` selects the columns shown; `key` is a unique column that settles ties.

    Sort expressions must never be NULL (coalesce them), because NULL compares with nothing. `search`: the columns
    looked through, or, where there may be many rows, their index. `extras`: columns that are asked only where they
    are shown, because they look elsewhere for each row or are seldom wanted.
    """

    statement: Select[Any]
    key: ColumnElement[Any]  # a number; or a text, where a table has no other
    sorts: Mapping[str, ColumnElement[Any]]
    search: Sequence[ColumnElement[Any]] | TextIndex = ()
    filters: Mapping[str, Callable[[str], ColumnElement[bool]]] = field(default_factory=dict)
    extras: Mapping[str, ColumnElement[Any]] = field(default_factory=dict)
    made: dict[Any, Select[Any]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def only(self, keys: Sequence[int]) -> Listing:
        """The same of these rows."""
        return replace(self, statement=self.statement.where(self.key.in_(keys)))


@dataclass(frozen=True, slots=True)
class Page:
    """`total`: how many rows there are; at least so many, if not all were `counted`."""

    rows: Sequence[Row[Any]]
    after: str | None
    before: str | None
    total: int
    counted: bool = True


def page(
    session: Session, listing: Listing, wanted: Wanted, size: int = PAGE, shown: Collection[str] | None = None
) -> Page:
    """One page, with those of the extra columns that are `shown` (None: all). A cursor that is not ours is ignored: the
    list then begins at its beginning."""
    order = listing.sorts.get(wanted.sort, listing.key)
    backwards = bool(wanted.before)
    start = _read(wanted.before or wanted.after, order, listing.key)
    upwards = wanted.descending == backwards  # the direction in which this page is walked
    known: int | None = None
    if wanted.q:
        narrowed, known = _narrowed(session, listing, wanted)
        statement = _paged(narrowed, listing, order, upwards, start is not None, shown, counted=known is None)
    else:
        # Listings that are kept (core.data.queries.tenants) are asked with the same few statements again and again;
        # making one takes as long as asking it.
        extras = None if shown is None else frozenset(listing.extras.keys() & set(shown))
        shape = (tuple(wanted.filters.items()), wanted.sort, upwards, start is not None, extras)
        if shape not in listing.made:
            narrowed, _known = _narrowed(session, listing, wanted)
            listing.made[shape] = _paged(narrowed, listing, order, upwards, start is not None, shown, counted=True)
        statement = listing.made[shape]
    given = {"rows": size + 1} | (dict(zip(("place", "key"), start, strict=True)) if start else {})
    found = list(session.execute(statement, given))
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    first, last = (found[0], found[-1]) if found else (None, None)
    has_before, has_after = (more, True) if backwards else (start is not None, more)
    if start is None and not more:
        total, counted = len(found), True
    elif known is not None:
        total, counted = known, False
    else:
        total = first._total if first is not None else _total(session, listing, wanted)
        total, counted = min(total, COUNTED), total <= COUNTED
    return Page(
        rows=found,
        after=_place(last) if last is not None and has_after else None,
        before=_place(first) if first is not None and has_before else None,
        total=total,
        counted=counted,
    )


def _paged(
    narrowed: Select[Any],
    listing: Listing,
    order: ColumnElement[Any],
    upwards: bool,
    further: bool,
    shown: Collection[str] | None,
    *,
    counted: bool,
) -> Select[Any]:
    """`narrowed` in order, `:rows` of it, from `:place` and `:key` on if `further`; with the count of all of it."""
    key, statement = listing.key, _with_extras(narrowed, listing, shown)
    if further:
        # As one comparison of rows, so that the database begins to read an index where the page begins.
        place = tuple_(order, key)
        given = tuple_(bindparam("place", type_=order.type), bindparam("key", type_=key.type))
        statement = statement.where(place > given if upwards else place < given)
    marks = [order.label("_order"), key.label("_key")]
    if counted:
        marks.append(_some(narrowed, key).label("_total"))
    ordering = (order.asc(), key.asc()) if upwards else (order.desc(), key.desc())
    return statement.add_columns(*marks).order_by(*ordering).limit(bindparam("rows", type_=Integer))


def _with_extras(statement: Select[Any], listing: Listing, shown: Collection[str] | None) -> Select[Any]:
    return statement.add_columns(
        *(column.label(name) for name, column in listing.extras.items() if shown is None or name in shown)
    )


def _total(session: Session, listing: Listing, wanted: Wanted) -> int:
    return session.scalar(select(_some(_narrowed(session, listing, wanted)[0], listing.key))) or 0


def rows(
    session: Session, listing: Listing, wanted: Wanted, shown: Collection[str] | None = None
) -> Iterator[Row[Any]]:
    """All rows that the search and filters leave, in the reader's order."""
    order = listing.sorts.get(wanted.sort, listing.key)
    ordering = (order.desc(), listing.key.desc()) if wanted.descending else (order.asc(), listing.key.asc())
    narrowed, _known = _narrowed(session, listing, wanted)
    yield from session.execute(_with_extras(narrowed, listing, shown).order_by(*ordering))


def sums(session: Session, listing: Listing, wanted: Wanted, names: Sequence[str]) -> dict[str, int]:
    """What columns of the statement come to, over all rows that the search and filters leave."""
    narrowed = _narrowed(session, listing, wanted)[0].subquery()
    found = session.execute(select(*(func.coalesce(func.sum(narrowed.c[name]), 0) for name in names))).one()
    return dict(zip(names, map(int, found), strict=True))


def count(session: Session, listing: Listing, wanted: Wanted) -> int:
    """How many rows the search and filters leave, however many they are."""
    narrowed = _narrowed(session, listing, wanted)[0].with_only_columns(listing.key, maintain_column_froms=True)
    return session.scalar(select(func.count()).select_from(narrowed.order_by(None).subquery())) or 0


def _narrowed(session: Session, listing: Listing, wanted: Wanted) -> tuple[Select[Any], int | None]:
    """What search and filters leave, and a lower bound of its length where that is not to be counted."""
    statement = listing.statement
    for name, value in wanted.filters.items():
        if name in listing.filters:
            statement = statement.where(listing.filters[name](value))
    if isinstance(listing.search, TextIndex):
        return listing.search.narrow(session, statement, wanted.q)
    for word in wanted.q.split():
        statement = statement.where(or_(*(column.icontains(word, autoescape=True) for column in listing.search)))
    return statement, None


def _some(statement: Select[Any], key: ColumnElement[Any]) -> ScalarSelect[int]:
    """How many rows there are, up to one more than are counted."""
    some = statement.with_only_columns(key, maintain_column_froms=True).order_by(None).limit(COUNTED + 1).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def _place(row: Row[Any]) -> str:
    return cursor(row._order, row._key)


def cursor(value: Any, key: int | str) -> str:
    """The place of a row in a list sorted by `value`."""
    plain = value.isoformat() if isinstance(value, date) else str(value) if isinstance(value, Decimal) else value
    return base64.urlsafe_b64encode(json.dumps([plain, key], ensure_ascii=False).encode()).decode()


def _read(cursor: str | None, order: ColumnElement[Any], of: ColumnElement[Any]) -> tuple[Any, int | str] | None:
    if not cursor or len(cursor) > 1000:
        return None
    try:
        value, key = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        if type(key) is not of.type.python_type:
            return None
        kind = order.type.python_type
        if issubclass(kind, date | datetime):
            value = kind.fromisoformat(value)
        elif issubclass(kind, Enum | Decimal):
            value = kind(value)
        elif not isinstance(value, kind):
            return None
        return value, key
    except (ValueError, TypeError, ArithmeticError, binascii.Error, NotImplementedError):
        return None
