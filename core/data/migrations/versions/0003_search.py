"""Search of tenants by any substring, and indexes in the order in which they are listed."""

import sqlalchemy as sa
from alembic import op

from core.data import search

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SEARCHED = ("name", "uscc", "industry", "contact_name", "contact_phone")
BATCH = 1000


def upgrade() -> None:
    connection = op.get_bind()
    op.add_column("tenants", sa.Column("search_text", sa.Text(), server_default="", nullable=False))
    tenants = sa.table("tenants", *map(sa.column, ("id", *SEARCHED, "search_text")))
    last = 0
    while rows := connection.execute(
        sa.select(tenants).where(tenants.c.id > last).order_by(tenants.c.id).limit(BATCH)
    ).all():
        connection.execute(
            sa.update(tenants).where(tenants.c.id == sa.bindparam("row")).values(search_text=sa.bindparam("made")),
            [{"row": r.id, "made": search.index_text([getattr(r, name) for name in SEARCHED])} for r in rows],
        )
        last = rows[-1].id
    for statement in search.create("tenants", connection.dialect.name):
        connection.exec_driver_sql(statement)
    op.create_index("ix_tenants_listed", "tenants", ["operator_id", "merged_into_id", "name"])
    op.create_index("ix_tenants_listed_by_stage", "tenants", ["operator_id", "merged_into_id", "stage", "name"])


def downgrade() -> None:
    connection = op.get_bind()
    op.drop_index("ix_tenants_listed_by_stage", "tenants")
    op.drop_index("ix_tenants_listed", "tenants")
    for statement in search.drop("tenants", connection.dialect.name):
        connection.exec_driver_sql(statement)
    op.drop_column("tenants", "search_text")
