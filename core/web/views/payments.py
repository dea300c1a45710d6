"""The list of payments, and the words of where one stands."""

from __future__ import annotations

from typing import Any

from flask import g
from flask_babel import gettext as _

from core.data.asker import Reach
from core.data.models import Payment
from core.data.queries import payments
from core.web import lease_words as words
from core.web.listing import Column, Filter, Option
from core.web.views.lists import Shown, Table, address_of, as_is

TONES = {"used": "success", "free": "info", "refunded": "neutral", "reversed": "neutral"}


def state_words() -> dict[str, str]:
    return {
        "used": _("已入账单"),
        "free": _("有预收"),
        "refunded": _("有退款"),
        "reversed": _("已冲销"),
    }


def state_of(payment: Payment) -> str:
    if payment.reversed_at is not None:
        return "reversed"
    return "free" if payment.free_fen else "refunded" if payment.refunded_fen else "used"


def table() -> Table:
    columns = [
        Column("received_on", _("收款日期"), kind="date", sortable=True, primary=True),
        Column("tenant", _("企业"), sortable=True),
        Column("payer_name", _("付款户名")),
        Column("method", _("方式"), kind="code", repeats=True),
        Column("reference", _("流水号或凭证号"), kind="code"),
        Column("amount_fen", _("金额（元）"), kind="money", sortable=True),
        Column("free_fen", _("预收（元）"), kind="money", sortable=True),
        Column("state", _("状态"), repeats=True),
        Column("refunded_fen", _("已退（元）"), kind="money", default=False),
        Column("note", _("备注"), default=False),
        Column("recorded_at", _("登记时间"), kind="moment", default=False),
    ]
    if g.asker.reach is Reach.TENANT:
        columns = [column for column in columns if column.key != "tenant"]
    said = state_words()
    return Table(
        "payments",
        _("收款"),
        payments.listing(),
        columns,
        (
            Filter("state", _("状态"), [Option(key, word) for key, word in said.items()]),
            Filter("method", _("方式"), [Option(it.value, str(word)) for it, word in words.PAYMENT_METHODS.items()]),
        ),
        sort="-received_on",
        search=_("企业、付款户名、流水号"),
        row=_row,
        written=lambda r: r | {"state": said[r["state"]]},
        href=address_of("payments.show", "payment_id"),
        export="payments.export",
    )


def _row(found: Any) -> Shown:
    shown = as_is(found)
    shown["method"] = str(words.PAYMENT_METHODS[shown["method"]])
    return shown
