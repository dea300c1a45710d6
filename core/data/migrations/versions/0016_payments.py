"""Payments of bills, and which line of which bill each paid; rent received knows the payment it came from."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
METHODS = ("transfer", "card", "cash", "other")


def upgrade() -> None:
    with op.batch_alter_table("bill_lines") as table:
        table.add_column(sa.Column("paid_fen", NUMBER, nullable=False, server_default="0"))
        table.create_check_constraint(op.f("ck_bill_lines_paid_within"), "paid_fen between 0 and amount_fen")
    with op.batch_alter_table("bill_lines") as table:
        table.alter_column("paid_fen", server_default=None, existing_nullable=False)
    method = sa.Enum(*METHODS, name="payment_method", native_enum=False, create_constraint=True, length=40)
    op.create_table(
        "payments",
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("amount_fen", NUMBER, nullable=False),
        sa.Column("free_fen", NUMBER, nullable=False),
        sa.Column("method", method, nullable=False),
        sa.Column("payer_name", sa.String(length=120), nullable=True),
        sa.Column("reference", sa.String(length=60), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=True),
        sa.Column("recorded_by_id", NUMBER, nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reversal_reason", sa.String(length=200), nullable=True),
        sa.Column("tenant_id", NUMBER, nullable=False),
        sa.Column("operator_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_payments_amount_positive")),
        sa.CheckConstraint("free_fen between 0 and amount_fen", name=op.f("ck_payments_free_within")),
        sa.CheckConstraint(
            "(reversed_at is null) = (reversal_reason is null)", name=op.f("ck_payments_reversed_with_reason")
        ),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_payments_operator_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["users.id"], name=op.f("fk_payments_recorded_by_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_payments_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
    )
    for column in ("operator_id", "tenant_id"):
        op.create_index(op.f(f"ix_payments_{column}"), "payments", [column])
    op.create_index(
        "uq_payments_reference",
        "payments",
        ["operator_id", "reference"],
        unique=True,
        sqlite_where=sa.text("reversed_at is null"),
        postgresql_where=sa.text("reversed_at is null"),
    )
    op.create_table(
        "allocations",
        sa.Column("payment_id", NUMBER, nullable=False),
        sa.Column("line_id", NUMBER, nullable=False),
        sa.Column("amount_fen", NUMBER, nullable=False),
        sa.Column("tenant_id", NUMBER, nullable=False),
        sa.Column("operator_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_allocations_amount_positive")),
        sa.ForeignKeyConstraint(["line_id"], ["bill_lines.id"], name=op.f("fk_allocations_line_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_allocations_operator_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_allocations_payment_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_allocations_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocations")),
        sa.UniqueConstraint("payment_id", "line_id", name=op.f("uq_allocations_payment_id_line_id")),
    )
    for column in ("line_id", "operator_id", "payment_id", "tenant_id"):
        op.create_index(op.f(f"ix_allocations_{column}"), "allocations", [column])
    with op.batch_alter_table("rent_payments") as table:
        table.add_column(sa.Column("payment_id", NUMBER))
        table.create_foreign_key(op.f("fk_rent_payments_payment_id"), "payments", ["payment_id"], ["id"])
    op.create_index(op.f("ix_rent_payments_payment_id"), "rent_payments", ["payment_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_rent_payments_payment_id"), "rent_payments")
    with op.batch_alter_table("rent_payments") as table:
        table.drop_constraint(op.f("fk_rent_payments_payment_id"), type_="foreignkey")
        table.drop_column("payment_id")
    op.drop_table("allocations")
    op.drop_table("payments")
    with op.batch_alter_table("bill_lines") as table:
        table.drop_constraint(op.f("ck_bill_lines_paid_within"), type_="check")
        table.drop_column("paid_fen")
