"""The first page of each role: what needs me today."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from sqlalchemy import func, select
from werkzeug.wrappers import Response

import core
from core.data.asker import Reach
from core.data.models import (
    DISTRICT_ROLES,
    OPERATOR_ROLES,
    TENANT_ROLES,
    CaseState,
    Operator,
    Role,
    SpaceStatus,
    Stage,
    Tenant,
)
from core.data.queries import arrears, cases, letters, mentors, occupancy, oversight, places, pools
from core.errors import DomainError
from core.extensions import db
from core.services import counts, dunning
from core.services.entitlements import overview
from core.services.parameters import drafting
from core.services.phases import waiting
from core.services.stages.history import INCUBATED
from core.services.stages.readiness import standings
from core.services.workflow import FINAL, Preset
from core.web import navigation
from core.web.access import public, roles, signed_in
from core.web.errors import sentence
from core.web.views import findings, parameters, payout_desk, policies
from core.web.views.case_list import due_rows
from core.web.views.case_page import policy_titles, registry, standing_word, state_word, unnoticed

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@public
def index() -> Any:
    """To the reader's first page; strangers read what this is."""
    reach = g.asker.reach
    if reach is Reach.NOBODY:
        return render_template("home/welcome.html", policies=registry().policies)
    if Role.AUDITOR in g.asker.roles:
        return redirect(url_for("letters.index"))
    if reach is Reach.PLATFORM:
        return redirect(navigation.home())
    return redirect(url_for({Reach.TENANT: "home.tenant", Reach.OPERATOR: "home.operator"}.get(reach, "home.desk")))


@blueprint.get("/home")
@signed_in
def mine() -> Response:
    return redirect(url_for("home.index"))


@blueprint.get("/home/startup")
@roles(*TENANT_ROLES)
def tenant() -> str:
    me = db.session.scalars(select(Tenant)).one()
    mine = cases.of_tenant(db.session, me.id)
    found, problem = None, ""
    try:
        found = overview(db.session, me, registry().policies, mine, g.today)
    except DomainError as error:  # a team without a code yet: the rest of its home is there all the same
        problem = sentence(error)
    return render_template(
        "home/tenant.html",
        tenant=me,
        entitlements=policies.rows(found) if found else [],
        choices=policies.choices(found) if found else [],
        problem=problem,
        running=[c for c in mine if c.state not in {*FINAL, CaseState.PAID}],
        titles=policy_titles(),
        letters=letters.of_tenant(db.session, me.id),
        findings=findings.waiting(),
        word=standing_word,
    )


@blueprint.get("/home/operator")
@roles(*OPERATOR_ROLES)
def operator() -> str:
    session = db.session
    files = select(Tenant.stage, func.count()).where(Tenant.merged_into_id.is_(None)).group_by(Tenant.stage)
    stages = dict(session.execute(files).all())
    figures = occupancy.figures(session, g.today)
    whole = sum(figures.values(), occupancy.Figures())
    operator_id = g.asker.operator_id
    billed = bool(arrears.begun(session, [operator_id]))
    return render_template(
        "home/operator.html",
        operator=session.scalars(select(Operator).where(Operator.id == g.asker.operator_id)).one(),
        stages=[(stage.value, stages.get(stage, 0)) for stage in Stage],
        incubating=sum(stages.get(s, 0) for s in (Stage.NURSERY, Stage.INCUBATOR, Stage.ACCELERATOR)),
        vacant=whole.units[SpaceStatus.VACANT],
        spaces=whole.all_units,
        sites=[(site, figures[site.id]) for site in places.sites(session)],
        due=[it for it in standings(session, g.today, stages=INCUBATED) if it.readiness.overdue or it.readiness.soon],
        enquiries=counts.enquiries_due(session, g.today),
        papers=counts.documents_expiring(session, g.today, days=60),
        departures=counts.departures_open(session),
        findings=findings.waiting(),
        meetings=mentors.unrecorded(session, core.today()),
        ending=counts.leases_ending(session, g.today, days=90),
        billed=billed,
        late=arrears.late(session, g.today) if billed else [],
        dunnable=dunning.count(session, dunning.rule_of(session, operator_id), g.today) if billed else 0,
        unpaid=[] if billed else counts.unpaid_last_month(session, g.today),
        cases=cases.counts_by_state(session),
        word=lambda state: state_word(state, g.asker),
    )


@blueprint.get("/home/desk")
@roles(*(DISTRICT_ROLES - {Role.AUDITOR}))
def desk() -> str:
    # What an operator admits and a round decides is not the desks' work.
    others = {loaded.key for loaded in registry().policies if loaded.card.offers}
    counted = cases.counts_by_phase(db.session, g.today, unnoticed(), but=others)
    mine = waiting(g.asker.roles, Preset.STANDARD)
    had = request.args.get("had", "") if request.args.get("had") in ("mine", "nobody") else ""
    return render_template(
        "home/desk.html",
        waiting=[(*it, counted[it]) for it in mine if counted.get(it)],
        findings=findings.waiting(),
        accounts=payout_desk.waiting(),
        drafts=parameters.draft_rows(drafting.waiting_for(db.session)),
        rows=due_rows(mine, but=others, limit=12, had=had),
        had=had,
        orders=oversight.waiting_orders(db.session, g.asker.roles),
        unassessed=cases.count_not_assessed(db.session),
        pools=pools.of_district(db.session, g.today.year),
        titles={p.policy.key: p.card.title for p in registry().policies},
        word=lambda state, phase: state_word(state, g.asker, phase=phase),
    )
