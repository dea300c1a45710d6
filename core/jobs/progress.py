"""How far a job is, for those who wait for it: an event of DBOS, written at once and apart from what the job writes."""

from __future__ import annotations

from dbos import DBOS
from flask import has_app_context

from core.extensions import db

EVENT = "progress"


def progress(done: int, total: int) -> None:
    """Say within a job's step that `done` of `total` is done. Outside of jobs, in commands, nobody is told.

        for done, tenant in enumerate(tenants):
            progress(done, len(tenants))
            with unit(app, name="job:bill") as session: …

    It is told between units, not in one: it has a connection of its own, which on SQLite would wait for the unit.
    """
    if has_app_context() and db.session().in_transaction():
        raise RuntimeError("progress() within a unit: end the unit first, or it waits for itself")
    if DBOS.workflow_id is not None:
        DBOS.set_event(EVENT, {"done": done, "total": total})
