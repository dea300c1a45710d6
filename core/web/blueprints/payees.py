"""收款账户 of a case: compared with a paper, found wrong, seen whole for a reason, changed by three people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from core.data.models import DISTRICT_ROLES, TENANT_ROLES, Case, PayeeChange, Role
from core.errors import DomainError, NotFound
from core.extensions import db
from core.services import cases, files, payee_changes, payees
from core.web import uploads
from core.web.access import auditors_may, roles
from core.web.downloads import stored_paper
from core.web.errors import sentence
from core.web.forms.accounts import options
from core.web.forms.payouts import ChangeForm, CheckForm
from core.web.views import payouts as view
from core.web.views.case_page import registry
from core.web.views.ties import open_case

blueprint = Blueprint("payees", __name__)


@blueprint.get("/cases/<int:case_id>/payee")
@roles(*TENANT_ROLES, *DISTRICT_ROLES)
def show(case_id: int) -> str:
    return _page(open_case(case_id))


@blueprint.post("/cases/<int:case_id>/payee/check")
@roles(Role.FIRST_REVIEWER)
def check(case_id: int) -> Any:
    case, form = open_case(case_id), CheckForm(prefix="check-")
    form.document_id.choices = options(view.papers(case), empty=_("请选择"))
    if form.validate():
        try:
            payees.check(db.session, case, document_id=form.document_id.data, note=form.note.data or "")
            flash(_("收款账户已核对一致。"), "success")
            return _to(case_id)
        except DomainError as error:
            db.session.rollback()
            form.say(error)
            case = open_case(case_id)
    return _page(case, check=form), 422


@blueprint.post("/cases/<int:case_id>/payee/doubt")
@roles(Role.FIRST_REVIEWER)
def doubt(case_id: int) -> Any:
    """Not the account of the papers: the applicant reads why, and asks for another."""
    case = open_case(case_id)
    try:
        payees.doubt(db.session, case, request.form.get("doubt", ""))
    except DomainError as error:
        db.session.rollback()
        return _page(open_case(case_id), problem=sentence(error)), error.status
    flash(_("已告知申请单位：账户不一致，请其申请变更。"), "success")
    return _to(case_id)


@blueprint.post("/cases/<int:case_id>/payee/account")
@roles(*view.REVEALERS)
@auditors_may
def reveal(case_id: int) -> Any:
    """The whole number, once, with a reason; the trail keeps who asked and why."""
    case, reason = open_case(case_id), request.form.get("reason", "")
    try:
        number = payees.reveal(db.session, case, reason)
    except DomainError as error:
        db.session.rollback()
        return _page(open_case(case_id), problem=sentence(error)), error.status
    return render_template("payouts/account.html", case=case, number=number)


# ── a change after acceptance ────────────────────────────────────────────────────────────────────────────────────────


@blueprint.get("/cases/<int:case_id>/payee/change")
@roles(*TENANT_ROLES)
def change(case_id: int) -> str:
    case = open_case(case_id)
    return _change_page(case, ChangeForm(formdata=None, data={"payee_name": case.payee_name}))


@blueprint.post("/cases/<int:case_id>/payee/change")
@roles(*TENANT_ROLES)
def request_change(case_id: int) -> Any:
    open_case(case_id)  # whose it is, before anything is looked at
    form = ChangeForm()
    sent = form.file.data
    if form.validate() and not (sent and sent.filename):
        form.file.errors = [_("没有收到文件，请选择后再上传")]
    elif not form.errors:
        try:
            store = current_app.extensions["settings"].files
            paper = uploads.paper(sent)
            case = open_case(case_id)
            cases.lock(db.session, case)  # before the tenant's files are, as whoever acts on the case does
            file = files.accept(db.session, store, case.tenant, paper)
            payee_changes.request(
                db.session, registry(), case, form.account(), reason=form.reason.data or "", file=file
            )
            flash(_("变更申请已提交。核对和批准之前，这笔资金不会拨付。"), "success")
            return _to(case_id)
        except DomainError as error:
            db.session.rollback()
            form.say(error)
    return _change_page(open_case(case_id), form), 422


@blueprint.post("/cases/<int:case_id>/payee/change/check")
@roles(Role.FIRST_REVIEWER)
def check_change(case_id: int) -> Any:
    note = request.form.get("note", "")
    return _step(case_id, lambda it: payee_changes.check(db.session, it, note), _("新账户已核对一致，等待批准。"))


@blueprint.post("/cases/<int:case_id>/payee/change/approval")
@roles(Role.APPROVER)
def approve_change(case_id: int) -> Any:
    return _step(
        case_id,
        lambda it: payee_changes.approve(db.session, registry(), it, today=g.today),
        _("变更已批准，资金将拨付到新账户。"),
    )


@blueprint.post("/cases/<int:case_id>/payee/change/refusal")
@roles(Role.FIRST_REVIEWER, Role.APPROVER)
def refuse_change(case_id: int) -> Any:
    remark = request.form.get("remark", "")
    return _step(case_id, lambda it: payee_changes.refuse(db.session, it, remark), _("已告知申请单位：不同意变更。"))


@blueprint.post("/cases/<int:case_id>/payee/change/withdrawal")
@roles(*TENANT_ROLES)
def withdraw_change(case_id: int) -> Any:
    return _step(case_id, lambda it: payee_changes.withdraw(db.session, it), _("变更申请已撤回。"))


@blueprint.get("/cases/<int:case_id>/payee/changes/<int:change_id>/paper")
@roles(*TENANT_ROLES, *DISTRICT_ROLES)
def paper(case_id: int, change_id: int) -> Response:
    """The paper that came with a change, as an attachment that can do nothing in our origin."""
    case = open_case(case_id)
    found = db.session.query(PayeeChange).filter_by(id=change_id, case_id=case.id).one_or_none()
    if found is None:
        raise NotFound("没有这份材料，或您无权查看")
    return stored_paper(current_app.extensions["settings"].files, found.file)


def _step(case_id: int, act: Callable[[PayeeChange], None], done: str) -> Any:
    case = open_case(case_id)
    try:
        act(payee_changes.load(db.session, case))
    except NotFound:
        raise
    except DomainError as error:
        db.session.rollback()
        return _page(open_case(case_id), problem=sentence(error)), error.status
    flash(done, "success")
    return _to(case_id)


def _to(case_id: int) -> Response:
    return redirect(url_for("payees.show", case_id=case_id))


def _page(case: Case, *, check: CheckForm | None = None, problem: str = "") -> str:
    form = check or CheckForm(formdata=None, prefix="check-")
    form.document_id.choices = options(view.papers(case), empty=_("请选择"))
    said = {name: request.form.get(name, "") for name in ("note", "remark", "reason", "doubt")}
    return render_template("payouts/payee.html", form=form, problem=problem, said=said, **view.payee(case))


def _change_page(case: Case, form: ChangeForm) -> str:
    return render_template("payouts/change.html", form=form, **view.payee(case))
