"""Meeting rooms that are booked, one booking at a time; free hours; calendar feeds; events with their registrations."""

import sqlalchemy as sa
from alembic import op

from core.data import booked

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.create_table(
        "booking_quotas",
        sa.Column("hours", NUMBER, nullable=False),
        sa.Column("per_sqm", NUMBER, nullable=False),
        sa.Column("operator_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint(
            "hours between 0 and 744 and per_sqm between 1 and 100000", name=op.f("ck_booking_quotas_sensible")
        ),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_booking_quotas_operator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_quotas")),
        sa.UniqueConstraint("operator_id", name=op.f("uq_booking_quotas_operator_id")),
    )
    op.create_index(op.f("ix_booking_quotas_operator_id"), "booking_quotas", ["operator_id"], unique=False)
    op.create_table(
        "events",
        sa.Column("site_id", NUMBER, nullable=False),
        sa.Column("kind", _choice("event_kind", "training", "roadshow", "salon", "briefing", "other"), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("capacity", NUMBER, nullable=False),
        sa.Column("state", _choice("event_state", "draft", "published", "cancelled", "held"), nullable=False),
        sa.Column("guests", NUMBER, nullable=True),
        sa.Column("cancelled_reason", sa.String(length=200), nullable=True),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("operator_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint(
            "(state = 'cancelled') = (cancelled_reason is not null)", name=op.f("ck_events_cancelled_for_a_reason")
        ),
        sa.CheckConstraint("capacity between 1 and 10000", name=op.f("ck_events_seats")),
        sa.CheckConstraint("guests >= 0", name=op.f("ck_events_guests_not_negative")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_events_range")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_events_operator_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_events_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_index(op.f("ix_events_operator_id"), "events", ["operator_id"], unique=False)
    op.create_index(op.f("ix_events_site_id"), "events", ["site_id"], unique=False)
    op.create_index(op.f("ix_events_starts_at"), "events", ["starts_at"], unique=False)
    op.create_table(
        "calendar_feeds",
        sa.Column("membership_id", NUMBER, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["membership_id"], ["memberships.id"], name=op.f("fk_calendar_feeds_membership_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feeds")),
        sa.UniqueConstraint("membership_id", name=op.f("uq_calendar_feeds_membership_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feeds_token_hash")),
    )
    op.create_table(
        "event_registrations",
        sa.Column("event_id", NUMBER, nullable=False),
        sa.Column("people", NUMBER, nullable=False),
        sa.Column("registered_at", MOMENT, nullable=False),
        sa.Column("registered_by_id", NUMBER, nullable=True),
        sa.Column("seated_at", MOMENT, nullable=True),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.Column("attended", NUMBER, nullable=True),
        sa.Column("tenant_id", NUMBER, nullable=False),
        sa.Column("operator_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("attended >= 0", name=op.f("ck_event_registrations_attended_not_negative")),
        sa.CheckConstraint("people between 1 and 100", name=op.f("ck_event_registrations_people")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_event_registrations_event_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_event_registrations_operator_id")),
        sa.ForeignKeyConstraint(
            ["registered_by_id"], ["users.id"], name=op.f("fk_event_registrations_registered_by_id")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_event_registrations_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_registrations")),
    )
    op.create_index(op.f("ix_event_registrations_event_id"), "event_registrations", ["event_id"], unique=False)
    op.create_index(
        "ix_event_registrations_once",
        "event_registrations",
        ["event_id", "tenant_id"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_index(op.f("ix_event_registrations_operator_id"), "event_registrations", ["operator_id"], unique=False)
    op.create_index(op.f("ix_event_registrations_tenant_id"), "event_registrations", ["tenant_id"], unique=False)
    op.create_table(
        "bookings",
        sa.Column("space_id", NUMBER, nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("over_reason", sa.String(length=200), nullable=True),
        sa.Column("booked_by_id", NUMBER, nullable=True),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("cancelled_at", MOMENT, nullable=True),
        sa.Column("cancelled_by_id", NUMBER, nullable=True),
        sa.Column("tenant_id", NUMBER, nullable=True),
        sa.Column("operator_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint(
            "cancelled_at is not null or cancelled_by_id is null", name=op.f("ck_bookings_cancelled_by_someone")
        ),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_bookings_range")),
        sa.ForeignKeyConstraint(["booked_by_id"], ["users.id"], name=op.f("fk_bookings_booked_by_id")),
        sa.ForeignKeyConstraint(["cancelled_by_id"], ["users.id"], name=op.f("fk_bookings_cancelled_by_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_bookings_operator_id")),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_bookings_space_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_bookings_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bookings")),
    )
    op.create_index(op.f("ix_bookings_operator_id"), "bookings", ["operator_id"], unique=False)
    op.create_index("ix_bookings_space_id_starts_at", "bookings", ["space_id", "starts_at"], unique=False)
    op.create_index(op.f("ix_bookings_tenant_id"), "bookings", ["tenant_id"], unique=False)
    op.create_table(
        "room_rules",
        sa.Column("space_id", NUMBER, nullable=False),
        sa.Column("opens", NUMBER, nullable=False),
        sa.Column("closes", NUMBER, nullable=False),
        sa.Column("slot", NUMBER, nullable=False),
        sa.Column("days_ahead", NUMBER, nullable=False),
        sa.Column("operator_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("days_ahead between 1 and 366", name=op.f("ck_room_rules_ahead_within_a_year")),
        sa.CheckConstraint("opens >= 0 and opens < closes and closes <= 1440", name=op.f("ck_room_rules_within_a_day")),
        sa.CheckConstraint("slot in (15, 30, 60)", name=op.f("ck_room_rules_slot_of_an_hour")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_room_rules_operator_id")),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_room_rules_space_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_rules")),
        sa.UniqueConstraint("space_id", name=op.f("uq_room_rules_space_id")),
    )
    op.create_index(op.f("ix_room_rules_operator_id"), "room_rules", ["operator_id"], unique=False)
    for statement in booked.triggers(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    for statement in booked.drop(op.get_bind().dialect.name):
        op.execute(statement)
    for table in ("bookings", "room_rules", "booking_quotas", "calendar_feeds", "event_registrations", "events"):
        op.drop_table(table)
