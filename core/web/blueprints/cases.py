"""申请件: one address per case, for whoever may see it; what it shows depends on the reader."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, g, jsonify, redirect, render_template, request, url_for
from flask import Response as FlaskResponse
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from core.data.asker import Reach
from core.data.models import (
    DISTRICT_ROLES,
    OPERATOR_ROLES,
    TENANT_ROLES,
    Case,
    CaseDocument,
    Role,
    Tenant,
)
from core.errors import DomainError, Invalid, NotFound
from core.extensions import db
from core.services import assessments, cases, entitlements, moves
from core.services.needs import Act
from core.services.ties import Tied
from core.services.workflow import EDITABLE, MOVES, NOT_A_BUTTON
from core.web import uploads
from core.web.access import roles
from core.web.downloads import stored_paper
from core.web.errors import sentence
from core.web.forms.cases import CaseForm
from core.web.forms.questions import questions_of
from core.web.views import case_page as view
from core.web.views import (
    case_papers,
    known_facts,
    packages,
    policies,
    tracker,
)
from core.web.views import case_show as show_view
from core.web.views import ties as ties_view
from core.web.views.case_list import case_list

blueprint = Blueprint("cases", __name__)
EVERYONE = (*TENANT_ROLES, *OPERATOR_ROLES, *DISTRICT_ROLES)


@blueprint.get("/cases")
@roles(*EVERYONE)
def index() -> str:
    return render_template("cases/index.html", page=case_list().page(), reach=g.asker.reach.value)


@blueprint.get("/cases/export")
@roles(*EVERYONE)
def export() -> FlaskResponse:
    return case_list().file()


@blueprint.post("/cases")
@roles(*TENANT_ROLES)
def start() -> Response:
    tenant = db.session.scalars(select(Tenant)).one()
    case = cases.start(
        db.session,
        view.registry(),
        tenant,
        policy_key=request.form.get("policy", ""),
        period_from=request.form.get("period_from", ""),
        period_to=request.form.get("period_to", ""),
    )
    return redirect(url_for("cases.show", case_id=case.id))


@blueprint.get("/cases/<int:case_id>")
@roles(*EVERYONE)
def show(case_id: int) -> Any:
    try:
        case = ties_view.open_case(case_id)
    except Tied:
        return ties_view.blocked(cases.load(db.session, case_id)), 403
    if g.asker.reach is Reach.TENANT and case.state in EDITABLE:
        return _form_page(case, _form(case))
    return show_view.page(case)


@blueprint.post("/cases/<int:case_id>/draft")
@roles(*TENANT_ROLES)
def draft(case_id: int) -> Any:
    """Autosave: answers JSON, because a script asks. What can be kept is kept; what is wrong is told by field in
    `errors`, and which of it was not kept in `unsaved`."""
    case = cases.load(db.session, case_id)
    form, questions = CaseForm(), _questions(case)
    form.validate()
    errors = {name: "；".join(map(str, said)) for name, said in form.errors.items() if name}
    values = form.draft()
    unsaved = errors.keys() - values.keys()
    if questions is not None:
        unread = {f.name: "；".join(map(str, f.process_errors)) for f in questions if f.process_errors}
        errors, unsaved = errors | unread, unsaved | unread.keys()
        values["answers"] = {f.short_name: f.data for f in questions if f.name not in unread}
    try:
        problem = cases.keep(db.session, case, version=_version(form), values=values)
    except DomainError as error:
        db.session.rollback()
        return jsonify(errors={error.field or "version": sentence(error)}), error.status
    if problem is not None:
        errors[problem.field or ""] = sentence(problem)
        unsaved = unsaved | {*cases.PERIOD}
    return jsonify(version=case.version, errors=errors, unsaved=sorted(unsaved))


@blueprint.post("/cases/<int:case_id>/submission")
@roles(*TENANT_ROLES)
def submit(case_id: int) -> Any:
    case = cases.load(db.session, case_id)
    form = CaseForm()
    questions = _questions(case)
    try:
        if not form.validate() or (questions is not None and not questions.validate()):
            return _form_page(case, form, questions), 422
        _save(case, form)
        moves.move(db.session, view.registry(), case, "submit", Act(), today=g.today)
    except DomainError as error:
        # What was typed stays on the page; the autosaved draft has it too.
        db.session.rollback()
        case = cases.load(db.session, case_id)
        if case.state not in EDITABLE:  # pressed twice, or a colleague was faster
            flash(_("这份申请已经提交，没有重复提交。"), "info")
            return redirect(url_for("cases.show", case_id=case.id))
        field = getattr(form, error.field or "", None)
        if field is not None:
            field.errors = [*field.errors, sentence(error)]
        else:
            form.form_errors.append(sentence(error))
        return _form_page(case, form, questions), error.status
    flash(_("申请已提交。窗口受理后会在这里显示进度。"), "success")
    return redirect(url_for("cases.show", case_id=case.id))


@blueprint.post("/cases/<int:case_id>/moves/<code>")
@roles(*EVERYONE)
def move(case_id: int, code: str) -> Any:
    case = ties_view.open_case(case_id)
    if code not in MOVES or code in NOT_A_BUTTON:
        raise NotFound("没有这一步")
    act = Act(
        opinion=request.form.get("opinion", ""),
        reasons=tuple(request.form.getlist("reasons")),
        confirmed=request.form.get("confirmed") == "yes",
        content_hash=request.form.get("content_hash") or None,
    )
    try:
        moves.move(db.session, view.registry(), case, code, act, today=g.today)
    except DomainError as error:
        db.session.rollback()
        return show_view.page(cases.load(db.session, case_id), problem=sentence(error), kept={code: act}), error.status
    flash(_(MOVES[code].applicant if g.asker.reach is Reach.TENANT else MOVES[code].record), "success")
    return redirect(url_for("cases.show", case_id=case.id))


@blueprint.post("/cases/<int:case_id>/assessment")
@roles(*(DISTRICT_ROLES - {Role.AUDITOR}))
def reassess(case_id: int) -> Response:
    """Have the policy's rules start afresh; the page that follows asks them."""
    case = ties_view.open_case(case_id)
    view.registry().wake(case.policy_key)
    return redirect(url_for("cases.show", case_id=case.id, _anchor="result"))


@blueprint.post("/cases/<int:case_id>/documents/<kind>")
@roles(*TENANT_ROLES)
def upload(case_id: int, kind: str) -> Any:
    cases.load(db.session, case_id)
    sent = [f for f in request.files.getlist("file") if f.filename]
    if not sent:
        raise Invalid("没有收到文件，请选择后再上传", field="file")
    papers = [uploads.paper(item) for item in sent]
    case = cases.load(db.session, case_id)
    store = current_app.extensions["settings"].files
    cases.hand_in(db.session, store, case, papers, kind=kind, registry=view.registry())
    return redirect(url_for("cases.show", case_id=case.id, _anchor="documents"))


@blueprint.post("/cases/<int:case_id>/documents/<int:document_id>/removal")
@roles(*TENANT_ROLES)
def remove(case_id: int, document_id: int) -> Response:
    case = cases.load(db.session, case_id)
    cases.detach(db.session, case, _document(case, document_id))
    return redirect(url_for("cases.show", case_id=case.id, _anchor="documents"))


@blueprint.get("/cases/<int:case_id>/documents/<int:document_id>")
@roles(*TENANT_ROLES, *DISTRICT_ROLES)
def paper(case_id: int, document_id: int) -> Response:
    """A paper, as an attachment that can do nothing in our origin."""
    file = _document(ties_view.open_case(case_id), document_id).file
    return stored_paper(current_app.extensions["settings"].files, file)


def _document(case: Case, document_id: int) -> CaseDocument:
    found = next((d for d in case.documents if d.id == document_id), None)
    if found is None:
        raise NotFound("没有这份材料，或您无权查看")
    return found


def _form(case: Case) -> CaseForm:
    kept = ("version", "period_from", "period_to", "payee_name", "payee_bank", "payee_bank_code", "payee_own")
    data = {name: getattr(case, name) for name in kept}
    return CaseForm(formdata=None, data=data)


def _questions(case: Case) -> Any:
    """The policy's own questions, or None where it asks none: by its form class, else as policy.yaml puts them."""
    registry, key = view.registry(), case.policy_key
    loaded = registry.get(key) if key in registry else registry.held.get(key)
    formdata = request.form if request.method == "POST" else None
    if loaded is not None and loaded.policy.form is not None:
        return loaded.policy.form(formdata, data=case.answers, prefix="answers-")
    form = questions_of(assessments.card_of(registry, key))
    if form is not None:
        form.process(formdata, data=case.answers)
    return form


def _save(case: Case, form: CaseForm) -> None:
    questions = _questions(case)
    answers = {"answers": {f.short_name: f.data for f in questions}} if questions is not None else {}
    cases.save(db.session, case, version=_version(form), values=form.values() | answers)


def _version(form: CaseForm) -> int | None:
    return int(form.version.data) if (form.version.data or "").isdigit() else None


def _form_page(case: Case, form: CaseForm, questions: Any = None) -> str:
    shown = show_view.assessed(case)
    assessed = shown["assessed"]
    frozen = assessed.frozen if assessed else assessments.facts_of(db.session, case, g.today)
    rivals = None
    if assessed:
        rivals = entitlements.rivals(db.session, case, assessed, view.registry().policies, g.today)
    return render_template(
        "cases/form.html",
        case=case,
        rivals=policies.rivals(rivals),
        form=form,
        questions=questions or _questions(case),
        card=assessments.card_of(view.registry(), case.policy_key),
        company=known_facts.company(frozen),
        months=known_facts.by_month(frozen),
        papers=view.papers(db.session, case),
        case_papers=case_papers.rows(case),
        correction=tracker.correction(case),
        steps=tracker.steps(case),
        events=view.trail(db.session, case, staff=False),
        **packages.boxes(case),
        **shown,
    )
