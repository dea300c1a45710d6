"""一企一档: making a file and keeping what is in it: facts, founders, contacts, rent, and the time line of all."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from core.data.asker import Reach
from core.data.models import DISTRICT_ROLES, OPERATOR_ROLES, TENANT_ROLES, Contact, Founder, Tenant
from core.data.queries import tenants as reads
from core.data.queries import timeline as history
from core.errors import DomainError, NotFound
from core.extensions import db
from core.services import contacts, dossiers, founders, tenants
from core.web.access import roles
from core.web.forms.tenants import ContactForm, FactsForm, FounderForm
from core.web.views import timeline as view
from core.web.views.tenant_file import load, overview, page

blueprint = Blueprint("tenant_file", __name__)
READERS = (*OPERATOR_ROLES, *DISTRICT_ROLES, *TENANT_ROLES)
EVENTS = 40  # on one page of the time line


# ── the file itself ──────────────────────────────────────────────────────────────────────────────────────────────────
@blueprint.get("/tenants/new")
@roles(*OPERATOR_ROLES)
def new() -> str:
    return render_template("tenants/form.html", form=FactsForm(), tenant=None, twin=None)


@blueprint.post("/tenants/new")
@roles(*OPERATOR_ROLES)
def create() -> Any:
    form = FactsForm()
    twin = None
    if form.validate():
        try:
            made = tenants.create(db.session, g.asker.operator_id, form.values(), today=g.today)
            return _saved(made, _("档案已建立。"))
        except DomainError as error:
            twin = _refused(form, error)
    return render_template("tenants/form.html", form=form, tenant=None, twin=twin), 422


@blueprint.get("/tenants/<int:tenant_id>/facts")
@roles(*OPERATOR_ROLES)
def facts(tenant_id: int) -> str:
    tenant = load(tenant_id)
    form = FactsForm(formdata=None, data={name: getattr(tenant, name) for name in tenants.FACTS})
    return render_template("tenants/form.html", form=form, tenant=tenant, twin=None)


@blueprint.post("/tenants/<int:tenant_id>/facts")
@roles(*OPERATOR_ROLES)
def edit(tenant_id: int) -> Any:
    tenant, form, twin = load(tenant_id), FactsForm(), None
    if form.validate():
        try:
            return _saved(tenants.edit(db.session, tenant, form.values(), today=g.today), _("资料已保存。"))
        except DomainError as error:
            twin = _refused(form, error)
            tenant = load(tenant_id)
    return render_template("tenants/form.html", form=form, tenant=tenant, twin=twin), 422


def _saved(made: tenants.Made, said: str) -> Response:
    flash(said, "success")
    if made.known_in_district:
        # Whoever else has it is not said: that would tell one operator of another's tenants.
        flash(_("本区已有这个统一社会信用代码的企业档案，已与它关联。"), "info")
    return redirect(url_for("tenants.show", tenant_id=made.tenant.id))


def _refused(form: FactsForm, error: DomainError) -> Tenant | None:
    """Say it at its field; the file that stands in the way, for the page to link to."""
    db.session.rollback()
    form.say(error)
    found = error.tenant if isinstance(error, tenants.SameTenant) else None
    return db.session.merge(found, load=True) if found is not None else None


# ── founders and contacts ────────────────────────────────────────────────────────────────────────────────────────────
@blueprint.get("/tenants/<int:tenant_id>/founders/new")
@roles(*OPERATOR_ROLES)
def new_founder(tenant_id: int) -> str:
    return render_template("tenants/founder.html", form=FounderForm(), tenant=load(tenant_id), founder=None)


@blueprint.get("/tenants/<int:tenant_id>/founders/<int:founder_id>")
@roles(*OPERATOR_ROLES)
def founder(tenant_id: int, founder_id: int) -> str:
    tenant, row = load(tenant_id), _founder(tenant_id, founder_id)
    names = ("name", "id_type", "permit", "legal_representative", "first_company", "graduated_on", "phone", "household")
    data = {name: getattr(row, name) for name in names}
    known = row.categories
    data["categories"] = None if known is None else known.split(",") if known else ["none"]
    return render_template(
        "tenants/founder.html", form=FounderForm(formdata=None, data=data), tenant=tenant, founder=row
    )


@blueprint.post("/tenants/<int:tenant_id>/founders/new")
@roles(*OPERATOR_ROLES)
def add_founder(tenant_id: int) -> Any:
    return _save_founder(tenant_id, None)


@blueprint.post("/tenants/<int:tenant_id>/founders/<int:founder_id>")
@roles(*OPERATOR_ROLES)
def edit_founder(tenant_id: int, founder_id: int) -> Any:
    return _save_founder(tenant_id, founder_id)


@blueprint.post("/tenants/<int:tenant_id>/founders/<int:founder_id>/removal")
@roles(*OPERATOR_ROLES)
def remove_founder(tenant_id: int, founder_id: int) -> Response:
    load(tenant_id)
    founders.remove(db.session, _founder(tenant_id, founder_id))
    flash(_("创始人已删除。"), "success")
    return redirect(url_for("tenants.show", tenant_id=tenant_id, _anchor="founders"))


def _save_founder(tenant_id: int, founder_id: int | None) -> Any:
    tenant, form = load(tenant_id), FounderForm()
    row = _founder(tenant_id, founder_id) if founder_id is not None else None
    if form.validate():
        try:
            founders.save(db.session, tenant, row, today=g.today, **form.values())
            flash(_("创始人已保存。"), "success")
            return redirect(url_for("tenants.show", tenant_id=tenant_id, _anchor="founders"))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
            tenant = load(tenant_id)
            row = _founder(tenant_id, founder_id) if founder_id is not None else None
    return render_template("tenants/founder.html", form=form, tenant=tenant, founder=row), 422


def _founder(tenant_id: int, founder_id: int) -> Founder:
    found = next((f for f in reads.founders(db.session, tenant_id) if f.id == founder_id), None)
    if found is None:
        raise NotFound("没有这位创始人，或您无权查看")
    return found


@blueprint.post("/tenants/<int:tenant_id>/contacts")
@roles(*OPERATOR_ROLES)
def add_contact(tenant_id: int) -> Any:
    tenant, form = load(tenant_id), ContactForm()
    if form.validate():
        try:
            contacts.add(
                db.session,
                tenant,
                name=form.name.data or "",
                duty=form.duty.data,
                phone=form.phone.data,
                email=form.email.data,
            )
            flash(_("联系人已添加。"), "success")
            return redirect(url_for("tenants.show", tenant_id=tenant_id, _anchor="contacts"))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
            tenant = load(tenant_id)
    return overview(tenant, contact_form=form), 422


@blueprint.post("/tenants/<int:tenant_id>/contacts/<int:contact_id>/removal")
@roles(*OPERATOR_ROLES)
def remove_contact(tenant_id: int, contact_id: int) -> Response:
    load(tenant_id)
    row = db.session.scalars(select(Contact).where(Contact.id == contact_id, Contact.tenant_id == tenant_id)).first()
    if row is None:
        raise NotFound("没有这位联系人，或您无权查看")
    contacts.remove(db.session, row)
    flash(_("联系人已删除。"), "success")
    return redirect(url_for("tenants.show", tenant_id=tenant_id, _anchor="contacts"))


# ── rent and the time line ───────────────────────────────────────────────────────────────────────────────────────────
@blueprint.get("/tenants/<int:tenant_id>/rent")
@roles(*READERS)
def rent(tenant_id: int) -> str:
    tenant = load(tenant_id)
    rows = reads.rent_by_month(db.session, tenant_id)
    months = sorted({row.month for row in rows}, reverse=True)[:36]
    heads = dossiers.counts_for_operator(db.session, tenant, months) if months else {}
    return page("rent", tenant, "rent", rent=rows[:60], heads=heads, months=months)


@blueprint.get("/tenants/<int:tenant_id>/timeline")
@roles(*READERS)
def timeline(tenant_id: int) -> str:
    tenant = load(tenant_id)
    number = max(1, min(request.args.get("page", 1, type=int), 100))
    own = g.asker.reach is Reach.OPERATOR
    found = history.page(db.session, tenant_id, g.today, number=number, size=EVENTS, own=own)
    events = view.shown(found.events)
    return page("timeline", tenant, "timeline", events=events, number=number, more=found.more)
