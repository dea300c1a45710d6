"""Who has a tie to an applicant neither compares, reads nor changes its account, nor pays it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from core.data import models as m
from core.errors import Forbidden
from core.services import disbursement, payee_changes, payees
from core.services.ties import Tied
from tests import factories
from tests.integration.payouts.conftest import PAID_ON, Till, good, reading


def tie(till: Till, case: m.Case, *users: m.User) -> None:
    for user in users:
        till.session.add(
            m.DeclaredTie(
                district_id=case.district_id, user_id=user.id, tenant_id=case.tenant_id, relation=m.Relation.FAMILY,
                note="配偶为股东",
            )
        )  # fmt: skip
    till.session.flush()


def test_a_tied_payer_handles_no_step_of_a_batch_and_keeps_nobody_else_waiting(till: Till) -> None:
    third = factories.user(till.session, m.Role.PAYER, district=till.scene.district, name="第三拨付员")
    tied, other = till.issued(2)
    tie(till, tied, till.payer)
    with pytest.raises(Forbidden, match=tied.number):
        till.draft([tied, other])
    start = (till.scene.registry, till.scene.district.id, [tied.id, other.id])
    batch = till.as_(third, disbursement.start, *start, note="", today=PAID_ON)
    with pytest.raises(Forbidden, match=tied.number):
        till.as_(till.payer, disbursement.prepare, batch)
    till.as_(third, disbursement.prepare, batch)
    with pytest.raises(Forbidden, match=tied.number):
        till.as_(till.payer, disbursement.release, batch)
    till.as_(till.other, disbursement.release, batch)
    with pytest.raises(Forbidden, match=tied.number):
        till.as_(till.payer, disbursement.take, batch, csv=True)
    till.as_(third, disbursement.take, batch, csv=True)

    lines = [good(row) for row in batch.rows]
    found = till.as_(till.payer, disbursement.sort, batch, reading(lines), PAID_ON)
    assert [tied.number in str(wrong.why) and "回避" in str(wrong.why) for wrong in found.wrong] == [True]
    till.book(batch, lines, but_wrong=True)
    assert (tied.state, other.state) == (m.CaseState.ISSUED, m.CaseState.PAID)
    till.as_(till.other, disbursement.book, till.scene.registry, batch, reading(lines), today=PAID_ON)
    assert (tied.state, batch.state) == (m.CaseState.PAID, m.BatchState.SETTLED)
    with pytest.raises(Tied):
        till.as_(
            till.payer, disbursement.report, batch.rows[0], returned_on=PAID_ON, reason="销户", reference=None,
            today=date(2026, 12, 2),
        )  # fmt: skip
    assert till.wrong() == []


def test_who_reviewed_a_case_leaves_its_row_of_the_answer_to_another(till: Till) -> None:
    batch = till.sent(till.issued(2))
    case = batch.rows[0].case
    case.prepared_by_id = till.payer.id
    till.session.flush()
    found = till.book(batch, [good(row) for row in batch.rows], but_wrong=True)
    assert [case.number in str(wrong.why) for wrong in found.wrong] == [True]
    assert [row.state for row in batch.rows] == [m.PayoutState.PENDING, m.PayoutState.PAID]


def test_a_tied_reader_sees_no_account_and_changes_none(till: Till, client_as: Callable[..., Any]) -> None:
    first, approver, auditor = (till.scene.staff[name] for name in ("first", "approver", "auditor"))
    [case] = till.issued()
    batch = till.draft([case])
    tie(till, case, first, approver, auditor)
    till.session.commit()
    address = f"/cases/{case.id}/payee"
    for user, path, said in (
        (first, f"{address}/check", {"check-note": "一致"}),
        (first, f"{address}/change/check", {"note": "一致"}),
        (approver, f"{address}/change/approval", {}),
        (approver, f"{address}/account", {"reason": "核对"}),
    ):
        assert client_as(user).post(path, data=said).status_code == 403, path
    for path in (address, f"/payouts/payments/{batch.rows[0].id}"):
        assert client_as(auditor).get(path).status_code == 403, path
    change = m.PayeeChange(case=case)
    for act in (
        lambda it: payees.check(it, case, document_id=None, note="一致"),
        lambda it: payees.reveal(it, case, "核对"),
        lambda it: payee_changes.refuse(it, change, "不同意"),
    ):
        with till.session.no_autoflush, pytest.raises(Tied):
            till.as_(approver, act)
