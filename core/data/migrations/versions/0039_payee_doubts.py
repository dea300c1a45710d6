"""Accounts that were found to be wrong, and what a review was bound to before and after an account was changed."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FOREIGN = {"case_id": "cases", "by_id": "users", "operator_id": "operators", "tenant_id": "tenants"}


def upgrade() -> None:
    op.create_table(
        "payee_doubts",
        *(sa.Column(name, NUMBER, nullable=False) for name in ("id", *FOREIGN)),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_payee_doubts_{column}"))
            for column, table in FOREIGN.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payee_doubts")),
    )
    for column in ("case_id", "tenant_id", "operator_id"):
        op.create_index(op.f(f"ix_payee_doubts_{column}"), "payee_doubts", [column])
    for name in ("content_before", "content_after"):
        op.add_column("payee_changes", sa.Column(name, sa.String(length=71), nullable=True))


def downgrade() -> None:
    for name in ("content_after", "content_before"):
        op.drop_column("payee_changes", name)
    op.drop_table("payee_doubts")
