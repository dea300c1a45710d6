"""Words of the pages of jobs: what each job, its states and its steps are called, and what a scheduled one is for."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from core.services.jobs import JobState
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
