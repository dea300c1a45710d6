"""督办: what is late, near its limit or paused, by desk and person; what states took."""

from __future__ import annotations

from flask import Blueprint, Response, g, render_template

from core.data.models import DISTRICT_ROLES
from core.data.queries import oversight as reads
from core.extensions import db
from core.services.assignments import DESKS
from core.web.access import roles
from core.web.views import clock_card
from core.web.views import oversight as view
from core.web.views.case_page import unnoticed

blueprint = Blueprint("oversight", __name__)


@blueprint.get("/oversight")
@roles(*DISTRICT_ROLES)
def index() -> str:
    soon = view.soon()
    rows = reads.all_rows(db.session, reads.listing(g.today, soon, unnoticed()))
    overdue = view.recoveries()
    return render_template(
        "oversight/index.html",
        tabs=view.tabs("board"),
        page=view.table().page(),
        figures=view.figures(rows),
        groups=view.groups(rows, overdue),
        overdue=overdue,
        shown=view.SHOWN,
        handling=view.handling(),
        waiting=reads.waiting_orders(db.session, set(DESKS.values())),
        counted=clock_card.unpublished(g.today, soon),
    )


@blueprint.get("/oversight/export")
@roles(*DISTRICT_ROLES)
def export() -> Response:
    return view.table().file()
