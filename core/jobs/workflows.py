"""The durable jobs, and the steps whose results are kept. Their names are in the database: change none."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import stripe
import structlog
from dbos import DBOS
from sqlalchemy.exc import InterfaceError, OperationalError

from core.errors import DomainError
from core.jobs import (
    allocating,
    billing,
    dunning,
    escalating,
    issuing,
    keys,
    leading,
    noticing,
    online,
    outside,
    packaging,
    papers,
    paying,
    recovering,
    reminding,
    replaying,
    signing,
    subscribing,
    upkeep,
)
from core.jobs.pressing import Pressed
from core.jobs.runner import running_app
from core.letters.stamping import NoTimeStampError, TimeStampUnavailableError
from core.services.replays import Crew

log = structlog.get_logger()
P = ParamSpec("P")
R = TypeVar("R")


def passing(error: BaseException) -> bool:
    """Whether trying again may help: disk, database or Stripe were away. What is wrong with a letter stays wrong."""
    return isinstance(error, OSError | OperationalError | InterfaceError | stripe.APIConnectionError | stripe.APIError)


STAMP_PAUSES = (5, 30, 120, 600, 1800, 3600)  # the same for a time stamp service: two hours in all
MAIL_PAUSES = (0, 2, 10, 60, 300)  # seconds before each try at a mail server that is away


# Five tries within about fifteen seconds. What still fails then is reported, and `hongcai letters issue` resumes it.
def _step(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    return DBOS.step(
        name=name, retries_allowed=True, max_attempts=5, interval_seconds=1.0, backoff_rate=2.0, should_retry=passing
    )


def _unless_unstamped(press: Callable[[], Pressed]) -> Pressed | None:
    """The pressed file; None where the time stamp service is away."""
    try:
        return press()
    except TimeStampUnavailableError as error:
        log.warning("letter.waits_for_time_stamp", reason=str(error))
        return None


def _stamped(press: Callable[[], Pressed | None]) -> Pressed:
    """The pressed file, tried for again after each pause while the time stamp service is away."""
    pressed = press()
    for pause in STAMP_PAUSES:
        if pressed is not None:
            break
        DBOS.sleep(pause)
        pressed = press()
    if pressed is None:
        raise NoTimeStampError
    return pressed


@_step("number_letter")
def _number(decision_id: int) -> int:
    return issuing.number(running_app(), decision_id)


@_step("press_letter")
def _press(letter_id: int) -> Pressed | None:
    return _unless_unstamped(lambda: issuing.press(running_app(), letter_id))


@_step("seal_letter")
def _seal(letter_id: int, pressed: Pressed) -> None:
    issuing.seal(running_app(), letter_id, pressed)


@DBOS.step(name="report_failure")
def _report(decision_id: int, reason: str) -> None:
    issuing.report_failure(running_app(), decision_id, reason, str(DBOS.workflow_id))


@DBOS.workflow(name="issue_letter")
def issue_letter(decision_id: int) -> int:
    """The durable job behind `core.services.letters.request_issue`. Its steps' results are kept, in this order:
    to change their order or meaning, raise `HONGCAI_JOBS_VERSION` (docs/operations.md)."""
    try:
        letter_id = _number(decision_id)
        _seal(letter_id, _stamped(lambda: _press(letter_id)))
    except Exception as error:
        log.error("letter.failed", decision=decision_id, error=type(error).__name__, reason=str(error))
        _report(decision_id, str(error) if isinstance(error, DomainError) else f"{type(error).__name__}: {error}")
        raise
    return letter_id


@_step("number_paper")
def _number_paper(paper_id: int) -> None:
    papers.number(running_app(), paper_id)


@_step("press_paper")
def _press_paper(paper_id: int) -> Pressed | None:
    return _unless_unstamped(lambda: papers.press(running_app(), paper_id))


@_step("seal_paper")
def _seal_paper(paper_id: int, pressed: Pressed) -> None:
    papers.seal(running_app(), paper_id, pressed)


@DBOS.step(name="report_paper_failure")
def _report_paper(paper_id: int, reason: str) -> None:
    papers.report_failure(running_app(), paper_id, reason)


@DBOS.workflow(name="issue_paper")
def issue_paper(paper_id: int) -> int:
    """The durable job behind `core.services.papers.ask`."""
    try:
        _number_paper(paper_id)
        _seal_paper(paper_id, _stamped(lambda: _press_paper(paper_id)))
    except Exception as error:
        log.error("paper.failed", paper=paper_id, error=type(error).__name__, reason=str(error))
        _report_paper(paper_id, str(error) if isinstance(error, DomainError) else f"{type(error).__name__}: {error}")
        raise
    return paper_id


@_step("compute_run")
def _compute(run_id: int) -> None:
    allocating.compute(running_app(), run_id)


@DBOS.step(name="report_run_failure")
def _report_run(run_id: int, reason: str) -> None:
    allocating.report_failure(running_app(), run_id, reason)


@DBOS.workflow(name="run_round")
def run_round(run_id: int) -> None:
    """The durable job behind `core.services.rounds.ask`."""
    try:
        _compute(run_id)
    except Exception as error:
        log.error("round.failed", run=run_id, error=type(error).__name__, reason=str(error))
        _report_run(run_id, str(error) if isinstance(error, DomainError) else f"{type(error).__name__}: {error}")
        raise


@_step("bill_piece")
def _bill_piece(run_id: int, after: int) -> int | None:
    return billing.make_next(running_app(), run_id, after)


@DBOS.step(name="report_billing_failure")
def _report_billing(run_id: int, reason: str) -> None:
    billing.report_failure(running_app(), run_id, reason)


@DBOS.workflow(name="bill_month")
def bill_month(run_id: int) -> None:
    """The durable job behind `core.services.billing.ask`: piece by piece, each a step."""
    try:
        after: int | None = 0
        while after is not None:
            after = _bill_piece(run_id, after)
    except Exception as error:
        log.error("billing.failed", run=run_id, error=type(error).__name__, reason=str(error))
        _report_billing(run_id, str(error) if isinstance(error, DomainError) else f"{type(error).__name__}: {error}")
        raise


@_step("replay_piece")
def _replay_piece(crew: Crew, run_id: int, after: int) -> int | None:
    return replaying.replay_next(running_app(), crew, run_id, after)


@DBOS.step(name="report_replay_failure")
def _report_replay(run_id: int, reason: str) -> None:
    replaying.report_failure(running_app(), run_id, reason)


@DBOS.workflow(name="replay_decisions")
def replay_decisions(run_id: int) -> None:
    """The durable job behind `core.services.replays.ask`: piece by piece, each a step."""
    try:
        with replaying.crew_of(running_app()) as crew:
            after: int | None = 0
            while after is not None:
                after = _replay_piece(crew, run_id, after)
    except Exception as error:
        log.error("replay.failed", run=run_id, error=type(error).__name__, reason=str(error))
        _report_replay(run_id, str(error) if isinstance(error, DomainError) else f"{type(error).__name__}: {error}")
        raise


@_step("make_package")
def _make_package(package_id: int) -> None:
    packaging.make(running_app(), package_id)


@DBOS.step(name="report_package_failure")
def _report_package(package_id: int, reason: str) -> None:
    packaging.report_failure(running_app(), package_id, reason)


@DBOS.workflow(name="make_package")
def make_package(package_id: int) -> None:
    """The durable job behind `core.services.packages.ask`."""
    try:
        _make_package(package_id)
    except Exception as error:
        log.error("package.failed", package=package_id, error=type(error).__name__, reason=str(error))
        _report_package(
            package_id, str(error) if isinstance(error, DomainError) else f"{type(error).__name__}: {error}"
        )
        raise


@_step("check")
def _check(asked: list[str]) -> upkeep.Checked:
    return upkeep.check(running_app(), asked)


@_step("report_faults")
def _report_faults(checked: upkeep.Checked) -> None:
    upkeep.report(running_app(), checked)


def _checked(*, files: bool) -> upkeep.Checked:
    checked = _check(upkeep.rules(running_app(), files=files))
    if checked["count"]:
        log.error("invariants.broken", count=checked["count"], faults=checked["faults"][:5])
        _report_faults(checked)
    return checked


@DBOS.workflow(name="check_invariants")
def check_invariants() -> upkeep.Checked:
    """Hourly: what must hold in the database does."""
    return _checked(files=False)


@DBOS.workflow(name="check_files")
def check_files() -> upkeep.Checked:
    """Daily: each kept file is there and whole."""
    return _checked(files=True)


@_step("sign")
def _sign() -> signing.Signed:
    return signing.sign(running_app())


@DBOS.workflow(name="sign_log")
def sign_log() -> signing.Signed:
    """The durable job behind `core.services.letters.seal`, and hourly: what is new in the trail is under a signed
    head."""
    return _sign()


@_step("drop_lists")
def _drop_lists() -> int:
    return outside.drop(running_app())


@DBOS.workflow(name="drop_outside_lists")
def drop_outside_lists() -> int:
    """Daily: lists from outside whose last day is over are deleted."""
    return _drop_lists()


@_step("look_after_keys")
def _look_after_keys() -> int:
    return keys.look_after(running_app())


@DBOS.workflow(name="look_after_keys")
def look_after_keys() -> int:
    """Daily: which keys sign is written down, and their keepers are told of what runs out; returns how many notices."""
    return _look_after_keys()


@_step("clear")
def _clear() -> upkeep.Cleared:
    return upkeep.clear_up(running_app())


@DBOS.workflow(name="clear_up")
def clear_up() -> upkeep.Cleared:
    """Daily: what killed processes left behind, and old runs of these jobs, go."""
    return _clear()


@_step("remind")
def _remind() -> int:
    return reminding.remind(running_app())


@DBOS.workflow(name="remind_leases")
def remind_leases() -> int:
    """Daily: mails about leases that end; returns how many went."""
    return _remind()


@_step("escalate")
def _escalate() -> int:
    return escalating.escalate(running_app())


@DBOS.workflow(name="escalate_cases")
def escalate_cases() -> int:
    """Daily: cases near their limit or past it; returns how many reached another level."""
    return _escalate()


@_step("find_recoveries")
def _find_recoveries() -> int:
    return recovering.find(running_app())


@DBOS.workflow(name="find_recoveries")
def find_recoveries() -> int:
    """Daily: awards that do not hold any more as they were made; returns how many leads there are more."""
    return _find_recoveries()


@_step("find_leads")
def _find_leads() -> int:
    return leading.find(running_app())


@DBOS.workflow(name="find_leads")
def find_leads() -> int:
    """Daily: what the rules of suspicion find; returns how many leads there are more."""
    return _find_leads()


@_step("reconcile")
def _reconcile() -> online.Reconciled | None:
    return online.reconcile(running_app())


@DBOS.workflow(name="reconcile_stripe")
def reconcile_stripe() -> online.Reconciled | None:
    """Daily: Stripe's books against ours."""
    return _reconcile()


@_step("begin_trials")
def _begin_trials() -> int:
    return subscribing.begin_trials(running_app())


@_step("look_at_stripe")
def _look_at_stripe() -> int:
    return paying.reconcile(running_app())


@_step("remind_operators")
def _remind_operators() -> int:
    return subscribing.remind(running_app())


@DBOS.workflow(name="look_after_subscriptions")
def look_after_subscriptions() -> subscribing.Done:
    """Daily: trials of new operators begin, what Stripe says of the others is looked at, and mails about what ends."""
    return {"trials": _begin_trials(), "seen": _look_at_stripe(), "mails": _remind_operators()}


@_step("make_dunnings")
def _make_dunnings() -> int:
    return dunning.ask(running_app())


@_step("mail_dunnings")
def _mail_dunnings() -> int:
    return dunning.send(running_app())


@DBOS.workflow(name="dun_tenants")
def dun_tenants() -> int:
    """Daily: letters of operators that want them sent by themselves, and mails that could not go before; returns how
    many mails went."""
    _make_dunnings()
    return _mail_dunnings()


@_step("tell_notices")
def _tell_notices() -> int:
    return noticing.tell(running_app())


@_step("mail_notices")
def _mail_notices(daily: bool) -> noticing.Mailed:
    return noticing.send(running_app(), daily=daily)


def _mailed(*, daily: bool) -> int:
    """A mail server that is away is asked again after a while, and then by the next run; what waits is kept."""
    sent = 0
    for pause in MAIL_PAUSES:
        if pause:
            DBOS.sleep(pause)
        found = _mail_notices(daily)
        sent += found["sent"]
        if found["reached"]:
            break
    return sent


@DBOS.workflow(name="mail_notices")
def mail_notices() -> int:
    """The durable job behind `core.services.notices.tell`, and hourly for what could not go: all mails that wait to go
    at once; returns how many went."""
    return _mailed(daily=False)


@DBOS.workflow(name="mail_digests")
def mail_digests() -> int:
    """Daily: what a new day brings is told, and those who want one mail a day get it; returns how many went."""
    _tell_notices()
    return _mailed(daily=False) + _mailed(daily=True)


@_step("tell_checkpoint")
def _tell_checkpoint() -> int:
    return noticing.tell_checkpoint(running_app())


@DBOS.workflow(name="mail_checkpoints")
def mail_checkpoints() -> int:
    """Daily: auditors are told the log's newest head, as often as the setting says; returns how many were told."""
    return _tell_checkpoint()


@DBOS.workflow(name="mail_dunnings")
def mail_dunnings() -> int:
    """The durable job behind `core.services.dunning.send`: all letters that wait to be mailed."""
    return _mail_dunnings()
