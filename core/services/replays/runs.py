"""Runs of replay (重算): asked for by an auditor or the district, computed by a job in pieces, and kept.

A piece that is done again writes nothing twice: the run says up to which decision it has come, and moves on only from
there. What came of a run is in the trail with the digest of all its flips, and so in the transparency log.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.data.models import Case, Decision, ReplayAnswer, ReplayFlip, ReplayRun, ReplayState
from core.data.queries.locks import lock_name
from core.data.types import utcnow
from core.errors import N_, Conflict, Invalid, NotFound
from core.policy import Registry, canonical, digest
from core.services import audit, jobs
from core.services.replays import choosing
from core.services.replays.choosing import Selection
from core.services.replays.computing import Asked, Kept, Told

RUN = "replay_decisions"
PIECE = 2_000  # decisions between two looks at whether the run was stopped
BUSY = N_("本区另有一次重算在进行，请等它完成或先停止它")


class Piece(NamedTuple):
    """What is to be computed next."""

    rows: list[Kept]
    asked: Asked


def ask(session: Session, selection: Selection, *, rules_on: date | None) -> ReplayRun:
    """Have decisions of the asker's district replayed. Raises `Conflict` while another run of the district waits, and
    `Invalid` where there is nothing to replay."""
    asker = audit.asker_of(session)
    if asker.district_id is None or selection.district_id != asker.district_id:
        raise NotFound("只能重算本区的决定")
    lock_name(session, f"replay:{asker.district_id}")
    _alone(session, asker.district_id)
    counted = selection.narrow(
        select(func.count(), func.max(Decision.id)).select_from(Decision).join(Case, Case.id == Decision.case_id)
    )
    whole, upto = session.execute(counted).one()
    if not whole:
        raise Invalid("没有符合这些条件的决定，请放宽条件再试")
    said = selection.to_json()
    run = ReplayRun(
        district_id=asker.district_id,
        asked_by_id=asker.user_id,
        selection=said,
        selection_digest=digest({"selection": said, "today": rules_on is not None}),
        rules_on=rules_on,
        upto_id=upto,
        whole=whole,
        answers={},
    )
    session.add(run)
    session.flush()
    detail = {"selection": said, "rules_on": rules_on and rules_on.isoformat(), "decisions": whole}
    audit.record(session, "replay.run", run, detail=detail)
    jobs.enqueue(session, RUN, key=f"{RUN}:{run.id}", run_id=run.id)
    return run


def load(session: Session, run_id: int) -> ReplayRun:
    """A run, for whoever may see it."""
    found = session.scalars(select(ReplayRun).where(ReplayRun.id == run_id)).one_or_none()
    if found is None:
        raise NotFound("没有这次重算，或您无权查看")
    return found


def stop(session: Session, run: ReplayRun) -> None:
    """End a run here: what it has found stays. Its job sees it before its next piece."""
    session.refresh(run, with_for_update=True)
    if run.state is not ReplayState.WAITING:
        raise Conflict("这次重算已经结束，不用停止")
    run.state, run.ended_at = ReplayState.STOPPED, utcnow()
    audit.record(session, "replay.stop", run, detail={"done": run.done, "decisions": run.whole})
    session.flush()


def next_piece(session: Session, run: ReplayRun, registry: Registry, after: int) -> Piece | None:
    """What comes after a decision; None where the run is over."""
    if run.state is not ReplayState.WAITING:
        return None
    selection = Selection.of_json(run.selection, run.district_id)
    rows = choosing.piece(session, selection, after, run.upto_id, PIECE)
    keys = sorted({(row.district, row.policy) for row in rows})
    return Piece(rows, choosing.asked_of(session, registry, run.rules_on, keys))


def book(session: Session, run_id: int, after: int, told: Sequence[Told]) -> int | None:
    """Write what came of the piece after a decision; returns the last one looked at, or None where the run is over.
    Done again, it writes nothing."""
    run = _held(session, run_id)
    if run.state is not ReplayState.WAITING:
        return None
    if run.at_id != after:
        return run.at_id
    flips = [_flip(run, it) for it in told if it.flipped]
    session.add_all(flips)
    run.answers = dict(Counter(run.answers) + Counter(it.status for it in told))
    run.difference_fen += sum(flip.difference_fen or 0 for flip in flips)
    run.done += len(told)
    if told:
        run.at_id = told[-1].decision
    session.flush()
    if len(told) < PIECE:
        _finish(session, run)
        return None
    return run.at_id


def report_failure(session: Session, run_id: int, reason: str) -> None:
    """The run could not go on; what it has found stays."""
    run = _held(session, run_id)
    if run.state is ReplayState.WAITING:
        run.state, run.ended_at, run.failure = ReplayState.FAILED, utcnow(), reason[:300]
        audit.record(session, "replay.fail", run, detail={"reason": reason[:300]}, success=False)
        session.flush()


def wait_again(session: Session, run_id: int) -> None:
    """A run that broke off waits once more, for its job that is to be run again: it goes on where it was."""
    run = _held(session, run_id)
    if run.state is not ReplayState.FAILED:
        return
    lock_name(session, f"replay:{run.district_id}")
    _alone(session, run.district_id)
    run.state, run.ended_at, run.failure = ReplayState.WAITING, None, None
    audit.record(session, "replay.run", run, detail={"again": True, "done": run.done, "decisions": run.whole})
    session.flush()


def run_of(session: Session, run_id: int) -> ReplayRun:
    """The run of a job."""
    return session.get_one(ReplayRun, run_id)


def _held(session: Session, run_id: int) -> ReplayRun:
    return session.get_one(ReplayRun, run_id, with_for_update=True, populate_existing=True)


def _alone(session: Session, district_id: int) -> None:
    waiting = select(ReplayRun.id).where(ReplayRun.district_id == district_id, ReplayRun.state == ReplayState.WAITING)
    if session.scalar(waiting.limit(1)) is not None:
        raise Conflict(BUSY)


def _flip(run: ReplayRun, told: Told) -> ReplayFlip:
    return ReplayFlip(
        district_id=run.district_id,
        run_id=run.id,
        decision_id=told.decision,
        letter_id=told.letter,
        answer=ReplayAnswer(told.status),
        recorded_fen=told.recorded_fen,
        amount_fen=told.amount_fen,
        difference_fen=told.difference_fen,
        first_check=told.first_check,
        first_line=told.first_line,
        expected=None if told.expected is None else dict(told.expected),
        got=None if told.got is None else dict(told.got),
        differences=[*told.differences],
    )


def _finish(session: Session, run: ReplayRun) -> None:
    """Close the run, with the digest of its flips; and since when runs of the same have had the same ones."""
    said = sha256()
    rows = session.execute(
        select(
            ReplayFlip.decision_id,
            ReplayFlip.answer,
            ReplayFlip.amount_fen,
            ReplayFlip.difference_fen,
            ReplayFlip.first_check,
            ReplayFlip.first_line,
        )
        .where(ReplayFlip.run_id == run.id)
        .order_by(ReplayFlip.decision_id)
        .execution_options(yield_per=1_000)
    )
    for row in rows:
        said.update(canonical([str(value) if isinstance(value, ReplayAnswer) else value for value in row]) + b"\n")
    run.flips_digest = f"sha256:{said.hexdigest()}"
    run.state, run.ended_at = ReplayState.DONE, utcnow()
    before = session.scalars(
        select(ReplayRun)
        .where(
            ReplayRun.district_id == run.district_id,
            ReplayRun.selection_digest == run.selection_digest,
            ReplayRun.state == ReplayState.DONE,
            ReplayRun.id < run.id,
        )
        .order_by(ReplayRun.id.desc())
        .limit(1)
    ).first()
    if before is not None and before.flips_digest == run.flips_digest:
        run.same_since = before.same_since or before.asked_at
    detail = {"answers": run.answers, "difference_fen": run.difference_fen, "flips": run.flips_digest}
    audit.record(session, "replay.done", run, detail=detail)
    session.flush()
