"""租控表: units by months, who has them and where nobody does."""

from __future__ import annotations

from flask import Blueprint, Response, g, render_template, request
from flask_babel import gettext as _

from core.data.models import OPERATOR_ROLES, Site
from core.data.queries.rent_calendar import Calendar, calendar
from core.extensions import db
from core.policy import Month
from core.web.access import roles
from core.web.blueprints import sites
from core.web.downloads import table
from core.web.views import place_words as words
from core.web.views import rent_calendar as view

blueprint = Blueprint("timeline", __name__)
BEFORE = 3  # months shown before this one, where the reader names no first month


def _asked() -> tuple[Month, int]:
    """First month and number of months, from the query string; what cannot be read is as if not given."""
    try:
        first = Month.parse(request.args.get("from", ""))
    except ValueError:
        first = Month.of(g.today) + -BEFORE
    first = min(max(first, Month.parse("2000-01")), Month.parse("2100-01"))
    span = request.args.get("months", "")
    return first, next((n for n in view.SPANS if str(n) == span), min(view.SPANS))


def _calendar(site: Site) -> tuple[Calendar, int]:
    first, span = _asked()
    return calendar(db.session, site.id, first, span, g.today), span


@blueprint.get("/sites/<int:site_id>/timeline")
@roles(*OPERATOR_ROLES)
def show(site_id: int) -> str:
    site = sites.load(site_id)
    shown, span = _calendar(site)
    return render_template(
        "places/timeline.html",
        site=site,
        calendar=shown,
        rows=view.rows(shown),
        years=view.years(shown),
        span=span,
        spans=view.SPANS,
        cell=view.cell_of(shown),
        bar_height=view.BAR,
        now=Month.of(g.today),
        words=words,
    )


@blueprint.get("/sites/<int:site_id>/timeline/export")
@roles(*OPERATOR_ROLES)
def export(site_id: int) -> Response:
    site = sites.load(site_id)
    shown, _span = _calendar(site)
    name = _("%(site)s租控表", site=site.name)
    kind = request.args.get("format", "xlsx")
    return table(name, view.columns(shown), view.sheet(shown, words.SPACE_KINDS), kind, "timeline")
