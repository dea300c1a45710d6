"""参数: a district's values of a policy, for its staff: what holds, what was published, the file, and new drafts."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from core.data.models import DISTRICT_ROLES, ParameterDraft
from core.errors import Invalid, NotFound
from core.extensions import db
from core.services import parameters
from core.services.parameters import book, drafting, rows
from core.services.parameters.file import LARGEST
from core.services.rights import PARAMETER_DRAFTERS
from core.web.access import public, roles
from core.web.views import parameters as view

blueprint = Blueprint("parameters", __name__)


@blueprint.get("/policies/<key>/parameters")
@roles(*DISTRICT_ROLES)
def index(key: str) -> str:
    loaded = view.loaded_policy(key)
    history = book.history(db.session, g.asker.district_id, key)
    return render_template(
        "parameters/index.html",
        loaded=loaded,
        groups=view.groups(loaded, parameters.published(db.session, g.asker.district_id, loaded), g.today),
        drafts=view.draft_rows(drafting.of_policy(db.session, key)),
        publications=view.publication_rows(history, loaded),
        may_draft=g.asker.may(*PARAMETER_DRAFTERS),
    )


@blueprint.get("/policies/<key>/parameters/export")
@public
def export(key: str) -> Response:
    """The published file, the newest or one of `?number=`: what `assess --params` takes. Published is public."""
    loaded = view.loaded_policy(key)
    district, _others = view.guide_districts()
    history = book.history(db.session, district.id, loaded.key) if district else []
    number = request.args.get("number", type=int)
    found = [it for it in history if number in (None, it.number)]
    if district is None or not found:
        raise NotFound("没有公布过这样的参数文件")
    return view.file(found[-1].file, f"{key}-{district.region}-{found[-1].number}")


@blueprint.post("/policies/<key>/parameters/drafts")
@roles(*PARAMETER_DRAFTERS)
def start(key: str) -> Response:
    """A new draft, with a first row for `name` where one is chosen."""
    loaded = view.loaded_policy(key)
    name = request.form.get("name", "")
    chosen = [rows.blank(name) | {"checked_on": g.today.isoformat()}] if name in loaded.card.parameters.units else []
    return _to(drafting.start(db.session, loaded, rows=chosen))


@blueprint.post("/policies/<key>/parameters/import")
@roles(*PARAMETER_DRAFTERS)
def bring_in(key: str) -> Response:
    sent = request.files.get("file")
    body = sent.read(LARGEST + 1) if sent is not None and sent.filename else b""
    if not body:
        raise Invalid("没有收到文件，请选择参数文件后再导入", field="file")
    made, known = drafting.bring_in(db.session, view.loaded_policy(key), body)
    flash(
        _("已导入为草案：%(n)s个值，另有%(known)s个与已公布的相同，未列入。", n=len(made.rows), known=known), "success"
    )
    return _to(made)


def _to(made: ParameterDraft) -> Response:
    return redirect(url_for("parameter_drafts.show", key=made.policy_key, draft_id=made.id))
