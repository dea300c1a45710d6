"""Which posts one person may not hold together, in one table (docs/adr/0011).

三员分立: of system, security and audit administrator a person holds one. Whoever audits a district holds no post that
acts in it, and is no administrator of the platform. Asked where a post is offered, given and lent; what was held before
these rules goes on working and is named by `hongcai doctor` and `hongcai audit verify` (I5, which shares no code with
this).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core import today
from core.data.models import OFFICERS, Delegation, Membership, Role, User
from core.data.queries.people import running
from core.errors import N_, Conflict

OF_THREE = N_(
    "这个人已经是另一类管理员。系统管理员、安全管理员、审计管理员必须是三个人；请另选一人，或先结束其现有任职。"
)
OF_AUDITORS = N_("审计人员不能同时是平台的系统、安全或审计管理员。请另选一人，或先结束其现有任职。")
OF_DISTRICT = N_(
    "审计人员不能在同一个区担任其他职务，反过来也一样（决策、执行、监督分离）。请另选一人，或先结束其现有任职。"
)


class Post(NamedTuple):
    """A role and the district it is in; None for the platform."""

    role: Role
    district_id: int | None


def clash(one: Post, other: Post) -> str | None:
    """Why one person may not hold both, or None where they may."""
    roles = {one.role, other.role}
    if one.role == other.role:
        return None
    if roles <= OFFICERS:
        return OF_THREE
    if Role.AUDITOR not in roles:
        return None
    if roles & OFFICERS:
        return OF_AUDITORS
    return OF_DISTRICT if one.district_id == other.district_id else None


def held_by(session: Session, email: str, day: date) -> list[Post]:
    """What someone holds from `day` on, own posts and those lent to them."""
    lasting = (Membership.ended_at.is_(None), or_(Membership.ends_on.is_(None), Membership.ends_on >= day))
    columns = select(Membership.role, Membership.district_id).where(*lasting)
    own = columns.join(User, User.id == Membership.user_id).where(User.email == email)
    lent = (
        columns.join(Delegation, Delegation.membership_id == Membership.id)
        .join(User, User.id == Delegation.to_user_id)
        .where(User.email == email, Delegation.revoked_at.is_(None), Delegation.ends_on >= day)
    )
    return [Post(*row) for row in (*session.execute(own), *session.execute(lent))]


def require(session: Session, email: str, role: Role, district_id: int | None, *, field: str | None = "email") -> None:
    """Refuse a post to whoever has this address and holds one that it must be kept apart from. Their account is held
    until the transaction ends, so that two posts taken at one moment do not each miss the other."""
    session.execute(select(User.id).where(User.email == email).with_for_update(key_share=True))
    if sentence := first_clash(Post(role, district_id), held_by(session, email, today().date())):
        raise Conflict(sentence, field=field)


def first_clash(post: Post, held: Iterable[Post]) -> str | None:
    """Why `post` may not be added to what is held, or None."""
    return next((why for other in held if (why := clash(post, other))), None)


def officers_of(session: Session) -> dict[Role, list[str]]:
    """The addresses of each of the three administrators of today, who can sign in."""
    day = today().date()
    rows = session.execute(
        select(Membership.role, User.email)
        .join(User, User.id == Membership.user_id)
        .where(Membership.role.in_(OFFICERS), User.active, running(day))
        .order_by(User.email)
    )
    found: dict[Role, list[str]] = {role: [] for role in OFFICERS}
    for role, email in rows:
        found[role].append(email)
    return found


def mixed(session: Session) -> dict[str, str]:
    """Who holds posts that may not be held together, from before these rules: why, by address."""
    day = today().date()
    addresses = select(User.email).join(Membership, Membership.user_id == User.id)
    watched = addresses.where(Membership.role.in_(OFFICERS | {Role.AUDITOR}), running(day))
    lent = (
        select(User.email)
        .join(Delegation, Delegation.to_user_id == User.id)
        .join(Membership, Membership.id == Delegation.membership_id)
        .where(Membership.role == Role.AUDITOR, Delegation.revoked_at.is_(None), Delegation.ends_on >= day)
    )
    found = {}
    for email in sorted({*session.scalars(watched), *session.scalars(lent)}):
        held = held_by(session, email, day)
        if why := next((why for i, post in enumerate(held) if (why := first_clash(post, held[:i]))), None):
            found[email] = why
    return found
