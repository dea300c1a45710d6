"""追回: the list of files, the page of one, and the acts on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from core.data.models import TENANT_ROLES, Recovery, RecoveryCause, Role
from core.data.types import utcnow
from core.errors import DomainError, Invalid, NotFound
from core.extensions import db
from core.services import jobs
from core.services.recovery import crediting, deciding, enclosures, opening
from core.services.recovery.enclosures import Enclosed
from core.web import recovery_words as words
from core.web import uploads
from core.web.access import roles
from core.web.downloads import stored_paper
from core.web.errors import sentence
from core.web.forms.accounts import DomainForm
from core.web.forms.recoveries import FORMS
from core.web.views import recoveries as view
from core.web.views.case_page import registry
from core.web.views.ties import open_case

blueprint = Blueprint("recoveries", __name__)
STAFF = (
    *(Role.WINDOW, Role.FIRST_REVIEWER, Role.SECOND_REVIEWER, Role.APPROVER, Role.PAYER),
    *(Role.AUDITOR, Role.DISTRICT_ADMIN),
)
PROPOSERS, DECIDERS = tuple(opening.PROPOSERS), tuple(opening.DECIDERS)
Act = Callable[[Recovery, dict[str, Any]], None]


@blueprint.get("/recoveries")
@roles(*STAFF)
def index() -> str:
    return render_template(
        "recoveries/index.html", page=view.table().page(), words=words, may_find=g.asker.may(*PROPOSERS)
    )


@blueprint.get("/recoveries/export")
@roles(*STAFF)
def export() -> Response:
    return view.table().file()


@blueprint.post("/recoveries/search")
@roles(*PROPOSERS)
def find() -> Any:
    """Look now and not tomorrow morning: as a job, for there may be many."""
    jobs.enqueue(db.session(), "find_recoveries", key=f"find_recoveries:{utcnow():%Y%m%d%H%M}")
    flash(_("正在核对已拨付的核定，发现的线索会列在这里，并通知初审人员。"), "success")
    return redirect(url_for("recoveries.index"))


@blueprint.get("/recoveries/<int:recovery_id>")
@roles(*STAFF, *TENANT_ROLES)
def show(recovery_id: int) -> str:
    return _page(_file(recovery_id))


@blueprint.post("/cases/<int:case_id>/recoveries")
@roles(*PROPOSERS)
def open_file(case_id: int) -> Any:
    """A file for a reason that somebody knows of; what is owed the rules say."""
    case = open_case(case_id)
    try:
        said = request.form.get("cause", "")
        if said not in {cause.value for cause in words.BY_HAND}:
            raise Invalid("请选择追回的事由", field="cause")
        made = deciding.open_by_hand(db.session, registry(), case, RecoveryCause(said))
    except DomainError as error:
        db.session.rollback()
        flash(sentence(error), "error")
        return redirect(url_for("cases.show", case_id=case_id))
    flash(_("已立卷%(number)s，核对后请提出。", number=made.number), "success")
    return _to(made.id)


@blueprint.post("/recoveries/<int:recovery_id>/proposal")
@roles(*PROPOSERS)
def propose(recovery_id: int) -> Any:
    def act(file: Recovery, said: dict[str, Any]) -> None:
        deciding.propose(db.session, registry(), file, said["reason"], today=g.today)

    return _with_form(recovery_id, "propose", act, _("已提出追回，企业已收到通知。"))


@blueprint.post("/recoveries/<int:recovery_id>/computation")
@roles(*PROPOSERS)
def recompute(recovery_id: int) -> Any:
    file = _file(recovery_id)
    return _plain(file, lambda: deciding.recompute(db.session, registry(), file, today=g.today), _("已重新核算。"))


@blueprint.post("/recoveries/<int:recovery_id>/statement")
@roles(*TENANT_ROLES)
def state(recovery_id: int) -> Any:
    def act(_before: Recovery, said: dict[str, Any]) -> None:
        enclosed = _enclosed()
        deciding.state(db.session, _file(recovery_id), said["said"], enclosed)

    return _with_form(recovery_id, "state", act, _("陈述已提交。"))


@blueprint.post("/recoveries/<int:recovery_id>/decision")
@roles(*DECIDERS)
def decide(recovery_id: int) -> Any:
    def act(file: Recovery, said: dict[str, Any]) -> None:
        deciding.decide(db.session, registry(), file, said.pop("opinion"), **said, today=g.today)

    return _with_form(recovery_id, "decide", act, _("已决定追回，退回决定书制作中。"))


@blueprint.post("/recoveries/<int:recovery_id>/demand")
@roles(*DECIDERS)
def demand(recovery_id: int) -> Any:
    def act(file: Recovery, said: dict[str, Any]) -> None:
        deciding.demand(db.session, file, **said, today=g.today)

    return _with_form(recovery_id, "demand", act, _("退回决定书制作中。"))


@blueprint.post("/recoveries/<int:recovery_id>/dropping")
@roles(*PROPOSERS, *DECIDERS)
def drop(recovery_id: int) -> Any:
    def act(file: Recovery, said: dict[str, Any]) -> None:
        deciding.give_up(db.session, file, said["why"])

    return _with_form(recovery_id, "drop", act, _("本卷不予追回，已办结。"))


@blueprint.post("/recoveries/<int:recovery_id>/appeal")
@roles(Role.FOUNDER)
def appeal(recovery_id: int) -> Any:
    def act(_before: Recovery, said: dict[str, Any]) -> None:
        enclosed, confirmed = _enclosed(), said["confirmed"]
        deciding.appeal(db.session, _file(recovery_id), said["said"], enclosed, confirmed=confirmed, today=g.today)

    return _with_form(recovery_id, "appeal", act, _("已申请复核，由未参与的人员办理。"))


@blueprint.get("/recoveries/<int:recovery_id>/papers/<int:recovery_paper_id>")
@roles(*STAFF, *TENANT_ROLES)
def paper(recovery_id: int, recovery_paper_id: int) -> Response:
    """A paper handed in with a statement or an appeal, as an attachment that can do nothing in our origin."""
    kept = enclosures.one(db.session, _file(recovery_id), recovery_paper_id).file
    return stored_paper(current_app.extensions["settings"].files, kept)


@blueprint.post("/recoveries/<int:recovery_id>/judgement")
@roles(*DECIDERS)
def judge(recovery_id: int) -> Any:
    def act(file: Recovery, said: dict[str, Any]) -> None:
        upheld = said.pop("upheld") == "yes"
        deciding.judge(db.session, registry(), file, said.pop("opinion"), upheld=upheld, **said, today=g.today)

    return _with_form(recovery_id, "judge", act, _("复核已办结。"))


@blueprint.post("/recoveries/<int:recovery_id>/receipts")
@roles(Role.PAYER)
def receipt(recovery_id: int) -> Any:
    def act(file: Recovery, said: dict[str, Any]) -> None:
        crediting.record(db.session, file, **said, today=g.today)

    return _with_form(recovery_id, "receipt", act, _("收款已登记，请另一位拨付人员确认。"))


@blueprint.post("/recoveries/<int:recovery_id>/receipts/<int:recovery_credit_id>/confirmation")
@roles(Role.PAYER)
def confirm(recovery_id: int, recovery_credit_id: int) -> Any:
    file = _file(recovery_id)
    credit = crediting.load(db.session, file, recovery_credit_id)
    done = _("收款已确认，资金池已记回。")
    return _plain(file, lambda: crediting.confirm(db.session, registry(), credit, today=g.today), done)


@blueprint.post("/recoveries/<int:recovery_id>/receipts/<int:recovery_credit_id>/removal")
@roles(Role.PAYER)
def withdraw(recovery_id: int, recovery_credit_id: int) -> Any:
    file = _file(recovery_id)
    credit = crediting.load(db.session, file, recovery_credit_id)
    reason = request.form.get("reason", "")
    return _plain(file, lambda: crediting.withdraw(db.session, credit, reason), _("收款登记已撤回。"))


def _file(recovery_id: int) -> Recovery:
    """The file, for whoever may see it and has no tie to the tenant."""
    found = opening.load(db.session, recovery_id)
    open_case(found.case_id)
    return found


def _enclosed() -> Enclosed:
    """The papers that were sent along, each checked. Looking at them ends the transaction: what was read before is
    read anew. Raises `Invalid`, `Unavailable`."""
    sent = [uploads.paper(item) for item in request.files.getlist("papers") if item.filename]
    return Enclosed(current_app.extensions["settings"].files, sent)


def _with_form(recovery_id: int, name: str, act: Act, done: str) -> Any:
    """An act with what was typed; where it is refused the page is shown again with it."""
    file, form = _file(recovery_id), FORMS[name](prefix=f"{name}-")
    if form.validate():
        try:
            act(file, form.values())
        except NotFound:
            raise
        except DomainError as error:
            db.session.rollback()
            form.say(error)
        else:
            flash(done, "success")
            return _to(recovery_id)
    return _page(_file(recovery_id), {name: form}), 422


def _plain(file: Recovery, act: Callable[[], None], done: str) -> Any:
    recovery_id = file.id
    try:
        act()
    except DomainError as error:
        db.session.rollback()
        return _page(_file(recovery_id), problem=sentence(error)), error.status
    flash(done, "success")
    return _to(recovery_id)


def _to(recovery_id: int) -> Any:
    return redirect(url_for("recoveries.show", recovery_id=recovery_id))


def _page(file: Recovery, given: dict[str, DomainForm] | None = None, *, problem: str = "") -> str:
    return render_template("recoveries/show.html", problem=problem, **view.page(file, given or {}))
