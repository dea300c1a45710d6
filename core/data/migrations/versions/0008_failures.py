"""Cases that could not be assessed, and plugins out of service."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "assessment_failures",
        sa.Column("case_id", NUMBER, nullable=False),
        sa.Column("policy_key", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("times", NUMBER, nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", NUMBER, nullable=False),
        sa.Column("operator_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_assessment_failures_case_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_assessment_failures_operator_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_assessment_failures_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment_failures")),
        sa.UniqueConstraint("case_id", name=op.f("uq_assessment_failures_case_id")),
    )
    for column in ("operator_id", "policy_key", "tenant_id"):
        op.create_index(op.f(f"ix_assessment_failures_{column}"), "assessment_failures", [column])
    op.create_table(
        "plugin_states",
        sa.Column("policy_key", sa.String(length=60), nullable=False),
        sa.Column("held", sa.String(length=400), nullable=True),
        sa.Column("edition", NUMBER, nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", NUMBER, nullable=True),
        sa.Column("id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["changed_by_id"], ["users.id"], name=op.f("fk_plugin_states_changed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plugin_states")),
        sa.UniqueConstraint("policy_key", name=op.f("uq_plugin_states_policy_key")),
    )


def downgrade() -> None:
    op.drop_table("plugin_states")
    op.drop_table("assessment_failures")
