"""Lists by keyset: a page costs the same wherever it is, and a row that moves between clicks is not shown twice.

A list is declared once (`Listing`); `page` reads one page of it, `rows` all of it for an export of exactly what is
filtered. The asker's scope is added by the session, as to every query.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select
from sqlalchemy.orm import Session

PAGE = 50


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

    Sort expressions must never be NULL (coalesce them), because NULL compares with nothing.
    """

    statement: Select[Any]
    key: ColumnElement[int]
    sorts: Mapping[str, ColumnElement[Any]]
    search: Sequence[ColumnElement[Any]] = ()
    filters: Mapping[str, Callable[[str], ColumnElement[bool]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    rows: Sequence[Row[Any]]
    after: str | None
    before: str | None
    total: int


def page(session: Session, listing: Listing, wanted: Wanted, size: int = PAGE) -> Page:
    """One page. A cursor that is not ours is ignored: the list then begins at its beginning."""
    statement = _narrowed(listing, wanted)
    total = session.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0
    order = listing.sorts.get(wanted.sort, listing.key)
    backwards = bool(wanted.before)
    cursor = _read(wanted.before or wanted.after, order)
    upwards = wanted.descending == backwards  # the direction in which this page is walked
    if cursor is not None:
        value, key = cursor
        further = (order > value, listing.key > key) if upwards else (order < value, listing.key < key)
        statement = statement.where(or_(further[0], and_(order == value, further[1])))
    marks = (order.label("_order"), listing.key.label("_key"))
    ordering = (order.asc(), listing.key.asc()) if upwards else (order.desc(), listing.key.desc())
    found = list(session.execute(statement.add_columns(*marks).order_by(*ordering).limit(size + 1)))
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    first, last = (found[0], found[-1]) if found else (None, None)
    has_before, has_after = (more, True) if backwards else (cursor is not None, more)
    return Page(
        rows=found,
        after=_write(last) if last is not None and has_after else None,
        before=_write(first) if first is not None and has_before else None,
        total=total,
    )


def rows(session: Session, listing: Listing, wanted: Wanted) -> Iterator[Row[Any]]:
    """All rows that the search and filters leave, in the reader's order."""
    order = listing.sorts.get(wanted.sort, listing.key)
    ordering = (order.desc(), listing.key.desc()) if wanted.descending else (order.asc(), listing.key.asc())
    yield from session.execute(_narrowed(listing, wanted).order_by(*ordering))


def _narrowed(listing: Listing, wanted: Wanted) -> Select[Any]:
    statement = listing.statement
    for word in wanted.q.split():
        statement = statement.where(or_(*(column.icontains(word, autoescape=True) for column in listing.search)))
    for name, value in wanted.filters.items():
        if name in listing.filters:
            statement = statement.where(listing.filters[name](value))
    return statement


def _write(row: Row[Any]) -> str:
    value = row._order
    plain = value.isoformat() if isinstance(value, date) else value
    return base64.urlsafe_b64encode(json.dumps([plain, row._key], ensure_ascii=False).encode()).decode()


def _read(cursor: str | None, order: ColumnElement[Any]) -> tuple[Any, int] | None:
    if not cursor or len(cursor) > 1000:
        return None
    try:
        value, key = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        kind = order.type.python_type
        if issubclass(kind, datetime):
            value = datetime.fromisoformat(value)
        elif issubclass(kind, date):
            value = date.fromisoformat(value)
        elif not isinstance(value, kind):
            return None
        return value, int(key)
    except (ValueError, TypeError, binascii.Error, NotImplementedError):
        return None
