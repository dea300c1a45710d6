"""Running jobs: DBOS in this process, and taking over what dead processes were doing. What the jobs are is in
`workflows`."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import structlog
from dbos import DBOS, DBOSConfig
from flask import Flask

from core.config import Settings
from core.data.engine import end
from core.extensions import db
from core.jobs import issuing
from core.jobs.executors import PREFIX, claim, if_dead, names_for
from core.jobs.queue import APPLICATION, QUEUES, SCHEMA, SERIALIZER, jobs_engine
from core.jobs.schedules import Clock, Schedule

log = structlog.get_logger()

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
        end(self._engine)  # a job that did not finish in time still writes there
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


def running_app() -> Flask:
    assert _app is not None, "a job runs only while Jobs is launched"
    return _app
