"""发现与整改: the list of 审计发现, writing one, the page of one with both sides, and the steps of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, current_app, flash, g, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _

from core.data.models import DISTRICT_ROLES, OPERATOR_ROLES, TENANT_ROLES, Finding, FindingActKind, FindingState, Role
from core.data.queries import findings as reads
from core.errors import DomainError, Forbidden, Invalid, NotFound
from core.extensions import db
from core.services.findings import acting, enclosures, proposing, steps, writing
from core.services.findings.enclosures import Enclosed
from core.web import finding_words as words
from core.web import uploads
from core.web.access import auditors_may, kept_open, roles
from core.web.downloads import stored_paper
from core.web.errors import sentence
from core.web.forms.accounts import DomainForm
from core.web.forms.findings import FORMS, WITH_PAPERS, DeclineForm, TakeUpForm
from core.web.views import findings as view
from core.web.views.case_page import registry
from core.web.views.leads import title_of

blueprint = Blueprint("findings", __name__)
READERS = (*DISTRICT_ROLES, *OPERATOR_ROLES, *TENANT_ROLES)
DESKS = tuple(frozenset().union(*proposing.DESKS.values()))
ONE, K = "/findings/<int:finding_id>", FindingActKind


@blueprint.get("/findings")
@roles(*READERS)
def index() -> str:
    table = view.table()
    return render_template(
        "findings/index.html",
        page=table.page(),
        words=words,
        sums=table.sums(["amount_fen"]),
        totals=reads.totals(db.session, g.today),
        may_write=g.asker.may(Role.AUDITOR),
        staff=view.is_staff(),
    )


@blueprint.get("/findings/export")
@roles(*READERS)
def export() -> Response:
    return view.table().file()


@blueprint.get("/findings/new")
@roles(Role.AUDITOR)
def new() -> str:
    """What it is written from, by the query string: `letter`, `lead` (with a `letter` of it) or `item` of a sample."""
    return render_template("findings/new.html", origin=_origin(), form=view.text_of(), words=words, lead_title=title_of)


@blueprint.post("/findings")
@roles(Role.AUDITOR)
def create() -> Any:
    """The draft begins, and saves itself from now on."""
    form = view.text_of()
    found = _origin()
    try:
        form.validate()
        values = {"title": form.title.data or "", "severity": form.severity.data}
        if found.lead is None and found.sample_item is None:
            values["source"] = form.source.data
        made = writing.begin(db.session, found, values)
    except DomainError as error:
        db.session.rollback()
        form.say(error)
        return render_template(
            "findings/new.html", origin=_origin(), form=form, words=words, lead_title=title_of
        ), error.status
    return redirect(url_for("findings.edit", finding_id=made.id))


@blueprint.get(f"{ONE}/text")
@roles(Role.AUDITOR)
def edit(finding_id: int) -> Any:
    return _text_page(_draft(finding_id))


@blueprint.post(f"{ONE}/text")
@roles(Role.AUDITOR)
def save(finding_id: int) -> Any:
    """Keep what was typed; a script that saves by itself gets JSON, and what can be read is kept."""
    finding, form = _draft(finding_id), view.text_of()
    by_itself, whole = "X-Autosave" in request.headers, form.validate()
    errors = {field.name: "；".join(map(str, field.errors)) for field in form if field.errors}
    try:
        if whole or by_itself:
            writing.edit(db.session, finding, view.typed(form, finding), noted=not by_itself)
    except DomainError as error:
        db.session.rollback()
        if by_itself:
            return jsonify(errors={error.field or "title": sentence(error)}), error.status
        form.say(error)
        whole = False
    if by_itself:
        return jsonify(errors=errors, unsaved=sorted(errors))
    if not whole:
        return _text_page(_draft(finding_id), form), 422
    flash(_("草稿已保存，核对后送达。"), "success")
    return _to(finding_id)


@blueprint.get(ONE)
@roles(*READERS)
def show(finding_id: int) -> str:
    return _page(steps.load(db.session, finding_id))


@blueprint.get(f"{ONE}/papers/<int:finding_paper_id>")
@roles(*READERS)
def paper(finding_id: int, finding_paper_id: int) -> Response:
    """A paper of either side, as an attachment that can do nothing in our origin."""
    kept = enclosures.one(db.session, steps.load(db.session, finding_id), finding_paper_id)
    return stored_paper(current_app.extensions["settings"].files, kept)


@blueprint.post(f"{ONE}/steps/<finding_step>")
@roles(*READERS)
@auditors_may
@kept_open  # who has to answer auditors answers them, whatever is owed to the platform
def act(finding_id: int, finding_step: str) -> Any:
    """One of the steps of `core.services.findings.steps`, which says who may make it."""
    steps.load(db.session, finding_id)
    if finding_step not in {kind.value for kind in FORMS}:
        raise NotFound("没有这一步")
    kind = FindingActKind(finding_step)
    form = FORMS[kind](prefix=f"{kind}-")
    enclosed: Enclosed | None = None

    def do() -> str:
        nonlocal enclosed
        if kind in WITH_PAPERS:  # looking at papers ends the transaction: what was read before is read anew
            enclosed = _enclosed(kind)
        return _do(steps.load(db.session, finding_id), kind, form.values(), enclosed)

    return _with_form(finding_id, kind.value, form, do)


def _do(finding: Finding, kind: FindingActKind, said: dict[str, Any], enclosed: Enclosed | None) -> str:
    """Make the step; returns what to say."""
    session, today = db.session, g.today
    match kind:
        case K.ISSUED:
            writing.issue(session, finding, **said, today=today)
            return _("已送达，被审计单位已收到通知。")
        case K.RESPONDED:
            agreed = said.pop("agreed") == "yes"
            acting.respond(session, finding, said["said"], enclosed, agreed=agreed, today=today)
            return _("答复已提交。")
        case K.REPORTED:
            acting.report(session, finding, said["said"], enclosed, today=today)
            return _("整改结果已报告，由审计人员复查。")
        case K.COMMENTED | K.NOTED:
            acting.say(session, finding, said["said"], enclosed, today=today, inside=kind is K.NOTED)
            return _("已记入。")
        case K.PROPOSED:
            proposing.propose(session, finding, said["kind"], said["said"], today=today)
            return _("已向经办部门提出建议，进入它们的待办。")
    plain: dict[FindingActKind, tuple[Callable[..., None], str]] = {
        K.CLOSED: (acting.close, _("已销号。")),
        K.ORDERED: (acting.order, _("已要求整改。")),
        K.DISMISSED: (acting.dismiss, _("答复未采纳，已请被审计单位重新答复。")),
        K.REOPENED: (acting.reopen, _("已退回整改。")),
        K.EXTENDED: (acting.extend, _("期限已延长。")),
        K.ESCALATED: (acting.escalate, _("已提交区级管理人员决定。")),
        K.WITHDRAWN: (acting.withdraw, _("已撤回。")),
    }
    do, done = plain[kind]
    do(session, finding, **said, today=today)
    return done


@blueprint.post(f"{ONE}/proposals/<int:finding_proposal_id>")
@roles(*DESKS)
def take_up(finding_id: int, finding_proposal_id: int) -> Any:
    """A desk does what was proposed, by its own service."""
    name = f"take_up-{finding_proposal_id}"
    form = TakeUpForm(prefix=f"{name}-")

    def do() -> str:
        proposal = proposing.load(db.session, steps.load(db.session, finding_id), finding_proposal_id)
        said = {"reasons": tuple(form.reasons.data or ()), "opinion": form.opinion.data or ""}
        proposing.take_up(db.session, registry(), proposal, **said, today=g.today)
        return _("已办理，审计人员会看到结果。")

    return _with_form(finding_id, name, form, do)


@blueprint.post(f"{ONE}/proposals/<int:finding_proposal_id>/refusal")
@roles(*DESKS)
def decline(finding_id: int, finding_proposal_id: int) -> Any:
    name = f"decline-{finding_proposal_id}"
    form = DeclineForm(prefix=f"{name}-")

    def do() -> str:
        proposal = proposing.load(db.session, steps.load(db.session, finding_id), finding_proposal_id)
        proposing.decline(db.session, proposal, form.reason.data or "")
        return _("已说明不予采纳的理由。")

    return _with_form(finding_id, name, form, do)


def _origin() -> writing.Origin:
    def number(name: str) -> int | None:
        said = request.values.get(name, "")
        if said and not (said.isdecimal() and len(said) < 16):
            raise NotFound("没有这条记录，或您无权查看")
        return int(said) if said else None

    return writing.origin(db.session, letter_id=number("letter"), lead_id=number("lead"), sample_item_id=number("item"))


def _draft(finding_id: int) -> Finding:
    """The draft, for who writes it."""
    finding = steps.load(db.session, finding_id)
    if finding.written_by_id != g.asker.user_id:
        raise Forbidden("草稿由撰写人本人办理")
    if finding.state is not FindingState.DRAFT:
        raise Invalid("已送达的审计发现不能再改；请用意见补充")
    return finding


def _enclosed(kind: FindingActKind) -> Enclosed:
    """The papers that were sent along, each checked. Raises `Invalid`, `Unavailable`."""
    sent = [uploads.paper(item) for item in request.files.getlist(f"{kind}-papers") if item.filename]
    return Enclosed(current_app.extensions["settings"].files, sent)


def _with_form(finding_id: int, name: str, form: DomainForm, do: Callable[[], str]) -> Any:
    """A step with what was typed; where it is refused the page is shown again with it."""
    if form.validate():
        try:
            done = do()
        except NotFound:
            raise
        except DomainError as error:
            db.session.rollback()
            form.say(error)
            return _page(steps.load(db.session, finding_id), {name: form}, problem=sentence(error)), error.status
        flash(done, "success")
        return _to(finding_id)
    return _page(steps.load(db.session, finding_id), {name: form}), 422


def _to(finding_id: int) -> Any:
    return redirect(url_for("findings.show", finding_id=finding_id))


def _page(finding: Finding, given: dict[str, DomainForm] | None = None, *, problem: str = "") -> str:
    return render_template("findings/show.html", problem=problem, **view.page(finding, given or {}))


def _text_page(finding: Finding, form: DomainForm | None = None) -> str:
    return render_template("findings/edit.html", finding=finding, form=form or view.text_of(finding), words=words)
