"""建议撤销, 建议追回: an auditor asks, a desk acts by the services it always acts by, or says why not. 监督 stays apart
from 执行: nobody here decides on an award."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.asker import Asker
from core.data.models import (
    Award,
    Case,
    Finding,
    FindingProposal,
    ProposalKind,
    ProposalState,
    Recovery,
    RecoveryCause,
)
from core.data.types import utcnow
from core.errors import Conflict, Forbidden, NotFound
from core.policy import Registry
from core.services import audit, clocks, moves, ties
from core.services.findings import steps
from core.services.findings.steps import Act, Side
from core.services.needs import Act as Said
from core.services.notices import findings as notices
from core.services.recovery import crediting, deciding, opening
from core.services.workflow import MOVES

DESKS = {
    ProposalKind.REVOKE: frozenset(MOVES["propose_revocation"].roles),
    ProposalKind.RECOVER: frozenset(opening.PROPOSERS),
}


def propose(session: Session, finding: Finding, kind: ProposalKind, said: str, *, today: date) -> FindingProposal:
    """Ask the desks to propose a revocation, or to open a file of recovery. Raises `Conflict` where the case is not
    where that begins, or where it was asked already."""
    side = steps.hold(session, finding, Act.PROPOSED, today)
    said = steps.words(said)
    case = finding.case
    if case is None or _award(session, case) is None:
        raise Conflict("这项审计发现没有关联已核定的申请件，不能建议撤销或追回")
    if any(it.kind is kind and it.state is ProposalState.WAITING for it in finding.proposals):
        raise Conflict("同样的建议已经提出，正等经办部门处理")
    begins = MOVES["propose_revocation"].sources if kind is ProposalKind.REVOKE else deciding.PAYABLE
    if case.state not in begins:
        if kind is ProposalKind.REVOKE:
            raise Conflict("申请件现在的状态不能提出撤销；请刷新页面查看")
        raise Conflict("只有已拨付的申请件可以追回；还没有拨付的，请建议撤销")
    by = audit.asker_of(session).user_id
    assert by is not None  # `hold` asks for a person
    proposal = FindingProposal(
        district_id=finding.district_id,
        finding_id=finding.id,
        case_id=case.id,
        kind=kind,
        said=said,
        proposed_by_id=by,
    )
    session.add(proposal)
    session.flush()
    session.expire(finding, ["proposals"])
    steps.note(session, finding, Act.PROPOSED, side, said, shown=False)
    audit.record(session, "finding.proposal", proposal, detail={"kind": kind, "case": case.id})
    notices.of_proposal(session, proposal, DESKS[kind])
    return proposal


def load(session: Session, finding: Finding, proposal_id: int) -> FindingProposal:
    wanted = select(FindingProposal).where(FindingProposal.id == proposal_id, FindingProposal.finding_id == finding.id)
    found = session.scalars(wanted).one_or_none()
    if found is None:
        raise NotFound("没有这项建议，或您无权查看")
    return found


def may_decide(asker: Asker, proposal: FindingProposal) -> bool:
    """Whether it waits for this asker."""
    return proposal.state is ProposalState.WAITING and asker.may(*DESKS[proposal.kind])


def take_up(
    session: Session,
    registry: Registry,
    proposal: FindingProposal,
    *,
    reasons: tuple[str, ...] = (),
    opinion: str = "",
    today: date,
) -> None:
    """Do it, by the service that does it always, with all that it needs."""
    by = _hold(session, proposal)
    if proposal.kind is ProposalKind.REVOKE:
        said = Said(opinion=opinion, reasons=reasons, confirmed=True)
        event = moves.move(session, registry, proposal.case, "propose_revocation", said, today=today)
        proposal.event_id = event.id
    else:
        file = deciding.open_by_hand(session, registry, proposal.case, RecoveryCause.OTHER)
        proposal.recovery_id = file.id
        opinion = opinion.strip() or file.number
    _decided(session, proposal, by, ProposalState.TAKEN_UP, opinion)


def decline(session: Session, proposal: FindingProposal, reason: str) -> None:
    """A desk does not do it, and says why; the auditors read it."""
    by = _hold(session, proposal)
    _decided(session, proposal, by, ProposalState.DECLINED, steps.words(reason, field="reason"))


def _hold(session: Session, proposal: FindingProposal) -> int:
    """Hold case and proposal, in this order; returns who acts."""
    clocks.hold(session, proposal.case)
    session.refresh(proposal, with_for_update=True)
    asker = audit.asker_of(session)
    ties.refuse(session, proposal.case, asker)
    if not asker.may(*DESKS[proposal.kind]) or asker.user_id is None:
        raise Forbidden("这项建议由经办撤销或追回的岗位处理")
    if proposal.state is not ProposalState.WAITING:
        raise Conflict("这项建议已经有人处理；请刷新页面查看")
    if asker.user_id == proposal.proposed_by_id:
        raise Forbidden("提出建议的人不能自己处理它")
    return asker.user_id


def _decided(session: Session, proposal: FindingProposal, by: int, state: ProposalState, reason: str) -> None:
    proposal.state, proposal.decided_by_id, proposal.decided_at = state, by, utcnow()
    proposal.reason = reason.strip()
    kind = Act.TAKEN_UP if state is ProposalState.TAKEN_UP else Act.DECLINED
    detail = {"kind": proposal.kind, "event": proposal.event_id, "recovery": proposal.recovery_id}
    audit.record(session, f"finding.proposal_{state}", proposal, detail=detail)
    steps.note(session, proposal.finding, kind, Side.DISTRICT, proposal.reason, shown=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a proposal: whether the award fell, and its file of recovery with what is owed and back."""

    revoked: bool
    recovery: Recovery | None
    owed_fen: int
    back_fen: int


def outcome(session: Session, proposal: FindingProposal) -> Outcome | None:
    """None where nothing was done yet. A revocation of what was paid opens its own file."""
    if proposal.state is not ProposalState.TAKEN_UP:
        return None
    award = _award(session, proposal.case)
    file = proposal.recovery
    if proposal.kind is ProposalKind.REVOKE:
        of_it = select(Recovery).where(
            Recovery.case_id == proposal.case_id,
            Recovery.cause == RecoveryCause.REVOKED,
            Recovery.opened_at >= proposal.decided_at,
        )
        file = session.scalars(of_it.order_by(Recovery.id.desc()).limit(1)).first()
    revoked = proposal.kind is ProposalKind.REVOKE and award is not None and award.revoked_at is not None
    return Outcome(revoked, file, file.owed_fen if file else 0, crediting.back(session, file) if file else 0)


def _award(session: Session, case: Case) -> Award | None:
    return session.scalars(select(Award).where(Award.case_id == case.id).order_by(Award.id.desc()).limit(1)).first()
