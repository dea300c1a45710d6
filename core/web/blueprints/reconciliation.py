"""对账: payments, pools and cases beside each other, and the list that finance books from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from core.data.queries import reconciliation as reads
from core.extensions import db
from core.policy import split_fen
from core.web.access import roles
from core.web.downloads import table
from core.web.listing import Column
from core.web.views.case_page import policy_titles
from core.web.views.payouts import READERS

blueprint = Blueprint("reconciliation", __name__)
COLUMNS = (
    Column("booked_on", lazy_gettext("记账日期"), kind="date"),
    Column("voucher", lazy_gettext("凭证号")),
    Column("reference", lazy_gettext("我方参考号")),
    Column("batch", lazy_gettext("批次号")),
    Column("number", lazy_gettext("申请编号")),
    Column("tenant", lazy_gettext("申请单位")),
    Column("policy", lazy_gettext("政策")),
    Column("year", lazy_gettext("年度")),
    Column("budget_line", lazy_gettext("预算科目")),
    Column("source", lazy_gettext("资金来源")),
    Column("share", lazy_gettext("比例")),
    Column("share_fen", lazy_gettext("金额（元）"), kind="money"),
    Column("offset_fen", lazy_gettext("其中抵扣（元）"), kind="money"),
    Column("net_fen", lazy_gettext("实付（元）"), kind="money"),
    Column("returned_on", lazy_gettext("退汇日期"), kind="date"),
)
MONEY = ("share_fen", "offset_fen", "net_fen")


@blueprint.get("/payouts/reconciliation")
@roles(*READERS)
def index() -> str:
    books = reads.books(db.session)
    paid, offset = sum(it.paid for it in books), sum(it.offset for it in books)
    figures = {"paid": paid, "offset": offset, "net": paid - offset}
    return render_template("payouts/reconciliation.html", books=books, titles=policy_titles(), figures=figures)


@blueprint.get("/payouts/reconciliation/export")
@roles(*READERS)
def export() -> Response:
    """A line for each source of each payment, and what all of them come to; a payment that came back has its second
    day."""
    lines = list(_lines())
    return table(
        _("拨付对账"),
        COLUMNS,
        [*lines, _total(lines)] if lines else [],
        request.args.get("format", "xlsx"),
        "reconciliation",
    )


def _lines() -> Iterator[dict[str, Any]]:
    titles = policy_titles()
    for row, number, tenant, batch, pool in reads.made(db.session):
        kept = split_fen(row.offset_fen, {f"{n:03d}": fen for n, (_source, _points, fen) in enumerate(row.shares)})
        for (source, points, fen), offset in zip(row.shares, kept.values(), strict=True):
            yield {
                "booked_on": row.booked_on,
                "voucher": row.voucher,
                "reference": row.reference,
                "batch": batch,
                "number": number,
                "tenant": tenant,
                "policy": titles.get(pool.policy_key, pool.policy_key),
                "year": str(pool.year),
                "budget_line": row.budget_line,
                "source": source,
                "share": f"{points / 100:g}%",
                "share_fen": fen,
                "offset_fen": offset,
                "net_fen": fen - offset,
                "returned_on": row.returned_on,
            }


def _total(lines: list[dict[str, Any]]) -> dict[str, Any]:
    """Of the payments that stand: the same figures as the page's."""
    standing = [line for line in lines if line["returned_on"] is None]
    sums = {name: sum(line[name] for line in standing) for name in MONEY}
    return {column.key: None for column in COLUMNS} | {"source": _("合计（不含已退汇）")} | sums
