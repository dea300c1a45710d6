"""Accounts and people: one's own account, sessions and leave; the people of an organisation and their invitations.

Signing in itself is Flask-Security's (`core.web.accounts`)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_security import current_user
from sqlalchemy import select
from werkzeug.wrappers import Response

from core.data.models import DISTRICT_ROLES, Delegation, Invitation, Membership, Role, User
from core.data.queries import people as rows
from core.data.types import utcnow
from core.errors import N_, Conflict, DomainError, NotFound
from core.extensions import db
from core.services import accounts, delegations, invitations
from core.services.audit import record
from core.services.rights import STAFFING, is_own, require_staffing
from core.web.access import auditors_may, public, roles, signed_in
from core.web.forms.accounts import AcceptForm, ReasonForm
from core.web.sessions import IDLE, current_session, end_session, end_sessions, token_hash
from core.web.views import notices
from core.web.views.people import (
    device,
    invite_form,
    leave_form,
    leave_rows,
    people_page,
    send_invitation,
    workspaces,
)

blueprint = Blueprint("auth", __name__)


def _one(model: type[Any], key: int) -> Any:
    row = db.session.scalars(select(model).where(model.id == key)).one_or_none()
    if row is None:
        raise NotFound(N_("没有找到，或不属于您可以管理的范围。"))
    return row


# ── one's own account ────────────────────────────────────────────────────────────────────────────────────────────────
@blueprint.get("/account")
@signed_in
def account() -> str:
    return render_template(
        "auth/account.html",
        user=current_user,
        workspaces=workspaces(g.memberships),
        codes=len(current_user.mf_recovery_codes or []),
        district=any(not lent and m.role in DISTRICT_ROLES for m, lent in g.memberships),
        preferences=notices.preferences(),
        modes=notices.MODES,
    )


@blueprint.post("/account/workspace")
@signed_in
def switch() -> Response:
    """Work as another of one's memberships, in a renewed session."""
    chosen = request.form.get("membership", type=int)
    if chosen not in {m.id for m, _lent in g.memberships}:
        raise NotFound(N_("这一身份已经结束，或不是您的。"))
    session["membership"] = chosen
    current_session().renew()
    return redirect(url_for("home.index"))


@blueprint.get("/account/sessions")
@signed_in
def sessions() -> str:
    mine = token_hash(current_session().token or "")
    found = [
        {"row": row, "device": device(row.agent), "current": row.token_hash == mine}
        for row in rows.sessions_of(db.session, current_user.id, utcnow() - IDLE)
    ]
    return render_template("auth/sessions.html", sessions=found)


@blueprint.post("/account/sessions/<int:session_id>/end")
@signed_in
def end_one(session_id: int) -> Response:
    if not end_session(current_user.id, session_id):
        raise NotFound(N_("这次登录已经结束，或不是您的。"))
    record(db.session, "account.session_ended", current_user._get_current_object(), detail={"session": session_id})
    flash(_("该设备上的登录已退出。"), "success")
    return redirect(url_for("auth.sessions"))


@blueprint.post("/account/sessions/end")
@signed_in
def end_others() -> Response:
    ended = end_sessions(current_user.id, but=current_session().token)
    record(db.session, "account.sessions_ended", current_user._get_current_object(), detail={"sessions": ended})
    flash(_("其他设备上的登录已全部退出。"), "success")
    return redirect(url_for("auth.sessions"))


# ── leave ────────────────────────────────────────────────────────────────────────────────────────────────────────────
@blueprint.route("/account/leave", methods=["GET", "POST"])
@roles(*DISTRICT_ROLES)
@auditors_may
def leave() -> Any:
    form = leave_form()
    if form.validate_on_submit():
        try:
            delegations.lend(
                db.session,
                _one(Membership, form.membership_id.data or 0),
                _one(User, form.to_user_id.data or 0),
                starts_on=form.starts_on.data,
                ends_on=form.ends_on.data,
                reason=form.reason.data,
            )
        except DomainError as error:
            form.say(error)
        else:
            flash(_("已设置代办。对方从开始之日起可以用您的岗位办理。"), "success")
            return redirect(url_for("auth.leave"))
    lent = leave_rows(rows.delegations_of(db.session, current_user.id, g.today))
    return render_template("auth/leave.html", form=form, **lent), 422 if form.errors else 200


@blueprint.post("/account/leave/<int:delegation_id>/end")
@roles(*DISTRICT_ROLES)
@auditors_may
def take_back(delegation_id: int) -> Response:
    delegations.take_back(db.session, _one(Delegation, delegation_id))
    flash(_("委托已收回。"), "success")
    return redirect(url_for("auth.people" if g.asker.may(Role.DISTRICT_ADMIN) else "auth.leave"))


# ── the people of an organisation ────────────────────────────────────────────────────────────────────────────────────
@blueprint.get("/people")
@roles(*STAFFING)
def people() -> str:
    return render_template("auth/people.html", **people_page())


@blueprint.route("/people/invite", methods=["GET", "POST"])
@roles(*STAFFING)
def invite() -> Any:
    form = invite_form()
    if form.validate_on_submit():
        if request.form.get("workspace", type=int) != g.membership.id:
            raise Conflict(N_("您已在别的窗口切换了身份，这份邀请没有发出。请从人员页重新邀请。"))
        places = {f: form[f].data for f in ("tenant_id", "department_id", "operator_id", "district_id") if f in form}
        try:
            made, token = invitations.invite(db.session, email=form.email.data, role=Role(form.role.data), **places)
        except DomainError as error:
            form.say(error)
        else:
            return _invited(made, token)
    return render_template("auth/invite.html", form=form, workspace=g.membership.id), 422 if form.errors else 200


def _invited(invitation: Invitation, token: str) -> str:
    """The link, shown this once: the answer to the POST itself, so that it is stored nowhere on the way."""
    link = send_invitation(invitation, token)
    place = rows.places_of(db.session, [invitation])[invitation.id]
    return render_template("auth/invited.html", invitation=invitation, link=link, place=place)


@blueprint.post("/people/invitations/<int:invitation_id>/resend")
@roles(*STAFFING)
def resend(invitation_id: int) -> str:
    invitation = _one(Invitation, invitation_id)
    return _invited(invitation, invitations.resend(db.session, invitation))


@blueprint.post("/people/invitations/<int:invitation_id>/revoke")
@roles(*STAFFING)
def revoke(invitation_id: int) -> Response:
    invitations.revoke(db.session, _one(Invitation, invitation_id))
    flash(_("邀请已撤回，原来的链接不能再用。"), "success")
    return redirect(url_for("auth.people"))


@blueprint.route("/people/<int:membership_id>/end", methods=["GET", "POST"])
@signed_in
def end(membership_id: int) -> Any:
    """End a role: one's own, or one that the reader may give."""
    membership = _one(Membership, membership_id)
    own = is_own(db.session, membership)
    if not own:
        require_staffing(db.session, membership)
    form = ReasonForm()
    back = url_for("auth.account" if own else "auth.people")
    if form.validate_on_submit():
        accounts.end_membership(db.session, membership, reason=form.reason.data)
        flash(_("任职已结束，从现在起不能再以这一身份办理。"), "success")
        return redirect(back)
    place = rows.places_of(db.session, [membership])[membership.id]
    page = render_template("auth/end.html", form=form, membership=membership, place=place, own=own, back=back)
    return page, 422 if form.errors else 200


@blueprint.post("/people/users/<int:user_id>/active")
@roles(Role.SECURITY_ADMIN)
def set_active(user_id: int) -> Response:
    """Close an account, or open it again."""
    active = {"yes": True, "no": False}.get(request.form.get("active", ""))
    if active is None:
        abort(400)
    accounts.set_active(db.session, _one(User, user_id), active=active)
    if not active:
        end_sessions(user_id)
    flash(_("账户已恢复。") if active else _("账户已停用，其所有登录已退出。"), "success")
    return redirect(url_for("auth.people"))


@blueprint.post("/people/users/<int:user_id>/second-factor")
@roles(Role.SECURITY_ADMIN)
def reset_second_factor(user_id: int) -> Response:
    """For whoever lost telephone and recovery codes."""
    accounts.reset_second_factor(db.session, _one(User, user_id))
    end_sessions(user_id)
    flash(_("两步验证已重置，其所有登录已退出。本人下次登录时重新设置。"), "success")
    return redirect(url_for("auth.people"))


# ── taking up an invitation ──────────────────────────────────────────────────────────────────────────────────────────
@blueprint.route("/invitations/<token>", methods=["GET", "POST"])
@public
def accept(token: str) -> Any:
    """Whoever holds the link joins: a new account, or the one that is signed in."""
    invitation = invitations.find(db.session, token)
    place = rows.places_of(db.session, [invitation])[invitation.id]
    known = accounts.find_user(db.session, invitation.email) is not None
    form = AcceptForm()
    if current_user.is_authenticated and request.method == "POST":
        joined = invitations.accept(db.session, invitation, current_user._get_current_object())
        session["membership"] = joined.id
        current_session().renew()
        flash(_("您已加入 %(place)s。", place=place), "success")
        return redirect(url_for("home.index"))
    if not known and not current_user.is_authenticated and form.validate_on_submit():
        try:
            invitations.accept_as_new(
                db.session, invitation, name=form.name.data, password=form.password.data, about=place
            )
        except DomainError as error:
            form.say(error)
        else:
            flash(_("账户已开通，请用邮箱和刚设置的密码登录。"), "success")
            return redirect(url_for("security.login"))
    page = render_template("auth/accept.html", invitation=invitation, place=place, known=known, form=form, token=token)
    return page, 422 if form.errors else 200
