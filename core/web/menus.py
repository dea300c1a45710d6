"""The menu of each role, what lies below its entries, and what roles are called."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from core.data.models import Role

# role group: (endpoint, label, icon); entries whose page does not exist yet are left out
TENANT = (
    ("home.tenant", _("首页"), "home"),
    ("tenants.mine", _("我的档案"), "building"),
    ("policies.index", _("扶持政策"), "book"),
    ("cases.index", _("申请"), "file-text"),
    ("bills.index", _("账务"), "receipt"),
    ("mentoring.mine", _("导师"), "user-star"),
    ("bookings.index", _("会议室"), "calendar-event"),
    ("events.index", _("活动"), "confetti"),
    ("letters.index", _("通知书"), "certificate"),
    ("auth.people", _("成员"), "user-cog"),
)
OPERATOR = (
    ("home.operator", _("今日"), "home"),
    ("sites.index", _("场地"), "layout-grid"),
    ("tenants.index", _("在孵"), "users"),
    ("leases.index", _("入驻协议"), "contract"),
    ("bills.index", _("账务"), "receipt"),
    ("readiness.board", _("孵化阶段"), "stairs-up"),
    ("enquiries.index", _("招商"), "message-circle"),
    ("cases.index", _("扶持申请"), "file-text"),
    ("mentors.index", _("导师"), "user-star"),
    ("events.index", _("活动"), "confetti"),
    ("bookings.index", _("会议室"), "calendar-event"),
    ("findings.index", _("审计发现"), "report-search"),
    ("imports.index", _("导入"), "table-import"),
    ("policies.index", _("政策"), "book"),
    ("auth.people", _("人员"), "user-cog"),
    ("subscription.show", _("订阅"), "calendar-dollar"),
)
DISTRICT = (
    ("home.desk", _("待办"), "checklist"),
    ("cases.index", _("申请件"), "files"),
    ("oversight.index", _("督办"), "alarm"),
    ("pools.index", _("资金池"), "coins"),
    ("publications.index", _("公示"), "speakerphone"),
    ("letters.index", _("通知书"), "certificate"),
    ("payouts.index", _("拨付"), "building-bank"),
    ("recoveries.index", _("追回"), "arrow-back-up"),
    ("policies.index", _("政策"), "book"),
    ("sites.index", _("载体"), "layout-grid"),
    ("tenants.index", _("在孵"), "users"),
    ("mentors.index", _("导师"), "user-star"),
    ("ties.index", _("回避"), "user-x"),
    ("leads.index", _("疑点"), "flag"),
    ("findings.index", _("审计发现"), "report-search"),
    ("outside_lists.index", _("外部名单"), "table-import"),
    ("relations.index", _("关联图"), "affiliate"),
    ("replays.index", _("重算"), "refresh"),
    ("audit.events", _("日志"), "list-details"),
    ("auth.people", _("人员"), "user-cog"),
)
AUDITOR = (
    ("letters.index", _("通知书"), "certificate"),
    ("engagements.index", _("抽样"), "dice-3"),
    ("leads.index", _("疑点"), "flag"),
    ("findings.index", _("发现与整改"), "report-search"),
    ("replays.index", _("重算"), "refresh"),
    ("cases.index", _("申请件"), "files"),
    ("oversight.index", _("督办"), "alarm"),
    ("pools.index", _("资金池"), "coins"),
    ("payouts.index", _("拨付"), "building-bank"),
    ("recoveries.index", _("追回"), "arrow-back-up"),
    ("publications.index", _("公示"), "speakerphone"),
    ("outside_lists.index", _("外部名单"), "table-import"),
    ("relations.index", _("关联图"), "affiliate"),
    ("audit.events", _("日志"), "list-details"),
    ("officers.reads", _("查阅记录"), "eye"),
    ("transparency.index", _("日志核验"), "shield-check"),
    ("policies.index", _("政策"), "book"),
    ("tenants.index", _("在孵"), "users"),
    ("ties.index", _("回避"), "user-x"),
)
ADMIN = (
    ("admin.home", _("系统"), "settings"),
    ("admin.plugins", _("插件"), "puzzle"),
    ("signing_keys.index", _("密钥"), "key"),
    ("jobs.index", _("任务"), "clock-play"),
    ("notices.deliveries", _("通知邮件"), "mail"),
    ("online.admin", _("在线支付"), "credit-card"),
    ("subscriptions.index", _("订阅"), "calendar-dollar"),
)
SECURITY = (
    ("auth.people", _("人员"), "user-cog"),
    ("signing_keys.index", _("密钥"), "key"),
    ("officers.sign_ins", _("登录记录"), "lock"),
)
AUDITING = (
    ("audit.events", _("日志"), "list-details"),
    ("officers.reads", _("查阅记录"), "eye"),
    ("officers.sign_ins", _("登录记录"), "lock"),
    ("transparency.index", _("日志核验"), "shield-check"),
)
EXPERT = (("panels.index", _("我的评审"), "checklist"),)
PUBLIC = (
    ("policies.index", _("政策指南"), "book"),
    ("announcements.index", _("公示"), "speakerphone"),
    ("public.verify", _("核验"), "shield-check"),
)

# Pages below an entry of the menu, by blueprint: the entry says where one is.
SECTIONS = {
    **dict.fromkeys(("sites", "floors", "places", "site_papers", "timeline"), "sites.index"),
    **dict.fromkeys(
        (
            "tenants",
            "tenant_file",
            "occupancies",
            "indicators",
            "documents",
            "notes",
            "departures",
            "merging",
            "mentoring",
            "statements",
        ),
        "tenants.index",
    ),
    **dict.fromkeys(("readiness", "stages"), "readiness.board"),
    "rounds": "mentors.index",
    **dict.fromkeys(("engagements", "samples"), "engagements.index"),
    **dict.fromkeys(("clocks", "assignments"), "cases.index"),
    **dict.fromkeys(("oversight", "orders", "holidays"), "oversight.index"),
    **dict.fromkeys(
        (
            "bills",
            "billing_runs",
            "extra_bills",
            "corrections",
            "payments",
            "online",
            "bank",
            "bank_imports",
            "arrears",
            "dunning",
            "tax_invoices",
            "meters",
            "meter_readings",
            "utilities",
            "income",
        ),
        "bills.index",
    ),
    **dict.fromkeys(("bookings", "room_rules", "calendars"), "bookings.index"),
    "events": "events.index",
    "case_papers": "cases.index",
    "letter_papers": "letters.index",
    "procedure": "cases.index",
    "payees": "cases.index",
    **dict.fromkeys(("payouts", "payout_results", "payments_out", "reconciliation"), "payouts.index"),
    "outside_lists": "outside_lists.index",
    "relations": "relations.index",
    "subscription": "subscription.show",
    "subscriptions": "subscriptions.index",
    **dict.fromkeys(("parameters", "parameter_drafts"), "policies.index"),
    **{
        name: f"{name}.index"
        for name in (
            "leases",
            "enquiries",
            "cases",
            "letters",
            "policies",
            "imports",
            "mentors",
            "jobs",
            "ties",
            "pools",
            "publications",
            "recoveries",
            "leads",
            "announcements",
            "panels",
            "findings",
            "replays",
        )
    },
}
PAYING = {"subscription.show", "subscriptions.index"}  # left out where no subscription is asked for
MENUS = {
    Role.FOUNDER: TENANT,
    Role.TENANT_MEMBER: TENANT,
    Role.OPERATOR_MANAGER: OPERATOR,
    Role.OPERATOR_STAFF: OPERATOR,
    Role.AUDITOR: AUDITOR,
    Role.PLATFORM_ADMIN: ADMIN,
    Role.SECURITY_ADMIN: SECURITY,
    Role.AUDIT_ADMIN: AUDITING,
    Role.EXPERT: EXPERT,
}
ROLE_NAMES = {
    Role.FOUNDER: _("创始人"),
    Role.TENANT_MEMBER: _("企业成员"),
    Role.OPERATOR_MANAGER: _("运营负责人"),
    Role.OPERATOR_STAFF: _("运营人员"),
    Role.WINDOW: _("总窗"),
    Role.FIRST_REVIEWER: _("专窗初审"),
    Role.SECOND_REVIEWER: _("复审"),
    Role.APPROVER: _("审批"),
    Role.PAYER: _("拨付"),
    Role.AUDITOR: _("审计"),
    Role.DISTRICT_ADMIN: _("区级管理"),
    Role.PLATFORM_ADMIN: _("系统管理员"),
    Role.SECURITY_ADMIN: _("安全管理员"),
    Role.AUDIT_ADMIN: _("审计管理员"),
    Role.EXPERT: _("评审专家"),
}
