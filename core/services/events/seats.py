"""Seats of an event: registering, waiting, withdrawing, moving up, and who came.

Those who wait move up in the order in which they registered, a party as a whole: one that is larger than what is free
is passed over for now and keeps its place. So nobody waits who could be seated.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.data.asker import Reach
from core.data.models import Event, EventRegistration, EventState, Stage, Tenant
from core.data.queries.across import across
from core.errors import Conflict, Forbidden, Invalid
from core.services import audit, notices

MOST_PEOPLE = 100  # of one tenant


def seated(session: Session, event: Event) -> int:
    """How many people have a seat, of all tenants: only the sum is handed back, so a tenant may ask as well."""
    with across(session, "event.seats") as wide:
        taken = select(func.coalesce(func.sum(EventRegistration.people), 0)).where(
            EventRegistration.event_id == event.id,
            EventRegistration.seated_at.is_not(None),
            EventRegistration.withdrawn_at.is_(None),
        )
        return int(wide.scalar(taken) or 0)


def lock(session: Session, event: Event) -> None:
    """Of two who act on an event at once, the second waits and then sees the first."""
    session.flush()
    session.execute(select(Event.id).where(Event.id == event.id).with_for_update())
    session.refresh(event)


def register(session: Session, event: Event, tenant: Tenant, people: int, *, now: datetime) -> EventRegistration:
    """`people` of a tenant: with seats where there are enough, else waiting for them."""
    asker = audit.asker_of(session)
    if asker.reach is Reach.TENANT and tenant.id != asker.tenant_id:
        raise Forbidden("只能为自己的企业报名")
    if not 1 <= people <= MOST_PEOPLE:
        raise Invalid("人数请填1到100", field="people")
    if tenant.stage is Stage.EXITED or tenant.merged_into_id is not None:
        raise Conflict("“%(name)s”已经退出，不能再报名", field="tenant_id", name=tenant.name)
    lock(session, event)
    if event.state is not EventState.PUBLISHED:
        raise Conflict("这个活动现在不能报名，请刷新页面查看")
    if event.ends_at <= now:
        raise Conflict("活动已经结束，不能再报名")
    if people > event.capacity:
        raise Invalid("活动一共%(n)s个名额，请减少人数", field="people", n=event.capacity)
    there = select(EventRegistration.id).where(
        EventRegistration.event_id == event.id,
        EventRegistration.tenant_id == tenant.id,
        EventRegistration.withdrawn_at.is_(None),
    )
    if session.scalar(there) is not None:
        raise Conflict("“%(name)s”已经报过名；要改人数请先退出再报", field="people", name=tenant.name)
    fits = seated(session, event) + people <= event.capacity
    registration = EventRegistration(
        operator_id=event.operator_id,
        tenant_id=tenant.id,
        event_id=event.id,
        people=people,
        registered_at=now,
        registered_by_id=asker.user_id,
        seated_at=now if fits else None,
    )
    session.add(registration)
    audit.record(session, "event.register", registration, detail={"event": event.id, "people": people, "seated": fits})
    session.flush()
    return registration


def withdraw(session: Session, event: Event, registration: EventRegistration, *, now: datetime) -> int:
    """A tenant does not come after all; says how many that waited have a seat now."""
    lock(session, event)
    session.refresh(registration)
    if registration.withdrawn_at is not None:
        raise Conflict("已经退出报名，请刷新页面查看")
    if event.state is not EventState.PUBLISHED or event.starts_at <= now:
        raise Conflict("活动已经开始或结束，不能再退出报名")
    registration.withdrawn_at = now
    audit.record(session, "event.withdraw", registration, detail={"event": event.id})
    session.flush()
    return move_up(session, event, now)


def move_up(session: Session, event: Event, now: datetime) -> int:
    """Seat those who wait and fit. They may be of other tenants than who asks, so the system does it."""
    free = event.capacity - seated(session, event)
    moved = 0
    with across(session, "event.move_up") as wide:
        waiting = select(EventRegistration).where(
            EventRegistration.event_id == event.id,
            EventRegistration.seated_at.is_(None),
            EventRegistration.withdrawn_at.is_(None),
        )
        for registration in wide.scalars(waiting.order_by(EventRegistration.id)).all():
            if registration.people <= free:
                registration.seated_at = now
                free -= registration.people
                moved += 1
                audit.record(wide, "event.move_up", registration, detail={"event": event.id})
                notices.of_seat(wide, event, registration)
        wide.flush()
    session.expire_all()
    return moved


def attend(session: Session, event: Event, came: Mapping[int, int], *, guests: int | None) -> None:
    """Who was there: how many people of each registration, by its id, and how many besides. Can be marked again."""
    lock(session, event)
    if event.state is not EventState.HELD:
        raise Conflict("活动登记为已举办后才能登记到场人数")
    if guests is not None and not 0 <= guests <= 10_000:
        raise Invalid("其他到场人数请填0到10000", field="guests")
    rows = {
        row.id: row
        for row in session.scalars(
            select(EventRegistration).where(
                EventRegistration.event_id == event.id, EventRegistration.withdrawn_at.is_(None)
            )
        )
    }
    for registration_id, people in came.items():
        if registration_id not in rows:
            raise Conflict("报名名单有变化，请刷新页面后再登记")
        if not 0 <= people <= 1000:
            raise Invalid("到场人数请填0到1000", field=f"came-{registration_id}")
        rows[registration_id].attended = people
    event.guests = guests
    audit.record(session, "event.attend", event, detail={"came": sum(came.values()), "guests": guests})
    session.flush()
