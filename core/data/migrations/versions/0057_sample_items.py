"""Two letters of a sample never have one place; a stratum is as long as the name of an operator may be."""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0054"
branch_labels = None
depends_on = None

TABLE = "audit_sample_items"


def upgrade() -> None:
    with op.batch_alter_table(TABLE) as table:
        table.alter_column("stratum", existing_type=sa.String(60), type_=sa.String(120), existing_nullable=False)
        table.create_unique_constraint(op.f("uq_audit_sample_items_sample_id_place"), ["sample_id", "place"])


def downgrade() -> None:
    """Longer strata are cut: nothing is computed of them any more."""
    op.execute(f"UPDATE {TABLE} SET stratum = substr(stratum, 1, 60)")  # noqa: S608 - names of ours
    with op.batch_alter_table(TABLE) as table:
        table.drop_constraint(op.f("uq_audit_sample_items_sample_id_place"), type_="unique")
        table.alter_column("stratum", existing_type=sa.String(120), type_=sa.String(60), existing_nullable=False)
