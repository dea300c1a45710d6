"""Computing a run of a round as a job: read, share out, keep the result, in one unit that is safe to run again."""

from __future__ import annotations

from flask import Flask

import core
from core.jobs.issuing import registry_of, unit
from core.services import rounds


def compute(app: Flask, run_id: int) -> None:
    """Compute the run `run_id`, if it still waits."""
    with unit(app, name="job:run_round") as session:
        run = rounds.run_of(session, run_id)
        rounds.compute(session, registry_of(app), run, today=core.today().date())


def report_failure(app: Flask, run_id: int, reason: str) -> None:
    with unit(app, name="job:run_round") as session:
        rounds.report_failure(session, rounds.run_of(session, run_id), reason)
