"""Ties of staff to applicants that are declared, identity numbers they are found by, and waivers."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ID_TYPES = ("resident", "hk_mo_tw", "passport", "foreign_permanent")


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _instant(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _keys(table: str, **foreign: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("id", NUMBER, nullable=False),
        *(
            sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))
            for column, other in foreign.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _indexes(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def _one(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(
        name, table, columns, unique=True, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
    )  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "user_identities",
        sa.Column("user_id", NUMBER, nullable=False),
        sa.Column("id_type", _choice("id_type", *ID_TYPES), nullable=False),
        sa.Column("id_number_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("id_number_once", sa.String(length=32), nullable=False),
        _instant("given_at", nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        *_keys("user_identities", user_id="users"),
        sa.UniqueConstraint("uid", name=op.f("uq_user_identities_uid")),
        sa.UniqueConstraint("user_id", name=op.f("uq_user_identities_user_id")),
    )
    _indexes("user_identities", "id_number_once")
    op.create_table(
        "declared_ties",
        *(sa.Column(name, NUMBER, nullable=False) for name in ("user_id", "tenant_id", "district_id")),
        sa.Column("relation", _choice("relation", "family", "shareholding", "business", "other"), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        _instant("declared_at", nullable=False),
        _instant("withdrawn_at"),
        sa.Column("withdrawn_because", sa.String(length=200), nullable=True),
        *_keys("declared_ties", user_id="users", tenant_id="tenants", district_id="districts"),
    )
    _indexes("declared_ties", "user_id", "tenant_id", "district_id")
    _one("uq_declared_ties_standing", "declared_ties", ["user_id", "tenant_id", "relation"], "withdrawn_at is null")
    op.create_table(
        "tie_waivers",
        *(sa.Column(name, NUMBER, nullable=False) for name in ("case_id", "user_id", "district_id")),
        sa.Column("causes", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        _instant("asked_at", nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=True),
        sa.Column("decided_by_id", NUMBER, nullable=True),
        _instant("decided_at"),
        sa.Column("opinion", sa.String(length=400), nullable=True),
        *_keys("tie_waivers", case_id="cases", user_id="users", decided_by_id="users", district_id="districts"),
        sa.CheckConstraint(
            "decided_by_id is null or decided_by_id <> user_id", name=op.f("ck_tie_waivers_second_person")
        ),
        sa.CheckConstraint("(decided_at is null) = (granted is null)", name=op.f("ck_tie_waivers_decided_whole")),
    )
    _indexes("tie_waivers", "case_id", "user_id", "district_id")
    _one("uq_tie_waivers_open", "tie_waivers", ["case_id", "user_id"], "decided_at is null")


def downgrade() -> None:
    for table in ("tie_waivers", "declared_ties", "user_identities"):
        op.drop_table(table)
