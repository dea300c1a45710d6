"""Lists from outside; the blind index of a case's account."""

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

from core.data.crypto import Keyring

revision = "0052"
down_revision = "0050"
branch_labels = None
depends_on = None

WRITTEN = re.compile(r"[\s\-\u2010-\u2015\u2212\u200b-\u200f\u2060\ufeff·.]+")  # between the digits of an account
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "outside_lists",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("given_by", sa.String(length=120), nullable=False),
        sa.Column("document", sa.String(length=120), nullable=False),
        sa.Column("basis", sa.String(length=300), nullable=False),
        sa.Column("data_on", sa.Date(), nullable=False),
        sa.Column("keep_until", sa.Date(), nullable=False),
        sa.Column("file_mark", sa.String(length=32), nullable=False),
        sa.Column("row_count", NUMBER, nullable=False),
        sa.Column("unread", NUMBER, nullable=False),
        sa.Column("hits", NUMBER, nullable=False),
        sa.Column("imported_by_id", NUMBER, nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("compared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_by_id", NUMBER, nullable=True),
        sa.Column("district_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("deleted_by_id is null or deleted_at is not null", name=op.f("ck_outside_lists_deleted")),
        sa.CheckConstraint("keep_until >= data_on", name=op.f("ck_outside_lists_kept")),
        sa.CheckConstraint("row_count >= 0 and unread >= 0 and hits >= 0", name=op.f("ck_outside_lists_counts")),
        sa.ForeignKeyConstraint(["deleted_by_id"], ["users.id"], name=op.f("fk_outside_lists_deleted_by_id")),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_outside_lists_district_id")),
        sa.ForeignKeyConstraint(["imported_by_id"], ["users.id"], name=op.f("fk_outside_lists_imported_by_id")),
        sa.CheckConstraint(
            "kind IN ('unemployment', 'retired', 'deceased', 'deregistered', 'paid_elsewhere')",
            name=op.f("ck_outside_lists_outside_kind"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_lists")),
    )
    op.create_index(op.f("ix_outside_lists_district_id"), "outside_lists", ["district_id"])
    op.create_table(
        "outside_rows",
        sa.Column("list_id", NUMBER, nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("mark", sa.String(length=32), nullable=False),
        sa.Column("month_from", sa.String(length=7), nullable=False),
        sa.Column("month_to", sa.String(length=7), nullable=True),
        sa.Column("amount_fen", NUMBER, nullable=True),
        sa.Column("district_id", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_outside_rows_amount")),
        sa.CheckConstraint("month_to is null or month_to >= month_from", name=op.f("ck_outside_rows_months")),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_outside_rows_district_id")),
        sa.ForeignKeyConstraint(["list_id"], ["outside_lists.id"], name=op.f("fk_outside_rows_list_id")),
        sa.CheckConstraint("subject IN ('person', 'company')", name=op.f("ck_outside_rows_outside_subject")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_rows")),
    )
    op.create_index(op.f("ix_outside_rows_district_id"), "outside_rows", ["district_id"])
    op.create_index(op.f("ix_outside_rows_list_id"), "outside_rows", ["list_id"])
    op.create_index("ix_outside_rows_mark", "outside_rows", ["mark", "list_id"])
    op.add_column("cases", sa.Column("payee_account_once", sa.String(length=32), nullable=True))
    op.create_index(op.f("ix_cases_payee_account_once"), "cases", ["payee_account_once"])
    _accounts()


def _accounts() -> None:
    accounts = sa.text("SELECT id, uid, payee_account_sealed FROM cases WHERE payee_account_sealed IS NOT NULL")
    for row in op.get_bind().execute(accounts).all():
        keys = Keyring.current()
        number = keys.open(bytes(row.payee_account_sealed), f"cases|{row.uid}|payee_account")
        # As account_mark was and is, whatever becomes of it later.
        known = keys._index(keys._once, "0|bank_account", WRITTEN.sub("", unicodedata.normalize("NFKC", number)))
        change = sa.text("UPDATE cases SET payee_account_once = :known WHERE id = :id")
        op.get_bind().execute(change, {"id": row.id, "known": known})


def downgrade() -> None:
    op.drop_index(op.f("ix_cases_payee_account_once"), "cases")
    op.drop_column("cases", "payee_account_once")
    for table in (
        "outside_rows",
        "outside_lists",
    ):
        op.drop_table(table)
