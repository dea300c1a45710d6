"""A district whose cases can be refused, appealed, issued, revoked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from core.config import Settings
from core.data import models as m
from core.jobs import issuing
from core.letters.devca import ensure_dev_ca
from core.services.invariants import Violation
from tests import scenes
from tests.integration.payouts.conftest import Till, good
from tests.scenes import Scene
from tests.support.issuing import violations

FACTS = "经核查，参保人员在申请期间未在本单位工作。"


class Road(Scene):
    """The steps off the main road, and who goes them."""

    app: Flask

    def refused(self) -> m.Case:
        """A case that was refused because its tenant is a labour dispatch company, and whose letter is issued."""
        tenant = self.tenant(labour_dispatch=True)
        user = self.founder_of(tenant)
        case = self.draft(tenant, user)
        self.act(user, case, "submit", scenes.APPLIED)
        self.act(self.staff["window"], case, "accept", scenes.ACCEPTED)
        self.act(
            self.staff["first"], case, "first_refuse", scenes.REVIEWED, opinion="劳务派遣单位", reasons=("untrue",)
        )
        self.act(self.staff["second"], case, "refuse", scenes.REVIEWED, confirmed=True)
        self.issue(case)
        return case

    def issued(self, *, paid: bool = False) -> m.Case:
        case = self.until(m.CaseState.APPROVED)
        self.issue(case)
        if paid:
            till = Till(self)
            batch = till.sent([case])
            till.book(batch, [good(row) for row in batch.rows])
        return case

    def revoking(self, *, paid: bool = False) -> m.Case:
        case = self.issued(paid=paid)
        self.act(self.staff["second"], case, "propose_revocation", scenes.APPROVED, opinion=FACTS,
                 reasons=("false_statement",))  # fmt: skip
        return case

    def issue(self, case: m.Case) -> m.Letter:
        """The letter of its newest decision, as the job does it."""
        decision_id = case.decisions[-1].id
        self.session.commit()
        letter_id = issuing.issue(self.app, decision_id)
        self.session.expire_all()
        return self.session.get_one(m.Letter, letter_id)

    def also(self, name: str, role: m.Role) -> m.User:
        """The person called so, with another role: their only one from now on."""
        user = self.staff[name]
        (held,) = user.memberships  # what was told them in their role names it, so it changes and is not deleted
        held.role = role
        self.session.flush()
        return user


@pytest.fixture
def road(app: Flask, session: Session, settings: Settings) -> Road:
    ensure_dev_ca(settings.signing)
    with app.app_context():
        made = Road(session, app.extensions["registry"], settings.files)
    made.app = app
    return made


@pytest.fixture
def wrong(app: Flask, session: Session) -> Callable[[], list[Violation]]:
    """`wrong()`: every invariant that is broken right now."""

    def now() -> list[Violation]:
        session.commit()
        return violations(app)

    return now


def later(day: date | None) -> date:
    """The day after one that is there."""
    assert day is not None
    return date.fromordinal(day.toordinal() + 1)
