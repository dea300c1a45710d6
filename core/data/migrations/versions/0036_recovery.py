"""追回: files of what is to be had back, their acts and credits; what is kept back of a payment; bookings of it."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOVES = ("reserve", "commit", "pay", "release", "uncommit", "budget", "carry_out", "carry_in", "return")
CAUSES = ("revoked", "moved_out", "heads", "tax_invoice", "refund", "credit_note", "other")
STATES = ("lead", "proposed", "decided", "settled", "dropped")
ACTS = (
    *("opened", "proposed", "recomputed", "stated", "decided", "demanded", "appealed", "upheld", "dismissed"),
    *("reopened", "settled", "dropped"),
)
OPEN = "state in ('lead', 'proposed', 'decided')"
SCOPE = {"operator_id": "operators", "tenant_id": "tenants"}


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _instant(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, length: int, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def _numbers(*names: str, nullable: bool = False) -> tuple[sa.Column[object], ...]:
    return tuple(sa.Column(name, NUMBER, nullable=nullable) for name in names)


def _keys(table: str, **foreign: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("id", NUMBER, nullable=False),
        *(
            sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))
            for column, other in foreign.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _indexes(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def _unique(name: str, table: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=True, sqlite_where=condition, postgresql_where=condition)


def _allow(*moves: str) -> None:
    words = ", ".join(f"'{move}'" for move in moves)
    with op.batch_alter_table("pool_entries") as table:
        table.drop_constraint(op.f("ck_pool_entries_pool_move"), type_="check")
        table.create_check_constraint(op.f("ck_pool_entries_pool_move"), f"move IN ({words})")


def upgrade() -> None:
    _allow(*MOVES, "recover", "unrecover")
    with op.batch_alter_table("disbursements") as table:
        table.add_column(sa.Column("offset_fen", NUMBER, server_default="0", nullable=False))
        table.create_check_constraint(
            op.f("ck_disbursements_offset_within"), "offset_fen >= 0 and offset_fen < amount_fen"
        )
    _files()
    _acts_and_credits()


def _files() -> None:
    people = ("proposed_by_id", "decided_by_id", "appealed_by_id", "judged_by_id")
    op.create_table(
        "recoveries",
        *_numbers("district_id", "case_id", "award_id", "paid_fen", "owed_fen", *SCOPE),
        *_numbers(*people, nullable=True),
        _text("number", 40, nullable=False),
        sa.Column("cause", _choice("recovery_cause", *CAUSES), nullable=False),
        _text("fact", 80, nullable=False),
        sa.Column("state", _choice("recovery_state", *STATES), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        _instant("opened_at", nullable=False),
        *(_instant(name) for name in ("proposed_at", "decided_at", "appealed_at", "judged_at", "closed_at")),
        *(sa.Column(name, sa.Date(), nullable=True) for name in ("heard_until", "due_on", "appeal_until")),
        _text("pay_to", 200),
        *_keys(
            "recoveries", district_id="districts", case_id="cases", award_id="awards",
            **dict.fromkeys(people, "users"), **SCOPE,
        ),
        sa.UniqueConstraint("number", name=op.f("uq_recoveries_number")),
        sa.UniqueConstraint("award_id", "fact", name=op.f("uq_recoveries_award_id_fact")),
        _check("recoveries", "owed_within_paid", "owed_fen between 0 and paid_fen"),
        _check("recoveries", "two_people", "decided_by_id is null or decided_by_id <> proposed_by_id"),
        _check(
            "recoveries", "proposed",
            "state not in ('proposed', 'decided', 'settled') or proposed_by_id is not null",
        ),
        _check("recoveries", "decided", "state not in ('decided', 'settled') or decided_by_id is not null"),
        _check("recoveries", "closed", "(state in ('settled', 'dropped')) = (closed_at is not null)"),
        _check("recoveries", "demanded_whole", "(due_on is null) = (pay_to is null)"),
        _check(
            "recoveries", "judged_by_another",
            "judged_by_id is null or (judged_by_id <> proposed_by_id and judged_by_id <> decided_by_id"
            " and appealed_by_id is not null)",
        ),
    )  # fmt: skip
    _indexes("recoveries", "district_id", "case_id", "award_id", "state", "due_on", *SCOPE)
    _unique("uq_recoveries_open", "recoveries", ["award_id"], OPEN)


def _acts_and_credits() -> None:
    op.create_table(
        "recovery_acts",
        *_numbers("recovery_id", "owed_fen", *SCOPE),
        *_numbers("actor_id", nullable=True),
        sa.Column("kind", _choice("recovery_act_kind", *ACTS), nullable=False),
        _instant("at", nullable=False),
        sa.Column("said", sa.Text(), nullable=True),
        *_keys("recovery_acts", recovery_id="recoveries", actor_id="users", **SCOPE),
    )
    _indexes("recovery_acts", "recovery_id", *SCOPE)
    table = "recovery_credits"
    op.create_table(
        table,
        *_numbers("recovery_id", "amount_fen", "recorded_by_id", *SCOPE),
        *_numbers("disbursement_id", "confirmed_by_id", "entry_id", "back_entry_id", nullable=True),
        sa.Column("kind", _choice("credit_kind", "receipt", "offset"), nullable=False),
        sa.Column("state", _choice("credit_state", "recorded", "confirmed", "void"), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=True),
        _text("voucher", 60),
        _instant("recorded_at", nullable=False),
        _instant("confirmed_at"),
        _text("reason", 200),
        *_keys(
            table, recovery_id="recoveries", disbursement_id="disbursements", recorded_by_id="users",
            confirmed_by_id="users", entry_id="pool_entries", back_entry_id="pool_entries", **SCOPE,
        ),
        _check(table, "amount_positive", "amount_fen > 0"),
        _check(table, "offset_has_payment", "(kind = 'offset') = (disbursement_id is not null)"),
        _check(
            table, "receipt_has_voucher", "kind = 'offset' or (received_on is not null and voucher is not null)"
        ),
        _check(table, "two_people", "confirmed_by_id is null or confirmed_by_id <> recorded_by_id"),
        _check(
            table, "confirmed_is_booked",
            "state <> 'confirmed' or (confirmed_by_id is not null and entry_id is not null and back_entry_id is null)",
        ),
        _check(table, "recorded_is_not_booked", "state <> 'recorded' or entry_id is null"),
        _check(table, "void_is_taken_back", "state <> 'void' or (entry_id is null) = (back_entry_id is null)"),
    )  # fmt: skip
    _indexes(table, "recovery_id", "disbursement_id", "state", *SCOPE)
    standing = "state <> 'void'"
    _unique("uq_recovery_credits_voucher", table, ["recovery_id", "voucher"], f"{standing} and kind = 'receipt'")
    _unique("uq_recovery_credits_offset", table, ["recovery_id", "disbursement_id"], standing)


def downgrade() -> None:
    for table in ("recovery_credits", "recovery_acts", "recoveries"):
        op.drop_table(table)
    with op.batch_alter_table("disbursements") as table:
        table.drop_constraint(op.f("ck_disbursements_offset_within"), type_="check")
        table.drop_column("offset_fen")
    _allow(*MOVES)
