"""Pools: who bears them, changes by two persons, the waiting list; budgets are bookings too."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SHARES = "city_bp >= 0 and district_bp >= 0 and city_bp + district_bp = 10000"
PROPOSED = "state = 'proposed'"
CHANGE_CHECKS = {
    "two_people": "decided_by_id is null or decided_by_id <> proposed_by_id",
    "decided": "(state in ('confirmed', 'declined')) = (decided_by_id is not null)",
    "amount": "amount_fen > 0 or (amount_fen = 0 and kind in ('set_up', 'carry_over'))",
    "shares": SHARES,
    "set_up_whole": "(kind = 'set_up') = (budget_line is not null) and (kind = 'set_up') = (city_bp is not null)"
    " and (kind = 'set_up') = (district_bp is not null)",
    "of_a_pool": "pool_id is not null or (kind = 'set_up' and state <> 'confirmed')",
}
ENTRY_CHECKS = {
    "only_budgets_fall": "amount_fen >= 0 or move = 'budget'",
    "of_a_case": "(case_id is null) = (move in ('budget', 'carry_out', 'carry_in'))",
}


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _instant(name: str, *, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _keys(table: str, *foreign: tuple[str, str]) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("district_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        *(
            sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))
            for column, other in (*foreign, ("district_id", "districts"))
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def upgrade() -> None:
    with op.batch_alter_table("pools") as table:
        table.add_column(sa.Column("budget_line", sa.String(length=80), nullable=True))
        table.add_column(sa.Column("city_bp", NUMBER, nullable=True))
        table.add_column(sa.Column("district_bp", NUMBER, nullable=True))
        table.add_column(_instant("carried_at"))
        table.create_check_constraint(op.f("ck_pools_shares"), SHARES)
    op.create_table(
        "pool_changes",
        sa.Column("policy_key", sa.String(length=60), nullable=False),
        sa.Column("year", NUMBER, nullable=False),
        sa.Column("pool_id", NUMBER, nullable=True),
        sa.Column("kind", _choice("pool_change_kind", "set_up", "raise", "lower", "carry_over"), nullable=False),
        sa.Column("amount_fen", NUMBER, nullable=False),
        sa.Column("document", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("budget_line", sa.String(length=80), nullable=True),
        sa.Column("city_bp", NUMBER, nullable=True),
        sa.Column("district_bp", NUMBER, nullable=True),
        sa.Column(
            "state", _choice("pool_change_state", "proposed", "confirmed", "declined", "withdrawn"), nullable=False
        ),
        sa.Column("proposed_by_id", NUMBER, nullable=False),
        _instant("proposed_at", nullable=False),
        sa.Column("decided_by_id", NUMBER, nullable=True),
        _instant("decided_at"),
        sa.Column("answer", sa.String(length=400), nullable=True),
        *_keys("pool_changes", ("pool_id", "pools"), ("proposed_by_id", "users"), ("decided_by_id", "users")),
        *(sa.CheckConstraint(check, name=op.f(f"ck_pool_changes_{name}")) for name, check in CHANGE_CHECKS.items()),
    )
    op.create_index(op.f("ix_pool_changes_district_id"), "pool_changes", ["district_id"])
    op.create_index(op.f("ix_pool_changes_pool_id"), "pool_changes", ["pool_id"])
    op.create_index(
        "uq_pool_changes_proposed", "pool_changes", ["district_id", "policy_key", "year"], unique=True,
        sqlite_where=sa.text(PROPOSED), postgresql_where=sa.text(PROPOSED),
    )  # fmt: skip
    op.create_table(
        "pool_waits",
        sa.Column("pool_id", NUMBER, nullable=False),
        sa.Column("case_id", NUMBER, nullable=False),
        sa.Column("amount_fen", NUMBER, nullable=False),
        _instant("since", nullable=False),
        *_keys("pool_waits", ("pool_id", "pools"), ("case_id", "cases")),
        sa.UniqueConstraint("case_id", name=op.f("uq_pool_waits_case_id")),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_pool_waits_amount_positive")),
    )
    op.create_index(op.f("ix_pool_waits_district_id"), "pool_waits", ["district_id"])
    op.create_index("ix_pool_waits_turn", "pool_waits", ["pool_id", "since", "case_id"])
    with op.batch_alter_table("pool_entries") as table:
        table.add_column(sa.Column("change_id", NUMBER, nullable=True))
        table.create_foreign_key(op.f("fk_pool_entries_change_id"), "pool_changes", ["change_id"], ["id"])
        for name, check in ENTRY_CHECKS.items():
            table.create_check_constraint(op.f(f"ck_pool_entries_{name}"), check)
    op.create_index(op.f("ix_pool_entries_change_id"), "pool_entries", ["change_id"])
    _book_budgets()


def _book_budgets() -> None:
    """Budgets that were there before budgets were booked."""
    names = ("district_id", "pool_id", "move", "amount_fen", "at")
    entries = sa.table("pool_entries", *(sa.column(name) for name in names))
    pools = sa.table("pools", *(sa.column(name) for name in ("id", "district_id", "total_fen")))
    of = pools.c
    rows = sa.select(of.district_id, of.id, sa.literal("budget"), of.total_fen, sa.func.current_timestamp())
    op.execute(entries.insert().from_select(names, rows.where(of.total_fen > 0)))


def downgrade() -> None:
    op.execute("DELETE FROM pool_entries WHERE case_id IS NULL")
    op.drop_index(op.f("ix_pool_entries_change_id"), "pool_entries")
    with op.batch_alter_table("pool_entries") as table:
        for name in ENTRY_CHECKS:
            table.drop_constraint(op.f(f"ck_pool_entries_{name}"), type_="check")
        table.drop_constraint(op.f("fk_pool_entries_change_id"), type_="foreignkey")
        table.drop_column("change_id")
    op.drop_table("pool_waits")
    op.drop_table("pool_changes")
    with op.batch_alter_table("pools") as table:
        table.drop_constraint(op.f("ck_pools_shares"), type_="check")
        for name in ("carried_at", "district_bp", "city_bp", "budget_line"):
            table.drop_column(name)
