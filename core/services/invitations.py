"""Invitations: a membership offered by e-mail. The token is told once and never stored; it works once, for a week."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core import today
from core.data.models import Invitation, Membership, Role, User
from core.data.queries.people import running
from core.data.types import utcnow
from core.errors import N_, Conflict, Forbidden, Invalid, NotFound
from core.services import accounts, separation
from core.services.audit import asker_of, record
from core.services.rights import Scope, require_staffing, scope_for

LIFETIME = timedelta(days=7)


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def invite(
    session: Session,
    *,
    email: str,
    role: Role,
    tenant_id: int | None = None,
    department_id: int | None = None,
    operator_id: int | None = None,
    district_id: int | None = None,
) -> tuple[Invitation, str]:
    """Offer `role` to whoever reads `email`; returns the invitation and its token, which is kept nowhere else."""
    email = accounts.normalise_email(email)
    scope = scope_for(
        session,
        role,
        tenant_id=tenant_id,
        department_id=department_id,
        operator_id=operator_id,
        district_id=district_id,
    )
    _refuse_second(session, email, role, scope)
    separation.require(session, email, role, scope.district_id)
    token = secrets.token_urlsafe(32)
    invitation = Invitation(
        token_hash=token_hash(token),
        email=email,
        role=role,
        invited_by_id=asker_of(session).user_id,
        expires_at=utcnow() + LIFETIME,
        **scope.columns(),
    )
    session.add(invitation)
    record(session, "invitation.made", invitation, detail={"role": role.value})
    return invitation, token


def _refuse_second(session: Session, email: str, role: Role, scope: Scope) -> None:
    columns = scope.columns()
    there = session.scalars(
        select(Membership.id)
        .join(Membership.user)
        .where(
            User.email == email,
            Membership.role == role,
            *(getattr(Membership, c).is_not_distinct_from(v) for c, v in columns.items()),
            running(today().date()),
        )
    ).first()
    if there is not None:
        raise Conflict(N_("这个邮箱的持有人已经担任这一角色。"), field="email")
    waiting = session.scalars(
        select(Invitation.id).where(
            Invitation.email == email,
            Invitation.role == role,
            *(getattr(Invitation, c).is_not_distinct_from(v) for c, v in columns.items()),
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
        )
    ).first()
    if waiting is not None:
        raise Conflict(N_("已经邀请过这个邮箱，对方尚未接受。可以在人员页重新发送，或先撤回。"), field="email")


def resend(session: Session, invitation: Invitation) -> str:
    """A new token and another week; the old link no longer works."""
    require_staffing(session, invitation)
    _refuse_settled(invitation)
    token = secrets.token_urlsafe(32)
    invitation.token_hash, invitation.expires_at = token_hash(token), utcnow() + LIFETIME
    record(session, "invitation.resent", invitation)
    return token


def revoke(session: Session, invitation: Invitation) -> None:
    """Take an invitation back before it is taken up."""
    require_staffing(session, invitation)
    _refuse_settled(invitation)
    invitation.revoked_at = utcnow()
    record(session, "invitation.revoked", invitation)


def _refuse_settled(invitation: Invitation) -> None:
    if invitation.accepted_at is not None:
        raise Conflict(N_("这份邀请已被接受。"))
    if invitation.revoked_at is not None:
        raise Conflict(N_("这份邀请已撤回。请向邀请您的单位询问。"))


def find(session: Session, token: str) -> Invitation:
    """The invitation of a link, if it can still be taken up."""
    invitation = session.scalars(select(Invitation).where(Invitation.token_hash == token_hash(token))).one_or_none()
    if invitation is None:
        raise NotFound(N_("邀请链接无效。请检查链接是否完整；重新发送过的邀请，以最后一次的链接为准。"))
    _refuse_settled(invitation)
    if invitation.expires_at <= utcnow():
        raise Conflict(N_("邀请已过期（有效期 7 天）。请让邀请您的人重新发送。"))
    return invitation


def accept(session: Session, invitation: Invitation, user: User) -> Membership:
    """Let the signed-in `user` take the offered role."""
    if user.email != invitation.email:
        raise Forbidden(N_("这份邀请是发给另一个邮箱的。请退出后，用收到邀请的邮箱登录再接受。"))
    return _take_up(session, invitation, user)


def accept_as_new(session: Session, invitation: Invitation, *, name: str, password: str, about: str = "") -> Membership:
    """Make the invited person's account and give it the offered role. `about`: the organisation's name."""
    if accounts.find_user(session, invitation.email) is not None:
        raise Conflict(N_("这个邮箱已有账户。请先登录，再打开邀请链接。"))
    if not password:
        raise Invalid(N_("请设置密码。"), field="password")
    user = accounts.make_user(session, email=invitation.email, name=name, password=password, about=(about,))
    return _take_up(session, invitation, user)


def _take_up(session: Session, invitation: Invitation, user: User) -> Membership:
    now = utcnow()
    # One statement decides between two clicks, or a click and a withdrawal.
    taken = session.execute(
        update(Invitation)
        .where(
            Invitation.id == invitation.id,
            Invitation.token_hash == invitation.token_hash,
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
            Invitation.expires_at > now,
        )
        .values(accepted_at=now)
        .returning(Invitation.id)
    ).one_or_none()
    if taken is None:
        raise Conflict(N_("邀请已被接受或撤回。"))
    record(session, "invitation.accepted", invitation, detail={"user": user.id})
    return accounts.grant(session, user, invitation.role, Scope.of(invitation))
