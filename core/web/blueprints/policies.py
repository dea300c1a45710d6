"""扶持政策: the guide that anyone may read, with every number's date, source and standing."""

from __future__ import annotations

from flask import Blueprint, g, render_template

from core.data.asker import Reach
from core.errors import NotFound
from core.policy import UnknownPolicy
from core.services.entitlements import last_months
from core.web.access import public
from core.web.views.case_page import registry

blueprint = Blueprint("policies", __name__)


@blueprint.get("/policies")
@public
def index() -> str:
    return render_template("policies/index.html", policies=registry().policies)


@blueprint.get("/policies/<key>")
@public
def show(key: str) -> str:
    try:
        loaded = registry().get(key)
    except UnknownPolicy:
        raise NotFound("没有这项政策，或已停用") from None
    version = loaded.rule_on(g.today)
    return render_template(
        "policies/show.html",
        loaded=loaded,
        card=loaded.card,
        rule_from=version.effective_from if version else None,
        values=loaded.card.parameters.values,
        now=loaded.card.parameters.table(g.today),
        titles=loaded.card.parameters.titles,
        may_apply=g.asker.reach is Reach.TENANT,
        months=last_months(g.today),
    )
