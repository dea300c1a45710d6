"""The list of mentors, and one mentor's page, as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import g, request

from core.data.asker import Reach
from core.data.models import Mentor, MentorStatus, Side
from core.data.queries import mentors
from core.extensions import db
from core.services import recognition
from core.services.mentors import average_rating, is_there, room_left
from core.services.recognition import Ratio
from core.web import words
from core.web.forms.accounts import options
from core.web.forms.mentors import EndForm, PairTenantForm, PauseForm, TieForm
from core.web.languages import gettext as _
from core.web.listing import Column, Filter, Option
from core.web.templating import STAGES
from core.web.views.lists import Shown, Table, address_of, as_is

ENDED = MentorStatus.ENDED.value


def table() -> Table:
    columns = [
        Column("name", _("姓名"), sortable=True, primary=True),
        Column("kind", _("类型"), kind="code", repeats=True),
        Column("organisation", _("单位"), sortable=True),
        Column("areas", _("行业领域")),
        Column("room", _("剩余名额"), kind="number", sortable=True),
        Column("taken", _("结对中"), kind="number", sortable=True),
        Column("hours_per_month", _("每月小时"), kind="number", sortable=True, phone=False),
        Column("rating", _("企业评分"), kind="number", sortable=True, phone=False),
        Column("status", _("状态"), repeats=True),
        Column("position", _("职务"), default=False),
        Column("skills", _("能帮什么"), default=False, phone=False),
        Column("languages", _("语言"), default=False),
        Column("stages", _("辅导阶段"), default=False),
        Column("capacity", _("最多同时结对"), kind="number", default=False),
        Column("appointed_by", _("聘任单位"), default=False),
        Column("appointed_on", _("聘任日期"), kind="date", sortable=True, default=False),
    ]
    if g.asker.reach is Reach.DISTRICT:
        columns.insert(1, Column("operator", _("运营机构"), repeats=True))
    return Table(
        "mentors",
        _("创业导师"),
        mentors.listing(g.today, ended=request.values.get("status") == ENDED),
        columns,
        (
            Filter("status", _("状态"), [Option(s.value, str(word)) for s, word in words.MENTOR_STATUSES.items()]),
            Filter("room", _("名额"), [Option("yes", _("有名额")), Option("no", _("没有名额"))]),
            Filter("kind", _("类型"), [Option(k.value, str(word)) for k, word in words.MENTOR_KINDS.items()]),
            Filter("area", _("行业领域"), [Option(area, area) for area in mentors.areas(db.session)]),
        ),
        sort="name",
        search=_("姓名、单位、领域、专长"),
        row=_row,
        written=lambda r: r | {"status": str(words.MENTOR_STATUSES[MentorStatus(r["status"])])},
        href=address_of("mentors.show", "mentor_id"),
        export="mentors.export",
    )


def _row(found: Any) -> Shown:
    shown = as_is(found)
    shown["kind"] = str(words.MENTOR_KINDS[shown["kind"]])
    shown["areas"] = "、".join(shown["areas"])
    if "rating" in shown and shown["rating"] is not None:
        shown["rating"] = out_of_five(int(shown["rating"]))
    if "languages" in shown:
        shown["languages"] = language_words(shown["languages"])
    if "stages" in shown:
        shown["stages"] = "、".join(str(STAGES[code]) for code in shown["stages"])
    if "appointed_by" in shown:
        shown["appointed_by"] = str(words.APPOINTERS[shown["appointed_by"]])
    return shown


def language_words(codes: Sequence[str]) -> str:
    return "、".join(str(words.LANGUAGES.get(code, code)) for code in codes)


def out_of_five(hundredths: int) -> str:
    """An average rating in hundredths, with one decimal: 437 → 4.4."""
    tenths = (hundredths + 5) // 10
    return f"{tenths // 10}.{tenths % 10}"


def ratios() -> list[Ratio]:
    """1 名导师对 10 家在孵企业, of each operator that the reader sees and that has either."""
    return [it for it in recognition.ratios(db.session, g.today) if it.incubatees or it.mentors]


def shown(mentor: Mentor, forms: dict[str, Any]) -> dict[str, Any]:
    """What the page of one mentor needs; `forms`: those that were refused, by name."""
    session = db.session
    operator = g.asker.reach is Reach.OPERATOR
    permille = average_rating(session, [mentor.id])[mentor.id]
    meetings = mentors.meetings_of(session, mentor.id)
    status = MentorStatus.ACTIVE if is_there(mentor, g.today) else mentor.status
    pair, tie = forms.get("pair"), forms.get("tie")
    if operator:
        asks = _("（有需求）")
        pair = pair or PairTenantForm(formdata=None, prefix="pair-", data={"starts_on": g.today})
        pair.tenant_id.choices = options(
            ((tenant.id, tenant.name + (asks if need else "")) for tenant, need in _pairable(mentor)),
            empty=_("请选择"),
        )
        tie = tie or TieForm(formdata=None, prefix="tie-")
        tie.tenant_id.choices = options(mentors.tenants(session, mentor.operator_id), empty=_("请选择"))
    return {
        "own": operator,
        "room": room_left(session, mentor, g.today),
        "status": status,
        "status_word": words.MENTOR_STATUSES[status],
        "status_tone": words.MENTOR_TONES[status],
        "running": [it for it in mentor.pairings if it.ends_on is None],
        "past": [it for it in reversed(mentor.pairings) if it.ends_on is not None],
        "rating": None if permille is None else out_of_five(100 + permille * 4 // 10),
        "meetings": meetings,
        "said": [said for it in meetings for said in it.feedback if said.side is Side.TENANT and said.words],
        "words": words,
        "language_words": language_words,
        "pair_form": pair,
        "tie_form": tie,
        "pause_form": forms.get("pause") or PauseForm(formdata=None, prefix="pause-"),
        "end_form": forms.get("end") or EndForm(formdata=None, prefix="end-", data={"on": g.today}),
        "opened": next(iter(forms), None),
    }


def _pairable(mentor: Mentor) -> Any:
    return mentors.pairable(db.session, mentor, g.today) if room_left(db.session, mentor, g.today) else []
