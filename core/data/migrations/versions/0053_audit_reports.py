"""The report of an engagement, kept as it was when it was closed."""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "audit_reports",
        sa.Column("engagement_id", NUMBER, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", NUMBER, nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("uploaded_by_id", NUMBER, nullable=True),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_audit_reports_district_id")),
        sa.ForeignKeyConstraint(
            ["engagement_id"], ["audit_engagements.id"], name=op.f("fk_audit_reports_engagement_id")
        ),
        sa.ForeignKeyConstraint(["uploaded_by_id"], ["users.id"], name=op.f("fk_audit_reports_uploaded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_reports")),
        sa.UniqueConstraint("engagement_id", name=op.f("uq_audit_reports_engagement_id")),
    )
    op.create_index(op.f("ix_audit_reports_district_id"), "audit_reports", ["district_id"])
    op.create_index(op.f("ix_audit_reports_sha256"), "audit_reports", ["sha256"])


def downgrade() -> None:
    op.drop_table("audit_reports")
