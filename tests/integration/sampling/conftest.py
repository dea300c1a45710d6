"""A district with six letters of different sums, and its auditor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

import pytest
from flask import Flask
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from core.config import Settings
from core.data import models as m
from core.data.asker import asking
from core.data.base import Base
from core.letters.store import Store
from tests import factories
from tests.integration.conftest import Client
from tests.scenes import Scene

Row = TypeVar("Row", bound=Base)
SUMS = (50_000, 120_000, 800_001, 2_000_000, 6_000_000, 90_000)
DAY = date(2026, 6, 1)


@dataclass
class Year:
    """What the tests ask of: the letters in the order of their numbers, and who may audit them."""

    scene: Scene
    letters: list[m.Letter]

    @property
    def session(self) -> Session:
        return self.scene.session

    @property
    def auditor(self) -> m.User:
        return self.scene.staff["auditor"]

    @contextmanager
    def as_(self, who: str) -> Iterator[Session]:
        with asking(self.session, self.scene.as_user(self.scene.staff[who])):
            yield self.session


def _like(session: Session, row: Row, **other: Any) -> Row:
    """Another row with the same facts but for its id and `other`."""
    kind = type(row)
    facts = {
        c.key: getattr(row, c.key)
        for c in inspect(kind).column_attrs
        if c.key not in ("id", "uid") and "payee" not in c.key
    }
    made = kind(**facts | other)
    session.add(made)
    session.flush()
    return made


@pytest.fixture
def year(app: Flask, session: Session, settings: Settings) -> Year:
    with app.app_context():
        scene = Scene(session, app.extensions["registry"], settings.files)
        case = scene.until(m.CaseState.APPROVED)
    issuer = session.scalars(select(m.Issuer).where(m.Issuer.district_id == scene.district.id)).one()
    letters = []
    for seq, fen in enumerate(SUMS, 1):
        of = case if seq == 1 else _like(session, case, number=f"{case.number}-{seq}")
        first = session.scalars(select(m.Decision).where(m.Decision.case_id == case.id)).one()
        decision = first if seq == 1 else _like(session, first, case_id=of.id)
        given = session.scalars(select(m.Award).where(m.Award.case_id == case.id)).one()
        award = given if seq == 1 else _like(session, given, case_id=of.id, decision_id=decision.id)
        file = f"%PDF-1.7 {seq}".encode()
        letters.append(
            m.Letter(
                operator_id=case.operator_id, tenant_id=case.tenant_id, district_id=case.district_id, case_id=of.id,
                decision_id=decision.id, award_id=award.id, kind=m.LetterKind.AWARD, issuer_id=issuer.id, year=2026,
                seq=seq, number=f"示〔2026〕{seq}号", check_code=f"CHECK{seq:07d}", issued_on=DAY, amount_fen=fen,
                capsule_digest=decision.capsule_digest, status=m.LetterStatus.ISSUED,
                file_sha256=Store(settings.letters).put(file), file_size=len(file),
            )
        )  # fmt: skip
    session.add_all(letters)
    session.commit()
    return Year(scene, letters)


@pytest.fixture
def auditing(year: Year, client_as: Callable[..., Client]) -> Client:
    """The auditor's browser."""
    return client_as(year.auditor)


@pytest.fixture
def stranger(session: Session, year: Year, client_as: Callable[..., Client]) -> Client:
    """An auditor of another district."""
    return client_as(factories.user(session, m.Role.AUDITOR, district=factories.district(session)))
