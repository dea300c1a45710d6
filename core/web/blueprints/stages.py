"""阶段变动: moving one tenant, its record of stages, and correcting that record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, current_app, flash, g, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from core.data.models import DISTRICT_ROLES, OPERATOR_ROLES, TENANT_ROLES, Stage, StoredFile, Tenant, TenantDocument
from core.data.queries import stages as queries
from core.errors import DomainError, NotFound
from core.extensions import db
from core.services import files, stages
from core.services.stages import Evidence, book, effects, history, readiness
from core.services.stages.history import NEXT
from core.services.stages.words import word
from core.web import uploads
from core.web.access import roles
from core.web.downloads import stored_paper
from core.web.forms.stages import CorrectionForm, MoveForm, beginnings
from core.web.views import stages as view
from core.web.views.case_page import registry
from core.web.views.tenant_file import load, page

blueprint = Blueprint("stages", __name__)


@blueprint.get("/tenants/<int:tenant_id>/stages")
@roles(*OPERATOR_ROLES, *DISTRICT_ROLES, *TENANT_ROLES)
def record(tenant_id: int) -> str:
    """The tenant's stages: where it stands, and everything that was decided about it."""
    tenant = load(tenant_id)
    return page(
        "stages",
        tenant,
        "stages",
        readiness=view.readiness_of(tenant),
        stretches=view.stretches(history.to_json(book.read(tenant))),
        decisions=view.decisions(tenant),
        file_href=view.file_href,
    )


@blueprint.get("/tenants/<int:tenant_id>/stages/papers/<int:stored_file_id>")
@roles(*OPERATOR_ROLES, *DISTRICT_ROLES, *TENANT_ROLES)
def paper(tenant_id: int, stored_file_id: int) -> Response:
    """A paper that a decision stands on, as an attachment that can do nothing in our origin."""
    tenant = load(tenant_id)
    named = {it["file_id"] for row in queries.decisions(db.session, tenant.id) for it in row.evidence}
    file = _file(tenant, stored_file_id) if stored_file_id in named else None
    if file is None:
        raise NotFound("没有这份依据材料，或您无权查看")
    return stored_paper(current_app.extensions["settings"].files, file)


# ── a move ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@blueprint.get("/tenants/<int:tenant_id>/move")
@roles(*OPERATOR_ROLES)
def form(tenant_id: int) -> str:
    tenant = load(tenant_id)
    asked = request.args.get("to")
    choices = NEXT[tenant.stage]
    to = next((it for it in choices if it.value == asked), None)
    nearest = readiness.standings(db.session, g.today, ids=[tenant.id])[0].readiness.target
    problem = ""
    if asked and to is None and asked in {it.value for it in Stage}:
        problem = _(
            "不能从“%(stage)s”直接转入“%(to)s”，不可跳过阶段；请从下面选择下一步",
            stage=word(tenant.stage),
            to=word(Stage(asked)),
        )
    made = MoveForm(
        formdata=None, to=to or (nearest.stage if nearest else choices[0]), on=g.today, seen=tenant.stage.value
    )
    return _move_page(tenant, made, problem=problem)


@blueprint.post("/tenants/<int:tenant_id>/move")
@roles(*OPERATOR_ROLES)
def move(tenant_id: int) -> Any:
    """First a look at what would happen, tried and taken back; then, confirmed, the move itself."""
    tenant = load(tenant_id)
    made = _bound(tenant, MoveForm())
    if not _keep_uploads(tenant, made) or not made.validate():
        return _move_page(tenant, made), 422
    try:
        if request.form.get("step") == "confirm":
            _act(tenant, made)
            flash(_("“%(name)s”已转入%(stage)s。", name=tenant.name, stage=word(made.to.data)), "success")
            return redirect(url_for("stages.record", tenant_id=tenant.id))
        if request.form.get("step") == "edit":
            return _move_page(tenant, made)
        trial = db.session.begin_nested()
        try:
            _act(tenant, made)
        finally:
            trial.rollback()
    except DomainError as error:
        db.session.rollback()
        made.say(error)
        return _move_page(load(tenant_id), made), error.status
    return _move_page(load(tenant_id), made, confirming=True)


def _act(tenant: Tenant, made: MoveForm) -> None:
    to, on = made.to.data, made.on.data
    stages.move(
        db.session,
        tenant,
        to,
        on,
        deciders=made.deciders(),
        evidence=_evidence(tenant, made),
        reason=made.reason.data,
        today=g.today,
        registry=registry(),
        effects=_shown(lambda: effects.effects(db.session, tenant, to, on, registry())),
        seen=Stage(made.seen.data) if made.seen.data in {it.value for it in Stage} else None,
    )


def _shown(read: Callable[[], list[effects.Effect]]) -> list[effects.Effect]:
    """The effects; none where the move itself is one that will be refused."""
    try:
        return read()
    except history.OutOfOrder:
        return []


def _evidence(tenant: Tenant, made: MoveForm) -> list[Evidence]:
    found = [Evidence(title) for title in made.named()]
    picked = made.picked.data or ()
    found += [Evidence(it.title, it.file) for it in _documents(tenant) if it.id in picked]
    for file_id in made.kept.data or ():
        file = _file(tenant, file_id)
        if file is not None:
            found.append(Evidence(file.name, file))
    return found


def _bound(tenant: Tenant, made: MoveForm) -> MoveForm:
    """The form with the choices that this tenant has."""
    made.to.choices = [(it.value, word(it)) for it in NEXT[tenant.stage]]
    made.picked.choices = [(it.id, it.title) for it in _documents(tenant)]
    sent = [int(it) for it in request.form.getlist("kept") if it.isdigit()]
    made.kept.choices = [(it.id, it.name) for it in (_file(tenant, id_) for id_ in sent) if it is not None]
    return made


def _keep_uploads(tenant: Tenant, made: MoveForm) -> bool:
    """Take in what was sent now. A paper is kept whatever becomes of the rest of the form: nobody uploads twice."""
    sent = [it for it in made.evidence.data or () if it and getattr(it, "filename", "")]
    store = current_app.extensions["settings"].files
    try:
        papers = [uploads.paper(item) for item in sent]
        for paper in papers:
            file = files.accept(db.session, store, tenant, paper)
            made.kept.choices = [*(made.kept.choices or []), (file.id, file.name)]
            made.kept.data = [*(made.kept.data or ()), file.id]
    except DomainError as error:
        db.session.rollback()
        made.validate()
        error.field = "evidence"
        made.say(error)
        return False
    if sent:
        db.session.commit()
    return True


def _move_page(tenant: Tenant, made: MoveForm, *, confirming: bool = False, problem: str = "") -> str:
    _bound(tenant, made) if made.to.choices is None else None
    to = made.to.data if made.to.data in NEXT[tenant.stage] else NEXT[tenant.stage][0]
    day = made.on.data if isinstance(made.on.data, date) and made.on.data <= g.today else g.today
    assessed = readiness.assess(db.session, tenant, to, day)
    changes = _shown(lambda: effects.effects(db.session, tenant, to, day, registry()))
    chosen = {
        "papers": [it.title for it in _evidence(tenant, made)] if confirming else [],
        "deciders": [it for it in made.deciders() if it.name] if confirming else [],
    }
    return page(
        "move",
        tenant,
        "stages",
        form=made,
        to=to.value,
        to_word=word(to),
        day=day,
        since=book.read(tenant)[-1].start,
        assessed=view.assessed_rows(assessed),
        effects=view.effect_rows(changes),
        confirming=confirming,
        chosen=chosen,
        problem=problem,
    )


# ── a correction ────────────────────────────────────────────────────────────────────────────────────────────────────


@blueprint.get("/tenants/<int:tenant_id>/stages/correct")
@roles(*OPERATOR_ROLES)
def correction(tenant_id: int) -> str:
    tenant = load(tenant_id)
    return _correction_page(tenant, CorrectionForm(formdata=None, seen=_mark(tenant)))


@blueprint.post("/tenants/<int:tenant_id>/stages/correct")
@roles(*OPERATOR_ROLES)
def correct(tenant_id: int) -> Any:
    tenant, made = load(tenant_id), CorrectionForm()
    typed, meant, wrong = beginnings(request.form)
    if request.form.get("act") == "take_back":
        meant, wrong = history.beginnings(book.read(tenant))[:-1], None
    status = 422
    if made.validate() and wrong is None:
        try:
            stages.correct(
                db.session,
                tenant,
                meant,
                deciders=made.deciders(),
                reason=made.reason.data or "",
                today=g.today,
                evidence=[Evidence(title) for title in made.named()],
                seen=book.read(tenant) if made.seen.data == _mark(tenant) else (),
            )
            flash(_("履历已更正，更正前后的内容都留有记录。"), "success")
            return redirect(url_for("stages.record", tenant_id=tenant.id))
        except DomainError as error:
            db.session.rollback()
            tenant, status = load(tenant_id), error.status
            if error.field == "beginnings":
                wrong = view.sentence(error)
            else:
                made.say(error)
    return _correction_page(tenant, made, typed=typed, wrong=wrong), status


def _mark(tenant: Tenant) -> str:
    """What the history says, so that a correction of an older one is refused."""
    return ";".join(f"{stage}:{on}" for stage, on in history.beginnings(book.read(tenant)))


def _correction_page(
    tenant: Tenant, made: CorrectionForm, *, typed: list[dict[str, str]] | None = None, wrong: str | None = None
) -> str:
    past = book.read(tenant)
    rows = typed or [{"stage": stage.value, "on": on.isoformat()} for stage, on in history.beginnings(past)]
    if rows[-1]["stage"]:
        rows = [*rows, {"stage": "", "on": ""}]  # room for one that was forgotten
    return page(
        "correct",
        tenant,
        "stages",
        form=made,
        rows=rows,
        wrong=wrong,
        choices=view.stage_choices(empty=_("（不要这一段）")),
        stretches=view.stretches(history.to_json(past)),
        last=past[-1].stage.value if len(past) > 1 else None,
    )


def _documents(tenant: Tenant) -> list[TenantDocument]:
    return list(
        db.session.scalars(
            select(TenantDocument).where(TenantDocument.tenant_id == tenant.id).order_by(TenantDocument.id.desc())
        )
    )


def _file(tenant: Tenant, file_id: int) -> StoredFile | None:
    return db.session.scalars(
        select(StoredFile).where(StoredFile.id == file_id, StoredFile.tenant_id == tenant.id)
    ).one_or_none()
