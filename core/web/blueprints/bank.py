"""银行流水: the list of lines, the desk where they are booked, and one line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from core.data.models import OPERATOR_ROLES, BankLine, Bill, Payment, Role, Tenant
from core.data.queries import bank as reads
from core.errors import N_, DomainError, NotFound
from core.extensions import db
from core.services import bank, billing
from core.web import bank_words as words
from core.web.access import is_local, roles
from core.web.awards import warn
from core.web.errors import sentence
from core.web.formats import money_figure
from core.web.forms.accounts import ReasonForm
from core.web.views import bank as view

blueprint = Blueprint("bank", __name__)
LONGEST = 12  # digits of an id


@blueprint.get("/bank")
@roles(*OPERATOR_ROLES)
def index() -> str:
    counts = reads.totals(db.session)
    return render_template("bank/index.html", page=view.table().page(), counts=counts, words=words)


@blueprint.get("/bank/export")
@roles(*OPERATOR_ROLES)
def export() -> Response:
    return view.table().file()


@blueprint.get("/bank/desk")
@roles(*OPERATOR_ROLES)
def desk() -> str:
    start = request.args.get("after") or request.args.get("before") or "0"
    show = request.args.get("show", "")
    found = view.desk(g.asker.operator_id, show, int(start) if _is_id(start) else 0)
    return render_template("bank/desk.html", desk=found, show=show, words=words)


@blueprint.post("/bank/desk/certain")
@roles(*OPERATOR_ROLES)
def book_certain() -> BaseResponse:
    """All the lines that were confirmed and are still certain."""
    wanted = {int(said) for said in request.form.get("lines", "").split(",") if _is_id(said)}
    done = bank.book_certain(db.session, g.asker.operator_id, wanted, g.today)
    if done.lines:
        flash(_("已入账%(n)s笔，合计%(fen)s元。", n=done.lines, fen=money_figure(done.fen)), "success")
    for error in done.left[:3]:
        flash(sentence(error), "error")
    if done.lines < len(wanted):
        flash(_("%(n)s笔没有入账：已有人处理，或情况有变，请逐笔核对。", n=len(wanted) - done.lines), "warning")
    return redirect(url_for("bank.desk"))


@blueprint.get("/bank/lines/<int:bank_line_id>")
@roles(*OPERATOR_ROLES)
def show(bank_line_id: int) -> str:
    return _page(_line(bank_line_id))


@blueprint.post("/bank/lines/<int:bank_line_id>/booking")
@roles(*OPERATOR_ROLES)
def book(bank_line_id: int) -> BaseResponse:
    line = _line(bank_line_id)
    tenant = _mine(Tenant, "tenant_id", N_("没有这家企业，或您无权查看"))
    bill = _mine(Bill, "bill_id", N_("没有这张账单，或您无权查看")) if request.form.get("bill_id") else None

    def act() -> None:
        made = bank.book(db.session, line, tenant, g.today, bill=bill)
        if made.recorded_at < line.statement.imported_at or made.tenant_id != tenant.id:
            flash(_("流水号以前登记过，已对上那笔收款，没有重复记账。"), "info")
            return
        left = _("，其中%(fen)s元记为预收", fen=money_figure(made.free_fen)) if made.free_fen else ""
        flash(
            _(
                "%(fen)s元已入账到%(tenant)s%(left)s。",
                fen=money_figure(made.amount_fen),
                tenant=tenant.name,
                left=left,
            ),
            "success",
        )

    return _done(act, line)


@blueprint.post("/bank/lines/<int:bank_line_id>/joining")
@roles(*OPERATOR_ROLES)
def join(bank_line_id: int) -> BaseResponse:
    """A payment that was recorded by hand is this line's money."""
    line = _line(bank_line_id)
    payment = _mine(Payment, "payment_id", N_("没有这笔收款，或您无权查看"))

    def act() -> None:
        bank.join(db.session, line, payment)
        flash(_("已对上以前登记的收款，没有重复记账。"), "success")

    return _done(act, line)


@blueprint.post("/bank/lines/<int:bank_line_id>/aside")
@roles(*OPERATOR_ROLES)
def set_aside(bank_line_id: int) -> Any:
    line, form = _line(bank_line_id), ReasonForm()
    if form.validate():
        try:
            bank.set_aside(db.session, line, form.reason.data)
            flash(_("已搁置，可以随时取回。"), "success")
            return redirect(_next())
        except DomainError as error:
            db.session.rollback()
            form.say(error)
            line = _line(bank_line_id)
    return _page(line, form), 422


@blueprint.post("/bank/lines/<int:bank_line_id>/return")
@roles(*OPERATOR_ROLES)
def take_back(bank_line_id: int) -> BaseResponse:
    line = _line(bank_line_id)

    def act() -> None:
        bank.take_back(db.session, line)
        flash(_("已取回，重新待入账。"), "success")

    return _done(act, line)


@blueprint.post("/bank/lines/<int:bank_line_id>/reversal")
@roles(Role.OPERATOR_MANAGER)
def reverse(bank_line_id: int) -> BaseResponse:
    """The payment is taken back as any other; the line then waits again."""
    line = _line(bank_line_id)
    payment = line.payment
    if payment is None:
        raise NotFound("这一行还没有入账，没有可以冲销的收款")

    def act() -> None:
        awards = billing.reverse(db.session, payment, request.form.get("reason", ""))
        flash(_("收款已冲销，这一行重新待入账。"), "success")
        warn(awards)

    return _done(act, line)


def _done(act: Callable[[], None], line: BankLine) -> BaseResponse:
    line_id = line.id
    try:
        act()
    except DomainError as error:
        db.session.rollback()
        flash(sentence(error), "error")
        return redirect(url_for("bank.show", bank_line_id=line_id))
    return redirect(_next())


def _next() -> str:
    target = request.form.get("next", "")
    return target if is_local(target) else url_for("bank.desk")


def _is_id(said: str) -> bool:
    return said.isascii() and said.isdecimal() and len(said) <= LONGEST


def _mine(kind: Any, name: str, message: str) -> Any:
    """The row that a field names, if the asker may see it."""
    said = request.form.get(name, "")
    found = db.session.scalars(select(kind).where(kind.id == int(said))).first() if _is_id(said) else None
    if found is None:
        raise NotFound(message)
    return found


def _line(line_id: int) -> BankLine:
    found = reads.one(db.session, line_id)
    if found is None:
        raise NotFound("没有这行流水，或您无权查看")
    return found


def _page(line: BankLine, form: ReasonForm | None = None) -> str:
    payment = line.payment if line.payment is not None and line.payment.reversed_at is None else None
    state = "aside" if line.aside_at else "booked" if payment else "waits"
    q = " ".join(request.args.get("q", "").split())[:60]
    match = bank.matches(db.session, line.operator_id, [line])[line.id] if state == "waits" else None
    told = view.told_of([match]) if match else {}
    return render_template(
        "bank/show.html",
        line=line,
        state=state,
        payment=payment,
        bill=reads.bill_of(db.session, payment) if payment else None,
        match=match,
        proposals=[told[it] for it in match.proposals] if match else [],
        similar=reads.similar(db.session, line) if state == "waits" else [],
        q=q,
        found=reads.choices(db.session, q) if q and state == "waits" else [],
        form=form or ReasonForm(formdata=None),
        may_reverse=g.asker.may(Role.OPERATOR_MANAGER),
        words=words,
    )
