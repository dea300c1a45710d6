"""督办: the board's figures by desk and person, its list, what states took, the orders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import median
from typing import Any

from flask import g, url_for
from flask_babel import gettext as _

from core.data.models import CaseState, Role
from core.data.queries import oversight as reads
from core.extensions import db
from core.policy import Card, UnknownPolicy
from core.services import calendar, clocks
from core.services.assignments import DESKS
from core.services.escalations import SOON, level_of
from core.services.phases import Phase
from core.services.workflow import ROADS, STATES, Preset
from core.web.listing import Column, Filter, Option
from core.web.menus import ROLE_NAMES
from core.web.templating import bilingual
from core.web.views import clock_card
from core.web.views.case_page import days_left, policy_titles, registry, state_word, unnoticed
from core.web.views.lists import Shown, Table, as_is

SHOWN = 10  # overdue files of 追回 on the board; the list of files has all of them
WINDOW = timedelta(days=90)  # of the figures about handling times
ROAD = ROADS[Preset.STANDARD]
# Stays that are not the desks' work: the applicant's own time, and what a public notice lasts.
NOT_OURS = frozenset({CaseState.DRAFT.value, CaseState.RETURNED.value, CaseState.PUBLISHED.value})


def soon() -> date:
    """The last day that counts as near."""
    return calendar.add_working_days(db.session, g.asker.district_id, g.today, SOON)


def tabs(active: str) -> list[dict[str, Any]]:
    pages = (
        ("board", "oversight.index", _("督办看板")),
        ("orders", "orders.index", _("督办单")),
        ("calendar", "holidays.index", _("工作日历")),
    )
    return [{"href": url_for(e), "label": label, "active": key == active} for key, e, label in pages]


def desk_word(policy_key: str, state: CaseState, desk: Role | None) -> str:
    """Who is to act on a case in this state: the desk it waits at, the applicant, the issuing job, the operator. Of a
    policy that is gone nobody can say."""
    card = _card(policy_key)
    if card is None:
        return "—"
    if Preset(card.workflow.preset) is not Preset.STANDARD:
        return _("运营机构")
    if desk is not None:
        return str(ROLE_NAMES[desk])
    return {CaseState.RETURNED: _("申请人"), CaseState.APPROVED: _("系统发文")}.get(state, state_word(state, g.asker))


def institution(policy_key: str, state: CaseState, operator: str, phase: str = Phase.PLAIN) -> str:
    """Whose turn it is: the institution that makes the next step, as the policy says."""
    card = _card(policy_key)
    if card is None:
        return "—"
    if Preset(card.workflow.preset) is not Preset.STANDARD:
        return operator
    step = ROAD[ROAD.index(state) + 1] if state in ROAD[:-1] else state
    step = _STEPS.get(Phase(phase), step)
    return bilingual(card.workflow.institutions.get(step.value))


# Where the next step is another than the road's.
_STEPS = {Phase.UNNOTICED: CaseState.APPROVED, Phase.TO_ANNOUNCE: CaseState.PUBLISHED}


def _card(policy_key: str) -> Card | None:
    try:
        return registry().card(policy_key)
    except UnknownPolicy:
        return None


def _row(r: Any) -> Shown:
    left = days_left(r.due_on)
    pause = clocks.PAUSE_REASONS[r.pause_reason] if r.pause_reason else None
    return as_is(r) | {
        "policy": policy_titles().get(r.policy_key, r.policy_key),
        "state_word": state_word(r.state, g.asker, phase=r.phase),
        "desk": desk_word(r.policy_key, r.state, r.at),
        "institution": institution(r.policy_key, r.state, r.operator, r.phase),
        "left": left,
        "late_days": -left if left is not None and left < 0 else None,
        "counted": clock_card.counted(r.due_on),
        "pause": _(pause.staff) if pause else "",
        "person": r.person or "",
    }


def table() -> Table:
    """The cases of the board, the latest first."""
    desks = dict.fromkeys(DESKS.values())
    return Table(
        "oversight",
        _("督办"),
        reads.listing(g.today, soon(), unnoticed()),
        (
            Column("number", _("申请编号"), kind="code", sortable=True, primary=True),
            Column("tenant", _("申请单位"), sortable=True),
            Column("policy", _("政策"), default=False),
            Column("state_word", _("状态")),
            Column("desk", _("岗位")),
            Column("institution", _("机构"), default=False),
            Column("person", _("经办人"), sortable=True),
            Column("due_on", _("办理时限"), kind="date", sortable=True),
            Column("late_days", _("超期工作日"), kind="number"),
            Column("level", _("预警级别"), kind="number", sortable=True, default=False),
            Column("pause", _("暂停理由"), default=False),
            Column("counted", _("时限说明"), default=False),
        ),
        (
            Filter("due", _("时限"), [
                Option("late", _("已超期")), Option("soon", _("临期")), Option("paused", _("已暂停")),
            ]),
            Filter("desk", _("岗位"), [Option(role.value, str(ROLE_NAMES[role])) for role in desks]),
            Filter("policy", _("政策"), [Option(key, title) for key, title in policy_titles().items()]),
            Filter("green", _("绿色通道"), [Option("yes", _("是")), Option("no", _("否"))]),
            Filter("order", _("督办单"), [Option("waiting", _("等待回复")), Option("none", _("没有"))]),
        ),
        sort="due_on",
        search=_("申请编号、单位名称、经办人"),
        row=_row,
        href=lambda r: url_for("cases.show", case_id=r["id"], _anchor="clock"),
        export="oversight.export",
    )  # fmt: skip


@dataclass
class Group:
    """A desk of an institution, or one person there: how many are late, near, paused, and the latest of them.
    `recoveries`: files of 追回 whose day is past; nobody in particular has them."""

    desk: str = ""
    institution: str = ""
    person: str = ""
    late: int = 0
    soon: int = 0
    paused: int = 0
    worst: int = 0
    recoveries: int = 0
    people: dict[str, Group] = field(default_factory=dict)

    def add(self, left: int | None) -> None:
        if left is None:
            self.paused += 1
        elif left < 0:
            self.late, self.worst = self.late + 1, max(self.worst, -left)
        else:
            self.soon += 1


def recoveries() -> list[dict[str, Any]]:
    """The files of 追回 that are overdue, the latest first, and whose turn it is: of those who judge where an appeal
    waits, else of those who see to the money."""
    return [
        {
            "href": url_for("recoveries.show", recovery_id=r.id),
            "number": r.number,
            "tenant": r.tenant,
            "due_on": r.due_on,
            "left": days_left(r.due_on),
            "desk": str(ROLE_NAMES[DESKS[CaseState.APPEALED if r.appealed else CaseState.PAID]]),
            "institution": institution(
                r.policy_key, CaseState.APPEALED if r.appealed else CaseState.ISSUED, r.operator
            ),
        }
        for r in reads.overdue_recoveries(db.session, g.today)
    ]


def groups(rows: Iterable[Any], overdue: Iterable[dict[str, Any]]) -> list[Group]:
    """The board's figures: those who are latest first."""
    found: dict[tuple[str, str], Group] = {}
    for r in rows:
        desk = desk_word(r.policy_key, r.state, r.at)
        place = institution(r.policy_key, r.state, r.operator, r.phase)
        group = found.setdefault((desk, place), Group(desk, place))
        left = days_left(r.due_on)
        group.add(left)
        group.people.setdefault(r.person or "", Group(person=r.person or "")).add(left)

    for it in overdue:
        group = found.setdefault((it["desk"], it["institution"]), Group(it["desk"], it["institution"]))
        group.recoveries += 1

    def urgency(it: Group) -> tuple[int, int, int, int]:
        return (-it.late, -it.worst, -it.recoveries, -it.soon)

    for group in found.values():
        group.people = {it.person: it for it in sorted(group.people.values(), key=urgency)}
    return sorted(found.values(), key=urgency)


def figures(rows: Iterable[Any]) -> Counter[str]:
    """How many are late, long late, near and paused."""
    counted: Counter[str] = Counter()
    for r in rows:
        left = days_left(r.due_on)
        level = 0 if left is None else level_of(left)
        counted["paused"] += left is None
        counted["soon"] += level == 1
        counted["late"] += level >= 2
        counted["long"] += level == 3
    return counted


def handling() -> list[dict[str, Any]]:
    """What each state took lately, in working days: how many stays, median, worst, how many past their limit."""
    used: dict[str, list[tuple[int, int | None]]] = {}
    for r in reads.handled(db.session, g.today - WINDOW, but=NOT_OURS):
        used.setdefault(r.state, []).append((r.used_days, r.limit_days))
    return [
        {
            "state": state_word(state, g.asker),
            "count": len(stays),
            "median": f"{median(days for days, _limit in stays):g}",
            "worst": max(days for days, _limit in stays),
            "over": sum(limit is not None and days > limit for days, limit in stays),
        }
        for state in STATES
        if (stays := used.get(state.value))
    ]


def order_states() -> dict[str, tuple[str, str]]:
    """What an order's state is called, and how it looks."""
    return {
        "waiting": (_("等待回复"), "warning"),
        "answered": (_("已回复"), "success"),
        "moved": (_("本环节已办结"), "neutral"),
    }


def orders_table() -> Table:
    words = {key: word for key, (word, _tone) in order_states().items()}

    def row(r: Any) -> Shown:
        to = " · ".join(filter(None, (str(ROLE_NAMES[r.role]), r.person)))
        return as_is(r) | {
            "to": to,
            "state_word": words[r.state],
            "late": r.state == "waiting" and r.wanted_on < g.today,
        }

    return Table(
        "orders",
        _("督办单"),
        reads.orders_listing(),
        (
            Column("number", _("申请编号"), kind="code", sortable=True, primary=True),
            Column("tenant", _("申请单位"), sortable=True),
            Column("to", _("督办对象")),
            Column("text", _("督办要求"), phone=False),
            Column("wanted_on", _("要求办结"), kind="date", sortable=True),
            Column("state_word", _("状态")),
            Column("answer", _("回复"), phone=False, default=False),
            Column("at", _("发出时间"), kind="moment", sortable=True),
        ),
        (Filter("state", _("状态"), [Option(key, word) for key, word in words.items()]),),
        sort="-at",
        search=_("申请编号、单位名称、督办要求"),
        row=row,
        written=lambda r: r | {"at": r["at"].isoformat(timespec="seconds")},
        href=lambda r: url_for("orders.show", order_id=r["id"]),
        export="orders.export",
    )
