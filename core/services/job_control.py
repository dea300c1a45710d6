"""What the platform's administrators do with a job: cancel it, have it done again, start a scheduled one now.

The queue's row, what the job was for, and the trail change in one transaction. Administrators see no operator's rows:
what a job belongs to is told by the system.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from core.data.asker import Asker, asking
from core.errors import N_, Conflict, NotFound
from core.services import audit, billing, jobs, letters, papers, replays, rounds
from core.services.jobs import Job, JobState

ISSUE = "issue_letter"
CANCELLED = "任务被平台管理人员取消"  # why a letter or a run was not made, in its trail

TOO_LATE_TO_CANCEL = {
    JobState.DONE: N_("任务已经完成，不能再取消"),
    JobState.FAILED: N_("任务已经失败，没有可取消的；查明原因后可以重试"),
    JobState.CANCELLED: N_("任务已经取消过了"),
}
NOT_TO_BE_RETRIED = {
    JobState.WAITING: N_("任务正在等待运行，不用重试"),
    JobState.RUNNING: N_("任务正在运行，不用重试；请等它结束"),
    JobState.DONE: N_("任务已经完成，不用重试"),
}


def cancel(session: Session, key: str) -> Job:
    """End a job that waits or runs. One that runs ends before its next step: what it has done stays done."""
    job = _hold(session, key)
    if job.state in TOO_LATE_TO_CANCEL:
        raise Conflict(TOO_LATE_TO_CANCEL[job.state])
    jobs.bound().cancel(session, job)
    with asking(session, Asker.system("job:cancel")):
        if job.name == rounds.RUN:
            rounds.report_failure(session, rounds.run_of(session, job.args["run_id"]), CANCELLED)
        elif job.name == billing.RUN:
            billing.report_failure(session, billing.run_of(session, job.args["run_id"]), CANCELLED)
        elif job.name == replays.RUN:
            replays.report_failure(session, job.args["run_id"], CANCELLED)
        elif job.name == ISSUE:
            letters.report_failure(session, letters.load_decision(session, job.args["decision_id"]), CANCELLED, job=key)
        elif job.name == papers.ISSUE:
            papers.report_failure(session, papers.load(session, job.args["paper_id"]), CANCELLED)
    audit.record(session, "job.cancel", detail={"key": key, "was": job.state.value})
    session.flush()
    return job


def retry(session: Session, key: str) -> Job:
    """Have a job that failed or was cancelled done again, from its beginning: each step finds what is there already."""
    job = _hold(session, key)
    if job.state in NOT_TO_BE_RETRIED:
        raise Conflict(NOT_TO_BE_RETRIED[job.state])
    jobs.bound().again(session, job)
    if job.name == rounds.RUN:
        with asking(session, Asker.system("job:retry")):
            rounds.wait_again(session, rounds.run_of(session, job.args["run_id"]))
    if job.name == billing.RUN:
        with asking(session, Asker.system("job:retry")):
            billing.wait_again(session, billing.run_of(session, job.args["run_id"]))
    if job.name == replays.RUN:
        with asking(session, Asker.system("job:retry")):
            replays.wait_again(session, job.args["run_id"])
    audit.record(session, "job.retry", detail={"key": key, "was": job.state.value})
    session.flush()
    return job


def start(session: Session, name: str, now: datetime) -> str:
    """Have a scheduled job done now, apart from its times; returns its key. Two clicks within a second start one."""
    key = f"{name}:{now:%Y-%m-%dT%H:%M:%S}"
    jobs.enqueue(session, name, key=key)
    audit.record(session, "job.start", detail={"key": key})
    session.flush()
    return key


def _hold(session: Session, key: str) -> Job:
    found = jobs.bound().hold(session, key)
    if found is None:
        raise NotFound("没有这个任务，可能已过保留期被清理")
    return found
