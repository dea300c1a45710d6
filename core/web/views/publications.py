"""Notices and objections for pages: in the reader's words, the rows as they were shown."""

from __future__ import annotations

from typing import Any

from flask import Response, g, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from core.data.models import ObjectionState, Publication
from core.data.queries import publications as reads
from core.services.publications import labels
from core.web import papers
from core.web.listing import Column, Filter, Option
from core.web.views.case_page import policy_titles
from core.web.views.lists import Shown, Table, as_is

STATES = {
    ObjectionState.RECEIVED: lazy_gettext("待处理"),
    ObjectionState.SET_ASIDE: lazy_gettext("不予核查"),
    ObjectionState.REGISTERED: lazy_gettext("核查中"),
    ObjectionState.DISMISSED: lazy_gettext("异议不成立"),
    ObjectionState.UPHELD: lazy_gettext("异议成立"),
}
TONES = {
    ObjectionState.RECEIVED: "warning",
    ObjectionState.SET_ASIDE: "neutral",
    ObjectionState.REGISTERED: "info",
    ObjectionState.DISMISSED: "neutral",
    ObjectionState.UPHELD: "danger",
}
RIGHT = frozenset({"amount"})  # figures


def headings(notice: Publication) -> list[tuple[str, str]]:
    """What is shown of each case: its name, and how its column is set."""
    return [(_(label), "num" if name in RIGHT else "") for name, label in labels(notice).items()]


def rows(notice: Publication) -> list[dict[str, Any]]:
    """Each row as it was shown, and whether it still stands."""
    return [
        {
            "place": entry.place,
            "cells": [(shown[name], name in RIGHT) for name in notice.shown["fields"]],
            "out": entry.ended_early_on,
            "entry": entry,
        }
        for entry, shown in zip(notice.entries, notice.shown["rows"], strict=True)
    ]


def standing(notice: Publication) -> list[tuple[int, str]]:
    """What can be objected to: places and names."""
    return [
        (entry.place, shown["tenant"])
        for entry, shown in zip(notice.entries, notice.shown["rows"], strict=True)
        if entry.ended_early_on is None
    ]


def notices() -> Table:
    titles = policy_titles()
    words = {"running": _("公示中"), "over": _("已结束")}
    columns = [
        Column("opened_on", _("开始"), kind="date", sortable=True, primary=True),
        Column("ends_on", _("截止"), kind="date", sortable=True),
        Column("policy", _("政策"), repeats=True),
        Column("count", _("件数"), kind="number"),
        Column("objections", _("异议"), kind="number"),
        Column("state", _("状态"), repeats=True),
        Column("made_by", _("经办人"), default=False),
        Column("code", _("公示编号"), kind="code", default=False),
    ]

    def row(found: Any) -> Shown:
        return as_is(found) | {"policy": titles.get(found.policy_key, found.policy_key)}

    return Table(
        "publications",
        _("公示"),
        reads.listing(g.today),
        columns,
        (
            Filter("state", _("状态"), [Option(key, word) for key, word in words.items()]),
            Filter("policy", _("政策"), [Option(key, title) for key, title in titles.items()]),
        ),
        sort="-opened_on",
        search=_("公示编号、经办人"),
        row=row,
        written=lambda r: r | {"state": words[r["state"]]},
        href=lambda r: url_for("publications.show", publication_id=r["id"]),
        export="publications.export",
    )


def printed(notice: Publication) -> Response:
    """The notice for the board: what was shown, as it was shown."""
    return papers.paper(
        "publication", title=notice.shown["title"], author=notice.shown["institution"], on=notice.opened_on,
        notice=notice, headings=headings(notice), rows=rows(notice),
    )  # fmt: skip
