"""The list of bills, where one stands, and what a run would make."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flask import g
from flask_babel import gettext as _

from core.data.asker import Reach
from core.data.models import Bill, BillStatus, Lease
from core.data.queries import bills
from core.extensions import db
from core.services.billing import Charge
from core.web import lease_words as words
from core.web.listing import Column, Filter, Option
from core.web.views.lists import Shown, Table, address_of, as_is


def state_words() -> dict[str, str]:
    return {
        "open": _("待付"),
        "part": _("部分已付"),
        "past": _("已过应付日"),
        "paid": _("已付清"),
        "void": _("已作废"),
    }


TONES = {"open": "info", "part": "info", "past": "warning", "paid": "success", "void": "neutral"}


def table() -> Table:
    columns = [
        Column("number", _("账单号"), kind="code", sortable=True, primary=True),
        Column("tenant", _("企业"), sortable=True),
        Column("lease", _("协议号"), kind="code", default=False),
        Column("kind", _("类型"), kind="code", repeats=True),
        Column("first", _("期间自"), kind="date", sortable=True),
        Column("last", _("期间至"), kind="date", default=False),
        Column("due_on", _("应付日期"), kind="date", sortable=True),
        Column("total_fen", _("金额（元）"), kind="money", sortable=True),
        Column("paid_fen", _("已付（元）"), kind="money", sortable=True),
        Column("rest_fen", _("未付（元）"), kind="money", sortable=True, default=False),
        Column("state", _("状态"), repeats=True),
        Column("issued_on", _("出账日期"), kind="date", default=False),
    ]
    if g.asker.reach is Reach.TENANT:
        columns = [column for column in columns if column.key != "tenant"]
    said = state_words()
    return Table(
        "bills",
        _("账单"),
        bills.listing(g.today),
        columns,
        (
            Filter("state", _("状态"), [Option(key, word) for key, word in said.items()]),
            Filter("kind", _("类型"), [Option(it.value, str(word)) for it, word in words.BILL_KINDS.items()]),
            *_by_run(),
        ),
        sort="-number",
        search=_("账单号、企业、协议号"),
        row=_row,
        written=lambda r: r | {"state": said[r["state"]]},
        href=address_of("bills.show", "bill_id"),
        export="bills.export",
    )


def _by_run() -> list[Filter]:
    if g.asker.reach is Reach.TENANT:
        return []
    known = [(run, made) for run, made, _fen in bills.runs(db.session) if made]
    return [Filter("run", _("出账"), [Option(str(run.id), run.month, made) for run, made in known])]


def _row(found: Any) -> Shown:
    shown = as_is(found)
    shown["kind"] = str(words.BILL_KINDS[shown["kind"]])
    return shown


def state_of(bill: Bill) -> str:
    if bill.status is BillStatus.VOID:
        return "void"
    if bill.rest_fen <= 0:
        return "paid"
    return "past" if bill.due_on < g.today else "part" if any(line.paid_fen for line in bill.lines) else "open"


def planned(found: list[tuple[Lease, Charge]]) -> dict[str, Any]:
    """A preview in figures: bills, sum, and the sum by fee."""
    by_fee: Counter[Any] = Counter()
    for _lease, charge in found:
        for part in charge.parts:
            by_fee[part.fee] += part.amount_fen
    return {
        "rows": found,
        "total": sum(charge.total_fen for _lease, charge in found),
        "by_fee": [(words.BILL_FEES[fee], by_fee[fee]) for fee in words.BILL_FEES if by_fee[fee]],
    }
