"""Public notices as they were shown, and objections."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STATES = ("received", "set_aside", "registered", "dismissed", "upheld")


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _instant(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _keys(table: str, **foreign: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("district_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        *(
            sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))
            for column, other in (*foreign.items(), ("district_id", "districts"))
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _indexes(table: str, *columns: str) -> None:
    for column in (*columns, "district_id"):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def upgrade() -> None:
    op.create_table(
        "publications",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("policy_key", sa.String(length=60), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("shown", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=71), nullable=False),
        sa.Column("made_by_id", NUMBER, nullable=True),
        _instant("made_at", nullable=False),
        *_keys("publications", made_by_id="users"),
        sa.UniqueConstraint("code", name=op.f("uq_publications_code")),
        sa.CheckConstraint("ends_on >= opened_on", name=op.f("ck_publications_range")),
    )
    _indexes("publications", "policy_key", "opened_on", "ends_on")
    op.create_table(
        "publication_entries",
        sa.Column("publication_id", NUMBER, nullable=False),
        sa.Column("case_id", NUMBER, nullable=False),
        sa.Column("place", NUMBER, nullable=False),
        sa.Column("ended_early_on", sa.Date(), nullable=True),
        *_keys("publication_entries", publication_id="publications", case_id="cases"),
        *(
            sa.UniqueConstraint("publication_id", other, name=op.f(f"uq_publication_entries_publication_id_{other}"))
            for other in ("place", "case_id")
        ),
    )
    _indexes("publication_entries", "publication_id", "case_id")
    op.create_table(
        "objections",
        sa.Column("publication_id", NUMBER, nullable=False),
        sa.Column("case_id", NUMBER, nullable=False),
        sa.Column("receipt_hash", sa.String(length=64), nullable=False),
        *(sa.Column(f"{name}_sealed", sa.LargeBinary(), nullable=False) for name in ("name", "contact", "statement")),
        _instant("received_at", nullable=False),
        sa.Column("state", _choice("objection_state", *STATES), nullable=False),
        sa.Column("handled_by_id", NUMBER, nullable=True),
        _instant("handled_at"),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("uid", sa.String(length=32), nullable=False),
        *_keys("objections", publication_id="publications", case_id="cases", handled_by_id="users"),
        sa.UniqueConstraint("receipt_hash", name=op.f("uq_objections_receipt_hash")),
        sa.UniqueConstraint("uid", name=op.f("uq_objections_uid")),
        sa.CheckConstraint(
            "(state = 'received') = (handled_at is null)", name=op.f("ck_objections_handled_has_a_time")
        ),
        sa.CheckConstraint(
            "state in ('received', 'registered') or answer is not null", name=op.f("ck_objections_answered")
        ),
    )
    _indexes("objections", "publication_id", "case_id", "state")


def downgrade() -> None:
    for table in ("objections", "publication_entries", "publications"):
        op.drop_table(table)
