"""Another account for a case that is accepted already: asked for by the applicant, checked by the first reviewer,
approved by an approver. Until it is decided nothing of the case is put into a batch or released.

Before the case is approved its review is bound to the account too. It is not begun again for another one: the two who
checked and approved the change stand for the account, and the review is bound to it by them (docs/payouts.md).
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import Case, CaseState, ChangeState, PayeeChange, StoredFile
from core.data.models.payouts import CHANGEABLE
from core.data.queries import payouts as reads
from core.data.types import utcnow
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.policy import Registry
from core.services import audit, cases, payees, ties
from core.services.assessments import assess, card_of
from core.services.notices import payees as notices
from core.services.payees import Account
from core.services.typed import within

OPEN = (ChangeState.REQUESTED, ChangeState.CHECKED)
DECIDED = frozenset({CaseState.APPROVED, CaseState.ISSUED})  # nothing is bound to the account any more but the payment


def open_of(session: Session, case: Case) -> PayeeChange | None:
    """The change of a case that is not decided yet."""
    return session.scalars(
        select(PayeeChange).where(PayeeChange.case_id == case.id, PayeeChange.state.in_(OPEN))
    ).one_or_none()


def request(
    session: Session, registry: Registry, case: Case, account: Account, *, reason: str, file: StoredFile
) -> PayeeChange:
    """Ask for another account, with the paper that shows it."""
    cases.lock(session, case)
    if case.state not in CHANGEABLE:
        raise Conflict("受理之后、拨付之前才用变更申请；其他时候请在申请表中修改，或联系窗口")
    if open_of(session, case) is not None:
        raise Conflict("已有一份收款账户变更在办理；请等它办完，或先撤回它")
    if reads.on_its_way(session, case.id):
        raise Conflict("这笔资金已经送银行，请等银行结果；退回后可以申请变更")
    payees.require_complete(case, account, card_of(registry, case.policy_key))
    known = payees.fingerprint(case.operator_id, account)
    if known == payees.fingerprint_of(case):
        raise Invalid("填写的账户与现在的相同，没有变更", field="payee_account")
    if len(reason.strip()) < 2:
        raise Invalid("请写明变更的原因", field="reason")
    by = audit.asker_of(session).user_id
    if by is None:
        raise Conflict("变更收款账户须由申请单位的人提出")
    made = PayeeChange(
        operator_id=case.operator_id,
        tenant_id=case.tenant_id,
        case_id=case.id,
        name=account.name,
        bank=account.bank,
        bank_code=account.bank_code,
        own=account.own,
        fingerprint=known,
        old_name=case.payee_name,
        old_bank=case.payee_bank,
        old_fingerprint=payees.fingerprint_of(case),
        reason=within(reason, 300, field="reason"),
        file_id=file.id,
        requested_by_id=by,
    )
    made.account, made.old_account = account.number, case.payee_account
    session.add(made)
    session.flush()
    audit.record(session, "payee_change.request", made, detail=_detail(made))
    return made


def check(session: Session, change: PayeeChange, note: str) -> None:
    """The new account is that of the paper that came with it."""
    case = _hold(session, change, ChangeState.REQUESTED)
    _require_changeable(case)
    if audit.asker_of(session).user_id == change.requested_by_id:
        raise Forbidden("提出变更和核对账户须由不同的人办理")
    made = payees.record_check(session, case, change.fingerprint, file_id=change.file_id, note=note)
    change.state = ChangeState.CHECKED
    change.checked_by_id, change.checked_at = made.checked_by_id, made.checked_at
    audit.record(session, "payee_change.check", change, detail=_detail(change))
    session.flush()


def approve(session: Session, registry: Registry, change: PayeeChange, *, today: date) -> None:
    """The case is paid to the new account from now on, and a review that stands is bound to it."""
    case = _hold(session, change, ChangeState.CHECKED)
    _require_changeable(case)
    _decide(session, change, ChangeState.APPROVED)
    stands = _review_stands(session, registry, case, today)
    case.payee_name, case.payee_bank = change.name, change.bank
    case.payee_bank_code, case.payee_own = change.bank_code, change.own
    case.payee_account = change.account
    if stands:
        change.content_before = case.content_hash
        case.content_hash = change.content_after = assess(session, case, registry, today).content_hash
    bound = {"content": [change.content_before, change.content_after]} if stands else {}
    audit.record(session, "payee_change.approve", change, detail=_detail(change) | bound)
    session.flush()


def refuse(session: Session, change: PayeeChange, remark: str) -> None:
    """The account stays as it is, and the applicant reads why."""
    case = _hold(session, change, *OPEN)
    if len(remark.strip()) < 2:
        raise Invalid("请写明不同意变更的理由，申请单位会看到", field="remark")
    _decide(session, change, ChangeState.REFUSED)
    change.remark = within(remark, 300, field="remark")
    audit.record(session, "payee_change.refuse", change, detail=_detail(change))
    notices.change_refused(session, case, change)
    session.flush()


def withdraw(session: Session, change: PayeeChange) -> None:
    """The applicant takes the request back."""
    _hold(session, change, *OPEN)
    _take_back(session, change)


def moot(session: Session, case: Case) -> None:
    """The case ended before the change was decided."""
    if (change := open_of(session, case)) is not None:
        _take_back(session, change)


def _take_back(session: Session, change: PayeeChange) -> None:
    change.state = ChangeState.WITHDRAWN
    audit.record(session, "payee_change.withdraw", change, detail=_detail(change))
    session.flush()


def load(session: Session, case: Case) -> PayeeChange:
    """The open change of a case; raises `NotFound`."""
    found = open_of(session, case)
    if found is None:
        raise NotFound("没有待办的收款账户变更，可能已经办完；请刷新页面查看")
    return found


def _hold(session: Session, change: PayeeChange, *states: ChangeState) -> Case:
    case = change.case
    cases.lock(session, case)
    ties.refuse(session, case, audit.asker_of(session))
    session.refresh(change)
    if change.state not in states:
        raise Conflict("这份收款账户变更已有人办理，请刷新页面查看")
    return case


def _require_changeable(case: Case) -> None:
    if case.state not in CHANGEABLE:
        raise Conflict("申请件已不在受理之后、拨付之前，收款账户不再变更；可以不同意这份变更申请")


def _review_stands(session: Session, registry: Registry, case: Case, today: date) -> bool:
    """Whether the case is under review and its content is what was reviewed; where it is not, the review has fallen
    already, and no change of the account makes it stand again. Raises `NotAssessed`."""
    if case.state in DECIDED or case.content_hash is None:
        return False
    return assess(session, case, registry, today).content_hash == case.content_hash


def _decide(session: Session, change: PayeeChange, state: ChangeState) -> None:
    by = audit.asker_of(session).user_id
    if by is None or by in (change.requested_by_id, change.checked_by_id):
        raise Forbidden("提出、核对和批准变更须由不同的人办理")
    change.state, change.decided_by_id, change.decided_at = state, by, utcnow()


def _detail(change: PayeeChange) -> dict[str, Any]:
    """Old and new by their fingerprints and tails: the trail holds no account."""
    return {
        "case": change.case_id,
        "old": change.old_fingerprint,
        "new": change.fingerprint,
        "old_tail": change.old_account[-4:],
        "new_tail": change.account[-4:],
    }
