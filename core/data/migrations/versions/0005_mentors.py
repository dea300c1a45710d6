"""创业导师: mentors and their ties, needs, pairings, sessions, feedback."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    still_open, running = sa.text("withdrawn_on is null"), sa.text("ends_on is null")
    op.create_table(
        "mentors",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("kind", _choice("mentor_kind", "entrepreneur", "investor", "consultant"), nullable=False),
        sa.Column("organisation", sa.String(length=120), nullable=True),
        sa.Column("position", sa.String(length=80), nullable=True),
        sa.Column("appointed_by", _choice("appointer", "authority", "association", "incubator"), nullable=False),
        sa.Column("appointed_on", sa.Date(), nullable=False),
        sa.Column("areas", sa.Text(), nullable=False),
        sa.Column("skills", sa.Text(), nullable=False),
        sa.Column("languages", sa.Text(), nullable=False),
        sa.Column("stages", sa.Text(), nullable=False),
        sa.Column("hours_per_month", NUMBER, nullable=False),
        sa.Column("capacity", NUMBER, nullable=False),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("email_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("status", _choice("mentor_status", "active", "paused", "ended"), nullable=False),
        sa.Column("paused_until", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("operator_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("(status = 'ended') = (ended_on is not null)", name=op.f("ck_mentors_ended_has_a_day")),
        sa.CheckConstraint("paused_until is null or status = 'paused'", name=op.f("ck_mentors_only_paused_until")),
        sa.CheckConstraint("capacity >= 1", name=op.f("ck_mentors_capacity_positive")),
        sa.CheckConstraint("hours_per_month >= 1", name=op.f("ck_mentors_hours_positive")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_mentors_operator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mentors")),
        sa.UniqueConstraint("uid", name=op.f("uq_mentors_uid")),
    )
    op.create_index(op.f("ix_mentors_operator_id"), "mentors", ["operator_id"])
    op.create_index(op.f("ix_mentors_status"), "mentors", ["status"])
    op.create_table(
        "mentor_ties",
        sa.Column("mentor_id", NUMBER, nullable=False),
        sa.Column(
            "kind", _choice("tie_kind", "shareholding", "employment", "kinship", "landlord", "other"), nullable=False
        ),
        sa.Column("note", sa.String(length=200), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("tenant_id", NUMBER, nullable=False),
        sa.Column("operator_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("to_on is null or from_on is null or to_on >= from_on", name=op.f("ck_mentor_ties_range")),
        sa.ForeignKeyConstraint(["mentor_id"], ["mentors.id"], name=op.f("fk_mentor_ties_mentor_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_mentor_ties_operator_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_mentor_ties_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mentor_ties")),
    )
    op.create_index(op.f("ix_mentor_ties_mentor_id"), "mentor_ties", ["mentor_id"])
    op.create_index(op.f("ix_mentor_ties_operator_id"), "mentor_ties", ["operator_id"])
    op.create_index(op.f("ix_mentor_ties_tenant_id"), "mentor_ties", ["tenant_id"])
    op.create_table(
        "mentoring_needs",
        sa.Column("topics", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("languages", sa.Text(), nullable=False),
        sa.Column("hours", NUMBER, nullable=True),
        sa.Column("stated_on", sa.Date(), nullable=False),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("stated_by_id", NUMBER, nullable=True),
        sa.Column("on_behalf", sa.Boolean(), nullable=False),
        sa.Column("tenant_id", NUMBER, nullable=False),
        sa.Column("operator_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("hours >= 1", name=op.f("ck_mentoring_needs_hours_positive")),
        sa.CheckConstraint("withdrawn_on is null or withdrawn_on >= stated_on", name=op.f("ck_mentoring_needs_range")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_mentoring_needs_operator_id")),
        sa.ForeignKeyConstraint(["stated_by_id"], ["users.id"], name=op.f("fk_mentoring_needs_stated_by_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_mentoring_needs_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mentoring_needs")),
    )
    op.create_index(op.f("ix_mentoring_needs_operator_id"), "mentoring_needs", ["operator_id"])
    op.create_index(op.f("ix_mentoring_needs_tenant_id"), "mentoring_needs", ["tenant_id"])
    op.create_index(
        "uq_mentoring_needs_open",
        "mentoring_needs",
        ["tenant_id"],
        unique=True,
        sqlite_where=still_open,
        postgresql_where=still_open,
    )
    op.create_table(
        "pairings",
        sa.Column("mentor_id", NUMBER, nullable=False),
        sa.Column("case_id", NUMBER, nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("source", _choice("pairing_source", "round", "by_hand"), nullable=False),
        sa.Column("ended_reason", sa.String(length=200), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", NUMBER, nullable=False),
        sa.Column("operator_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("(ends_on is null) = (ended_reason is null)", name=op.f("ck_pairings_ended_has_a_reason")),
        sa.CheckConstraint("ends_on is null or ends_on >= starts_on", name=op.f("ck_pairings_range")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_pairings_case_id")),
        sa.ForeignKeyConstraint(["mentor_id"], ["mentors.id"], name=op.f("fk_pairings_mentor_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_pairings_operator_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_pairings_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pairings")),
    )
    op.create_index(op.f("ix_pairings_case_id"), "pairings", ["case_id"])
    op.create_index(op.f("ix_pairings_mentor_id"), "pairings", ["mentor_id"])
    op.create_index(op.f("ix_pairings_operator_id"), "pairings", ["operator_id"])
    op.create_index(op.f("ix_pairings_tenant_id"), "pairings", ["tenant_id"])
    op.create_index(
        "uq_pairings_running",
        "pairings",
        ["tenant_id"],
        unique=True,
        sqlite_where=running,
        postgresql_where=running,
    )
    op.create_table(
        "mentoring_sessions",
        sa.Column("pairing_id", NUMBER, nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes", NUMBER, nullable=False),
        sa.Column("form", _choice("session_form", "in_person", "online"), nullable=False),
        sa.Column("topic", sa.String(length=120), nullable=False),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("status", _choice("session_status", "booked", "held", "cancelled", "missed"), nullable=False),
        sa.Column("booked_by_id", NUMBER, nullable=True),
        sa.Column("tenant_id", NUMBER, nullable=False),
        sa.Column("operator_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("minutes between 5 and 720", name=op.f("ck_mentoring_sessions_minutes_of_a_day")),
        sa.ForeignKeyConstraint(["booked_by_id"], ["users.id"], name=op.f("fk_mentoring_sessions_booked_by_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_mentoring_sessions_operator_id")),
        sa.ForeignKeyConstraint(["pairing_id"], ["pairings.id"], name=op.f("fk_mentoring_sessions_pairing_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_mentoring_sessions_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mentoring_sessions")),
    )
    op.create_index(op.f("ix_mentoring_sessions_operator_id"), "mentoring_sessions", ["operator_id"])
    op.create_index(op.f("ix_mentoring_sessions_pairing_id"), "mentoring_sessions", ["pairing_id"])
    op.create_index(op.f("ix_mentoring_sessions_starts_at"), "mentoring_sessions", ["starts_at"])
    op.create_index(op.f("ix_mentoring_sessions_tenant_id"), "mentoring_sessions", ["tenant_id"])
    op.create_table(
        "mentoring_feedback",
        sa.Column("session_id", NUMBER, nullable=False),
        sa.Column("side", _choice("side", "tenant", "mentor"), nullable=False),
        sa.Column("rating", NUMBER, nullable=False),
        sa.Column("words", sa.String(length=400), nullable=True),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("given_by_id", NUMBER, nullable=True),
        sa.Column("tenant_id", NUMBER, nullable=False),
        sa.Column("operator_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("rating between 1 and 5", name=op.f("ck_mentoring_feedback_rating_of_five")),
        sa.ForeignKeyConstraint(["given_by_id"], ["users.id"], name=op.f("fk_mentoring_feedback_given_by_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_mentoring_feedback_operator_id")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["mentoring_sessions.id"], name=op.f("fk_mentoring_feedback_session_id")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_mentoring_feedback_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mentoring_feedback")),
        sa.UniqueConstraint("session_id", "side", name=op.f("uq_mentoring_feedback_session_id_side")),
    )
    op.create_index(op.f("ix_mentoring_feedback_operator_id"), "mentoring_feedback", ["operator_id"])
    op.create_index(op.f("ix_mentoring_feedback_tenant_id"), "mentoring_feedback", ["tenant_id"])


def downgrade() -> None:
    for table in (
        "mentoring_feedback", "mentoring_sessions", "pairings", "mentoring_needs", "mentor_ties", "mentors",
    ):  # fmt: skip
        op.drop_table(table)
