"""What operators pay for the service: a subscription each, its payments, and of what they were reminded."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("plan", sa.String(length=40), nullable=False),
        sa.Column(
            "status",
            _choice("subscription_status", "free", "trial", "active", "past_due", "canceled"),
            nullable=False,
        ),
        sa.Column("source", _choice("subscription_source", "hand", "stripe"), nullable=False),
        sa.Column("period", _choice("subscription_period", "month", "year"), nullable=True),
        sa.Column("trial_ends_on", sa.Date(), nullable=True),
        sa.Column("paid_until", sa.Date(), nullable=True),
        sa.Column("grace_ends_on", sa.Date(), nullable=True),
        sa.Column("ending", sa.Boolean(), nullable=False),
        sa.Column("customer", sa.String(length=60), nullable=True),
        sa.Column("stripe_subscription", sa.String(length=60), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("operator_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("status <> 'trial' or trial_ends_on is not null", name=op.f("ck_subscriptions_trial_ends")),
        sa.CheckConstraint(
            "status <> 'past_due' or grace_ends_on is not null", name=op.f("ck_subscriptions_grace_ends")
        ),
        sa.CheckConstraint(
            "status not in ('active', 'canceled') or paid_until is not null",
            name=op.f("ck_subscriptions_paid_until"),
        ),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_subscriptions_operator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
        sa.UniqueConstraint("customer", name=op.f("uq_subscriptions_customer")),
        sa.UniqueConstraint("operator_id", name=op.f("uq_subscriptions_operator_id")),
        sa.UniqueConstraint("stripe_subscription", name=op.f("uq_subscriptions_stripe_subscription")),
    )
    op.create_table(
        "subscription_payments",
        sa.Column("plan", sa.String(length=40), nullable=False),
        sa.Column("source", _choice("subscription_source", "hand", "stripe"), nullable=False),
        sa.Column("amount_fen", NUMBER, nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("recorded_by_id", NUMBER, nullable=True),
        sa.Column("operator_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_subscription_payments_amount_positive")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_subscription_payments_operator_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["users.id"], name=op.f("fk_subscription_payments_recorded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription_payments")),
        sa.UniqueConstraint("operator_id", "reference", name=op.f("uq_subscription_payments_operator_id_reference")),
    )
    op.create_table(
        "subscription_reminders",
        sa.Column("about", sa.String(length=20), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("days", NUMBER, nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("operator_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_subscription_reminders_operator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription_reminders")),
        sa.UniqueConstraint(
            "operator_id", "about", "ends_on", "days",
            name=op.f("uq_subscription_reminders_operator_id_about_ends_on_days"),
        ),
    )  # fmt: skip
    for table in ("subscriptions", "subscription_payments", "subscription_reminders"):
        op.create_index(op.f(f"ix_{table}_operator_id"), table, ["operator_id"])


def downgrade() -> None:
    for table in ("subscription_reminders", "subscription_payments", "subscriptions"):
        op.drop_table(table)
