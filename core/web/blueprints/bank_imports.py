"""Importing a bank statement: shown first, kept when it is confirmed."""

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
from werkzeug.wrappers import Response as BaseResponse

from core.data.models import OPERATOR_ROLES, District, Operator
from core.data.queries import bank as reads
from core.errors import DomainError, NotFound
from core.extensions import db
from core.services import bank
from core.services.bank import sample, upload
from core.services.bank.reading import Reading
from core.web.access import roles
from core.web.downloads import workbook
from core.web.errors import sentence
from core.web.uploads import spreadsheet

blueprint = Blueprint("bank_imports", __name__)
SHOWN = 100  # lines of a preview; the sums are of all


@blueprint.get("/bank/import")
@roles(*OPERATOR_ROLES)
def index() -> str:
    return _page()


@blueprint.get("/bank/import/template")
@roles(*OPERATOR_ROLES)
def template() -> Response:
    return workbook(bank.template(), _("银行流水模板"))


@blueprint.get("/bank/import/sample")
@roles(*OPERATOR_ROLES)
def example() -> Response:
    """For the demonstration: a statement that pays some of its open bills."""
    operator = db.session.get_one(Operator, g.asker.operator_id)
    if not _demonstration():
        raise NotFound("只有演示环境提供示例流水")
    paid = [sample.Paid(*it) for it in reads.some_open(db.session, operator.id, 18, latest=True)]
    return workbook(sample.statement(operator.name, paid, g.today), _("示例银行流水"))


@blueprint.post("/bank/import")
@roles(*OPERATOR_ROLES)
def preview() -> str | tuple[str, int]:
    """What the file says and what of it is new; nothing is kept but the file itself, sealed, until it is confirmed."""
    try:
        name, body = spreadsheet()
        reading = bank.read(body, name, today=g.today)
    except DomainError as error:
        return _page(problem=sentence(error)), 422
    _forget()
    session["bank"] = {"held": upload.hold(_folder(), g.asker.operator_id, body), "name": name}
    return _page(reading)


@blueprint.post("/bank/import/<sha256>")
@roles(*OPERATOR_ROLES)
def confirm(sha256: str) -> BaseResponse | tuple[str, int]:
    """Keep the new lines of the file that was shown."""
    waiting = session.get("bank") or {}
    if waiting.get("held") != sha256:
        raise NotFound("这份明细已经导入，或已被后来的上传取代；请重新上传")
    reading = bank.read(upload.held(_folder(), g.asker.operator_id, sha256), waiting["name"], today=g.today)
    try:
        made = bank.keep(db.session, g.asker.operator_id, reading)
    except DomainError as error:
        db.session.rollback()
        return _page(reading, sentence(error)), 422
    _forget()
    flash(_("已导入%(n)s行收入，请逐笔核对入账。", n=len(made.lines)), "success")
    return redirect(url_for("bank.desk"))


def _forget() -> None:
    before = session.pop("bank", None)
    if before is not None:
        upload.release(_folder(), before["held"])


def _demonstration() -> bool:
    return db.session.get_one(District, g.asker.district_id).demonstration


def _folder() -> Path:
    folder: Path = current_app.extensions["settings"].files
    return folder


def _page(reading: Reading | None = None, problem: str = "") -> str:
    return render_template(
        "bank/import.html",
        reading=reading,
        found=bank.sort(db.session, g.asker.operator_id, reading) if reading else None,
        held=(session.get("bank") or {}).get("held"),
        problem=problem,
        statements=reads.statements(db.session),
        demonstration=_demonstration(),
        shown=SHOWN,
    )
