"""扶持政策: the guide that anyone may read, with every number's date, source and standing."""

from __future__ import annotations

from flask import Blueprint, g, render_template

from core.data.asker import Reach
from core.extensions import db
from core.services import parameters
from core.services.entitlements import last_months
from core.web.access import public
from core.web.views import parameters as view
from core.web.views.case_page import registry

blueprint = Blueprint("policies", __name__)


@blueprint.get("/policies")
@public
def index() -> str:
    return render_template("policies/index.html", policies=registry().policies)


@blueprint.get("/policies/<key>")
@public
def show(key: str) -> str:
    loaded = view.loaded_policy(key)
    version = loaded.rule_on(g.today)
    district, others = view.guide_districts()
    published = parameters.published(db.session, district.id if district else None, loaded)
    groups = view.groups(loaded, published, g.today)
    return render_template(
        "policies/show.html",
        loaded=loaded,
        card=loaded.card,
        rule_from=version.effective_from if version else None,
        groups=groups,
        demonstration=any(
            value["status"] == "demonstration" for it in groups for value in (it["now"], *it["others"]) if value
        ),
        district=district,
        districts=others,
        published=published is not None,
        may_set=g.asker.reach is Reach.DISTRICT,
        may_apply=g.asker.reach is Reach.TENANT,
        months=last_months(g.today),
    )
