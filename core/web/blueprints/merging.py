"""疑似重复与合并: pairs that may be one company, two files side by side, and one of them in the end."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from core.data.models import OPERATOR_ROLES, Tenant
from core.errors import DomainError, Invalid
from core.extensions import db
from core.services import merging
from core.services.merging.suggestions import suggest
from core.web import undoing, words
from core.web.access import roles
from core.web.errors import sentence
from core.web.views.merging import choices
from core.web.views.tenant_file import load, seats

blueprint = Blueprint("merging", __name__)


@blueprint.get("/tenants/duplicates")
@roles(*OPERATOR_ROLES)
def duplicates() -> str:
    return render_template("tenants/duplicates.html", pairs=suggest(db.session), kinds=words.TENANT_KINDS)


@blueprint.get("/tenants/<int:tenant_id>/merge")
@roles(*OPERATOR_ROLES)
def preview(tenant_id: int) -> Any:
    kept = load(tenant_id)
    chosen = request.args.get("with", type=int)
    if chosen is None:
        return redirect(url_for("merging.duplicates"))
    return _page(kept, load(chosen))


@blueprint.post("/tenants/<int:tenant_id>/merge")
@roles(*OPERATOR_ROLES)
def merge(tenant_id: int) -> Any:
    kept = load(tenant_id)
    chosen = request.form.get("with", type=int)
    if chosen is None:
        raise Invalid("请选择要合并的另一份档案")
    merged = load(chosen)
    take = [name for name in merging.FACTS if request.form.get(name) == "merged"]
    title = _("把“%(merged)s”并入“%(kept)s”", merged=merged.name, kept=kept.name)
    stages_of = merged if request.form.get("stages") == "merged" else kept
    try:
        step = merging.merge(db.session, kept, merged, take=take, stages_of=stages_of, title=title)
    except DomainError as error:
        db.session.rollback()
        return _page(load(tenant_id), load(chosen), problem=sentence(error)), error.status
    undoing.offer(_("两份档案已合并。"), step)
    return _to(tenant_id)


def _to(tenant_id: int) -> Response:
    return redirect(url_for("tenants.show", tenant_id=tenant_id))


def _page(kept: Tenant, merged: Tenant, problem: str = "") -> Any:
    """The two side by side. What stands in the way is said here, with the way out where there is one."""
    plan = None
    try:
        plan = merging.plan(db.session, kept, merged)
    except DomainError as error:
        problem = problem or sentence(error)
    page = render_template(
        "tenants/merge.html",
        kept=kept,
        merged=merged,
        plan=plan,
        problem=problem,
        rows=choices(plan, kept, merged) if plan else [],
        moving=_counted(plan.moving) if plan else [],
        staying=_counted({k: n for k, n in plan.staying.items() if k != "stage_moves"}) if plan else [],
        seats={tenant.id: seats(tenant) for tenant in (kept, merged)},
        swap=url_for("merging.preview", tenant_id=merged.id, **{"with": kept.id}) if kept.id != merged.id else None,
    )
    return page if plan else (page, 422)


def _counted(counts: Any) -> list[tuple[str, int]]:
    """What the rows are called, with how many: `入驻协议 2`."""
    return [(str(words.TABLES.get(name, name)), n) for name, n in sorted(counts.items())]
