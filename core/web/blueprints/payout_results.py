"""What the bank says of a batch: its file is shown beside our rows first, and booked when it is confirmed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, flash, g, redirect, render_template, request, session, url_for
from flask_babel import gettext as _

from core.data.models import PayoutBatch, Role
from core.errors import DomainError, NotFound
from core.extensions import db
from core.services import disbursement
from core.services.bank import upload
from core.services.disbursement import Reading
from core.web.access import roles
from core.web.downloads import workbook
from core.web.errors import sentence
from core.web.uploads import spreadsheet
from core.web.views.case_page import registry

blueprint = Blueprint("payout_results", __name__)


@blueprint.get("/payouts/results/template")
@roles(Role.PAYER)
def template() -> Response:
    return workbook(disbursement.template(), _("拨付结果模板"))


@blueprint.get("/payouts/<int:batch_id>/results")
@roles(Role.PAYER)
def index(batch_id: int) -> str:
    return _page(disbursement.load(db.session, batch_id))


@blueprint.post("/payouts/<int:batch_id>/results")
@roles(Role.PAYER)
def preview(batch_id: int) -> Any:
    """What the file says; nothing is kept but the file itself, sealed, until it is confirmed."""
    batch = disbursement.load(db.session, batch_id)
    try:
        name, body = spreadsheet()
        reading = disbursement.read(body, name, today=g.today)
    except DomainError as error:
        return _page(batch, problem=sentence(error)), 422
    _forget()
    session["payout"] = {"held": upload.hold(_folder(), _owner(batch), body), "name": name, "batch": batch.id}
    return _page(batch, reading)


@blueprint.post("/payouts/<int:batch_id>/results/<sha256>")
@roles(Role.PAYER)
def confirm(batch_id: int, sha256: str) -> Any:
    """Book the file that was shown: all of it, or, where that was ticked, the rows that fit."""
    batch, waiting = disbursement.load(db.session, batch_id), session.get("payout") or {}
    if (waiting.get("held"), waiting.get("batch")) != (sha256, batch.id):
        raise NotFound("这份结果已经登记，或已被后来的上传取代；请重新上传")
    reading = disbursement.read(upload.held(_folder(), _owner(batch), sha256), waiting["name"], today=g.today)
    try:
        found = disbursement.book(
            db.session, registry(), batch, reading, today=g.today, but_wrong=request.form.get("but_wrong") == "yes"
        )
    except DomainError as error:
        db.session.rollback()
        return _page(disbursement.load(db.session, batch_id), reading, sentence(error)), error.status
    _forget()
    flash(_("已登记：付成%(paid)s笔，未付成%(failed)s笔。", paid=len(found.paid), failed=len(found.failed)), "success")
    return redirect(url_for("payouts.show", batch_id=batch_id))


def _forget() -> None:
    before = session.pop("payout", None)
    if before is not None:
        upload.release(_folder(), before["held"])


def _owner(batch: PayoutBatch) -> str:
    return f"payout-{batch.id}"


def _folder() -> Path:
    folder: Path = current_app.extensions["settings"].files
    return folder


def _page(batch: PayoutBatch, reading: Reading | None = None, problem: str = "") -> str:
    return render_template(
        "payouts/results.html",
        batch=batch,
        reading=reading,
        found=disbursement.sort(db.session, batch, reading, g.today) if reading else None,
        held=(session.get("payout") or {}).get("held"),
        problem=problem,
    )
