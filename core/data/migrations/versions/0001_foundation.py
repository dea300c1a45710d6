"""The foundation: every table of the main job, and the triggers that keep the trail append-only."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


# Rows of these tables are only ever added: a decision, an act or an audit event that could be edited proves nothing.
APPEND_ONLY = ("audit_events", "case_events", "decisions")


def protect(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
    else:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def upgrade() -> None:
    op.create_table(
        "districts",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=False),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("demonstration", sa.Boolean(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_districts")),
        sa.UniqueConstraint("region", name=op.f("uq_districts_region")),
    )
    op.create_table(
        "users",
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("password", sa.String(length=255), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("fs_uniquifier", sa.String(length=64), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tf_primary_method", sa.String(length=64), nullable=True),
        sa.Column("tf_totp_secret", sa.String(length=255), nullable=True),
        sa.Column("tf_last_step", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("mf_recovery_codes", sa.Text(), nullable=True),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("demonstration", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_users_fs_uniquifier")),
    )
    op.create_table(
        "throttles",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_throttles")),
        sa.UniqueConstraint("key", name=op.f("uq_throttles_key")),
    )
    op.create_table(
        "calendar_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("working", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=120), nullable=False),
        sa.Column("district_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_calendar_days_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_days")),
        sa.UniqueConstraint("district_id", "day", name=op.f("uq_calendar_days_district_id_day")),
    )
    with op.batch_alter_table("calendar_days", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_calendar_days_district_id"), ["district_id"], unique=False)

    op.create_table(
        "departments",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("district_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_departments_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_departments")),
        sa.UniqueConstraint("district_id", "code", name=op.f("uq_departments_district_id_code")),
    )
    with op.batch_alter_table("departments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_departments_district_id"), ["district_id"], unique=False)

    op.create_table(
        "enterprises",
        sa.Column("uscc", sa.String(length=18), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("district_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_enterprises_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enterprises")),
        sa.UniqueConstraint("district_id", "uscc", name=op.f("uq_enterprises_district_id_uscc")),
    )
    with op.batch_alter_table("enterprises", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_enterprises_district_id"), ["district_id"], unique=False)

    op.create_table(
        "operators",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("uscc", sa.String(length=18), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "state_park",
                "private",
                "university",
                "foreign",
                name="operator_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("district_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_operators_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operators")),
        sa.UniqueConstraint("district_id", "name", name=op.f("uq_operators_district_id_name")),
    )
    with op.batch_alter_table("operators", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_operators_district_id"), ["district_id"], unique=False)

    op.create_table(
        "pools",
        sa.Column("policy_key", sa.String(length=60), nullable=False),
        sa.Column("year", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("total_fen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("left_fen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reserved_fen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("committed_fen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("paid_fen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("district_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "left_fen + reserved_fen + committed_fen + paid_fen = total_fen", name=op.f("ck_pools_adds_up")
        ),
        sa.CheckConstraint(
            "left_fen >= 0 and reserved_fen >= 0 and committed_fen >= 0 and paid_fen >= 0",
            name=op.f("ck_pools_never_negative"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_pools_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pools")),
        sa.UniqueConstraint("district_id", "policy_key", "year", name=op.f("uq_pools_district_id_policy_key_year")),
    )
    with op.batch_alter_table("pools", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pools_district_id"), ["district_id"], unique=False)

    op.create_table(
        "user_sessions",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remote", sa.String(length=64), nullable=True),
        sa.Column("agent", sa.String(length=200), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_user_sessions_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_user_sessions_token_hash")),
    )
    with op.batch_alter_table("user_sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_user_sessions_user_id"), ["user_id"], unique=False)

    op.create_table(
        "audit_events",
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("operator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject_type", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("success", sa.Boolean(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("request_id", sa.String(length=40), nullable=True),
        sa.Column("remote", sa.String(length=64), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_audit_events_actor_id")),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_audit_events_district_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_audit_events_operator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_events")),
    )
    with op.batch_alter_table("audit_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_events_action"), ["action"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_events_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_events_district_id"), ["district_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_events_operator_id"), ["operator_id"], unique=False)
        batch_op.create_index("ix_audit_events_subject", ["subject_type", "subject_id"], unique=False)

    op.create_table(
        "issuers",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("mark", sa.String(length=20), nullable=False),
        sa.Column("authority", sa.Boolean(), nullable=False),
        sa.Column("department_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("district_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name=op.f("fk_issuers_department_id")),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_issuers_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issuers")),
        sa.UniqueConstraint("district_id", "mark", name=op.f("uq_issuers_district_id_mark")),
    )
    with op.batch_alter_table("issuers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_issuers_district_id"), ["district_id"], unique=False)

    op.create_table(
        "sites",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "nursery",
                "maker_space",
                "incubator",
                "accelerator",
                name="site_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("floor_area_cm2", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "ownership",
            sa.Enum("owned", "leased", name="site_ownership", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("private_capital", sa.Numeric(precision=5, scale=4), nullable=True),
        sa.Column("recognition", sa.String(length=80), nullable=True),
        sa.Column("property_certificate_on", sa.Date(), nullable=True),
        sa.Column("head_lease_until", sa.Date(), nullable=True),
        sa.Column("sublease_consent_on", sa.Date(), nullable=True),
        sa.Column("operator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("floor_area_cm2 > 0", name=op.f("ck_sites_area_positive")),
        sa.CheckConstraint("private_capital between 0 and 1", name=op.f("ck_sites_share_of_one")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_sites_operator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sites")),
        sa.UniqueConstraint("operator_id", "name", name=op.f("uq_sites_operator_id_name")),
    )
    with op.batch_alter_table("sites", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sites_operator_id"), ["operator_id"], unique=False)

    op.create_table(
        "tenants",
        sa.Column("enterprise_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("team", "company", name="tenant_kind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("uscc", sa.String(length=18), nullable=True),
        sa.Column(
            "legal_form",
            sa.Enum(
                "company",
                "sole_proprietorship",
                "partnership",
                "individual_business",
                "cooperative",
                "private_nonprofit",
                name="legal_form",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("small_or_micro", sa.Boolean(), nullable=True),
        sa.Column("registered_on", sa.Date(), nullable=True),
        sa.Column("registered_region", sa.String(length=6), nullable=True),
        sa.Column("registered_address", sa.String(length=200), nullable=True),
        sa.Column("operating_region", sa.String(length=6), nullable=True),
        sa.Column("industry", sa.String(length=80), nullable=True),
        sa.Column("labour_dispatch", sa.Boolean(), nullable=True),
        sa.Column("untrustworthy", sa.Boolean(), nullable=True),
        sa.Column(
            "stage",
            sa.Enum(
                "nursery",
                "incubator",
                "accelerator",
                "graduated",
                "exited",
                name="stage",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("contact_name", sa.String(length=60), nullable=True),
        sa.Column("contact_phone", sa.String(length=40), nullable=True),
        sa.Column("contact_email", sa.String(length=120), nullable=True),
        sa.Column("operator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"], name=op.f("fk_tenants_enterprise_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_tenants_operator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenants")),
        sa.UniqueConstraint("operator_id", "name", name=op.f("uq_tenants_operator_id_name")),
        sa.UniqueConstraint("operator_id", "uscc", name=op.f("uq_tenants_operator_id_uscc")),
    )
    with op.batch_alter_table("tenants", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tenants_enterprise_id"), ["enterprise_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_tenants_operator_id"), ["operator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_tenants_stage"), ["stage"], unique=False)
        batch_op.create_index(batch_op.f("ix_tenants_uscc"), ["uscc"], unique=False)

    op.create_table(
        "cases",
        sa.Column("district_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("policy_key", sa.String(length=60), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "submitted",
                "returned",
                "not_admitted",
                "accepted",
                "first_review",
                "second_review",
                "published",
                "objected",
                "approved",
                "issued",
                "paid",
                "closed",
                "refused",
                "withdrawn",
                "appealed",
                "revoked",
                "recovery",
                name="case_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("period_from", sa.String(length=7), nullable=False),
        sa.Column("period_to", sa.String(length=7), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("payee_name", sa.String(length=120), nullable=True),
        sa.Column("payee_bank", sa.String(length=120), nullable=True),
        sa.Column("payee_account_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("applied_on", sa.Date(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=True),
        sa.Column("persons_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("content_hash", sa.String(length=71), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("publication_ends_on", sa.Date(), nullable=True),
        sa.Column("publication_result", sa.String(length=200), nullable=True),
        sa.Column("returned_once", sa.Boolean(), nullable=False),
        sa.Column("created_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("prepared_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reviewed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("approved_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("paid_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("operator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "paid_by_id is null or approved_by_id is null or paid_by_id <> approved_by_id",
            name=op.f("ck_cases_payer_is_not_approver"),
        ),
        sa.CheckConstraint(
            "paid_by_id is null or prepared_by_id is null or paid_by_id <> prepared_by_id",
            name=op.f("ck_cases_payer_is_not_preparer"),
        ),
        sa.CheckConstraint("period_from <= period_to", name=op.f("ck_cases_period")),
        sa.CheckConstraint(
            "prepared_by_id is null or approved_by_id is null or prepared_by_id <> approved_by_id",
            name=op.f("ck_cases_preparer_is_not_approver"),
        ),
        sa.ForeignKeyConstraint(["approved_by_id"], ["users.id"], name=op.f("fk_cases_approved_by_id")),
        sa.ForeignKeyConstraint(["created_by_id"], ["users.id"], name=op.f("fk_cases_created_by_id")),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_cases_district_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_cases_operator_id")),
        sa.ForeignKeyConstraint(["paid_by_id"], ["users.id"], name=op.f("fk_cases_paid_by_id")),
        sa.ForeignKeyConstraint(["prepared_by_id"], ["users.id"], name=op.f("fk_cases_prepared_by_id")),
        sa.ForeignKeyConstraint(["reviewed_by_id"], ["users.id"], name=op.f("fk_cases_reviewed_by_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_cases_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("number", name=op.f("uq_cases_number")),
        sa.UniqueConstraint("uid", name=op.f("uq_cases_uid")),
    )
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cases_district_id"), ["district_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_cases_operator_id"), ["operator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_cases_policy_key"), ["policy_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_cases_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_cases_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "evidence_lines",
        sa.Column("district_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "rent_month",
                "insured_month",
                "desk_fee_month",
                name="evidence_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("natural_key", sa.String(length=160), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("amount_fen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column(
            "grade",
            sa.Enum(
                "government",
                "verified_original",
                "operator",
                "applicant",
                name="grade",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("paper_sha256", sa.String(length=64), nullable=True),
        sa.Column("checked_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("tenant_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("operator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["checked_by_id"], ["users.id"], name=op.f("fk_evidence_lines_checked_by_id")),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_evidence_lines_district_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_evidence_lines_operator_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_evidence_lines_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_lines")),
        sa.UniqueConstraint("district_id", "natural_key", name=op.f("uq_evidence_lines_district_id_natural_key")),
    )
    with op.batch_alter_table("evidence_lines", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_evidence_lines_district_id"), ["district_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_evidence_lines_operator_id"), ["operator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_evidence_lines_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "founders",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column(
            "id_type",
            sa.Enum(
                "resident",
                "hk_mo_tw",
                "passport",
                "foreign_permanent",
                name="id_type",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("id_number_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id_number_search", sa.String(length=32), nullable=True),
        sa.Column("id_number_once", sa.String(length=32), nullable=True),
        sa.Column("household_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("categories_sealed", sa.LargeBinary(), nullable=True),
        sa.Column(
            "permit",
            sa.Enum(
                "residence_permit",
                "hk_mo_tw_residence_permit",
                "overseas_talent_permit",
                "returnee_enterprise",
                "none",
                name="permit",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("legal_representative", sa.Boolean(), nullable=True),
        sa.Column("graduated_on", sa.Date(), nullable=True),
        sa.Column("first_company", sa.Boolean(), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("operator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_founders_operator_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_founders_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_founders")),
        sa.UniqueConstraint("uid", name=op.f("uq_founders_uid")),
    )
    with op.batch_alter_table("founders", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_founders_id_number_once"), ["id_number_once"], unique=False)
        batch_op.create_index(batch_op.f("ix_founders_id_number_search"), ["id_number_search"], unique=False)
        batch_op.create_index(batch_op.f("ix_founders_operator_id"), ["operator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_founders_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "insured_persons",
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column(
            "id_type",
            sa.Enum(
                "resident",
                "hk_mo_tw",
                "passport",
                "foreign_permanent",
                name="id_type",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("id_number_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("id_number_search", sa.String(length=32), nullable=False),
        sa.Column("id_number_once", sa.String(length=32), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("operator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_insured_persons_operator_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_insured_persons_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_insured_persons")),
        sa.UniqueConstraint(
            "tenant_id", "id_number_search", name=op.f("uq_insured_persons_tenant_id_id_number_search")
        ),
        sa.UniqueConstraint("uid", name=op.f("uq_insured_persons_uid")),
    )
    with op.batch_alter_table("insured_persons", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_insured_persons_id_number_once"), ["id_number_once"], unique=False)
        batch_op.create_index(batch_op.f("ix_insured_persons_id_number_search"), ["id_number_search"], unique=False)
        batch_op.create_index(batch_op.f("ix_insured_persons_operator_id"), ["operator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_insured_persons_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "invitations",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "founder",
                "tenant_member",
                "operator_manager",
                "operator_staff",
                "window",
                "first_reviewer",
                "second_reviewer",
                "approver",
                "payer",
                "auditor",
                "district_admin",
                "platform_admin",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("district_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("department_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("operator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("tenant_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("invited_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name=op.f("fk_invitations_department_id")),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_invitations_district_id")),
        sa.ForeignKeyConstraint(["invited_by_id"], ["users.id"], name=op.f("fk_invitations_invited_by_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_invitations_operator_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_invitations_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitations_token_hash")),
    )
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitations_email"), ["email"], unique=False)
        batch_op.create_index(batch_op.f("ix_invitations_operator_id"), ["operator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_invitations_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "leases",
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "draft", "running", "ended", name="lease_status", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("monthly_rent_fen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("deposit_fen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("lawful", sa.Boolean(), nullable=True),
        sa.Column("independent", sa.Boolean(), nullable=True),
        sa.Column("region", sa.String(length=6), nullable=True),
        sa.Column("paper_sha256", sa.String(length=64), nullable=True),
        sa.Column("tenant_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("operator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("deposit_fen >= 0", name=op.f("ck_leases_deposit_not_negative")),
        sa.CheckConstraint("ends_on is null or ends_on >= starts_on", name=op.f("ck_leases_range")),
        sa.CheckConstraint("monthly_rent_fen >= 0", name=op.f("ck_leases_rent_not_negative")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_leases_operator_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_leases_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leases")),
        sa.UniqueConstraint("operator_id", "number", name=op.f("uq_leases_operator_id_number")),
    )
    with op.batch_alter_table("leases", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_leases_operator_id"), ["operator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_leases_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "letter_counters",
        sa.Column("issuer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("year", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("last", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuers.id"], name=op.f("fk_letter_counters_issuer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_counters")),
        sa.UniqueConstraint("issuer_id", "year", name=op.f("uq_letter_counters_issuer_id_year")),
    )
    op.create_table(
        "memberships",
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "founder",
                "tenant_member",
                "operator_manager",
                "operator_staff",
                "window",
                "first_reviewer",
                "second_reviewer",
                "approver",
                "payer",
                "auditor",
                "district_admin",
                "platform_admin",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("district_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("department_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("operator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("tenant_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(length=200), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("ends_on is null or ends_on >= starts_on", name=op.f("ck_memberships_range")),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name=op.f("fk_memberships_department_id")),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_memberships_district_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_memberships_operator_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_memberships_tenant_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_memberships_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
    )
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_memberships_district_id"), ["district_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_memberships_operator_id"), ["operator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_memberships_role"), ["role"], unique=False)
        batch_op.create_index(batch_op.f("ix_memberships_tenant_id"), ["tenant_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_memberships_user_id"), ["user_id"], unique=False)

    op.create_table(
        "occupancies",
        sa.Column(
            "kind",
            sa.Enum(
                "physical",
                "registered_only",
                "office_only",
                name="occupancy_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("tenant_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("operator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("to_on is null or to_on >= from_on", name=op.f("ck_occupancies_range")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_occupancies_operator_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_occupancies_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_occupancies")),
    )
    with op.batch_alter_table("occupancies", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_occupancies_operator_id"), ["operator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_occupancies_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "spaces",
        sa.Column("site_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("floor", sa.String(length=20), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "room",
                "desk",
                "lab",
                "meeting_room",
                name="space_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("area_cm2", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("capacity", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("list_price_fen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "price_unit",
            sa.Enum(
                "sqm_day",
                "sqm_month",
                "unit_month",
                name="price_unit",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "vacant",
                "occupied",
                "reserved",
                "maintenance",
                name="space_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("independent", sa.Boolean(), nullable=False),
        sa.Column("operator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("area_cm2 > 0", name=op.f("ck_spaces_area_positive")),
        sa.CheckConstraint("list_price_fen >= 0", name=op.f("ck_spaces_price_not_negative")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_spaces_operator_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_spaces_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spaces")),
        sa.UniqueConstraint("site_id", "code", name=op.f("uq_spaces_site_id_code")),
    )
    with op.batch_alter_table("spaces", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_spaces_operator_id"), ["operator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_spaces_site_id"), ["site_id"], unique=False)

    op.create_table(
        "stage_moves",
        sa.Column(
            "stage",
            sa.Enum(
                "nursery",
                "incubator",
                "accelerator",
                "graduated",
                "exited",
                name="stage",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("criteria", sa.JSON(), nullable=True),
        sa.Column("note", sa.String(length=400), nullable=True),
        sa.Column("tenant_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("operator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("to_on is null or to_on >= from_on", name=op.f("ck_stage_moves_range")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_stage_moves_operator_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_stage_moves_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_moves")),
    )
    with op.batch_alter_table("stage_moves", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stage_moves_operator_id"), ["operator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_stage_moves_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "stored_files",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("uploaded_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("operator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_stored_files_operator_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_stored_files_tenant_id")),
        sa.ForeignKeyConstraint(["uploaded_by_id"], ["users.id"], name=op.f("fk_stored_files_uploaded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_files")),
    )
    with op.batch_alter_table("stored_files", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stored_files_operator_id"), ["operator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_stored_files_sha256"), ["sha256"], unique=False)
        batch_op.create_index(batch_op.f("ix_stored_files_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "case_documents",
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("file_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tenant_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("operator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_documents_case_id")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_files.id"], name=op.f("fk_case_documents_file_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_case_documents_operator_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_case_documents_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_documents")),
        sa.UniqueConstraint("case_id", "kind", "file_id", name=op.f("uq_case_documents_case_id_kind_file_id")),
    )
    with op.batch_alter_table("case_documents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_documents_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_documents_operator_id"), ["operator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_documents_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "case_events",
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("move", sa.String(length=40), nullable=False),
        sa.Column(
            "from_state",
            sa.Enum(
                "draft",
                "submitted",
                "returned",
                "not_admitted",
                "accepted",
                "first_review",
                "second_review",
                "published",
                "objected",
                "approved",
                "issued",
                "paid",
                "closed",
                "refused",
                "withdrawn",
                "appealed",
                "revoked",
                "recovery",
                name="from_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "to_state",
            sa.Enum(
                "draft",
                "submitted",
                "returned",
                "not_admitted",
                "accepted",
                "first_review",
                "second_review",
                "published",
                "objected",
                "approved",
                "issued",
                "paid",
                "closed",
                "refused",
                "withdrawn",
                "appealed",
                "revoked",
                "recovery",
                name="to_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("department_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("opinion", sa.Text(), nullable=True),
        sa.Column("reasons", sa.JSON(), nullable=True),
        sa.Column("content_hash", sa.String(length=71), nullable=True),
        sa.Column("tenant_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("operator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_case_events_actor_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_events_case_id")),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name=op.f("fk_case_events_department_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_case_events_operator_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_case_events_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_events")),
    )
    with op.batch_alter_table("case_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_events_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_events_operator_id"), ["operator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_events_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "decisions",
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("amount_fen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("rule_from", sa.Date(), nullable=True),
        sa.Column("demonstration", sa.Boolean(), nullable=False),
        sa.Column("capsule", sa.LargeBinary(), nullable=False),
        sa.Column("capsule_digest", sa.String(length=71), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("operator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_decisions_case_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_decisions_operator_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_decisions_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
    )
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_decisions_capsule_digest"), ["capsule_digest"], unique=False)
        batch_op.create_index(batch_op.f("ix_decisions_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_decisions_operator_id"), ["operator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_decisions_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "delegations",
        sa.Column("membership_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("from_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("to_user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_delegations_range")),
        sa.CheckConstraint("from_user_id <> to_user_id", name=op.f("ck_delegations_two_people")),
        sa.ForeignKeyConstraint(["from_user_id"], ["users.id"], name=op.f("fk_delegations_from_user_id")),
        sa.ForeignKeyConstraint(["membership_id"], ["memberships.id"], name=op.f("fk_delegations_membership_id")),
        sa.ForeignKeyConstraint(["to_user_id"], ["users.id"], name=op.f("fk_delegations_to_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegations")),
    )
    with op.batch_alter_table("delegations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delegations_from_user_id"), ["from_user_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_delegations_membership_id"), ["membership_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_delegations_to_user_id"), ["to_user_id"], unique=False)

    op.create_table(
        "employments",
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("employer_uscc", sa.String(length=18), nullable=False),
        sa.Column("filing_uscc", sa.String(length=18), nullable=True),
        sa.Column("household_sealed", sa.LargeBinary(), nullable=True),
        sa.Column(
            "grade",
            sa.Enum(
                "government",
                "verified_original",
                "operator",
                "applicant",
                name="grade",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("paper_sha256", sa.String(length=64), nullable=True),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("operator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_employments_operator_id")),
        sa.ForeignKeyConstraint(["person_id"], ["insured_persons.id"], name=op.f("fk_employments_person_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_employments_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_employments")),
        sa.UniqueConstraint(
            "person_id", "month", "employer_uscc", name=op.f("uq_employments_person_id_month_employer_uscc")
        ),
        sa.UniqueConstraint("uid", name=op.f("uq_employments_uid")),
    )
    with op.batch_alter_table("employments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_employments_month"), ["month"], unique=False)
        batch_op.create_index(batch_op.f("ix_employments_operator_id"), ["operator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_employments_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_employments_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "lease_spaces",
        sa.Column("lease_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("space_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("operator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["lease_id"], ["leases.id"], name=op.f("fk_lease_spaces_lease_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_lease_spaces_operator_id")),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_lease_spaces_space_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lease_spaces")),
        sa.UniqueConstraint("lease_id", "space_id", name=op.f("uq_lease_spaces_lease_id_space_id")),
    )
    with op.batch_alter_table("lease_spaces", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lease_spaces_lease_id"), ["lease_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_lease_spaces_operator_id"), ["operator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_lease_spaces_space_id"), ["space_id"], unique=False)

    op.create_table(
        "pool_entries",
        sa.Column("pool_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "move",
            sa.Enum(
                "reserve",
                "commit",
                "pay",
                "release",
                name="pool_move",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("amount_fen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_pool_entries_case_id")),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_pool_entries_district_id")),
        sa.ForeignKeyConstraint(["pool_id"], ["pools.id"], name=op.f("fk_pool_entries_pool_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pool_entries")),
    )
    with op.batch_alter_table("pool_entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pool_entries_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_pool_entries_district_id"), ["district_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_pool_entries_pool_id"), ["pool_id"], unique=False)

    op.create_table(
        "rent_payments",
        sa.Column("lease_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("paid_fen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column(
            "payer",
            sa.Enum("tenant", "explained", "other", name="payer", native_enum=False, create_constraint=True, length=40),
            nullable=True,
        ),
        sa.Column("payer_name", sa.String(length=120), nullable=True),
        sa.Column("voucher", sa.String(length=60), nullable=False),
        sa.Column(
            "grade",
            sa.Enum(
                "government",
                "verified_original",
                "operator",
                "applicant",
                name="grade",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("paper_sha256", sa.String(length=64), nullable=True),
        sa.Column("tenant_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("operator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("paid_fen >= 0", name=op.f("ck_rent_payments_paid_not_negative")),
        sa.ForeignKeyConstraint(["lease_id"], ["leases.id"], name=op.f("fk_rent_payments_lease_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_rent_payments_operator_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_rent_payments_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rent_payments")),
        sa.UniqueConstraint(
            "operator_id",
            "lease_id",
            "month",
            "voucher",
            name=op.f("uq_rent_payments_operator_id_lease_id_month_voucher"),
        ),
    )
    with op.batch_alter_table("rent_payments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rent_payments_lease_id"), ["lease_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_rent_payments_month"), ["month"], unique=False)
        batch_op.create_index(batch_op.f("ix_rent_payments_operator_id"), ["operator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_rent_payments_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "rent_terms",
        sa.Column("lease_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("monthly_rent_fen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("operator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("monthly_rent_fen >= 0", name=op.f("ck_rent_terms_rent_not_negative")),
        sa.ForeignKeyConstraint(["lease_id"], ["leases.id"], name=op.f("fk_rent_terms_lease_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_rent_terms_operator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rent_terms")),
        sa.UniqueConstraint("lease_id", "from_on", name=op.f("uq_rent_terms_lease_id_from_on")),
    )
    with op.batch_alter_table("rent_terms", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rent_terms_lease_id"), ["lease_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_rent_terms_operator_id"), ["operator_id"], unique=False)

    op.create_table(
        "awards",
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("decision_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("policy_key", sa.String(length=60), nullable=False),
        sa.Column("amount_fen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("operator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_awards_amount_not_negative")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_awards_case_id")),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name=op.f("fk_awards_decision_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_awards_operator_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_awards_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_awards")),
        sa.UniqueConstraint("case_id", name=op.f("uq_awards_case_id")),
        sa.UniqueConstraint("decision_id", name=op.f("uq_awards_decision_id")),
    )
    with op.batch_alter_table("awards", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_awards_operator_id"), ["operator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_awards_policy_key"), ["policy_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_awards_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "evidence_uses",
        sa.Column("line_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("award_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("policy_key", sa.String(length=60), nullable=False),
        sa.Column("stacking_group", sa.String(length=60), nullable=False),
        sa.Column(
            "rule",
            sa.Enum(
                "exclusive",
                "capped",
                "stackable",
                name="stacking_rule",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("amount_fen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("operator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_evidence_uses_amount_not_negative")),
        sa.ForeignKeyConstraint(["award_id"], ["awards.id"], name=op.f("fk_evidence_uses_award_id")),
        sa.ForeignKeyConstraint(["line_id"], ["evidence_lines.id"], name=op.f("fk_evidence_uses_line_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_evidence_uses_operator_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_evidence_uses_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_uses")),
    )
    with op.batch_alter_table("evidence_uses", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_evidence_uses_award_id"), ["award_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_evidence_uses_line_id"), ["line_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_evidence_uses_operator_id"), ["operator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_evidence_uses_tenant_id"), ["tenant_id"], unique=False)
        batch_op.create_index(
            "uq_evidence_uses_exclusive",
            ["line_id", "stacking_group"],
            unique=True,
            sqlite_where=sa.text("rule = 'exclusive' and released_at is null"),
            postgresql_where=sa.text("rule = 'exclusive' and released_at is null"),
        )

    op.create_table(
        "letters",
        sa.Column("district_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("decision_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("award_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "kind",
            sa.Enum("award", "refusal", name="letter_kind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "numbered", "issued", "void", name="letter_status", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("issuer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("year", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("check_code", sa.String(length=20), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("capsule_digest", sa.String(length=71), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=True),
        sa.Column("file_size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("operator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "(status = 'issued') = (file_sha256 is not null) or status = 'void'",
            name=op.f("ck_letters_issued_has_file"),
        ),
        sa.ForeignKeyConstraint(["award_id"], ["awards.id"], name=op.f("fk_letters_award_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_letters_case_id")),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name=op.f("fk_letters_decision_id")),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_letters_district_id")),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuers.id"], name=op.f("fk_letters_issuer_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_letters_operator_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_letters_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters")),
        sa.UniqueConstraint("award_id", name=op.f("uq_letters_award_id")),
        sa.UniqueConstraint("check_code", name=op.f("uq_letters_check_code")),
        sa.UniqueConstraint("decision_id", "kind", name=op.f("uq_letters_decision_id_kind")),
        sa.UniqueConstraint("issuer_id", "year", "seq", name=op.f("uq_letters_issuer_id_year_seq")),
    )
    with op.batch_alter_table("letters", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_letters_capsule_digest"), ["capsule_digest"], unique=False)
        batch_op.create_index(batch_op.f("ix_letters_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_letters_district_id"), ["district_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_letters_file_sha256"), ["file_sha256"], unique=False)
        batch_op.create_index(batch_op.f("ix_letters_operator_id"), ["operator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_letters_status"), ["status"], unique=False)
        batch_op.create_index(batch_op.f("ix_letters_tenant_id"), ["tenant_id"], unique=False)

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
        )
    for table in APPEND_ONLY:
        protect(table)


def downgrade() -> None:
    with op.batch_alter_table("letters", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_letters_tenant_id"))
        batch_op.drop_index(batch_op.f("ix_letters_status"))
        batch_op.drop_index(batch_op.f("ix_letters_operator_id"))
        batch_op.drop_index(batch_op.f("ix_letters_file_sha256"))
        batch_op.drop_index(batch_op.f("ix_letters_district_id"))
        batch_op.drop_index(batch_op.f("ix_letters_case_id"))
        batch_op.drop_index(batch_op.f("ix_letters_capsule_digest"))

    op.drop_table("letters")
    with op.batch_alter_table("evidence_uses", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_evidence_uses_exclusive",
            sqlite_where=sa.text("rule = 'exclusive' and released_at is null"),
            postgresql_where=sa.text("rule = 'exclusive' and released_at is null"),
        )
        batch_op.drop_index(batch_op.f("ix_evidence_uses_tenant_id"))
        batch_op.drop_index(batch_op.f("ix_evidence_uses_operator_id"))
        batch_op.drop_index(batch_op.f("ix_evidence_uses_line_id"))
        batch_op.drop_index(batch_op.f("ix_evidence_uses_award_id"))

    op.drop_table("evidence_uses")
    with op.batch_alter_table("awards", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_awards_tenant_id"))
        batch_op.drop_index(batch_op.f("ix_awards_policy_key"))
        batch_op.drop_index(batch_op.f("ix_awards_operator_id"))

    op.drop_table("awards")
    with op.batch_alter_table("rent_terms", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rent_terms_operator_id"))
        batch_op.drop_index(batch_op.f("ix_rent_terms_lease_id"))

    op.drop_table("rent_terms")
    with op.batch_alter_table("rent_payments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rent_payments_tenant_id"))
        batch_op.drop_index(batch_op.f("ix_rent_payments_operator_id"))
        batch_op.drop_index(batch_op.f("ix_rent_payments_month"))
        batch_op.drop_index(batch_op.f("ix_rent_payments_lease_id"))

    op.drop_table("rent_payments")
    with op.batch_alter_table("pool_entries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pool_entries_pool_id"))
        batch_op.drop_index(batch_op.f("ix_pool_entries_district_id"))
        batch_op.drop_index(batch_op.f("ix_pool_entries_case_id"))

    op.drop_table("pool_entries")
    with op.batch_alter_table("lease_spaces", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_lease_spaces_space_id"))
        batch_op.drop_index(batch_op.f("ix_lease_spaces_operator_id"))
        batch_op.drop_index(batch_op.f("ix_lease_spaces_lease_id"))

    op.drop_table("lease_spaces")
    with op.batch_alter_table("employments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_employments_tenant_id"))
        batch_op.drop_index(batch_op.f("ix_employments_person_id"))
        batch_op.drop_index(batch_op.f("ix_employments_operator_id"))
        batch_op.drop_index(batch_op.f("ix_employments_month"))

    op.drop_table("employments")
    with op.batch_alter_table("delegations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_delegations_to_user_id"))
        batch_op.drop_index(batch_op.f("ix_delegations_membership_id"))
        batch_op.drop_index(batch_op.f("ix_delegations_from_user_id"))

    op.drop_table("delegations")
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_decisions_tenant_id"))
        batch_op.drop_index(batch_op.f("ix_decisions_operator_id"))
        batch_op.drop_index(batch_op.f("ix_decisions_case_id"))
        batch_op.drop_index(batch_op.f("ix_decisions_capsule_digest"))

    op.drop_table("decisions")
    with op.batch_alter_table("case_events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_events_tenant_id"))
        batch_op.drop_index(batch_op.f("ix_case_events_operator_id"))
        batch_op.drop_index(batch_op.f("ix_case_events_case_id"))

    op.drop_table("case_events")
    with op.batch_alter_table("case_documents", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_documents_tenant_id"))
        batch_op.drop_index(batch_op.f("ix_case_documents_operator_id"))
        batch_op.drop_index(batch_op.f("ix_case_documents_case_id"))

    op.drop_table("case_documents")
    with op.batch_alter_table("stored_files", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stored_files_tenant_id"))
        batch_op.drop_index(batch_op.f("ix_stored_files_sha256"))
        batch_op.drop_index(batch_op.f("ix_stored_files_operator_id"))

    op.drop_table("stored_files")
    with op.batch_alter_table("stage_moves", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stage_moves_tenant_id"))
        batch_op.drop_index(batch_op.f("ix_stage_moves_operator_id"))

    op.drop_table("stage_moves")
    with op.batch_alter_table("spaces", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_spaces_site_id"))
        batch_op.drop_index(batch_op.f("ix_spaces_operator_id"))

    op.drop_table("spaces")
    with op.batch_alter_table("occupancies", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_occupancies_tenant_id"))
        batch_op.drop_index(batch_op.f("ix_occupancies_operator_id"))

    op.drop_table("occupancies")
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_memberships_user_id"))
        batch_op.drop_index(batch_op.f("ix_memberships_tenant_id"))
        batch_op.drop_index(batch_op.f("ix_memberships_role"))
        batch_op.drop_index(batch_op.f("ix_memberships_operator_id"))
        batch_op.drop_index(batch_op.f("ix_memberships_district_id"))

    op.drop_table("memberships")
    op.drop_table("letter_counters")
    with op.batch_alter_table("leases", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_leases_tenant_id"))
        batch_op.drop_index(batch_op.f("ix_leases_operator_id"))

    op.drop_table("leases")
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invitations_tenant_id"))
        batch_op.drop_index(batch_op.f("ix_invitations_operator_id"))
        batch_op.drop_index(batch_op.f("ix_invitations_email"))

    op.drop_table("invitations")
    with op.batch_alter_table("insured_persons", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_insured_persons_tenant_id"))
        batch_op.drop_index(batch_op.f("ix_insured_persons_operator_id"))
        batch_op.drop_index(batch_op.f("ix_insured_persons_id_number_search"))
        batch_op.drop_index(batch_op.f("ix_insured_persons_id_number_once"))

    op.drop_table("insured_persons")
    with op.batch_alter_table("founders", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_founders_tenant_id"))
        batch_op.drop_index(batch_op.f("ix_founders_operator_id"))
        batch_op.drop_index(batch_op.f("ix_founders_id_number_search"))
        batch_op.drop_index(batch_op.f("ix_founders_id_number_once"))

    op.drop_table("founders")
    with op.batch_alter_table("evidence_lines", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_evidence_lines_tenant_id"))
        batch_op.drop_index(batch_op.f("ix_evidence_lines_operator_id"))
        batch_op.drop_index(batch_op.f("ix_evidence_lines_district_id"))

    op.drop_table("evidence_lines")
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cases_tenant_id"))
        batch_op.drop_index(batch_op.f("ix_cases_state"))
        batch_op.drop_index(batch_op.f("ix_cases_policy_key"))
        batch_op.drop_index(batch_op.f("ix_cases_operator_id"))
        batch_op.drop_index(batch_op.f("ix_cases_district_id"))

    op.drop_table("cases")
    with op.batch_alter_table("tenants", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tenants_uscc"))
        batch_op.drop_index(batch_op.f("ix_tenants_stage"))
        batch_op.drop_index(batch_op.f("ix_tenants_operator_id"))
        batch_op.drop_index(batch_op.f("ix_tenants_enterprise_id"))

    op.drop_table("tenants")
    with op.batch_alter_table("sites", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sites_operator_id"))

    op.drop_table("sites")
    with op.batch_alter_table("issuers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_issuers_district_id"))

    op.drop_table("issuers")
    with op.batch_alter_table("audit_events", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_events_subject")
        batch_op.drop_index(batch_op.f("ix_audit_events_operator_id"))
        batch_op.drop_index(batch_op.f("ix_audit_events_district_id"))
        batch_op.drop_index(batch_op.f("ix_audit_events_at"))
        batch_op.drop_index(batch_op.f("ix_audit_events_action"))

    op.drop_table("audit_events")
    with op.batch_alter_table("user_sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_user_sessions_user_id"))

    op.drop_table("user_sessions")
    with op.batch_alter_table("pools", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pools_district_id"))

    op.drop_table("pools")
    with op.batch_alter_table("operators", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_operators_district_id"))

    op.drop_table("operators")
    with op.batch_alter_table("enterprises", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_enterprises_district_id"))

    op.drop_table("enterprises")
    with op.batch_alter_table("departments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_departments_district_id"))

    op.drop_table("departments")
    with op.batch_alter_table("calendar_days", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_calendar_days_district_id"))

    op.drop_table("calendar_days")
    op.drop_table("throttles")
    op.drop_table("users")
    op.drop_table("districts")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change()")
