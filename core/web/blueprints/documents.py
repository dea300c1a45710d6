"""材料: the papers of a tenant's file, with the day each runs out. The tenant may hand in its own."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, g, redirect, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from core.data.asker import Reach
from core.data.models import DISTRICT_ROLES, OPERATOR_ROLES, TENANT_ROLES, Tenant, TenantDocument
from core.data.queries.people import names
from core.errors import DomainError, Forbidden, NotFound
from core.extensions import db
from core.services import documents
from core.web import uploads, words
from core.web.access import roles
from core.web.downloads import stored_paper
from core.web.forms.tenants import DocumentForm
from core.web.views.tenant_file import load, page

blueprint = Blueprint("documents", __name__)


@blueprint.get("/tenants/<int:tenant_id>/documents")
@roles(*OPERATOR_ROLES, *DISTRICT_ROLES, *TENANT_ROLES)
def index(tenant_id: int) -> str:
    return _page(load(tenant_id), DocumentForm(formdata=None))


@blueprint.post("/tenants/<int:tenant_id>/documents")
@roles(*OPERATOR_ROLES, *TENANT_ROLES)
def add(tenant_id: int) -> Any:
    tenant, form = load(tenant_id), DocumentForm()
    sent = form.file.data
    if form.validate() and not (sent and sent.filename):
        form.file.errors = [_("没有收到文件，请选择后再上传")]
    elif not form.errors:
        try:
            paper = uploads.paper(sent)
            documents.add(
                db.session,
                current_app.extensions["settings"].files,
                load(tenant_id),
                paper,
                kind=form.kind.data,
                title=form.title.data or "",
                issued_on=form.issued_on.data,
                expires_on=form.expires_on.data,
                today=g.today,
            )
            flash(_("材料已存入档案。"), "success")
            return redirect(url_for("documents.index", tenant_id=tenant_id))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
            tenant = load(tenant_id)
    return _page(tenant, form), 422


@blueprint.get("/tenants/<int:tenant_id>/documents/<int:tenant_document_id>")
@roles(*OPERATOR_ROLES, *DISTRICT_ROLES, *TENANT_ROLES)
def paper(tenant_id: int, tenant_document_id: int) -> Response:
    """A paper, as an attachment that can do nothing in our origin."""
    load(tenant_id)
    file = _document(tenant_id, tenant_document_id).file
    return stored_paper(current_app.extensions["settings"].files, file)


@blueprint.post("/tenants/<int:tenant_id>/documents/<int:tenant_document_id>/removal")
@roles(*OPERATOR_ROLES, *TENANT_ROLES)
def remove(tenant_id: int, tenant_document_id: int) -> Response:
    load(tenant_id)
    row = _document(tenant_id, tenant_document_id)
    if g.asker.reach is Reach.TENANT and row.file.uploaded_by_id != g.asker.user_id:
        raise Forbidden("只能移除自己上传的材料；其他的请联系运营机构")
    documents.remove(db.session, row)
    flash(_("材料已从档案移除。"), "success")
    return redirect(url_for("documents.index", tenant_id=tenant_id))


def _document(tenant_id: int, document_id: int) -> TenantDocument:
    found = db.session.scalars(
        select(TenantDocument).where(TenantDocument.id == document_id, TenantDocument.tenant_id == tenant_id)
    ).first()
    if found is None:
        raise NotFound("没有这份材料，或您无权查看")
    return found


def _page(tenant: Tenant, form: DocumentForm) -> str:
    query = select(TenantDocument).where(TenantDocument.tenant_id == tenant.id).options(joinedload(TenantDocument.file))
    rows = list(db.session.scalars(query.order_by(TenantDocument.kind, TenantDocument.id)))
    own = g.asker.reach is Reach.TENANT
    people = names(db.session, {row.file.uploaded_by_id for row in rows if row.file.uploaded_by_id})
    return page(
        "documents",
        tenant,
        "documents",
        form=form,
        rows=[(row, documents.standing(row, g.today)) for row in rows],
        people=people,
        words=words.DOCUMENTS,
        removable={row.id for row in rows if not own or row.file.uploaded_by_id == g.asker.user_id},
    )
