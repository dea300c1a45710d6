"""A case whose revocation is proposed; bookings of a pool's budget itself, and of what is committed no longer."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STATES = (
    "draft", "submitted", "returned", "not_admitted", "accepted", "first_review", "second_review", "published",
    "objected", "approved", "issued", "paid", "closed", "refused", "withdrawn", "appealed", "revoked", "recovery",
)  # fmt: skip
MOVES = ("reserve", "commit", "pay", "release")


def _words(*values: str) -> str:
    return ", ".join(f"'{value}'" for value in values)


def _allow(states: tuple[str, ...], moves: tuple[str, ...], *, budget: bool) -> None:
    for table_name, check, column, allowed in (
        ("cases", "case_state", "state", states),
        ("case_events", "from_state", "from_state", states),
        ("case_events", "to_state", "to_state", states),
        ("pool_entries", "pool_move", "move", moves),
    ):
        with op.batch_alter_table(table_name) as table:
            table.drop_constraint(op.f(f"ck_{table_name}_{check}"), type_="check")
            table.create_check_constraint(op.f(f"ck_{table_name}_{check}"), f"{column} IN ({_words(*allowed)})")
    with op.batch_alter_table("pool_entries") as table:
        table.alter_column("case_id", existing_type=NUMBER, nullable=budget)
    if op.get_bind().dialect.name == "sqlite":  # made anew, the table has lost them
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER case_events_no_{verb.lower()} BEFORE {verb} ON case_events "
                f"BEGIN SELECT RAISE(ABORT, 'case_events is append-only'); END"
            )


def upgrade() -> None:
    _allow(
        (*STATES[:16], "revoking", *STATES[16:]),
        (*MOVES, "uncommit", "budget", "carry_out", "carry_in"),
        budget=True,
    )


def downgrade() -> None:
    _allow(STATES, MOVES, budget=False)
