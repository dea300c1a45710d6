"""A run of replay as a job: pieces of decisions, read in one transaction, computed in none, written in another."""

from __future__ import annotations

from concurrent.futures.process import BrokenProcessPool

from flask import Flask

from core.errors import N_, Conflict
from core.jobs.issuing import registry_of, unit
from core.jobs.pressing import settings_of
from core.jobs.progress import progress
from core.services import replays
from core.services.replays import Crew

NAME = "job:replay_decisions"
STAND_BACK = 10  # by how much the processes give way to people who use the site
LOST = N_("重算的进程一再中断（可能是内存不足），请稍后重试")


def crew_of(app: Flask) -> Crew:
    """The processes of a run: all cores."""
    return Crew(registry_of(app), extra=settings_of(app).extra_plugins, nice=STAND_BACK)


def replay_next(app: Flask, crew: Crew, run_id: int, after: int) -> int | None:
    """Replay the next piece; returns the last decision looked at, or None where the run is over."""
    with unit(app, write=False, name=NAME) as session:
        run = replays.run_of(session, run_id)
        at = run.at_id
        piece = replays.next_piece(session, run, registry_of(app), after) if at == after else None
    if at != after:
        return at  # the piece was done before this process took the run over
    if piece is None:
        return None
    try:
        told = [*crew.rerun(piece.rows, piece.asked)]
    except BrokenProcessPool:  # one of them was killed: once more with new ones
        crew.dismiss()
        try:
            told = [*crew.rerun(piece.rows, piece.asked)]
        except BrokenProcessPool as error:
            crew.dismiss()
            raise Conflict(LOST) from error
    with unit(app, name=NAME) as session:
        found = replays.book(session, run_id, after, told)
        run = replays.run_of(session, run_id)
        done, whole = run.done, run.whole
    progress(done, max(done, whole))
    return found


def report_failure(app: Flask, run_id: int, reason: str) -> None:
    with unit(app, name=NAME) as session:
        replays.report_failure(session, run_id, reason)
