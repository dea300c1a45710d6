"""The keys that letters and the log are signed with, and which of them signed which letter."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
PEOPLE = ("proposed_by_id", "confirmed_by_id", "ended_by_id")
CHECKS = {
    "key_purpose": "purpose IN ('letters', 'log')",
    "key_state": "state IN ('proposed', 'in_use', 'replaced', 'withdrawn', 'lost', 'compromised')",
    "two_people": "confirmed_by_id is null or confirmed_by_id <> proposed_by_id",
    "proposed_by_somebody": "found = (proposed_by_id is null)",
    "confirmed": "(state in ('proposed', 'withdrawn')) = (confirmed_at is null)",
    "confirmed_by_somebody": "found or (confirmed_at is null) = (confirmed_by_id is null)",
    "ended": "(state in ('proposed', 'in_use')) = (ended_at is null)",
    "since_when": "(state in ('lost', 'compromised')) = (since is not null)",
}
ONE = {
    "uq_signing_keys_proposed": (["purpose"], "state = 'proposed'"),
    "uq_signing_keys_in_use": (["purpose"], "state = 'in_use'"),
    "uq_signing_keys_used": (["purpose", "fingerprint"], "state <> 'withdrawn'"),
}


def _at(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, length: int) -> sa.Column[object]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def upgrade() -> None:
    op.create_table(
        "signing_keys",
        sa.Column("id", NUMBER, nullable=False),
        _text("purpose", 40),
        _text("state", 40),
        sa.Column("found", sa.Boolean(), nullable=False),
        _text("place", 60),
        _text("name", 200),
        _text("fingerprint", 64),
        sa.Column("public", sa.Text(), nullable=False),
        *(_at(name) for name in ("not_before", "not_after", "confirmed_at", "ended_at", "since")),
        _at("proposed_at", nullable=False),
        _text("reason", 400),
        _text("why", 400),
        *(sa.Column(name, NUMBER, nullable=True) for name in PEOPLE),
        *(sa.CheckConstraint(check, name=op.f(f"ck_signing_keys_{name}")) for name, check in CHECKS.items()),
        *(sa.ForeignKeyConstraint([name], ["users.id"], name=op.f(f"fk_signing_keys_{name}")) for name in PEOPLE),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_keys")),
    )
    for name, (columns, where) in ONE.items():
        wanted = sa.text(where)
        op.create_index(name, "signing_keys", columns, unique=True, sqlite_where=wanted, postgresql_where=wanted)
    for table in ("letters", "case_papers"):
        op.add_column(table, sa.Column("signed_by", sa.String(length=64), nullable=True))


def downgrade() -> None:
    for table in ("case_papers", "letters"):
        op.drop_column(table, "signed_by")
    op.drop_table("signing_keys")
