"""People and their memberships: made, moved, ended. Ended ones stay: the trail needs them.

Two-person rules must look at `Asker.user_id`, the person who acts, never at a role or at `acting_for_id`: someone who
stands in for a colleague is still one person.
"""

from __future__ import annotations

from datetime import date
from uuid import uuid4

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from core import today
from core.data.models import OFFICERS, Membership, Role, Tenant, User
from core.data.queries.people import running
from core.data.types import utcnow
from core.errors import N_, Conflict, Forbidden, Invalid
from core.services import passwords, separation
from core.services.audit import asker_of, record
from core.services.rights import KEEPERS, Scope, is_own, require_staffing
from core.services.typed import within

LAST_OF_THREE = N_("这是最后一位系统、安全或审计管理员。三类管理员缺一不可，请先请人接任，再结束任职或停用账户。")


def normalise_email(text: str) -> str:
    """The one form in which an address is stored and looked up; `Invalid` if it is none."""
    try:
        address = validate_email(text.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise Invalid(N_("邮箱地址有误。请检查后重新填写。"), field="email") from None
    return address.normalized.lower()


def find_user(session: Session, email: str) -> User | None:
    """The account of an address, however it is written."""
    return session.scalars(select(User).where(User.email == email.strip().lower())).one_or_none()


def make_user(
    session: Session,
    *,
    email: str,
    name: str,
    password: str | None,
    demonstration: bool = False,
    totp_secret: str | None = None,
    about: tuple[str, ...] = (),
) -> User:
    """An account that can sign in, once it has a membership. `about`: names of organisations the password must not be
    made of. `totp_secret`: as `security.totp_factory.generate_totp_secret()` gives it, to enrol a demonstration
    account; people set up their own. Raises `Invalid` or `Conflict`."""
    email = normalise_email(email)
    if find_user(session, email) is not None:
        raise Conflict(N_("这个邮箱已有账户。请用它登录。"), field="email")
    if not (name := within(" ".join(name.split()), 60, field="name")):
        raise Invalid(N_("请填写姓名。"), field="name")
    if password is not None:
        password = passwords.check(password, about=(email, name, *about))
    user = User(
        email=email,
        name=name,
        password=passwords.hash_password(password) if password is not None else None,
        active=True,
        fs_uniquifier=uuid4().hex,
        confirmed_at=utcnow(),
        demonstration=demonstration,
        tf_primary_method="authenticator" if totp_secret else None,
        tf_totp_secret=totp_secret,
    )
    session.add(user)
    record(session, "account.created", user)
    return user


def set_active(session: Session, user: User, *, active: bool) -> None:
    """Let a person sign in, or no longer. Who is signed in is out at the next request."""
    if user.id == asker_of(session).user_id:
        raise Conflict(N_("不能停用自己的账户。请由另一位管理员办理。"))
    if user.active == active:
        return
    if not active and any(_is_last_officer(session, m) for m in user.memberships):
        raise Conflict(LAST_OF_THREE)
    user.active = active
    user.fs_uniquifier = uuid4().hex  # what sessions name; a new one leaves them without anyone
    record(session, "account.enabled" if active else "account.disabled", user)


def reset_second_factor(session: Session, user: User) -> None:
    """For somebody who lost telephone and recovery codes: their second factor and codes are void, and who needs one
    sets up another at the next sign-in. Nobody does it for themselves."""
    if user.id == asker_of(session).user_id:
        raise Conflict(N_("不能重置自己的两步验证。请由另一位安全管理员办理。"))
    if user.tf_primary_method is None:
        raise Conflict(N_("这个账户没有设置两步验证。"))
    user.tf_primary_method = user.tf_totp_secret = user.tf_last_step = None
    user.mf_recovery_codes = []
    user.fs_uniquifier = uuid4().hex
    record(session, "account.second_factor_reset", user)


def grant(
    session: Session,
    user: User,
    role: Role,
    scope: Scope,
    *,
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> Membership:
    """Give a role. Rights are the caller's business (an accepted invitation, a command). Twice the same is once."""
    starts_on = starts_on or today().date()
    if (held := _held(session, user, role, scope, starts_on)) is not None:
        return held
    separation.require(session, user.email, role, scope.district_id, field=None)
    return _give(session, user, role, scope, starts_on, ends_on)


def _held(session: Session, user: User, role: Role, scope: Scope, day: date) -> Membership | None:
    same = (Membership.user_id == user.id, *_same(role, scope), running(day))
    return session.scalars(select(Membership).where(*same)).first()


def _give(
    session: Session, user: User, role: Role, scope: Scope, starts_on: date, ends_on: date | None = None
) -> Membership:
    membership = Membership(user=user, role=role, starts_on=starts_on, ends_on=ends_on, **scope.columns())
    session.add(membership)
    record(session, "membership.granted", membership, detail={"user": user.id, "role": role.value})
    return membership


def end_membership(session: Session, membership: Membership, *, reason: str) -> None:
    """Take a role back, at once. One's own may be given up, but not as the last who could invite others."""
    own = is_own(session, membership)
    if not own:
        require_staffing(session, membership)
    if not membership.running_on(today().date()):
        raise Conflict(N_("这一任职已经结束。"))
    if not (reason := within(" ".join(reason.split()), 200, field="reason")):
        raise Invalid(N_("请填写结束任职的原因。"), field="reason")
    if _is_last_officer(session, membership):
        raise Conflict(LAST_OF_THREE)
    if own and membership.role in KEEPERS and not _another_keeper(session, membership):
        raise Conflict(
            N_("您是本单位最后一位负责人，不能结束自己的任职，否则无人能再邀请成员。请先请人接任，或由上级管理员办理。")
        )
    _end(session, membership, reason)


def _end(session: Session, membership: Membership, reason: str) -> None:
    membership.ended_at, membership.end_reason = utcnow(), reason
    membership.ends_on = max(today().date(), membership.starts_on)
    record(session, "membership.ended", membership, detail={"user": membership.user_id, "role": membership.role.value})


def _is_last_officer(session: Session, membership: Membership) -> bool:
    running_now = membership.running_on(today().date())
    return membership.role in OFFICERS and running_now and not _another_keeper(session, membership)


def _another_keeper(session: Session, membership: Membership) -> bool:
    keepers = (
        select(Membership.user_id)
        .join(Membership.user)
        .where(User.active, *_same(membership.role, Scope.of(membership)), running(today().date()))
        .order_by(Membership.id)
        # The last two, leaving or being disabled at one moment, must not each find the other: an account that is being
        # disabled is waited for, and then no longer active.
        .with_for_update(of=(Membership, User), key_share=True)
    )
    return any(user_id != membership.user_id for user_id in session.scalars(keepers))


def _same(role: Role, scope: Scope) -> list[ColumnElement[bool]]:
    columns = scope.columns()
    return [
        Membership.role == role,
        *(getattr(Membership, name).is_not_distinct_from(columns[name]) for name in columns),
    ]


def move_members(session: Session, old: Tenant, new: Tenant) -> list[Membership]:
    """Let a startup's people follow it to another operator: what they were at `old` ends, and begins at `new`."""
    if old.id == new.id:
        raise Invalid(N_("迁入的单位与迁出的单位相同。"))
    if old.enterprise_id is None or old.enterprise_id != new.enterprise_id:
        raise Forbidden(N_("只有同一企业的人员可以随企业迁移。请核对统一社会信用代码。"))
    with_us = select(Membership).where(Membership.tenant_id == old.id, running(today().date())).order_by(Membership.id)
    moved = []
    district_id = new.operator.district_id
    for membership in session.scalars(with_us).all():
        _end(session, membership, "随企业迁移")
        scope = Scope(district_id, None, new.operator_id, new.id)
        there = _held(session, membership.user, membership.role, scope, today().date())
        # No new post: what a person held beside it before, they go on holding.
        moved.append(there or _give(session, membership.user, membership.role, scope, today().date()))
    return moved
