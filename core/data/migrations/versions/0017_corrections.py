"""Credit notes and refunds; bills by hand, of opening balances and of utilities."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
METHODS = ("transfer", "card", "cash", "offset", "opening", "other")
KINDS = ("regular", "deposit", "utilities", "opening", "extra")
PERIODIC = "status = 'open' and kind in ('regular', 'deposit', 'utilities')"
UNDONE = "(undone_at is null) = (undo_reason is null)"


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _in(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def _scope(table: str, *foreign: tuple[str, str]) -> tuple[sa.schema.SchemaItem, ...]:
    owners = (("tenant_id", "tenants"), ("operator_id", "operators"))
    return (
        *(sa.Column(column, NUMBER, nullable=False) for column, _other in owners),
        sa.Column("id", NUMBER, nullable=False),
        *(
            sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))
            for column, other in (*foreign, *owners)
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _recorded() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("recorded_by_id", NUMBER, nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undo_reason", sa.String(length=200), nullable=True),
    )


def _indexes(table: str, *columns: str) -> None:
    for column in (*columns, "tenant_id", "operator_id"):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def _period(where: str) -> None:
    op.create_index(
        "uq_bills_period", "bills", ["lease_id", "kind", "first"], unique=True,
        sqlite_where=sa.text(where), postgresql_where=sa.text(where),
    )  # fmt: skip


def upgrade() -> None:
    op.drop_index("uq_bills_period", "bills")
    with op.batch_alter_table("bills") as table:
        table.add_column(sa.Column("note", sa.String(length=200)))
        table.alter_column("lease_id", existing_type=NUMBER, nullable=True)
        table.drop_constraint(op.f("ck_bills_bill_kind"), type_="check")
        table.create_check_constraint(op.f("ck_bills_bill_kind"), _in("kind", KINDS))
        table.create_check_constraint(
            op.f("ck_bills_lease_of_period"), "lease_id is not null or kind in ('opening', 'extra')"
        )
    _period(PERIODIC)
    with op.batch_alter_table("bill_lines") as table:
        table.add_column(sa.Column("what", sa.String(length=80)))
        table.add_column(sa.Column("credited_fen", NUMBER, nullable=False, server_default="0"))
        table.create_check_constraint(
            op.f("ck_bill_lines_credited_within"), "credited_fen between 0 and amount_fen - paid_fen"
        )
    with op.batch_alter_table("bill_lines") as table:
        table.alter_column("credited_fen", server_default=None, existing_nullable=False)
    with op.batch_alter_table("payments") as table:
        table.add_column(sa.Column("refunded_fen", NUMBER, nullable=False, server_default="0"))
        table.create_check_constraint(
            op.f("ck_payments_refunded_within"), "refunded_fen between 0 and amount_fen - free_fen"
        )
        table.drop_constraint(op.f("ck_payments_payment_method"), type_="check")
        table.create_check_constraint(op.f("ck_payments_payment_method"), _in("method", METHODS))
    with op.batch_alter_table("payments") as table:
        table.alter_column("refunded_fen", server_default=None, existing_nullable=False)
    op.create_table(
        "credit_notes",
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("bill_id", NUMBER, nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("kind", _choice("credit_reason", "waiver", "correction", "early_end", "deposit"), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("total_fen", NUMBER, nullable=False),
        *_recorded(),
        *_scope("credit_notes", ("bill_id", "bills"), ("recorded_by_id", "users")),
        sa.UniqueConstraint("operator_id", "number", name=op.f("uq_credit_notes_operator_id_number")),
        sa.CheckConstraint("total_fen > 0", name=op.f("ck_credit_notes_total_positive")),
        sa.CheckConstraint(UNDONE, name=op.f("ck_credit_notes_undone_with_reason")),
    )
    _indexes("credit_notes", "bill_id")
    op.create_table(
        "credit_lines",
        sa.Column("note_id", NUMBER, nullable=False),
        sa.Column("line_id", NUMBER, nullable=False),
        sa.Column("amount_fen", NUMBER, nullable=False),
        *_scope("credit_lines", ("note_id", "credit_notes"), ("line_id", "bill_lines")),
        sa.UniqueConstraint("note_id", "line_id", name=op.f("uq_credit_lines_note_id_line_id")),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_credit_lines_amount_positive")),
    )
    _indexes("credit_lines", "note_id", "line_id")
    op.create_table(
        "refunds",
        sa.Column("payment_id", NUMBER, nullable=False),
        sa.Column("amount_fen", NUMBER, nullable=False),
        sa.Column("refunded_on", sa.Date(), nullable=False),
        sa.Column("method", _choice("payment_method", *METHODS), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("into_id", NUMBER, nullable=True),
        *_recorded(),
        *_scope("refunds", ("payment_id", "payments"), ("into_id", "payments"), ("recorded_by_id", "users")),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_refunds_amount_positive")),
        sa.CheckConstraint(UNDONE, name=op.f("ck_refunds_undone_with_reason")),
    )
    _indexes("refunds", "payment_id", "into_id")


def downgrade() -> None:
    for table in ("refunds", "credit_lines", "credit_notes"):
        op.drop_table(table)
    with op.batch_alter_table("payments") as batch:
        for name in ("refunded_within", "payment_method"):
            batch.drop_constraint(op.f(f"ck_payments_{name}"), type_="check")
        batch.drop_column("refunded_fen")
        batch.create_check_constraint(
            op.f("ck_payments_payment_method"), _in("method", ("transfer", "card", "cash", "other"))
        )
    with op.batch_alter_table("bill_lines") as batch:
        batch.drop_constraint(op.f("ck_bill_lines_credited_within"), type_="check")
        batch.drop_column("credited_fen")
        batch.drop_column("what")
    op.drop_index("uq_bills_period", "bills")
    with op.batch_alter_table("bills") as batch:
        for name in ("lease_of_period", "bill_kind"):
            batch.drop_constraint(op.f(f"ck_bills_{name}"), type_="check")
        batch.create_check_constraint(op.f("ck_bills_bill_kind"), _in("kind", ("regular", "deposit")))
        batch.alter_column("lease_id", existing_type=NUMBER, nullable=False)
        batch.drop_column("note")
    _period("status = 'open'")
