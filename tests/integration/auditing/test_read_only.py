"""Auditors read: on every route, with every unsafe method, and where a view forgets to say so (docs/adr/0011)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import pytest
from flask import Flask, request
from sqlalchemy import Engine, select, text, update
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from core.data import models as m
from core.data import read_only
from core.data.asker import Asker, asking
from core.data.base import AuditorWrites, Base
from core.data.engine import reading, writing
from core.data.queries.across import across
from core.errors import Forbidden
from core.extensions import db
from core.jobs.queue import table
from core.services import jobs
from core.services.workflow import MOVES
from core.web import access
from core.web.access import SIGNED_IN, access_of, auditors_may, is_for_readers, roles
from core.web.commit import SAFE
from tests import factories as f
from tests.integration.accounts.test_leave import lend
from tests.integration.asking import contents
from tests.integration.conftest import Client
from tests.integration.worlds import BODIES, World, address

# Tables that auditors work in, by the mark of their models. This list is read by people: adding to it is a decision.
WORKING: frozenset[str] = frozenset(
    {
        "audit_engagements", "audit_reports", "audit_samples", "audit_sample_items", "leads", "lead_letters",
        "lead_acts", "findings", "finding_acts", "finding_papers", "finding_proposals", "outside_lists", "outside_rows",
        "replay_runs", "replay_flips",
    }
)  # fmt: skip
# What auditors may send by their post: they read, or it is of their own account. As above.
FOR_READERS = {
    "auth.leave", "auth.take_back",  # their own post, to another auditor
    "bulk.tenants_export", "payees.reveal", "tenants.reveal", "transparency.compare",  # they only read
    "letters.by_person",
    # In their own tables.
    "engagements.change", "engagements.close", "engagements.create", "engagements.move",
    "findings.act", "findings.create", "findings.save",
    "leads.find", "leads.judge", "leads.leave", "leads.reopen", "leads.take",
    "outside_lists.compare", "outside_lists.confirm", "outside_lists.delete", "outside_lists.preview",
    "replays.create", "replays.letters", "replays.stop",
    "samples.check", "samples.close", "samples.discard", "samples.draw", "samples.fix",
    "ties.declare", "ties.identify", "ties.withdraw",  # that they are tied to somebody they would audit
}  # fmt: skip
CLOSED_LIST = read_only.ALWAYS | read_only.ACCOUNT | WORKING


def bodies(rule: Rule, world: World) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Values for the address of a rule, and what is sent there: every move of a case, and what each form takes."""
    make = BODIES.get(rule.endpoint, lambda w: {"reason": "意见意见", "opinion": "意见意见", "confirmed": "yes"})
    if rule.endpoint == "cases.move":
        for code in sorted(MOVES):
            yield {"code": code}, make(world)
    else:
        yield {}, make(world)


def of_others(engine: Engine, user_id: int) -> dict[str, str]:
    """SHA-256 of the rows of accounts that are not this user's."""
    found = {}
    with reading(), engine.connect() as connection:
        for model, column in read_only.OWN.items():
            query = text(f'SELECT * FROM "{model.__tablename__}" WHERE {column} <> :me')  # noqa: S608
            rows = sorted(repr(tuple(row)) for row in connection.execute(query, {"me": user_id}))
            found[model.__tablename__] = sha256("\n".join(rows).encode()).hexdigest()
    return found


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    """The tables that are others now and should not be. What the queue took is looked at by name (`jobs_of`)."""
    names = {name for name in after if after[name] != before[name]} - CLOSED_LIST
    return {name for name in names if not read_only.QUEUE.fullmatch(name.rpartition(".")[2])}


def jobs_of(engine: Engine) -> set[str]:
    """What the queue was asked for by anybody."""
    status = table("workflow_status", engine.dialect.name, "name")
    with reading(), engine.connect() as connection:
        return {*connection.scalars(select(status.c.name))}


def try_everything(app: Flask, engine: Engine, world: World, browser: Callable[[], Client], user: m.User) -> set[str]:
    """Send everything to every address of one's own world; the endpoints that took something. Fails at the first that
    changes what is not the reader's."""
    client, took = browser(), set()
    before, others, asked = contents(engine), of_others(engine, user.id), jobs_of(engine)
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("design.") or rule.endpoint == "static":
            continue
        for method in sorted((rule.methods or set()) - SAFE):  # one that no rule has, no view gets
            for values, body in bodies(rule, world):
                at = address(app, rule, world, **values)
                with client.open(at, method=method, data=body) as answer:
                    assert not app.testing or answer.status_code != 500, f"{method} {at}"
                if answer.status_code < 400 and not rule.endpoint.startswith("security."):
                    took.add(rule.endpoint)
                    assert changed(before, contents(engine)) == set(), f"{method} {at}"
                if answer.status_code < 400 and rule.endpoint.startswith(("security.", "auth.")):
                    client = browser()  # it may have signed itself out
    assert changed(before, contents(engine)) == set()
    assert of_others(engine, user.id) == others
    assert jobs_of(engine) - asked <= read_only.JOBS
    return took


@pytest.mark.slow
def test_no_route_lets_an_auditor_write(
    app: Flask, session: Session, engine: Engine, worlds: tuple[World, World], client_as: Callable[..., Client]
) -> None:
    mine = worlds[0]
    auditor = mine.users["auditor"]
    took = try_everything(app, engine, mine, lambda: client_as(auditor), auditor)
    assert {"tenants.reveal", "views.save"} <= took, "nothing got through at all: the test would prove nothing"


@pytest.mark.slow
@pytest.mark.one_engine
def test_nor_where_every_view_forgets_its_mark(
    app: Flask,
    session: Session,
    engine: Engine,
    worlds: tuple[World, World],
    client_as: Callable[..., Client],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All views open to everybody who signed in, as if nobody had marked them: the look at statements stands alone."""
    monkeypatch.setattr(access, "access_of", lambda endpoint: SIGNED_IN)
    # Views meet somebody they were not written for: that they may fail is not asked here, only that nothing is written.
    app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    mine = worlds[0]
    auditor = mine.users["auditor"]
    took = try_everything(app, engine, mine, lambda: client_as(auditor), auditor)
    assert len(took) > 5


@pytest.mark.slow
@pytest.mark.one_engine
def test_the_audit_administrator_writes_nothing_either(
    app: Flask, session: Session, engine: Engine, worlds: tuple[World, World], client_as: Callable[..., Client]
) -> None:
    mine = worlds[0]
    officer = mine.users["audit_admin"]
    try_everything(app, engine, mine, lambda: client_as(officer), officer)


@pytest.mark.one_engine
class TestWhatIsReviewed:
    def test_the_tables_that_auditors_work_in(self) -> None:
        assert read_only.working_tables() == WORKING
        marked = {mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, AuditorWrites)}
        assert len(marked) == len(WORKING)

    def test_what_auditors_may_send(self, app: Flask) -> None:
        with app.app_context():
            open_to_them = {
                rule.endpoint
                for rule in app.url_map.iter_rules()
                if (rule.methods or set()) - SAFE
                and isinstance(access_of(rule.endpoint), frozenset)
                and m.Role.AUDITOR in access_of(rule.endpoint)
                and is_for_readers(rule.endpoint)
            }
            marked = {e for e in app.view_functions if getattr(app.view_functions[e], "auditors_may", False)}
        assert open_to_them == FOR_READERS
        assert marked <= FOR_READERS

    def test_the_tables_of_an_account(self) -> None:
        reviewed = {
            "audit_events", "user_sessions", "throttles", "users", "memberships", "delegations", "invitations",
            "notices", "notice_deliveries", "notice_preferences", "saved_views", "user_identities", "declared_ties",
        }  # fmt: skip
        assert reviewed == CLOSED_LIST - WORKING


# ── views that forget ────────────────────────────────────────────────────────────────────────────────────────────────
def by_the_unit_of_work(tenant_id: int) -> None:
    db.session.get_one(m.Tenant, tenant_id).name = "改过"
    db.session.flush()


def at_the_commit(tenant_id: int) -> None:
    """Without a flush: the request's own commit is what writes."""
    if request.method == "GET":  # rolled back anyway
        raise Forbidden("审计岗位只能查阅")
    db.session.get_one(m.Tenant, tenant_id).name = "改过"


def by_a_statement(tenant_id: int) -> None:
    db.session.execute(update(m.Tenant).where(m.Tenant.id == tenant_id).values(name="改过"))


def as_the_system(tenant_id: int) -> None:
    with asking(db.session, Asker.system("planted")):
        db.session.execute(update(m.Tenant).where(m.Tenant.id == tenant_id).values(name="改过"))


def beside_the_session(tenant_id: int) -> None:
    with across(db.session, "planted") as wide:
        wide.get_one(m.Tenant, tenant_id).name = "改过"
        wide.flush()


def by_text(tenant_id: int) -> None:
    db.session.execute(text("UPDATE tenants SET name = '改过' WHERE id = :id"), {"id": tenant_id})


def by_the_driver(tenant_id: int) -> None:
    db.session.connection().exec_driver_sql("DELETE FROM tenants")


def in_a_transaction_of_its_own(tenant_id: int) -> None:
    db.session.rollback()
    with writing(), db.engine.begin() as connection:
        connection.execute(update(m.Tenant.__table__).where(m.Tenant.__table__.c.id == tenant_id).values(name="改过"))


def by_a_job(tenant_id: int) -> None:
    jobs.enqueue(db.session(), "issue_letter", key="issue_letter:1", decision_id=1)


def through_another_s_account(tenant_id: int) -> None:
    window = db.session.scalars(select(m.User).join(m.Membership).where(m.Membership.role == m.Role.WINDOW)).first()
    assert window is not None
    window.name = "改过"
    db.session.flush()


PLANTED = (
    by_the_unit_of_work, at_the_commit, by_a_statement, as_the_system, beside_the_session, by_text, by_the_driver,
    in_a_transaction_of_its_own, by_a_job, through_another_s_account,
)  # fmt: skip


@pytest.fixture
def planted(app: Flask) -> None:
    """Views that are open to auditors by mistake, and write."""
    for write in PLANTED:

        def view(tenant_id: int, write: Callable[[int], None] = write) -> str:
            write(tenant_id)
            return "written"

        name = write.__name__
        marked = auditors_may(roles(*m.DISTRICT_ROLES)(view))
        app.add_url_rule(f"/planted/{name}/<int:tenant_id>", f"planted_{name}", marked, methods=["GET", "POST"])


@dataclass
class House:
    tenant: m.Tenant
    auditor: m.User
    window: m.User


@pytest.fixture
def house(session: Session) -> House:
    district = f.district(session)
    tenant = f.tenant(session, f.operator(session, district))
    auditor, window = (f.user(session, role, district=district) for role in (m.Role.AUDITOR, m.Role.WINDOW))
    return House(tenant, auditor, window)


@pytest.mark.usefixtures("planted")
@pytest.mark.parametrize("role", ["auditor", "lent"])
def test_a_view_that_forgets_is_refused_all_the_same(
    session: Session, engine: Engine, house: House, client_as: Callable[..., Client], role: str
) -> None:
    client = client_as(house.auditor) if role == "auditor" else stand_in(session, house.auditor, client_as)
    before = contents(engine)
    for write in PLANTED:
        for method in ("GET", "POST"):
            answer = client.open(f"/planted/{write.__name__}/{house.tenant.id}", method=method)
            assert answer.status_code == 403, f"{method} {write.__name__}"
            assert "审计岗位只能查阅" in answer.text
    assert changed(before, contents(engine)) == set()
    assert jobs_of(engine) == set()


def stand_in(session: Session, auditor: m.User, client_as: Callable[..., Client]) -> Client:
    """Another auditor, who works in the post that was lent to them."""
    district = session.get_one(m.District, auditor.memberships[0].district_id)
    other = f.user(session, m.Role.AUDITOR, district=district)
    lend(session, auditor, other)
    client = client_as(other)
    assert client.post("/account/workspace", data={"membership": auditor.memberships[0].id}).status_code == 302
    return client


@pytest.mark.usefixtures("planted")
def test_others_are_not_held(session: Session, house: House, client_as: Callable[..., Client]) -> None:
    """The planted views do write: what stopped them above was who asked."""
    at = f"/planted/by_a_statement/{house.tenant.id}"
    assert client_as(house.auditor).post(at).status_code == 403
    assert client_as(house.window).post(at).status_code == 200
    session.expire_all()
    assert house.tenant.name == "改过"


def test_a_service_called_without_a_request_is_refused(session: Session, house: House) -> None:
    with asking(session, Asker.member(house.auditor.memberships[0])):
        house.tenant.name = "改过"
        with pytest.raises(Forbidden):
            session.flush()
        session.rollback()


@pytest.mark.one_engine
@pytest.mark.parametrize(
    ("statement", "tables"),
    [
        ("SELECT * FROM cases FOR UPDATE OF cases", []),
        ("\n  select 1", []),
        ("SAVEPOINT a", []),
        ("INSERT INTO cases (id) VALUES (?)", ["cases"]),
        ('INSERT OR REPLACE INTO "cases" (id) VALUES (?)', ["cases"]),
        ("INSERT INTO cases (id) VALUES (?) ON CONFLICT (id) DO UPDATE SET number = ?", ["cases"]),
        ("UPDATE cases SET number = ?", ["cases"]),
        ("UPDATE OR IGNORE cases SET number = ?", ["cases"]),
        ("UPDATE ONLY cases SET number = ?", ["cases"]),
        ('DELETE FROM dbos."workflow_status" WHERE x', ["workflow_status"]),
        ("WITH a AS (DELETE FROM cases RETURNING id) INSERT INTO bills SELECT * FROM a", ["cases", "bills"]),
        ("WITH a AS (SELECT * FROM cases FOR UPDATE) SELECT * FROM a", []),
        ("TRUNCATE cases", None),
        ("DROP TABLE cases", None),
        ("/* a */ UPDATE cases SET number = ?", None),
        ("PRAGMA writable_schema=ON", None),
    ],
)  # fmt: skip
def test_what_a_statement_writes(statement: str, tables: list[str] | None) -> None:
    assert read_only.written_by(statement) == tables
