"""Running jobs: DBOS in this process, and taking over what dead processes were doing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import ParamSpec, TypeVar

import structlog
from dbos import DBOS, DBOSConfig
from flask import Flask
from sqlalchemy.exc import InterfaceError, OperationalError

from core.config import Settings
from core.errors import DomainError
from core.extensions import db
from core.jobs import allocating, billing, issuing, reminding, upkeep
from core.jobs.executors import PREFIX, claim, if_dead, names_for
from core.jobs.queue import APPLICATION, QUEUES, SCHEMA, SERIALIZER, jobs_engine
from core.jobs.schedules import Clock, Schedule

log = structlog.get_logger()
P = ParamSpec("P")
R = TypeVar("R")

SWEEP_SECONDS = 15.0  # a dead process's jobs are taken over within this time
POLL_SECONDS = 0.5
CONCURRENCY = 8  # jobs at a time in a process; letters take turns in rendering, but not in waiting for disk and signer
_app: Flask | None = None  # the workflows below are one a process, and so is the application they run in


class Jobs:
    """The runner of an application's jobs. At most one a process is launched, after any fork."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.settings: Settings = app.extensions["settings"]
        self._stop = threading.Event()
        self._sweeper: threading.Thread | None = None

    def launch(
        self,
        *,
        poll_seconds: float = POLL_SECONDS,
        sweep_seconds: float = SWEEP_SECONDS,
        schedules: Sequence[Schedule] = (),
    ) -> str:
        """Start running jobs, those of `schedules` at their times; returns this executor's name. Its own unfinished
        jobs, and dead ones', go on first."""
        global _app  # noqa: PLW0603
        if _app is not None:
            raise RuntimeError("this process already runs jobs: destroy() the first runner")
        _app = self.app
        with self.app.app_context():
            url = db.engine.url
        self._engine = jobs_engine(url)
        self._names = names_for(url, self.settings.var)
        self.name = claim(self._names)
        config: DBOSConfig = {
            "name": APPLICATION,
            "system_database_engine": self._engine,
            "dbos_system_schema": SCHEMA,
            "executor_id": self.name,
            "application_version": self.settings.jobs_version,  # the default, a hash of the code, strands jobs
            "serializer": SERIALIZER,
            "enable_otlp": False,
            "log_level": "WARNING",
        }
        try:
            DBOS(config=config)
            DBOS.launch()
            for queue in {*QUEUES.values()}:
                DBOS.register_queue(
                    queue,
                    worker_concurrency=CONCURRENCY,
                    polling_interval_sec=poll_seconds,
                    on_conflict="always_update",
                )
        except BaseException:
            self.destroy()
            raise
        self._stop.clear()
        self._clock = Clock(self.app, schedules)
        self._sweeper = threading.Thread(target=self._sweep, args=(sweep_seconds,), name="jobs-sweeper", daemon=True)
        self._sweeper.start()
        log.info("jobs.launched", executor=self.name)
        return self.name

    def destroy(self, *, wait_seconds: int = 10) -> None:
        """Stop taking jobs, give running ones a while to finish, and let go of the name. The rest goes on later."""
        global _app  # noqa: PLW0603
        self._stop.set()
        if self._sweeper is not None:
            self._sweeper.join(timeout=10)
            self._sweeper = None
        DBOS.destroy(workflow_completion_timeout_sec=wait_seconds)
        self._engine.dispose()
        self._names.close()
        _app = None

    def take_over(self) -> list[str]:
        """Put the unfinished jobs of dead processes back into the queue; returns whose."""
        gone = []
        holders = {w.executor_id for w in DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)}
        for name in sorted(h for h in holders if h and h.startswith(PREFIX) and h != self.name):
            with if_dead(self._names, name) as dead:
                if dead:
                    DBOS._recover_pending_workflows([name])
                    gone.append(name)
        if gone:
            log.warning("jobs.taken_over", executors=gone)
        return gone

    def _sweep(self, seconds: float) -> None:
        clear_up = True
        while True:
            try:
                if clear_up:
                    issuing.clear_leftovers(self.app)
                    clear_up = False
                self.take_over()
                self._clock.tick()
            except Exception as error:  # noqa: BLE001  # the sweeper outlives a database that is away for a while
                log.warning("jobs.sweep_failed", error=type(error).__name__)
            if self._stop.wait(seconds):
                return


def _running_app() -> Flask:
    assert _app is not None, "a job runs only while Jobs is launched"
    return _app


def passing(error: BaseException) -> bool:
    """Whether trying again may help: the disk or the database was away. What is wrong with a letter stays wrong."""
    return isinstance(error, OSError | OperationalError | InterfaceError)


# Five tries within about fifteen seconds. What still fails then is reported, and `hongcai letters issue` resumes it.
def _step(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    return DBOS.step(
        name=name, retries_allowed=True, max_attempts=5, interval_seconds=1.0, backoff_rate=2.0, should_retry=passing
    )


@_step("number_letter")
def _number(decision_id: int) -> int:
    return issuing.number(_running_app(), decision_id)


@_step("press_letter")
def _press(letter_id: int) -> issuing.Pressed:
    return issuing.press(_running_app(), letter_id)


@_step("seal_letter")
def _seal(letter_id: int, pressed: issuing.Pressed) -> None:
    issuing.seal(_running_app(), letter_id, pressed)


@DBOS.step(name="report_failure")
def _report(decision_id: int, reason: str) -> None:
    issuing.report_failure(_running_app(), decision_id, reason)


@DBOS.workflow(name="issue_letter")
def issue_letter(decision_id: int) -> int:
    """The durable job behind `core.services.letters.request_issue`. Its steps' results are kept, in this order:
    to change their order or meaning, raise `HONGCAI_JOBS_VERSION` (docs/operations.md)."""
    try:
        letter_id = _number(decision_id)
        _seal(letter_id, _press(letter_id))
    except Exception as error:
        log.error("letter.failed", decision=decision_id, error=type(error).__name__, reason=str(error))
        _report(decision_id, str(error) if isinstance(error, DomainError) else f"{type(error).__name__}: {error}")
        raise
    return letter_id


@_step("compute_run")
def _compute(run_id: int) -> None:
    allocating.compute(_running_app(), run_id)


@DBOS.step(name="report_run_failure")
def _report_run(run_id: int, reason: str) -> None:
    allocating.report_failure(_running_app(), run_id, reason)


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
    return billing.make_next(_running_app(), run_id, after)


@DBOS.step(name="report_billing_failure")
def _report_billing(run_id: int, reason: str) -> None:
    billing.report_failure(_running_app(), run_id, reason)


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


@_step("check")
def _check(asked: list[str]) -> upkeep.Checked:
    return upkeep.check(_running_app(), asked)


@_step("report_faults")
def _report_faults(checked: upkeep.Checked) -> None:
    upkeep.report(_running_app(), checked)


def _checked(*, files: bool) -> upkeep.Checked:
    checked = _check(upkeep.rules(_running_app(), files=files))
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


@_step("clear")
def _clear() -> upkeep.Cleared:
    return upkeep.clear_up(_running_app())


@DBOS.workflow(name="clear_up")
def clear_up() -> upkeep.Cleared:
    """Daily: what killed processes left behind, and old runs of these jobs, go."""
    return _clear()


@_step("remind")
def _remind() -> int:
    return reminding.remind(_running_app())


@DBOS.workflow(name="remind_leases")
def remind_leases() -> int:
    """Daily: mails about leases that end; returns how many went."""
    return _remind()
