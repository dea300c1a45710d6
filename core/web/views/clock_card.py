"""What a case page says about its clock: where it stands, what pauses it, who has the case, what the district asked."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import g, url_for
from flask_babel import gettext as _

from core.data.asker import Asker, Reach
from core.data.models import AssignmentKind, Case, CaseOrder, CasePause, CaseState, Role
from core.data.queries import clocks as reads
from core.data.queries import people
from core.errors import N_
from core.extensions import db
from core.services import assignments, calendar, clocks, green_lane
from core.services.phases import Phase, name_of
from core.services.workflow import OPEN
from core.web.formats import day
from core.web.templating import language

KINDS = {
    AssignmentKind.TAKEN: N_("领取"),
    AssignmentKind.GIVEN: N_("分派"),
    AssignmentKind.TAKEN_OVER: N_("接手"),
    AssignmentKind.ACTED: N_("办理"),
}


def unpublished(first: date, last: date) -> str:
    """That days between these were counted by weekends alone, for want of a published calendar; empty where not."""
    years = calendar.unpublished(*sorted((first, last)))
    return _("%(years)s年节假日安排尚未公布，按周末推算", years="、".join(map(str, years))) if years else ""


def counted(due_on: date | None) -> str:
    """The same of a case that is due on a day."""
    return unpublished(g.today, due_on) if due_on is not None else ""


def notice_counted(case: Case) -> str:
    """The same of the last day of a public notice."""
    if case.published_on is None or case.publication_ends_on is None:
        return ""
    return unpublished(case.published_on, case.publication_ends_on)


def note(due_on: date | None, paused: date | None) -> str:
    """What is to be known of a last day in a list: that it stands still, or is counted by weekends."""
    if paused is not None:
        return _("%(day)s起暂停计时", day=day(paused, language()))
    return counted(due_on)


def card(case: Case, asker: Asker) -> dict[str, Any] | None:
    """The clock's card; None where the case has no limit and nobody works on it."""
    standing = clocks.standing(db.session, case, g.today)
    staff = asker.reach is Reach.DISTRICT
    green = reads.green_lane(db.session, case)
    pauses = reads.pauses(db.session, case)
    if standing is None and not (staff and pauses):
        return None
    return {
        "since": standing.clock.started_on if standing else None,
        "limit": standing.clock.limit_days if standing else None,
        "left": standing.left if standing else None,
        "due_on": case.due_on,
        "counted": unpublished(standing.clock.started_on, case.due_on) if standing and case.due_on else "",
        "paused": _pause(standing.pause, staff=staff) if standing and standing.pause else None,
        "green": {"reason": _(green_lane.REASONS[green.reason]), "note": green.note if staff else ""}
        if green and case.state in OPEN
        else None,
        **(_for_staff(case, asker, standing, pauses, green is not None) if staff else {}),
    }


def _pause(pause: CasePause, *, staff: bool) -> dict[str, Any]:
    name = clocks.PAUSE_REASONS[pause.reason]
    return {
        "since": pause.started_on,
        "until": pause.ended_on,
        "reason": _(name.staff if staff else name.applicant),
        "note": pause.note if staff else "",
        "by_id": pause.by_id,
    }


def _for_staff(
    case: Case, asker: Asker, standing: clocks.Standing | None, pauses: list[CasePause], green: bool
) -> dict[str, Any]:
    there = reads.assignment(db.session, case)
    history = reads.assignments(db.session, case)
    orders = reads.orders(db.session, case)
    ids = {a.user_id for a in history} | {p.by_id for p in pauses}
    ids |= {i for o in orders for i in (o.by_id, o.user_id, o.answered_by_id)}
    names = people.names(db.session, ids - {None})
    desk = standing.clock.desk if standing else None
    own = there is not None and there.user_id in {asker.user_id, asker.acting_for_id}
    stops = standing is not None and asker.may(*clocks.pausers(standing.clock))
    held = there is not None and not own and asker.may(there.role)
    waiting = any(o.answered_at is None and standing and o.clock_id == standing.clock.id for o in orders)
    return {
        "desk": desk,
        "person": names.get(there.user_id, "") if there else "",
        "own": own,
        "held": held,  # by a colleague of the reader's own desk
        "over": there.id if held and there else None,
        "may_take": desk is not None and asker.may(desk) and (there is None or held),
        "may_give": desk is not None and asker.may(*assignments.GIVERS),
        "may_put_back": there is not None and (own or asker.may(*assignments.GIVERS)),
        "may_pause": stops and not held and standing is not None and standing.left is not None and not standing.pause,
        "may_resume": stops and not held and standing is not None and standing.pause is not None,
        "may_mark": asker.may(*green_lane.KEEPERS) and green_lane.open_to(case.state) and not green,
        "may_take_off": asker.may(*green_lane.KEEPERS) and green,
        "may_order": asker.may(Role.DISTRICT_ADMIN) and desk is not None and not waiting,
        "pauses": [_pause(p, staff=True) | {"by": names.get(p.by_id or 0, "")} for p in pauses],
        "history": [
            {
                "name": names.get(a.user_id, ""),
                "kind": _(KINDS[a.kind]),
                "at": a.at,
                "until": a.ended_at,
                "role": a.role,
            }
            for a in history
        ],
        "orders": [order_row(o, names) for o in orders],
    }


# What a desk was asked for where a policy gives its notice elsewhere on the road, or none.
_PHASES = {
    (CaseState.SECOND_REVIEW.value, Role.APPROVER): Phase.UNNOTICED,
    (CaseState.ISSUED.value, Role.SECOND_REVIEWER): Phase.TO_ANNOUNCE,
}


def order_row(order: CaseOrder, names: dict[int, str]) -> dict[str, Any]:
    """An order for a page: to whom, what, by when, and what came of it."""
    state = "answered" if order.answered_at else "moved" if order.clock.ended_on else "waiting"
    return {
        "id": order.id,
        "href": url_for("orders.show", order_id=order.id),
        "state": state,
        "late": state == "waiting" and order.wanted_on < g.today,
        "role": order.role,
        "person": names.get(order.user_id or 0, ""),
        "by": names.get(order.by_id or 0, ""),
        "at": order.at,
        "text": order.text,
        "wanted_on": order.wanted_on,
        "answer": order.answer,
        "answered_by": names.get(order.answered_by_id or 0, ""),
        "answered_at": order.answered_at,
        "step": _(
            name_of(CaseState(order.clock.state), _PHASES.get((order.clock.state, order.role), Phase.PLAIN)).staff
        ),
    }
