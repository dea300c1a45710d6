"""文书 of the procedure with their numbers, and letters that are replaced: a void one makes room for its successor."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KINDS = ("acceptance", "correction", "not_admitted", "revocation_notice", "revocation", "repayment")
STANDING = sa.text("status <> 'void'")
OPEN = sa.text("granted is null or granted")


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _number(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, NUMBER, nullable=nullable)


def _text(name: str, length: int, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


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


def _one(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def _indexes(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def upgrade() -> None:
    op.create_table(
        "case_papers",
        *(_number(name) for name in ("operator_id", "tenant_id", "district_id", "case_id", "event_id")),
        sa.Column("kind", _choice("paper_kind", *KINDS), nullable=False),
        sa.Column("status", _choice("paper_status", "due", "numbered", "issued"), nullable=False),
        _instant("asked_at", nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        *(_number(name, nullable=True) for name in ("issuer_id", "year", "seq")),
        _text("number", 60),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("content", sa.JSON(), nullable=False),
        _text("file_sha256", 64),
        _number("file_size", nullable=True),
        _instant("sealed_at"),
        *_keys(
            "case_papers", operator_id="operators", tenant_id="tenants", district_id="districts", case_id="cases",
            event_id="case_events", issuer_id="issuers",
        ),
        _one("case_papers", "event_id", "kind"),
        _one("case_papers", "issuer_id", "kind", "year", "seq"),
        _one("case_papers", "issuer_id", "number"),
        sa.CheckConstraint(
            "(status = 'issued') = (file_sha256 is not null)", name=op.f("ck_case_papers_issued_has_file")
        ),
        sa.CheckConstraint(
            "(status = 'due') = (number is null) and (number is null) = (seq is null) "
            "and (number is null) = (issuer_id is null) and (number is null) = (issued_on is null)",
            name=op.f("ck_case_papers_numbered_whole"),
        ),
    )  # fmt: skip
    _indexes("case_papers", "operator_id", "tenant_id", "district_id", "case_id", "status", "file_sha256")
    op.create_table(
        "paper_counters",
        _number("issuer_id"),
        sa.Column("kind", _choice("paper_kind", *KINDS), nullable=False),
        _number("year"),
        _number("last"),
        *_keys("paper_counters", issuer_id="issuers"),
        _one("paper_counters", "issuer_id", "kind", "year"),
    )
    op.create_table(
        "letter_replacements",
        *(_number(name) for name in ("operator_id", "tenant_id", "letter_id")),
        sa.Column("cause", _choice("replacement_cause", "misprint", "lost"), nullable=False),
        _text("reason", 400, nullable=False),
        _number("asked_by_id"),
        _instant("asked_at", nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=True),
        _number("decided_by_id", nullable=True),
        _instant("decided_at"),
        _text("opinion", 400),
        *_keys(
            "letter_replacements", operator_id="operators", tenant_id="tenants", letter_id="letters",
            asked_by_id="users", decided_by_id="users",
        ),
        sa.CheckConstraint(
            "decided_by_id is null or decided_by_id <> asked_by_id", name=op.f("ck_letter_replacements_second_person")
        ),
        sa.CheckConstraint(
            "(decided_at is null) = (granted is null)", name=op.f("ck_letter_replacements_decided_whole")
        ),
    )  # fmt: skip
    _indexes("letter_replacements", "operator_id", "tenant_id", "letter_id")
    op.create_index(
        "uq_letter_replacements_standing", "letter_replacements", ["letter_id"], unique=True,
        sqlite_where=OPEN, postgresql_where=OPEN,
    )  # fmt: skip
    with op.batch_alter_table("letters") as table:
        table.add_column(_number("replaces_id", nullable=True))
        table.create_foreign_key(op.f("fk_letters_replaces_id"), "letters", ["replaces_id"], ["id"])
        table.create_unique_constraint(op.f("uq_letters_replaces_id"), ["replaces_id"])
        table.drop_constraint(op.f("uq_letters_award_id"), type_="unique")
        table.drop_constraint(op.f("uq_letters_decision_id_kind"), type_="unique")
    for columns in (["decision_id", "kind"], ["award_id"]):
        op.create_index(
            f"uq_letters_standing_{columns[0]}", "letters", columns, unique=True,
            sqlite_where=STANDING, postgresql_where=STANDING,
        )  # fmt: skip


def downgrade() -> None:
    for column in ("award_id", "decision_id"):
        op.drop_index(f"uq_letters_standing_{column}", "letters")
    with op.batch_alter_table("letters") as table:
        table.create_unique_constraint(op.f("uq_letters_decision_id_kind"), ["decision_id", "kind"])
        table.create_unique_constraint(op.f("uq_letters_award_id"), ["award_id"])
        table.drop_constraint(op.f("uq_letters_replaces_id"), type_="unique")
        table.drop_constraint(op.f("fk_letters_replaces_id"), type_="foreignkey")
        table.drop_column("replaces_id")
    for name in ("letter_replacements", "paper_counters", "case_papers"):
        op.drop_table(name)
