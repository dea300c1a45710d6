"""Desks that look at their part of a case, and papers handed in with an appeal or a statement."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STANDING = "superseded_at is null"


def _scope(table: str, *foreign: tuple[str, str]) -> tuple[sa.schema.SchemaItem, ...]:
    owners = (("tenant_id", "tenants"), ("operator_id", "operators"))
    return (
        *(sa.Column(column, NUMBER, nullable=False) for column, _other in owners),
        sa.Column("id", NUMBER, nullable=False),
        *(
            sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))
            for column, other in (*foreign, *owners)
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _indexes(table: str) -> None:
    for column in ("case_id", "tenant_id", "operator_id"):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def upgrade() -> None:
    states = sa.Enum(
        "open", "passed", "objected", name="desk_state", native_enum=False, create_constraint=True, length=40
    )
    op.create_table(
        "desk_tasks",
        sa.Column("case_id", NUMBER, nullable=False),
        sa.Column("desk", sa.String(length=40), nullable=False),
        sa.Column("state", states, nullable=False),
        sa.Column("opinion", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_by_id", NUMBER, nullable=True),
        sa.Column("department_id", NUMBER, nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        *_scope("desk_tasks", ("case_id", "cases"), ("answered_by_id", "users"), ("department_id", "departments")),
        sa.CheckConstraint("(state = 'open') = (answered_at is null)", name=op.f("ck_desk_tasks_answered")),
        sa.CheckConstraint("state <> 'objected' or opinion is not null", name=op.f("ck_desk_tasks_objection_says_why")),
    )
    _indexes("desk_tasks")
    op.create_index(
        "uq_desk_tasks_standing", "desk_tasks", ["case_id", "desk"], unique=True,
        sqlite_where=sa.text(STANDING), postgresql_where=sa.text(STANDING),
    )  # fmt: skip
    op.create_table(
        "act_papers",
        sa.Column("case_id", NUMBER, nullable=False),
        sa.Column("event_id", NUMBER, nullable=False),
        sa.Column("file_id", NUMBER, nullable=False),
        *_scope("act_papers", ("case_id", "cases"), ("event_id", "case_events"), ("file_id", "stored_files")),
        sa.UniqueConstraint("event_id", "file_id", name=op.f("uq_act_papers_event_id_file_id")),
    )
    _indexes("act_papers")


def downgrade() -> None:
    op.drop_table("act_papers")
    op.drop_table("desk_tasks")
