"""Prizes are evidence: which contest, which edition, at which level. Going back is refused by the check on
`evidence_lines.kind` while a prize has been spent, and then leaves everything as it is."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MONTHS = "'rent_month', 'insured_month', 'desk_fee_month'"
PRIZE_WHOLE = (
    "contest is null and edition is null and level is null"
    " or kind = 'prize' and contest is not null and edition is not null and level is not null"
)


def upgrade() -> None:
    level = sa.Enum(
        "district", "city", "national",
        name="prize_level", native_enum=False, create_constraint=True, length=40,
    )  # fmt: skip
    with op.batch_alter_table("milestones") as table:
        table.add_column(sa.Column("contest", sa.String(length=120)))
        table.add_column(sa.Column("edition", NUMBER))
        table.add_column(sa.Column("level", level))
        table.create_check_constraint(op.f("ck_milestones_prize_whole"), PRIZE_WHOLE)
    _kinds(f"{MONTHS}, 'prize'")


def downgrade() -> None:
    _kinds(MONTHS)
    with op.batch_alter_table("milestones") as table:
        table.drop_constraint(op.f("ck_milestones_prize_whole"), type_="check")
        table.drop_constraint(op.f("ck_milestones_prize_level"), type_="check")
        for column in ("contest", "edition", "level"):
            table.drop_column(column)


def _kinds(allowed: str) -> None:
    for name in ("evidence_lines", "outside_supports"):
        with op.batch_alter_table(name) as table:
            table.drop_constraint(op.f(f"ck_{name}_evidence_kind"), type_="check")
            table.create_check_constraint(op.f(f"ck_{name}_evidence_kind"), f"kind IN ({allowed})")
