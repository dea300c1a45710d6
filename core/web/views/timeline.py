"""A tenant's time line in words: one line per event, with what it was about and where to read on."""

from __future__ import annotations

from typing import Any

from flask import g, url_for
from flask_babel import gettext as _

from core.data.asker import Reach
from core.data.models import CaseEvent, CaseState
from core.data.queries.timeline import Event
from core.services.phases import Phase
from core.web import words
from core.web.formats import day, money
from core.web.templating import STAGES, language
from core.web.views.case_page import policy_titles, state_word, unnoticed

ICONS = {
    "enquiry": "phone", "occupancy": "door-enter", "lease": "file-text", "stage": "stairs-up", "case": "files",
    "letter": "certificate", "document": "paperclip", "indicator": "chart-bar", "funding": "coins",
    "milestone": "trophy", "departure": "door-exit", "pairing": "user-star", "meeting": "messages", "tenant": "edit",
}  # fmt: skip
TONES = {"stage": "info", "letter": "success", "milestone": "success", "departure": "warning"}


Said = tuple[str, str | None, str | None]  # what happened, more about it, and its address


def shown(events: list[Event]) -> list[dict[str, Any]]:
    rows = []
    for event in events:
        group, _dot, part = event.kind.partition(".")
        title, text, href = WORDS[group](event.row, part)
        rows.append(
            {
                "on": event.on,
                "title": title,
                "text": text,
                "href": href,
                "icon": ICONS[group],
                "tone": TONES.get(group, "neutral"),
            }
        )
    return rows


def _enquiry(row: Any, part: str) -> Said:
    text = row.note
    if part == "offer":
        offer = f"{row.space.code} · {money(row.monthly_rent_fen, language())}"
        text = f"{offer} · {text}" if text else offer
    return str(words.ENQUIRY_STEPS[row.kind]), text, url_for("enquiries.show", enquiry_id=row.enquiry_id)


def _occupancy(row: Any, part: str) -> Said:
    how = words.OCCUPANCIES[row.kind]
    return _("%(how)s开始", how=how) if part == "start" else _("%(how)s结束", how=how), None, None


def _lease(row: Any, part: str) -> Said:
    units = "、".join(held.space.code for held in row.spaces)
    if part == "end":
        return _("协议%(number)s到期", number=row.number), units or None, None
    rent = _("月租%(sum)s", sum=money(row.monthly_rent_fen, language()))
    return _("协议%(number)s起租", number=row.number), f"{units} · {rent}" if units else rent, None


def _stage(row: Any, part: str) -> Said:
    if part == "correction":
        return _("更正孵化履历"), row.reason, None
    if part == "stretch":
        return _("进入%(stage)s", stage=STAGES[row.stage.value]), row.note, None
    people = "、".join(f"{it['name']}（{it['duty']}）" for it in row.deciders)
    said = f"{people}：{row.reason}" if row.reason else people
    return _("进入%(stage)s", stage=STAGES[row.to_stage.value]), said, None


def _case(row: Any, _part: str) -> Said:
    title = policy_titles().get(row.case.policy_key, row.case.number)
    text = f"{row.case.number} · {state_word(row.to_state, g.asker, phase=_then(row))}"
    return title, text, url_for("cases.show", case_id=row.case_id)


def _then(act: CaseEvent) -> Phase:
    """Where the case stood with its public notice after an act."""
    if act.to_state is CaseState.SECOND_REVIEW and act.case.policy_key in unnoticed():
        return Phase.UNNOTICED
    if act.move == "announce":
        return Phase.ANNOUNCED
    return Phase.TO_ANNOUNCE if act.move == "issue" and act.case.notice_days is not None else Phase.PLAIN


def _letter(row: Any, _part: str) -> Said:
    href = url_for("letters.show", letter_id=row.id) if g.asker.reach is not Reach.OPERATOR else None
    return _("发出通知书"), f"{row.number} · {money(row.amount_fen, language())}", href


def _document(row: Any, _part: str) -> Said:
    until = _("有效期至%(day)s", day=day(row.expires_on, language())) if row.expires_on else None
    return _("收到材料：%(title)s", title=row.title), until, None


def _indicator(row: Any, _part: str) -> Said:
    return _("%(quarter)s指标", quarter=row.quarter), figures(row), None


def _funding(row: Any, _part: str) -> Said:
    sum_ = money(row.amount_fen, language())
    return _("融资到账：%(name)s", name=row.name), f"{sum_} · {row.investor}" if row.investor else sum_, None


def _milestone(row: Any, _part: str) -> Said:
    prize = words.prize_name(row.contest, row.edition, row.level) if row.contest else None
    return f"{words.MILESTONES[row.kind]}：{row.title}", " · ".join(filter(None, (prize, row.number))) or None, None


def _pairing(row: Any, part: str) -> Said:
    href = url_for("mentoring.show", tenant_id=row.tenant_id)
    if part == "end":
        return _("与导师%(name)s的结对结束", name=row.mentor.name), row.ended_reason, href
    return _("与导师%(name)s结对", name=row.mentor.name), row.mentor.organisation, href


def _meeting(row: Any, _part: str) -> Said:
    href = url_for("mentoring.show", tenant_id=row.tenant_id, _anchor=f"session-{row.id}")
    return _("导师辅导：%(topic)s", topic=row.topic), _("%(n)s分钟", n=row.minutes), href


def figures(row: Any) -> str:
    """A quarter's figures in a line; what is not reported is left out."""
    said = [
        (row.revenue_fen is not None, _("营收%(sum)s", sum=money(row.revenue_fen, language()))),
        (row.rnd_fen is not None, _("研发%(sum)s", sum=money(row.rnd_fen, language()))),
        (row.staff is not None, _("从业%(n)s人", n=row.staff)),
        (row.ip_held is not None, _("知识产权%(n)s件", n=row.ip_held)),
    ]
    return " · ".join(text for known, text in said if known)


def _departure(row: Any, part: str) -> Said:
    title = {
        "handed_over_on": _("场地已交接"),
        "address_moved_on": _("注册地址已迁出"),
        "deposit_settled_on": _("押金已结清"),
        "completed_on": _("已退出"),
        "cancelled_on": _("取消退出"),
    }[part]
    return title, row.deposit_note if part == "deposit_settled_on" else row.reason, None


def _changed(row: Any, part: str) -> Said:
    """A change of facts, as the trail has it: which ones, not what they were."""
    if part == "edit":
        names = "、".join(str(words.FACTS[name]) for name in row.detail.get("fields", []) if name in words.FACTS)
        return _("修改资料"), names, None
    said = {"create": _("建立档案"), "merge": _("并入另一份档案"), "unmerge": _("撤销合并")}
    return said.get(part, row.action), None, None


WORDS = {
    "enquiry": _enquiry, "occupancy": _occupancy, "lease": _lease, "stage": _stage, "case": _case, "letter": _letter,
    "document": _document, "indicator": _indicator, "funding": _funding, "milestone": _milestone,
    "departure": _departure, "tenant": _changed, "pairing": _pairing, "meeting": _meeting,
}  # fmt: skip
