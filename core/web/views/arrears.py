"""The list of arrears by age, letters that were sent, and the day that is asked for."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import g
from flask_babel import gettext as _

from core.data.asker import Reach
from core.data.models import DunningHow, DunningLevel
from core.data.queries import arrears, dunnings, places
from core.extensions import db
from core.web import dunning_words as words
from core.web.formats import day as said_day
from core.web.listing import Column, Filter, Option
from core.web.templating import language
from core.web.views.lists import Shown, Table, address_of, as_is


def table(day: date) -> Table:
    sites = [Option(str(it.id), it.name) for it in places.sites(db.session)]
    past = [Filter("on", _("截止日期"), [Option(day.isoformat(), said_day(day, language()))], none=_("今天"))]
    return Table(
        "arrears",
        _("欠款账龄"),
        arrears.listing(day, g.today),
        [
            Column("name", _("企业"), sortable=True, primary=True),
            Column("state", _("现状"), repeats=True),
            Column("oldest", _("最早应付日期"), kind="date", sortable=True),
            *(
                Column(key, str(word), kind="money", sortable=True, phone=key != "d0")
                for key, word in words.AGES.items()
            ),
            Column("late_fen", _("逾期合计（元）"), kind="money", sortable=True, default=False),
            Column("rest_fen", _("未付合计（元）"), kind="money", sortable=True),
            Column("deposit_fen", _("另欠押金（元）"), kind="money", sortable=True, phone=False),
            Column("free_fen", _("预收（元）"), kind="money", default=False),
            Column("hold", _("催缴"), default=False),
        ],
        (
            *(past if day < g.today else []),
            Filter("age", _("账龄"), [Option(key, str(word)) for key, word in words.AGES.items()]),
            Filter("state", _("现状"), [Option(key, str(word)) for key, word in words.STATES.items()]),
            Filter("hold", _("催缴"), [Option("yes", _("已暂停")), Option("no", _("未暂停"))]),
            *([Filter("site", _("载体"), sites)] if len(sites) > 1 else []),
        ),
        sort="-rest_fen",
        search=_("企业名称、统一社会信用代码"),
        row=_row,
        written=lambda r: r | {"state": str(words.STATES[r["state"]])},
        href=address_of("arrears.show", "tenant_id"),
        export="arrears.export",
    )


def _row(found: Any) -> Shown:
    shown = as_is(found)
    if "hold" in shown:
        shown["hold"] = _("已暂停") if shown["hold"] else ""
    return shown


def letters() -> Table:
    """Letters that were sent, the newest first."""
    columns = [
        Column("number", _("编号"), kind="code", sortable=True, primary=True),
        Column("tenant", _("企业"), sortable=True),
        Column("level", _("级次"), repeats=True),
        Column("sent_on", _("发出日期"), kind="date", sortable=True),
        Column("total_fen", _("金额（元）"), kind="money", sortable=True),
        Column("pay_by", _("付款期限"), kind="date"),
        Column("how", _("送达"), repeats=True),
        Column("mailed_at", _("邮件发出"), kind="moment", default=False),
    ]
    tenant = g.asker.reach is Reach.TENANT
    return Table(
        "dunnings",
        _("催缴函"),
        dunnings.listing(),
        [it for it in columns if not (tenant and it.key in ("tenant", "how", "mailed_at"))],
        (
            Filter("level", _("级次"), [Option(it.value, str(word)) for it, word in words.LEVELS.items()]),
            *([] if tenant else [Filter("how", _("送达"), _ways())]),
        ),
        sort="-number",
        search=_("编号、企业"),
        row=_letter,
        href=address_of("dunning.paper", "dunning_id"),
        export="dunning.export",
    )


def _ways() -> list[Option]:
    return [*(Option(it.value, str(word)) for it, word in words.HOW.items()), Option("waiting", _("邮件等待发出"))]


def _letter(found: Any) -> Shown:
    shown = as_is(found)
    shown["level"] = str(words.LEVELS[DunningLevel(shown["level"])])
    shown["how"] = way(DunningHow(shown["how"]), sent=not shown["waiting"])
    return shown


def way(how: DunningHow, *, sent: bool) -> str:
    return str(words.HOW[how]) if sent else _("邮件，等待发出")
