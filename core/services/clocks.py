"""办理时限: how long a case may stay in each state, what makes its clock stand still, when it ends.

Days are counted as the calendar says (`core.services.calendar`): a pause moves the due day by the working days paused.
The first half is arithmetic on plain values, the second keeps the rows and `Case.due_on`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from sqlalchemy.orm import Session

from core.data.asker import Reach
from core.data.models import Case, CaseClock, CasePause, CaseState, PauseReason, Role
from core.data.queries import clocks as reads
from core.data.queries.locks import read_calendar
from core.data.types import utcnow
from core.errors import N_, Conflict, Forbidden, Invalid
from core.policy import Registry
from core.policy.card import REVOKING_DAYS, Workflow
from core.services import assessments, assignments, audit, calendar, cases, phases
from core.services.calendar import Own
from core.services.phases import Phase
from core.services.typed import within
from core.services.workflow import FINAL, StateName

Spans = Iterable[tuple[date, date]]

PAUSE_REASONS: dict[PauseReason, StateName] = {
    PauseReason.CORRECTION: StateName(N_("等待申请人补正"), N_("等待您补充材料")),
    PauseReason.OUTSIDE_CHECK: StateName(N_("等待外部核查"), N_("正在请其他部门核实情况")),
    PauseReason.FORCE_MAJEURE: StateName(N_("不可抗力"), N_("因不可抗力，暂时不能办理")),
    PauseReason.HEARING: StateName(N_("听证"), N_("正在组织听证")),
    PauseReason.APPRAISAL: StateName(N_("检验、检测、鉴定"), N_("正在进行检验、检测或鉴定")),
    PauseReason.EXPERT_REVIEW: StateName(N_("专家评审"), N_("正在进行专家评审")),
}


# ── arithmetic ──────────────────────────────────────────────────────────────────────────────────────────────────────


def limit_of(workflow: Workflow, state: str, *, green: bool = False) -> int | None:
    """The working days a policy allows for a state. In the green lane: those it says, else half of them, rounded up;
    but a public notice takes its time, and only the day after it can anything be done. A proposed revocation is decided
    once the tenant is heard: the hearing is in no lane shorter."""
    if state == CaseState.REVOKING.value:
        return workflow.hearing_days + deciding_days(workflow)
    days = workflow.limits.get(state)
    if not days or not green:
        return days or None
    shorter = workflow.green_limits.get(state, -(-days // 2))
    least = workflow.publication_days + 1 if state == CaseState.PUBLISHED.value else 1
    return min(days, max(shorter, least))


def paused_days(spans: Spans, own: Own) -> int:
    """Working days of the pauses; as with limits, the first day of each is not counted."""
    return sum(calendar.working_days_until(last, first, own) for first, last in spans)


def deciding_days(workflow: Workflow) -> int:
    """The working days for deciding on a revocation, from the end of the hearing or from what the tenant stated."""
    return workflow.limits.get(CaseState.REVOKING.value) or REVOKING_DAYS


def due_day(start: date, limit: int, spans: Spans, own: Own) -> date:
    """The last day of a limit that began on `start` and stood still in `spans`."""
    return calendar.after(start, limit + paused_days(spans, own), own)


def used_days(start: date, day: date, spans: Spans, own: Own) -> int:
    """Working days that passed from `start` to `day`, without those paused."""
    return max(0, calendar.working_days_until(day, start, own) - paused_days(spans, own))


# ── rows ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def hold(session: Session, case: Case) -> None:
    """Lock the case for something that counts days: the calendar stays as it is meanwhile."""
    read_calendar(session, case.district_id)
    cases.lock(session, case)


class Standing(NamedTuple):
    """Where a running clock stands on a day: working days left (negative: late) and its open pause, if there is one.
    While it is paused, those that were left when the pause began."""

    clock: CaseClock
    left: int | None
    pause: CasePause | None


def standing(session: Session, case: Case, today: date) -> Standing | None:
    """Where the case's clock stands today."""
    clock = reads.running(session, case)
    if clock is None:
        return None
    pause, left = reads.open_pause(session, case), None
    if clock.limit_days is not None:
        day = pause.started_on if pause else today
        own = calendar.own_days(session, case.district_id, clock.started_on)
        left = calendar.days_left(due_day(clock.started_on, clock.limit_days, spans_of(clock), own), day, own)
    return Standing(clock, left, pause)


def spans_of(clock: CaseClock) -> list[tuple[date, date]]:
    """The pauses of a clock that are over."""
    return [(pause.started_on, pause.ended_on) for pause in clock.pauses if pause.ended_on is not None]


def turn(session: Session, registry: Registry, case: Case, today: date) -> None:
    """A move was made. An open pause ends with it, and so does the clock of the state that the case left; that of the
    state it is in now begins. A move within a state gives no new limit: taking the data again goes on with the old one.
    A statement that the applicant hands in ends no pause either, but whoever decides may do so from now on."""
    clock = reads.running(session, case)
    if clock is not None:
        stays = clock.state == case.state.value
        if stays and audit.asker_of(session).reach is Reach.TENANT:
            _hear(session, registry, case, clock, today)
            return
        _end_pause(session, case, clock, today)
        if stays:
            _set_due(session, case, clock)
            return
        _end(session, case, clock, today)
    case.due_on = None
    if case.state not in FINAL:
        _begin(session, registry, case, today)


def renew(session: Session, registry: Registry, case: Case, today: date) -> None:
    """The case is in its state for something else from now on: another desk has it, with a limit of its own."""
    clock = reads.running(session, case)
    if clock is not None:
        _end_pause(session, case, clock, today)
        _end(session, case, clock, today)
    _begin(session, registry, case, today)


def _end(session: Session, case: Case, clock: CaseClock, today: date) -> None:
    clock.ended_on = max(today, clock.started_on)
    own = calendar.own_days(session, case.district_id, clock.started_on)
    clock.used_days = used_days(clock.started_on, clock.ended_on, spans_of(clock), own)
    assignments.end(session, case)
    session.flush()  # one clock of a case runs at a time


def _begin(session: Session, registry: Registry, case: Case, today: date) -> None:
    workflow, green = assessments.card_of(registry, case.policy_key).workflow, reads.green_lane(session, case)
    clock = CaseClock(
        operator_id=case.operator_id,
        tenant_id=case.tenant_id,
        case_id=case.id,
        state=case.state.value,
        desk=assignments.desk_of(workflow, case),
        started_on=today,
        limit_days=_limit(session, case, workflow, today, green=green is not None),
    )
    session.add(clock)
    _set_due(session, case, clock)
    session.flush()


def _limit(session: Session, case: Case, workflow: Workflow, start: date, *, green: bool) -> int | None:
    """The working days for the state the case is in since `start`: while what was decided is announced, as many more as
    that lasts."""
    days = limit_of(workflow, case.state.value, green=green)
    if days is None or phases.issued(case, start) is not Phase.ANNOUNCED or case.state is not CaseState.ISSUED:
        return days
    own = calendar.own_days(session, case.district_id, start)
    return days + calendar.working_days_until(case.publication_ends_on or start, start, own)


def _hear(session: Session, registry: Registry, case: Case, clock: CaseClock, today: date) -> None:
    """The tenant said what it has to say about a revocation: for deciding there is as much time as after a hearing."""
    if case.state is not CaseState.REVOKING or clock.limit_days is None:
        return
    workflow = assessments.card_of(registry, case.policy_key).workflow
    clock.limit_days = min(clock.limit_days, _gone(session, case, clock, today) + deciding_days(workflow))
    _set_due(session, case, clock)


def _gone(session: Session, case: Case, clock: CaseClock, today: date) -> int:
    """The working days of a running limit that are gone."""
    stopped = reads.open_pause(session, case)
    own = calendar.own_days(session, case.district_id, clock.started_on)
    return used_days(clock.started_on, stopped.started_on if stopped else today, spans_of(clock), own)


def pause(session: Session, case: Case, *, reason: str, note: str, today: date) -> CasePause:
    """Make the clock stand still from today on. Nobody is late meanwhile; who was late stays as late as they were."""
    hold(session, case)
    _may(session, case)
    clock = reads.running(session, case)
    if clock is None or clock.limit_days is None:
        raise Conflict("本件在这一环节没有办理时限，不需要暂停")
    if (there := reads.open_pause(session, case)) is not None:
        raise Conflict("本件的时限已于%(day)s暂停，请刷新页面查看", day=there.started_on.isoformat())
    if reason not in set(PauseReason):
        raise Invalid("请选择暂停的理由", field="reason")
    row = CasePause(
        operator_id=case.operator_id,
        tenant_id=case.tenant_id,
        case_id=case.id,
        clock_id=clock.id,
        started_on=max(today, clock.started_on),
        reason=PauseReason(reason),
        note=sentence(note, field="note"),
        by_id=audit.asker_of(session).user_id,
    )
    session.add(row)
    case.due_on = None
    audit.record(session, "case.pause", case, detail={"state": clock.state, "reason": reason})
    session.flush()
    return row


def resume(session: Session, case: Case, *, today: date) -> None:
    """Let the clock go on; the due day moves by the working days it stood still."""
    hold(session, case)
    _may(session, case)
    clock = reads.running(session, case)
    if clock is None or reads.open_pause(session, case) is None:
        raise Conflict("本件的时限没有暂停，可能已有人恢复；请刷新页面查看")
    _end_pause(session, case, clock, today)
    _set_due(session, case, clock)
    detail = {"state": clock.state, "due": case.due_on.isoformat() if case.due_on else None}
    audit.record(session, "case.resume", case, detail=detail)
    session.flush()


def limit_if(session: Session, case: Case, workflow: Workflow, *, green: bool, today: date) -> int | None:
    """The running limit with the green lane, or without. Nobody is made late by it: of the shorter one at least the
    days that are gone already are allowed."""
    clock = reads.running(session, case)
    if clock is None or clock.limit_days is None:
        return None
    if case.state is CaseState.REVOKING:  # what the tenant stated may have set it
        return clock.limit_days
    start = clock.started_on
    usual = _limit(session, case, workflow, start, green=False) or clock.limit_days
    if not green:
        return usual
    gone = _gone(session, case, clock, today)
    return min(usual, max(_limit(session, case, workflow, start, green=True) or usual, gone))


def set_limit(session: Session, case: Case, workflow: Workflow, *, green: bool, today: date) -> None:
    """Give the running clock the limit of the green lane, or take that back."""
    clock = reads.running(session, case)
    if clock is not None:
        clock.limit_days = limit_if(session, case, workflow, green=green, today=today)
        _set_due(session, case, clock)
        session.flush()


def pausers(clock: CaseClock | None) -> frozenset[Role]:
    """Who may stop a clock: whoever works on the case (the window, where that is nobody) and the district."""
    return frozenset({(clock.desk if clock is not None else None) or Role.WINDOW, Role.DISTRICT_ADMIN})


def sentence(said: str, *, field: str, most: int = 400) -> str:
    """What somebody gave as a reason, of at least a few words."""
    said = within(said, most, field=field)
    if len(said) < 4:
        raise Invalid("请用一句话说明原因，之后查阅本件的人会看到它", field=field)
    return said


def _may(session: Session, case: Case) -> None:
    asker = audit.asker_of(session)
    if not asker.may(*pausers(reads.running(session, case))):
        raise Forbidden("您的角色不能暂停或恢复本件的时限，请由办理这一环节的岗位或区级管理人员操作")
    assignments.require_own(session, case, asker)


def _end_pause(session: Session, case: Case, clock: CaseClock, today: date) -> None:
    pause = reads.open_pause(session, case)
    if pause is not None:
        pause.ended_on = max(today, pause.started_on)
        pause.ended_at, pause.ended_by_id = utcnow(), audit.asker_of(session).user_id
        session.flush()
        session.expire(clock, ["pauses"])


def _set_due(session: Session, case: Case, clock: CaseClock) -> None:
    """What the rows say, in the one column that lists are sorted by."""
    if clock.limit_days is None or reads.open_pause(session, case) is not None:
        case.due_on = None
        return
    own = calendar.own_days(session, case.district_id, clock.started_on)
    case.due_on = due_day(clock.started_on, clock.limit_days, spans_of(clock), own)
