"""The signed lists of letters that no longer stand, none of which ever changes; and a group of notices: of the log."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLE = "revocation_notes"
GROUPS = ("turn", "deadline", "progress", "letter", "house", "system")


def _allow(*groups: str) -> None:
    words = ", ".join(f"'{group}'" for group in groups)
    for name in ("notices", "notice_preferences"):
        with op.batch_alter_table(name) as table:
            table.drop_constraint(op.f(f"ck_{name}_notice_group"), type_="check")
            table.create_check_constraint(op.f(f"ck_{name}_notice_group"), f'"group" IN ({words})')


def upgrade() -> None:
    _allow(*GROUPS, "log")
    op.create_table(
        TABLE,
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entries", NUMBER, nullable=False),
        sa.Column("key_id", sa.String(length=8), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revocation_notes")),
    )
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {TABLE}_no_{verb.lower()} BEFORE {verb} ON {TABLE} "
                f"BEGIN SELECT RAISE(ABORT, '{TABLE} is append-only'); END"
            )
    else:
        op.execute(
            f"CREATE TRIGGER {TABLE}_append_only BEFORE UPDATE OR DELETE ON {TABLE} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_table(TABLE)
    for name in ("notice_preferences", "notices"):  # they would break the narrower rule
        op.execute(f"DELETE FROM {name} WHERE \"group\" = 'log'")  # noqa: S608 - names of ours
    _allow(*GROUPS)
