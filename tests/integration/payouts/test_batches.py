"""Batches on both engines: two people, what was released and nothing else, each award once."""

from __future__ import annotations

import csv
import hashlib
import threading
from io import StringIO

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.data import models as m
from core.data.types import utcnow
from core.errors import Conflict, DomainError, Forbidden
from core.services import disbursement
from core.services.disbursement import bankfile
from tests import factories
from tests.integration.payouts.conftest import PAID_ON, Till, good

AMOUNT = 300_000


def test_a_batch_is_prepared_released_sent_and_paid(till: Till) -> None:
    batch = till.sent(till.issued(2))
    assert (batch.row_count, batch.total_fen, batch.state) == (2, 2 * AMOUNT, m.BatchState.SENT)
    assert till.pool() == (2 * AMOUNT, 0)
    till.book(batch, [good(row) for row in batch.rows])
    assert batch.state is m.BatchState.SETTLED
    for row in batch.rows:
        assert (row.state, row.booked_on, row.voucher) == (m.PayoutState.PAID, PAID_ON, f"HD{row.serial:06d}")
        assert (row.case.state, row.case.paid_by_id) == (m.CaseState.PAID, till.other.id)
        assert sum(fen for _source, _points, fen in row.shares) == AMOUNT
    assert till.pool() == (0, 2 * AMOUNT)
    assert till.wrong() == []


def test_one_person_does_not_prepare_and_release_nor_pay_what_they_decided(till: Till) -> None:
    batch = till.prepared(till.issued())
    with pytest.raises(Forbidden, match="不同的人"):
        till.as_(till.payer, disbursement.release, batch)
    savepoint = till.session.begin_nested()
    batch.released_by_id = batch.prepared_by_id
    with pytest.raises(IntegrityError):
        till.session.flush()
    savepoint.rollback()
    case = batch.rows[0].case
    case.prepared_by_id = till.other.id  # whoever reviewed the case
    till.session.flush()
    with pytest.raises(Forbidden, match=case.number):
        till.as_(till.other, disbursement.release, batch)


def test_an_award_is_in_one_batch_at_a_time(till: Till) -> None:
    [case] = till.issued()
    batch = till.draft([case])
    with pytest.raises(Conflict, match=batch.number):
        till.draft([case])
    twin = m.Disbursement(
        **{
            c.key: getattr(batch.rows[0], c.key)
            for c in m.Disbursement.__table__.columns
            if c.key not in ("id", "uid", "serial", "reference")
        }
        | {"serial": 2, "reference": "another"}
    )
    savepoint = till.session.begin_nested()
    till.session.add(twin)
    with pytest.raises(IntegrityError):
        till.session.flush()
    savepoint.rollback()
    till.as_(till.payer, disbursement.cancel, batch, "换一个批次")
    till.draft([case])


def test_what_changed_after_preparation_is_not_released(till: Till) -> None:
    batch = till.prepared(till.issued(2))
    row = batch.rows[1]
    for told, change in (
        (row.case.number, lambda: setattr(row.award, "revoked_at", utcnow())),
        (row.case.number, lambda: setattr(row.case, "payee_account", "6222000099999999")),
        ("原准备和发放失效", lambda: setattr(row, "purpose", "别的用途")),
    ):
        savepoint = till.session.begin_nested()
        change()
        till.session.flush()
        with pytest.raises(Conflict, match=told):
            till.as_(till.other, disbursement.release, batch)
        savepoint.rollback()
    till.as_(till.other, disbursement.release, batch)


def test_what_changed_after_the_release_does_not_go_to_the_bank(till: Till) -> None:
    batch = till.prepared(till.issued())
    till.as_(till.other, disbursement.release, batch)
    batch.rows[0].payee_account = "6222000099999999"  # in the database, past every service
    till.session.flush()
    with pytest.raises(Conflict, match="原准备和发放失效"):
        till.as_(till.payer, disbursement.take, batch, csv=False)
    till.as_(till.payer, disbursement.reopen, batch, "账号与申请件不一致")
    assert (batch.state, batch.released_by_id, batch.content_hash) == (m.BatchState.DRAFT, None, None)


def test_of_two_releases_at_one_moment_one_stands(till: Till, engine: Engine) -> None:
    batch = till.prepared(till.issued())
    third = factories.user(till.session, m.Role.PAYER, district=till.scene.district, name="第三拨付员")
    till.session.commit()
    askers = [till.scene.as_user(user) for user in (till.other, third)]
    till.session.commit()
    start = threading.Barrier(2)
    answers: list[str] = []

    def act(n: int) -> None:
        with Session(engine, expire_on_commit=False, info={"asker": askers[n]}) as own:
            start.wait(timeout=180)
            try:
                disbursement.release(own, disbursement.load(own, batch.id))
                own.commit()
                answers.append("done")
            except DomainError:
                answers.append("told")

    threads = [threading.Thread(target=act, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=180)
    assert sorted(answers) == ["done", "told"]
    released = select(m.AuditEvent).where(m.AuditEvent.action == "payout.release")
    assert len(till.session.scalars(released).all()) == 1


def test_the_bank_file_has_control_totals_and_no_formulas(till: Till) -> None:
    cases = till.issued(2)
    cases[0].tenant.name = cases[0].payee_name = "=HYPERLINK(1)"
    till.scene.check_payee(cases[0])
    batch = till.prepared(cases)
    till.as_(till.other, disbursement.release, batch)
    body = till.as_(till.payer, disbursement.take, batch, csv=True)
    assert body.startswith(b"\xef\xbb\xbf")
    header, first, second, closing = csv.reader(StringIO(body.decode("utf-8-sig")))
    assert header == [field.header for field in bankfile.FIELDS]
    assert first[2] == "'=HYPERLINK(1)"
    assert second[4:7] == ["102290000018", "6222000012345678", "3000.00"]
    rows = [
        f"{row.reference}|{row.payee_name}|{row.payee_bank}|{row.payee_bank_code}|{row.payee_account}|3000.00"
        for row in batch.rows
    ]
    assert closing[0::6][:2] == ["合计", "6000.00"]
    assert closing[-1].removeprefix("SHA-256 ") == hashlib.sha256("\n".join(rows).encode()).hexdigest()
    assert batch.state is m.BatchState.SENT
    workbook = till.as_(till.payer, disbursement.take, batch, csv=False)
    assert workbook[:2] == b"PK"
    taken = select(m.AuditEvent).where(m.AuditEvent.action == "payout.file")
    assert len(till.session.scalars(taken).all()) == 2
