"""How a budget comes about and changes: one person proposes it with its document, another confirms or declines it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.asker import Asker
from core.data.models import (
    WHOLE_BP,
    District,
    Pool,
    PoolChange,
    PoolChangeKind,
    PoolChangeState,
    PoolMove,
)
from core.data.types import utcnow
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.services import audit
from core.services.pools import waiting
from core.services.pools.ledger import book, hold
from core.services.rights import POOL_CONFIRMERS, POOL_PROPOSERS
from core.services.typed import within

Kind, State = PoolChangeKind, PoolChangeState
YEARS = range(2000, 2100)
MOST_FEN = 10**14  # a slip of the pen, not a budget


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is asked for: how much (never negative: the kind says which way), on which document's strength, and why."""

    amount_fen: int
    document: str
    reason: str


@dataclass(frozen=True, slots=True)
class Shares:
    """Who bears a budget, in basis points that come to the whole, and the line of the budget it stands in."""

    budget_line: str
    city_bp: int
    district_bp: int


def load(session: Session, change_id: int) -> PoolChange:
    """The change, if the asker may see it; raises `NotFound`."""
    change = session.scalars(select(PoolChange).where(PoolChange.id == change_id)).one_or_none()
    if change is None:
        raise NotFound("没有这项资金池变动，或您无权查看")
    return change


def set_up(session: Session, policy_key: str, year: int, shares: Shares, proposal: Proposal) -> PoolChange:
    """Propose a pool for a policy and year."""
    asker = _proposer(session)
    if year not in YEARS:
        raise Invalid("年度应为四位数，例如2027", field="year")
    if shares.city_bp < 0 or shares.district_bp < 0 or shares.city_bp + shares.district_bp != WHOLE_BP:
        raise Invalid("市级和区级的分担比例之和不是百分之百，请核对", field="district_bp")
    if not shares.budget_line.strip():
        raise Invalid("请填写预算科目", field="budget_line")
    session.execute(select(District.id).where(District.id == asker.district_id).with_for_update(key_share=True))
    if of_year(session, policy_key, year) is not None:
        raise Conflict("%(year)s年度该政策的资金池已经设立，请在它的页面上调整预算", year=year, field="year")
    made = _change(asker, Kind.SET_UP, policy_key, year, None, proposal)
    made.budget_line = shares.budget_line.strip()
    made.city_bp, made.district_bp = shares.city_bp, shares.district_bp
    return _proposed(session, made)


def propose(session: Session, pool: Pool, kind: PoolChangeKind, proposal: Proposal, *, today: date) -> PoolChange:
    """Propose to raise or lower a pool's budget, or to carry over what is left of it."""
    asker = _proposer(session)
    hold(session, pool)
    _require_possible(session, pool, kind, proposal.amount_fen, today)
    return _proposed(session, _change(asker, kind, pool.policy_key, pool.year, pool, proposal))


def confirm(session: Session, change: PoolChange, *, confirmed: bool, today: date) -> Pool:
    """Let a proposed change apply; raises `Forbidden` for who proposed it, `Conflict` where it is too late."""
    asker = _decider(session, change)
    _locked(session, change)
    if not confirmed:
        raise Invalid("这一步办理后不能撤销，请确认后再提交", field="confirmed")
    if change.kind is Kind.SET_UP:
        pool = _make(session, change)
    else:
        pool = session.scalars(select(Pool).where(Pool.id == change.pool_id)).one()
        hold(session, pool)
        _require_possible(session, pool, change.kind, change.amount_fen, today)
    change.state, change.decided_by_id, change.decided_at = State.CONFIRMED, asker.user_id, utcnow()
    session.flush()
    detail = {"kind": change.kind, "policy": change.policy_key, "year": change.year, "amount_fen": change.amount_fen}
    if change.kind is Kind.CARRY_OVER:
        detail["waiting"] = _carry(session, pool, change)
    else:
        by = -change.amount_fen if change.kind is Kind.LOWER else change.amount_fen
        _book(session, pool, change, PoolMove.BUDGET, by, by)
        waiting.serve(session, pool)
    audit.record(session, "pool.confirm", change, detail=detail)
    session.flush()
    return pool


def decline(session: Session, change: PoolChange, reason: str) -> None:
    """Not so: the second person says why."""
    asker = _decider(session, change)
    _locked(session, change)
    if len(reason.strip()) < 2:
        raise Invalid("请写明不同意的原因，提出人会看到它", field="reason")
    change.answer = within(reason, 400, field="reason")
    change.state, change.decided_by_id, change.decided_at = State.DECLINED, asker.user_id, utcnow()
    audit.record(session, "pool.decline", change)
    session.flush()


def withdraw(session: Session, change: PoolChange) -> None:
    """Taken back by who proposed it."""
    if _proposer(session).user_id != change.proposed_by_id:
        raise Forbidden("只有提出人可以收回；您可以不同意并写明原因")
    _locked(session, change)
    change.state = State.WITHDRAWN
    audit.record(session, "pool.withdraw", change)
    session.flush()


def of_year(session: Session, policy_key: str, year: int) -> Pool | None:
    """The pool of the asker's district for a policy and year."""
    return session.scalars(
        select(Pool).where(
            Pool.district_id == audit.asker_of(session).district_id, Pool.policy_key == policy_key, Pool.year == year
        )
    ).one_or_none()


def _require_possible(session: Session, pool: Pool, kind: PoolChangeKind, amount_fen: int, today: date) -> None:
    """Whether the change could apply to the pool as it is; the pool is held."""
    left = f"{pool.left_fen // 100:,}.{pool.left_fen % 100:02d}"
    if kind is Kind.RAISE and pool.carried_at is not None:
        raise Conflict("%(year)s年度的余额已经结转，请调整%(next)s年度的资金池", year=pool.year, next=pool.year + 1)
    if kind is Kind.LOWER and amount_fen > pool.left_fen:
        raise Conflict("已预留、已承诺和已拨付的资金不能调减：最多可以调减%(left)s元", left=left, field="amount_fen")
    if kind is not Kind.CARRY_OVER:
        return
    if today < date(pool.year, 12, 1):
        raise Conflict("年度还没有结束：%(year)s年12月1日起可以办理结转", year=pool.year)
    if of_year(session, pool.policy_key, pool.year + 1) is None:
        raise Conflict("还没有%(year)s年度的资金池，请先设立（预算可以为0），再办理结转", year=pool.year + 1)
    if amount_fen > pool.left_fen:
        raise Conflict("资金池只剩%(left)s元，结转金额不能超过余额", left=left, field="amount_fen")
    if not amount_fen and not waiting.anyone(session, pool):
        raise Invalid("请填写结转金额；没有候补的申请件时，结转金额不能为0", field="amount_fen")


def _make(session: Session, change: PoolChange) -> Pool:
    if of_year(session, change.policy_key, change.year) is not None:
        raise Conflict("%(year)s年度该政策的资金池已经设立，请在它的页面上调整预算", year=change.year)
    pool = Pool(
        district_id=change.district_id,
        policy_key=change.policy_key,
        year=change.year,
        total_fen=0,
        left_fen=0,
        budget_line=change.budget_line,
        city_bp=change.city_bp,
        district_bp=change.district_bp,
    )
    session.add(pool)
    session.flush()
    change.pool_id = pool.id
    return pool


def _carry(session: Session, pool: Pool, change: PoolChange) -> int:
    """What is carried over, and everyone who waits, go to the next year's pool; returns how many waited."""
    following = of_year(session, pool.policy_key, pool.year + 1)
    assert following is not None  # asked before, and pools are never taken away
    hold(session, following)
    if change.amount_fen:
        _book(session, pool, change, PoolMove.CARRY_OUT, change.amount_fen, -change.amount_fen)
        _book(session, following, change, PoolMove.CARRY_IN, change.amount_fen, change.amount_fen)
    pool.carried_at = utcnow()
    moved = waiting.move_on(session, pool, following)
    waiting.serve(session, following)
    return moved


def _book(session: Session, pool: Pool, change: PoolChange, move: PoolMove, amount_fen: int, by: int) -> None:
    if amount_fen and not book(session, pool, move, amount_fen, {"total_fen": by, "left_fen": by}, change_id=change.id):
        raise Conflict("资金池的余额刚有变化，不够办理这项变动；请刷新后重新核对")


def _change(
    asker: Asker, kind: PoolChangeKind, policy_key: str, year: int, pool: Pool | None, proposal: Proposal
) -> PoolChange:
    may_be_nothing = kind in (Kind.SET_UP, Kind.CARRY_OVER)
    if not (0 if may_be_nothing else 1) <= proposal.amount_fen <= MOST_FEN:
        raise Invalid("金额应大于0，请核对", field="amount_fen")
    for field, text in (("document", proposal.document), ("reason", proposal.reason)):
        if len(text.strip()) < 2:
            raise Invalid("请填写依据文号和事由，审计人员会看到它们", field=field)
    return PoolChange(
        district_id=asker.district_id,
        policy_key=policy_key,
        year=year,
        pool_id=pool.id if pool else None,
        kind=kind,
        amount_fen=proposal.amount_fen,
        document=proposal.document.strip(),
        reason=proposal.reason.strip(),
        proposed_by_id=asker.user_id,
    )


def _proposed(session: Session, change: PoolChange) -> PoolChange:
    """One at a time: whoever confirms a change sees what it will meet. Others are kept out by the lock held before, and
    by a unique index."""
    open_ = select(PoolChange.id).where(
        PoolChange.district_id == change.district_id,
        PoolChange.policy_key == change.policy_key,
        PoolChange.year == change.year,
        PoolChange.state == State.PROPOSED,
    )
    if session.scalar(open_) is not None:
        raise Conflict("这个资金池已有一项变动等待确认，请先办完它，或由提出人收回")
    session.add(change)
    detail = {"kind": change.kind, "policy": change.policy_key, "year": change.year, "amount_fen": change.amount_fen}
    audit.record(session, "pool.propose", change, detail=detail)
    session.flush()
    return change


def _proposer(session: Session) -> Asker:
    asker = audit.asker_of(session)
    if not asker.may(*POOL_PROPOSERS):
        raise Forbidden("您的角色不能提出资金池的变动；请由区级管理人员办理")
    return asker


def _decider(session: Session, change: PoolChange) -> Asker:
    asker = audit.asker_of(session)
    if not asker.may(*POOL_CONFIRMERS):
        raise Forbidden("您的角色不能确认资金池的变动；请由审批或区级管理人员办理")
    if asker.user_id == change.proposed_by_id:
        raise Forbidden("提出和确认须由不同的人办理；请另一位有权确认的人核对后确认")
    return asker


def _locked(session: Session, change: PoolChange) -> None:
    """Hold the change, as it now is, if it still waits for its answer."""
    session.flush()
    session.refresh(change, with_for_update={"key_share": True})
    if change.state is not State.PROPOSED:
        raise Conflict("这项变动已有人办理，请刷新页面查看")
