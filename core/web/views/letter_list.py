"""The list of letters: what each reader may narrow it by, and what it comes to."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import g, url_for
from flask_babel import gettext as _

from core.data.asker import Reach
from core.data.models import LetterKind, Role
from core.data.queries import letters as reading
from core.extensions import db
from core.services.leads.book import rules
from core.services.leads.judging import READERS
from core.web.filters import Narrowing
from core.web.forms.replays import RULES
from core.web.listing import BulkAction, Column, Filter, Held, Input, Option, Range
from core.web.views import replays
from core.web.views.case_page import policy_titles
from core.web.views.lists import Shown, Table, address_of, as_is

PERSON = r"[0-9a-f]{32}"  # a blind index
TONES = {
    "issued": "success",
    "numbered": "info",
    "revoked": "danger",
    "recovering": "warning",
    "recovered": "neutral",
    "overturned": "danger",
    "void": "danger",
}


def state_words() -> dict[str, str]:
    return {
        "issued": _("已发出"),
        "numbered": _("制作中"),
        "revoked": _("已撤销"),
        "recovering": _("追回中"),
        "recovered": _("已追回"),
        "overturned": _("经复核撤销"),
        "void": _("作废"),
    }


def may_find_persons() -> bool:
    return Role.AUDITOR in g.asker.roles


def table() -> Table:
    titles, states = policy_titles(), state_words()
    kinds = {LetterKind.AWARD: _("核定"), LetterKind.REFUSAL: _("不予核定")}

    def row(r: Any) -> Shown:
        return as_is(r) | {
            "policy": titles.get(r.policy_key, r.policy_key),
            "kind_word": kinds[r.kind],
            "status_word": states[r.state],
        }

    return Table(
        "letters",
        _("通知书"),
        reading.listing(),
        _columns(),
        (
            Filter("kind", _("种类"), [Option(k.value, word) for k, word in kinds.items()]),
            Filter("status", _("状态"), [Option(key, word) for key, word in states.items()], listed=True),
            Filter("policy", _("政策"), [Option(key, title) for key, title in titles.items()]),
            *_more(),
        ),
        sort="-issued_on",
        search=_("文号、单位、申请编号"),
        row=row,
        href=address_of("letters.show", "letter_id"),
        export="letters.export",
        bulk=_bulk(),
    )


def _bulk() -> tuple[BulkAction, ...]:
    """What auditors and the district may do with picked letters."""
    if not g.asker.may(*replays.READERS):
        return ()
    how = Input("rules", _("用什么规则"), [Option(value, str(word)) for value, word in RULES])
    return (BulkAction("replay", _("重算所选"), "replays.letters", icon="refresh", inputs=(how,), submit=_("重算")),)


def _columns() -> tuple[Column, ...]:
    shown = [
        Column("number", _("文号"), kind="code", sortable=True, primary=True),
        Column("tenant", _("单位"), sortable=True),
        Column("policy", _("政策")),
        Column("kind_word", _("种类")),
        Column("issued_on", _("日期"), kind="date", sortable=True),
        Column("amount_fen", _("金额（元）"), kind="money", sortable=True),
        Column("status_word", _("状态")),
    ]
    if _district():
        shown.insert(2, Column("operator", _("运营机构"), phone=False))
        shown += [
            Column("case_number", _("申请编号"), kind="code", default=False),
            Column("handler", _("初审"), default=False),
            Column("approver", _("审批人"), default=False),
        ]
    return tuple(shown)


def _more() -> tuple[Narrowing, ...]:
    """Filters that come folded: of a tenant's few letters, amount and day alone."""
    ranges: tuple[Narrowing, ...] = (
        Range("amount", _("金额（元）"), "money", more=True),
        Range("issued", _("发文日期"), "date", more=True),
    )
    if not _district():
        return ranges
    choices = reading.choices(db.session, g.asker.district_id)
    named = (
        Filter(key, label, [Option(str(row), name) for row, name in rows], listed=True, more=True)
        for key, label, rows in (
            ("operator", _("运营机构"), choices.operators),
            ("handler", _("经办人"), choices.handlers),
            ("approver", _("审批人"), choices.approvers),
        )
    )
    held = (Held("person", _("参保人"), _("已按证件号码查找"), PERSON),) if may_find_persons() else ()
    return (*named, *ranges, *held, *_flag())


def _flag() -> tuple[Narrowing, ...]:
    """By the rule that suspects something, for who may read leads."""
    if not g.asker.may(*READERS):
        return ()
    known = [Option(rule.code, str(_(rule.title))) for rule in rules().values()]
    return (Filter("flag", _("疑点"), [Option(reading.ANY, _("任一规则")), *known], listed=True, more=True),)


def _district() -> bool:
    return g.asker.reach is Reach.DISTRICT


def sums(found: Table) -> dict[str, int]:
    """How many letters the list has, and what they come to; a void one says nothing that its successor does not."""
    return {"count": found.count(), "fen": found.sums(("standing_fen",))["standing_fen"]}


def year() -> dict[str, Any] | None:
    """This year's letters in one line, for the district's staff."""
    if not _district():
        return None
    first, last = date(g.today.year, 1, 1), date(g.today.year, 12, 31)
    found = reading.tallies(db.session, first, last)
    within = {"issued_from": first.isoformat(), "issued_to": last.isoformat()}
    return {
        "year": g.today.year,
        "count": sum(it.count for it in found),
        "fen": sum(it.fen for it in found),
        "href": url_for("letters.index", **within),
        "states": [
            {
                "word": state_words()[it.state],
                "count": it.count,
                "href": url_for("letters.index", status=it.state, **within),
            }
            for it in found
        ],
    }
