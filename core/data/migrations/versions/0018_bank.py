"""Bank statements and the lines of money that came in."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "bank_statements",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("repeated", NUMBER, nullable=False),
        sa.Column("outgoing", NUMBER, nullable=False),
        sa.Column("unread", NUMBER, nullable=False),
        sa.Column("imported_by_id", NUMBER, nullable=True),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("operator_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["imported_by_id"], ["users.id"], name=op.f("fk_bank_statements_imported_by_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_bank_statements_operator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_statements")),
    )
    op.create_index(op.f("ix_bank_statements_operator_id"), "bank_statements", ["operator_id"])
    op.create_table(
        "bank_lines",
        sa.Column("statement_id", NUMBER, nullable=False),
        sa.Column("row", NUMBER, nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("amount_fen", NUMBER, nullable=False),
        sa.Column("payer_name", sa.String(length=120), nullable=True),
        sa.Column("payer_tail", sa.String(length=4), nullable=True),
        sa.Column("remark", sa.String(length=300), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=True),
        sa.Column("balance_fen", NUMBER, nullable=True),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("payment_id", NUMBER, nullable=True),
        sa.Column("aside_reason", sa.String(length=200), nullable=True),
        sa.Column("aside_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("operator_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_bank_lines_amount_positive")),
        sa.CheckConstraint("(aside_at is null) = (aside_reason is null)", name=op.f("ck_bank_lines_aside_with_reason")),
        sa.CheckConstraint("aside_at is null or payment_id is null", name=op.f("ck_bank_lines_booked_or_aside")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_bank_lines_operator_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_bank_lines_payment_id")),
        sa.ForeignKeyConstraint(["statement_id"], ["bank_statements.id"], name=op.f("fk_bank_lines_statement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_lines")),
        sa.UniqueConstraint("operator_id", "key", name=op.f("uq_bank_lines_operator_id_key")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_bank_lines_payment_id")),
    )
    for column in ("operator_id", "received_on", "statement_id"):
        op.create_index(op.f(f"ix_bank_lines_{column}"), "bank_lines", [column])


def downgrade() -> None:
    for table in ("bank_lines", "bank_statements"):
        op.drop_table(table)
