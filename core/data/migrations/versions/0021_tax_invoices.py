"""发票 for lines of bills, and their red letters."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NUMBERED = "number is not null"
CHECKS = {
    "red_is_negative": "amount_fen <> 0 and (amount_fen < 0) = (red_of_id is not null)",
    "reversed_within": "reversed_fen between 0 and abs(amount_fen)",
    "reversed_was_issued": "reversed_fen = 0 or (red_of_id is null and state = 'issued')",
    "issued_whole": "(state = 'issued') = (number is not null) and (state = 'issued') = (issued_on is not null)"
    " and (state = 'issued') = (rate is not null)",
    "reason": "(state = 'rejected' or red_of_id is not null) = (reason is not null)",
    "red_is_issued": "red_of_id is null or state = 'issued'",
    "rate_of_one": "rate between 0 and 1",
    "lease_described": "item <> 'lease' or state <> 'issued' or (premises is not null and certificate is not null"
    " and term_first is not null and term_last is not null)",
    "term": "term_first <= term_last",
    "special_has_taxpayer": "kind = 'ordinary' or taxpayer_no is not null",
}


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _scope(table: str, *foreign: tuple[str, str]) -> tuple[sa.schema.SchemaItem, ...]:
    owners = (("tenant_id", "tenants"), ("operator_id", "operators"))
    return (
        *(sa.Column(column, NUMBER, nullable=False) for column, _other in owners),
        sa.Column("id", NUMBER, nullable=False),
        *(
            sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))
            for column, other in (*foreign, *owners)
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _indexes(table: str, *columns: str) -> None:
    for column in (*columns, "tenant_id", "operator_id"):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def upgrade() -> None:
    with op.batch_alter_table("bill_lines") as table:
        table.add_column(sa.Column("invoiced_fen", NUMBER, nullable=False, server_default="0"))
        table.create_check_constraint(op.f("ck_bill_lines_invoiced_within"), "invoiced_fen between 0 and amount_fen")
    with op.batch_alter_table("bill_lines") as table:
        table.alter_column("invoiced_fen", server_default=None, existing_nullable=False)
    op.create_table(
        "tax_invoices",
        sa.Column("bill_id", NUMBER, nullable=False),
        sa.Column(
            "item", _choice("tax_invoice_item", "lease", "property", "service", "utilities", "other"), nullable=False
        ),
        sa.Column("kind", _choice("tax_invoice_kind", "ordinary", "special"), nullable=False),
        sa.Column("state", _choice("tax_invoice_state", "requested", "issued", "rejected"), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("taxpayer_no", sa.String(length=18), nullable=True),
        sa.Column("amount_fen", NUMBER, nullable=False),
        sa.Column("reversed_fen", NUMBER, nullable=False),
        sa.Column("red_of_id", NUMBER, nullable=True),
        sa.Column("note", sa.String(length=200), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("requested_by_id", NUMBER, nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("item_name", sa.String(length=60), nullable=True),
        sa.Column("rate", sa.Numeric(5, 4), nullable=True),
        sa.Column("premises", sa.String(length=200), nullable=True),
        sa.Column("term_first", sa.Date(), nullable=True),
        sa.Column("term_last", sa.Date(), nullable=True),
        sa.Column("certificate", sa.String(length=120), nullable=True),
        sa.Column("file_id", NUMBER, nullable=True),
        *_scope(
            "tax_invoices",
            ("bill_id", "bills"),
            ("red_of_id", "tax_invoices"),
            ("requested_by_id", "users"),
            ("file_id", "stored_files"),
        ),
        *(sa.CheckConstraint(check, name=op.f(f"ck_tax_invoices_{name}")) for name, check in CHECKS.items()),
    )
    _indexes("tax_invoices", "bill_id", "red_of_id")
    op.create_index(
        "uq_tax_invoices_number", "tax_invoices", ["code", "number"], unique=True,
        sqlite_where=sa.text(NUMBERED), postgresql_where=sa.text(NUMBERED),
    )  # fmt: skip
    op.create_table(
        "tax_invoice_lines",
        sa.Column("invoice_id", NUMBER, nullable=False),
        sa.Column("line_id", NUMBER, nullable=False),
        sa.Column("amount_fen", NUMBER, nullable=False),
        *_scope("tax_invoice_lines", ("invoice_id", "tax_invoices"), ("line_id", "bill_lines")),
        sa.UniqueConstraint("invoice_id", "line_id", name=op.f("uq_tax_invoice_lines_invoice_id_line_id")),
        sa.CheckConstraint("amount_fen <> 0", name=op.f("ck_tax_invoice_lines_amount")),
    )
    _indexes("tax_invoice_lines", "invoice_id", "line_id")


def downgrade() -> None:
    op.drop_table("tax_invoice_lines")
    op.drop_table("tax_invoices")
    with op.batch_alter_table("bill_lines") as batch:
        batch.drop_constraint(op.f("ck_bill_lines_invoiced_within"), type_="check")
        batch.drop_column("invoiced_fen")
