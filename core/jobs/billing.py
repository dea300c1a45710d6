"""The monthly run as a job: pieces of leases, each in a unit that is safe to run again."""

from __future__ import annotations

from flask import Flask

import core
from core.jobs.issuing import unit
from core.jobs.progress import progress
from core.services import billing

NAME = "job:bill_month"


def make_next(app: Flask, run_id: int, after: int) -> int | None:
    """The next piece; returns the last lease looked at, or None where the run is over."""
    with unit(app, name=NAME) as session:
        run = billing.run_of(session, run_id)
        found = billing.make_next(session, run, after, core.today().date())
        done, whole = run.done, run.whole
    progress(done, max(done, whole))
    return found


def report_failure(app: Flask, run_id: int, reason: str) -> None:
    with unit(app, name=NAME) as session:
        billing.report_failure(session, billing.run_of(session, run_id), reason)
