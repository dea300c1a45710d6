"""The account a case is paid to, with its checks and changes; batches of payments; bookings of what came back."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOVES = ("reserve", "commit", "pay", "release", "uncommit", "budget", "carry_out", "carry_in")
OPEN_CHANGE = "state in ('requested', 'checked')"
LIVE = "state in ('pending', 'paid')"


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _instant(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, length: int, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, NUMBER, nullable=nullable)


def _keys(
    table: str, *foreign: tuple[str, str], owners: tuple[str, ...] = ("tenant", "operator")
) -> tuple[sa.schema.SchemaItem, ...]:
    owned = tuple((f"{owner}_id", f"{owner}s") for owner in owners)
    return (
        *(sa.Column(column, NUMBER, nullable=False) for column, _other in owned),
        sa.Column("id", NUMBER, nullable=False),
        *(
            sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))
            for column, other in (*foreign, *owned)
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _indexes(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def _only_one(name: str, table: str, column: str, where: str) -> None:
    op.create_index(
        name, table, [column], unique=True, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
    )  # fmt: skip


def _allow(*moves: str) -> None:
    words = ", ".join(f"'{move}'" for move in moves)
    with op.batch_alter_table("pool_entries") as table:
        table.drop_constraint(op.f("ck_pool_entries_pool_move"), type_="check")
        table.create_check_constraint(op.f("ck_pool_entries_pool_move"), f"move IN ({words})")


def upgrade() -> None:
    op.add_column("cases", sa.Column("payee_bank_code", sa.String(length=12), nullable=True))
    op.add_column("cases", sa.Column("payee_own", sa.Boolean(), server_default=sa.false(), nullable=False))
    _allow(*MOVES, "return")
    _payees()
    _batches()


def _payees() -> None:
    op.create_table(
        "payee_checks",
        _number("case_id"),
        _text("fingerprint", 64),
        _number("file_id", nullable=True),
        _text("note", 300),
        _number("checked_by_id"),
        _instant("checked_at", nullable=False),
        *_keys("payee_checks", ("case_id", "cases"), ("file_id", "stored_files"), ("checked_by_id", "users")),
    )
    _indexes("payee_checks", "case_id", "tenant_id", "operator_id")
    op.create_table(
        "payee_changes",
        _text("uid", 32),
        _number("case_id"),
        sa.Column(
            "state",
            _choice("change_state", "requested", "checked", "approved", "refused", "withdrawn"),
            nullable=False,
        ),
        _text("name", 120),
        _text("bank", 120),
        _text("bank_code", 12),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("account_sealed", sa.LargeBinary(), nullable=False),
        _text("fingerprint", 64),
        _text("old_name", 120),
        _text("old_bank", 120),
        sa.Column("old_account_sealed", sa.LargeBinary(), nullable=False),
        _text("old_fingerprint", 64),
        _text("reason", 300),
        _number("file_id"),
        _number("requested_by_id"),
        _instant("requested_at", nullable=False),
        _number("checked_by_id", nullable=True),
        _instant("checked_at"),
        _number("decided_by_id", nullable=True),
        _instant("decided_at"),
        _text("remark", 300, nullable=True),
        *_keys(
            "payee_changes", ("case_id", "cases"), ("file_id", "stored_files"),
            *((f"{who}_by_id", "users") for who in ("requested", "checked", "decided")),
        ),
        sa.UniqueConstraint("uid", name=op.f("uq_payee_changes_uid")),
        sa.CheckConstraint(
            "checked_by_id is null or checked_by_id <> requested_by_id",
            name=op.f("ck_payee_changes_checker_did_not_ask"),
        ),
        sa.CheckConstraint(
            "decided_by_id is null or (decided_by_id <> requested_by_id"
            " and (checked_by_id is null or decided_by_id <> checked_by_id))",
            name=op.f("ck_payee_changes_decider_is_another"),
        ),
        sa.CheckConstraint(
            "state <> 'approved' or (checked_by_id is not null and decided_by_id is not null)",
            name=op.f("ck_payee_changes_approved_by_two"),
        ),
    )  # fmt: skip
    _indexes("payee_changes", "case_id", "tenant_id", "operator_id")
    _only_one("uq_payee_changes_open", "payee_changes", "case_id", OPEN_CHANGE)


def _batches() -> None:
    op.create_table(
        "payout_batches",
        _text("number", 40),
        sa.Column(
            "state",
            _choice("batch_state", "draft", "prepared", "released", "sent", "settled", "cancelled"),
            nullable=False,
        ),
        _text("note", 200, nullable=True),
        _number("row_count"),
        _number("total_fen"),
        _text("content_hash", 71, nullable=True),
        _number("created_by_id"),
        _instant("created_at", nullable=False),
        *(
            column
            for act in ("prepared", "released", "sent")
            for column in (_number(f"{act}_by_id", nullable=True), _instant(f"{act}_at"))
        ),
        _instant("settled_at"),
        _text("reason", 200, nullable=True),
        *_keys(
            "payout_batches",
            *((f"{who}_by_id", "users") for who in ("created", "prepared", "released", "sent")),
            owners=("district",),
        ),
        sa.UniqueConstraint("number", name=op.f("uq_payout_batches_number")),
        sa.CheckConstraint(
            "prepared_by_id is null or released_by_id is null or prepared_by_id <> released_by_id",
            name=op.f("ck_payout_batches_two_people"),
        ),
        sa.CheckConstraint(
            "state in ('draft', 'cancelled') or (prepared_by_id is not null and content_hash is not null)",
            name=op.f("ck_payout_batches_prepared_by_somebody"),
        ),
        sa.CheckConstraint(
            "state in ('draft', 'prepared', 'cancelled') or released_by_id is not null",
            name=op.f("ck_payout_batches_released_by_somebody"),
        ),
    )
    _indexes("payout_batches", "state", "district_id")
    op.create_table(
        "disbursements",
        _text("uid", 32),
        *(_number(f"{what}_id") for what in ("batch", "case", "award", "pool")),
        _number("serial"),
        _text("reference", 40),
        _number("amount_fen"),
        sa.Column("shares", sa.JSON(), nullable=False),
        _text("budget_line", 80, nullable=True),
        _text("purpose", 120),
        _text("payee_name", 120),
        _text("payee_bank", 120),
        _text("payee_bank_code", 12),
        sa.Column("payee_account_sealed", sa.LargeBinary(), nullable=False),
        _text("fingerprint", 64),
        sa.Column(
            "state", _choice("payout_state", "pending", "paid", "failed", "returned", "cancelled"), nullable=False
        ),
        sa.Column("booked_on", sa.Date(), nullable=True),
        _text("voucher", 60, nullable=True),
        _text("bank_reference", 60, nullable=True),
        _text("failure", 200, nullable=True),
        _text("result_sha256", 64, nullable=True),
        _number("result_by_id", nullable=True),
        _instant("result_at"),
        _number("pay_entry_id", nullable=True),
        sa.Column("returned_on", sa.Date(), nullable=True),
        _text("return_reference", 60, nullable=True),
        *(_number(f"return_{what}_id", nullable=True) for what in ("reported_by", "confirmed_by", "entry")),
        *_keys(
            "disbursements",
            ("batch_id", "payout_batches"), ("case_id", "cases"), ("award_id", "awards"), ("pool_id", "pools"),
            ("pay_entry_id", "pool_entries"), ("return_entry_id", "pool_entries"),
            *((f"{who}_by_id", "users") for who in ("result", "return_reported", "return_confirmed")),
        ),
        sa.UniqueConstraint("uid", name=op.f("uq_disbursements_uid")),
        sa.UniqueConstraint("reference", name=op.f("uq_disbursements_reference")),
        sa.UniqueConstraint("batch_id", "serial", name=op.f("uq_disbursements_batch_id_serial")),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_disbursements_amount_positive")),
        sa.CheckConstraint(
            "state not in ('paid', 'returned') or (booked_on is not null and pay_entry_id is not null)",
            name=op.f("ck_disbursements_paid_is_booked"),
        ),
        sa.CheckConstraint(
            "state <> 'returned' or (return_reported_by_id is not null and return_confirmed_by_id is not null"
            " and return_confirmed_by_id <> return_reported_by_id and return_entry_id is not null)",
            name=op.f("ck_disbursements_returned_by_two"),
        ),
    )  # fmt: skip
    _indexes(
        "disbursements",
        *(f"{what}_id" for what in ("batch", "case", "award", "pool", "tenant", "operator")), "fingerprint", "state",
    )  # fmt: skip
    _only_one("uq_disbursements_live", "disbursements", "award_id", LIVE)


def downgrade() -> None:
    for table in ("disbursements", "payout_batches", "payee_changes", "payee_checks"):
        op.drop_table(table)
    _allow(*MOVES)
    op.drop_column("cases", "payee_own")
    op.drop_column("cases", "payee_bank_code")
