"""What the instance does for itself at its hours: looking whether everything still holds, clearing away."""

from __future__ import annotations

import time
from collections.abc import Collection
from datetime import timedelta
from typing import Any, TypedDict

from flask import Flask

from core.config import Settings
from core.data.types import utcnow
from core.jobs import issuing, overview, packaging, queue
from core.jobs.issuing import unit
from core.jobs.progress import progress
from core.jobs.schedules import SCHEDULES
from core.services import audit, invariants, paper_pages
from core.services.notices import delivery
from core.services.transparency.keys import verifiers_in

NAME = "job:upkeep"
KEPT = timedelta(days=30)  # how long the runs of scheduled jobs can be looked at
TOLD = 20  # faults that a result names; `hongcai audit verify` names all
SECOND_LOOK_SECONDS = 3.0

Fault = tuple[str, str, str]


class Checked(TypedDict):
    """What a check found: the rules asked, how many things are wrong, the first of them as [rule, thing, detail]."""

    rules: list[str]
    count: int
    faults: list[list[str]]


class Cleared(TypedDict):
    files: int
    jobs: int
    packages: int


def rules(app: Flask, *, files: bool) -> list[str]:
    """The rules about files, or all others."""
    with unit(app, write=False, name=NAME) as session:
        found = invariants.checks(session, **_folders(app))
    return [rule for rule, _find in found if (rule == invariants.FILES) is files]


def check(app: Flask, asked: Collection[str]) -> Checked:
    """Ask the rules one by one, each in a read transaction of its own, so that nobody waits long to write.

    What is wrong is looked at a second time: a letter just being sealed is not a fault, but may look like one.
    """
    wrong: list[Fault] = []
    for done, rule in enumerate(asked):
        progress(done, len(asked))
        found = _broken(app, rule)
        if found:
            time.sleep(SECOND_LOOK_SECONDS)
            still = {*_broken(app, rule)}
            wrong += [fault for fault in found if fault in still]
    progress(len(asked), len(asked))
    return {"rules": [*asked], "count": len(wrong), "faults": [[*fault] for fault in wrong[:TOLD]]}


def report(app: Flask, checked: Checked) -> None:
    """Leave a trace of faults in the trail."""
    with unit(app, name=NAME) as session:
        broken = sorted({rule for rule, _thing, _detail in checked["faults"]})
        audit.record(session, "invariants.broken", detail={"count": checked["count"], "rules": broken}, success=False)


def clear_up(app: Flask) -> Cleared:
    """Remove what killed processes left behind, drawn pages and runs of scheduled jobs older than `KEPT`, the files of
    packages whose time is over, and old notices."""
    settings: Settings = app.extensions["settings"]
    files = issuing.clear_leftovers(app) + paper_pages.clear(settings.pages, days=KEPT.days)
    names = [schedule.job for schedule in SCHEDULES]
    with unit(app, name=NAME) as session:
        delivery.forget(session, utcnow())
        old = overview.ended_before(session.connection(), names, utcnow() - KEPT)
        queue.forget(session, old)
    return {"files": files, "jobs": len(old), "packages": packaging.clear_up(app)}


def _broken(app: Flask, rule: str) -> list[Fault]:
    with unit(app, write=False, name=NAME) as session:
        find = dict(invariants.checks(session, **_folders(app)))[rule]
        found = find() if rule == invariants.FILES else [*find()]
    # Files are read, and hashed, when no transaction is open any more.
    return [(rule, thing, detail) for thing, detail in found]


def _folders(app: Flask) -> dict[str, Any]:
    settings: Settings = app.extensions["settings"]
    keys = verifiers_in(settings.signing)
    return {"store": settings.letters, "uploads": settings.files, "log_keys": keys}
