"""Migrations keep what is there. What they build is checked by scripts/check_migrations.py."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, create_engine, pool, select, text
from sqlalchemy.exc import IntegrityError

from core.data import engine as rules
from core.data import models as m
from core.data.crypto import Keyring
from core.data.payees import account_mark
from core.data.types import utcnow
from core.services.payees import Account, fingerprint
from tests.support.databases import Databases, alembic_config

ROWS = (
    "INSERT INTO districts (id, name, name_en, region, demonstration) VALUES (1, '示例区', 'Sample', '310109', true)",
    "INSERT INTO operators (id, name, kind, district_id) VALUES (1, '示例园', 'private', 1)",
    (
        "INSERT INTO sites (id, name, kind, address, region, floor_area_cm2, ownership, head_lease_until, "
        "sublease_consent_on, operator_id) VALUES (1, '一号楼', 'incubator', '示范路1号', '310109', 100, 'leased', "
        "'2030-12-31', '2021-01-15', 1)"
    ),
    (
        "INSERT INTO spaces (id, site_id, code, floor, kind, area_cm2, status, independent, operator_id) "
        "VALUES (1, 1, 'A-1', '3F', 'room', 10, 'vacant', true, 1), "
        "(2, 1, 'A-2', '3F', 'room', 10, 'vacant', true, 1), "
        "(3, 1, 'A-3', NULL, 'room', 10, 'vacant', true, 1)"
    ),
    "INSERT INTO tenants (id, name, kind, stage, operator_id) VALUES (1, '青禾团队', 'team', 'nursery', 1)",
    "INSERT INTO stage_moves (id, tenant_id, stage, from_on, operator_id) VALUES (1, 1, 'nursery', '2026-01-01', 1)",
)
SITE = (
    "INSERT INTO sites (id, name, kind, address, region, floor_area_cm2, ownership, operator_id) "
    "VALUES (1, '一号楼', 'incubator', '示范路1号', '310109', 100, 'owned', 1)"
)
TENANT = "INSERT INTO tenants (id, name, kind, stage, operator_id) VALUES (1, '青禾', 'team', 'nursery', 1)"
SPACES = (
    "INSERT INTO spaces (id, site_id, code, kind, area_cm2, status, independent, operator_id) "
    "VALUES (1, 1, 'A-1', 'room', 10, 'vacant', true, 1), (2, 1, 'A-2', 'room', 10, 'vacant', true, 1)"
)
LEASES = (
    (
        "INSERT INTO leases (id, number, status, starts_on, ends_on, monthly_rent_fen, deposit_fen, tenant_id, "
        "operator_id) VALUES (1, 'L-1', 'running', '2026-01-01', '2026-06-30', 1, 0, 1, 1), "
        "(2, 'L-2', 'running', '2026-06-30', NULL, 1, 0, 1, 1), "
        "(3, 'L-3', 'running', '2026-07-01', '2026-12-31', 1, 0, 1, 1), "
        "(4, 'L-4', 'running', '2026-07-01', NULL, 1, 0, 1, 1)"
    ),
    (
        "INSERT INTO lease_spaces (id, lease_id, space_id, operator_id) "
        "VALUES (1, 1, 1, 1), (2, 2, 1, 1), (3, 3, 1, 1), (4, 4, 2, 1)"
    ),
    (
        "INSERT INTO rent_payments (id, lease_id, month, paid_fen, voucher, grade, tenant_id, operator_id) "
        "VALUES (1, 2, '2026-06', 1, '', 'operator', 1, 1)"
    ),
)
# A district with an operator, a tenant, an insured person and the line of one month.
DISTRICT = (
    "INSERT INTO districts (id, name, name_en, region, demonstration) VALUES (:d, '区', 'D', '31010' || :d, true)",
    "INSERT INTO operators (id, name, kind, district_id) VALUES (:d, '示例园', 'private', :d)",
    "INSERT INTO tenants (id, name, kind, stage, operator_id) VALUES (:d, '青禾', 'team', 'nursery', :d)",
    (
        "INSERT INTO insured_persons (id, uid, name_sealed, id_type, id_number_sealed, id_number_search, "
        "id_number_once, tenant_id, operator_id) "
        "VALUES (:d, 'u' || :d, :sealed, 'resident', :sealed, 'x', :once, :d, :d)"
    ),
    (
        "INSERT INTO evidence_lines (id, district_id, kind, natural_key, month, source, grade, tenant_id, operator_id) "
        "VALUES (:d, :d, 'insured_month', :key, '2026-01', 'employments:1', 'government', :d, :d)"
    ),
)
CASE = (
    "INSERT INTO cases (id, uid, number, policy_key, state, period_from, period_to, returned_once, facts, "
    "answers, created_at, saved_at, version, district_id, operator_id, tenant_id) "
    "VALUES (1, 'c', 'RS2026-000001', 'rent_subsidy', 'published', '2025-01', '2025-12', false, :facts, "
    "'{}', '2026-01-01', '2026-01-01', 1, 2, 2, 2)"
)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def connection(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[Connection]:
    """To an empty database."""
    with ExitStack() as stack:
        postgresql = request.param == "postgresql"
        url = stack.enter_context(databases.empty_postgresql()) if postgresql else f"sqlite:///{tmp_path / 'empty.db'}"
        engine = create_engine(url, poolclass=pool.NullPool)
        rules.configure(engine)
        with engine.connect() as opened:
            yield opened
        engine.dispose()


def to(connection: Connection, revision: str, move: str = "upgrade") -> None:
    connection.commit()  # what the test has read
    config = alembic_config()
    config.attributes["connection"] = connection
    getattr(command, move)(config, revision)


def test_the_dates_of_papers_and_the_names_of_floors_become_rows_and_columns_again(connection: Connection) -> None:
    """0002. Sites, spaces and tenants are named by other rows: making them anew must not lose those."""
    to(connection, "0001")
    for row in ROWS:
        connection.execute(text(row))
    connection.commit()

    to(connection, "0002")
    papers = connection.execute(text("SELECT kind, dated_on, valid_until FROM site_papers ORDER BY id")).all()
    assert [(kind, _day(on), _day(until)) for kind, on, until in papers] == [
        ("head_lease", None, date(2030, 12, 31)),
        ("sublease_consent", date(2021, 1, 15), None),
    ]
    placed = "SELECT code, name FROM spaces LEFT JOIN floors ON floors.id = floor_id ORDER BY code"
    assert connection.execute(text(placed)).all() == [("A-1", "3F"), ("A-2", "3F"), ("A-3", None)]
    assert connection.scalar(text("SELECT count(*) FROM floors")) == 1
    assert connection.scalar(text("SELECT tenant_id FROM stage_moves")) == 1

    to(connection, "0001", "downgrade")
    site = connection.execute(
        text("SELECT property_certificate_on, head_lease_until, sublease_consent_on FROM sites")
    ).one()
    assert [_day(value) for value in site] == [None, date(2030, 12, 31), date(2021, 1, 15)]
    assert connection.execute(text("SELECT code, floor FROM spaces ORDER BY code")).all() == [
        ("A-1", "3F"),
        ("A-2", "3F"),
        ("A-3", None),
    ]


def test_a_person_has_one_index_in_all_districts_and_lines_are_named_by_it(connection: Connection) -> None:
    """0010. Insured in two districts, spent in the first, asked for in the second; and back."""
    keys = Keyring({1: b"k" * 32})
    keys.use()
    to(connection, "0009")
    number, key = "310109199001011234", "insured:{}:2026-01"
    then = {district: keys._index(keys._once, f"{district}|id_number", number) for district in (1, 2)}
    facts = json.dumps({"case": {}, "evidence": {"E-P1-2026-01": {"natural_key": key.format(then[2])}}})
    for district in (1, 2):
        sealed = keys.seal(number, f"insured_persons|u{district}|id_number")
        for row in DISTRICT:
            values = {"d": district, "once": then[district], "key": key.format(then[district]), "sealed": sealed}
            connection.execute(text(row), {name: values[name] for name in values if f":{name}" in row})
    connection.execute(text(CASE), {"facts": facts})
    connection.commit()

    def names() -> tuple[list[Any], list[Any], str]:
        people = connection.scalars(text("SELECT id_number_once FROM insured_persons ORDER BY id")).all()
        lines = connection.scalars(text("SELECT natural_key FROM evidence_lines ORDER BY id")).all()
        stored = connection.scalar(text("SELECT facts FROM cases"))
        frozen = json.loads(stored) if isinstance(stored, str) else stored
        return [*people], [*lines], frozen["evidence"]["E-P1-2026-01"]["natural_key"]

    before = names()
    to(connection, "0010")
    now = keys.once_index("id_number", number)
    assert names() == ([now, now], [key.format(now), f"{key.format(now)}@2"], key.format(now))
    to(connection, "0009", "downgrade")
    assert names() == before


def test_prizes_from_before_stay_as_they_are_and_spent_ones_are_not_lost_on_the_way_back(
    connection: Connection,
) -> None:
    """0011. A prize that was recorded says neither contest nor level; a month that was spent stays spent."""
    to(connection, "0010")
    for row in DISTRICT[:3]:
        connection.execute(text(row), {"d": 1})
    milestone = (
        "INSERT INTO milestones (id, kind, title, reached_on, tenant_id, operator_id{}) "
        "VALUES (:id, 'prize', '三等奖', '2026-05-20', 1, 1{})"
    )
    line = (
        "INSERT INTO evidence_lines (id, kind, natural_key, month, source, grade, tenant_id, operator_id) "
        "VALUES (:id, :kind, :kind, '2026-05', 'x', 'operator', 1, 1)"
    )
    connection.execute(text(milestone.format("", "")), {"id": 1})
    connection.execute(text(line), {"id": 1, "kind": "rent_month"})
    to(connection, "0011")
    connection.execute(text(milestone.format(", contest, edition, level", ", '创业大赛', 2026, 'city'")), {"id": 2})
    connection.execute(text(line), {"id": 2, "kind": "prize"})
    connection.commit()
    with pytest.raises(IntegrityError, match="prize_whole"):
        connection.execute(text(milestone.format(", contest", ", '创业大赛'")), {"id": 3})
    connection.rollback()
    known = "SELECT contest, edition, level FROM milestones ORDER BY id"
    assert [tuple(row) for row in connection.execute(text(known))] == [(None, None, None), ("创业大赛", 2026, "city")]

    with pytest.raises(IntegrityError, match="evidence_kind"):
        to(connection, "0010", "downgrade")
    connection.rollback()
    assert connection.scalar(text("SELECT count(*) FROM evidence_lines")) == 2
    assert len(connection.execute(text(known)).all()) == 2
    connection.execute(text("DELETE FROM evidence_lines WHERE kind = 'prize'"))
    to(connection, "0010", "downgrade")
    assert connection.scalar(text("SELECT natural_key FROM evidence_lines")) == "rent_month"
    assert connection.scalar(text("SELECT count(*) FROM milestones")) == 2


def test_of_two_leases_for_one_unit_and_day_the_later_becomes_a_draft(connection: Connection) -> None:
    """0012. What cannot stand any more is for people to put right; leases that only follow each other stay."""
    to(connection, "0011")
    for row in (*ROWS[:2], SITE, SPACES, TENANT, *LEASES):
        connection.execute(text(row))
    connection.commit()
    to(connection, "0012")
    found = connection.execute(text("SELECT number, status, rate_basis, pay_months FROM leases ORDER BY id")).all()
    assert [tuple(it) for it in found] == [
        ("L-1", "running", "month", 1), ("L-2", "draft", "month", 1), ("L-3", "running", "month", 1),
        ("L-4", "running", "month", 1),
    ]  # fmt: skip
    assert connection.scalar(text("SELECT count(*) FROM lease_spaces")) == 4
    assert connection.scalar(text("SELECT lease_id FROM rent_payments")) == 2
    to(connection, "0011", "downgrade")
    assert connection.scalar(text("SELECT count(*) FROM leases")) == 4


def test_budgets_from_before_are_booked(connection: Connection) -> None:
    """0028. A pool's budget is the sum of its bookings from then on; without a budget there is none."""
    to(connection, "0028")
    to(connection, "0028-1", "downgrade")
    connection.execute(text(ROWS[0]))
    figures = "reserved_fen, committed_fen, paid_fen) VALUES"
    rows = "(1, 1, 'rent_subsidy', 2026, 900, 500, 100, 200, 100), (2, 1, 'rent_subsidy', 2025, 0, 0, 0, 0, 0)"
    connection.execute(
        text(f"INSERT INTO pools (id, district_id, policy_key, year, total_fen, left_fen, {figures} {rows}")
    )
    to(connection, "0028")
    booked = select(m.PoolEntry.pool_id, m.PoolEntry.move, m.PoolEntry.amount_fen, m.PoolEntry.case_id)
    assert connection.execute(booked).all() == [(1, m.PoolMove.BUDGET, 900, None)]
    (at,) = connection.execute(select(m.PoolEntry.at)).one()
    assert abs(utcnow() - at) < timedelta(minutes=5)
    to(connection, "0028-1", "downgrade")
    assert connection.scalar(text("SELECT count(*) FROM pool_entries")) == 0


def test_accounts_are_known_again_and_payments_from_before_batches_are_marked(connection: Connection) -> None:
    """0038."""
    to(connection, "0038")
    to(connection, "0038-1", "downgrade")
    keys = Keyring.current()
    for statement in DISTRICT[:3]:
        connection.execute(text(statement), {"d": 2})
    connection.execute(text(CASE), {"facts": "{}"})
    account = {"sealed": keys.seal("6222000012345678", "cases|c|payee_account")}
    said = "payee_name = '青禾', payee_bank = '示例银行', payee_account_sealed = :sealed"
    connection.execute(text(f"UPDATE cases SET {said}"), account)  # noqa: S608
    figures = "reserved_fen, committed_fen, paid_fen) VALUES (1, 2, 'rent_subsidy', 2026, 9, 0, 0, 0, 9)"
    pools = f"INSERT INTO pools (id, district_id, policy_key, year, total_fen, left_fen, {figures}"
    connection.execute(text(pools))
    entries = "INSERT INTO pool_entries (id, district_id, pool_id, case_id, move, amount_fen, at) VALUES "
    rows = ", ".join(f"({n}, 2, 1, 1, '{move}', 9, '2026-01-01')" for n, move in enumerate(("commit", "pay"), 1))
    connection.execute(text(entries + rows))
    to(connection, "0038")
    known = fingerprint(2, Account("青禾", "示例银行", "", "6222000012345678"))
    assert connection.execute(select(m.Case.payee_fingerprint)).all() == [(known,)]
    marked = select(m.PoolEntry.before_batches).order_by(m.PoolEntry.id)
    assert connection.execute(marked).all() == [(False,), (True,)]


def test_accounts_from_before_have_their_blind_index_however_they_are_written(connection: Connection) -> None:
    """0052."""
    to(connection, "0052")
    to(connection, "0052-1", "downgrade")
    for statement in (*DISTRICT[:3], CASE):
        connection.execute(text(statement), {"d": 2, "facts": "{}"})
    sealed = Keyring.current().seal("６２２２-0000 1234·5678", "cases|c|payee_account")
    connection.execute(text("UPDATE cases SET payee_account_sealed = :it"), {"it": sealed})
    to(connection, "0052")
    assert connection.scalars(select(m.Case.payee_account_once)).all() == [account_mark("6222000012345678")]


def test_what_waits_is_at_its_desk(connection: Connection) -> None:
    """0040. What is over keeps none."""
    to(connection, "0040")
    to(connection, "0040-1", "downgrade")
    for statement in DISTRICT[:3]:
        connection.execute(text(statement), {"d": 2})
    connection.execute(text(CASE), {"facts": "{}"})
    stays = "INSERT INTO case_clocks (id, operator_id, tenant_id, case_id, state, started_on, ended_on) VALUES "
    over, now = "(1, 2, 2, 1, 'accepted', '2026-11-02', '2026-11-03')", "(2, 2, 2, 1, 'published', '2026-11-03', NULL)"
    connection.execute(text(f"{stays}{over}, {now}"))
    to(connection, "0040")
    desks = select(m.CaseClock.desk).order_by(m.CaseClock.id)
    assert connection.execute(desks).all() == [(None,), (m.Role.APPROVER,)]


def _day(value: date | str | None) -> date | None:
    """SQLite gives a date as text."""
    return date.fromisoformat(value) if isinstance(value, str) else value
