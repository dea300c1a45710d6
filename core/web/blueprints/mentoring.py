"""导师 of one tenant: its need, its mentor, their sessions and feedback. Read by all who read the file; a need and
sessions are written by the tenant and its operator, pairing is the operator's."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

import core
from core.data.asker import Reach
from core.data.models import (
    DISTRICT_ROLES,
    OPERATOR_ROLES,
    TENANT_ROLES,
    Mentor,
    MentoringSession,
    Pairing,
    Side,
    Tenant,
)
from core.errors import DomainError, NotFound
from core.extensions import db
from core.services import meetings, mentoring_needs, pairings
from core.web.access import roles
from core.web.forms.accounts import DomainForm, options
from core.web.forms.mentors import BookForm, EndForm, FeedbackForm, HeldForm, NeedForm, PairMentorForm
from core.web.views.mentoring import shown
from core.web.views.tenant_file import load

blueprint = Blueprint("mentoring", __name__)
BOTH = (*OPERATOR_ROLES, *TENANT_ROLES)


@blueprint.get("/mentoring")
@roles(*TENANT_ROLES)
def mine() -> str:
    return shown(db.session.scalars(select(Tenant)).one())


@blueprint.get("/tenants/<int:tenant_id>/mentoring")
@roles(*BOTH, *DISTRICT_ROLES)
def show(tenant_id: int) -> str:
    return shown(load(tenant_id))


# ── the need ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@blueprint.post("/tenants/<int:tenant_id>/mentoring/need")
@roles(*BOTH)
def state(tenant_id: int) -> Any:
    tenant, form = load(tenant_id), NeedForm(prefix="need-")
    if form.validate():
        try:
            mentoring_needs.state(db.session, tenant, **form.values(), today=g.today)
            flash(_("需求已保存，运营机构安排匹配时会用到。"), "success")
            return _to(tenant_id)
        except DomainError as error:
            tenant = _refused(tenant_id, form, error)
    return shown(tenant, {"need": form}), 422


@blueprint.post("/tenants/<int:tenant_id>/mentoring/need/withdrawal")
@roles(*BOTH)
def withdraw(tenant_id: int) -> Response:
    need = mentoring_needs.open_of(db.session, load(tenant_id))
    if need is None:
        raise NotFound("现在没有待匹配的需求，请刷新页面查看")
    mentoring_needs.withdraw(db.session, need, today=g.today)
    flash(_("需求已撤回，历史记录保留。"), "success")
    return _to(tenant_id)


# ── the pairing ──────────────────────────────────────────────────────────────────────────────────────────────────────
@blueprint.post("/tenants/<int:tenant_id>/mentoring/pairings")
@roles(*OPERATOR_ROLES)
def pair(tenant_id: int) -> Any:
    tenant, form = load(tenant_id), PairMentorForm(prefix="pair-")
    # Which mentors there are says the service, and why one cannot be had.
    form.mentor_id.choices = options(db.session.execute(select(Mentor.id, Mentor.name)))
    if form.validate():
        try:
            mentor = db.session.get(Mentor, form.mentor_id.data) if form.mentor_id.data else None
            if mentor is None:
                raise NotFound("请选择导师", field="mentor_id")
            pairings.pair(db.session, mentor, tenant, starts_on=form.starts_on.data)
            flash(_("已结对。"), "success")
            return _to(tenant_id)
        except DomainError as error:
            tenant = _refused(tenant_id, form, error)
    return shown(tenant, {"pair": form}), 422


@blueprint.post("/tenants/<int:tenant_id>/mentoring/pairings/<int:pairing_id>/ending")
@roles(*OPERATOR_ROLES)
def end(tenant_id: int, pairing_id: int) -> Any:
    tenant, form = load(tenant_id), EndForm(prefix="end-")
    pairing = _pairing(tenant_id, pairing_id)
    if form.validate():
        try:
            pairings.end(db.session, pairing, on=form.on.data, today=g.today, reason=form.reason.data or "")
            flash(_("结对已结束，已约的辅导已取消。"), "success")
            return _to(tenant_id)
        except DomainError as error:
            tenant = _refused(tenant_id, form, error)
    return shown(tenant, {"end": form}), 422


# ── sessions ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@blueprint.post("/tenants/<int:tenant_id>/mentoring/pairings/<int:pairing_id>/sessions")
@roles(*BOTH)
def book(tenant_id: int, pairing_id: int) -> Any:
    tenant, form = load(tenant_id), BookForm(prefix="book-")
    pairing = _pairing(tenant_id, pairing_id)
    if form.validate():
        try:
            made = meetings.book(
                db.session,
                pairing,
                starts_at=form.starts_at,
                minutes=form.minutes.data,
                form=form.form.data,
                topic=form.topic.data or "",
            )
            flash(_("辅导已约好。"), "success")
            if made.over:
                flash(_("导师这个月的可用时间已超出%(n)s分钟，请与导师确认。", n=made.over), "warning")
            return _to(tenant_id)
        except DomainError as error:
            tenant = _refused(tenant_id, form, error)
    return shown(tenant, {"book": form}), 422


@blueprint.post("/tenants/<int:tenant_id>/mentoring/sessions/<int:meeting_id>/held")
@roles(*BOTH)
def held(tenant_id: int, meeting_id: int) -> Any:
    tenant, form = load(tenant_id), HeldForm(prefix=f"held-{meeting_id}-")
    meeting = _meeting(tenant_id, meeting_id)
    if form.validate():
        try:
            minutes, summary = form.minutes.data or 0, form.summary.data or ""
            meetings.held(db.session, meeting, minutes=minutes, summary=summary, now=core.today())
            flash(_("辅导记录已保存。"), "success")
            return _to(tenant_id)
        except DomainError as error:
            tenant = _refused(tenant_id, form, error)
    return shown(tenant, {f"held-{meeting_id}": form}), 422


@blueprint.post("/tenants/<int:tenant_id>/mentoring/sessions/<int:meeting_id>/cancellation")
@roles(*BOTH)
def cancel(tenant_id: int, meeting_id: int) -> Response:
    load(tenant_id)
    meetings.cancel(db.session, _meeting(tenant_id, meeting_id))
    flash(_("辅导已取消。"), "success")
    return _to(tenant_id)


@blueprint.post("/tenants/<int:tenant_id>/mentoring/sessions/<int:meeting_id>/absence")
@roles(*BOTH)
def missed(tenant_id: int, meeting_id: int) -> Response:
    load(tenant_id)
    meetings.missed(db.session, _meeting(tenant_id, meeting_id), now=core.today())
    flash(_("已记为缺席。"), "success")
    return _to(tenant_id)


@blueprint.post("/tenants/<int:tenant_id>/mentoring/sessions/<int:meeting_id>/feedback")
@roles(*BOTH)
def rate(tenant_id: int, meeting_id: int) -> Any:
    tenant, form = load(tenant_id), FeedbackForm(prefix=f"said-{meeting_id}-")
    meeting = _meeting(tenant_id, meeting_id)
    side = Side.TENANT if g.asker.reach is Reach.TENANT else Side.MENTOR
    if form.validate():
        try:
            meetings.rate(db.session, meeting, side, rating=form.rating.data, words=form.words.data, today=g.today)
            flash(_("评价已保存，谢谢。"), "success")
            return _to(tenant_id)
        except DomainError as error:
            tenant = _refused(tenant_id, form, error)
    return shown(tenant, {f"said-{meeting_id}": form}), 422


def _pairing(tenant_id: int, pairing_id: int) -> Pairing:
    found = db.session.scalars(
        select(Pairing).where(Pairing.id == pairing_id, Pairing.tenant_id == tenant_id)
    ).one_or_none()
    if found is None:
        raise NotFound("没有这个结对，或您无权查看")
    return found


def _meeting(tenant_id: int, meeting_id: int) -> MentoringSession:
    found = db.session.scalars(
        select(MentoringSession).where(MentoringSession.id == meeting_id, MentoringSession.tenant_id == tenant_id)
    ).one_or_none()
    if found is None:
        raise NotFound("没有这次辅导，或您无权查看")
    return found


def _refused(tenant_id: int, form: DomainForm, error: DomainError) -> Tenant:
    db.session.rollback()
    form.say(error)
    return load(tenant_id)


def _to(tenant_id: int) -> Response:
    """Back to the page; a tenant's people know it as their own."""
    if g.asker.reach is Reach.TENANT:
        return redirect(url_for("mentoring.mine"))
    return redirect(url_for("mentoring.show", tenant_id=tenant_id))
