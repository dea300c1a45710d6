"""Engagements, samples and leads of the auditors."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "audit_engagements",
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("objective", sa.Text(), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_to", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("lead_by_id", NUMBER, nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("district_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("(state = 'closed') = (closed_at is not null)", name=op.f("ck_audit_engagements_closed")),
        sa.CheckConstraint("period_from <= period_to", name=op.f("ck_audit_engagements_period")),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_audit_engagements_district_id")),
        sa.ForeignKeyConstraint(["lead_by_id"], ["users.id"], name=op.f("fk_audit_engagements_lead_by_id")),
        sa.CheckConstraint(
            "state IN ('fieldwork', 'reporting', 'closed')", name=op.f("ck_audit_engagements_engagement_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_engagements")),
        sa.UniqueConstraint("number", name=op.f("uq_audit_engagements_number")),
    )
    op.create_index(op.f("ix_audit_engagements_district_id"), "audit_engagements", ["district_id"])
    op.create_table(
        "audit_samples",
        sa.Column("engagement_id", NUMBER, nullable=False),
        sa.Column("method", sa.String(length=40), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.Column("population", sa.JSON(), nullable=False),
        sa.Column("population_count", NUMBER, nullable=False),
        sa.Column("population_fen", NUMBER, nullable=False),
        sa.Column("population_digest", sa.String(length=64), nullable=False),
        sa.Column("fixed_by_id", NUMBER, nullable=False),
        sa.Column("fixed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=True),
        sa.Column("drawn_by_id", NUMBER, nullable=True),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", NUMBER, nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("district_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("(closed_at is null) = (closed_by_id is null)", name=op.f("ck_audit_samples_closed")),
        sa.CheckConstraint(
            "(seed is null) = (drawn_at is null) and (seed is null) = (drawn_by_id is null)",
            name=op.f("ck_audit_samples_drawn"),
        ),
        sa.CheckConstraint("closed_at is null or drawn_at is not null", name=op.f("ck_audit_samples_closed_after")),
        sa.CheckConstraint("population_count > 0 and population_fen > 0", name=op.f("ck_audit_samples_population")),
        sa.ForeignKeyConstraint(["closed_by_id"], ["users.id"], name=op.f("fk_audit_samples_closed_by_id")),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_audit_samples_district_id")),
        sa.ForeignKeyConstraint(["drawn_by_id"], ["users.id"], name=op.f("fk_audit_samples_drawn_by_id")),
        sa.ForeignKeyConstraint(
            ["engagement_id"], ["audit_engagements.id"], name=op.f("fk_audit_samples_engagement_id")
        ),
        sa.ForeignKeyConstraint(["fixed_by_id"], ["users.id"], name=op.f("fk_audit_samples_fixed_by_id")),
        sa.CheckConstraint(
            "method IN ('simple', 'stratified', 'monetary_unit')", name=op.f("ck_audit_samples_sample_method")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_samples")),
    )
    op.create_index(op.f("ix_audit_samples_district_id"), "audit_samples", ["district_id"])
    op.create_index(op.f("ix_audit_samples_engagement_id"), "audit_samples", ["engagement_id"])
    op.create_table(
        "leads",
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("amount_fen", NUMBER, nullable=True),
        sa.Column("operator_id", NUMBER, nullable=True),
        sa.Column("tenant_id", NUMBER, nullable=True),
        sa.Column("case_id", NUMBER, nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_by_id", NUMBER, nullable=True),
        sa.Column("judged_by_id", NUMBER, nullable=True),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("district_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint(
            "(state in ('confirmed', 'false')) = (judged_by_id is not null)", name=op.f("ck_leads_judged")
        ),
        sa.CheckConstraint(
            "judged_by_id is null or (judged_at is not null and reason <> '')", name=op.f("ck_leads_reasoned")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_leads_case_id")),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_leads_district_id")),
        sa.ForeignKeyConstraint(["judged_by_id"], ["users.id"], name=op.f("fk_leads_judged_by_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_leads_operator_id")),
        sa.ForeignKeyConstraint(["taken_by_id"], ["users.id"], name=op.f("fk_leads_taken_by_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_leads_tenant_id")),
        sa.CheckConstraint(
            "state IN ('open', 'looking', 'confirmed', 'false', 'gone')", name=op.f("ck_leads_lead_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leads")),
        sa.UniqueConstraint("district_id", "rule", "key", name=op.f("uq_leads_district_id_rule_key")),
    )
    op.create_index(op.f("ix_leads_case_id"), "leads", ["case_id"])
    op.create_index(op.f("ix_leads_district_id"), "leads", ["district_id"])
    op.create_index(op.f("ix_leads_operator_id"), "leads", ["operator_id"])
    op.create_index(op.f("ix_leads_rule"), "leads", ["rule"])
    op.create_index(op.f("ix_leads_state"), "leads", ["state"])
    op.create_index(op.f("ix_leads_tenant_id"), "leads", ["tenant_id"])
    op.create_table(
        "audit_sample_items",
        sa.Column("sample_id", NUMBER, nullable=False),
        sa.Column("place", NUMBER, nullable=False),
        sa.Column("letter_id", NUMBER, nullable=False),
        sa.Column("stratum", sa.String(length=60), nullable=False),
        sa.Column("hits", NUMBER, nullable=False),
        sa.Column("certain", sa.Boolean(), nullable=False),
        sa.Column("booked_fen", NUMBER, nullable=False),
        sa.Column("audited_fen", NUMBER, nullable=True),
        sa.Column("checks", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("checked_by_id", NUMBER, nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("district_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint(
            "audited_fen is null or audited_fen = booked_fen or note <> ''",
            name=op.f("ck_audit_sample_items_explained"),
        ),
        sa.CheckConstraint(
            "(audited_fen is null) = (checked_by_id is null)", name=op.f("ck_audit_sample_items_checked")
        ),
        sa.CheckConstraint("audited_fen >= 0", name=op.f("ck_audit_sample_items_audited")),
        sa.CheckConstraint("hits > 0 and booked_fen > 0", name=op.f("ck_audit_sample_items_hit")),
        sa.ForeignKeyConstraint(["checked_by_id"], ["users.id"], name=op.f("fk_audit_sample_items_checked_by_id")),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_audit_sample_items_district_id")),
        sa.ForeignKeyConstraint(["letter_id"], ["letters.id"], name=op.f("fk_audit_sample_items_letter_id")),
        sa.ForeignKeyConstraint(["sample_id"], ["audit_samples.id"], name=op.f("fk_audit_sample_items_sample_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_sample_items")),
        sa.UniqueConstraint("sample_id", "letter_id", name=op.f("uq_audit_sample_items_sample_id_letter_id")),
    )
    op.create_index(op.f("ix_audit_sample_items_district_id"), "audit_sample_items", ["district_id"])
    op.create_index(op.f("ix_audit_sample_items_letter_id"), "audit_sample_items", ["letter_id"])
    op.create_index(op.f("ix_audit_sample_items_sample_id"), "audit_sample_items", ["sample_id"])
    op.create_table(
        "lead_letters",
        sa.Column("lead_id", NUMBER, nullable=False),
        sa.Column("letter_id", NUMBER, nullable=False),
        sa.Column("district_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_lead_letters_district_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name=op.f("fk_lead_letters_lead_id")),
        sa.ForeignKeyConstraint(["letter_id"], ["letters.id"], name=op.f("fk_lead_letters_letter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_letters")),
        sa.UniqueConstraint("lead_id", "letter_id", name=op.f("uq_lead_letters_lead_id_letter_id")),
    )
    op.create_index(op.f("ix_lead_letters_district_id"), "lead_letters", ["district_id"])
    op.create_index(op.f("ix_lead_letters_lead_id"), "lead_letters", ["lead_id"])
    op.create_index(op.f("ix_lead_letters_letter_id"), "lead_letters", ["letter_id"])


def downgrade() -> None:
    for table in (
        "lead_letters",
        "audit_sample_items",
        "leads",
        "audit_samples",
        "audit_engagements",
    ):
        op.drop_table(table)
