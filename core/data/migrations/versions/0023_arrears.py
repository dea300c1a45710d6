"""On which day payments went to lines, so that arrears of a past day can be told; dunning."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LEVELS = ("reminder", "demand", "final")
OWED = "amount_fen > paid_fen + credited_fen"
WAITING = "how = 'mail' and mailed_at is null"


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _instant(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _keys(table: str, *foreign: tuple[str, str], tenant: bool = True) -> tuple[sa.schema.SchemaItem, ...]:
    owners = (*((("tenant_id", "tenants"),) if tenant else ()), ("operator_id", "operators"))
    return (
        *(sa.Column(column, NUMBER, nullable=False) for column, _other in owners),
        sa.Column("id", NUMBER, nullable=False),
        *(
            sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))
            for column, other in (*foreign, *owners)
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _indexes(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def upgrade() -> None:
    op.create_table(
        "allocation_moves",
        sa.Column("payment_id", NUMBER, nullable=False),
        sa.Column("line_id", NUMBER, nullable=False),
        sa.Column("moved_on", sa.Date(), nullable=False),
        sa.Column("amount_fen", NUMBER, nullable=False),
        *_keys("allocation_moves", ("payment_id", "payments"), ("line_id", "bill_lines")),
        sa.CheckConstraint("amount_fen <> 0", name=op.f("ck_allocation_moves_amount_not_zero")),
    )
    _indexes("allocation_moves", "payment_id", "line_id", "tenant_id", "operator_id")
    op.create_index(
        "ix_allocation_moves_paid", "allocation_moves", ["operator_id", "moved_on", "line_id", "amount_fen"]
    )
    _from_allocations()
    op.create_index(
        "ix_bill_lines_owed", "bill_lines", ["operator_id", "tenant_id", "bill_id"],
        sqlite_where=sa.text(OWED), postgresql_where=sa.text(OWED),
    )  # fmt: skip
    op.create_table(
        "dunning_rules",
        *(sa.Column(f"{name}_days", NUMBER, nullable=False) for name in (*LEVELS, "grace")),
        sa.Column("pay_to", sa.String(length=300), nullable=True),
        sa.Column("by_itself", sa.Boolean(), nullable=False),
        *_keys("dunning_rules", tenant=False),
        sa.UniqueConstraint("operator_id", name=op.f("uq_dunning_rules_operator_id")),
        sa.CheckConstraint(
            "reminder_days > 0 and demand_days > reminder_days and final_days > demand_days",
            name=op.f("ck_dunning_rules_days_rise"),
        ),
        sa.CheckConstraint("grace_days > 0", name=op.f("ck_dunning_rules_grace_positive")),
    )
    _indexes("dunning_rules", "operator_id")
    op.create_table(
        "dunning_holds",
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("made_by_id", NUMBER, nullable=True),
        _instant("made_at", nullable=False),
        _instant("lifted_at"),
        *_keys("dunning_holds", ("made_by_id", "users")),
    )
    _indexes("dunning_holds", "tenant_id", "operator_id")
    op.create_table(
        "dunnings",
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("level", _choice("dunning_level", *LEVELS), nullable=False),
        sa.Column("how", _choice("dunning_how", "mail", "print"), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=False),
        sa.Column("pay_by", sa.Date(), nullable=False),
        sa.Column("total_fen", NUMBER, nullable=False),
        sa.Column("pay_to", sa.String(length=300), nullable=True),
        sa.Column("sent_by_id", NUMBER, nullable=True),
        _instant("mailed_at"),
        sa.Column("mailed_to", sa.String(length=500), nullable=True),
        *_keys("dunnings", ("sent_by_id", "users")),
        sa.UniqueConstraint("operator_id", "number", name=op.f("uq_dunnings_operator_id_number")),
        sa.CheckConstraint("total_fen > 0", name=op.f("ck_dunnings_total_positive")),
    )
    _indexes("dunnings", "tenant_id", "operator_id")
    op.create_index(
        "ix_dunnings_waiting", "dunnings", ["id"], sqlite_where=sa.text(WAITING), postgresql_where=sa.text(WAITING)
    )
    op.create_table(
        "dunning_bills",
        sa.Column("dunning_id", NUMBER, nullable=False),
        sa.Column("bill_id", NUMBER, nullable=False),
        sa.Column("level", _choice("dunning_level", *LEVELS), nullable=True),
        sa.Column("rest_fen", NUMBER, nullable=False),
        sa.Column("days", NUMBER, nullable=False),
        _instant("restarted_at"),
        *_keys("dunning_bills", ("dunning_id", "dunnings"), ("bill_id", "bills")),
        sa.UniqueConstraint("dunning_id", "bill_id", name=op.f("uq_dunning_bills_dunning_id_bill_id")),
        sa.CheckConstraint("rest_fen > 0", name=op.f("ck_dunning_bills_rest_positive")),
        sa.CheckConstraint("days > 0", name=op.f("ck_dunning_bills_late")),
    )
    _indexes("dunning_bills", "dunning_id", "bill_id", "tenant_id", "operator_id")
    op.create_index(
        "uq_dunning_bills_level", "dunning_bills", ["bill_id", "level"], unique=True,
        sqlite_where=sa.text("restarted_at is null"), postgresql_where=sa.text("restarted_at is null"),
    )  # fmt: skip


def _from_allocations() -> None:
    """Allocations made before this had no day: the money was there, and so was the bill. Those of a payment that was
    taken back end on that day."""
    names = ("payment_id", "line_id", "moved_on", "amount_fen", "tenant_id", "operator_id")
    moves = sa.table("allocation_moves", *(sa.column(name) for name in names))
    allocations = sa.table("allocations", *(sa.column(name) for name in names if name != "moved_on"))
    payments = sa.table("payments", *(sa.column(name) for name in ("id", "received_on", "reversed_at")))
    lines = sa.table("bill_lines", sa.column("id"), sa.column("bill_id"))
    bills = sa.table("bills", sa.column("id"), sa.column("issued_on"))
    of, paid = allocations.c, payments.c
    if op.get_bind().dialect.name == "sqlite":
        back = sa.func.date(paid.reversed_at, "+8 hours")
    else:
        back = sa.cast(sa.func.timezone("Asia/Shanghai", paid.reversed_at), sa.Date)
    there = sa.case((paid.received_on > bills.c.issued_on, paid.received_on), else_=bills.c.issued_on)
    later = sa.case((back > there, back), else_=there)
    joined = (
        allocations.join(payments, paid.id == of.payment_id)
        .join(lines, lines.c.id == of.line_id)
        .join(bills, bills.c.id == lines.c.bill_id)
    )
    for day, fen, where in ((there, of.amount_fen, sa.true()), (later, -of.amount_fen, paid.reversed_at.is_not(None))):
        rows = sa.select(of.payment_id, of.line_id, day, fen, of.tenant_id, of.operator_id)
        op.execute(moves.insert().from_select(names, rows.select_from(joined).where(where)))


def downgrade() -> None:
    op.drop_index("ix_bill_lines_owed", "bill_lines")
    for table in ("dunning_bills", "dunnings", "dunning_holds", "dunning_rules", "allocation_moves"):
        op.drop_table(table)
