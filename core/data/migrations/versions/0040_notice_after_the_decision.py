"""How long what was decided is announced before it is paid; at whose desk a case waits in each stay."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# As the desks were when this was written: of what runs now. What is over keeps none.
DESKS = {
    "window": ("submitted",),
    "first_reviewer": ("accepted",),
    "second_reviewer": ("first_review", "second_review", "objected", "appealed"),
    "approver": ("published", "revoking"),
    "payer": ("issued", "paid"),
}
CLOCKS = sa.table("case_clocks", sa.column("desk"), sa.column("state"), sa.column("ended_on"))


def upgrade() -> None:
    op.add_column("cases", sa.Column("notice_days", NUMBER, nullable=True))
    op.add_column("case_clocks", sa.Column("desk", sa.String(length=40), nullable=True))
    for desk, states in DESKS.items():
        running = CLOCKS.c.ended_on.is_(None) & CLOCKS.c.state.in_(states)
        op.execute(CLOCKS.update().where(running).values(desk=desk))


def downgrade() -> None:
    op.drop_column("case_clocks", "desk")
    op.drop_column("cases", "notice_days")
