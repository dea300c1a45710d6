"""What the release of a batch covers: its count, its sum, and of each row all that the bank and finance are told."""

from __future__ import annotations

from collections.abc import Sequence

from core.data.models import Disbursement, PayoutBatch
from core.policy import digest


def content_hash(batch: PayoutBatch, rows: Sequence[Disbursement]) -> str:
    """The same for the same content only. The account is in it by its fingerprint."""
    return digest(
        {
            "batch": batch.number,
            "count": len(rows),
            "total_fen": sum(row.net_fen for row in rows),
            "rows": [
                [
                    row.serial,
                    row.reference,
                    row.award_id,
                    row.amount_fen,
                    row.shares,
                    row.budget_line,
                    row.purpose,
                    row.payee_name,
                    row.payee_bank,
                    row.payee_bank_code,
                    row.fingerprint,
                    *([row.offset_fen] if row.offset_fen else ()),
                ]
                for row in sorted(rows, key=lambda row: row.serial)
            ],
        }
    )
