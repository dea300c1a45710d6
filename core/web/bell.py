"""The bell in the frame of every page: how many notices the reader has not read."""

from __future__ import annotations

from flask import g
from flask_security import current_user

from core.data.queries import notices
from core.extensions import db


def posts() -> list[int]:
    """The memberships whose notices the reader may read: their own, and those lent to them."""
    return [membership.id for membership, _lent in g.memberships]


def unread() -> int:
    """Asked where a page shows it, once a request."""
    if "unread" not in g:
        g.unread = notices.unread(db.session, current_user.id, posts())
    return int(g.unread)
