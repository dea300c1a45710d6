"""The durable jobs that somebody asks for, and the steps whose results are kept. Their names are in the database:
change none. Those that run at their hours are in `timely`."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from dbos import DBOS

from core.errors import DomainError
from core.jobs import allocating, billing, issuing, packaging, papers, replaying
from core.jobs.pressing import Pressed
from core.jobs.runner import running_app
from core.jobs.steps import step
from core.letters.stamping import NoTimeStampError, TimeStampUnavailableError
from core.services.replays import Crew

log = structlog.get_logger()
STAMP_PAUSES = (5, 30, 120, 600, 1800, 3600)  # seconds before each try at a time stamp service: two hours in all


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


@step("number_letter")
def _number(decision_id: int) -> int:
    return issuing.number(running_app(), decision_id)


@step("press_letter")
def _press(letter_id: int) -> Pressed | None:
    return _unless_unstamped(lambda: issuing.press(running_app(), letter_id))


@step("seal_letter")
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


@step("number_paper")
def _number_paper(paper_id: int) -> None:
    papers.number(running_app(), paper_id)


@step("press_paper")
def _press_paper(paper_id: int) -> Pressed | None:
    return _unless_unstamped(lambda: papers.press(running_app(), paper_id))


@step("seal_paper")
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


@step("compute_run")
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


@step("bill_piece")
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


@step("replay_piece")
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


@step("make_package")
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
