"""Leave: from a day to a day, a colleague acts in one's role. Their acts carry both ids; two-person rules count the
person who acts."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import today
from core.data.models import DISTRICT_ROLES, Delegation, Membership, Role, User
from core.data.queries.people import colleagues
from core.data.types import utcnow
from core.errors import N_, Conflict, Forbidden, Invalid, NotFound
from core.services import separation
from core.services.audit import asker_of, record
from core.services.typed import within

LONGEST_DAYS = 184  # half a year; longer absences need a new appointment, not a stand-in


def lend(
    session: Session, membership: Membership, to: User, *, starts_on: date, ends_on: date, reason: str
) -> Delegation:
    """Let `to` act in `membership` from `starts_on` to `ends_on`, both days included. One's own, not one that is
    itself lent; to a colleague of the same district; to one person at a time."""
    asker = asker_of(session)
    if membership.user_id != asker.user_id:
        raise Forbidden(N_("只能委托自己的任职；代行他人职责时不能再转托。"))
    if membership.role not in DISTRICT_ROLES:
        raise Forbidden(N_("只有区级岗位可以设置请假代办。"))
    if to.id == membership.user_id:
        raise Invalid(N_("不能委托给自己。请选择同事。"), field="to_user_id")
    if not membership.running_on(today().date()) or to.id not in {
        u.id for u in colleagues(session, membership, today().date())
    }:
        raise NotFound(N_("没有找到这位同事，或其不在本区任职。"), field="to_user_id")
    separation.require(session, to.email, membership.role, membership.district_id, field="to_user_id")
    if starts_on < today().date():
        raise Invalid(N_("开始日期不能早于今天。"), field="starts_on")
    if ends_on < starts_on:
        raise Invalid(N_("结束日期不能早于开始日期。"), field="ends_on")
    if (ends_on - starts_on).days >= LONGEST_DAYS:
        raise Invalid(N_("一次最多委托 %(n)s 天。更久的缺席请另行任命。"), field="ends_on", n=LONGEST_DAYS)
    if not (reason := " ".join(reason.split())):
        raise Invalid(N_("请填写委托的原因。"), field="reason")
    overlapping = session.scalars(
        select(Delegation.id).where(
            Delegation.membership_id == membership.id,
            Delegation.revoked_at.is_(None),
            Delegation.starts_on <= ends_on,
            Delegation.ends_on >= starts_on,
        )
    ).first()
    if overlapping is not None:
        raise Conflict(N_("这段时间已有一份委托。请先收回，或改选其他日期。"), field="starts_on")
    delegation = Delegation(
        membership_id=membership.id,
        from_user_id=membership.user_id,
        to_user_id=to.id,
        starts_on=starts_on,
        ends_on=ends_on,
        reason=within(reason, 200, field="reason"),
    )
    session.add(delegation)
    detail = {"membership": membership.id, "to": to.id, "from_day": str(starts_on), "to_day": str(ends_on)}
    record(session, "delegation.made", delegation, detail=detail)
    return delegation


def take_back(session: Session, delegation: Delegation) -> None:
    """End a delegation at once: by who lent the role, or by the district's administrator."""
    asker = asker_of(session)
    of_district = asker.may(Role.DISTRICT_ADMIN) and delegation.membership.district_id == asker.district_id
    if delegation.from_user_id != asker.user_id and not of_district:
        raise NotFound(N_("没有找到这份委托。"))
    if delegation.revoked_at is not None:
        raise Conflict(N_("这份委托已经收回。"))
    delegation.revoked_at = utcnow()
    record(session, "delegation.revoked", delegation, detail={"membership": delegation.membership_id})
