"""导入: an operator's spreadsheets, tried first and then brought in whole or not at all."""

from __future__ import annotations

from pathlib import Path

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    session,
    url_for,
)
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from core.data.models import OPERATOR_ROLES, TENANT_ROLES, AuditEvent, Operator, Role
from core.errors import NotFound
from core.extensions import db
from core.services import files
from core.services.imports.apply import Outcome, accepted_sheets, apply, preview
from core.services.imports.schema import Sheet
from core.services.imports.sheets import SHEETS
from core.services.imports.template import build_template
from core.web.access import roles
from core.web.downloads import workbook
from core.web.uploads import spreadsheet

blueprint = Blueprint("imports", __name__)
BRINGERS = (*OPERATOR_ROLES, *TENANT_ROLES, Role.WINDOW, Role.DISTRICT_ADMIN)


@blueprint.get("/imports")
@roles(*BRINGERS)
def index() -> str:
    return _page()


@blueprint.get("/imports/template")
@roles(*BRINGERS)
def template() -> Response:
    """An empty workbook with the sheets that this reader may bring, each column explained."""
    return workbook(build_template(_sheets()), _("导入模板"))


@blueprint.post("/imports")
@roles(*BRINGERS)
def upload() -> str:
    """The dry run: everything an import would do, shown and taken back."""
    name, body = spreadsheet()
    outcome = preview(db.session, _operator(), body, name, today=g.today)
    # Kept until it is confirmed, so that what is brought in is what was shown.
    session["import"] = {"sha256": files.put(_folder(), body), "name": name}
    return _page(outcome)


@blueprint.post("/imports/<sha256>")
@roles(*BRINGERS)
def confirm(sha256: str) -> str | BaseResponse | tuple[str, int]:
    """Bring in the file that was shown."""
    waiting = session.get("import") or {}
    if waiting.get("sha256") != sha256:
        raise NotFound("这个文件已经导入过，或不是您刚才预览的文件；请重新上传")
    body = files.path_of(_folder(), sha256).read_bytes()
    outcome = apply(db.session, _operator(), body, waiting["name"], today=g.today)
    if not outcome.applied:
        return _page(outcome), 422
    session.pop("import")
    done = sum(sheet.new + sheet.changed for sheet in outcome.sheets)
    flash(_("已导入“%(name)s”：新增或更新 %(n)s 行。", name=outcome.filename, n=done), "success")
    return redirect(url_for("imports.index"))


def _sheets() -> list[Sheet]:
    wanted = accepted_sheets(g.asker)
    return [sheet for sheet in SHEETS if sheet.key in wanted]


def _operator() -> Operator | None:
    """Whose rows they are; None for the authority's list over the whole district."""
    if g.asker.operator_id is None:
        return None
    return db.session.scalars(select(Operator).where(Operator.id == g.asker.operator_id)).one()


def _folder() -> Path:
    """With the other papers: the rows name the file they came from by its hash."""
    folder: Path = current_app.extensions["settings"].files
    return folder


def _page(outcome: Outcome | None = None) -> str:
    past = db.session.scalars(
        select(AuditEvent)
        .where(AuditEvent.action == "import.applied", AuditEvent.actor_id == g.asker.user_id)
        .order_by(AuditEvent.id.desc())
        .limit(10)
    ).all()
    return render_template("imports/index.html", outcome=outcome, sheets=_sheets(), past=past)
