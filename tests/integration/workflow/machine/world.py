"""The rows that the machine plays in, and what of them must be as the model says."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data import models as m
from core.data.asker import Asker, asking
from core.errors import DomainError
from core.services import cases
from core.services.invariants import checks
from tests import factories, scenes
from tests.integration.workflow.machine.model import Model
from tests.integration.workflow.machine.purse import Purse
from tests.integration.workflow.machine.records import MONTHLY, Application, Person, months_of
from tests.integration.workflow.machine.watch import Found, Watch

FIRST = date(2025, 11, 3)  # a Monday
YEAR = ("2024-11", 12)
# Each step; the others (I10 …) cost more and are asked for when a run ends.
EACH_STEP = ("I1", "I2", "I3", "I5", "I7", "I8", "I17", "I20")
GRACE = timedelta(days=1)  # what letters are due the model says itself; by the clock on the wall a night is long
ROLES = (m.Role.WINDOW, m.Role.FIRST_REVIEWER, m.Role.SECOND_REVIEWER, m.Role.APPROVER, m.Role.PAYER)
ACCOUNTS = {"old": "6222000012345678", "new": "6222000087654321", "third": "6222000011112222"}


@dataclass
class World:
    """Two operators, a company at both of them, another company, and everybody twice. `both` is one person who has
    every role at the desks."""

    scene: scenes.Scene
    store: Path
    watch: Watch
    people: list[Person] = field(default_factory=list)
    askers: dict[Person, Asker] = field(default_factory=dict)
    model: Model = field(init=False)
    bank: Any = None

    @property
    def session(self) -> Session:
        return self.scene.session

    def build(self) -> None:
        scene, session = self.scene, self.session
        left = {2025: 13 * MONTHLY, 2026: 4 * MONTHLY}
        given = session.scalars(select(m.Pool).where(m.Pool.district_id == scene.district.id)).one()  # of 2026
        given.total_fen = given.left_fen = left[2026]
        session.scalars(select(m.PoolEntry).where(m.PoolEntry.pool_id == given.id)).one().amount_fen = left[2026]
        factories.pool(session, scene.district, scene.policy, year=2025, fen=left[2025])
        for role in ROLES:
            for _ in range(2):
                self._join(factories.user(session, role, district=scene.district))
        both = factories.user(session)
        for role in ROLES:
            factories.membership(session, both, role, district=scene.district)
        self._join(both)
        for role in (m.Role.AUDITOR, m.Role.DISTRICT_ADMIN):
            self._join(factories.user(session, role, district=scene.district))
        self._join(factories.user(session, m.Role.DISTRICT_ADMIN, district=scene.district))
        self._join(scene.manager)
        here = self._company(scene.operator)
        there = factories.operator(session, scene.district)
        again = factories.tenant(session, there, name=here.name, uscc=here.uscc)
        factories.founder(session, again)
        other = self._company(scene.operator)
        tied = next(who for who in self.people if who.role == "second_reviewer")
        session.add(
            m.DeclaredTie(
                district_id=scene.district.id, user_id=tied.user, tenant_id=other.id, relation=m.Relation.FAMILY,
                note="申请单位负责人的弟弟",
            )
        )  # fmt: skip
        applications = [
            self._draft(here, here.id, months_of("2024-11", 6)),
            self._draft(again, here.id, months_of("2025-02", 6)),
            self._draft(here, here.id, months_of("2025-05", 6)),
            self._draft(other, other.id, months_of(*YEAR)),
        ]
        session.commit()
        self.model = Model(
            FIRST, Purse(dict(left), dict(left)), {it.id: it for it in applications},
            {tenant.id: False for tenant in (here, again, other)}, {(tied.user, other.id)},
        )  # fmt: skip

    def _company(self, operator: m.Operator) -> m.Tenant:
        """A company that has paid little rent for a year, so that each month of it counts."""
        session = self.session
        place = session.query(m.Site).filter_by(operator_id=operator.id).first() or factories.site(session, operator)
        tenant = factories.tenant(session, operator)
        founder = factories.founder(session, tenant)
        lease = factories.lease(
            session, tenant, [factories.space(session, place, code=f"R{tenant.id}")], monthly_rent_fen=MONTHLY
        )
        person = factories.person(session, tenant, number=founder.id_number)
        for month in sorted(months_of(*YEAR)):
            factories.rent(session, lease, month)
            factories.employment(session, person, month)
        return tenant

    def _draft(self, tenant: m.Tenant, company: int, months: frozenset[str]) -> Application:
        scene = self.scene
        user = scene.founder_of(tenant)
        self._join(user)
        case = scene.draft(tenant, user, (min(months), max(months)))
        return Application(case.id, tenant.id, company, months, "old")

    def _join(self, user: m.User) -> None:
        self.session.refresh(user, ["memberships"])
        for held in user.memberships:
            role = "manager" if held.role is m.Role.OPERATOR_MANAGER else held.role.value
            who = Person(user.id, role, held.tenant_id or 0)
            self.people.append(who)
            self.askers[who] = Asker.member(held)

    def keep(self, model: Model, bank: Any) -> None:
        """Let runs begin from here: what was done is committed, and its letters are there each time."""
        self.session.commit()
        self.model, self.bank = model, bank

    def restore(self) -> None:
        """As it was when the run began."""
        self.session.rollback()
        named = set(self.session.scalars(select(m.Letter.file_sha256)))
        for path in self.store.rglob("*") if self.store.exists() else ():
            if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() not in named:
                path.unlink()
        self.session.rollback()
        self.watch.back()

    # ── acts ────────────────────────────────────────────────────────────────────────────────────────────────────────
    def attempt(self, who: Person | None, act: Callable[[], Any]) -> DomainError | None:
        """The act as a request makes it: all of it or, where it is refused, nothing."""
        asker = self.askers[who] if who else Asker.system("tests")
        point = self.session.begin_nested()
        try:
            with asking(self.session, asker):
                act()
                self.session.flush()
        except DomainError as error:
            point.rollback()
            return error
        point.commit()
        return None

    def case(self, case_id: int) -> m.Case:
        return cases.load(self.session, case_id)

    def at(self, model: Model) -> datetime:
        """The time of an act: on the model's day, later than all before."""
        start = datetime(model.today.year, model.today.month, model.today.day, 1, tzinfo=UTC)
        return start + timedelta(seconds=model.tick())

    # ── what is there ───────────────────────────────────────────────────────────────────────────────────────────────
    @cached_property
    def asked(self) -> dict[str, Any]:
        """The questions to the tables, made once."""
        cases_, district, pools_ = m.Case.__table__, self.scene.district.id, m.Pool.__table__
        entries, awards, uses = m.CaseAssignment.__table__, m.Award.__table__, m.EvidenceUse.__table__
        lines, waits = m.EvidenceLine.__table__, m.PoolWait.__table__
        columns = ("id", "state", "due_on", "prepared_by_id", "approved_by_id", "paid_by_id", "publication_ends_on")
        told = select(*(cases_.c[name] for name in columns)).where(cases_.c.district_id == district)
        ours = list(self.model.cases)
        held = select(entries.c.case_id, entries.c.user_id, entries.c.role).where(entries.c.ended_at.is_(None))
        given = select(awards.c.case_id, awards.c.amount_fen, awards.c.revoked_at).where(awards.c.case_id.in_(ours))
        spent = (
            select(lines.c.month, awards.c.case_id)
            .join(uses, uses.c.line_id == lines.c.id)
            .join(awards, awards.c.id == uses.c.award_id)
            .where(uses.c.released_at.is_(None), awards.c.case_id.in_(ours))
        )
        figures = ("year", "total_fen", "left_fen", "reserved_fen", "committed_fen", "paid_fen")
        line = select(pools_.c.year, waits.c.case_id, waits.c.amount_fen).join(pools_, pools_.c.id == waits.c.pool_id)
        line = line.where(pools_.c.district_id == district).order_by(pools_.c.year, waits.c.since, waits.c.case_id)
        sums = select(*(pools_.c[name] for name in figures)).where(pools_.c.district_id == district)
        held = held.where(entries.c.case_id.in_(ours))
        return {"cases": told, "held": held, "awards": given, "spent": spent, "pools": sums, "line": line}

    def seen(self) -> dict[str, Any]:
        """What the tables say, in the model's words."""
        connection = self.session.connection()
        read = {name: connection.execute(asked).all() for name, asked in self.asked.items()}
        return {
            "cases": {row.id: (row.state.value, *row[2:]) for row in read["cases"]},
            "held": {row.case_id: (row.user_id, row.role.value) for row in read["held"]},
            "awards": {row.case_id: (row.amount_fen, row.revoked_at is not None) for row in read["awards"]},
            "spent": sorted((row.month, row.case_id) for row in read["spent"]),
            "pools": {row.year: tuple(row[1:]) for row in read["pools"]},
            "line": [tuple(row) for row in read["line"]],
        }

    def wanted(self, model: Model) -> dict[str, Any]:
        """The same, as the model has it."""
        every, purse = model.cases.values(), model.purse
        return {
            "cases": {
                it.id: (it.state, model.due(it), it.preparer, it.approver, it.payer, it.notice_ends) for it in every
            },
            "held": {it.id: it.holder for it in every if it.holder},
            "awards": {it.id: (it.award, it.revoked) for it in every if it.award},
            "spent": sorted((month, case) for (_company, month), case in model.spent.items()),
            "pools": {year: purse.figures(year) for year in purse.left},
            "line": [(year, case, purse.shares[case].wanted) for year in purse.left for case in purse.line(year)],
        }

    def broken(self, names: tuple[str, ...] | None = EACH_STEP) -> Found:
        """What breaks an invariant: of `names`, or of all."""
        asked = checks(self.session, store=self.store, uploads=self.scene.files, grace=GRACE)
        found = self.watch.ask([it for it in asked if it[0] != "I8" and (names is None or it[0] in names)])
        return found + self.watch.ask_belonging(self.session.connection())
