"""Support that a tenant had from elsewhere for the same evidence."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.create_table(
        "outside_supports",
        sa.Column("scheme", sa.String(length=120), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=True),
        sa.Column("level", _choice("support_level", "city", "district", "other"), nullable=False),
        sa.Column("kind", _choice("evidence_kind", "rent_month", "insured_month", "desk_fee_month"), nullable=False),
        sa.Column("month_from", sa.String(length=7), nullable=False),
        sa.Column("month_to", sa.String(length=7), nullable=False),
        sa.Column("amount_fen", NUMBER, nullable=False),
        sa.Column("granted_on", sa.Date(), nullable=False),
        sa.Column(
            "grade", _choice("grade", "government", "verified_original", "operator", "applicant"), nullable=False
        ),
        sa.Column("file_id", NUMBER, nullable=False),
        sa.Column("recorded_by_id", NUMBER, nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", NUMBER, nullable=False),
        sa.Column("operator_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_outside_supports_amount_positive")),
        sa.CheckConstraint("month_from <= month_to", name=op.f("ck_outside_supports_range")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_files.id"], name=op.f("fk_outside_supports_file_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_outside_supports_operator_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["users.id"], name=op.f("fk_outside_supports_recorded_by_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_outside_supports_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_supports")),
    )
    for column in ("operator_id", "tenant_id"):
        op.create_index(op.f(f"ix_outside_supports_{column}"), "outside_supports", [column])


def downgrade() -> None:
    op.drop_table("outside_supports")
