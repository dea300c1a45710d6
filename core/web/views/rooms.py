"""The pages of meeting rooms as plain values: a day with rooms beside each other, the list, what is free this month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import gcd
from typing import Any

from flask import g, request, url_for

import core
from core.data.asker import Reach
from core.data.models import Booking, Site, Space, SpaceStatus, Tenant
from core.data.queries import rooms
from core.extensions import db
from core.policy import Month
from core.services import bookings
from core.services.bookings import Allowance, Hours
from core.services.bookings.acts import clock
from core.services.bookings.hours import instant, minute_of
from core.web import asked
from core.web.languages import gettext as _
from core.web.listing import Column, Filter, Option
from core.web.views import room_words
from core.web.views.lists import Shown, Table, address_of, as_is

HOUR = 60


@dataclass(frozen=True, slots=True)
class Stretch:
    """Part of a room's day. `kind`: free (with where to book it), own, taken, past, later (beyond the days ahead) or
    closed."""

    kind: str
    starts: int
    ends: int
    href: str | None = None
    title: str | None = None
    who: str | None = None
    rows: int = 1  # of the grid

    @property
    def span(self) -> str:
        return f"{clock(self.starts)}–{clock(self.ends)}"


@dataclass(frozen=True, slots=True)
class RoomDay:
    """A room on a day: `slots` for the grid, slot by slot; `stretches` for the list, with what is free joined."""

    room: Space
    slots: list[Stretch]
    stretches: list[Stretch]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the grid: the hour that begins there, if one does, and the stretches that do."""

    hour: str | None
    rows: int
    cells: list[tuple[str, Stretch]]  # with the room's code


@dataclass(frozen=True, slots=True)
class Day:
    rooms: list[RoomDay]
    grid: list[Row]


def day_of(seen: Sequence[Space], day: date, now: datetime) -> Day:
    """The rooms on a day, as the reader may see them."""
    hours = bookings.hours_of(db.session, seen)
    found = rooms.taken(db.session, g.asker, seen, instant(day, 0), instant(day, 24 * HOUR))
    busy: dict[int, list[rooms.Taken]] = {room.id: [] for room in seen}
    for it in found:
        busy[it.space_id].append(it)
    marks = [m for it in hours.values() for m in (it.opens, it.closes, it.slot)]
    marks += [minute_of(moment, day) for it in found for moment in (it.starts_at, it.ends_at)]
    step = gcd(*marks) or HOUR
    first = min((m for room in seen for m in (hours[room.id].opens, *_starts(busy[room.id], day))), default=0)
    last = max((m for room in seen for m in (hours[room.id].closes, *_ends(busy[room.id], day))), default=0)
    shown = [_room_day(room, hours[room.id], busy[room.id], day, (first, last, step), now) for room in seen]
    return Day(shown, _grid(shown, first, last, step))


def _starts(taken: Sequence[rooms.Taken], day: date) -> list[int]:
    return [minute_of(it.starts_at, day) for it in taken]


def _ends(taken: Sequence[rooms.Taken], day: date) -> list[int]:
    return [minute_of(it.ends_at, day) for it in taken]


def _room_day(
    room: Space, hours: Hours, taken: Sequence[rooms.Taken], day: date, frame: tuple[int, int, int], now: datetime
) -> RoomDay:
    first, last, step = frame
    slots: list[Stretch] = []
    at = first
    for it in taken:
        starts, ends = minute_of(it.starts_at, day), minute_of(it.ends_at, day)
        slots += _unbooked(room, hours, day, at, starts, step, now)
        if it.booking_id is None:
            slots.append(Stretch("taken", starts, ends, rows=(ends - starts) // step))
        else:
            href = url_for("bookings.show", booking_id=it.booking_id)
            slots.append(Stretch("own", starts, ends, href, it.title, it.who, (ends - starts) // step))
        at = ends
    slots += _unbooked(room, hours, day, at, last, step, now)
    return RoomDay(room, slots, _joined(slots))


def _unbooked(room: Space, hours: Hours, day: date, first: int, last: int, step: int, now: datetime) -> list[Stretch]:
    """What nobody booked between two minutes: closed before and after the hours, else in slots."""
    found: list[Stretch] = []
    opens, closes = min(max(first, hours.opens), last), max(min(last, hours.closes), first)
    if first < opens:
        found.append(Stretch("closed", first, opens, rows=(opens - first) // step))
    at = opens
    while at < closes:
        # Up to the next line of the room's own grid; a booking made under other hours may stand across it.
        ends = min(closes, at + hours.slot - (at - hours.opens) % hours.slot)
        kind, href = _kind(room, hours, day, at, now), None
        if kind == "free":
            href = url_for("bookings.new", space=room.id, day=day.isoformat(), at=clock(at))
        found.append(Stretch(kind, at, ends, href, rows=(ends - at) // step))
        at = ends
    if max(closes, opens) < last:
        found.append(Stretch("closed", max(closes, opens), last, rows=(last - max(closes, opens)) // step))
    return found


def _kind(room: Space, hours: Hours, day: date, at: int, now: datetime) -> str:
    if room.status is SpaceStatus.MAINTENANCE:
        return "closed"
    if instant(day, at) < now:
        return "past"
    return "later" if day > g.today + timedelta(days=hours.days_ahead) else "free"


def _joined(slots: Sequence[Stretch]) -> list[Stretch]:
    joined: list[Stretch] = []
    for it in slots:
        if joined and it.kind == joined[-1].kind and it.kind not in ("own", "taken"):
            joined[-1] = Stretch(it.kind, joined[-1].starts, it.ends, joined[-1].href)
        else:
            joined.append(it)
    return joined


def _grid(shown: Sequence[RoomDay], first: int, last: int, step: int) -> list[Row]:
    starting: dict[int, list[tuple[str, Stretch]]] = {}
    for it in shown:
        for part in it.slots:
            starting.setdefault(part.starts, []).append((it.room.code, part))
    lines = []
    for at in range(first, last, step):
        heads = at == first or at % HOUR == 0
        until = min(last, (at // HOUR + 1) * HOUR)
        lines.append(Row(clock(at) if heads else None, (until - at) // step if heads else 0, starting.get(at, [])))
    return lines


# ── the page around it ───────────────────────────────────────────────────────────────────────────────────────────────
def calendar() -> dict[str, Any]:
    """What the calendar page needs: `site` and `day` from the query string; what cannot be is the first, today."""
    sites = rooms.sites_with_rooms(db.session)
    chosen = request.args.get("site", type=int)
    site = next((it for it in sites if it.id == chosen), sites[0] if sites else None)
    day = day_asked()
    monday = day - timedelta(days=day.weekday())
    return {
        "site": site,
        "sites": [(it.name, _address(it, day), it is site) for it in sites],
        "day": day,
        "weekday": room_words.WEEKDAYS[day.weekday()],
        "week": [
            {
                "day": (it := monday + timedelta(days=n)),
                "word": room_words.WEEKDAYS[n],
                "href": _address(site, it),
                "here": it == day,
                "today": it == g.today,
            }
            for n in range(7)
        ],
        "before": _address(site, day - timedelta(days=7)),
        "after": _address(site, day + timedelta(days=7)),
        "now": _address(site, g.today),
        "shown": day_of(rooms.rooms(db.session, site.id), day, core.today()) if site else None,
        "own": g.asker.reach is Reach.OPERATOR,
        "left": left(g.today),
    }


def day_asked() -> date:
    found = asked.day("day")
    return found if found is not None and 2000 <= found.year <= 2100 else g.today


def _address(site: Site | None, day: date) -> str:
    return url_for("bookings.index", site=site.id if site else None, day=day.isoformat())


def left(day: date) -> Allowance | None:
    """What the reader's tenant has free in the month of a day; None for an operator."""
    if g.asker.reach is not Reach.TENANT:
        return None
    tenant = db.session.get_one(Tenant, g.asker.tenant_id)
    return bookings.allowance(db.session, tenant, Month.of(day))


def span(booking: Booking) -> str:
    """From when to when, for a page."""
    first, last = booking.starts_at.astimezone(core.SHANGHAI), booking.ends_at.astimezone(core.SHANGHAI)
    return f"{first:%Y-%m-%d} {room_words.WEEKDAYS[first.weekday()]} {first:%H:%M}–{last:%H:%M}"


def table() -> Table:
    own = g.asker.reach is Reach.OPERATOR
    columns = [
        Column("title", _("用途"), sortable=True, primary=True),
        Column("room", _("会议室"), sortable=True),
        Column("site", _("载体"), repeats=True),
        Column("starts_at", _("开始"), kind="moment", sortable=True),
        Column("ends_at", _("结束"), kind="moment", phone=False),
        Column("state", _("状态"), repeats=True),
    ]
    if own:
        columns.insert(1, Column("tenant", _("企业"), sortable=True))
        columns.append(Column("over_reason", _("超出原因"), default=False))
    return Table(
        "bookings",
        _("会议室预订"),
        rooms.listing(core.today()),
        columns,
        (
            Filter("state", _("状态"), [Option(key, str(word)) for key, word in room_words.BOOKING_STATES.items()]),
            Filter("site", _("载体"), [Option(str(it.id), it.name) for it in rooms.sites_with_rooms(db.session)]),
        ),
        sort="-starts_at",
        search=_("用途、会议室、企业") if own else _("用途、会议室"),
        row=_row,
        written=_written,
        href=address_of("bookings.show", "booking_id"),
        export="bookings.export",
    )


def _row(found: Any) -> Shown:
    shown = as_is(found)
    shown["tenant"] = shown["tenant"] or _("本机构")
    return shown


def _written(shown: Shown) -> Shown:
    stamps = {key: stamp(shown[key]) for key in ("starts_at", "ends_at") if key in shown}
    return shown | stamps | {"state": str(room_words.BOOKING_STATES[shown["state"]])}


def stamp(moment: datetime) -> str:
    """An instant in a file, as Shanghai's clocks had it."""
    return f"{moment.astimezone(core.SHANGHAI):%Y-%m-%d %H:%M}"
