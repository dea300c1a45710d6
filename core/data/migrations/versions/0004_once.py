"""What is granted once to an enterprise and to a founder."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    kind = sa.Enum("enterprise", "founder", name="once_kind", native_enum=False, create_constraint=True, length=40)
    op.create_table(
        "awards_once",
        sa.Column("award_id", number, nullable=False),
        sa.Column("policy_key", sa.String(length=60), nullable=False),
        sa.Column("kind", kind, nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", number, nullable=False),
        sa.Column("operator_id", number, nullable=False),
        sa.Column("id", number, nullable=False),
        sa.ForeignKeyConstraint(["award_id"], ["awards.id"], name=op.f("fk_awards_once_award_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_awards_once_operator_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_awards_once_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_awards_once")),
    )
    for column in ("award_id", "operator_id", "tenant_id"):
        op.create_index(op.f(f"ix_awards_once_{column}"), "awards_once", [column])
    held = sa.text("released_at is null")
    op.create_index(
        "uq_awards_once_held",
        "awards_once",
        ["policy_key", "kind", "subject"],
        unique=True,
        sqlite_where=held,
        postgresql_where=held,
    )


def downgrade() -> None:
    op.drop_table("awards_once")
