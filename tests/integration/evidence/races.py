"""Many officers approving at once, each in a transaction of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from core.data import models as m
from core.data.asker import Asker
from core.errors import Conflict
from core.services import dossiers
from tests.integration.evidence.world import GROUP, World, award, freeze, spend

POLICIES = ("rent_subsidy", "rent_of_the_science_office")


def race(
    engine: Engine, world: World, claims: int, claim: Callable[[int, Session], None], *, asker: Asker | None = None
) -> list[str]:
    """Run `claim` `claims` times at once; what each came to: "granted", or the sentence of its conflict. `asker`: who
    claims, if not the officer of the world's district."""
    start = threading.Barrier(claims)

    def one(number: int) -> str:
        with Session(engine, info={"asker": asker or world.officer}) as session:
            start.wait(timeout=180)
            try:
                claim(number, session)
                session.commit()
            except Conflict as conflict:
                session.rollback()
                return str(conflict)
            return "granted"

    with ThreadPoolExecutor(claims) as pool:
        return list(pool.map(one, range(claims)))


def second_claims(engine: Engine, session: Session, world: World, claims: int = 16) -> list[str]:
    """One company, claiming the same rent months again and again: every other time from its former operator, and by two
    policies of one group in turn."""
    frozen = [freeze(session, tenant) for tenant in (world.new, world.old)]
    session.commit()
    return race(
        engine,
        world,
        claims,
        lambda n, own: _claim(own, (world.new, world.old)[n % 2], frozen[n % 2], POLICIES[n // 2 % 2]),
    )


def _claim(session: Session, tenant: m.Tenant, frozen: dossiers.Frozen, policy: str) -> None:
    # Each claims the months in an order of its own: locks taken in that order would wait for each other.
    lines = [row["line"] for row in frozen.case["dossier"]["rent"]]
    spend(session, award(session, tenant, policy=policy), frozen, dict.fromkeys(reversed(lines), 20_000))


def active_uses(session: Session, group: str = GROUP) -> list[m.EvidenceUse]:
    session.expire_all()
    return list(
        session.scalars(
            select(m.EvidenceUse).where(m.EvidenceUse.stacking_group == group, m.EvidenceUse.released_at.is_(None))
        )
    )
