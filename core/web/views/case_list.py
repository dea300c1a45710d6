"""The list of cases, the same for every reader: the session limits the rows, the words fit the reader."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask import g, url_for
from flask_babel import gettext as _

from core.data.asker import Reach
from core.data.models import Case, DeskState
from core.data.queries import cases
from core.extensions import db
from core.services.workflow import STATES
from core.web.listing import Column, Filter, Option
from core.web.views import clock_card
from core.web.views.case_page import days_left, policy_titles, state_word, unnoticed
from core.web.views.lists import Shown, Table, as_is
from core.web.views.remedies import desk_word, reason_options


def columns() -> tuple[Column, ...]:
    shown = [
        Column("number", _("申请编号"), kind="code", sortable=True, primary=True),
        Column("tenant", _("申请单位"), sortable=True),
        Column("policy", _("政策")),
        Column("state_word", _("状态")),
        Column("applied_on", _("申请日期"), kind="date", sortable=True),
        Column("due_on", _("办理时限"), kind="date", sortable=True),
    ]
    shown.append(Column("green_word", _("绿色通道"), default=False))
    shown.append(Column("clock_note", _("时限说明"), default=False))
    if g.asker.reach is Reach.DISTRICT:
        shown.insert(2, Column("operator", _("运营机构"), phone=False))
        shown.insert(-2, Column("person", _("经办人"), sortable=True, phone=False))
    return tuple(shown)


def case_list() -> Table:
    titles = policy_titles()
    states = [Option(s.value, state_word(s, g.asker)) for s in STATES]

    desks = [Option(it.value, desk_word(it)) for it in (DeskState.OPEN, DeskState.OBJECTED)]

    def row(r: Any) -> Shown:
        return as_is(r) | {
            "policy": titles.get(r.policy_key, r.policy_key),
            "state_word": state_word(r.state, g.asker, r.policy_key, r.phase),
            "left": days_left(r.due_on),
            "green_word": _("绿色通道") if r.green else "",
            "clock_note": clock_card.note(r.due_on, r.paused),
        }

    # A company has a few, and wants none of these.
    of_staff = (
        Filter("reason", _("理由"), [Option(code, name) for code, name in reason_options()]),
        Filter("assessed", _("核算"), [Option("no", _("未能核算")), Option("yes", _("正常"))]),
        Filter("green", _("绿色通道"), [Option("yes", _("是")), Option("no", _("否"))]),
    )
    had = (Filter("had", _("经办"), [Option("mine", _("我经办")), Option("nobody", _("待领取"))]),)
    return Table(
        "cases",
        _("申请件"),
        cases.listing(g.today, g.asker.user_id, unnoticed()),
        columns(),
        (
            Filter("state", _("状态"), states),
            Filter("policy", _("政策"), [Option(key, title) for key, title in titles.items()]),
            *(of_staff if g.asker.reach is not Reach.TENANT else ()),
            *([Filter("desks", _("专窗"), desks)] if g.asker.reach is Reach.DISTRICT else ()),
            Filter(
                "outside",
                _("外部办理"),
                [
                    Option("filed", _("已在外部递交")),
                    Option("none", _("未在外部递交")),
                    Option("approved", _("外部已批准")),
                ],
            ),
            Filter(
                "due",
                _("时限"),
                [Option("late", _("已超期")), Option("ahead", _("未超期")), Option("paused", _("已暂停"))],
            ),
            *(had if g.asker.reach is Reach.DISTRICT else ()),
        ),
        sort="due_on" if g.asker.reach is Reach.DISTRICT else "-applied_on",
        search=_("申请编号、单位名称、统一社会信用代码"),
        row=row,
        href=lambda r: url_for("cases.show", case_id=r["id"]),
        export="cases.export",
    )


def due_rows(waiting: cases.Waiting, *, but: Collection[str], limit: int, had: str = "") -> list[Shown]:
    """The cases that stand in one of these, `but` those of some policies, the most urgent first; `had`: mine, or
    nobody's."""
    listing = cases.listing(g.today, g.asker.user_id, unnoticed())
    mine = [cases.standing(waiting, g.today, unnoticed()), Case.policy_key.not_in(but)]
    if had:
        mine.append(listing.filters["had"](had))
    statement = listing.statement.where(*mine).order_by(listing.sorts["due_on"], Case.id).limit(limit)
    return [
        as_is(r)
        | {
            "state_word": state_word(r.state, g.asker, r.policy_key, r.phase),
            "left": days_left(r.due_on),
            "clock_note": clock_card.note(r.due_on, r.paused),
        }
        for r in db.session.execute(statement)
    ]
