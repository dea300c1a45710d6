"""资金池: the budgets of a year, one of them with its curve, bookings and waiting list, and changes by two persons."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from core.data.models import Pool, PoolChange, PoolChangeKind, PoolChangeState, Role
from core.data.queries import pools as reads
from core.errors import DomainError, NotFound
from core.extensions import db
from core.services import pools
from core.services.pools import changes
from core.services.rights import POOL_CONFIRMERS, POOL_PROPOSERS
from core.web.access import roles
from core.web.forms.accounts import ReasonForm
from core.web.forms.pools import ChangeForm, SetUpForm
from core.web.views import pools as view

blueprint = Blueprint("pools", __name__)
READERS = (Role.APPROVER, Role.DISTRICT_ADMIN, Role.PAYER, Role.AUDITOR)


@blueprint.get("/pools")
@roles(*READERS)
def index() -> str:
    """The pools of one year: this one, or the latest that has any."""
    years = reads.years(db.session)
    asked = request.args.get("year", type=int)
    year = asked if asked in years else g.today.year if g.today.year in years or not years else years[0]
    return render_template(
        "pools/index.html",
        year=year,
        years=years,
        budgets=view.budgets(reads.of_district(db.session, year)),
        proposed=view.change_rows(reads.proposed(db.session)),
        may_propose=g.asker.may(*POOL_PROPOSERS),
    )


@blueprint.get("/pools/new")
@roles(*POOL_PROPOSERS)
def new() -> str:
    return _new_page(SetUpForm(formdata=None, data={"year": request.args.get("year", g.today.year, type=int)}))


@blueprint.post("/pools/new")
@roles(*POOL_PROPOSERS)
def create() -> Any:
    form = SetUpForm()
    _offer_policies(form)
    if form.validate():
        try:
            made = pools.set_up(db.session, form.policy.data, form.year.data, form.shares(), form.proposal())
            return _proposed(made)
        except DomainError as error:
            db.session.rollback()
            form.say(error)
    return _new_page(form), 422


@blueprint.get("/pools/<int:pool_id>")
@roles(*READERS)
def show(pool_id: int) -> str:
    pool = _pool(pool_id)
    (budget,) = view.budgets([pool])
    return render_template(
        "pools/show.html",
        budget=budget,
        pool=pool,
        curve=view.curve(pool),
        changes=view.change_rows(reads.changes(db.session, pool)),
        before=reads.beside(db.session, pool, -1),
        following=reads.beside(db.session, pool, 1),
        may_propose=g.asker.may(*POOL_PROPOSERS),
        share=view.share,
        share_of=view.percent_of,
    )


@blueprint.get("/pools/<int:pool_id>/entries")
@roles(*READERS)
def entries(pool_id: int) -> str:
    pool = _pool(pool_id)
    (budget,) = view.budgets([pool])
    return render_template("pools/entries.html", budget=budget, pool=pool, page=view.entries(pool).page())


@blueprint.get("/pools/<int:pool_id>/entries/export")
@roles(*READERS)
def export(pool_id: int) -> Response:
    return view.entries(_pool(pool_id)).file()


@blueprint.get("/pools/<int:pool_id>/waiting")
@roles(*READERS)
def waiting(pool_id: int) -> str:
    pool = _pool(pool_id)
    (budget,) = view.budgets([pool])
    return render_template("pools/waiting.html", budget=budget, pool=pool, page=view.waits(pool).page())


@blueprint.get("/pools/<int:pool_id>/waiting/export")
@roles(*READERS)
def waiting_export(pool_id: int) -> Response:
    return view.waits(_pool(pool_id)).file()


@blueprint.get("/pools/<int:pool_id>/changes/new")
@roles(*POOL_PROPOSERS)
def new_change(pool_id: int) -> str:
    pool, kind = _pool(pool_id), request.args.get("kind", "")
    known = PoolChangeKind(kind) if kind in set(PoolChangeKind) else PoolChangeKind.RAISE
    return _change_form(pool, ChangeForm(formdata=None, data={"kind": known}))


@blueprint.post("/pools/<int:pool_id>/changes/new")
@roles(*POOL_PROPOSERS)
def propose(pool_id: int) -> Any:
    pool, form = _pool(pool_id), ChangeForm()
    if form.validate():
        try:
            return _proposed(pools.propose(db.session, pool, form.kind.data, form.proposal(), today=g.today))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
            pool = _pool(pool_id)
    return _change_form(pool, form), 422


@blueprint.get("/pools/changes/<int:pool_change_id>")
@roles(*READERS)
def change(pool_change_id: int) -> str:
    return _change_page(changes.load(db.session, pool_change_id))


@blueprint.post("/pools/changes/<int:pool_change_id>/confirmation")
@roles(*POOL_CONFIRMERS)
def confirm(pool_change_id: int) -> BaseResponse:
    found = changes.load(db.session, pool_change_id)
    pool = pools.confirm(db.session, found, confirmed=request.form.get("confirmed") == "yes", today=g.today)
    flash(_("变动已确认，资金池已更新。"), "success")
    return redirect(url_for("pools.show", pool_id=pool.id))


@blueprint.post("/pools/changes/<int:pool_change_id>/decline")
@roles(*POOL_CONFIRMERS)
def decline(pool_change_id: int) -> Any:
    found, form = changes.load(db.session, pool_change_id), ReasonForm()
    if form.validate():
        try:
            pools.decline(db.session, found, form.reason.data)
            flash(_("已写明不同意，资金池没有变化。"), "success")
            return redirect(url_for("pools.change", pool_change_id=pool_change_id))
        except DomainError as error:
            db.session.rollback()
            form.say(error)
            found = changes.load(db.session, pool_change_id)
    return _change_page(found, form), 422


@blueprint.post("/pools/changes/<int:pool_change_id>/withdrawal")
@roles(*POOL_PROPOSERS)
def withdraw(pool_change_id: int) -> BaseResponse:
    pools.withdraw(db.session, changes.load(db.session, pool_change_id))
    flash(_("已收回，资金池没有变化。"), "success")
    return redirect(url_for("pools.change", pool_change_id=pool_change_id))


def _pool(pool_id: int) -> Pool:
    found = reads.one(db.session, pool_id)
    if found is None:
        raise NotFound("没有这个资金池，或您无权查看")
    return found


def _proposed(made: PoolChange) -> BaseResponse:
    flash(_("已提交，等待另一人确认；确认之前资金池没有变化。"), "success")
    return redirect(url_for("pools.change", pool_change_id=made.id))


def _offer_policies(form: SetUpForm) -> None:
    form.policy.choices = view.policies()


def _new_page(form: SetUpForm) -> str:
    _offer_policies(form)
    return render_template("pools/new.html", form=form)


def _change_form(pool: Pool, form: ChangeForm) -> str:
    (budget,) = view.budgets([pool])
    return render_template("pools/propose.html", form=form, budget=budget, pool=pool)


def _change_page(found: PoolChange, form: ReasonForm | None = None) -> str:
    (row,) = view.change_rows([found])
    open_ = found.state is PoolChangeState.PROPOSED
    own = found.proposed_by_id == g.asker.user_id
    budget = view.budgets([found.pool])[0] if found.pool else None
    return render_template(
        "pools/change.html",
        row=row,
        it=found,
        budget=budget,
        may_decide=open_ and not own and g.asker.may(*POOL_CONFIRMERS),
        may_withdraw=open_ and own and g.asker.may(*POOL_PROPOSERS),
        own=own and open_,
        form=form or ReasonForm(formdata=None),
        share=view.share,
    )
