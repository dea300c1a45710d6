"""日志: the trail, as far as the reader may see it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, render_template
from flask_babel import gettext as _

from core.data.models import DISTRICT_ROLES, OPERATOR_ROLES, Role
from core.data.queries import audit as reading
from core.web.access import roles
from core.web.listing import Column
from core.web.views.lists import Shown, Table
from core.web.views.reads import about

blueprint = Blueprint("audit", __name__)
READERS = (*DISTRICT_ROLES, *OPERATOR_ROLES, Role.AUDIT_ADMIN)


def _row(row: Any) -> Shown:
    subject = f"{row.subject_type} {row.subject_id}" if row.subject_id else row.subject_type
    return {
        "id": row.id,
        "at": row.at,
        "who": row.person or row.actor,
        "action": row.action if row.success else _("%(action)s（未成）", action=row.action),
        "subject": subject,
        "detail_text": about(row.detail),
    }


def _table() -> Table:
    return Table(
        "events",
        _("日志"),
        reading.listing(g.asker),
        (
            Column("at", _("时间"), kind="moment", sortable=True, primary=True),
            Column("who", _("操作人")),
            Column("action", _("动作"), sortable=True),
            Column("subject", _("对象")),
            Column("detail_text", _("内容"), phone=False),
        ),
        sort="-at",
        search=_("动作、对象、操作人"),
        row=_row,
        written=lambda r: r | {"at": r["at"].isoformat(timespec="seconds")},
        export="audit.export",
    )


@blueprint.get("/events")
@roles(*READERS)
def events() -> str:
    return render_template("audit/events.html", page=_table().page())


@blueprint.get("/events/export")
@roles(*READERS)
def export() -> Response:
    return _table().file()
