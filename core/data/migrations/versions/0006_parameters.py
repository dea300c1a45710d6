"""Parameters on screen: drafts of a district's staff, and what was published, which only grows."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    state = sa.Enum(
        "draft", "submitted", "published", "discarded",
        name="draft_state", native_enum=False, create_constraint=True, length=40,
    )  # fmt: skip
    op.create_table(
        "parameter_drafts",
        sa.Column("policy_key", sa.String(length=60), nullable=False),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.Column("correction", sa.String(length=400), nullable=True),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("golden", sa.JSON(), nullable=False),
        sa.Column("state", state, nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("author_id", NUMBER, nullable=False),
        sa.Column("returned", sa.String(length=400), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("district_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_parameter_drafts_author_id")),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_parameter_drafts_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parameter_drafts")),
    )
    op.create_index(op.f("ix_parameter_drafts_district_id"), "parameter_drafts", ["district_id"])
    op.create_table(
        "published_parameters",
        sa.Column("district_id", NUMBER, nullable=False),
        sa.Column("policy_key", sa.String(length=60), nullable=False),
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("draft_id", NUMBER, nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=71), nullable=False),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.Column("correction", sa.String(length=400), nullable=True),
        sa.Column("golden", sa.JSON(), nullable=False),
        sa.Column("rules_digest", sa.String(length=71), nullable=False),
        sa.Column("drafted_by_id", NUMBER, nullable=False),
        sa.Column("published_by_id", NUMBER, nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("drafted_by_id <> published_by_id", name=op.f("ck_published_parameters_two_people")),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_published_parameters_district_id")),
        sa.ForeignKeyConstraint(["draft_id"], ["parameter_drafts.id"], name=op.f("fk_published_parameters_draft_id")),
        sa.ForeignKeyConstraint(["drafted_by_id"], ["users.id"], name=op.f("fk_published_parameters_drafted_by_id")),
        sa.ForeignKeyConstraint(
            ["published_by_id"], ["users.id"], name=op.f("fk_published_parameters_published_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_published_parameters")),
        sa.UniqueConstraint("draft_id", name=op.f("uq_published_parameters_draft_id")),
        sa.UniqueConstraint(
            "district_id", "policy_key", "number", name=op.f("uq_published_parameters_district_id_policy_key_number")
        ),
    )
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER published_parameters_no_{verb.lower()} BEFORE {verb} ON published_parameters "
                "BEGIN SELECT RAISE(ABORT, 'published_parameters is append-only'); END"
            )
    else:
        op.execute(
            "CREATE TRIGGER published_parameters_append_only BEFORE UPDATE OR DELETE ON published_parameters "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_table("published_parameters")
    op.drop_table("parameter_drafts")
