"""拨付: what can be paid, batches, and the steps of one until its file goes to the bank."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from core.data.models import PayoutBatch, Role
from core.data.queries import payouts as reads
from core.errors import DomainError, NotFound
from core.extensions import db
from core.services import disbursement
from core.web import payout_words as words
from core.web.access import is_local, roles
from core.web.downloads import XLSX
from core.web.errors import sentence
from core.web.forms.recoveries import OffsetForm
from core.web.views import payouts as view
from core.web.views.case_page import registry
from core.web.views.payouts import READERS

blueprint = Blueprint("payouts", __name__)


@blueprint.get("/payouts")
@roles(*READERS)
def index() -> str:
    return render_template("payouts/index.html", page=view.batches().page(), words=words, payer=g.asker.may(Role.PAYER))


@blueprint.get("/payouts/export")
@roles(*READERS)
def export() -> Response:
    return view.batches().file()


@blueprint.get("/payouts/payable")
@roles(*READERS)
def payable() -> str:
    table = view.payable()
    return render_template("payouts/payable.html", page=table.page(), sums=table.sums(["amount_fen"]), words=words)


@blueprint.get("/payouts/payable/export")
@roles(*READERS)
def export_payable() -> Response:
    return view.payable().file()


@blueprint.post("/payouts")
@roles(Role.PAYER)
def start() -> BaseResponse:
    """A batch of the cases that were picked."""

    def act() -> PayoutBatch:
        note, district = request.form.get("note", ""), g.asker.district_id
        return disbursement.start(db.session, registry(), district, _ids(), note=note, today=g.today)

    return _gather(act)


@blueprint.post("/payouts/additions")
@roles(Role.PAYER)
def add() -> BaseResponse:
    """The cases that were picked, into a draft."""

    def act() -> PayoutBatch:
        said = request.form.get("batch_id", "")
        batch = disbursement.load(db.session, int(said) if said.isdecimal() and len(said) < 19 else 0)
        disbursement.add(db.session, registry(), batch, _ids())
        return batch

    return _gather(act)


def _gather(act: Callable[[], PayoutBatch]) -> BaseResponse:
    """To the batch, or back to the list with why not; what was picked there can be picked again."""
    try:
        batch = act()
    except NotFound:
        raise
    except DomainError as error:
        db.session.rollback()
        flash(sentence(error), "error")
        target = request.form.get("next", "")
        return redirect(target if is_local(target) else url_for("payouts.payable"))
    flash(_("已加入批次%(number)s，核对后请“准备”。", number=batch.number), "success")
    return _to(batch.id)


def _ids() -> list[int]:
    return sorted({int(said) for said in request.form.getlist("ids") if said.isdecimal() and len(said) < 19})


@blueprint.get("/payouts/<int:batch_id>")
@roles(*READERS)
def show(batch_id: int) -> str:
    return _page(disbursement.load(db.session, batch_id))


@blueprint.post("/payouts/<int:batch_id>/rows/<int:disbursement_id>/removal")
@roles(Role.PAYER)
def remove(batch_id: int, disbursement_id: int) -> Any:
    batch, row = disbursement.load(db.session, batch_id), reads.one(db.session, disbursement_id)
    if row is None or row.batch_id != batch.id:
        raise NotFound("没有这笔付款，或您无权查看")
    return _step(batch, lambda it: disbursement.remove(db.session, it, row), _("已移出批次。"))


@blueprint.post("/payouts/<int:batch_id>/rows/<int:disbursement_id>/offset")
@roles(Role.PAYER)
def keep_back(batch_id: int, disbursement_id: int) -> Any:
    """抵扣 of what the payee owes; an empty amount or 0: nothing."""
    batch, row = disbursement.load(db.session, batch_id), reads.one(db.session, disbursement_id)
    if row is None or row.batch_id != batch.id:
        raise NotFound("没有这笔付款，或您无权查看")
    form = OffsetForm()
    if not form.validate():
        return _page(batch, problem=str(next(iter(form.amount_fen.errors), ""))), 422
    fen = form.amount_fen.data or 0
    return _step(batch, lambda it: disbursement.keep_back(db.session, it, row, fen), _("抵扣金额已更新。"))


@blueprint.post("/payouts/<int:batch_id>/preparation")
@roles(Role.PAYER)
def prepare(batch_id: int) -> Any:
    batch = disbursement.load(db.session, batch_id)
    return _step(batch, lambda it: disbursement.prepare(db.session, it), _("已准备，请另一位拨付人员核对并发放。"))


@blueprint.post("/payouts/<int:batch_id>/release")
@roles(Role.PAYER)
def release(batch_id: int) -> Any:
    batch = disbursement.load(db.session, batch_id)
    return _step(batch, lambda it: disbursement.release(db.session, it), _("已发放，可以下载送银行的文件。"))


@blueprint.post("/payouts/<int:batch_id>/reopening")
@roles(Role.PAYER)
def reopen(batch_id: int) -> Any:
    batch, reason = disbursement.load(db.session, batch_id), request.form.get("reason", "")
    return _step(batch, lambda it: disbursement.reopen(db.session, it, reason), _("已退回草稿，原准备和发放失效。"))


@blueprint.post("/payouts/<int:batch_id>/cancellation")
@roles(Role.PAYER)
def cancel(batch_id: int) -> Any:
    batch, reason = disbursement.load(db.session, batch_id), request.form.get("reason", "")
    return _step(
        batch, lambda it: disbursement.cancel(db.session, it, reason), _("批次已作废，申请件可以加入其他批次。")
    )


@blueprint.post("/payouts/<int:batch_id>/file")
@roles(Role.PAYER)
def file(batch_id: int) -> Any:
    """The file for the bank. Taking it is on the trail; the first time, the batch counts as sent."""
    batch, csv = disbursement.load(db.session, batch_id), request.form.get("format") == "csv"
    try:
        body = disbursement.take(db.session, batch, csv=csv)
    except DomainError as error:
        return _refused(batch_id, error)
    return send_file(
        BytesIO(body),
        mimetype="text/csv" if csv else XLSX,
        as_attachment=True,
        download_name=f"{batch.number}.{'csv' if csv else 'xlsx'}",
    )


def _step(batch: PayoutBatch, act: Callable[[PayoutBatch], None], done: str) -> Any:
    batch_id = batch.id
    try:
        act(batch)
    except DomainError as error:
        return _refused(batch_id, error)
    flash(done, "success")
    return _to(batch_id)


def _refused(batch_id: int, error: DomainError) -> Any:
    """The page again with why; nothing was done, and a reason that was written is still there."""
    db.session.rollback()
    return _page(disbursement.load(db.session, batch_id), problem=sentence(error)), error.status


def _to(batch_id: int) -> BaseResponse:
    return redirect(url_for("payouts.show", batch_id=batch_id))


def _page(batch: PayoutBatch, *, problem: str = "") -> str:
    reason = request.form.get("reason", "")
    return render_template("payouts/show.html", problem=problem, reason=reason, **view.batch_page(batch))
