"""Payments through Stripe: checkouts, refunds and disputes, customers, the ledger of events, differences found."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STATES = ("open", "waiting", "failed", "expired", "paid")
KINDS = (
    "missed_payment", "not_there", "amount", "currency", "missed_refund", "part_refund", "failed_refund",
    "only_reversed", "twice", "state", "other_tenant", "unknown", "dispute",
)  # fmt: skip
ENDS = ("applied", "gone", "person")


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _named(column: str, *, length: int = 255, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(column, sa.String(length=length), nullable=nullable)


def _when(column: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(column, sa.DateTime(timezone=True), nullable=nullable)


def _number(column: str, *, nullable: bool = True) -> sa.Column[int]:
    return sa.Column(column, NUMBER, nullable=nullable)


def _keys(table: str, *foreign: tuple[str, str]) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("id", NUMBER, nullable=False),
        *(
            sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))
            for column, other in foreign
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def _indexes(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


OWNERS = (("tenant_id", "tenants"), ("operator_id", "operators"))


def _difference(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("kind", _choice("difference_kind", *KINDS), nullable=False),
        _named("key"),
        _named("stripe_id", nullable=True),
        _number("theirs_fen"),
        _number("ours_fen"),
        _named("detail", length=200, nullable=True),
        _when("found_at"),
        _when("ended_at", nullable=True),
        sa.Column("ended", _choice("difference_end", *ENDS), nullable=True),
        _named("note", length=200, nullable=True),
        _number("ended_by_id"),
        sa.CheckConstraint("(ended is null) = (ended_at is null)", name=op.f(f"ck_{table}_ended_when")),
    )


def upgrade() -> None:
    positive = "amount_fen > 0"
    op.create_table(
        "checkout_sessions",
        _number("bill_id", nullable=False),
        _named("stripe_id"),
        sa.Column("url", sa.Text(), nullable=False),
        _number("amount_fen", nullable=False),
        sa.Column("state", _choice("checkout_state", *STATES), nullable=False),
        _when("expires_at"),
        _named("payment_intent", nullable=True),
        _number("payment_id"),
        _named("refund_reason", length=200, nullable=True),
        sa.Column("awards", sa.Text(), nullable=True),
        _number("made_by_id"),
        _when("made_at"),
        _number("tenant_id", nullable=False),
        _number("operator_id", nullable=False),
        sa.CheckConstraint(positive, name=op.f("ck_checkout_sessions_amount_positive")),
        _unique("checkout_sessions", "stripe_id"),
        _unique("checkout_sessions", "payment_id"),
        *_keys("checkout_sessions", ("bill_id", "bills"), ("payment_id", "payments"), ("made_by_id", "users"), *OWNERS),
    )
    _indexes("checkout_sessions", "bill_id", "payment_intent", "tenant_id", "operator_id")
    op.create_table(
        "online_returns",
        _number("checkout_id", nullable=False),
        sa.Column("kind", _choice("return_kind", "refund", "dispute"), nullable=False),
        _named("stripe_id"),
        _number("amount_fen", nullable=False),
        _named("state", length=40),
        _named("reason", length=200, nullable=True),
        _number("refund_id"),
        _when("begun_at"),
        _when("changed_at"),
        _number("tenant_id", nullable=False),
        _number("operator_id", nullable=False),
        sa.CheckConstraint(positive, name=op.f("ck_online_returns_amount_positive")),
        _unique("online_returns", "stripe_id"),
        *_keys(
            "online_returns",
            ("checkout_id", "checkout_sessions"), ("refund_id", "refunds"), *OWNERS,
        ),
    )  # fmt: skip
    _indexes("online_returns", "checkout_id", "tenant_id", "operator_id")
    op.create_table(
        "online_customers",
        _named("stripe_id"),
        _when("made_at"),
        _number("tenant_id", nullable=False),
        _number("operator_id", nullable=False),
        _unique("online_customers", "tenant_id"),
        _unique("online_customers", "stripe_id"),
        *_keys("online_customers", *OWNERS),
    )
    _indexes("online_customers", "tenant_id", "operator_id")
    op.create_table(
        "stripe_events",
        _named("stripe_id"),
        _named("type", length=80),
        _named("object_id"),
        sa.Column("outcome", _choice("event_outcome", "applied", "ignored"), nullable=False),
        _when("created_at"),
        _when("applied_at"),
        _unique("stripe_events", "stripe_id"),
        *_keys("stripe_events"),
    )
    _indexes("stripe_events", "object_id")
    op.create_table(
        "stripe_differences",
        *_difference("stripe_differences"),
        _number("bill_id"),
        _number("payment_id"),
        _number("operator_id", nullable=False),
        _unique("stripe_differences", "operator_id", "key"),
        *_keys(
            "stripe_differences",
            ("bill_id", "bills"), ("payment_id", "payments"), ("ended_by_id", "users"), ("operator_id", "operators"),
        ),
    )  # fmt: skip
    _indexes("stripe_differences", "bill_id", "payment_id", "operator_id")
    op.create_table(
        "stripe_strays",
        *_difference("stripe_strays"),
        _unique("stripe_strays", "key"),
        *_keys("stripe_strays", ("ended_by_id", "users")),
    )


def downgrade() -> None:
    for table in (
        "stripe_strays", "stripe_differences", "stripe_events", "online_customers", "online_returns",
        "checkout_sessions",
    ):  # fmt: skip
        op.drop_table(table)
