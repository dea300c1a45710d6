"""日志: the trail, as far as the reader may see it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, render_template, request, url_for
from flask_babel import gettext as _

from core.data.models import DISTRICT_ROLES, OPERATOR_ROLES
from core.data.queries import audit as reading
from core.data.queries import paging
from core.extensions import db
from core.web.access import roles
from core.web.downloads import table
from core.web.listing import Column, ListPage, ListState

blueprint = Blueprint("audit", __name__)
READERS = (*DISTRICT_ROLES, *OPERATOR_ROLES)


def _columns() -> tuple[Column, ...]:
    return (
        Column("at", _("时间"), kind="moment", sortable=True, primary=True),
        Column("who", _("操作人")),
        Column("action", _("动作"), sortable=True),
        Column("subject", _("对象")),
        Column("detail_text", _("内容"), phone=False),
    )


def _row(row: Any) -> dict[str, Any]:
    subject = f"{row.subject_type} {row.subject_id}" if row.subject_id else row.subject_type
    detail = " · ".join(f"{k}={v}" for k, v in (row.detail or {}).items() if v not in (None, "", []))
    return {
        "id": row.id,
        "at": row.at,
        "who": row.person or row.actor,
        "action": row.action if row.success else _("%(action)s（未成）", action=row.action),
        "subject": subject,
        "detail_text": detail[:200],
    }


@blueprint.get("/events")
@roles(*READERS)
def events() -> str:
    columns = _columns()
    state = ListState.read(request.args, columns, default_sort="-at")
    page = paging.page(db.session, reading.listing(g.asker), state)
    return render_template(
        "audit/events.html",
        page=ListPage(
            "events",
            columns,
            (),
            state,
            [_row(r) for r in page.rows],
            after=page.after,
            before=page.before,
            total=page.total,
            export_href=url_for("audit.export", **state.query()),
            search_label=_("动作、对象、操作人"),
        ),
    )


@blueprint.get("/events/export")
@roles(*READERS)
def export() -> Response:
    columns = _columns()
    state = ListState.read(request.args, columns, default_sort="-at")
    rows = [_row(r) for r in paging.rows(db.session, reading.listing(g.asker), state)]
    for row in rows:
        row["at"] = row["at"].isoformat(timespec="seconds")
    return table(_("日志"), columns, rows, request.args.get("format", "xlsx"))
