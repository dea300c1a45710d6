"""撤销: taking the last act back, from the notice that it left or from the thing it changed."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from core.data.models import OPERATOR_ROLES, UndoStep
from core.errors import NotFound
from core.extensions import db
from core.services import undo as service
from core.web.access import is_local, roles

blueprint = Blueprint("undo", __name__)


@blueprint.post("/undo/<int:undo_id>")
@roles(*OPERATOR_ROLES)
def back(undo_id: int) -> Response:
    # Two who undo at once: the second waits for the first and then reads that it is done.
    step = db.session.scalars(select(UndoStep).where(UndoStep.id == undo_id).with_for_update()).one_or_none()
    if step is None:
        raise NotFound("没有这一步，或您无权撤销")
    service.undo(db.session, step)
    flash(_("已撤销：%(title)s", title=step.title), "success")
    target = request.form.get("next", "")
    return redirect(target if is_local(target) else url_for("tenants.index"))
