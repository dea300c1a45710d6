"""What the frame of every page shows: navigation by role, the reader, where "home" is."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, g, request, url_for
from flask_babel import get_locale
from flask_babel import lazy_gettext as _
from flask_security import current_user

from core.data.asker import Reach
from core.data.queries import findings
from core.data.read_only import READ_ONLY
from core.extensions import db
from core.services import subscriptions
from core.web.access import is_for_readers, is_open_to
from core.web.bell import unread
from core.web.menus import DISTRICT, MENUS, PAYING, PUBLIC, ROLE_NAMES, SECTIONS


def home() -> str:
    """The first page of the reader's role."""
    return _menu()[0]


def _menu() -> tuple[str, list[dict[str, Any]]]:
    """The first page of the reader's role and its menu's entries; made once for each role, language and place of
    mounting."""
    role = g.membership.role if g.get("membership") else None
    known = current_app.extensions["menus"]
    key = (role, str(get_locale()), request.script_root)
    if key not in known:
        there = [
            entry for entry in (MENUS.get(role, DISTRICT) if role else PUBLIC) if entry[0] in current_app.view_functions
        ]
        items = [
            {"endpoint": e, "href": url_for(e), "label": str(label), "icon": icon}
            for e, label, icon in there
            if is_open_to(e, role) and (e not in PAYING or subscriptions.offered() is not None)
        ]
        known[key] = (url_for(there[0][0]) if there else "/", items)
    return known[key]  # type: ignore[no-any-return]


def shell() -> dict[str, Any]:
    first, items = _menu()
    membership = g.get("membership")
    work = {w.membership.id: w for w in g.get("work", ())}
    user = None
    if current_user.is_authenticated:
        user = {
            "name": current_user.name,
            "role": ROLE_NAMES[membership.role] if membership else "",
            "org": work[membership.id].place if membership else "",
            "others": [
                {"id": w.membership.id, "role": ROLE_NAMES[w.membership.role], "place": w.place, "lent": w.lent}
                for w in work.values()
                if membership is not None and w.membership.id != membership.id
            ],
            "menu": [
                {"href": url_for("notices.index"), "label": _("通知"), "icon": "bell"},
                {"href": url_for("auth.account"), "label": _("账户与安全"), "icon": "user-shield"},
            ],
            "bell": url_for("notices.index"),
            "unread": unread,
            "logout": url_for("security.logout"),
        }
    return {
        "nav": (nav := [item | {"active": _here(item["endpoint"])} for item in items if _there(item["endpoint"])]),
        # All that the links of `nav` depend on, but for the language.
        "place": (membership and membership.role, request.script_root, *(item["active"] for item in nav)),
        "home": first,
        "user": user,
        # Whether what the reader sees is invented: pages say so.
        "demo": work[membership.id].demonstration
        if membership and membership.district_id
        else g.get("demonstration", False),
    }


def _there(endpoint: str) -> bool:
    """Whether an entry is there for this reader: an operator that no finding was served on has none of findings."""
    return endpoint != "findings.index" or g.asker.reach is not Reach.OPERATOR or findings.any_at_all(db.session)


def _here(endpoint: str) -> str | None:
    """How an entry of the menu leads to this page (as `aria-current`): `page`, it is this; `true`, it is above it."""
    if request.endpoint == endpoint:
        return "page"
    return "true" if SECTIONS.get(request.blueprint or "") == endpoint else None


def _may_open(endpoint: str) -> bool:
    """Whether a page is there for the post that the reader works in, or a form is theirs to send."""
    if g.get("membership") is None or not is_open_to(endpoint, g.membership.role):
        return False
    methods = {method for rule in current_app.url_map.iter_rules(endpoint) for method in rule.methods or ()}
    return g.membership.role not in READ_ONLY or bool(methods & {"GET"}) or is_for_readers(endpoint)


def init_app(app: Flask) -> None:
    app.extensions["menus"] = {}
    app.context_processor(lambda: {"shell": shell(), "role_name": ROLE_NAMES, "may_open": _may_open})
