"""Cases whose letters are out, and two payers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from openpyxl import Workbook
from sqlalchemy.orm import Session

from core.config import Settings
from core.data import models as m
from core.data.asker import Asker, asking
from core.services import disbursement, moves
from core.services.disbursement import Reading
from core.services.invariants import payouts
from core.services.needs import Act
from tests import factories
from tests.scenes import Scene

PAID_ON = date(2026, 12, 1)
HEADERS = ("我方参考号", "金额（元）", "处理结果", "记账日期", "凭证号", "收款账号", "失败原因")
Line = tuple[Any, ...]


@dataclass
class Till:
    """A scene with a second payer, and the steps of a batch as the two of them make them."""

    scene: Scene
    other: m.User = field(init=False)

    def __post_init__(self) -> None:
        self.other = factories.user(self.scene.session, m.Role.PAYER, district=self.scene.district, name="另一拨付员")
        self.scene.session.flush()

    @property
    def session(self) -> Session:
        return self.scene.session

    @property
    def payer(self) -> m.User:
        return self.scene.staff["payer"]

    def issued(self, count: int = 1) -> list[m.Case]:
        made = [self.scene.until(m.CaseState.APPROVED) for _ in range(count)]
        with asking(self.session, Asker.system("tests")):
            for case in made:
                moves.move(self.session, self.scene.registry, case, "issue", Act(), today=PAID_ON)
        return made

    def as_(self, user: m.User, act: Callable[..., Any], *args: Any, **said: Any) -> Any:
        with asking(self.session, self.scene.as_user(user)):
            return act(self.session, *args, **said)

    def draft(self, cases: list[m.Case]) -> m.PayoutBatch:
        made: m.PayoutBatch = self.as_(
            self.payer, disbursement.start, self.scene.registry, self.scene.district.id, [case.id for case in cases],
            note="", today=PAID_ON,
        )  # fmt: skip
        return made

    def prepared(self, cases: list[m.Case]) -> m.PayoutBatch:
        batch = self.draft(cases)
        self.as_(self.payer, disbursement.prepare, batch)
        return batch

    def sent(self, cases: list[m.Case]) -> m.PayoutBatch:
        batch = self.prepared(cases)
        self.as_(self.other, disbursement.release, batch)
        self.as_(self.payer, disbursement.take, batch, csv=True)
        return batch

    def book(self, batch: m.PayoutBatch, lines: list[Line], **said: Any) -> disbursement.Sorted:
        made: disbursement.Sorted = self.as_(
            self.payer, disbursement.book, self.scene.registry, batch, reading(lines), today=PAID_ON, **said
        )
        return made

    def paid(self, count: int = 1) -> m.PayoutBatch:
        batch = self.sent(self.issued(count))
        self.book(batch, [good(row) for row in batch.rows])
        return batch

    def wrong(self) -> list[tuple[str, str]]:
        self.session.flush()
        return list(payouts.check(self.session.connection()))

    def pool(self) -> tuple[int, int]:
        """What is committed and what is paid."""
        pool = self.session.query(m.Pool).populate_existing().one()
        return pool.committed_fen, pool.paid_fen


def good(row: m.Disbursement, **instead: Any) -> Line:
    said = {
        "reference": row.reference, "yuan": row.amount_fen / 100, "said": "交易成功", "on": "2026-12-01",
        "voucher": f"HD{row.serial:06d}", "account": "**** 5678", "failure": None,
    } | instead  # fmt: skip
    return tuple(said.values())


def workbook(lines: list[Line]) -> bytes:
    book, out = Workbook(), BytesIO()
    book.active.append(HEADERS)
    for line in lines:
        book.active.append(line)
    book.save(out)
    return out.getvalue()


def reading(lines: list[Line]) -> Reading:
    return disbursement.read(workbook(lines), "结果.xlsx", today=PAID_ON)


@pytest.fixture
def till(app: Flask, session: Session, settings: Settings) -> Till:
    with app.app_context():
        return Till(Scene(session, app.extensions["registry"], settings.files))
