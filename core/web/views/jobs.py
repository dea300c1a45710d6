"""What the pages of jobs show: each job in words, the processes that run them, what runs when."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app, g, url_for
from flask_babel import gettext

import core
from core.extensions import db
from core.jobs import SCHEDULES, executors, overview
from core.jobs.overview import Executor, Seen, Step
from core.jobs.queue import QUEUES
from core.jobs.schedules import Schedule
from core.services.jobs import JobState
from core.web.access import is_open_to
from core.web.listing import Column, Filter, Option
from core.web.views.job_words import CHECKS, COUNTED, KINDS, MAILING, PURPOSES, STATES
from core.web.views.lists import Shown, Table


def lasted(time: timedelta | None) -> str:
    """How long something took: 不到 1 秒, 12 秒, 3 分 05 秒, 2 小时 05 分. On SQLite, DBOS counts whole seconds."""
    if time is None:
        return "—"
    seconds = time.total_seconds()
    if seconds < 1:
        return gettext("不到 1 秒")
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 1:
        return gettext("%(n)s 秒", n=rest)
    if minutes < 60:
        return gettext("%(m)s 分 %(s)s 秒", m=minutes, s=f"{rest:02d}")
    return gettext("%(h)s 小时 %(m)s 分", h=minutes // 60, m=f"{minutes % 60:02d}")


def problem(job: Seen) -> str:
    """Why a job failed, in words; empty where it did not."""
    if job.state is JobState.FAILED and job.exhausted:
        return gettext("运行它的进程一再中断，已停止重试")
    return nameless(job.error or gettext("没有留下原因")) if job.state is JobState.FAILED else ""


def nameless(sentence: str) -> str:
    """A reason without what it quotes: administrators see no operator's rows, so no names of companies either."""
    return re.sub("“[^”]*”", "“…”", sentence)


def outcome(job: Seen) -> str:
    """What came of a job that is done, in words."""
    told = job.result
    if job.state is not JobState.DONE:
        return ""
    if job.name in CHECKS and told:
        if told["count"]:
            return gettext("发现 %(n)s 处问题", n=told["count"])
        return gettext("核对%(n)s条规则，都成立", n=len(told["rules"]))
    if job.name == "clear_up" and told:
        found = {"packages": 0, **told}  # what older runs did not count
        return gettext(
            "清除文件%(files)s个、材料包%(packages)s个、任务记录%(jobs)s条",
            files=found["files"], packages=found["packages"], jobs=found["jobs"],
        )  # fmt: skip
    if job.name == "reconcile_stripe":
        if not told:
            return gettext("没有开通在线支付")
        return gettext("核对%(seen)s次支付：补上%(settled)s处，待处理%(open)s处", **told)
    if job.name == "look_after_subscriptions" and told:
        return gettext("开始试用%(trials)s家，与Stripe核对%(seen)s家，发出邮件%(mails)s封", **told)
    if job.name in MAILING:
        return gettext("发出邮件%(n)s封", n=told or 0)
    if job.name in COUNTED:
        return str(COUNTED[job.name]) % {"n": told or 0}
    if job.name == "issue_letter" and told:
        return gettext("通知书 %(id)s", id=told)
    if job.name == "issue_paper" and told:
        return gettext("文书 %(id)s", id=told)
    return ""


def found_faults(job: Seen) -> list[list[str]]:
    """What a check found wrong: [rule, thing, detail]."""
    return list(job.result["faults"]) if isinstance(job.result, dict) and job.result.get("faults") else []


def _row(row: Any) -> Shown:
    job = Seen.of(row)
    return {
        "key": job.key,
        "kind": KINDS.get(job.name, job.name),
        "state": job.state,
        "attempts": job.attempts,
        "asked": job.asked,
        "begun": job.begun,
        "ended": job.ended,
        "took": lasted(job.took),
        "executor": job.executor or "—",
        "told": problem(job) or outcome(job),
        "progress": job.progress if job.state is JobState.RUNNING else None,
        "alarming": job.state is JobState.FAILED or bool(found_faults(job)),
    }


def table() -> Table:
    """Every job, the newest first."""
    return Table(
        key="jobs",
        title=gettext("任务"),
        listing=overview.listing(db.engine.dialect.name),
        columns=(
            Column("key", gettext("任务"), "code", primary=True),
            Column("kind", gettext("种类"), "code", sortable=True),
            Column("state", gettext("状态")),
            Column("told", gettext("结果或原因")),
            Column("asked", gettext("提出"), "moment", sortable=True),
            Column("begun", gettext("开始"), "moment", default=False),
            Column("ended", gettext("结束"), "moment", default=False),
            Column("took", gettext("用时"), "code"),
            Column("attempts", gettext("次数"), "number", phone=False),
            Column("executor", gettext("执行进程"), "code", phone=False),
        ),
        filters=(
            Filter("state", gettext("状态"), [Option(state.value, str(word)) for state, word in STATES.items()]),
            Filter("kind", gettext("种类"), [Option(name, str(KINDS.get(name, name))) for name in QUEUES]),
        ),
        sort="-asked",
        search=gettext("任务编号"),
        row=_row,
        href=lambda row: url_for("jobs.show", job_key=row["key"]),
    )


@dataclass(frozen=True, slots=True)
class Planned:
    """A schedule as the page shows it."""

    job: str
    label: str
    purpose: str
    when: str
    last: Seen | None
    next: datetime


def planned() -> list[Planned]:
    """What runs when, with what came of it last."""
    connection, now = db.session.connection(), core.today()
    return [
        Planned(
            schedule.job,
            str(KINDS[schedule.job]),
            str(PURPOSES[schedule.job]),
            _when(schedule),
            overview.newest(connection, schedule.job),
            schedule.next(now),
        )
        for schedule in SCHEDULES
    ]


def faulty() -> list[Seen]:
    """The checks that found something when they were last done: also while the next one runs, or has failed."""
    connection = db.session.connection()
    last = [overview.newest(connection, name, done=True) for name in CHECKS]
    return [job for job in last if job is not None and found_faults(job)]


def _when(schedule: Schedule) -> str:
    if schedule.hour is None:
        return gettext("每小时 %(m)s 分", m=f"{schedule.minute:02d}")
    return gettext("每天 %(at)s", at=f"{schedule.hour:02d}:{schedule.minute:02d}")


def processes() -> list[Executor]:
    """The processes that run jobs now, or did within a day."""
    connection = db.session.connection()
    return overview.executors(connection, executors.alive(connection, current_app.extensions["settings"].var))


@dataclass(frozen=True, slots=True)
class Page:
    """One job with all that is known of it. `mark` changes when there is something new to show."""

    job: Seen
    kind: str
    steps: list[Step]
    subject: tuple[str, str | None] | None  # in words, and its page where the reader may open that
    mark: str


def page(job: Seen) -> Page:
    connection = db.session.connection()
    done = overview.steps(connection, job.key)
    given = overview.arguments(connection, job.key)
    return Page(
        job,
        str(KINDS.get(job.name, job.name)),
        done,
        _subject(job, given),
        f"{job.state}-{job.attempts}-{len(done)}-{job.progress and job.progress[0]}",
    )


def _subject(job: Seen, given: dict[str, Any]) -> tuple[str, str | None] | None:
    if job.name == "issue_letter":
        words, letter = gettext("决定 %(id)s", id=given.get("decision_id")), job.result
        return words, _href("letters.show", letter_id=letter) if letter else None
    if job.name == "issue_paper":
        return gettext("文书 %(id)s", id=given.get("paper_id")), None
    if job.name == "run_round":
        return gettext("轮次计算 %(id)s", id=given.get("run_id")), None
    if job.name == "bill_month":
        return gettext("出账 %(id)s", id=given.get("run_id")), None
    if job.name == "replay_decisions":
        return gettext("重算 %(id)s", id=given.get("run_id")), None
    return None


def _href(endpoint: str, **values: Any) -> str | None:
    return url_for(endpoint, **values) if is_open_to(endpoint, g.membership.role) else None
