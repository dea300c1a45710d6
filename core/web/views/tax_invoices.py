"""The list of 发票, where one stands, what a form begins with, and what the page of a bill says of them."""

from __future__ import annotations

from typing import Any

from flask import g
from flask_babel import gettext as _

from core.data.asker import Reach
from core.data.models import (
    Bill,
    BillLine,
    BillStatus,
    Lease,
    SitePaperKind,
    TaxInvoice,
    TaxInvoiceItem,
    TaxInvoiceState,
)
from core.data.queries import tax_invoices as reads
from core.extensions import db
from core.policy import Month
from core.services.billing.tax import ITEM_NAMES, ITEMS
from core.web import lease_words as words
from core.web.formats import month
from core.web.listing import Column, Filter, Option
from core.web.templating import language
from core.web.views.lists import Shown, Table, address_of, as_is


def state_words() -> dict[str, str]:
    return {
        "requested": _("待开票"),
        "issued": _("已开票"),
        "part": _("部分红冲"),
        "reversed": _("已红冲"),
        "red": _("红字发票"),
        "rejected": _("已驳回"),
    }


TONES = {
    "requested": "warning",
    "issued": "success",
    "part": "info",
    "reversed": "neutral",
    "red": "danger",
    "rejected": "neutral",
}


def state_of(it: TaxInvoice) -> str:
    """As the list says it (`core.data.queries.tax_invoices.listing`)."""
    if it.red_of_id is not None:
        return "red"
    if it.state is not TaxInvoiceState.ISSUED:
        return it.state.value
    return "issued" if not it.reversed_fen else "part" if it.rest_fen else "reversed"


def table() -> Table:
    columns = [
        Column("title", _("抬头"), sortable=True, primary=True),
        Column("tenant", _("企业"), sortable=True, default=False),
        Column("bill", _("账单号"), kind="code"),
        Column("item", _("项目"), repeats=True),
        Column("kind", _("票种"), repeats=True, default=False),
        Column("code", _("发票代码"), kind="code", default=False),
        Column("number", _("发票号码"), kind="code", sortable=True),
        Column("issued_on", _("开票日期"), kind="date"),
        Column("amount_fen", _("价税合计（元）"), kind="money", sortable=True),
        Column("reversed_fen", _("已红冲（元）"), kind="money", default=False),
        Column("rate", _("税率"), kind="percent", default=False),
        Column("taxpayer_no", _("纳税人识别号"), kind="code", default=False),
        Column("requested_at", _("申请时间"), kind="moment", sortable=True, default=False),
        Column("state", _("状态"), repeats=True),
    ]
    if g.asker.reach is Reach.TENANT:
        columns = [column for column in columns if column.key != "tenant"]
    said = state_words()
    return Table(
        "tax_invoices",
        _("发票"),
        reads.listing(),
        columns,
        (
            Filter("state", _("状态"), [Option(key, word) for key, word in said.items()]),
            Filter("kind", _("票种"), [Option(it.value, str(word)) for it, word in words.TAX_INVOICE_KINDS.items()]),
            Filter("item", _("项目"), [Option(it.value, str(word)) for it, word in words.TAX_INVOICE_ITEMS.items()]),
        ),
        sort="-requested_at",
        search=_("抬头、发票号码、企业、账单号"),
        row=_row,
        written=lambda r: r | {"state": said[r["state"]]},
        href=address_of("tax_invoices.show", "tax_invoice_id"),
        export="tax_invoices.export",
    )


def _row(found: Any) -> Shown:
    shown = as_is(found)
    shown["kind"] = str(words.TAX_INVOICE_KINDS[shown["kind"]])
    shown["item"] = str(words.TAX_INVOICE_ITEMS[shown["item"]])
    return shown


def label(line: BillLine) -> str:
    """A line in words: what for, of which month."""
    said = str(words.BILL_FEES[line.fee])
    more = line.what or (month(line.month, language()) if line.month else "")
    return f"{said} · {more}" if more else said


def open_lines(bill: Bill) -> dict[BillLine, int]:
    """Lines that a 发票 can be asked for, and for how much (fen)."""
    if bill.status is BillStatus.VOID:
        return {}
    left = {line: line.amount_fen - line.credited_fen - line.invoiced_fen for line in bill.lines if ITEMS[line.fee]}
    return {line: fen for line, fen in left.items() if fen > 0}


def of_bill(bill: Bill) -> dict[str, Any]:
    """For the page of a bill: its 发票, and what credit notes left too much of."""
    lines = {line.id: line for line in bill.lines}
    red = reads.too_much(db.session, bill)
    over = sum(max(0, line.invoiced_fen - line.amount_fen + line.credited_fen) for line in bill.lines)
    return {
        "rows": [(it, state_of(it)) for it in reads.of_bill(db.session, bill)],
        "states": state_words(),
        "tones": TONES,
        "red": [(label(lines[line_id]), fen) for line_id, fen in red.items()],
        "red_fen": sum(red.values()),
        "stale": over > sum(red.values()),  # a request asks for more than is owed by now
        "open": bool(open_lines(bill)),
    }


def given(it: TaxInvoice) -> dict[str, Any]:
    """What the form of issuing begins with: what was noted, else what is known of the lease and the latest rate."""
    if it.state is TaxInvoiceState.ISSUED:
        names = ("code", "number", "issued_on", "rate", "item_name", "premises", "term_first", "term_last")
        return {name: getattr(it, name) for name in (*names, "certificate")}
    found: dict[str, Any] = {
        "issued_on": g.today,
        "rate": reads.usual_rate(db.session, it.item),
        "item_name": ITEM_NAMES.get(it.item) or next((part.line.what for part in it.lines if part.line.what), None),
    }
    if it.item is TaxInvoiceItem.LEASE and it.bill.lease is not None:
        found |= premises(it.bill.lease) | _term(it, it.bill.lease)
    return found


def premises(lease: Lease) -> dict[str, str]:
    """Where a lease is, and the numbers of the property certificates of its sites, as far as they are known."""
    rooms: dict[Any, list[str]] = {}
    for it in lease.spaces:
        rooms.setdefault(it.space.site, []).append(it.space.code)
    papers = [site.paper(SitePaperKind.PROPERTY_CERTIFICATE) for site in rooms]
    return {
        "premises": "；".join(f"{site.address}{'、'.join(sorted(codes))}" for site, codes in rooms.items())[:200],
        "certificate": "；".join(paper.number for paper in papers if paper and paper.number)[:120],
    }


def _term(it: TaxInvoice, lease: Lease) -> dict[str, Any]:
    """The days of the lease in the months that are paid for."""
    months = sorted(Month.parse(part.line.month) for part in it.lines if part.line.month)
    if not months:
        return {}
    last = months[-1].last
    return {
        "term_first": max(months[0].first, lease.starts_on),
        "term_last": last if lease.ends_on is None else max(min(last, lease.ends_on), months[0].first),
    }
