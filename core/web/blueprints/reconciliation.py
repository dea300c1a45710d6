"""对账: payments, pools and cases beside each other, and the list that finance books from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from core.data.queries import reconciliation as reads
from core.extensions import db
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
    Column("returned_on", lazy_gettext("退汇日期"), kind="date"),
)


@blueprint.get("/payouts/reconciliation")
@roles(*READERS)
def index() -> str:
    return render_template("payouts/reconciliation.html", books=reads.books(db.session), titles=policy_titles())


@blueprint.get("/payouts/reconciliation/export")
@roles(*READERS)
def export() -> Response:
    """A line for each source of each payment; a payment that came back has its second day."""
    return table(_("拨付对账"), COLUMNS, _lines(), request.args.get("format", "xlsx"), "reconciliation")


def _lines() -> Iterator[dict[str, Any]]:
    titles = policy_titles()
    for row, number, tenant, batch, pool in reads.made(db.session):
        for source, points, fen in row.shares:
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
                "returned_on": row.returned_on,
            }
