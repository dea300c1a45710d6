"""系统外扶持 in a tenant's file: what it had from elsewhere for the same evidence, recorded with its paper."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, g, redirect, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from core.data.models import DISTRICT_ROLES, OPERATOR_ROLES, TENANT_ROLES, OutsideSupport, Role, Tenant
from core.data.queries.people import names
from core.errors import DomainError, NotFound
from core.extensions import db
from core.services import supports
from core.web import uploads, words
from core.web.access import roles
from core.web.downloads import stored_paper
from core.web.forms.supports import SupportForm
from core.web.views.tenant_file import load, page

blueprint = Blueprint("supports", __name__)
READERS = (*OPERATOR_ROLES, *DISTRICT_ROLES, *TENANT_ROLES)
WRITERS = (*OPERATOR_ROLES, Role.WINDOW)


@blueprint.get("/tenants/<int:tenant_id>/supports")
@roles(*READERS)
def index(tenant_id: int) -> str:
    return _page(load(tenant_id), SupportForm(formdata=None))


@blueprint.post("/tenants/<int:tenant_id>/supports")
@roles(*WRITERS)
def add(tenant_id: int) -> Any:
    tenant, form = load(tenant_id), SupportForm()
    sent = form.file.data
    if form.validate() and not (sent and sent.filename):
        form.file.errors = [_("没有收到文件，请选择后再上传")]
    elif not form.errors:
        values = {field.short_name: field.data for field in form if field.short_name not in ("csrf_token", "file")}
        try:
            paper = uploads.paper(sent)
            row = supports.record(
                db.session,
                current_app.extensions["settings"].files,
                load(tenant_id),
                paper,
                **values,
                today=g.today,
            )
            flash(_("已登记。以后核算时，这些月份会计入这项扶持。"), "success")
            if found := supports.overlapping(db.session, row):
                flash(_("这些月份已由%(awards)s核定使用，请核查是否应追回。", awards="、".join(found)), "warning")
            return redirect(url_for("supports.index", tenant_id=tenant_id))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
            tenant = load(tenant_id)
    return _page(tenant, form), 422


@blueprint.post("/tenants/<int:tenant_id>/supports/<int:support_id>/withdrawal")
@roles(*WRITERS)
def withdraw(tenant_id: int, support_id: int) -> Response:
    supports.withdraw(db.session, _support(tenant_id, support_id))
    flash(_("登记已撤回，不再计入；需要时可以恢复。"), "success")
    return redirect(url_for("supports.index", tenant_id=tenant_id))


@blueprint.post("/tenants/<int:tenant_id>/supports/<int:support_id>/restoral")
@roles(*WRITERS)
def restore(tenant_id: int, support_id: int) -> Response:
    supports.restore(db.session, _support(tenant_id, support_id))
    flash(_("登记已恢复。"), "success")
    return redirect(url_for("supports.index", tenant_id=tenant_id))


@blueprint.get("/tenants/<int:tenant_id>/supports/<int:support_id>/file")
@roles(*READERS)
def paper(tenant_id: int, support_id: int) -> Response:
    """The paper, as an attachment that can do nothing in our origin."""
    file = _support(tenant_id, support_id).file
    return stored_paper(current_app.extensions["settings"].files, file)


def _support(tenant_id: int, support_id: int) -> OutsideSupport:
    load(tenant_id)
    query = select(OutsideSupport).where(OutsideSupport.id == support_id, OutsideSupport.tenant_id == tenant_id)
    found = db.session.scalars(query).first()
    if found is None:
        raise NotFound("没有这条登记，或您无权查看")
    return found


def _page(tenant: Tenant, form: SupportForm) -> str:
    query = select(OutsideSupport).where(OutsideSupport.tenant_id == tenant.id).options(joinedload(OutsideSupport.file))
    rows = list(db.session.scalars(query.order_by(OutsideSupport.month_from.desc(), OutsideSupport.id.desc())))
    return page(
        "supports",
        tenant,
        "supports",
        form=form,
        rows=[(row, [] if row.withdrawn_at else supports.overlapping(db.session, row)) for row in rows],
        people=names(db.session, {row.recorded_by_id for row in rows if row.recorded_by_id}),
        levels=words.SUPPORT_LEVELS,
        kinds=words.SUPPORT_KINDS,
        may_record=g.asker.may(*WRITERS),
        may_change=lambda row: g.asker.may(*WRITERS) and supports.may_change(db.session, row),
    )
