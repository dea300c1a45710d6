"""Meters of water and electricity, their readings, prices, and the readings that bills rest on."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _kind() -> sa.Column[object]:
    kinds = sa.Enum("water", "electricity", name="meter_kind", native_enum=False, create_constraint=True, length=40)
    return sa.Column("kind", kinds, nullable=False)


def _keys(table: str, *foreign: tuple[str, str]) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("operator_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        *(
            sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))
            for column, other in (*foreign, ("operator_id", "operators"))
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _indexes(table: str, *columns: str) -> None:
    for column in (*columns, "operator_id"):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def upgrade() -> None:
    op.create_table(
        "meters",
        sa.Column("site_id", NUMBER, nullable=False),
        sa.Column("space_id", NUMBER, nullable=True),
        _kind(),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("place", sa.String(length=60), nullable=True),
        sa.Column("multiplier", NUMBER, nullable=False),
        sa.Column("digits", NUMBER, nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("replaces_id", NUMBER, nullable=True),
        *_keys("meters", ("site_id", "sites"), ("space_id", "spaces"), ("replaces_id", "meters")),
        sa.UniqueConstraint("operator_id", "number", name=op.f("uq_meters_operator_id_number")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_meters_replaces_id")),
        sa.CheckConstraint("multiplier between 1 and 10000", name=op.f("ck_meters_multiplier")),
        sa.CheckConstraint("digits between 3 and 9", name=op.f("ck_meters_digits")),
        sa.CheckConstraint("until_on is null or until_on >= from_on", name=op.f("ck_meters_range")),
    )
    _indexes("meters", "site_id", "space_id")
    op.create_table(
        "meter_readings",
        sa.Column("meter_id", NUMBER, nullable=False),
        sa.Column("read_on", sa.Date(), nullable=False),
        sa.Column("value", NUMBER, nullable=False),
        sa.Column("rolled", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=True),
        sa.Column("read_by_id", NUMBER, nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        *_keys("meter_readings", ("meter_id", "meters"), ("read_by_id", "users")),
        sa.UniqueConstraint("meter_id", "read_on", name=op.f("uq_meter_readings_meter_id_read_on")),
        sa.CheckConstraint("value >= 0", name=op.f("ck_meter_readings_not_negative")),
    )
    _indexes("meter_readings", "meter_id")
    op.create_table(
        "tariffs",
        _kind(),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("price_e4", NUMBER, nullable=False),
        *_keys("tariffs"),
        sa.UniqueConstraint("operator_id", "kind", "from_on", name=op.f("uq_tariffs_operator_id_kind_from_on")),
        sa.CheckConstraint("price_e4 > 0", name=op.f("ck_tariffs_price_positive")),
    )
    _indexes("tariffs")
    op.create_table(
        "meter_uses",
        sa.Column("bill_id", NUMBER, nullable=False),
        sa.Column("meter_id", NUMBER, nullable=False),
        sa.Column("begin_id", NUMBER, nullable=False),
        sa.Column("end_id", NUMBER, nullable=False),
        sa.Column("quantity", NUMBER, nullable=False),
        *_keys(
            "meter_uses",
            ("bill_id", "bills"),
            ("meter_id", "meters"),
            ("begin_id", "meter_readings"),
            ("end_id", "meter_readings"),
        ),
        sa.UniqueConstraint("bill_id", "meter_id", name=op.f("uq_meter_uses_bill_id_meter_id")),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_meter_uses_not_negative")),
    )
    _indexes("meter_uses", "bill_id", "meter_id", "begin_id", "end_id")


def downgrade() -> None:
    for table in ("meter_uses", "tariffs", "meter_readings", "meters"):
        op.drop_table(table)
