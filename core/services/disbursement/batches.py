"""A batch until it is released: gathered, prepared by one payer, released by another, or given up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple
from datetime import date
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import (
    Award,
    BatchState,
    Case,
    Disbursement,
    PayoutBatch,
    PayoutState,
)
from core.data.types import utcnow
from core.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from core.policy import Registry
from core.services import audit, cases, payees, pools, ties
from core.services.assessments import card_of
from core.services.disbursement.content import content_hash
from core.services.disbursement.refusing import refusal
from core.services.disbursement.shares import budget_line_of, sources_of, split
from core.services.recovery import offsets
from core.services.typed import within

MOST = 500  # rows of a batch: what a person can still look through


def load(session: Session, batch_id: int) -> PayoutBatch:
    """The batch, if the asker may see it; raises `NotFound`."""
    found = session.scalars(select(PayoutBatch).where(PayoutBatch.id == batch_id)).one_or_none()
    if found is None:
        raise NotFound("没有这个拨付批次，或您无权查看")
    return found


def start(
    session: Session, registry: Registry, district_id: int, case_ids: Iterable[int], *, note: str, today: date
) -> PayoutBatch:
    """A new batch of these cases; none of them, no batch."""
    batch = PayoutBatch(
        district_id=district_id,
        number=uuid4().hex,
        note=within(note, 200, field="note") or None,
        created_by_id=person(session),
    )
    session.add(batch)
    session.flush()
    batch.number = f"BF{today.year}-{batch.id:05d}"
    audit.record(session, "payout.start", batch, detail={"number": batch.number})
    add(session, registry, batch, case_ids)
    return batch


def add(session: Session, registry: Registry, batch: PayoutBatch, case_ids: Iterable[int]) -> None:
    """Put cases into a batch that is still a draft; raises `Conflict` naming the first that cannot be paid now."""
    hold(session, batch, BatchState.DRAFT)
    wanted = sorted(set(case_ids))
    if not wanted:
        raise Invalid("请先勾选要拨付的申请件", field="ids")
    if len(batch.rows) + len(wanted) > MOST:
        raise Conflict("一个批次最多%(most)s笔，请分成几个批次", most=MOST)
    serial = max((row.serial for row in batch.rows), default=0)
    found = session.scalars(select(Case).where(Case.id.in_(wanted)).order_by(Case.id)).all()
    if len(found) != len(wanted):
        raise NotFound("所选的申请件中有不存在或您无权查看的，请刷新页面后重新勾选")
    for case in found:
        cases.lock(session, case)
        require_untied(session, case)
        if refused := refusal(session, case):
            raise refused
        serial += 1
        session.add(_row(session, registry, batch, case, serial))
    session.flush()
    _count(session, batch)
    audit.record(session, "payout.add", batch, detail={"cases": wanted, "total_fen": batch.total_fen})
    session.flush()


def _row(session: Session, registry: Registry, batch: PayoutBatch, case: Case, serial: int) -> Disbursement:
    award, pool, account = _award(session, case), pools.find(session, case), payees.account_of(case)
    title = card_of(registry, case.policy_key).title.zh
    row = Disbursement(
        operator_id=case.operator_id,
        tenant_id=case.tenant_id,
        batch_id=batch.id,
        case_id=case.id,
        award_id=award.id,
        pool_id=pool.id,
        serial=serial,
        reference=f"{batch.number.replace('-', '')}-{serial:04d}",
        amount_fen=award.amount_fen,
        shares=[list(astuple(share)) for share in split(award.amount_fen, sources_of(pool))],
        budget_line=budget_line_of(pool),
        purpose=f"{title[:80]} {case.number}",
        payee_name=account.name,
        payee_bank=account.bank,
        payee_bank_code=account.bank_code,
        fingerprint=payees.fingerprint(case.operator_id, account),
    )
    row.payee_account = account.number
    return row


def _award(session: Session, case: Case) -> Award:
    return session.scalars(select(Award).where(Award.case_id == case.id)).one()


def keep_back(session: Session, batch: PayoutBatch, row: Disbursement, amount_fen: int) -> None:
    """抵扣: so much of a payment does not go to the bank, because its payee owes it (`recovery.offsets`)."""
    hold(session, batch, BatchState.DRAFT)
    offsets.keep_back(session, row, amount_fen)
    _count(session, batch)
    session.flush()


def remove(session: Session, batch: PayoutBatch, row: Disbursement) -> None:
    """Take a payment out of a draft: it may be put into another batch."""
    hold(session, batch, BatchState.DRAFT)
    audit.record(session, "payout.remove", batch, detail={"case": row.case_id, "reference": row.reference})
    offsets.let_go(session, row)
    session.delete(row)
    session.flush()
    _count(session, batch)
    session.flush()


def prepare(session: Session, batch: PayoutBatch) -> None:
    """The first of two people: what is in the batch now is what may be released."""
    hold(session, batch, BatchState.DRAFT)
    if not batch.rows:
        raise Conflict("批次是空的，请先加入要拨付的申请件")
    by = person(session)
    _check_rows(session, batch, by)
    _count(session, batch)
    batch.content_hash = content_hash(batch, batch.rows)
    batch.state, batch.prepared_by_id, batch.prepared_at = BatchState.PREPARED, by, utcnow()
    batch.released_by_id = batch.released_at = None
    audit.record(session, "payout.prepare", batch, detail=_detail(batch))
    session.flush()


def release(session: Session, batch: PayoutBatch) -> None:
    """The second person: every row is looked at again, and the content must be what was prepared."""
    hold(session, batch, BatchState.PREPARED)
    by = person(session)
    if by == batch.prepared_by_id:
        raise Forbidden("准备和发放须由不同的人办理，请另一位拨付人员发放")
    _check_rows(session, batch, by)
    require_unchanged(batch)
    batch.state, batch.released_by_id, batch.released_at = BatchState.RELEASED, by, utcnow()
    audit.record(session, "payout.release", batch, detail=_detail(batch))
    session.flush()


def reopen(session: Session, batch: PayoutBatch, reason: str) -> None:
    """Back to a draft, so that it can be changed: preparation and release fall."""
    hold(session, batch, BatchState.PREPARED, BatchState.RELEASED)
    _give(batch, reason)
    batch.state, batch.content_hash = BatchState.DRAFT, None
    batch.prepared_by_id = batch.prepared_at = batch.released_by_id = batch.released_at = None
    audit.record(session, "payout.reopen", batch, detail={"reason": batch.reason})
    session.flush()


def cancel(session: Session, batch: PayoutBatch, reason: str) -> None:
    """Give up a batch that did not go to the bank; its cases may be put into another."""
    hold(session, batch, BatchState.DRAFT, BatchState.PREPARED, BatchState.RELEASED)
    _give(batch, reason)
    for row in batch.rows:
        row.state = PayoutState.CANCELLED
        offsets.fail(session, row, "批次已作废")
    batch.state = BatchState.CANCELLED
    audit.record(session, "payout.cancel", batch, detail={"reason": batch.reason})
    session.flush()


# ── shared by the steps of a batch ───────────────────────────────────────────────────────────────────────────────────


def hold(session: Session, batch: PayoutBatch, *states: BatchState) -> None:
    """Hold the batch until the transaction ends, as it now is; raises `Conflict` where it is in another state."""
    session.flush()
    session.refresh(batch, with_for_update=True)
    session.expire(batch, ["rows"])
    for row in batch.rows:
        session.refresh(row)
    if batch.state not in states:
        raise Conflict("批次的状态已经改变，可能已有人办理；请刷新页面查看")


def person(session: Session) -> int:
    """Who acts on a batch: always a person."""
    by = audit.asker_of(session).user_id
    if by is None:
        raise Forbidden("拨付须由具体的人办理")
    return by


def require_untied(session: Session, case: Case) -> None:
    """Whoever has a tie to an applicant does not pay it: raises `Forbidden` naming the case."""
    if ties.keeping(session, case, audit.asker_of(session)):
        raise Forbidden(
            "您与申请件%(number)s的申请单位有须回避的关系，不能拨付；请由其他拨付人员办理，或先申请豁免",
            number=case.number,
        )


def require_unchanged(batch: PayoutBatch) -> None:
    """What was prepared, to the row; raises `Conflict` where anything differs. Of a row that failed meanwhile, the case
    may have another account."""
    if not all(_is_known(row) for row in batch.rows) or batch.content_hash != content_hash(batch, batch.rows):
        raise Conflict("批次的内容在准备之后有了变化，原准备和发放失效；请退回草稿，核对后重新准备")


def _is_known(row: Disbursement) -> bool:
    """Whether the account of a row is the one it was checked as: whose it is, the unit's or the owner's own, is in the
    fingerprint alone."""
    said = (row.payee_name, row.payee_bank, row.payee_bank_code, row.payee_account)
    either = (payees.Account(*said, own) for own in (False, True))
    return row.fingerprint in {payees.fingerprint(row.operator_id, account) for account in either}


def require_payable(session: Session, batch: PayoutBatch) -> None:
    """Each case as it is now, held until the transaction ends; raises what says why one cannot be paid."""
    for row in sorted(batch.rows, key=lambda row: row.case_id):
        cases.lock(session, row.case)
        require_untied(session, row.case)
        if refused := refusal(session, row.case, row):
            raise refused
        offsets.require_standing(session, row)


def _check_rows(session: Session, batch: PayoutBatch, by: int) -> None:
    """The same, and whoever pays a case did not prepare or approve it."""
    require_payable(session, batch)
    for row in batch.rows:
        if by in (row.case.prepared_by_id, row.case.approved_by_id):
            raise Forbidden(
                "您办理过申请件%(number)s的初审或批准，不能再拨付它；请由其他拨付人员办理", number=row.case.number
            )


def _count(session: Session, batch: PayoutBatch) -> None:
    session.expire(batch, ["rows"])
    batch.row_count, batch.total_fen = len(batch.rows), sum(row.net_fen for row in batch.rows)


def _give(batch: PayoutBatch, reason: str) -> None:
    if len(reason.strip()) < 2:
        raise Invalid("请写明原因，审计人员会看到", field="reason")
    batch.reason = within(reason, 200, field="reason")


def _detail(batch: PayoutBatch) -> dict[str, str | int | None]:
    return {"count": batch.row_count, "total_fen": batch.total_fen, "content": batch.content_hash}


def problems(session: Session, rows: Sequence[Disbursement]) -> dict[int, DomainError]:
    """Why rows could not be released now, by the row's id, for a page."""
    return {row.id: refused for row in rows if (refused := refusal(session, row.case, row)) is not None}
