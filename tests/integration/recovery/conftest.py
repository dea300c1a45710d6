"""Awards that were paid, what takes from them afterwards, and the people of a recovery."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

import core
from core.config import Settings
from core.data import models as m
from core.data.asker import Asker, asking
from core.letters.devca import ensure_dev_ca
from core.services import disbursement, moves
from core.services.invariants import Violation
from core.services.needs import Act
from core.services.recovery import crediting, deciding
from tests import factories, scenes
from tests.integration.payouts.conftest import Till, good
from tests.integration.workflow.conftest import Road
from tests.support.issuing import violations

ACCOUNT = "虹桥示范区财政局，示例银行，3100 0001"
LATER = date(2027, 1, 5)  # when the bank gives something back


@dataclass
class Desk:
    """The acts of a recovery as the people of the district do them."""

    road: Road

    def __post_init__(self) -> None:
        self.till, self.today = Till(self.road), core.today().date()

    @property
    def session(self) -> Session:
        return self.road.session

    def issued(self, tenant: m.Tenant | None = None, *, letter: bool = False) -> m.Case:
        """With its letter, or quicker without."""
        case = self.road.until(m.CaseState.APPROVED, tenant)
        if letter:
            self.road.issue(case)
        else:
            with asking(self.session, Asker.system("tests")):
                moves.move(self.session, self.road.registry, case, "issue", Act(), today=self.today)
        return case

    def paid(self, tenant: m.Tenant | None = None, *, letter: bool = False) -> m.Case:
        case = self.issued(tenant, letter=letter)
        self.book(self.till.sent([case]))
        return case

    def book(self, batch: m.PayoutBatch) -> None:
        self.till.book(batch, [good(row, yuan=row.net_fen / 100) for row in batch.rows])

    def two(self) -> tuple[m.Case, m.Recovery, m.Case]:
        """A tenant that owes 3,000.00 of one award, and whose other one, of as much, is to be paid."""
        owing = self.paid(letter=True)
        tenant = owing.tenant
        self.lose_rent(owing, *scenes.months())
        file = self.decided(owing)
        lease = self.session.scalars(select(m.Lease).where(m.Lease.tenant_id == tenant.id)).one()
        for month in scenes.months():
            factories.rent(self.session, lease, month, voucher="again")
        self.session.execute(update(m.EvidenceUse).values(stacking_group="elsewhere"))  # they may be spent once more
        return owing, file, self.issued(tenant)

    def lose_rent(self, case: m.Case, *months: str) -> None:
        """The rent of these months went back."""
        self.session.execute(
            delete(m.RentPayment).where(m.RentPayment.tenant_id == case.tenant_id, m.RentPayment.month.in_(months))
        )
        self.session.flush()

    def leave_rent(self, case: m.Case, fen: int) -> None:
        """Of all the rent so much is left, of the first month."""
        first, *others = scenes.months()
        self.lose_rent(case, *others)
        left = update(m.RentPayment).where(m.RentPayment.tenant_id == case.tenant_id, m.RentPayment.month == first)
        self.session.execute(left.values(paid_fen=fen))
        self.session.expire_all()

    def as_(self, who: m.User | str, act: Callable[..., Any], *args: Any, **said: Any) -> Any:
        user = self.road.staff[who] if isinstance(who, str) else who
        with asking(self.session, self.road.as_user(user)):
            return act(self.session, *args, **said)

    def opened(self, case: m.Case, cause: m.RecoveryCause = m.RecoveryCause.REFUND) -> m.Recovery:
        made: m.Recovery = self.as_("first", deciding.open_by_hand, self.road.registry, case, cause)
        return made

    def propose(self, file: m.Recovery, who: str = "first") -> m.Recovery:
        self.as_(who, deciding.propose, self.road.registry, file, "房租已退回，凭据不再成立", today=self.today)
        return file

    def decide(self, file: m.Recovery, who: m.User | str = "approver", **instead: Any) -> None:
        said = {"pay_to": ACCOUNT, "due_on": None, "confirmed": True, "today": self.today} | instead
        self.as_(who, deciding.decide, self.road.registry, file, "事实清楚，予以追回", **said)

    def state(self, file: m.Recovery, said: str = "没有异议。") -> None:
        self.as_(self.road.founder_of(file.case.tenant), deciding.state, file, said)

    def decided(self, case: m.Case) -> m.Recovery:
        file = self.propose(self.opened(case))
        self.state(file)
        self.decide(file)
        return file

    def receive(self, file: m.Recovery, fen: int, voucher: str = "HD1") -> m.RecoveryCredit:
        made: m.RecoveryCredit = self.as_(
            "payer", crediting.record, file, amount_fen=fen, received_on=self.today, voucher=voucher, today=self.today
        )
        return made

    def confirm(self, credit: m.RecoveryCredit, who: m.User | None = None) -> None:
        self.as_(who or self.till.other, crediting.confirm, self.road.registry, credit, today=self.today)

    def pool(self) -> tuple[int, int]:
        """What is left and what is paid."""
        pool = self.session.scalars(select(m.Pool).execution_options(populate_existing=True)).one()
        return pool.left_fen, pool.paid_fen

    def bring_back(self, case: m.Case) -> None:
        """The bank gives the payment of a case back."""
        of_case = select(m.Disbursement).where(m.Disbursement.case_id == case.id)
        row = self.session.scalars(of_case.where(m.Disbursement.state == m.PayoutState.PAID)).one()
        said = {"returned_on": row.booked_on, "reason": "户名不符", "reference": None, "today": LATER}
        if row.return_reported_by_id is None:
            self.as_("payer", disbursement.report, row, **said)
        self.as_(self.till.other, disbursement.confirm, self.road.registry, row, today=LATER)


@pytest.fixture
def desk(app: Flask, session: Session, settings: Settings) -> Desk:
    ensure_dev_ca(settings.signing)
    with app.app_context():
        road = Road(session, app.extensions["registry"], settings.files)
        road.app = app
        return Desk(road)


@pytest.fixture
def wrong(app: Flask, session: Session) -> Callable[[], list[Violation]]:
    """`wrong()`: every invariant that is broken right now, but for letters that were left out."""

    def now() -> list[Violation]:
        session.commit()
        return [it for it in violations(app) if it.rule not in ("I2", "I18")]

    return now
