"""日历订阅: making one's secret address, and what calendar programs read there."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

import core
from core.data.asker import asking
from core.data.models import OPERATOR_ROLES, TENANT_ROLES
from core.extensions import db
from core.services import feeds, icalendar
from core.web.access import kept_open, public, roles

blueprint = Blueprint("calendars", __name__)
BOTH = (*OPERATOR_ROLES, *TENANT_ROLES)


@blueprint.get("/calendar")
@roles(*BOTH)
def show() -> str:
    return _page(None)


@blueprint.post("/calendar")
@roles(*BOTH)
@kept_open
def renew() -> str:
    """The address is on this answer and never again: only its hash is kept."""
    return _page(feeds.renew(db.session, g.membership.id))


@blueprint.post("/calendar/removal")
@roles(*BOTH)
@kept_open
def remove() -> BaseResponse:
    feeds.drop(db.session, g.membership.id)
    flash(_("订阅地址已作废，用它的日历程序不再更新。"), "success")
    return redirect(url_for("calendars.show"))


@blueprint.get("/calendars/<secret>.ics")
@public
def feed(secret: str) -> Response:
    """Calendar programs cannot sign in: the address itself is the right to read, and it reads only."""
    asker = feeds.reader(db.session, secret, g.today)
    host = urlsplit(_base()).hostname or "hongcai"
    with asking(db.session, asker):
        body = icalendar.written(_("会议室和活动"), feeds.entries(db.session, core.today(), host))
    response = Response(body, mimetype="text/calendar")
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Content-Disposition"] = "inline; filename=hongcai.ics"
    return response


def _page(secret: str | None) -> str:
    feed = feeds.of(db.session, g.membership.id)
    address = f"{_base()}{url_for('calendars.feed', secret=secret)}" if secret else None
    return render_template("rooms/feed.html", feed=feed, address=address)


def _base() -> str:
    return str(current_app.extensions["settings"].base_url)
