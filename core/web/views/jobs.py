"""What the pages of jobs show: each job in words, the processes that run them, what runs when."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app, g, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _

import core
from core.extensions import db
from core.jobs import SCHEDULES, executors, overview
from core.jobs.overview import Executor, Seen, Step
from core.jobs.queue import QUEUES
from core.jobs.schedules import Schedule
from core.services.jobs import JobState
from core.web.access import is_open_to
from core.web.listing import Column, Filter, Option
from core.web.views.lists import Shown, Table
from core.web.words import Words

KINDS: Words = {
    "issue_letter": _("制作通知书"),
    "issue_paper": _("制作文书"),
    "run_round": _("计算匹配轮次"),
    "bill_month": _("出账"),
    "make_package": _("制作申报材料包"),
    "replay_decisions": _("重算"),
    "remind_leases": _("协议到期提醒"),
    "reconcile_stripe": _("在线支付核对"),
    "look_after_subscriptions": _("订阅到期提醒"),
    "dun_tenants": _("自动催缴"),
    "escalate_cases": _("时限预警"),
    "find_recoveries": _("核对已拨付的核定"),
    "find_leads": _("查找疑点"),
    "mail_dunnings": _("寄发催缴函"),
    "mail_notices": _("寄发通知邮件"),
    "mail_digests": _("寄发每日通知汇总"),
    "mail_checkpoints": _("寄发日志签名点"),
    "check_invariants": _("核对数据"),
    "check_files": _("核对文件"),
    "clear_up": _("清理"),
    "sign_log": _("签名日志"),
    "drop_outside_lists": _("删除到期的外部名单"),
    "look_after_keys": _("签名密钥到期提醒"),
}
CHECKS = ("check_invariants", "check_files")
MAILING = ("remind_leases", "dun_tenants", "mail_dunnings", "mail_notices", "mail_digests")
COUNTED: Words = {
    "escalate_cases": _("新增预警%(n)s件"),
    "find_recoveries": _("新增追回线索%(n)s件"),
    "find_leads": _("新增疑点%(n)s条"),
    "drop_outside_lists": _("删除%(n)s行"),
    "mail_checkpoints": _("通知审计人员%(n)s人"),
}
PURPOSES: Words = {
    "look_after_subscriptions": _(
        "为新的运营机构开始试用，与Stripe核对在线订阅；试用、订阅、宽限期到期前7、3、1天和到期后，各发邮件提醒一次"
    ),
    "dun_tenants": _("运营机构开启了自动催缴的，按级次发邮件；补发没有发出的催缴函"),
    "find_recoveries": _("三年内已拨付的核定按现在的记录重新核算，凭据有变化的列为追回线索"),
    "find_leads": _("按疑点规则查找全区的核定、参保、房租、收款和程序记录，供审计人员核查，不影响任何申请件"),
    "escalate_cases": _("在办申请件剩2个工作日、超期、超期5个工作日以上，各记录一次，显示在督办页面"),
    "mail_notices": _("补发邮件服务器没有收下的通知；三天仍发不出的，记为失败"),
    "mail_digests": _("公示期满的申请件，通知审批人员；选择每天汇总的，把通知合成一封发出"),
    "mail_checkpoints": _("把最新的日志签名点寄给各区审计人员，由他们留存在平台之外；默认每周一次"),
    "remind_leases": _("90、60、30天内到期、没有续签的协议，发邮件提醒一次"),
    "reconcile_stripe": _("最近7天Stripe的收款、退款与这里的记录逐笔核对，漏掉的补上，其余列出待处理"),
    "check_invariants": _("数据库中必须始终成立的规则是否都成立"),
    "check_files": _("每一份通知书、文书和上传文件是否都在、未被改动"),
    "look_after_keys": _("登记在用的签名密钥；证书60、30、7天内到期和到期当天，各通知管理员一次"),
    "sign_log": _("把新的日志条目和通知书列入透明日志，并对日志首部签名，供审计人员留存"),
    "drop_outside_lists": _("外部名单过了保存期限的，删除全部内容；读入一天仍没有确认的，一并清除"),
    "clear_up": _("清除中断的进程留下的文件、满30天的申报材料包，以及30天前的定时任务记录"),
}
STATES: Words = {
    JobState.WAITING: _("等待"),
    JobState.RUNNING: _("运行中"),
    JobState.DONE: _("完成"),
    JobState.FAILED: _("失败"),
    JobState.CANCELLED: _("已取消"),
}
TONES = {
    JobState.WAITING: "neutral",
    JobState.RUNNING: "info",
    JobState.DONE: "success",
    JobState.FAILED: "danger",
    JobState.CANCELLED: "warning",
}
STEPS: Words = {
    "number_letter": _("编号"),
    "press_letter": _("排版、签章、存档"),
    "seal_letter": _("登记并推进申请件"),
    "report_failure": _("记录失败"),
    "compute_run": _("计算"),
    "report_run_failure": _("记录失败"),
    "bill_piece": _("生成一批账单"),
    "report_billing_failure": _("记录失败"),
    "make_package": _("排版、合并、存档"),
    "replay_piece": _("重算一批决定"),
    "report_replay_failure": _("记录失败"),
    "report_package_failure": _("记录失败"),
    "remind": _("发邮件"),
    "reconcile": _("逐笔核对"),
    "begin_trials": _("开始试用"),
    "look_at_stripe": _("与Stripe核对"),
    "remind_operators": _("发邮件"),
    "tell_notices": _("通知今天到的事项"),
    "tell_checkpoint": _("通知审计人员"),
    "mail_notices": _("发邮件"),
    "make_dunnings": _("生成催缴函"),
    "mail_dunnings": _("发邮件"),
    "check": _("核对"),
    "report_faults": _("记录发现的问题"),
    "clear": _("清理"),
    "drop_lists": _("删除"),
    "escalate": _("记录预警"),
    "find_recoveries": _("逐件核对"),
    "find_leads": _("逐条规则查找"),
}


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
