"""The list of cases, the same for every reader: the session limits the rows, the words fit the reader."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask import g, url_for
from flask_babel import gettext as _

from core.data.asker import Reach
from core.data.models import Case, CaseState
from core.data.queries import cases
from core.extensions import db
from core.services.workflow import STATES
from core.web.listing import Column, Filter, Option
from core.web.views.case_page import days_left, policy_titles, state_word
from core.web.views.lists import Shown, Table, as_is


def columns() -> tuple[Column, ...]:
    shown = [
        Column("number", _("申请编号"), kind="code", sortable=True, primary=True),
        Column("tenant", _("申请单位"), sortable=True),
        Column("policy", _("政策")),
        Column("state_word", _("状态")),
        Column("applied_on", _("申请日期"), kind="date", sortable=True),
        Column("due_on", _("办理时限"), kind="date", sortable=True),
    ]
    if g.asker.reach is Reach.DISTRICT:
        shown.insert(2, Column("operator", _("运营机构"), phone=False))
    return tuple(shown)


def case_list() -> Table:
    titles = policy_titles()
    states = [Option(s.value, state_word(s, g.asker)) for s in STATES]

    def row(r: Any) -> Shown:
        return as_is(r) | {
            "policy": titles.get(r.policy_key, r.policy_key),
            "state_word": state_word(r.state, g.asker),
            "left": days_left(r.due_on),
        }

    return Table(
        "cases",
        _("申请件"),
        cases.listing(g.today),
        columns(),
        (
            Filter("state", _("状态"), states),
            Filter("policy", _("政策"), [Option(key, title) for key, title in titles.items()]),
            Filter("assessed", _("核算"), [Option("no", _("未能核算")), Option("yes", _("正常"))]),
            Filter("due", _("时限"), [Option("late", _("已超期")), Option("ahead", _("未超期"))]),
        ),
        sort="due_on" if g.asker.reach is Reach.DISTRICT else "-applied_on",
        search=_("申请编号、单位名称、统一社会信用代码"),
        row=row,
        href=lambda r: url_for("cases.show", case_id=r["id"]),
        export="cases.export",
    )


def due_rows(states: list[CaseState], *, but: Collection[str], limit: int) -> list[Shown]:
    """The cases in these states, `but` those of some policies, the most urgent first."""
    listing = cases.listing(g.today)
    mine = (Case.state.in_(states), Case.policy_key.not_in(but))
    statement = listing.statement.where(*mine).order_by(listing.sorts["due_on"], Case.id).limit(limit)
    return [
        as_is(r) | {"state_word": state_word(r.state, g.asker), "left": days_left(r.due_on)}
        for r in db.session.execute(statement)
    ]
