"""场地: sites and their spaces."""

from __future__ import annotations

from flask import Blueprint, Response, g, render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from core.data.models import OPERATOR_ROLES, SpaceKind, SpaceStatus
from core.data.queries import places
from core.extensions import db
from core.web.access import roles
from core.web.listing import Column, Filter, Option
from core.web.views.lists import Table, as_is

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


def _table() -> Table:
    return Table(
        "spaces",
        _("场地单元"),
        places.spaces(g.today),
        (
            Column("code", _("编号"), sortable=True, primary=True),
            Column("site", _("载体"), sortable=True),
            Column("floor", _("楼层")),
            Column("kind_word", _("类型")),
            Column("area_cm2", _("面积"), kind="area", sortable=True),
            Column("capacity", _("容纳人数"), kind="number", phone=False),
            Column("list_price_fen", _("挂牌价（元）"), kind="money", sortable=True),
            Column("status_word", _("状态")),
        ),
        (
            Filter("status", _("状态"), [Option(s.value, str(word)) for s, word in STATUSES.items()]),
            Filter("kind", _("类型"), [Option(k.value, str(word)) for k, word in KINDS.items()]),
        ),
        sort="site",
        search=_("编号、载体、楼层"),
        row=lambda r: as_is(r) | {"kind_word": str(KINDS[r.kind]), "status_word": str(STATUSES[r.state])},
        export="places.export",
    )


@blueprint.get("/spaces")
@roles(*OPERATOR_ROLES)
def spaces() -> str:
    occupied = places.occupied_area(db.session, g.today)
    return render_template(
        "places/spaces.html",
        sites=[(site, occupied.get(site.id, 0)) for site in places.sites(db.session)],
        page=_table().page(),
    )


@blueprint.get("/spaces/export")
@roles(*OPERATOR_ROLES)
def export() -> Response:
    return _table().file()
