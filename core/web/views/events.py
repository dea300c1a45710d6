"""The list of events and one event's page, as plain values."""

from __future__ import annotations

from typing import Any

from flask import g

import core
from core.data.asker import Reach
from core.data.models import Event, EventState, Tenant
from core.data.queries import events as reads
from core.data.queries import mentors, places
from core.extensions import db
from core.services import events
from core.web.forms.accounts import options
from core.web.forms.rooms import CallOffForm, RegisterForm
from core.web.languages import gettext as _
from core.web.listing import Column, Filter, Option
from core.web.views import room_words
from core.web.views.lists import Shown, Table, address_of, as_is
from core.web.views.rooms import stamp


def table() -> Table:
    own = g.asker.reach is Reach.OPERATOR
    columns = [
        Column("title", _("活动"), sortable=True, primary=True),
        Column("kind", _("类型"), repeats=True),
        Column("site", _("载体"), repeats=True),
        Column("starts_at", _("开始"), kind="moment", sortable=True),
        Column("capacity", _("名额"), kind="number", sortable=True, phone=False),
        Column("registered", _("报名人数") if own else _("我们报名"), kind="number"),
        Column("state", _("状态"), repeats=True),
    ]
    if own:
        columns.insert(6, Column("came", _("到场人数"), kind="number", phone=False))
    states = room_words.EVENT_STATES.items()
    return Table(
        "events",
        _("活动"),
        reads.listing(),
        columns,
        (
            Filter(
                "state", _("状态"), [Option(s.value, str(w)) for s, w in states if own or s is not EventState.DRAFT]
            ),
            Filter("kind", _("类型"), [Option(k.value, str(word)) for k, word in room_words.EVENT_KINDS.items()]),
            Filter("site", _("载体"), [Option(str(it.id), it.name) for it in places.sites(db.session)]),
        ),
        sort="-starts_at",
        search=_("名称、地点、介绍"),
        row=_row,
        written=lambda r: (
            r
            | {
                "state": str(room_words.EVENT_STATES[EventState(r["state"])]),
                "starts_at": stamp(r["starts_at"]),
            }
        ),
        href=address_of("events.show", "event_id"),
        export="events.export",
    )


def _row(found: Any) -> Shown:
    shown = as_is(found)
    shown["kind"] = str(room_words.EVENT_KINDS[shown["kind"]])
    return shown


def attendance(event: Event) -> Table:
    """Who registered and who came, as a file."""
    return Table(
        "attendance",
        _("到场名单"),
        reads.attendance(event.id),
        [
            Column("tenant", _("企业"), primary=True),
            Column("people", _("报名人数"), kind="number"),
            Column("registered_at", _("报名时间"), kind="moment"),
            Column("seat", _("名额")),
            Column("attended", _("到场人数"), kind="number"),
        ],
        row=_attending,
    )


def _attending(found: Any) -> Shown:
    shown = as_is(found)
    shown["seat"] = _("已有名额") if shown.pop("seated_at") else _("候补")
    shown["registered_at"] = stamp(shown["registered_at"])
    return shown


def shown(event: Event, forms: dict[str, Any]) -> dict[str, Any]:
    """What the page of one event needs; `forms`: those that were refused, by name."""
    now = core.today()
    own = g.asker.reach is Reach.OPERATOR
    there = reads.registrations(db.session, event.id)
    taken = events.seated(db.session, event)
    register = forms.get("register") or RegisterForm(formdata=None, prefix="register-")
    if own:
        registered = {it.tenant_id for it in there}
        known = [it for it in mentors.tenants(db.session, event.operator_id) if it[0] not in registered]
        register.tenant_id.choices = options(known, empty=_("请选择"))
    return {
        "own": own,
        "state_word": room_words.EVENT_STATES[event.state],
        "state_tone": room_words.EVENT_TONES[event.state],
        "kind_word": room_words.EVENT_KINDS[event.kind],
        "when": when(event),
        "taken": taken,
        "free": event.capacity - taken,
        "seated": [it for it in there if it.seated_at],
        "waiting": [it for it in there if not it.seated_at],
        "rows": there,
        "mine": there[0] if there and not own else None,
        "open": event.state is EventState.PUBLISHED and event.ends_at > now,
        "may_leave": event.state is EventState.PUBLISHED and event.starts_at > now,
        "begun": event.starts_at <= now,
        "came": sum(it.attended or 0 for it in there) + (event.guests or 0),
        "register": register,
        "call_off": forms.get("call_off") or CallOffForm(formdata=None, prefix="off-"),
        "opened": next(iter(forms), None),
        "typed": forms.get("attendance", {}),
        "problem": forms.get("problem"),
    }


def when(event: Event) -> str:
    first, last = event.starts_at.astimezone(core.SHANGHAI), event.ends_at.astimezone(core.SHANGHAI)
    return f"{first:%Y-%m-%d} {room_words.WEEKDAYS[first.weekday()]} {first:%H:%M}–{last:%H:%M}"


def own_tenant() -> Tenant:
    return db.session.get_one(Tenant, g.asker.tenant_id)
