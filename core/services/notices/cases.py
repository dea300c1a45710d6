"""What is told about applications: whose turn it is after a move, what the applicant reads, and time limits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

import core
from core.data.models import (
    OPERATOR_ROLES,
    TENANT_ROLES,
    Case,
    CaseClock,
    CaseEvent,
    CasePaper,
    CaseState,
    Letter,
    LetterKind,
    Role,
)
from core.data.queries.pools import in_line
from core.data.types import utcnow
from core.policy import Registry
from core.services import calendar, objections, revocations
from core.services.escalations import SOON
from core.services.notices.telling import Telling, To, tell, tenant_of
from core.services.phases import Phase, issued, moves_from, phase_of
from core.services.workflow import MOVES, NOT_A_BUTTON, Move, Need, Preset

S = CaseState
HISTORY = timedelta(days=2)  # acts that were done longer ago were brought in from elsewhere: nobody is told

# Moves that may be made, but do not make it anybody's turn: ways back and aside, and those that only correct.
ASIDE = frozenset({"withdraw", "refresh", "send_back", "object", "decline", "propose_revocation", "drop_revocation"})
# No buttons, but what they need is somebody's work: payments are made up by batches.
WORK = frozenset({"pay"})
# States in which staff have nothing to do, though the case is open, and why.
NOBODYS = {
    S.DRAFT: "the applicant writes",
    S.RETURNED: "the applicant corrects",
    S.APPROVED: "the job makes the letter",
}
# Moves of which the applicant reads nothing by a notice, and why.
SILENT = {
    "refresh": "not shown to the applicant",
    "send_back": "not shown to the applicant",
    "issue": "the letter itself is told of",
    "statement": "it is the applicant's own",
}
OWN_KINDS = {"return": "case_returned", "hand_back": "case_returned", "pay": "case_paid"}
# States in which it is the applicant's turn, whatever move led there.
YOURS = {S.RETURNED: "case_returned", S.REVOKING: "case_hearing"}
# Moves that a case which waits for its money cannot make, and the states they lead from.
FUNDED = {code: move.sources for code, move in MOVES.items() if Need.FUNDED in move.needs}


class Limit(StrEnum):
    NEAR = "near"
    LATE = "late"


def applicant_kind(move: Move, to: CaseState | None = None) -> str | None:
    """The kind of notice by which the applicant reads of a move that led `to` a state (its target, if not said); None
    where it is silent."""
    if move.code in SILENT or not move.applicant:
        return None
    led = to or move.target
    return OWN_KINDS.get(move.code) or (YOURS.get(led) if led else None) or "case_moved"


def turn_roles(state: CaseState, preset: Preset, phase: Phase = Phase.PLAIN, *, funded: bool = True) -> frozenset[Role]:
    """Whose turn it is in a state: those who can move it on. `phase`: where it stands with its public notice; `funded`:
    the case does not wait for its money."""
    everyone = frozenset(Role) - TENANT_ROLES
    idle = (ASIDE | NOT_A_BUTTON) - WORK
    if not funded:
        idle |= FUNDED.keys()
    onward = [it for it in moves_from(state, phase, everyone, preset) if it.code not in idle]
    return frozenset().union(*(it.roles for it in onward)) - TENANT_ROLES


def of_move(session: Session, registry: Registry, case: Case, event: CaseEvent) -> None:
    """Tell whose turn it is now, and the applicant what became of the application. The last thing a move does."""
    if utcnow() - event.at > HISTORY:
        return
    params = _params(session, registry, case)
    tellings: list[Telling] = []
    if event.move == "statement":  # now that the tenant is heard, it can be decided
        tellings += _turn(session, registry, case, _entered(session, case))
    elif event.from_state is not event.to_state and not _not_yet(case, core.today().date()):
        tellings += _turn(session, registry, case, event.id)
    if kind := applicant_kind(MOVES[event.move], event.to_state):
        said = params | {"move": event.move}
        tellings.append(Telling(kind, tenant_of(case), case.id, f"moved:{event.id}", said))
    tell(session, *tellings)


def of_day(session: Session, registry: Registry, today: date) -> int:
    """Tell whose turn has come with the day: a publication is over, or the time in which the tenant is heard. Nobody
    moves a case on that day, so the morning's job asks; what was told is not told again. So does a case whose money was
    set aside meanwhile, where the policy gives no public notice (`of_funded` knows no policies)."""
    over = or_(Case.state == S.PUBLISHED, and_(Case.state == S.ISSUED, Case.notice_days.is_not(None)))
    waiting = or_(Case.state.in_((S.REVOKING, S.SECOND_REVIEW)), and_(over, Case.publication_ends_on < today))
    clock = and_(CaseClock.case_id == Case.id, CaseClock.ended_on.is_(None))
    asked = select(Case, CaseClock.started_on, _entry().scalar_subquery()).outerjoin(CaseClock, clock).where(waiting)
    tellings: list[Telling] = []
    for case, began, event_id in session.execute(asked.order_by(Case.id)):
        if _has_come(session, registry, case, began, today):
            tellings += _turn(session, registry, case, _since(session, case, event_id))
        elif case.state is S.REVOKING:
            tellings += _hearing_ends(session, registry, case, today)
    return sum(tell(session, *tellings[n : n + 50]) for n in range(0, len(tellings), 50))


def _has_come(session: Session, registry: Registry, case: Case, began: date | None, today: date) -> bool:
    """`began`: the day on which the case came into its state."""
    workflow = registry.card(case.policy_key).workflow
    if case.state is S.SECOND_REVIEW:
        return not workflow.publishes_first
    if case.state is S.ISSUED and objections.waiting(session, case):
        return False  # it is not paid while anybody waits for an answer
    if case.state is S.REVOKING:  # as `core.services.revocations.heard_until`
        until = began and calendar.add_working_days(session, case.district_id, began, workflow.hearing_days)
        return until is not None and today > until
    return not _not_yet(case, today)


def _since(session: Session, case: Case, event_id: int) -> int:
    """The act since which a case waits for what it waits for now: of one that was announced, that act."""
    if case.state is not S.ISSUED:
        return event_id
    announced = select(func.max(CaseEvent.id)).where(CaseEvent.case_id == case.id, CaseEvent.move == "announce")
    return max(event_id, session.scalar(announced) or 0)


def _hearing_ends(session: Session, registry: Registry, case: Case, today: date) -> Iterator[Telling]:
    """The tenant is told once that the time in which it is heard comes to its end."""
    until = revocations.heard_until(session, registry, case)
    own = calendar.own_days(session, case.district_id, today)
    if today <= until and calendar.days_left(until, today, own) <= SOON and not revocations.statements(session, case):
        params = _params(session, registry, case)
        yield Telling("case_yours_near", tenant_of(case), case.id, f"hearing:{case.id}:{until}", params)


def of_funded(session: Session, case_id: int, entry_id: int) -> None:
    """A case that waited for its money has it, by the pool's booking `entry_id`: the applicant is told, and who
    approves where nothing else has to be waited for. Its columns alone are read, for whoever acts may not see it."""
    columns = (Case.id, Case.number, Case.tenant_id, Case.district_id, Case.state, Case.publication_ends_on)
    case = session.execute(select(*columns).where(Case.id == case_id)).one()
    params, key = {"case": case.number}, f"funded:{case.id}:{entry_id}"
    tellings = [Telling("case_funded", tenant_of(case), case.id, key, params)]
    if case.state is S.PUBLISHED and not _not_yet(case, core.today().date()):
        turn = f"turn:{session.scalar(_entry().where(Case.id == case_id))}"
        approvers = To(MOVES["approve"].roles, district_id=case.district_id)
        tellings.append(Telling("case_fundable", approvers, case.id, turn, params, tenant_id=case.tenant_id))
    tell(session, *tellings)


def of_deadline(
    session: Session,
    registry: Registry,
    case: Case,
    limit: Limit,
    *,
    also: frozenset[Role] = frozenset(),
) -> int:
    """Tell whose turn it is that the limit of a case is near, or that it is late; once for each limit (a day in a
    state). `also`: roles of the district that are told as well. The applicant is told where the turn is theirs: not
    of the limit of a proposed revocation, by which others decide on it."""
    params, key = _params(session, registry, case), f"{limit}:{case.id}:{case.state}:{case.due_on}"
    if case.state is S.REVOKING:
        params["due"] = case.due_on.isoformat() if case.due_on else None
    elif case.state in YOURS:
        return tell(session, Telling(f"case_yours_{limit}", tenant_of(case), case.id, key, params))
    kind = f"case_{limit}"
    tellings = [
        Telling(kind, to, case.id, key, params, tenant_id=case.tenant_id) for to in _whose(session, registry, case)
    ]
    if also:
        to = To(also, district_id=case.district_id)
        tellings.append(Telling(kind, to, case.id, key, params, tenant_id=case.tenant_id))
    return tell(session, *tellings)


def of_letter(session: Session, letter: Letter, case: Case) -> None:
    """The tenant is told that its letter is there."""
    kind = "letter_award" if letter.kind is LetterKind.AWARD else "letter_refusal"
    params = {"letter": letter.number, "case": case.number}
    tell(session, Telling(kind, tenant_of(letter), letter.id, f"letter:{letter.id}", params))


def of_paper(session: Session, paper: CasePaper, case: Case) -> None:
    """The tenant is told that a paper of the procedure is there."""
    params = {"paper": paper.number, "case": case.number}
    about, kind = f"{case.number} {paper.number}", f"paper_{paper.kind}"
    tell(session, Telling(kind, tenant_of(paper), case.id, f"paper:{paper.id}", params, about))


def of_failed_letter(session: Session, decision_id: int, case: Case, job: str) -> None:
    _failed(session, "letter", decision_id, case, job)


def of_failed_paper(session: Session, paper_id: int, case: Case, job: str) -> None:
    _failed(session, "paper", paper_id, case, job)


def _failed(session: Session, what: str, subject_id: int, case: Case, job: str) -> None:
    """The district's administrators are told which one, the platform's that there is one: its job (by its key)."""
    district = To(frozenset({Role.DISTRICT_ADMIN}), district_id=case.district_id)
    platform = To(frozenset({Role.PLATFORM_ADMIN}))
    key = f"failed:{job}:{utcnow():%Y-%m-%d}"
    tell(
        session,
        Telling(f"{what}_failed", district, case.id, key, {"case": case.number}, tenant_id=case.tenant_id),
        Telling(f"{what}_job_failed", platform, subject_id, key, {"key": job}),
    )


def _turn(session: Session, registry: Registry, case: Case, event_id: int) -> Iterator[Telling]:
    """`event_id`: the act that led the case into its state. They are told once of it, on whatever occasion."""
    params = _params(session, registry, case)
    if case.state in YOURS:  # the day to keep there is the applicant's; to decide, others have theirs
        params["due"] = case.due_on.isoformat() if case.state is S.REVOKING and case.due_on else None
    for to in _whose(session, registry, case):
        yield Telling("case_turn", to, case.id, f"turn:{event_id}", params, tenant_id=case.tenant_id)


def _whose(session: Session, registry: Registry, case: Case) -> Iterator[To]:
    workflow = registry.card(case.policy_key).workflow
    funded = not any(case.state in states for states in FUNDED.values()) or not in_line(session, case.id)
    phase = phase_of(case, workflow, core.today().date())
    roles = turn_roles(case.state, Preset(workflow.preset), phase, funded=funded)
    if desks := roles - OPERATOR_ROLES:
        yield To(desks, district_id=case.district_id)
    if house := roles & OPERATOR_ROLES:
        yield To(house, operator_id=case.operator_id)


def _entry() -> Select[int]:
    """The act that led a case into the state it is in."""
    into = and_(CaseEvent.to_state == Case.state, CaseEvent.from_state.is_distinct_from(CaseEvent.to_state))
    return select(func.max(CaseEvent.id)).where(CaseEvent.case_id == Case.id, into)


def _entered(session: Session, case: Case) -> int:
    return session.scalars(_entry().where(Case.id == case.id)).one()


def _not_yet(case: Any, today: date) -> bool:
    """Whether the next step has to wait: for a day, on which `of_day` tells, or for what the tenant has to say."""
    if case.state is S.REVOKING:
        return True
    if case.state is S.ISSUED:
        return issued(case, today) is Phase.ANNOUNCED
    return case.state is S.PUBLISHED and case.publication_ends_on is not None and today <= case.publication_ends_on


def _params(session: Session, registry: Registry, case: Case) -> dict[str, Any]:
    """What a notice of a case is made of. `due`: the day to keep, of a proposed revocation the applicant's."""
    card = registry.card(case.policy_key)
    phase = phase_of(case, card.workflow, core.today().date())
    state = case.state.value if phase is Phase.PLAIN else f"{case.state.value}:{phase.value}"
    heard = case.state is S.REVOKING
    due = revocations.heard_until(session, registry, case) if heard else case.due_on
    return {
        "case": case.number,
        "policy": {"zh": card.title.zh, "en": card.title.en},
        "state": state,
        "standing": state,
        "due": due.isoformat() if due else None,
    }
