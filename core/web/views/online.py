"""What a bill's page shows of online payment, and the list of differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import current_app, g, url_for
from flask_babel import gettext as _

from core.data.asker import Asker, Reach, asking
from core.data.models import Bill, CheckoutSession, CheckoutState, OnlineReturn, Payment, Role
from core.data.queries import online as reads
from core.extensions import db
from core.services.online import checkout, refunds
from core.web import online_words as words
from core.web.listing import Column, Filter, Option
from core.web.views.lists import Shown, Table, as_is

SETTLING = (CheckoutState.OPEN, CheckoutState.WAITING)


@dataclass(frozen=True, slots=True)
class Panel:
    """Online payment of one bill, for the reader."""

    ready: bool  # keys are set
    latest: CheckoutSession | None
    paid: Sequence[tuple[Payment, CheckoutSession]] = ()
    returns: Sequence[OnlineReturn] = ()
    may_refund: bool = False
    portal: bool = False
    refundable: frozenset[int] = field(default_factory=frozenset)  # payments that go back by Stripe alone

    @property
    def settling(self) -> bool:
        return self.latest is not None and self.latest.state in SETTLING


def ready() -> bool:
    return current_app.extensions["stripe"] is not None


def panel(bill: Bill, payments: Sequence[tuple[Payment, int]]) -> Panel:
    """`payments`: those that paid something of the bill."""
    known = reads.of_payments(db.session, [it.id for it, _fen in payments])
    paid = [(it, known[it.id]) for it, _fen in payments if it.id in known]
    latest = checkout.latest(db.session, bill.id)
    shown = {row.id for _it, row in paid} | ({latest.id} if latest else set())
    standing = frozenset(it.id for it, _row in paid if it.reversed_at is None) if ready() else frozenset()
    return Panel(
        ready=ready(),
        latest=latest,
        paid=paid,
        returns=reads.returns_of(db.session, shown),
        may_refund=g.asker.may(Role.OPERATOR_MANAGER),
        portal=g.asker.reach is Reach.TENANT and bool(paid),
        refundable=standing,
    )


def goes_back_by_stripe(payment: Payment) -> bool:
    """It came by Stripe, and keys are set: it is refunded on the bill's page, not reversed by hand."""
    return ready() and refunds.of_payment(db.session, payment) is not None


def row_of(bill_id: int, stripe_id: str) -> CheckoutSession | None:
    """The checkout that the payer comes back from, or else the bill's newest."""
    named = reads.by_stripe_id(db.session, bill_id, stripe_id) if stripe_id else None
    return named or checkout.latest(db.session, bill_id)


def waiting() -> tuple[int, int]:
    """Differences that wait, and at how many operators: counts alone, the rows are their managers'."""
    with asking(db.session, Asker.system("admin")):
        return reads.waiting(db.session)


def table() -> Table:
    """Differences between Stripe's books and the reader's."""
    return Table(
        "stripe_differences",
        _("在线支付核对"),
        reads.differences(),
        (
            Column("kind", _("差异"), primary=True),
            Column("tenant", _("企业")),
            Column("bill", _("账单号"), kind="code", sortable=True),
            Column("theirs_fen", _("Stripe（元）"), kind="money", sortable=True),
            Column("ours_fen", _("这里（元）"), kind="money"),
            Column("state", _("状态"), repeats=True),
            Column("todo", _("怎么处理"), default=False),
            Column("stripe_id", _("Stripe编号"), kind="code", default=False),
            Column("found_at", _("发现"), kind="moment", sortable=True),
        ),
        (
            Filter(
                "state",
                _("状态"),
                [Option("open", _("待处理")), *(Option(end.value, str(word)) for end, word in words.ENDS.items())],
            ),
            Filter("kind", _("差异"), [Option(kind.value, str(word)) for kind, word in words.DIFFERENCES.items()]),
        ),
        sort="-found_at",
        search=_("账单号、企业、Stripe编号"),
        row=_row,
        written=lambda r: r | {"state": r["state_word"]},
        href=lambda r: url_for("online.difference", difference_id=r["id"]),
        export="online.export",
    )


def _row(found: Any) -> Shown:
    shown = as_is(found)
    shown |= {
        "kind": str(words.DIFFERENCES[found.kind]),
        "todo": str(words.REMEDIES[found.kind]) if found.ended is None else found.note or "—",
        "state": found.ended or "open",
        "state_word": str(words.ENDS[found.ended]) if found.ended else _("待处理"),
    }
    return shown
