"""场地: sites and their spaces."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from core.data.models import OPERATOR_ROLES, SpaceKind, SpaceStatus
from core.data.queries import paging, places
from core.extensions import db
from core.web.access import roles
from core.web.downloads import table
from core.web.listing import Column, Filter, ListPage, ListState, Option

blueprint = Blueprint("places", __name__)

KINDS = {
    SpaceKind.ROOM: lazy_gettext("独立房间"),
    SpaceKind.DESK: lazy_gettext("工位"),
    SpaceKind.LAB: lazy_gettext("实验室"),
    SpaceKind.MEETING_ROOM: lazy_gettext("会议室"),
}
STATUSES = {
    SpaceStatus.VACANT: lazy_gettext("空置"),
    SpaceStatus.OCCUPIED: lazy_gettext("在租"),
    SpaceStatus.RESERVED: lazy_gettext("预留"),
    SpaceStatus.MAINTENANCE: lazy_gettext("维修"),
}


def _columns() -> tuple[Column, ...]:
    return (
        Column("code", _("编号"), sortable=True, primary=True),
        Column("site", _("载体"), sortable=True),
        Column("floor", _("楼层")),
        Column("kind_word", _("类型")),
        Column("area_cm2", _("面积"), kind="area", sortable=True),
        Column("capacity", _("容纳人数"), kind="number", phone=False),
        Column("list_price_fen", _("挂牌价（元）"), kind="money", sortable=True),
        Column("status_word", _("状态")),
    )


def _filters() -> tuple[Filter, ...]:
    return (
        Filter("status", _("状态"), [Option(s.value, str(w)) for s, w in STATUSES.items()]),
        Filter("kind", _("类型"), [Option(k.value, str(w)) for k, w in KINDS.items()]),
    )


def _row(row: object) -> dict[str, object]:
    found = dict(row._mapping)  # type: ignore[attr-defined]
    return found | {"kind_word": str(KINDS[found["kind"]]), "status_word": str(STATUSES[found["status"]])}


@blueprint.get("/spaces")
@roles(*OPERATOR_ROLES)
def spaces() -> str:
    columns, filters = _columns(), _filters()
    state = ListState.read(request.args, columns, filters, default_sort="site")
    page = paging.page(db.session, places.spaces(), state)
    occupied = places.occupied_area(db.session)
    return render_template(
        "places/spaces.html",
        sites=[(site, occupied.get(site.id, 0)) for site in places.sites(db.session)],
        page=ListPage(
            "spaces",
            columns,
            filters,
            state,
            [_row(r) for r in page.rows],
            after=page.after,
            before=page.before,
            total=page.total,
            export_href=url_for("places.export", **state.query()),
            search_label=_("编号、载体、楼层"),
        ),
    )


@blueprint.get("/spaces/export")
@roles(*OPERATOR_ROLES)
def export() -> Response:
    columns, filters = _columns(), _filters()
    state = ListState.read(request.args, columns, filters, default_sort="site")
    rows = [_row(r) for r in paging.rows(db.session, places.spaces(), state)]
    return table(_("场地单元"), columns, rows, request.args.get("format", "xlsx"))
