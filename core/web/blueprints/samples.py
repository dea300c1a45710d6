"""抽样: planning a sample, fixing its population, drawing it, and checking its letters one by one."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from core.data.models import AuditEngagement, AuditSample, EngagementState, Role, SampleMethod
from core.data.queries import engagements as reads
from core.data.queries.people import names
from core.data.queries.places import operators
from core.errors import DomainError
from core.extensions import db
from core.services import engagements, populations, sample_letters, samples
from core.services.sampling import plans
from core.web import sample_words as words
from core.web.access import roles
from core.web.errors import sentence
from core.web.forms.samples import CheckForm, PlanForm, SeedForm
from core.web.views import audit_packs, audit_papers
from core.web.views import samples as view
from core.web.views.case_page import policy_titles

blueprint = Blueprint("samples", __name__)
READERS = (Role.AUDITOR, Role.DISTRICT_ADMIN)
AUDITORS = tuple(engagements.AUDITORS)


@blueprint.get("/engagements/<int:engagement_id>/samples/new")
@roles(*AUDITORS)
def new(engagement_id: int) -> Any:
    """What would be drawn of what, computed with every change; nothing is kept."""
    engagement = engagements.load(db.session, engagement_id)
    asked = bool(request.args)
    form = _plan_form(PlanForm(request.args if asked else None, meta={"csrf": False}))  # it only reads
    form.form_errors = []
    plan = None
    if asked and form.validate():
        try:
            plan, _listed = _planned(engagement, form)
        except DomainError as error:
            form.say(error)
    return _new_page(engagement, form, plan)


@blueprint.post("/engagements/<int:engagement_id>/samples/new")
@roles(*AUDITORS)
def fix(engagement_id: int) -> Any:
    engagement, form = engagements.load(db.session, engagement_id), _plan_form(PlanForm())
    if form.validate():
        try:
            engagements.hold(db.session, engagement)  # its period, too, until the population stands
            sample = samples.fix(db.session, engagement, form.range(), *_planned(engagement, form))
            flash(_("总体已固定，摘要已留痕。现在可以填写种子。"), "success")
            return redirect(url_for("samples.show", sample_id=sample.id))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
    return _new_page(engagements.load(db.session, engagement_id), form, None), 422


def _planned(engagement: AuditEngagement, form: PlanForm) -> tuple[plans.Plan, list[populations.Listed]]:
    by = form.by.data if form.method.data is SampleMethod.STRATIFIED else ""
    listed = populations.population(db.session, engagement, form.range(), by or "")
    return samples.planned(listed, form.method.data, *form.limits(), size=form.size.data, by=by or ""), listed


def _plan_form(form: PlanForm) -> PlanForm:
    every = SelectChoice("", _("全部"))
    form.policy.choices = [every, *(SelectChoice(key, title) for key, title in policy_titles().items())]
    form.operator_id.choices = [every, *(SelectChoice(str(key), name) for key, name in operators(db.session))]
    return form


def _new_page(engagement: AuditEngagement, form: PlanForm, plan: plans.Plan | None) -> str:
    listed: list[populations.Listed] = []
    if not any(form[name].errors for name in form.RANGE):
        try:
            listed = populations.population(db.session, engagement, form.range())
        except DomainError as error:  # too many letters: they are narrowed on this page
            if sentence(error) not in form.form_errors:
                form.say(error)
    fen = sum(it.item.amount_fen for it in listed)
    return render_template(
        "samples/new.html",
        engagement=engagement,
        form=form,
        plan=plan,
        count=len(listed),
        fen=fen,
        why=view.why_so_many(plan, len(listed), fen) if plan else "",
        titles=policy_titles(),
    )


@blueprint.get("/samples/<int:sample_id>")
@roles(*READERS)
def show(sample_id: int) -> str:
    return _page(samples.load(db.session, sample_id))


def _page(sample: AuditSample, form: SeedForm | None = None) -> str:
    plan = samples.plan_of(sample)
    people = [it for it in (sample.fixed_by_id, sample.drawn_by_id, sample.closed_by_id) if it is not None]
    found = samples.evaluation(sample)
    kept = sample_letters.kept_from(db.session, sample)
    return render_template(
        "samples/show.html",
        sample=sample,
        engagement=sample.engagement,
        plan=plan,
        form=form or SeedForm(formdata=None),
        page=view.items(sample).page() if sample.seed is not None else None,
        checked=sum(it.audited_fen is not None for it in sample.items),
        kept=kept,
        first=reads.next_open(db.session, sample.id, 0, kept),
        found=found,
        concluded=view.conclusion(plan, found) if found else "",
        why=view.why_so_many(plan, sample.population_count, sample.population_fen),
        people=names(db.session, people),
        words=words,
        view=view,
        filters=view.filter_words(sample),
        may=g.asker.may(*AUDITORS)
        and sample.closed_at is None
        and sample.engagement.state is not EngagementState.CLOSED,
    )


@blueprint.post("/samples/<int:sample_id>/drawing")
@roles(*AUDITORS)
def draw(sample_id: int) -> Any:
    form, sample = SeedForm(), samples.load(db.session, sample_id)
    if form.validate():
        try:
            samples.draw(db.session, sample, form.seed.data or "")
            flash(_("已抽取%(count)s件。", count=len(sample.items)), "success")
            return redirect(url_for("samples.show", sample_id=sample_id))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
    return _page(samples.load(db.session, sample_id), form), 422


@blueprint.post("/samples/<int:sample_id>/discarding")
@roles(*AUDITORS)
def discard(sample_id: int) -> Any:
    sample = samples.load(db.session, sample_id)
    engagement_id = sample.engagement_id
    try:
        samples.discard(db.session, sample)
        flash(_("未抽取的样本已删除。"), "success")
    except DomainError as error:
        db.session.rollback()
        flash(sentence(error), "error")
        return redirect(url_for("samples.show", sample_id=sample_id))
    return redirect(url_for("engagements.show", engagement_id=engagement_id))


@blueprint.post("/samples/<int:sample_id>/closing")
@roles(*AUDITORS)
def close(sample_id: int) -> Any:
    sample = samples.load(db.session, sample_id)
    try:
        samples.close(db.session, sample)
        flash(_("样本检查已结束。"), "success")
    except DomainError as error:
        db.session.rollback()
        flash(sentence(error), "error")
    return redirect(url_for("samples.show", sample_id=sample_id))


@blueprint.get("/samples/<int:sample_id>/export")
@roles(*READERS)
def export(sample_id: int) -> Response:
    return view.items(samples.load(db.session, sample_id)).file()


@blueprint.get("/samples/<int:sample_id>/population")
@roles(*READERS)
def population(sample_id: int) -> Response:
    """The population as it was fixed: the file whose SHA-256 is the digest."""
    sample = samples.load(db.session, sample_id)
    body = plans.written(samples.items_of(sample))
    return _attached(body, "text/csv", f"population-{sample.id}.csv")


@blueprint.get("/samples/<int:sample_id>/plan")
@roles(*READERS)
def plan(sample_id: int) -> Response:
    """Plan, seed and what was drawn, for `hongcai audit sample`."""
    sample = samples.load(db.session, sample_id)
    body = json.dumps(samples.record_of(sample), ensure_ascii=False, indent=1).encode()
    return _attached(body, "application/json", f"sample-{sample.id}.json")


@blueprint.get("/samples/<int:sample_id>/pack")
@roles(*READERS)
def pack(sample_id: int) -> Response:
    """What proves the letters of the sample, in one ZIP for people without an account."""
    sample = samples.load(db.session, sample_id)
    return audit_packs.send(sample_letters.readable(db.session, sample), f"sample-{sample.id}")


@blueprint.get("/samples/<int:sample_id>/paper")
@roles(*READERS)
def paper(sample_id: int) -> Response:
    """The working paper of the sample."""
    return audit_papers.of_sample(samples.load(db.session, sample_id))


@blueprint.get("/samples/<int:sample_id>/items/<int:item_id>/paper")
@roles(*READERS)
def item_paper(sample_id: int, item_id: int) -> Response:
    """The working paper of one letter."""
    return audit_papers.of_item(samples.load_item(db.session, sample_id, item_id))


def _attached(body: bytes, media_type: str, name: str) -> Response:
    return send_file(BytesIO(body), mimetype=media_type, as_attachment=True, download_name=name)


@blueprint.get("/samples/<int:sample_id>/items/<int:item_id>")
@roles(*READERS)
def item(sample_id: int, item_id: int) -> str:
    found = samples.load_item(db.session, sample_id, item_id)
    known = {
        "audited_fen": found.booked_fen if found.audited_fen is None else found.audited_fen,
        "note": found.note,
        "steps": [name for name, done in found.checks.items() if done],
    }
    return _item_page(sample_id, item_id, CheckForm(formdata=None, data=known))


@blueprint.post("/samples/<int:sample_id>/items/<int:item_id>")
@roles(*AUDITORS)
def check(sample_id: int, item_id: int) -> Any:
    form = CheckForm()
    if form.validate():
        try:
            found = samples.load_item(db.session, sample_id, item_id)
            done = dict.fromkeys(form.steps.data or [], True)
            samples.check(db.session, found, form.audited_fen.data, done, form.note.data or "")
            kept = sample_letters.kept_from(db.session, found.sample)
            following = reads.next_open(db.session, sample_id, found.place, kept)
            flash(_("已记录第%(place)s件。", place=found.place), "success")
            if following is None or request.form.get("then") != "next":
                return redirect(url_for("samples.show", sample_id=sample_id))
            return redirect(url_for("samples.item", sample_id=sample_id, item_id=following))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
    return _item_page(sample_id, item_id, form), 422


def _item_page(sample_id: int, item_id: int, form: CheckForm) -> str:
    found = samples.load_item(db.session, sample_id, item_id)
    sample = found.sample
    by = found.checked_by_id
    return render_template(
        "samples/item.html",
        item=found,
        sample=sample,
        letter=found.letter,
        title=policy_titles().get(found.letter.case.policy_key, found.letter.case.policy_key),
        form=form,
        count=len(sample.items),
        by=names(db.session, [by])[by] if by is not None else "",
        words=words,
        may=g.asker.may(*AUDITORS)
        and sample.closed_at is None
        and sample.engagement.state is not EngagementState.CLOSED,
    )
