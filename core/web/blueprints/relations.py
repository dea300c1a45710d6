"""关联图: tenants of the district that share what companies apart do not."""

from __future__ import annotations

from flask import Blueprint, g, render_template, request

from core.data.models import District, Role
from core.extensions import db
from core.services import relations
from core.services.relations import TieKind
from core.web.access import roles
from core.web.views.relations import TIE_KINDS, draw

blueprint = Blueprint("relations", __name__)
READERS = (Role.AUDITOR, Role.DISTRICT_ADMIN)
SIZES = (2, 3, 5)
SHOWN = 20  # groups a page draws


@blueprint.get("/relations")
@roles(*READERS)
def index() -> str:
    district = db.session.get_one(District, g.asker.district_id)
    kind = request.args.get("kind")
    kinds = [TieKind(kind)] if kind in set(TieKind) else list(TieKind)
    size = request.args.get("size", type=int)
    operator_id = request.args.get("operator", type=int)
    graph = relations.find(
        db.session, district, kinds, operator_id=operator_id, least=size if size in SIZES else SIZES[0]
    )
    groups = graph.groups[:SHOWN]
    return render_template(
        "relations/index.html",
        graph=graph,
        groups=[(group, draw(group)) for group in groups],
        words=TIE_KINDS,
        kind=kind if kind in set(TieKind) else None,
        size=size if size in SIZES else SIZES[0],
        sizes=SIZES,
        operator_id=operator_id,
    )
