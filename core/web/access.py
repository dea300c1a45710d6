"""Who may open which page. Every view says so with one mark; a view without a mark answers 403 and fails a test."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, abort, current_app, g, redirect, request, session, url_for
from flask_security import current_user
from werkzeug.wrappers import Response

from core.data import read_only
from core.data.asker import Asker, Reach
from core.data.models import PRIVILEGED_ROLES, Role
from core.errors import Forbidden
from core.extensions import db
from core.services import subscriptions
from core.services.audit import Origin, set_origin
from core.web.commit import SAFE

View = TypeVar("View", bound=Callable[..., Any])
Access = str | frozenset[Role]

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


def kept_open(view: View) -> View:
    """An operator that has not paid may still do this (`core.services.subscriptions`): it only reads though it is a
    POST, is about the reader's own account, or is paying. The list is reviewed and asserted in a test."""
    view.kept_open = True  # type: ignore[attr-defined]
    return view


def auditors_may(view: View) -> View:
    """People who only read may send this though others may, too: it writes nothing but the trail, one's own account or
    an auditor's working tables (`core.data.read_only`). The list is reviewed and asserted in a test."""
    view.auditors_may = True  # type: ignore[attr-defined]
    return view


def declare(app: Flask, access: dict[str, Access]) -> None:
    """Say it for views that we did not write and cannot mark, by endpoint."""
    app.extensions.setdefault("access", {}).update(access)


def access_of(endpoint: str) -> Access | None:
    """The mark of a view, or None: then nobody may open it."""
    declared: Access | None = current_app.extensions["access"].get(endpoint)
    return declared or getattr(current_app.view_functions[endpoint], "access", None)


def is_open_to(endpoint: str, role: Role | None) -> bool:
    """Whether someone in `role` (None: nobody in particular) may open it. Navigation leaves out what is closed."""
    access = access_of(endpoint)
    return access == PUBLIC or (role is not None and (access == SIGNED_IN or (access is not None and role in access)))


def is_local(target: str) -> bool:
    """Whether an address leads back into this site: a path. Browsers take backslashes for slashes and drop tabs and
    line breaks, so `/\\evil` and `/<tab>/evil` lead away like `//evil`."""
    return bool(re.fullmatch(r"/(?![/\\])[^\\\x00-\x20\x7f]*", target))


def _load_asker() -> None:
    set_origin(Origin(g.request_id, request.remote_addr))
    read_only.hold(None)
    g.membership, g.asker = None, Asker.nobody()
    db.session.info["asker"] = g.asker
    if not current_user.is_authenticated:  # asking loads the user and `g.memberships` (core.web.accounts)
        g.memberships = []
        return
    chosen = [(m, lent) for m, lent in g.memberships if m.id == session.get("membership")] or g.memberships
    if chosen:
        g.membership, lent = chosen[0]
        g.asker = Asker.member(g.membership, acting=current_user.id if lent else None)
    else:
        g.asker = Asker(Reach.NOBODY, user_id=current_user.id)
    db.session.info["asker"] = g.asker
    read_only.hold(g.asker)


def _guard() -> Response | None:
    endpoint = request.endpoint or ""
    if endpoint not in current_app.view_functions:
        return None  # 404 or 405 follows
    access = access_of(endpoint)
    if not current_user.is_authenticated:
        if access == PUBLIC:
            return None
        if request.headers.get("HX-Request") or request.method not in ("GET", "HEAD"):
            abort(401)
        return redirect(url_for("security.login", next=request.full_path.rstrip("?")))
    if needs_second_factor() and endpoint not in BEFORE_SECOND_FACTOR:
        return redirect(url_for("security.two_factor_setup"))
    if access in (PUBLIC, SIGNED_IN):
        return None
    if access is None or not g.asker.may(*access):
        abort(403)
    if request.method not in SAFE and read_only.is_held() and not is_for_readers(endpoint):
        raise Forbidden(read_only.REFUSED)
    if request.method not in SAFE and g.asker.reach is Reach.OPERATOR and not is_kept_open(endpoint):
        subscriptions.require_writable(db.session, g.asker.operator_id, g.today)
    return None


def is_for_readers(endpoint: str) -> bool:
    """Whether people who only read may send something there: pages for them alone, and those that say so."""
    access = access_of(endpoint)
    alone = isinstance(access, frozenset) and access <= read_only.READ_ONLY
    return alone or getattr(current_app.view_functions[endpoint], "auditors_may", False)


def is_kept_open(endpoint: str) -> bool:
    """Whether an operator that has not paid may open this with whatever method."""
    return getattr(current_app.view_functions[endpoint], "kept_open", False)


def needs_second_factor() -> bool:
    """Privileged roles, lent ones too, do nothing at all until a second factor is set up."""
    privileged = any(m.role in PRIVILEGED_ROLES for m, _lent in g.memberships)
    return privileged and not current_user.tf_primary_method


BEFORE_SECOND_FACTOR = frozenset(
    {
        "static",
        "language.choose",
        "security.logout",
        "security.verify",
        "security.two_factor_setup",
        "security.two_factor_setup_validate",
        "security.two_factor_token_validation",
    }
)


def init_app(app: Flask) -> None:
    declare(app, {"static": PUBLIC})
    app.before_request(_load_asker)
    app.before_request(_guard)

    @app.teardown_request
    def let_go(error: BaseException | None) -> None:
        read_only.hold(None)  # what runs next on this thread is not this request
