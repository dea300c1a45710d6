"""对账单: a tenant's account over some days, on the page, as a paper and as a sheet."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, g, request
from flask_babel import gettext as _

from core.data.asker import Reach
from core.data.models import OPERATOR_ROLES, TENANT_ROLES, BillKind, CreditReason, Operator
from core.data.queries import arrears
from core.data.queries import statement as reads
from core.data.queries.statement import Entry, Statement
from core.extensions import db
from core.web import asked, lease_words, papers
from core.web import dunning_words as words
from core.web.access import roles
from core.web.downloads import table
from core.web.listing import Column
from core.web.views.tenant_file import load, page

blueprint = Blueprint("statements", __name__)
READERS = (*OPERATOR_ROLES, *TENANT_ROLES)


@blueprint.get("/tenants/<int:tenant_id>/account")
@roles(*READERS)
def show(tenant_id: int) -> str:
    tenant = load(tenant_id)
    found = _asked(tenant_id)
    owed = arrears.bills(db.session, tenant_id, found.last, g.today)
    return page(
        "account",
        tenant,
        "account",
        statement=found,
        owed=sum(it.rest_fen for it in owed),
        free=arrears.free_of(db.session, tenant_id, found.last),
        held=reads.held(db.session, tenant_id),
        own=g.asker.reach is Reach.OPERATOR,
        query={"first": found.first.isoformat(), "last": found.last.isoformat()},
        words=words,
        kind_of=kind_of,
    )


@blueprint.get("/tenants/<int:tenant_id>/account/paper")
@roles(*READERS)
def paper(tenant_id: int) -> Response:
    tenant, found = load(tenant_id), _asked(tenant_id)
    operator = db.session.get_one(Operator, tenant.operator_id)
    return papers.paper(
        "statement", title=f"{tenant.name} {found.first}–{found.last}", author=operator.name, on=found.last,
        tenant=tenant, operator=operator, statement=found, words=words, kind_of=kind_of,
        owed=sum(it.rest_fen for it in arrears.bills(db.session, tenant_id, found.last, g.today)),
        free=arrears.free_of(db.session, tenant_id, found.last),
    )  # fmt: skip


@blueprint.get("/tenants/<int:tenant_id>/account/export")
@roles(*READERS)
def export(tenant_id: int) -> Response:
    tenant, found = load(tenant_id), _asked(tenant_id)
    columns = [
        Column("on", _("日期"), kind="date"),
        Column("act", _("事项")),
        Column("number", _("单号"), kind="code"),
        Column("said", _("说明")),
        Column("charge", _("应收（元）"), kind="money"),
        Column("settled", _("已收、减少（元）"), kind="money"),
        Column("balance", _("余额（元）"), kind="money"),
    ]
    blank = {"number": "", "said": "", "charge": None, "settled": None}
    rows = [
        {**blank, "on": found.first, "act": _("期初余额"), "balance": found.opening_fen},
        *(_row(it) for it in found.entries),
        {
            **blank, "on": found.last, "act": _("期末余额"), "charge": found.charged_fen,
            "settled": found.settled_fen, "balance": found.closing_fen,
        },
    ]  # fmt: skip
    return table(_("对账单"), columns, rows, request.args.get("format", "xlsx"), f"account-{tenant.id}")


def _row(it: Entry) -> dict[str, Any]:
    return {
        "on": it.on,
        "act": f"{words.ACTS[it.act]}（{kind_of(it)}）",
        "number": it.number,
        "said": it.said or "",
        "charge": it.charge_fen,
        "settled": it.settled_fen,
        "balance": it.balance_fen,
    }


def kind_of(it: Entry) -> str:
    """What kind of bill, note or money it is."""
    if isinstance(it.kind, BillKind):
        return str(lease_words.BILL_KINDS[it.kind])
    if isinstance(it.kind, CreditReason):
        return str(lease_words.CREDIT_REASONS[it.kind])
    return str(lease_words.PAYMENT_METHODS[it.kind])


def _asked(tenant_id: int) -> Statement:
    """The days that the address asks for; usually from this year's first on, or the first bill where that is later."""
    last = asked.day("last") or g.today
    began = reads.began(db.session, tenant_id) or last
    first = asked.day("first") or max(min(began, last), date(last.year, 1, 1))
    return reads.statement(db.session, tenant_id, min(first, last), last)
