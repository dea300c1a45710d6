"""Leases from draft to notice: how rent is quoted and paid, fees, what a lease renews; one unit, one lease."""

import sqlalchemy as sa
from alembic import op

from core.data import holding

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BASES = ("month", "sqm_day_mean", "sqm_day", "sqm_month", "desk_month")
BEFORE = "'draft', 'running', 'ended'"
STATUSES = "'draft', 'offered', 'running', 'notice', 'ended'"
CHECKS = {
    "pay_months": "pay_months between 1 and 12",
    "rate_of_its_basis": "(rate_basis = 'month') = (rate_e4 is null)",
    "notice_whole": "(notice_on is null) = (notice_by is null)",
}
COLUMNS = (
    "rate_basis", "rate_e4", "rate_quantity", "deposit_months", "pay_months", "due_days", "offer_until", "signed_on",
    "notice_on", "notice_by", "agreed_until", "renews_id",
)  # fmt: skip
# Of two leases that hold one unit on one day, the later one becomes a draft: which of them is right, people must say.
OVERLAPPING = (
    "SELECT DISTINCT l.id FROM leases l JOIN lease_spaces s ON s.lease_id = l.id "
    "JOIN lease_spaces t ON t.space_id = s.space_id AND t.lease_id < s.lease_id JOIN leases o ON o.id = t.lease_id "
    "WHERE l.status <> 'draft' AND o.status <> 'draft' "
    "AND (l.ends_on IS NULL OR o.starts_on <= l.ends_on) AND (o.ends_on IS NULL OR l.starts_on <= o.ends_on) "
    "AND NOT (l.status = 'ended' AND l.ends_on IS NULL) AND NOT (o.status = 'ended' AND o.ends_on IS NULL) "
    "ORDER BY l.id LIMIT 1"
)


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    with op.batch_alter_table("leases") as table:
        table.add_column(sa.Column("rate_basis", _choice("rate_basis", *BASES), nullable=False, server_default="month"))
        table.add_column(sa.Column("rate_e4", NUMBER))
        table.add_column(sa.Column("rate_quantity", NUMBER))
        table.add_column(sa.Column("deposit_months", NUMBER))
        table.add_column(sa.Column("pay_months", NUMBER, nullable=False, server_default="1"))
        table.add_column(sa.Column("due_days", NUMBER, nullable=False, server_default="0"))
        table.add_column(sa.Column("offer_until", sa.Date()))
        table.add_column(sa.Column("signed_on", sa.Date()))
        table.add_column(sa.Column("notice_on", sa.Date()))
        table.add_column(sa.Column("notice_by", _choice("notice_by", "tenant", "operator", "both")))
        table.add_column(sa.Column("agreed_until", sa.Date()))
        table.add_column(sa.Column("renews_id", NUMBER))
        table.create_foreign_key(op.f("fk_leases_renews_id"), "leases", ["renews_id"], ["id"])
        table.create_unique_constraint(op.f("uq_leases_renews_id"), ["renews_id"])
        table.drop_constraint(op.f("ck_leases_lease_status"), type_="check")
        table.create_check_constraint(op.f("ck_leases_lease_status"), f"status IN ({STATUSES})")
        for name, check in CHECKS.items():
            table.create_check_constraint(op.f(f"ck_leases_{name}"), check)
    with op.batch_alter_table("leases") as table:
        for column in ("rate_basis", "pay_months", "due_days"):
            table.alter_column(column, server_default=None, existing_nullable=False)
    op.add_column("rent_terms", sa.Column("rate_e4", NUMBER))
    op.create_table(
        "lease_fees",
        sa.Column("lease_id", NUMBER, nullable=False),
        sa.Column("kind", _choice("fee_kind", "property", "service", "other"), nullable=False),
        sa.Column("monthly_fen", NUMBER, nullable=False),
        sa.Column("operator_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("monthly_fen > 0", name=op.f("ck_lease_fees_fee_positive")),
        sa.ForeignKeyConstraint(["lease_id"], ["leases.id"], name=op.f("fk_lease_fees_lease_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_lease_fees_operator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lease_fees")),
        sa.UniqueConstraint("lease_id", "kind", name=op.f("uq_lease_fees_lease_id_kind")),
    )
    for column in ("lease_id", "operator_id"):
        op.create_index(op.f(f"ix_lease_fees_{column}"), "lease_fees", [column])
    connection = op.get_bind()
    while (lease := connection.scalar(sa.text(OVERLAPPING))) is not None:
        connection.execute(sa.text("UPDATE leases SET status = 'draft' WHERE id = :id"), {"id": lease})
    for name in ("leases", "lease_spaces"):
        for statement in holding.triggers(name, connection.dialect.name):
            op.execute(statement)


def downgrade() -> None:
    for name in ("leases", "lease_spaces"):
        for statement in holding.drop(name, op.get_bind().dialect.name):
            op.execute(statement)
    op.execute("UPDATE leases SET status = 'running' WHERE status = 'notice'")
    op.execute("UPDATE leases SET status = 'draft' WHERE status = 'offered'")
    op.drop_table("lease_fees")
    op.drop_column("rent_terms", "rate_e4")
    with op.batch_alter_table("leases") as table:
        for name in (*CHECKS, "rate_basis", "notice_by", "lease_status"):
            table.drop_constraint(op.f(f"ck_leases_{name}"), type_="check")
        table.drop_constraint(op.f("fk_leases_renews_id"), type_="foreignkey")
        table.drop_constraint(op.f("uq_leases_renews_id"), type_="unique")
        for column in COLUMNS:
            table.drop_column(column)
        table.create_check_constraint(op.f("ck_leases_lease_status"), f"status IN ({BEFORE})")
