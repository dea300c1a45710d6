"""Panels of experts: the role, the panel of a case, its seats, and scores that stay as they were handed in."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ROLES = (
    "founder", "tenant_member", "operator_manager", "operator_staff", "window", "first_reviewer", "second_reviewer",
    "approver", "payer", "auditor", "district_admin", "platform_admin",
)  # fmt: skip
WITH_ROLES = ("memberships", "invitations", "case_assignments", "case_orders")
TENANT = {"operator_id": "operators", "tenant_id": "tenants"}
DISTRICT = {"district_id": "districts"}


def _instant(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _keys(table: str, **foreign: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("id", NUMBER, nullable=False),
        *(
            sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))
            for column, other in foreign.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _numbers(*names: str, nullable: bool = False) -> tuple[sa.Column[object], ...]:
    return tuple(sa.Column(name, NUMBER, nullable=nullable) for name in names)


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _indexes(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def _allow(*roles: str) -> None:
    words = ", ".join(f"'{role}'" for role in roles)
    for name in WITH_ROLES:
        with op.batch_alter_table(name) as table:
            table.drop_constraint(op.f(f"ck_{name}_role"), type_="check")
            table.create_check_constraint(op.f(f"ck_{name}_role"), f"role IN ({words})")


def _keep_scores() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER panel_scores_no_{verb.lower()} BEFORE {verb} ON panel_scores "
                "BEGIN SELECT RAISE(ABORT, 'panel_scores is append-only'); END"
            )
    else:
        op.execute(
            "CREATE TRIGGER panel_scores_append_only BEFORE UPDATE OR DELETE ON panel_scores "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def upgrade() -> None:
    _allow(*ROLES, "expert")
    op.create_table(
        "case_panels",
        *_numbers("case_id", "convened_by_id", *TENANT),
        *_numbers("closed_by_id", "mean", nullable=True),
        sa.Column("sheet", sa.JSON(), nullable=False),
        _instant("convened_at", nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        _instant("closed_at"),
        sa.Column("digest", sa.String(length=71), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        _instant("superseded_at"),
        *_keys("case_panels", case_id="cases", convened_by_id="users", closed_by_id="users", **TENANT),
        _check(
            "case_panels", "closed_with_a_result",
            "(closed_at is null) = (mean is null) and (closed_at is null) = (digest is null)"
            " and (closed_at is null) = (closed_by_id is null)",
        ),
        _check("case_panels", "mean_in_range", "mean between 0 and 10000"),
    )  # fmt: skip
    _indexes("case_panels", "case_id", *TENANT)
    standing = sa.text("superseded_at is null")
    op.create_index(
        "uq_case_panels_standing", "case_panels", ["case_id"], unique=True, sqlite_where=standing,
        postgresql_where=standing,
    )  # fmt: skip
    op.create_table(
        "panel_seats",
        *_numbers("panel_id", "user_id", "named_by_id", *DISTRICT),
        *_numbers("replaced_by_id", nullable=True),
        _instant("named_at", nullable=False),
        _instant("handed_in_at"),
        _instant("replaced_at"),
        sa.Column("reason", sa.String(length=200), nullable=True),
        *_keys(
            "panel_seats", panel_id="case_panels", user_id="users", named_by_id="users", replaced_by_id="users",
            **DISTRICT,
        ),
        sa.UniqueConstraint("panel_id", "user_id", name=op.f("uq_panel_seats_panel_id_user_id")),
        _check("panel_seats", "replaced_before_scoring", "replaced_at is null or handed_in_at is null"),
        _check("panel_seats", "replaced_with_a_reason", "(replaced_at is null) = (reason is null)"),
    )  # fmt: skip
    _indexes("panel_seats", "panel_id", "user_id", *DISTRICT)
    op.create_table(
        "panel_scores",
        *_numbers("seat_id", "points", *DISTRICT),
        sa.Column("criterion", sa.String(length=40), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        *_keys("panel_scores", seat_id="panel_seats", **DISTRICT),
        sa.UniqueConstraint("seat_id", "criterion", name=op.f("uq_panel_scores_seat_id_criterion")),
        _check("panel_scores", "points_not_negative", "points >= 0"),
    )
    _indexes("panel_scores", "seat_id", *DISTRICT)
    _keep_scores()


def downgrade() -> None:
    for name in ("panel_scores", "panel_seats", "case_panels"):
        op.drop_table(name)
    _allow(*ROLES)
