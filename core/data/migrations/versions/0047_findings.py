"""Findings of the auditors."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "findings",
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("severity", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("engagement_id", NUMBER, nullable=True),
        sa.Column("lead_id", NUMBER, nullable=True),
        sa.Column("sample_item_id", NUMBER, nullable=True),
        sa.Column("letter_id", NUMBER, nullable=True),
        sa.Column("case_id", NUMBER, nullable=True),
        sa.Column("about_tenant_id", NUMBER, nullable=True),
        sa.Column("about_operator_id", NUMBER, nullable=True),
        sa.Column("policy_key", sa.String(length=60), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("fact", sa.Text(), nullable=False),
        sa.Column("criterion", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("recommendation", sa.Text(), nullable=False),
        sa.Column("amount_fen", NUMBER, nullable=True),
        sa.Column("to_department_id", NUMBER, nullable=True),
        sa.Column("to_operator_id", NUMBER, nullable=True),
        sa.Column("to_tenant_id", NUMBER, nullable=True),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("agreed", sa.Boolean(), nullable=True),
        sa.Column("response_due_on", sa.Date(), nullable=True),
        sa.Column("correction_due_on", sa.Date(), nullable=True),
        sa.Column("written_by_id", NUMBER, nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", NUMBER, nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("district_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("(state = 'closed') = (closed_by_id is not null)", name=op.f("ck_findings_closed")),
        sa.CheckConstraint(
            "(state in ('closed', 'withdrawn')) = (ended_at is not null)", name=op.f("ck_findings_ended")
        ),
        sa.CheckConstraint(
            "state = 'withdrawn' or shown = (state <> 'draft')", name=op.f("ck_findings_draft_is_hidden")
        ),
        sa.CheckConstraint(
            "state not in ('correcting', 'reopened') or correction_due_on is not null",
            name=op.f("ck_findings_correction_dated"),
        ),
        sa.CheckConstraint(
            "state not in ('issued', 'not_accepted') or response_due_on is not null",
            name=op.f("ck_findings_response_dated"),
        ),
        sa.CheckConstraint(
            "to_department_id is null or to_operator_id is null", name=op.f("ck_findings_one_respondent")
        ),
        sa.CheckConstraint(
            "not shown or to_department_id is not null or to_operator_id is not null",
            name=op.f("ck_findings_shown_to_somebody"),
        ),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_findings_amount_not_negative")),
        sa.CheckConstraint("closed_by_id <> written_by_id", name=op.f("ck_findings_closed_by_another")),
        sa.CheckConstraint("shown = (issued_at is not null)", name=op.f("ck_findings_shown_when_issued")),
        sa.CheckConstraint(
            "to_tenant_id is null or to_operator_id is not null", name=op.f("ck_findings_tenant_of_operator")
        ),
        sa.ForeignKeyConstraint(["about_operator_id"], ["operators.id"], name=op.f("fk_findings_about_operator_id")),
        sa.ForeignKeyConstraint(["about_tenant_id"], ["tenants.id"], name=op.f("fk_findings_about_tenant_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_findings_case_id")),
        sa.ForeignKeyConstraint(["closed_by_id"], ["users.id"], name=op.f("fk_findings_closed_by_id")),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_findings_district_id")),
        sa.ForeignKeyConstraint(["engagement_id"], ["audit_engagements.id"], name=op.f("fk_findings_engagement_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name=op.f("fk_findings_lead_id")),
        sa.ForeignKeyConstraint(["letter_id"], ["letters.id"], name=op.f("fk_findings_letter_id")),
        sa.ForeignKeyConstraint(["sample_item_id"], ["audit_sample_items.id"], name=op.f("fk_findings_sample_item_id")),
        sa.ForeignKeyConstraint(["to_department_id"], ["departments.id"], name=op.f("fk_findings_to_department_id")),
        sa.ForeignKeyConstraint(["to_operator_id"], ["operators.id"], name=op.f("fk_findings_to_operator_id")),
        sa.ForeignKeyConstraint(["to_tenant_id"], ["tenants.id"], name=op.f("fk_findings_to_tenant_id")),
        sa.ForeignKeyConstraint(["written_by_id"], ["users.id"], name=op.f("fk_findings_written_by_id")),
        sa.CheckConstraint(
            "state IN ('draft', 'issued', 'responded', 'not_accepted', 'escalated', 'correcting', "
            "'corrected', 'reopened', 'closed', 'withdrawn')",
            name=op.f("ck_findings_finding_state"),
        ),
        sa.CheckConstraint("severity IN ('minor', 'moderate', 'serious')", name=op.f("ck_findings_finding_severity")),
        sa.CheckConstraint(
            "source IN ('lead', 'sample', 'replay', 'verification', 'observation')",
            name=op.f("ck_findings_finding_source"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_findings")),
        sa.UniqueConstraint("number", name=op.f("uq_findings_number")),
    )
    op.create_index(op.f("ix_findings_about_operator_id"), "findings", ["about_operator_id"])
    op.create_index(op.f("ix_findings_about_tenant_id"), "findings", ["about_tenant_id"])
    op.create_index(op.f("ix_findings_case_id"), "findings", ["case_id"])
    op.create_index(op.f("ix_findings_correction_due_on"), "findings", ["correction_due_on"])
    op.create_index(op.f("ix_findings_district_id"), "findings", ["district_id"])
    op.create_index(op.f("ix_findings_engagement_id"), "findings", ["engagement_id"])
    op.create_index(op.f("ix_findings_lead_id"), "findings", ["lead_id"])
    op.create_index(op.f("ix_findings_letter_id"), "findings", ["letter_id"])
    op.create_index(op.f("ix_findings_policy_key"), "findings", ["policy_key"])
    op.create_index(op.f("ix_findings_response_due_on"), "findings", ["response_due_on"])
    op.create_index(op.f("ix_findings_sample_item_id"), "findings", ["sample_item_id"])
    op.create_index(op.f("ix_findings_state"), "findings", ["state"])
    op.create_index(op.f("ix_findings_to_department_id"), "findings", ["to_department_id"])
    op.create_index(op.f("ix_findings_to_operator_id"), "findings", ["to_operator_id"])
    op.create_index(op.f("ix_findings_to_tenant_id"), "findings", ["to_tenant_id"])
    op.create_table(
        "finding_acts",
        sa.Column("finding_id", NUMBER, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("side", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", NUMBER, nullable=True),
        sa.Column("said", sa.Text(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("district_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_finding_acts_actor_id")),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_finding_acts_district_id")),
        sa.ForeignKeyConstraint(["finding_id"], ["findings.id"], name=op.f("fk_finding_acts_finding_id")),
        sa.CheckConstraint(
            "kind IN ('written', 'issued', 'commented', 'noted', 'responded', 'dismissed', 'escalated', "
            "'ordered', 'reported', 'extended', 'closed', 'reopened', 'withdrawn', 'proposed', 'taken_up', "
            "'declined')",
            name=op.f("ck_finding_acts_finding_act_kind"),
        ),
        sa.CheckConstraint("side IN ('auditor', 'respondent', 'district')", name=op.f("ck_finding_acts_finding_side")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding_acts")),
    )
    op.create_index(op.f("ix_finding_acts_district_id"), "finding_acts", ["district_id"])
    op.create_index(op.f("ix_finding_acts_finding_id"), "finding_acts", ["finding_id"])
    op.create_table(
        "finding_proposals",
        sa.Column("finding_id", NUMBER, nullable=False),
        sa.Column("case_id", NUMBER, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("proposed_by_id", NUMBER, nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", NUMBER, nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("event_id", NUMBER, nullable=True),
        sa.Column("recovery_id", NUMBER, nullable=True),
        sa.Column("district_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("(state = 'waiting') = (decided_by_id is null)", name=op.f("ck_finding_proposals_decided")),
        sa.CheckConstraint(
            "state <> 'declined' or reason <> ''", name=op.f("ck_finding_proposals_declined_with_reason")
        ),
        sa.CheckConstraint("decided_by_id <> proposed_by_id", name=op.f("ck_finding_proposals_another_decides")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_finding_proposals_case_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_finding_proposals_decided_by_id")),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_finding_proposals_district_id")),
        sa.ForeignKeyConstraint(["event_id"], ["case_events.id"], name=op.f("fk_finding_proposals_event_id")),
        sa.ForeignKeyConstraint(["finding_id"], ["findings.id"], name=op.f("fk_finding_proposals_finding_id")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["users.id"], name=op.f("fk_finding_proposals_proposed_by_id")),
        sa.ForeignKeyConstraint(["recovery_id"], ["recoveries.id"], name=op.f("fk_finding_proposals_recovery_id")),
        sa.CheckConstraint("kind IN ('revoke', 'recover')", name=op.f("ck_finding_proposals_proposal_kind")),
        sa.CheckConstraint(
            "state IN ('waiting', 'taken_up', 'declined')", name=op.f("ck_finding_proposals_proposal_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding_proposals")),
    )
    op.create_index(op.f("ix_finding_proposals_case_id"), "finding_proposals", ["case_id"])
    op.create_index(op.f("ix_finding_proposals_district_id"), "finding_proposals", ["district_id"])
    op.create_index(op.f("ix_finding_proposals_finding_id"), "finding_proposals", ["finding_id"])
    op.create_index(op.f("ix_finding_proposals_state"), "finding_proposals", ["state"])
    op.create_index(
        "uq_finding_proposals_waiting",
        "finding_proposals",
        ["finding_id", "kind"],
        unique=True,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "finding_papers",
        sa.Column("finding_id", NUMBER, nullable=False),
        sa.Column("act_id", NUMBER, nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", NUMBER, nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("uploaded_by_id", NUMBER, nullable=True),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["act_id"], ["finding_acts.id"], name=op.f("fk_finding_papers_act_id")),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_finding_papers_district_id")),
        sa.ForeignKeyConstraint(["finding_id"], ["findings.id"], name=op.f("fk_finding_papers_finding_id")),
        sa.ForeignKeyConstraint(["uploaded_by_id"], ["users.id"], name=op.f("fk_finding_papers_uploaded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding_papers")),
        sa.UniqueConstraint("act_id", "sha256", name=op.f("uq_finding_papers_act_id_sha256")),
    )
    op.create_index(op.f("ix_finding_papers_district_id"), "finding_papers", ["district_id"])
    op.create_index(op.f("ix_finding_papers_finding_id"), "finding_papers", ["finding_id"])
    op.create_index(op.f("ix_finding_papers_sha256"), "finding_papers", ["sha256"])
    _keep_acts()


def _keep_acts() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER finding_acts_no_{verb.lower()} BEFORE {verb} ON finding_acts "
                "BEGIN SELECT RAISE(ABORT, 'finding_acts is append-only'); END"
            )
    else:
        op.execute(
            "CREATE TRIGGER finding_acts_append_only BEFORE UPDATE OR DELETE ON finding_acts "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    for table in (
        "finding_papers",
        "finding_proposals",
        "finding_acts",
        "findings",
    ):
        op.drop_table(table)
