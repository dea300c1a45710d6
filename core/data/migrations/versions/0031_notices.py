"""What people are told, in the application and by mail, and who wants what by mail."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0029"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
GROUPS = ("turn", "deadline", "progress", "letter", "house", "system")
UNREAD = "read_at is null"
OPEN = "state in ('waiting', 'sending', 'failed')"


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _instant(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _keys(table: str, *foreign: tuple[str, str]) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("id", NUMBER, nullable=False),
        *(sa.Column(column, NUMBER, nullable=False) for column, _other in foreign),
        *(
            sa.ForeignKeyConstraint(
                [column],
                [f"{other}.id"],
                name=op.f(f"fk_{table}_{column}"),
                ondelete="CASCADE" if other == "notices" else None,
            )
            for column, other in foreign
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def upgrade() -> None:
    op.create_table(
        "notices",
        *_keys("notices", ("user_id", "users"), ("membership_id", "memberships")),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("group", _choice("notice_group", *GROUPS), nullable=False),
        sa.Column("subject_type", sa.String(length=40), nullable=False),
        sa.Column("subject_id", NUMBER, nullable=True),
        sa.Column("about", sa.String(length=200), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        _instant("created_at", nullable=False),
        _instant("read_at"),
        sa.UniqueConstraint("user_id", "key", name=op.f("uq_notices_user_id_key")),
    )
    op.create_index(
        "ix_notices_unread", "notices", ["user_id", "membership_id"],
        sqlite_where=sa.text(UNREAD), postgresql_where=sa.text(UNREAD),
    )  # fmt: skip
    for column in ("membership_id", "created_at"):
        op.create_index(op.f(f"ix_notices_{column}"), "notices", [column])
    op.create_table(
        "notice_deliveries",
        *_keys("notice_deliveries", ("notice_id", "notices"), ("user_id", "users")),
        sa.Column("channel", _choice("channel", "mail"), nullable=False),
        sa.Column("daily", sa.Boolean(), nullable=False),
        sa.Column(
            "state", _choice("delivery_state", "waiting", "sending", "sent", "failed", "skipped"), nullable=False
        ),
        _instant("since", nullable=False),
        sa.Column("tries", NUMBER, nullable=False),
        sa.Column("error", sa.String(length=300), nullable=True),
        sa.Column("mail_id", sa.String(length=120), nullable=True),
        _instant("claimed_at"),
        _instant("sent_at"),
        sa.UniqueConstraint("notice_id", "channel", name=op.f("uq_notice_deliveries_notice_id_channel")),
        sa.CheckConstraint("(state = 'sent') = (sent_at is not null)", name=op.f("ck_notice_deliveries_sent_at")),
        sa.CheckConstraint(
            "state <> 'sending' or (claimed_at is not null and mail_id is not null)",
            name=op.f("ck_notice_deliveries_claimed"),
        ),
    )
    op.create_index(op.f("ix_notice_deliveries_mail_id"), "notice_deliveries", ["mail_id"])
    op.create_index(
        "ix_notice_deliveries_open", "notice_deliveries", ["state", "user_id"],
        sqlite_where=sa.text(OPEN), postgresql_where=sa.text(OPEN),
    )  # fmt: skip
    op.create_table(
        "notice_preferences",
        *_keys("notice_preferences", ("user_id", "users")),
        sa.Column("group", _choice("notice_group", *GROUPS), nullable=False),
        sa.Column("mail", _choice("mail_mode", "at_once", "daily", "none"), nullable=False),
        sa.UniqueConstraint("user_id", "group", name=op.f("uq_notice_preferences_user_id_group")),
    )


def downgrade() -> None:
    for table in ("notice_preferences", "notice_deliveries", "notices"):
        op.drop_table(table)
