"""The fingerprint of a case's account as it stands; bookings of payments from before there were batches."""

import sqlalchemy as sa
from alembic import op

from core.data.crypto import Keyring

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

# Cases that were paid by a button, before `disbursements` was there: nothing but their booking says so.
BEFORE_BATCHES = (
    "UPDATE pool_entries SET before_batches = true WHERE move = 'pay' "
    "AND case_id NOT IN (SELECT case_id FROM disbursements)"
)


def upgrade() -> None:
    op.add_column("cases", sa.Column("payee_fingerprint", sa.String(length=64), nullable=True))
    op.add_column(
        "pool_entries", sa.Column("before_batches", sa.Boolean(), server_default=sa.false(), nullable=False)
    )  # fmt: skip
    op.execute(BEFORE_BATCHES)
    _fingerprints()


def _fingerprints() -> None:
    accounts = sa.text(
        "SELECT id, uid, operator_id, payee_name, payee_bank, payee_bank_code, payee_own, payee_account_sealed "
        "FROM cases WHERE payee_account_sealed IS NOT NULL"
    )
    for row in op.get_bind().execute(accounts).all():
        keys = Keyring.current()
        number = keys.open(bytes(row.payee_account_sealed), f"cases|{row.uid}|payee_account")
        own = "own" if row.payee_own else "unit"
        said = (row.payee_name or "", row.payee_bank or "", row.payee_bank_code or "", number, own)
        # As search_index was and is, whatever becomes of it later.
        known = keys._index(keys._search, f"{row.operator_id}|payee", "\x1f".join(said))
        change = sa.text("UPDATE cases SET payee_fingerprint = :known WHERE id = :id")
        op.get_bind().execute(change, {"id": row.id, "known": known})


def downgrade() -> None:
    op.drop_column("pool_entries", "before_batches")
    op.drop_column("cases", "payee_fingerprint")
