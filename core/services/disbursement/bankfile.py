"""The file that goes to the bank: one row for each payment, and a row of totals that both sides can check."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from core.data.models import BatchState, Disbursement, PayoutBatch
from core.data.types import utcnow
from core.services import audit
from core.services.disbursement.batches import hold, person, require_payable, require_unchanged, require_untied
from core.services.exports import As, Field, Listing, Value, write_csv, write_xlsx

FIELDS = (
    Field("序号", As.NUMBER, 6),
    Field("我方参考号", As.TEXT, 22),
    Field("收款人户名", As.TEXT, 32),
    Field("开户行", As.TEXT, 28),
    Field("联行号", As.TEXT, 16),
    Field("收款账号", As.TEXT, 26),
    Field("金额（元）", As.MONEY, 16),
    Field("用途", As.TEXT, 36),
)
TOTAL = "合计"


@dataclass(frozen=True, slots=True)
class Controls:
    """Control totals: they stand on the page and in the closing row of the file."""

    count: int
    total_fen: int
    sha256: str


def controls(rows: Sequence[Disbursement]) -> Controls:
    """`sha256` is that of the rows as text: reference, payee, bank, bank code, account and yuan with two decimals,
    apart by `|`, a line each in UTF-8. The sums are what the bank is to pay: without what is kept back."""
    lines = [
        "|".join(
            (
                row.reference,
                row.payee_name,
                row.payee_bank,
                row.payee_bank_code,
                row.payee_account,
                f"{row.net_fen // 100}.{row.net_fen % 100:02d}",
            )
        )
        for row in rows
    ]
    total = sum(row.net_fen for row in rows)
    return Controls(len(rows), total, hashlib.sha256("\n".join(lines).encode()).hexdigest())


def take(session: Session, batch: PayoutBatch, *, csv: bool) -> bytes:
    """The file of a released batch. Taking it is on record each time; the first time it counts as sent."""
    hold(session, batch, BatchState.RELEASED, BatchState.SENT)
    for row in batch.rows:  # it names every account whole
        require_untied(session, row.case)
    require_unchanged(batch)
    if batch.state is BatchState.RELEASED:
        require_payable(session, batch)
    totals = controls(batch.rows)
    if batch.state is BatchState.RELEASED:
        batch.state, batch.sent_by_id, batch.sent_at = BatchState.SENT, person(session), utcnow()
    audit.record(
        session,
        "payout.file",
        batch,
        detail={"format": "csv" if csv else "xlsx", "count": totals.count, "rows": totals.sha256},
    )
    session.flush()
    listing = Listing(batch.number, FIELDS, _cells(batch.rows, totals))
    return write_csv(listing) if csv else write_xlsx([listing])


def _cells(rows: Sequence[Disbursement], totals: Controls) -> list[list[Value]]:
    cells: list[list[Value]] = [
        [
            number,
            row.reference,
            row.payee_name,
            row.payee_bank,
            row.payee_bank_code,
            row.payee_account,
            row.net_fen,
            row.purpose,
        ]
        for number, row in enumerate(rows, 1)
    ]
    closing: list[Value] = [TOTAL, f"共{totals.count}笔", None, None, None, None, totals.total_fen]
    return [*cells, [*closing, f"SHA-256 {totals.sha256}"]]
