"""Clocks of cases: the limit of each state, pauses, the green lane, who has a case, orders and escalations."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from operator import attrgetter
from zoneinfo import ZoneInfo

import chinese_calendar
import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0025"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ROLES = (
    "founder", "tenant_member", "operator_manager", "operator_staff", "window", "first_reviewer", "second_reviewer",
    "approver", "payer", "auditor", "district_admin", "platform_admin",
)  # fmt: skip
PAUSES = ("correction", "outside_check", "force_majeure", "hearing", "appraisal", "expert_review")
GREEN = ("key_project", "talent", "priority_group", "hardship", "budget_year", "other")
KINDS = ("taken", "given", "taken_over", "acted")
FINAL = ("not_admitted", "closed", "refused", "withdrawn", "revoked")
TENANT = (("tenant_id", "tenants"), ("operator_id", "operators"))
DISTRICT = (("district_id", "districts"),)
CASE, CLOCK = ("case_id", "cases"), ("clock_id", "case_clocks")
BY, ENDED_BY, USER, ANSWERED_BY = ((name, "users") for name in ("by_id", "ended_by_id", "user_id", "answered_by_id"))


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _id(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, NUMBER, nullable=nullable)


def _day(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Date(), nullable=nullable)


def _at(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _words(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.String(length=400), nullable=nullable)


def _keys(
    table: str, *foreign: tuple[str, str], owners: tuple[tuple[str, str], ...] = TENANT
) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        *(sa.Column(column, NUMBER, nullable=False) for column, _other in owners),
        sa.Column("id", NUMBER, nullable=False),
        *(
            sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))
            for column, other in (*foreign, *owners)
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _indexes(table: str, *columns: str, one: str = "", while_: str = "") -> None:
    for column in columns:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    if one:
        open_ = sa.text(f"{while_} is null")
        op.create_index(
            f"uq_{table}_open", table, [one], unique=True, sqlite_where=open_, postgresql_where=open_
        )  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "case_clocks",
        _id("case_id"),
        sa.Column("state", sa.String(length=40), nullable=False),
        _day("started_on"),
        _id("limit_days", nullable=True),
        _day("ended_on", nullable=True),
        _id("used_days", nullable=True),
        *_keys("case_clocks", CASE),
        _check("case_clocks", "limit_positive", "limit_days > 0"),
        _check("case_clocks", "range", "ended_on >= started_on"),
        _check("case_clocks", "used", "used_days >= 0"),
    )
    _indexes("case_clocks", "case_id", "ended_on", "tenant_id", "operator_id", one="case_id", while_="ended_on")
    op.create_table(
        "case_pauses",
        _id("case_id"),
        _id("clock_id"),
        _day("started_on"),
        _day("ended_on", nullable=True),
        sa.Column("reason", _choice("pause_reason", *PAUSES), nullable=False),
        _words("note"),
        _id("by_id", nullable=True),
        _at("at"),
        _id("ended_by_id", nullable=True),
        _at("ended_at", nullable=True),
        *_keys("case_pauses", CASE, CLOCK, BY, ENDED_BY),
        _check("case_pauses", "range", "ended_on >= started_on"),
    )
    _indexes("case_pauses", "case_id", "clock_id", "tenant_id", "operator_id", one="case_id", while_="ended_on")
    op.create_table(
        "case_green_lanes",
        _id("case_id"),
        sa.Column("reason", _choice("green_reason", *GREEN), nullable=False),
        _words("note"),
        _id("by_id", nullable=True),
        _at("at"),
        _id("ended_by_id", nullable=True),
        _at("ended_at", nullable=True),
        _words("end_reason", nullable=True),
        *_keys("case_green_lanes", CASE, BY, ENDED_BY),
    )
    _indexes("case_green_lanes", "case_id", "tenant_id", "operator_id", one="case_id", while_="ended_at")
    op.create_table(
        "case_assignments",
        _id("case_id"),
        _id("clock_id"),
        _id("user_id"),
        sa.Column("role", _choice("role", *ROLES), nullable=False),
        sa.Column("kind", _choice("assignment_kind", *KINDS), nullable=False),
        _id("by_id", nullable=True),
        _at("at"),
        _at("ended_at", nullable=True),
        *_keys("case_assignments", CASE, CLOCK, USER, BY),
    )
    _indexes(
        "case_assignments", "case_id", "clock_id", "user_id", "tenant_id", "operator_id",
        one="case_id", while_="ended_at",
    )  # fmt: skip
    op.create_table(
        "case_orders",
        _id("case_id"),
        _id("clock_id"),
        sa.Column("role", _choice("role", *ROLES), nullable=False),
        _id("user_id", nullable=True),
        _words("text"),
        _day("wanted_on"),
        _id("by_id", nullable=True),
        _at("at"),
        _words("answer", nullable=True),
        _id("answered_by_id", nullable=True),
        _at("answered_at", nullable=True),
        *_keys("case_orders", CASE, CLOCK, USER, BY, ANSWERED_BY, owners=DISTRICT),
        _check("case_orders", "answered", "(answered_at is null) = (answer is null)"),
    )
    _indexes("case_orders", "case_id", "clock_id", "district_id", one="clock_id", while_="answered_at")
    op.create_table(
        "case_escalations",
        _id("case_id"),
        _id("clock_id"),
        _id("level"),
        _day("due_on"),
        _at("at"),
        *_keys("case_escalations", CASE, CLOCK, owners=DISTRICT),
        sa.UniqueConstraint("clock_id", "level", name=op.f("uq_case_escalations_clock_id_level")),
        _check("case_escalations", "level", "level between 1 and 3"),
    )
    _indexes("case_escalations", "case_id", "district_id")
    _from_events()


def _from_events() -> None:
    """The clocks of what happened before: each stay in a state, and of the last one the limit that its due day says."""
    at = sa.DateTime(timezone=True)
    events = sa.table(
        "case_events", *(sa.column(name) for name in ("id", "case_id", "from_state", "to_state")), sa.column("at", at)
    )
    cases = sa.table(
        "cases", *(sa.column(name) for name in ("id", "tenant_id", "operator_id", "district_id")),
        sa.column("due_on", sa.Date()),
    )  # fmt: skip
    days = sa.table(
        "calendar_days", sa.column("district_id"), sa.column("day", sa.Date()), sa.column("working", sa.Boolean())
    )
    clocks = sa.table(
        "case_clocks",
        *(sa.column(name) for name in ("case_id", "tenant_id", "operator_id", "state", "limit_days", "used_days")),
        sa.column("started_on", sa.Date()), sa.column("ended_on", sa.Date()),
    )  # fmt: skip
    connection = op.get_bind()
    own: dict[int, dict[date, bool]] = {}
    for row in connection.execute(sa.select(days.c.district_id, days.c.day, days.c.working)):
        own.setdefault(row.district_id, {})[row.day] = row.working
    asked = (
        sa.select(cases, events.c.from_state, events.c.to_state, events.c.at)
        .select_from(events.join(cases, cases.c.id == events.c.case_id))
        .order_by(cases.c.id, events.c.id)
    )
    made = []
    for _case, acts in groupby(connection.execute(asked), key=attrgetter("id")):
        stays = [act for act in acts if act.from_state != act.to_state]
        for number, stay in enumerate(stays):
            exceptions = own.get(stay.district_id, {})
            start = _day_of(stay.at)
            last = number == len(stays) - 1
            if last and stay.to_state in FINAL:
                continue
            clock = {
                "case_id": stay.id, "tenant_id": stay.tenant_id, "operator_id": stay.operator_id,
                "state": stay.to_state, "started_on": start, "ended_on": None, "limit_days": None, "used_days": None,
            }  # fmt: skip
            if not last:
                end = max(start, _day_of(stays[number + 1].at))
                clock |= {"ended_on": end, "used_days": sum(_worked(start, end, exceptions))}
            elif stay.due_on is not None:
                clock["limit_days"] = max(1, sum(_worked(start, stay.due_on, exceptions)))
            made.append(clock)
    if made:
        connection.execute(clocks.insert(), made)


def _day_of(at: datetime) -> date:
    """SQLite keeps no zone; what was written was UTC."""
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(ZoneInfo("Asia/Shanghai")).date()


def _worked(start: date, end: date, own: dict[date, bool]) -> Iterator[bool]:
    """Of each day after `start` up to `end`, whether it is worked."""
    for number in range((end - start).days):
        day = start + timedelta(days=number + 1)
        try:
            published = bool(chinese_calendar.is_workday(day))
        except NotImplementedError:
            published = day.weekday() < 5
        yield own.get(day, published)


def downgrade() -> None:
    for table in (
        "case_escalations", "case_orders", "case_assignments", "case_green_lanes", "case_pauses", "case_clocks",
    ):  # fmt: skip
        op.drop_table(table)
