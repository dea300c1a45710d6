"""Bills, their lines, and the monthly runs that make them."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _keys(table: str, *foreign: tuple[str, str]) -> tuple[sa.Constraint, ...]:
    named = [
        sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))
        for column, other in foreign
    ]
    return (*named, sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")))


def _indexes(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def upgrade() -> None:
    op.create_table(
        "billing_books",
        sa.Column("from_month", sa.String(length=7), nullable=False),
        sa.Column("operator_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        *_keys("billing_books", ("operator_id", "operators")),
        sa.UniqueConstraint("operator_id", name=op.f("uq_billing_books_operator_id")),
    )
    _indexes("billing_books", "operator_id")
    op.create_table(
        "billing_runs",
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("state", _choice("billing_state", "waiting", "done", "failed"), nullable=False),
        sa.Column("asked_by_id", NUMBER, nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done", NUMBER, nullable=False),
        sa.Column("whole", NUMBER, nullable=False),
        sa.Column("failure", sa.String(length=300), nullable=True),
        sa.Column("operator_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        *_keys("billing_runs", ("asked_by_id", "users"), ("operator_id", "operators")),
    )
    _indexes("billing_runs", "operator_id")
    op.create_index(
        "uq_billing_runs_waiting",
        "billing_runs",
        ["operator_id"],
        unique=True,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "bills",
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("kind", _choice("bill_kind", "regular", "deposit"), nullable=False),
        sa.Column("status", _choice("bill_status", "open", "void"), nullable=False),
        sa.Column("lease_id", NUMBER, nullable=False),
        sa.Column("run_id", NUMBER, nullable=True),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("total_fen", NUMBER, nullable=False),
        sa.Column("void_reason", sa.String(length=200), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", NUMBER, nullable=False),
        sa.Column("operator_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("first <= last", name=op.f("ck_bills_range")),
        sa.CheckConstraint("total_fen > 0", name=op.f("ck_bills_total_positive")),
        sa.CheckConstraint("(status = 'void') = (void_reason is not null)", name=op.f("ck_bills_void_with_reason")),
        *_keys(
            "bills",
            ("lease_id", "leases"),
            ("run_id", "billing_runs"),
            ("tenant_id", "tenants"),
            ("operator_id", "operators"),
        ),
        sa.UniqueConstraint("operator_id", "number", name=op.f("uq_bills_operator_id_number")),
    )
    _indexes("bills", "lease_id", "run_id", "due_on", "tenant_id", "operator_id")
    op.create_index(
        "uq_bills_period",
        "bills",
        ["lease_id", "kind", "first"],
        unique=True,
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_table(
        "bill_lines",
        sa.Column("bill_id", NUMBER, nullable=False),
        sa.Column("place", NUMBER, nullable=False),
        sa.Column(
            "fee", _choice("fee", "rent", "property", "utilities", "service", "deposit", "other"), nullable=False
        ),
        sa.Column("month", sa.String(length=7), nullable=True),
        sa.Column("amount_fen", NUMBER, nullable=False),
        sa.Column("tenant_id", NUMBER, nullable=False),
        sa.Column("operator_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_bill_lines_amount_positive")),
        *_keys("bill_lines", ("bill_id", "bills"), ("tenant_id", "tenants"), ("operator_id", "operators")),
        sa.UniqueConstraint("bill_id", "place", name=op.f("uq_bill_lines_bill_id_place")),
    )
    _indexes("bill_lines", "bill_id", "tenant_id", "operator_id")


def downgrade() -> None:
    for table in ("bill_lines", "bills", "billing_runs", "billing_books"):
        op.drop_table(table)
