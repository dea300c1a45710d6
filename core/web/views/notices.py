"""What the pages of notices show: each in words, what is chosen for mails, how far mails have come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import current_app, g, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_security import current_user

from core.data.models import DeliveryState, MailMode, Notice, NoticeGroup
from core.data.queries import notices as reads
from core.extensions import db
from core.services.notices.kinds import GROUPS, KINDS, Said, path_of, say
from core.web.bell import posts
from core.web.listing import BulkAction, Column, Filter, Option
from core.web.menus import ROLE_NAMES
from core.web.templating import language
from core.web.views.lists import Shown, Table, address_of, as_is
from core.web.words import Words

MODES: Words = {
    MailMode.AT_ONCE: _("立即发邮件"),
    MailMode.DAILY: _("每天早上汇总"),
    MailMode.NONE: _("不发邮件"),
}
STATES: Words = {
    DeliveryState.WAITING: _("等待"),
    DeliveryState.SENDING: _("发送中"),
    DeliveryState.SENT: _("已发出"),
    DeliveryState.FAILED: _("失败"),
    DeliveryState.SKIPPED: _("不再需要"),
}
TONES = {
    DeliveryState.WAITING: "neutral",
    DeliveryState.SENDING: "info",
    DeliveryState.SENT: "success",
    DeliveryState.FAILED: "danger",
    DeliveryState.SKIPPED: "neutral",
}
GROUP_TONES = {NoticeGroup.TURN: "info", NoticeGroup.DEADLINE: "warning"}


def is_here(notice: Notice) -> bool:
    """Whether the reader works in the post in which they were told."""
    return g.membership is not None and g.membership.id == notice.membership_id


def href(notice: Notice) -> str:
    """The page of the thing."""
    return request.script_root + path_of(KINDS[notice.kind], notice.subject_id, notice.params)


def words(kind: str, params: Mapping[str, Any]) -> Said:
    return say(KINDS[kind], params, gettext, language())


def shown(notice: Notice) -> Shown:
    said = words(notice.kind, notice.params)
    return {"title": said.title, "text": said.text, "post": post(notice.membership_id), "at": notice.created_at}


def post(membership_id: int) -> str:
    """The post as people call it, where the reader has several."""
    found = {work.membership.id: work for work in g.get("work", ())}
    work = found.get(membership_id)
    return f"{ROLE_NAMES[work.membership.role]} · {work.place}" if work is not None else ""


def table() -> Table:
    """The reader's own, the unread first."""
    several = len(posts()) > 1
    columns = [
        Column("title", gettext("通知"), primary=True),
        Column("group", gettext("类别"), repeats=True),
        Column("post", gettext("岗位"), default=several, repeats=True),
        Column("created_at", gettext("时间"), kind="moment", sortable=True),
        Column("unread", gettext("未读"), sortable=True, repeats=True),
    ]
    mine = [group for group, it in GROUPS.items() if not it.roles.isdisjoint(m.role for m, _lent in g.memberships)]
    return Table(
        "notices",
        gettext("通知"),
        reads.listing(current_user.id, posts()),
        columns,
        (
            Filter("read", gettext("状态"), [Option("no", gettext("未读")), Option("yes", gettext("已读"))]),
            Filter("group", gettext("类别"), [Option(group.value, gettext(GROUPS[group].title)) for group in mine]),
        ),
        sort="-unread",
        search=gettext("申请编号、单位名称、通知书号"),
        row=_row,
        written=lambda row: (
            row | {"title": f"{row['title']} {row['text']}", "unread": gettext("未读") if row["unread"] else ""}
        ),
        href=address_of("notices.show", "notice_id"),
        export="notices.export",
        bulk=(
            BulkAction("read", gettext("标为已读"), "notices.mark", icon="checks"),
            BulkAction("unread", gettext("标为未读"), "notices.unread", icon="mail"),
        ),
    )


def _row(found: Any) -> Shown:
    said = words(found.kind, found.params)
    return as_is(found) | {
        "title": said.title,
        "text": said.text,
        "group": gettext(GROUPS[found.group].title),
        "tone": GROUP_TONES.get(found.group, "neutral"),
        "post": post(found.membership_id),
        "unread": found.read_at is None,
    }


def mails() -> Table:
    """The mails of everybody's notices, the newest first."""
    return Table(
        "notice_mails",
        gettext("通知邮件"),
        reads.deliveries(),
        (
            Column("email", gettext("收件人"), "code", primary=True, sortable=True),
            Column("group", gettext("类别"), repeats=True),
            Column("kind", gettext("种类"), "code", default=False),
            Column("state", gettext("状态")),
            Column("error", gettext("原因")),
            Column("daily", gettext("方式"), repeats=True),
            Column("tries", gettext("次数"), "number", sortable=True),
            Column("created_at", gettext("提出"), "moment", sortable=True),
            Column("sent_at", gettext("发出"), "moment"),
        ),
        (
            Filter("state", gettext("状态"), [Option(state.value, str(word)) for state, word in STATES.items()]),
            Filter("daily", gettext("方式"), [Option("no", gettext("立即")), Option("yes", gettext("每日汇总"))]),
        ),
        sort="-created_at",
        search=gettext("邮箱、姓名"),
        row=lambda found: (
            as_is(found)
            | {
                "group": gettext(GROUPS[found.group].title),
                "daily": gettext("每日汇总") if found.daily else gettext("立即"),
                "error": gettext(found.error) if found.error else "",
            }
        ),
        bulk=(BulkAction("retry", gettext("重发失败的"), "notices.retry", icon="mail-forward"),),
    )


def mail_set_up() -> bool:
    return current_app.extensions["mailer"] is not None


def preferences() -> list[dict[str, Any]]:
    """The groups that concern the reader, and what of each comes by mail."""
    said = reads.preferences(db.session, current_user.id)
    held = {membership.role for membership, _lent in g.memberships}
    return [
        {
            "group": group.value,
            "title": gettext(it.title),
            "about": gettext(it.about),
            "mail": said.get(group, it.mail),
        }
        for group, it in GROUPS.items()
        if it.roles & held
    ]


def chosen(sent: Mapping[str, str]) -> dict[NoticeGroup, MailMode]:
    """What the form of preferences says; a word that is none leaves the group as it is."""
    modes = {mode.value: mode for mode in MailMode}
    return {group: modes[sent[group]] for group in NoticeGroup if sent.get(group) in modes}
