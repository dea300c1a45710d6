"""The views that people keep of lists. Each read says whose they are: the rows carry no scope mark."""

from __future__ import annotations

from urllib.parse import parse_qsl

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session

from core.data.models import SavedView

PLACE = frozenset({"after", "before"})  # where in a list somebody was is no part of a view


_t = SavedView.__table__.c
_OF = (
    select(_t.id, _t.name, _t.query)
    .where(_t.user_id == bindparam("user"), _t.list_key == bindparam("key"))
    .order_by(_t.name, _t.id)
)  # made once: each list asks it


def of(session: Session, user_id: int | None, list_key: str) -> list[Row[tuple[int, str, str]]]:
    """Id, name and query of someone's views of one list, by name."""
    return list(session.execute(_OF, {"user": user_id, "key": list_key})) if user_id is not None else []


def one(session: Session, user_id: int | None, view_id: int) -> SavedView | None:
    """The view, if it is this person's."""
    return session.scalars(select(SavedView).where(SavedView.id == view_id, SavedView.user_id == user_id)).one_or_none()


def parameters(query: str) -> dict[str, str]:
    """The parameters of a view's query string."""
    return {name: value for name, value in parse_qsl(query) if name not in PLACE}
