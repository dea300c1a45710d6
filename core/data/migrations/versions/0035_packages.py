"""Packages of a case's papers with their files, and what became of filing them at a counter outside."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


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


SCOPE = {"operator_id": "operators", "tenant_id": "tenants"}


def upgrade() -> None:
    op.create_table(
        "packages",
        *_numbers("case_id", "done", "whole", *SCOPE),
        *_numbers("asked_by_id", "pages", nullable=True),
        sa.Column("audience", _choice("audience", "tenant", "operator", "district"), nullable=False),
        sa.Column("state", _choice("package_state", "waiting", "done", "failed", "expired"), nullable=False),
        _instant("asked_at", nullable=False),
        _instant("ended_at"),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("rows", sa.JSON(), nullable=True),
        sa.Column("failure", sa.String(length=300), nullable=True),
        *_keys("packages", case_id="cases", asked_by_id="users", **SCOPE),
        _check("packages", "ended", "(state = 'waiting') = (ended_at is null)"),
        _check("packages", "failed_with_reason", "(state = 'failed') = (failure is not null)"),
    )
    _indexes("packages", "case_id", "expires_on", *SCOPE)
    where = sa.text("state = 'waiting'")
    op.create_index(
        "uq_packages_waiting", "packages", ["case_id", "audience"], unique=True, sqlite_where=where,
        postgresql_where=where,
    )  # fmt: skip
    op.create_table(
        "package_files",
        *_numbers("package_id", "size", *SCOPE),
        *_numbers("uploaded_by_id", nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        _instant("uploaded_at", nullable=False),
        *_keys("package_files", package_id="packages", uploaded_by_id="users", **SCOPE),
        sa.UniqueConstraint("package_id", "media_type", name=op.f("uq_package_files_package_id_media_type")),
    )
    _indexes("package_files", "package_id", "sha256", *SCOPE)
    op.create_table(
        "outside_filings",
        *_numbers("case_id", *SCOPE),
        *_numbers("amount_fen", "file_id", "support_id", "recorded_by_id", "confirmed_by_id", nullable=True),
        sa.Column("counter", sa.String(length=120), nullable=False),
        sa.Column("channel", _choice("filing_channel", "counter", "online", "post"), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=True),
        sa.Column("filed_on", sa.Date(), nullable=False),
        sa.Column("filed_by", sa.String(length=60), nullable=True),
        sa.Column(
            "result", _choice("filing_result", "accepted", "returned", "approved", "refused"), nullable=True
        ),
        sa.Column("result_on", sa.Date(), nullable=True),
        sa.Column("note", sa.String(length=400), nullable=True),
        _instant("recorded_at", nullable=False),
        _instant("confirmed_at"),
        *_keys(
            "outside_filings", case_id="cases", file_id="stored_files", support_id="outside_supports",
            recorded_by_id="users", confirmed_by_id="users", **SCOPE,
        ),
        sa.UniqueConstraint("support_id", name=op.f("uq_outside_filings_support_id")),
        _check("outside_filings", "result_dated", "(result is null) = (result_on is null)"),
        _check("outside_filings", "result_after_filing", "result_on >= filed_on"),
        _check(
            "outside_filings", "amount_of_approval",
            "amount_fen is null or (amount_fen > 0 and result = 'approved')",
        ),
        _check("outside_filings", "confirmed_by_someone", "(confirmed_at is null) = (confirmed_by_id is null)"),
    )  # fmt: skip
    _indexes("outside_filings", "case_id", *SCOPE)


def downgrade() -> None:
    for table in ("outside_filings", "package_files", "packages"):
        op.drop_table(table)
