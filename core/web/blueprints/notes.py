"""备注: what an operator's people write down about a tenant. Nobody else reads it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from core.data.models import OPERATOR_ROLES, Note, Tenant
from core.data.queries.people import names
from core.errors import DomainError, NotFound
from core.extensions import db
from core.services import contacts
from core.web.access import roles
from core.web.forms.tenants import NoteForm
from core.web.views.tenant_file import load, page

blueprint = Blueprint("notes", __name__)


@blueprint.get("/tenants/<int:tenant_id>/notes")
@roles(*OPERATOR_ROLES)
def index(tenant_id: int) -> str:
    return _page(load(tenant_id), NoteForm(formdata=None))


@blueprint.post("/tenants/<int:tenant_id>/notes")
@roles(*OPERATOR_ROLES)
def write(tenant_id: int) -> Any:
    tenant, form = load(tenant_id), NoteForm()
    if form.validate():
        try:
            contacts.write_note(db.session, tenant, form.body.data or "")
            return redirect(url_for("notes.index", tenant_id=tenant_id))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
            tenant = load(tenant_id)
    return _page(tenant, form), 422


@blueprint.post("/tenants/<int:tenant_id>/notes/<int:note_id>/removal")
@roles(*OPERATOR_ROLES)
def remove(tenant_id: int, note_id: int) -> Response:
    load(tenant_id)
    row = db.session.scalars(select(Note).where(Note.id == note_id, Note.tenant_id == tenant_id)).first()
    if row is None:
        raise NotFound("没有这条备注，或您无权查看")
    contacts.remove_note(db.session, row)
    flash(_("备注已删除。"), "success")
    return redirect(url_for("notes.index", tenant_id=tenant_id))


def _page(tenant: Tenant, form: NoteForm) -> str:
    notes = db.session.scalars(select(Note).where(Note.tenant_id == tenant.id).order_by(Note.id.desc())).all()
    people = names(db.session, {note.author_id for note in notes if note.author_id})
    return page("notes", tenant, "notes", form=form, notes=notes, people=people)
