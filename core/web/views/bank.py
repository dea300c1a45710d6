"""The list of bank lines, and the desk where each waits with its proposal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from core.data.models import BankLine, Bill, Tenant
from core.data.queries import bank as reads
from core.extensions import db
from core.services.bank import AT_ONCE, Certainty, Match, Proposal, matches
from core.web import bank_words as words
from core.web.listing import Column, Filter, Option
from core.web.views.lists import Shown, Table, address_of, as_is

PAGE = 30  # lines of the desk on one page


def table() -> Table:
    columns = [
        Column("payer_name", _("付款户名"), sortable=True, primary=True),
        Column("received_on", _("日期"), kind="date", sortable=True),
        Column("amount_fen", _("金额（元）"), kind="money", sortable=True),
        Column("remark", _("摘要、附言")),
        Column("reference", _("流水号"), kind="code", phone=False),
        Column("state", _("状态"), repeats=True),
        Column("tenant", _("入账到")),
        Column("payer_tail", _("对方账号末四位"), kind="code", default=False),
        Column("aside_reason", _("搁置原因"), default=False),
    ]
    counts = reads.totals(db.session)
    states = [Option(key, str(word), counts.get(key, (0, 0))[0]) for key, word in words.STATES.items()]
    files = [Option(str(it.id), f"{it.first:%Y-%m-%d} {it.name}", n) for it, n, *_rest in reads.statements(db.session)]
    return Table(
        "bank",
        _("银行流水"),
        reads.listing(),
        columns,
        (Filter("state", _("状态"), states), *([Filter("statement", _("明细"), files)] if files else [])),
        sort="-received_on",
        search=_("付款户名、附言、流水号、企业"),
        row=_row,
        written=lambda r: r | {"state": str(words.STATES[r["state"]])},
        href=address_of("bank.show", "bank_line_id"),
        export="bank.export",
    )


def _row(found: Any) -> Shown:
    shown = as_is(found)
    shown["payer_name"] = shown["payer_name"] or _("（无户名）")
    return shown


@dataclass(frozen=True, slots=True)
class Said:
    """A proposal with what its ids stand for."""

    proposal: Proposal
    tenant: Tenant
    bill: Bill | None
    rest_fen: int


@dataclass(frozen=True, slots=True)
class Desk:
    """All that waits: how many lines of each certainty, the certain ones together, and the lines of one page."""

    counts: Counter[Certainty]
    certain: Sequence[BankLine]
    rows: Sequence[tuple[BankLine, Match, list[Said]]]
    start: int
    whole: int

    @property
    def certain_fen(self) -> int:
        return sum(line.amount_fen for line in self.certain)

    @property
    def before(self) -> str | None:
        return str(max(self.start - PAGE, 0)) if self.start else None

    @property
    def after(self) -> str | None:
        return str(self.start + PAGE) if self.start + PAGE < self.whole else None


def desk(operator_id: int, show: str, start: int) -> Desk:
    lines = reads.waiting(db.session, AT_ONCE)
    found = matches(db.session, operator_id, lines)
    wanted = [line for line in lines if show in ("", found[line.id].certainty.value)]
    start = start if 0 <= start < len(wanted) else 0
    page = wanted[start : start + PAGE]
    told = told_of([found[line.id] for line in page])
    return Desk(
        Counter(match.certainty for match in found.values()),
        [line for line in lines if found[line.id].certainty is Certainty.CERTAIN],
        [(line, found[line.id], [told[it] for it in found[line.id].proposals]) for line in page],
        start,
        len(wanted),
    )


def told_of(found: Iterable[Match]) -> dict[Proposal, Said]:
    """The tenants and bills of proposals, asked for together."""
    proposals = {it for match in found for it in match.proposals}
    tenants = reads.tenants(db.session, {it.tenant_id for it in proposals})
    bills = reads.rests_of(db.session, {it.bill_id for it in proposals if it.bill_id})
    told = {}
    for it in proposals:
        bill, rest = bills.get(it.bill_id or 0, (None, 0))
        told[it] = Said(it, tenants[it.tenant_id], bill, rest)
    return told
