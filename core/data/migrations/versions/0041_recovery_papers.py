"""Papers that a tenant hands in with a statement or an appeal of a recovery."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FOREIGN = {
    "recovery_id": "recoveries",
    "act_id": "recovery_acts",
    "file_id": "stored_files",
    "tenant_id": "tenants",
    "operator_id": "operators",
}


def upgrade() -> None:
    op.create_table(
        "recovery_papers",
        *(sa.Column(name, NUMBER, nullable=False) for name in (*FOREIGN, "id")),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_recovery_papers_{column}"))
            for column, table in FOREIGN.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_papers")),
        sa.UniqueConstraint("act_id", "file_id", name=op.f("uq_recovery_papers_act_id_file_id")),
    )
    for column in ("recovery_id", "tenant_id", "operator_id"):
        op.create_index(op.f(f"ix_recovery_papers_{column}"), "recovery_papers", [column])


def downgrade() -> None:
    op.drop_table("recovery_papers")
