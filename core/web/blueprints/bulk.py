"""What is done to many rows of a list at once. The ids are those picked on the page; each act can be undone."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from flask import Blueprint, flash, g, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from core.data.models import DISTRICT_ROLES, OPERATOR_ROLES, SpaceStatus, UndoStep
from core.errors import Conflict, Invalid
from core.extensions import db
from core.services import bulk
from core.web.access import auditors_may, is_local, kept_open, roles
from core.web.errors import sentence
from core.web.undoing import offer
from core.web.views import tenant_list

blueprint = Blueprint("bulk", __name__)


@blueprint.post("/spaces/bulk/status")
@roles(*OPERATOR_ROLES)
def spaces_status() -> Response:
    words = {SpaceStatus.VACANT: _("可租"), SpaceStatus.RESERVED: _("预留"), SpaceStatus.MAINTENANCE: _("维修")}

    def act(ids: list[int]) -> UndoStep | None:
        status = next((s for s in bulk.SETTABLE if s.value == request.form.get("status")), SpaceStatus.OCCUPIED)
        title = _("把 %(n)s 个场地单元设为%(status)s", n=len(ids), status=words.get(status, ""))
        return bulk.set_space_status(db.session, ids, status, title=title, today=g.today)

    return _done(act, "places.spaces")


@blueprint.post("/spaces/bulk/price")
@roles(*OPERATOR_ROLES)
def spaces_price() -> Response:
    def act(ids: list[int]) -> UndoStep | None:
        said = request.form.get("price", "").replace(",", "").replace("，", "").strip()
        try:
            fen = Decimal(said) * 100 if said else None
        except InvalidOperation:
            fen = Decimal("NaN")
        if fen is not None and (not fen.is_finite() or fen != fen.to_integral_value()):
            raise Invalid("“%(said)s”不是金额；请填写以元为单位、最多两位小数的数字", field="price", said=said[:20])
        title = _("调整 %(n)s 个场地单元的挂牌价", n=len(ids))
        return bulk.set_list_price(db.session, ids, None if fen is None else int(fen), title=title)

    return _done(act, "places.spaces")


@blueprint.post("/tenants/bulk/industry")
@roles(*OPERATOR_ROLES)
def tenants_industry() -> Response:
    def act(ids: list[int]) -> UndoStep | None:
        title = _("设置 %(n)s 家企业的行业", n=len(ids))
        return bulk.set_industry(db.session, ids, request.form.get("industry", ""), title=title)

    return _done(act, "tenants.index")


@blueprint.post("/tenants/bulk/export")
@roles(*OPERATOR_ROLES, *DISTRICT_ROLES)
@kept_open
@auditors_may
def tenants_export() -> Response:
    """The picked rows as a file, in the columns and order of the page they were picked on."""
    ids = _ids()
    if not ids:
        flash(_("请先勾选要导出的行"), "error")
        return redirect(_list("tenants.index"))
    return tenant_list.table().picked(ids, request.form.get("next", ""))


def _ids() -> list[int]:
    """What was picked; what is no id was not."""
    return sorted({int(said) for said in request.form.getlist("ids") if said.isdecimal() and len(said) < 19})


def _list(endpoint: str) -> str:
    target = request.form.get("next", "")
    return target if is_local(target) else url_for(endpoint)


def _done(act: Callable[[list[int]], UndoStep | None], endpoint: str) -> Response:
    """Back to the list, saying what came of it, with the button that takes it back."""
    try:
        step = act(_ids())
    except (Conflict, Invalid) as error:
        db.session.rollback()
        flash(sentence(error), "error")
    else:
        if step is None:
            flash(_("所选的行本来就是这样，没有改动"), "info")
        else:
            offer(_("已%(done)s", done=step.title), step)
    return redirect(_list(endpoint))
