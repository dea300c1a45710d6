"""The list of waivers, and what a page says of a tie."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import g, render_template, url_for
from flask_babel import gettext as _

from core.data.asker import Reach
from core.data.models import Case
from core.data.queries import ties as reads
from core.extensions import db
from core.services import avoidance, cases, ties
from core.services.ties import CAUSES, TieCause
from core.web.forms.ties import WaiverForm
from core.web.listing import Column, Filter, Option
from core.web.views.lists import Shown, Table, as_is

TONES = {"open": "warning", "granted": "success", "refused": "neutral"}


def state_words() -> dict[str, str]:
    return {"open": _("待决定"), "granted": _("已豁免"), "refused": _("须回避")}


def said(causes: Iterable[str]) -> str:
    return "；".join(_(CAUSES[TieCause(code)]) for code in causes)


def waivers() -> Table:
    words = state_words()
    return Table(
        "tie_waivers",
        _("豁免申请"),
        reads.waivers(),
        [
            Column("asked_at", _("申请时间"), kind="moment", sortable=True),
            Column("who", _("申请人"), sortable=True, primary=True),
            Column("tenant", _("申请单位"), sortable=True),
            Column("number", _("申请件"), kind="code", sortable=True),
            Column("causes", _("关系")),
            Column("reason", _("理由")),
            Column("state", _("决定"), repeats=True),
            Column("decided_by", _("决定人")),
            Column("opinion", _("决定理由"), default=False),
            Column("decided_at", _("决定时间"), kind="moment", default=False),
        ],
        (Filter("state", _("决定"), [Option(key, word) for key, word in words.items()]),),
        sort="-asked_at",
        search=_("姓名、申请编号、单位名称"),
        row=_row,
        written=lambda r: r | {"state": words[r["state"]]},
        href=lambda r: url_for("ties.show", waiver_id=r["id"]),
        export="ties.export",
    )


def _row(found: Any) -> Shown:
    shown = as_is(found)
    shown["causes"] = said(shown["causes"])
    return shown


def may_decide(user_id: int) -> bool:
    """Whether the reader may decide on what this person asked for."""
    return bool(g.asker.roles & avoidance.DECIDERS) and g.asker.user_id != user_id


def open_case(case_id: int) -> Case:
    """The case, for whoever may see it and has no tie to the applicant that nobody waived. Raises `Tied`."""
    case = cases.load(db.session, case_id)
    if g.asker.reach is Reach.DISTRICT:
        ties.refuse(db.session, case, g.asker)
    return case


def blocked(case: Case, form: WaiverForm | None = None) -> str:
    """The page of a case for somebody who must not read it: what ties them, and how to ask for a waiver."""
    return render_template(
        "ties/blocked.html",
        case=case,
        causes=said(sorted(ties.causes(db.session, g.asker.user_id, case.tenant_id))),
        waiver=reads.newest_waiver(db.session, case.id, g.asker.user_id),
        form=form or WaiverForm(formdata=None),
    )
