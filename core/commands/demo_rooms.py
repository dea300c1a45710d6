"""Booked meeting rooms and events for one house of the demonstration.

Bookings are made from the day on which the demonstration is loaded, so that the calendar is not empty when it is
looked at; they feed no decision, so nothing that must come out the same depends on that day.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import SHANGHAI, today
from core.data.models import EventKind, Operator, Stage, Tenant
from core.data.queries import rooms
from core.services import bookings, events
from core.services.bookings import Slot

# day from today, room, from and to in minutes, which tenant (none: the house itself), what for
BOOKED = (
    (1, 0, 540, 600, 0, "周一例会"),
    (1, 0, 840, 960, 1, "产品评审"),
    (1, 1, 600, 690, None, "入驻企业座谈准备"),
    (1, 2, 570, 660, 2, "客户来访"),
    (2, 0, 600, 720, 2, "面试"),
    (2, 1, 780, 900, 0, "融资材料讨论"),
    (3, 2, 900, 1020, 1, "供应商会谈"),
    (8, 0, 540, 720, 0, "季度复盘"),
)
EVENTS = (
    (-34, EventKind.TRAINING, "科技企业研发费用归集培训（示例）", "三楼路演厅", 60, "由示例税务师事务所讲解归集口径。"),
    (9, EventKind.ROADSHOW, "冬季项目路演（示例）", "三楼路演厅", 24, "六个在孵项目，每个八分钟路演、五分钟问答。"),
)  # fmt: skip
CAME = (3, 2, 0, 4, 2)


def furnish(session: Session, operator: Operator) -> None:
    """Fill in the calendar of one house. The session must be asked in by someone of the house."""
    now = today()
    site = max(rooms.sites_with_rooms(session), key=lambda it: len(rooms.rooms(session, it.id)))
    seen = rooms.rooms(session, site.id)
    here = session.scalars(
        select(Tenant)
        .where(Tenant.operator_id == operator.id, Tenant.stage == Stage.INCUBATOR, Tenant.merged_into_id.is_(None))
        .order_by(Tenant.id)
        .limit(len(CAME))
    ).all()
    bookings.set_rule(session, operator.id, 1, 10)
    for ahead, room, starts, ends, who, title in BOOKED:
        slot = Slot(seen[room], now.date() + timedelta(days=ahead), starts, ends)
        tenant = None if who is None else here[who]
        bookings.book(session, slot, tenant=tenant, title=title, now=now, over_reason="示例：已与企业说好")
    for days, kind, title, place, capacity, about in EVENTS:
        starts = datetime.combine(now.date() + timedelta(days=days), time(14), SHANGHAI)
        _event(
            session, events.Facts(site, kind, title, starts, starts + timedelta(hours=2), capacity, place, about), here
        )


def _event(session: Session, facts: events.Facts, here: Sequence[Tenant]) -> None:
    """Published a fortnight before, and where it is over held, with who came."""
    starts, before = facts.starts_at, facts.starts_at - timedelta(days=14)
    event = events.add(session, facts)
    events.publish(session, event, now=before)
    made = [events.register(session, event, tenant, 2 + n % 3, now=before) for n, tenant in enumerate(here)]
    if starts < today():
        events.hold(session, event, now=starts)
        came = {row.id: n for row, n in zip(made, CAME, strict=True)}
        events.attend(session, event, came, guests=18)
