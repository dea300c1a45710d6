"""Rounds that share out what is scarce: their wishes and runs; and what an award grants where it is not money."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.create_table(
        "allocation_rounds",
        sa.Column("policy_key", sa.String(length=60), nullable=False),
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("state", _choice("round_state", "open", "adopted", "discarded"), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("opened_by_id", NUMBER, nullable=True),
        sa.Column("run_by_id", NUMBER, nullable=True),
        sa.Column("adopted_by_id", NUMBER, nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("operator_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint(
            "(state = 'adopted') = (adopted_by_id is not null)", name=op.f("ck_allocation_rounds_adopted_by_somebody")
        ),
        sa.CheckConstraint(
            "adopted_by_id is null or adopted_by_id <> run_by_id", name=op.f("ck_allocation_rounds_two_people")
        ),
        sa.ForeignKeyConstraint(["adopted_by_id"], ["users.id"], name=op.f("fk_allocation_rounds_adopted_by_id")),
        sa.ForeignKeyConstraint(["opened_by_id"], ["users.id"], name=op.f("fk_allocation_rounds_opened_by_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_allocation_rounds_operator_id")),
        sa.ForeignKeyConstraint(["run_by_id"], ["users.id"], name=op.f("fk_allocation_rounds_run_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocation_rounds")),
        sa.UniqueConstraint(
            "operator_id", "policy_key", "number", name=op.f("uq_allocation_rounds_operator_id_policy_key_number")
        ),
    )
    op.create_index(op.f("ix_allocation_rounds_operator_id"), "allocation_rounds", ["operator_id"])
    op.create_index(
        "uq_allocation_rounds_open",
        "allocation_rounds",
        ["operator_id", "policy_key"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "round_runs",
        sa.Column("round_id", NUMBER, nullable=False),
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("state", _choice("run_state", "waiting", "done", "failed"), nullable=False),
        sa.Column("asked_by_id", NUMBER, nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("digest", sa.String(length=71), nullable=True),
        sa.Column("matched", NUMBER, nullable=True),
        sa.Column("left", NUMBER, nullable=True),
        sa.Column("total_fit", NUMBER, nullable=True),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("operator_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("(state = 'done') = (digest is not null)", name=op.f("ck_round_runs_done_has_digest")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["users.id"], name=op.f("fk_round_runs_asked_by_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_round_runs_operator_id")),
        sa.ForeignKeyConstraint(["round_id"], ["allocation_rounds.id"], name=op.f("fk_round_runs_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_runs")),
        sa.UniqueConstraint("round_id", "number", name=op.f("uq_round_runs_round_id_number")),
    )
    op.create_index(op.f("ix_round_runs_operator_id"), "round_runs", ["operator_id"])
    op.create_index(op.f("ix_round_runs_round_id"), "round_runs", ["round_id"])
    op.create_table(
        "round_wishes",
        sa.Column("round_id", NUMBER, nullable=False),
        sa.Column("case_id", NUMBER, nullable=False),
        sa.Column("offer_ref", sa.String(length=40), nullable=False),
        sa.Column("kind", _choice("wish_kind", "pin", "ban"), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("by_id", NUMBER, nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("operator_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_round_wishes_by_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_round_wishes_case_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_round_wishes_operator_id")),
        sa.ForeignKeyConstraint(["round_id"], ["allocation_rounds.id"], name=op.f("fk_round_wishes_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_wishes")),
        sa.UniqueConstraint(
            "round_id", "case_id", "offer_ref", name=op.f("uq_round_wishes_round_id_case_id_offer_ref")
        ),
    )
    op.create_index(op.f("ix_round_wishes_operator_id"), "round_wishes", ["operator_id"])
    op.create_index(op.f("ix_round_wishes_round_id"), "round_wishes", ["round_id"])
    op.add_column("awards", sa.Column("granted", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("awards", "granted")
    for table in ("round_wishes", "round_runs", "allocation_rounds"):
        op.drop_table(table)
