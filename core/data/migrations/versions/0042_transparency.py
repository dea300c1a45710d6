"""The transparency log: leaves, heads of full subtrees, and signed checkpoints, none of which ever changes."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLES = ("log_leaves", "log_nodes", "log_checkpoints")


def _numbers(*names: str) -> tuple[sa.Column[object], ...]:
    return tuple(sa.Column(name, NUMBER, nullable=False) for name in names)


def _hash(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.LargeBinary(length=32), nullable=False)


def _keep(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
    else:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def upgrade() -> None:
    op.create_table(
        "log_leaves",
        *_numbers("id", "subject_id"),
        sa.Column("kind", sa.String(length=40), nullable=False),
        _hash("hash"),
        sa.CheckConstraint("kind IN ('event', 'letter')", name=op.f("ck_log_leaves_leaf_kind")),
        sa.UniqueConstraint("kind", "subject_id", name=op.f("uq_log_leaves_kind_subject_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_leaves")),
    )
    op.create_table(
        "log_nodes",
        *_numbers("id", "level", "place"),
        _hash("hash"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_nodes")),
    )
    op.create_index("uq_log_nodes_place", "log_nodes", ["level", "place"], unique=True)
    op.create_table(
        "log_checkpoints",
        *_numbers("id", "size"),
        _hash("root"),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key_id", sa.String(length=8), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_checkpoints")),
    )
    op.create_index(op.f("ix_log_checkpoints_size"), "log_checkpoints", ["size"])
    for table in TABLES:
        _keep(table)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
