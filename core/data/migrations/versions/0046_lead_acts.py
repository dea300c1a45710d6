"""What became of leads."""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "lead_acts",
        sa.Column("lead_id", NUMBER, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", NUMBER, nullable=True),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("district_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_lead_acts_actor_id")),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_lead_acts_district_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name=op.f("fk_lead_acts_lead_id")),
        sa.CheckConstraint(
            "kind IN ('found', 'changed', 'gone', 'came_back', 'taken', 'left', 'confirmed', 'false', 'reopened')",
            name=op.f("ck_lead_acts_lead_act_kind"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_acts")),
    )
    op.create_index(op.f("ix_lead_acts_district_id"), "lead_acts", ["district_id"])
    op.create_index(op.f("ix_lead_acts_lead_id"), "lead_acts", ["lead_id"])


def downgrade() -> None:
    for table in ("lead_acts",):
        op.drop_table(table)
