"""Runs of replay that auditors asked for, and the decisions that did not come out the same in them."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0047"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
STATES = ("waiting", "done", "stopped", "failed")
ANSWERS = ("same", "other_facts", "other_parameters", "other_code", "other_rules", "unavailable", "altered")


def _numbers(*names: str, null: bool = False) -> tuple[sa.Column[object], ...]:
    return tuple(sa.Column(name, NUMBER, nullable=null) for name in names)


def _foreign(table: str, **columns: str) -> tuple[sa.ForeignKeyConstraint, ...]:
    return tuple(
        sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))
        for column, other in columns.items()
    )


def _one_of(table: str, column: str, name: str, values: tuple[str, ...]) -> sa.CheckConstraint:
    return sa.CheckConstraint(
        f"{column} IN ({', '.join(repr(value) for value in values)})", name=op.f(f"ck_{table}_{name}")
    )


def upgrade() -> None:
    op.create_table(
        "replay_runs",
        *_numbers("id", "district_id", "upto_id", "at_id", "done", "whole", "difference_fen"),
        *_numbers("asked_by_id", null=True),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("selection", sa.JSON(), nullable=False),
        sa.Column("selection_digest", sa.String(length=71), nullable=False),
        sa.Column("rules_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("flips_digest", sa.String(length=71), nullable=True),
        sa.Column("same_since", MOMENT, nullable=True),
        sa.Column("failure", sa.String(length=300), nullable=True),
        _one_of("replay_runs", "state", "replay_state", STATES),
        sa.CheckConstraint("(state = 'waiting') = (ended_at is null)", name=op.f("ck_replay_runs_ended")),
        sa.CheckConstraint("(state = 'done') = (flips_digest is not null)", name=op.f("ck_replay_runs_done_whole")),
        *_foreign("replay_runs", district_id="districts", asked_by_id="users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replay_runs")),
    )
    for column in ("district_id", "asked_at", "selection_digest"):
        op.create_index(op.f(f"ix_replay_runs_{column}"), "replay_runs", [column])
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "uq_replay_runs_waiting",
        "replay_runs",
        ["district_id"],
        unique=True,
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    op.create_table(
        "replay_flips",
        *_numbers("id", "district_id", "run_id", "decision_id"),
        *_numbers("letter_id", "recorded_fen", "amount_fen", "difference_fen", null=True),
        sa.Column("answer", sa.String(length=40), nullable=False),
        sa.Column("first_check", sa.Text(), nullable=True),
        sa.Column("first_line", sa.Text(), nullable=True),
        sa.Column("expected", sa.JSON(), nullable=True),
        sa.Column("got", sa.JSON(), nullable=True),
        sa.Column("differences", sa.JSON(), nullable=False),
        _one_of("replay_flips", "answer", "replay_answer", ANSWERS),
        *_foreign(
            "replay_flips", district_id="districts", run_id="replay_runs", decision_id="decisions", letter_id="letters"
        ),
        sa.UniqueConstraint("run_id", "decision_id", name=op.f("uq_replay_flips_run_id_decision_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replay_flips")),
    )
    for column in ("district_id", "decision_id", "letter_id"):
        op.create_index(op.f(f"ix_replay_flips_{column}"), "replay_flips", [column])


def downgrade() -> None:
    for table in ("replay_flips", "replay_runs"):
        op.drop_table(table)
