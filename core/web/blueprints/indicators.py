"""指标、融资与里程碑: figures by quarter, reported by the tenant or its operator, and what the tenant reached."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from core.data.models import (
    DISTRICT_ROLES,
    OPERATOR_ROLES,
    TENANT_ROLES,
    FundingRound,
    Indicator,
    Milestone,
    Tenant,
)
from core.errors import DomainError, NotFound
from core.extensions import db
from core.services import indicators
from core.services.quarters import parse_quarter, quarter_of
from core.web import words
from core.web.access import roles
from core.web.forms.accounts import DomainForm
from core.web.forms.tenants import FundingForm, IndicatorForm, MilestoneForm
from core.web.views import charts
from core.web.views.tenant_file import load, page

blueprint = Blueprint("indicators", __name__)
READERS = (*OPERATOR_ROLES, *DISTRICT_ROLES, *TENANT_ROLES)


@blueprint.get("/tenants/<int:tenant_id>/indicators")
@roles(*READERS)
def index(tenant_id: int) -> str:
    tenant = load(tenant_id)
    quarter = parse_quarter(request.args.get("quarter", "")) or quarter_of(g.today)
    same = select(Indicator).where(Indicator.tenant_id == tenant.id, Indicator.quarter == quarter)
    known = db.session.scalars(same).one_or_none()
    data = {name: getattr(known, name) for name in indicators.FIGURES} if known else {}
    return _page(tenant, IndicatorForm(formdata=None, data=data | {"quarter": quarter}))


@blueprint.post("/tenants/<int:tenant_id>/indicators")
@roles(*OPERATOR_ROLES, *TENANT_ROLES)
def report(tenant_id: int) -> Any:
    tenant, form = load(tenant_id), IndicatorForm()
    if form.validate():
        try:
            values = {name: form[name].data for name in indicators.FIGURES}
            row = indicators.report(db.session, tenant, form.quarter.data or "", values, today=g.today)
            flash(_("%(quarter)s的指标已保存。", quarter=row.quarter), "success")
            return redirect(url_for("indicators.index", tenant_id=tenant_id))
        except DomainError as error:
            tenant = _refused(tenant_id, form, error)
    return _page(tenant, form), 422


def _page(tenant: Tenant, form: IndicatorForm) -> str:
    rows = list(
        db.session.scalars(
            select(Indicator).where(Indicator.tenant_id == tenant.id).order_by(Indicator.quarter.desc()).limit(40)
        )
    )
    return page("indicators", tenant, "indicators", form=form, rows=rows, charts=charts.of_indicators(rows))


@blueprint.get("/tenants/<int:tenant_id>/growth")
@roles(*READERS)
def growth(tenant_id: int) -> str:
    return _growth(load(tenant_id))


@blueprint.post("/tenants/<int:tenant_id>/funding")
@roles(*OPERATOR_ROLES)
def fund(tenant_id: int) -> Any:
    tenant, form = load(tenant_id), FundingForm(prefix="funding-")
    if form.validate():
        try:
            indicators.add_funding(
                db.session,
                tenant,
                on=form.on.data,
                kind=form.kind.data,
                name=form.name.data or "",
                investor=form.investor.data,
                amount_fen=form.amount_fen.data,
                today=g.today,
            )
            flash(_("融资已登记。"), "success")
            return redirect(url_for("indicators.growth", tenant_id=tenant_id))
        except DomainError as error:
            tenant = _refused(tenant_id, form, error)
    return _growth(tenant, funding_form=form), 422


@blueprint.post("/tenants/<int:tenant_id>/milestones")
@roles(*OPERATOR_ROLES)
def reach(tenant_id: int) -> Any:
    tenant, form = load(tenant_id), MilestoneForm(prefix="milestone-")
    if form.validate():
        try:
            indicators.add_milestone(
                db.session,
                tenant,
                kind=form.kind.data,
                title=form.title.data or "",
                number=form.number.data,
                reached_on=form.reached_on.data,
                until=form.until.data,
                contest=form.contest.data,
                edition=form.edition.data,
                level=form.level.data,
                today=g.today,
            )
            flash(_("里程碑已登记。"), "success")
            return redirect(url_for("indicators.growth", tenant_id=tenant_id))
        except DomainError as error:
            tenant = _refused(tenant_id, form, error)
    return _growth(tenant, milestone_form=form), 422


@blueprint.post("/tenants/<int:tenant_id>/funding/<int:funding_id>/removal")
@roles(*OPERATOR_ROLES)
def remove_funding(tenant_id: int, funding_id: int) -> Response:
    return _remove(tenant_id, FundingRound, funding_id)


@blueprint.post("/tenants/<int:tenant_id>/milestones/<int:milestone_id>/removal")
@roles(*OPERATOR_ROLES)
def remove_milestone(tenant_id: int, milestone_id: int) -> Response:
    return _remove(tenant_id, Milestone, milestone_id)


def _remove(tenant_id: int, model: Any, row_id: int) -> Response:
    load(tenant_id)
    row = db.session.scalars(select(model).where(model.id == row_id, model.tenant_id == tenant_id)).first()
    if row is None:
        raise NotFound("没有这条记录，或您无权查看")
    indicators.remove(db.session, row)
    flash(_("已删除。"), "success")
    return redirect(url_for("indicators.growth", tenant_id=tenant_id))


def _refused(tenant_id: int, form: DomainForm, error: DomainError) -> Tenant:
    db.session.rollback()
    form.say(error)
    return load(tenant_id)


def _growth(
    tenant: Tenant, *, funding_form: FundingForm | None = None, milestone_form: MilestoneForm | None = None
) -> str:
    def rows(model: Any, order: Any) -> list[Any]:
        return list(db.session.scalars(select(model).where(model.tenant_id == tenant.id).order_by(order.desc())))

    funding = rows(FundingRound, FundingRound.on)
    return page(
        "growth",
        tenant,
        "growth",
        funding=funding,
        total_fen=sum(row.amount_fen for row in funding),
        milestones=rows(Milestone, Milestone.reached_on),
        # One page has two forms whose fields are called alike: their ids are apart.
        funding_form=funding_form or FundingForm(formdata=None, prefix="funding-", data={"on": g.today}),
        milestone_form=milestone_form
        or MilestoneForm(formdata=None, prefix="milestone-", data={"reached_on": g.today}),
        funding_words=words.FUNDING,
        milestone_words=words.MILESTONES,
        prize_name=words.prize_name,
    )
