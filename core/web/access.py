"""Who may open which page. Every view says so with one mark; a view without a mark answers 403 and fails a test."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

from flask import Flask, abort, current_app, g, redirect, request, session, url_for
from flask_security import current_user
from sqlalchemy import or_, select
from werkzeug.wrappers import Response

from core.data.asker import Asker, Reach
from core.data.models import PRIVILEGED_ROLES, Delegation, Membership, Role
from core.extensions import db

View = TypeVar("View", bound=Callable[..., Any])

PUBLIC = "public"
SIGNED_IN = "signed_in"


def public(view: View) -> View:
    """Anyone may open this, without an account. The list of such pages is reviewed and asserted in a test."""
    view.access = PUBLIC  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Anyone with an account, for themselves: their sessions, their password."""
    view.access = SIGNED_IN  # type: ignore[attr-defined]
    return view


def roles(*allowed: Role) -> Callable[[View], View]:
    """Only people whose present membership has one of these roles."""

    def mark(view: View) -> View:
        view.access = frozenset(allowed)  # type: ignore[attr-defined]
        return view

    return mark


def memberships_of(user_id: int, day: date) -> list[tuple[Membership, bool]]:
    """The memberships a user can act in on a day: their own, and those delegated to them (True)."""
    running = (Membership.starts_on <= day, or_(Membership.ends_on.is_(None), Membership.ends_on >= day))
    own = db.session.scalars(select(Membership).where(Membership.user_id == user_id, *running).order_by(Membership.id))
    lent = db.session.scalars(
        select(Membership)
        .join(Delegation, Delegation.membership_id == Membership.id)
        .where(
            Delegation.to_user_id == user_id,
            Delegation.starts_on <= day,
            Delegation.ends_on >= day,
            Delegation.revoked_at.is_(None),
            *running,
        )
        .order_by(Membership.id)
    )
    return [(m, False) for m in own] + [(m, True) for m in lent]


def _load_asker() -> None:
    g.memberships, g.membership = [], None
    if not current_user.is_authenticated:
        g.asker = Asker.nobody()
    else:
        g.memberships = memberships_of(current_user.id, g.today)
        chosen = [(m, lent) for m, lent in g.memberships if m.id == session.get("membership")] or g.memberships
        if chosen:
            g.membership, lent = chosen[0]
            g.asker = Asker.member(g.membership, acting=current_user.id if lent else None)
        else:
            g.asker = Asker(Reach.NOBODY, user_id=current_user.id)
    db.session.info["asker"] = g.asker


def _guard() -> Response | None:
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None:
        return None  # 404 or 405 follows
    access = getattr(view, "access", None)
    if access == PUBLIC:
        return None
    if not current_user.is_authenticated:
        if request.headers.get("HX-Request") or request.method not in ("GET", "HEAD"):
            abort(401)
        return redirect(url_for("security.login", next=request.full_path.rstrip("?")))
    if needs_second_factor() and request.endpoint not in SECOND_FACTOR_PAGES:
        return redirect(url_for("security.two_factor_setup"))
    if access == SIGNED_IN:
        return None
    if access is None or not g.asker.may(*access):
        abort(403)
    return None


def needs_second_factor() -> bool:
    """Privileged roles work only once a second factor is set up."""
    privileged = any(m.role in PRIVILEGED_ROLES for m, _ in g.memberships)
    return privileged and not current_user.tf_primary_method


SECOND_FACTOR_PAGES = frozenset(
    {"security.two_factor_setup", "security.two_factor_token_validation", "security.logout"}
)


def init_app(app: Flask) -> None:
    app.before_request(_load_asker)
    app.before_request(_guard)
