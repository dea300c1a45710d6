"""Who was told that a lease ends, and how many days ahead."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "lease_reminders",
        sa.Column("lease_id", NUMBER, nullable=False),
        sa.Column("days", NUMBER, nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("operator_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["lease_id"], ["leases.id"], name=op.f("fk_lease_reminders_lease_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_lease_reminders_operator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lease_reminders")),
        sa.UniqueConstraint("lease_id", "days", "ends_on", name=op.f("uq_lease_reminders_lease_id_days_ends_on")),
    )
    for column in ("lease_id", "operator_id"):
        op.create_index(op.f(f"ix_lease_reminders_{column}"), "lease_reminders", [column])


def downgrade() -> None:
    op.drop_table("lease_reminders")
