"""Whether an account may be paid to: the payer's list, the reviewer's desk and the service say the same."""

from __future__ import annotations

from datetime import date

import pytest

import core
from core.data import models as m
from core.data.queries import payouts as reads
from core.errors import Conflict
from core.services import disbursement, payee_changes, payees, replacements
from tests.integration.payouts.conftest import PAID_ON, Till, good


def standing(till: Till, case: m.Case) -> tuple[str | None, bool, bool]:
    """In the list of what can be paid, on the reviewer's desk, and as the service says."""
    till.session.flush()
    listed = {row.id: row.standing for row in till.session.execute(reads.payable(core.today().date()).statement)}
    desk = {row.id for row in reads.unchecked(till.session, 12)}
    return listed.get(case.id), case.id in desk, payees.is_checked(case)


READY, DOUBTFUL = ("ready", False, True), ("unchecked", True, False)


def replaced(till: Till, case: m.Case) -> m.Letter:
    """A letter of the case that somebody asked to have replaced, of a tenant whose name was mended."""
    award = till.session.query(m.Award).filter_by(case_id=case.id).one()
    issuer = till.session.query(m.Issuer).one()
    of = {"operator_id": case.operator_id, "tenant_id": case.tenant_id}
    letter = m.Letter(
        district_id=case.district_id, case_id=case.id, decision_id=award.decision_id, award_id=award.id,
        kind=m.LetterKind.AWARD, status=m.LetterStatus.ISSUED, issuer_id=issuer.id, year=2026, seq=case.id,
        number=str(case.id), check_code=str(case.id), issued_on=date(2026, 11, 21), amount_fen=award.amount_fen,
        capsule_digest="sha256:0", file_sha256="0", **of,
    )  # fmt: skip
    till.session.add(letter)
    case.tenant.name = f"{case.tenant.name}（更正）"
    till.session.flush()
    asked = m.LetterReplacement(
        letter_id=letter.id, cause=m.ReplacementCause.MISPRINT, reason="名称有误",
        asked_by_id=till.scene.staff["second"].id, **of,
    )  # fmt: skip
    till.session.add(asked)
    till.session.flush()
    return letter


def a_change(case: m.Case, file_id: int) -> m.PayeeChange:
    made = m.PayeeChange(
        operator_id=case.operator_id, tenant_id=case.tenant_id, case_id=case.id, name="户名", bank="银行",
        bank_code="102290000018", fingerprint="new", old_name="户名", old_bank="银行", old_fingerprint="old",
        reason="换行", file_id=file_id, requested_by_id=case.created_by_id,
    )  # fmt: skip
    made.account, made.old_account = "6222000099999999", "6222000012345678"
    return made


def test_a_name_corrected_on_a_letter_makes_the_account_doubtful_for_everybody(till: Till) -> None:
    session, approver = till.session, till.scene.staff["approver"]
    case, own = till.issued(2)
    assert standing(till, case) == READY
    before, letter = case.payee_name, replaced(till, case)

    batch = till.draft([case])
    with pytest.raises(Conflict, match=batch.number):
        till.as_(approver, replacements.decide, letter, granted=True, opinion="")
    till.as_(till.payer, disbursement.cancel, batch, "户名更正")
    change = a_change(case, session.query(m.StoredFile.id).limit(1).scalar())
    session.add(change)
    assert standing(till, case) == ("changing", False, True)
    with pytest.raises(Conflict, match="正在办理变更"):
        till.as_(approver, replacements.decide, letter, granted=True, opinion="")
    session.delete(change)
    assert case.payee_name == before

    till.as_(approver, replacements.decide, letter, granted=True, opinion="")
    assert case.payee_name == case.tenant.name
    assert standing(till, case) == DOUBTFUL
    till.scene.check_payee(case)
    assert standing(till, case) == READY
    till.draft([case])

    own.payee_own, own.payee_name = True, "林青禾"
    till.scene.check_payee(own)
    till.as_(approver, replacements.decide, replaced(till, own), granted=True, opinion="")
    assert own.payee_name == "林青禾"  # the founder's account is not in the unit's name
    assert standing(till, own) == READY


def test_an_account_changed_after_its_check_waits_on_the_desk_before_approval_too(till: Till) -> None:
    case = till.scene.until(m.CaseState.FIRST_REVIEW)
    assert standing(till, case) == (None, False, True)
    case.payee_account = "6222000099999999"
    assert standing(till, case) == (None, True, False)
    case.payee_account = "6222000012345678"
    assert standing(till, case) == (None, False, True)


def test_an_account_without_its_bank_code_is_neither_checked_nor_paid_to(till: Till) -> None:
    [case] = till.issued()
    case.payee_bank_code = None  # as accounts were before it was asked for
    with pytest.raises(Conflict, match="银行无法付款"):
        till.scene.check_payee(case)
    till.session.add(
        m.PayeeCheck(
            operator_id=case.operator_id, tenant_id=case.tenant_id, case_id=case.id, note="一致",
            fingerprint=payees.fingerprint_of(case), checked_by_id=till.scene.staff["first"].id,
        )
    )  # fmt: skip
    with pytest.raises(Conflict, match=rf"{case.number}.*联行号"):
        till.draft([case])


def test_a_change_waits_while_its_case_is_not_to_be_paid(till: Till) -> None:
    [case] = till.issued()
    change = a_change(case, till.session.query(m.StoredFile.id).limit(1).scalar())
    till.session.add(change)
    first, approver = till.scene.staff["first"], till.scene.staff["approver"]
    for state, act in (
        (m.ChangeState.REQUESTED, lambda: till.as_(first, payee_changes.check, change, "与新许可证一致")),
        (
            m.ChangeState.CHECKED,
            lambda: till.as_(approver, payee_changes.approve, till.scene.registry, change, today=PAID_ON),
        ),
    ):
        case.state = m.CaseState.REVOKING
        till.session.flush()
        assert reads.changes(till.session, state) == []
        with pytest.raises(Conflict, match="不再变更"):
            act()
        case.state = m.CaseState.ISSUED
        till.session.flush()
        assert [row.id for row in reads.changes(till.session, state)] == [case.id]
        act()
    assert case.payee_account == change.account


def test_a_sent_batch_is_taken_again_after_one_of_its_rows_has_another_account(till: Till) -> None:
    batch = till.sent(till.issued(2))
    failed = batch.rows[0]
    till.book(batch, [good(failed, said="失败", on=None, voucher=None)])
    failed.case.payee_own, failed.case.payee_name = True, "林青禾"
    till.session.flush()
    assert till.as_(till.payer, disbursement.take, batch, csv=True)
    failed.payee_bank_code = "102290000019"
    till.session.flush()
    with pytest.raises(Conflict, match="有了变化"):
        till.as_(till.payer, disbursement.take, batch, csv=True)
