"""Floors, site papers and photographs; the whole file of a tenant; decisions about stages; kept views and undo."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AREAS_WITHIN = (
    "coalesce(incubation_area_cm2, 0) >= 0 and coalesce(public_area_cm2, 0) >= 0 "
    "and coalesce(incubation_area_cm2, 0) + coalesce(public_area_cm2, 0) <= floor_area_cm2"
)
WITHIN_PLAN = (
    "plan_x is null or (plan_x >= 0 and plan_y >= 0 and plan_width > 0 and plan_height > 0 "
    "and plan_x + plan_width <= 10000 and plan_y + plan_height <= 10000)"
)
PLACED_WHOLE = (
    "(plan_x is null) = (plan_y is null) and (plan_x is null) = (plan_width is null) "
    "and (plan_x is null) = (plan_height is null)"
)

# The dates of a site's papers become papers, the names of floors become floors; and back.
PAPER_COLUMNS = (
    ("property_certificate_on", sa.Date()),
    ("head_lease_until", sa.Date()),
    ("sublease_consent_on", sa.Date()),
)
TO_ROWS = (
    (
        "INSERT INTO site_papers (operator_id, site_id, kind, dated_on) "
        "SELECT operator_id, id, 'property_certificate', property_certificate_on FROM sites "
        "WHERE property_certificate_on IS NOT NULL"
    ),
    (
        "INSERT INTO site_papers (operator_id, site_id, kind, valid_until) SELECT operator_id, id, 'head_lease', "
        "head_lease_until FROM sites WHERE head_lease_until IS NOT NULL"
    ),
    (
        "INSERT INTO site_papers (operator_id, site_id, kind, dated_on) SELECT operator_id, id, 'sublease_consent', "
        "sublease_consent_on FROM sites WHERE sublease_consent_on IS NOT NULL"
    ),
    (
        "INSERT INTO floors (operator_id, site_id, building, name, level) "
        "SELECT DISTINCT operator_id, site_id, '', floor, 0 FROM spaces WHERE floor IS NOT NULL"
    ),
    (
        "UPDATE spaces SET floor_id = (SELECT id FROM floors WHERE floors.site_id = spaces.site_id "
        "AND floors.name = spaces.floor) WHERE floor IS NOT NULL"
    ),
)
TO_COLUMNS = (
    (
        "UPDATE sites SET property_certificate_on = (SELECT dated_on FROM site_papers "
        "WHERE site_id = sites.id AND kind = 'property_certificate')"
    ),
    (
        "UPDATE sites SET head_lease_until = (SELECT valid_until FROM site_papers "
        "WHERE site_id = sites.id AND kind = 'head_lease')"
    ),
    (
        "UPDATE sites SET sublease_consent_on = (SELECT dated_on FROM site_papers "
        "WHERE site_id = sites.id AND kind = 'sublease_consent')"
    ),
    "UPDATE spaces SET floor = (SELECT name FROM floors WHERE floors.id = spaces.floor_id)",
)


def protect(table: str) -> None:
    """Rows are only ever added."""
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
        "saved_views",
        sa.Column("user_id", BIG, nullable=False),
        sa.Column("list_key", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("query", sa.String(length=1000), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_saved_views_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
        sa.UniqueConstraint("user_id", "list_key", "name", name=op.f("uq_saved_views_user_id_list_key_name")),
    )
    op.create_index(op.f("ix_saved_views_user_id"), "saved_views", ["user_id"])

    op.create_table(
        "place_files",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("uploaded_by_id", BIG, nullable=True),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("operator_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_place_files_operator_id")),
        sa.ForeignKeyConstraint(["uploaded_by_id"], ["users.id"], name=op.f("fk_place_files_uploaded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place_files")),
    )
    op.create_index(op.f("ix_place_files_operator_id"), "place_files", ["operator_id"])
    op.create_index(op.f("ix_place_files_sha256"), "place_files", ["sha256"])

    op.create_table(
        "stage_parameters",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("value", sa.String(length=80), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("set_by_id", BIG, nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("operator_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_stage_parameters_operator_id")),
        sa.ForeignKeyConstraint(["set_by_id"], ["users.id"], name=op.f("fk_stage_parameters_set_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_parameters")),
        sa.UniqueConstraint(
            "operator_id", "name", "from_on", name=op.f("uq_stage_parameters_operator_id_name_from_on")
        ),
    )
    op.create_index(op.f("ix_stage_parameters_operator_id"), "stage_parameters", ["operator_id"])

    op.create_table(
        "undo_steps",
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("subject_type", sa.String(length=40), nullable=False),
        sa.Column("subject_id", BIG, nullable=True),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("by_id", BIG, nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_by_id", BIG, nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("operator_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_undo_steps_by_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_undo_steps_operator_id")),
        sa.ForeignKeyConstraint(["undone_by_id"], ["users.id"], name=op.f("fk_undo_steps_undone_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_undo_steps")),
    )
    op.create_index(op.f("ix_undo_steps_operator_id"), "undo_steps", ["operator_id"])

    op.create_table(
        "contacts",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("duty", sa.String(length=60), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("email", sa.String(length=120), nullable=True),
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("operator_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_contacts_operator_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_contacts_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
    )
    op.create_index(op.f("ix_contacts_operator_id"), "contacts", ["operator_id"])
    op.create_index(op.f("ix_contacts_tenant_id"), "contacts", ["tenant_id"])

    op.create_table(
        "departures",
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("handed_over_on", sa.Date(), nullable=True),
        sa.Column("address_moved_on", sa.Date(), nullable=True),
        sa.Column("deposit_settled_on", sa.Date(), nullable=True),
        sa.Column("deposit_note", sa.String(length=200), nullable=True),
        sa.Column("completed_on", sa.Date(), nullable=True),
        sa.Column("cancelled_on", sa.Date(), nullable=True),
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("operator_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_departures_operator_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_departures_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_departures")),
    )
    op.create_index(op.f("ix_departures_operator_id"), "departures", ["operator_id"])
    op.create_index(op.f("ix_departures_tenant_id"), "departures", ["tenant_id"])

    op.create_table(
        "enquiries",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("uscc", sa.String(length=18), nullable=True),
        sa.Column("industry", sa.String(length=80), nullable=True),
        sa.Column("contact_name", sa.String(length=60), nullable=False),
        sa.Column("contact_phone", sa.String(length=40), nullable=True),
        sa.Column("contact_email", sa.String(length=120), nullable=True),
        sa.Column("source", sa.String(length=80), nullable=True),
        sa.Column("headcount", BIG, nullable=True),
        sa.Column(
            "wanted_kind",
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
            nullable=True,
        ),
        sa.Column("wanted_area_cm2", BIG, nullable=True),
        sa.Column("wanted_from", sa.Date(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "new",
                "visited",
                "offered",
                "won",
                "lost",
                name="enquiry_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("next_step", sa.String(length=120), nullable=True),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("lost_reason", sa.String(length=200), nullable=True),
        sa.Column("tenant_id", BIG, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("operator_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.CheckConstraint("(state = 'won') = (tenant_id is not null)", name=op.f("ck_enquiries_won_is_a_tenant")),
        sa.CheckConstraint("wanted_area_cm2 > 0", name=op.f("ck_enquiries_area_positive")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_enquiries_operator_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_enquiries_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enquiries")),
    )
    op.create_index(op.f("ix_enquiries_next_on"), "enquiries", ["next_on"])
    op.create_index(op.f("ix_enquiries_operator_id"), "enquiries", ["operator_id"])
    op.create_index(op.f("ix_enquiries_state"), "enquiries", ["state"])
    op.create_index(op.f("ix_enquiries_tenant_id"), "enquiries", ["tenant_id"])

    op.create_table(
        "floors",
        sa.Column("site_id", BIG, nullable=False),
        sa.Column("building", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("level", BIG, nullable=False),
        sa.Column("plan_id", BIG, nullable=True),
        sa.Column("plan_width", BIG, nullable=True),
        sa.Column("plan_height", BIG, nullable=True),
        sa.Column("operator_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_floors_operator_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["place_files.id"], name=op.f("fk_floors_plan_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_floors_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_floors")),
        sa.UniqueConstraint("site_id", "building", "name", name=op.f("uq_floors_site_id_building_name")),
    )
    op.create_index(op.f("ix_floors_operator_id"), "floors", ["operator_id"])
    op.create_index(op.f("ix_floors_site_id"), "floors", ["site_id"])

    op.create_table(
        "funding_rounds",
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "angel",
                "venture",
                "incubation_fund",
                "other",
                name="funding_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("investor", sa.String(length=120), nullable=True),
        sa.Column("amount_fen", BIG, nullable=False),
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("operator_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_funding_rounds_amount_positive")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_funding_rounds_operator_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_funding_rounds_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_funding_rounds")),
    )
    op.create_index(op.f("ix_funding_rounds_operator_id"), "funding_rounds", ["operator_id"])
    op.create_index(op.f("ix_funding_rounds_tenant_id"), "funding_rounds", ["tenant_id"])

    op.create_table(
        "indicators",
        sa.Column("quarter", sa.String(length=6), nullable=False),
        sa.Column("revenue_fen", BIG, nullable=True),
        sa.Column("rnd_fen", BIG, nullable=True),
        sa.Column("staff", BIG, nullable=True),
        sa.Column("ip_applied", BIG, nullable=True),
        sa.Column("ip_held", BIG, nullable=True),
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("operator_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.CheckConstraint("revenue_fen >= 0 and rnd_fen >= 0", name=op.f("ck_indicators_money_not_negative")),
        sa.CheckConstraint(
            "staff >= 0 and ip_applied >= 0 and ip_held >= 0", name=op.f("ck_indicators_counts_not_negative")
        ),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_indicators_operator_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_indicators_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicators")),
        sa.UniqueConstraint("tenant_id", "quarter", name=op.f("uq_indicators_tenant_id_quarter")),
    )
    op.create_index(op.f("ix_indicators_operator_id"), "indicators", ["operator_id"])
    op.create_index(op.f("ix_indicators_tenant_id"), "indicators", ["tenant_id"])

    op.create_table(
        "milestones",
        sa.Column(
            "kind",
            sa.Enum(
                "high_tech",
                "merged",
                "acquired",
                "listed",
                "prize",
                "other",
                name="milestone_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=True),
        sa.Column("reached_on", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("operator_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.CheckConstraint("until is null or until >= reached_on", name=op.f("ck_milestones_range")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_milestones_operator_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_milestones_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestones")),
    )
    op.create_index(op.f("ix_milestones_operator_id"), "milestones", ["operator_id"])
    op.create_index(op.f("ix_milestones_tenant_id"), "milestones", ["tenant_id"])

    op.create_table(
        "notes",
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("author_id", BIG, nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("operator_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_notes_author_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_notes_operator_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_notes_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
    )
    op.create_index(op.f("ix_notes_operator_id"), "notes", ["operator_id"])
    op.create_index(op.f("ix_notes_tenant_id"), "notes", ["tenant_id"])

    op.create_table(
        "site_papers",
        sa.Column("site_id", BIG, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "property_certificate",
                "head_lease",
                "sublease_consent",
                "recognition",
                name="site_paper_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("number", sa.String(length=80), nullable=True),
        sa.Column("dated_on", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("file_id", BIG, nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by_id", BIG, nullable=True),
        sa.Column("operator_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.CheckConstraint(
            "(confirmed_at is null) = (confirmed_by_id is null)", name=op.f("ck_site_papers_confirmed_by_someone")
        ),
        sa.CheckConstraint(
            "valid_until is null or dated_on is null or valid_until >= dated_on", name=op.f("ck_site_papers_range")
        ),
        sa.ForeignKeyConstraint(["confirmed_by_id"], ["users.id"], name=op.f("fk_site_papers_confirmed_by_id")),
        sa.ForeignKeyConstraint(["file_id"], ["place_files.id"], name=op.f("fk_site_papers_file_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_site_papers_operator_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_site_papers_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_papers")),
        sa.UniqueConstraint("site_id", "kind", name=op.f("uq_site_papers_site_id_kind")),
    )
    op.create_index(op.f("ix_site_papers_operator_id"), "site_papers", ["operator_id"])
    op.create_index(op.f("ix_site_papers_site_id"), "site_papers", ["site_id"])

    op.create_table(
        "stage_decisions",
        sa.Column(
            "kind",
            sa.Enum(
                "entry",
                "move",
                "correction",
                name="stage_decision_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "from_stage",
            sa.Enum(
                "nursery",
                "incubator",
                "accelerator",
                "graduated",
                "exited",
                name="from_stage",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "to_stage",
            sa.Enum(
                "nursery",
                "incubator",
                "accelerator",
                "graduated",
                "exited",
                name="to_stage",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("moved_on", sa.Date(), nullable=False),
        sa.Column("deciders", sa.JSON(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("checks", sa.JSON(), nullable=False),
        sa.Column("effects", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=True),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("decided_by_id", BIG, nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("operator_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_stage_decisions_decided_by_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_stage_decisions_operator_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_stage_decisions_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_decisions")),
    )
    op.create_index(op.f("ix_stage_decisions_operator_id"), "stage_decisions", ["operator_id"])
    op.create_index(op.f("ix_stage_decisions_tenant_id"), "stage_decisions", ["tenant_id"])

    op.create_table(
        "tenant_documents",
        sa.Column(
            "kind",
            sa.Enum(
                "licence",
                "incubation_agreement",
                "permit",
                "qualification",
                "intellectual_property",
                "financial",
                "other",
                name="tenant_document_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("file_id", BIG, nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("tenant_id", BIG, nullable=False),
        sa.Column("operator_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.CheckConstraint(
            "expires_on is null or issued_on is null or expires_on >= issued_on", name=op.f("ck_tenant_documents_range")
        ),
        sa.ForeignKeyConstraint(["file_id"], ["stored_files.id"], name=op.f("fk_tenant_documents_file_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_tenant_documents_operator_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_tenant_documents_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenant_documents")),
    )
    op.create_index(op.f("ix_tenant_documents_expires_on"), "tenant_documents", ["expires_on"])
    op.create_index(op.f("ix_tenant_documents_operator_id"), "tenant_documents", ["operator_id"])
    op.create_index(op.f("ix_tenant_documents_tenant_id"), "tenant_documents", ["tenant_id"])

    op.create_table(
        "enquiry_steps",
        sa.Column("enquiry_id", BIG, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "call", "visit", "offer", name="enquiry_step_kind", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("space_id", BIG, nullable=True),
        sa.Column("monthly_rent_fen", BIG, nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("stands_until", sa.Date(), nullable=True),
        sa.Column("by_id", BIG, nullable=True),
        sa.Column("operator_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.CheckConstraint(
            "kind <> 'offer' or (space_id is not null and monthly_rent_fen is not null)",
            name=op.f("ck_enquiry_steps_offer_whole"),
        ),
        sa.CheckConstraint("monthly_rent_fen >= 0", name=op.f("ck_enquiry_steps_rent_not_negative")),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_enquiry_steps_by_id")),
        sa.ForeignKeyConstraint(["enquiry_id"], ["enquiries.id"], name=op.f("fk_enquiry_steps_enquiry_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_enquiry_steps_operator_id")),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_enquiry_steps_space_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enquiry_steps")),
    )
    op.create_index(op.f("ix_enquiry_steps_enquiry_id"), "enquiry_steps", ["enquiry_id"])
    op.create_index(op.f("ix_enquiry_steps_operator_id"), "enquiry_steps", ["operator_id"])

    op.create_table(
        "photos",
        sa.Column("site_id", BIG, nullable=False),
        sa.Column("space_id", BIG, nullable=True),
        sa.Column("file_id", BIG, nullable=False),
        sa.Column("caption", sa.String(length=120), nullable=False),
        sa.Column("operator_id", BIG, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["place_files.id"], name=op.f("fk_photos_file_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_photos_operator_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_photos_site_id")),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_photos_space_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photos")),
    )
    op.create_index(op.f("ix_photos_operator_id"), "photos", ["operator_id"])
    op.create_index(op.f("ix_photos_site_id"), "photos", ["site_id"])
    op.create_index(op.f("ix_photos_space_id"), "photos", ["space_id"])

    with op.batch_alter_table("sites") as batch_op:
        batch_op.add_column(sa.Column("incubation_area_cm2", BIG))
        batch_op.add_column(sa.Column("public_area_cm2", BIG))
        batch_op.add_column(sa.Column("opened_on", sa.Date()))
        batch_op.add_column(
            sa.Column(
                "recognition_level",
                sa.Enum(
                    "none",
                    "district",
                    "city",
                    "national",
                    name="recognition_level",
                    native_enum=False,
                    create_constraint=True,
                    length=40,
                ),
            )
        )
        batch_op.add_column(sa.Column("recognised_on", sa.Date()))
        batch_op.add_column(sa.Column("fund_fen", BIG))
        batch_op.add_column(sa.Column("staff_count", BIG))
        batch_op.add_column(sa.Column("professional_staff_count", BIG))
        batch_op.add_column(sa.Column("mentor_count", BIG))
        batch_op.add_column(sa.Column("yearly_event_count", BIG))
        batch_op.create_check_constraint(op.f("ck_sites_areas_within"), AREAS_WITHIN)
        batch_op.create_check_constraint(
            op.f("ck_sites_professionals_are_staff"), "professional_staff_count <= staff_count"
        )
    with op.batch_alter_table("spaces") as batch_op:
        batch_op.add_column(sa.Column("floor_id", BIG))
        batch_op.add_column(sa.Column("plan_x", BIG))
        batch_op.add_column(sa.Column("plan_y", BIG))
        batch_op.add_column(sa.Column("plan_width", BIG))
        batch_op.add_column(sa.Column("plan_height", BIG))
        batch_op.create_foreign_key(op.f("fk_spaces_floor_id"), "floors", ["floor_id"], ["id"])
        batch_op.create_check_constraint(op.f("ck_spaces_within_plan"), WITHIN_PLAN)
        batch_op.create_check_constraint(op.f("ck_spaces_placed_whole"), PLACED_WHOLE)
    op.create_index(op.f("ix_spaces_floor_id"), "spaces", ["floor_id"])
    with op.batch_alter_table("tenants") as batch_op:
        batch_op.add_column(sa.Column("merged_into_id", BIG))
        batch_op.create_foreign_key(op.f("fk_tenants_merged_into_id"), "tenants", ["merged_into_id"], ["id"])
    op.create_index(op.f("ix_tenants_merged_into_id"), "tenants", ["merged_into_id"])

    for statement in TO_ROWS:
        op.execute(statement)
    with op.batch_alter_table("sites") as batch_op:
        for column, _type in PAPER_COLUMNS:
            batch_op.drop_column(column)
    with op.batch_alter_table("spaces") as batch_op:
        batch_op.drop_column("floor")
    protect("stage_decisions")


def downgrade() -> None:
    with op.batch_alter_table("sites") as batch_op:
        for column, kind in PAPER_COLUMNS:
            batch_op.add_column(sa.Column(column, kind))
    with op.batch_alter_table("spaces") as batch_op:
        batch_op.add_column(sa.Column("floor", sa.String(length=20)))
    for statement in TO_COLUMNS:
        op.execute(statement)
    op.drop_index(op.f("ix_tenants_merged_into_id"), "tenants")
    with op.batch_alter_table("tenants") as batch_op:
        batch_op.drop_constraint(op.f("fk_tenants_merged_into_id"), type_="foreignkey")
        batch_op.drop_column("merged_into_id")
    op.drop_index(op.f("ix_spaces_floor_id"), "spaces")
    with op.batch_alter_table("spaces") as batch_op:
        batch_op.drop_constraint(op.f("ck_spaces_placed_whole"), type_="check")
        batch_op.drop_constraint(op.f("ck_spaces_within_plan"), type_="check")
        batch_op.drop_constraint(op.f("fk_spaces_floor_id"), type_="foreignkey")
        for column in ("floor_id", "plan_x", "plan_y", "plan_width", "plan_height"):
            batch_op.drop_column(column)
    with op.batch_alter_table("sites") as batch_op:
        batch_op.drop_constraint(op.f("ck_sites_professionals_are_staff"), type_="check")
        batch_op.drop_constraint(op.f("ck_sites_areas_within"), type_="check")
        batch_op.drop_constraint(op.f("ck_sites_recognition_level"), type_="check")
        for column in (
            "incubation_area_cm2", "public_area_cm2", "opened_on", "recognition_level", "recognised_on", "fund_fen",
            "staff_count", "professional_staff_count", "mentor_count", "yearly_event_count",
        ):  # fmt: skip
            batch_op.drop_column(column)
    for table in (
        "photos",
        "enquiry_steps",
        "tenant_documents",
        "stage_decisions",
        "site_papers",
        "notes",
        "milestones",
        "indicators",
        "funding_rounds",
        "floors",
        "enquiries",
        "departures",
        "contacts",
        "undo_steps",
        "stage_parameters",
        "place_files",
        "saved_views",
    ):
        op.drop_table(table)
