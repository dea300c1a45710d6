"""An event's way: draft → published → held, or called off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from core.data.models import Event, EventKind, EventState, Site
from core.errors import Conflict, Invalid
from core.services import audit, notices
from core.services.events.seats import lock, move_up, seated
from core.services.typed import within

MOST = 10_000


@dataclass(frozen=True, slots=True)
class Facts:
    """What is said of an event; instants aware."""

    site: Site
    kind: EventKind
    title: str
    starts_at: datetime
    ends_at: datetime
    capacity: int
    place: str | None = None
    description: str | None = None


def add(session: Session, facts: Facts) -> Event:
    """A draft: nobody else sees it."""
    _check(facts)
    event = Event(operator_id=facts.site.operator_id, state=EventState.DRAFT)
    _put(event, facts)
    session.add(event)
    audit.record(session, "event.add", event, detail={"site": event.site_id, "kind": event.kind.value})
    session.flush()
    return event


def edit(session: Session, event: Event, facts: Facts, *, now: datetime) -> None:
    """Change what is said. With more seats those who wait move up; fewer than are taken there cannot be."""
    _check(facts)
    lock(session, event)
    if event.state in (EventState.CANCELLED, EventState.HELD):
        raise Conflict("活动已经结束或取消，不能再修改")
    if facts.site.operator_id != event.operator_id:
        raise Invalid("没有这个载体，请重新选择", field="site_id")
    taken = seated(session, event)
    if facts.capacity < taken:
        raise Invalid("已有%(n)s人报名成功，名额不能少于这个数", field="capacity", n=taken)
    _put(event, facts)
    audit.record(session, "event.edit", event, detail={"capacity": event.capacity})
    session.flush()
    move_up(session, event, now)


def publish(session: Session, event: Event, *, now: datetime) -> None:
    """Tenants see it and may register."""
    lock(session, event)
    if event.state is not EventState.DRAFT:
        raise Conflict("只有草稿可以发布，请刷新页面查看")
    if event.starts_at <= now:
        raise Conflict("活动的开始时间已经过了，请先修改时间再发布")
    event.state = EventState.PUBLISHED
    audit.record(session, "event.publish", event)
    session.flush()


def call_off(session: Session, event: Event, *, reason: str) -> None:
    """It will not take place; whoever registered reads why."""
    lock(session, event)
    if event.state not in (EventState.DRAFT, EventState.PUBLISHED):
        raise Conflict("活动已经结束或取消，请刷新页面查看")
    if not reason.strip():
        raise Invalid("请写明取消的原因，报名的企业会看到", field="reason")
    event.state, event.cancelled_reason = EventState.CANCELLED, within(reason, 200, field="reason")
    audit.record(session, "event.cancel", event)
    notices.of_event_called_off(session, event, [it for it in event.registrations if it.withdrawn_at is None])
    session.flush()


def hold(session: Session, event: Event, *, now: datetime) -> None:
    """It took place: it counts for the site from now on, and attendance can be marked."""
    lock(session, event)
    if event.state is not EventState.PUBLISHED:
        raise Conflict("只有已发布的活动可以登记为已举办，请刷新页面查看")
    if event.starts_at > now:
        raise Conflict("活动还没有开始，不能登记为已举办；不办了请取消")
    event.state = EventState.HELD
    audit.record(session, "event.hold", event)
    session.flush()


def _check(facts: Facts) -> None:
    if not facts.title.strip():
        raise Invalid("请填写活动名称", field="title")
    if facts.ends_at <= facts.starts_at:
        raise Invalid("结束时间应晚于开始时间", field="ends")
    if not 1 <= facts.capacity <= MOST:
        raise Invalid("名额请填1到10000", field="capacity")


def _put(event: Event, facts: Facts) -> None:
    event.site_id, event.kind, event.title = facts.site.id, facts.kind, within(facts.title, 120, field="title")
    event.starts_at, event.ends_at, event.capacity = facts.starts_at, facts.ends_at, facts.capacity
    event.place = within(facts.place, 120, field="place") or None
    event.description = (facts.description or "").strip() or None
