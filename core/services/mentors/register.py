"""Appointing mentors and keeping what is known about them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import Appointer, Mentor, MentorKind, MentorStatus, UndoStep
from core.data.queries.locks import lock_operator
from core.errors import Conflict, Invalid
from core.services import audit, undo
from core.services.mentor_words import LANGUAGES, STAGES
from core.services.mentors.figures import running
from core.services.tenants import checked_phone

FACTS = (
    "name", "kind", "organisation", "position", "appointed_by", "appointed_on", "areas", "skills", "languages",
    "stages", "hours_per_month", "capacity", "phone", "email", "notes",
)  # fmt: skip
MOST_HOURS, MOST_TENANTS = 200, 50


def add(session: Session, operator_id: int, values: Mapping[str, Any], *, today: date) -> Mentor:
    facts = _checked(values, today)
    _refuse_twin(session, operator_id, facts, but=None)
    mentor = Mentor(operator_id=operator_id, status=MentorStatus.ACTIVE)
    for name, value in facts.items():
        setattr(mentor, name, value)
    session.add(mentor)
    audit.record(session, "mentor.add", mentor)
    session.flush()
    return mentor


def edit(session: Session, mentor: Mentor, values: Mapping[str, Any], *, today: date) -> None:
    """Change facts. The trail says which, not what they say. Raises `Conflict` for fewer places than are taken."""
    lock_operator(session, mentor.operator_id)
    session.refresh(mentor)
    facts = _checked({name: getattr(mentor, name) for name in FACTS} | dict(values), today)
    _refuse_twin(session, mentor.operator_id, facts, but=mentor)
    taken = running(session, [mentor.id]).get(mentor.id, 0)
    if facts["capacity"] < taken:
        raise Conflict(
            "这位导师正与%(n)s家企业结对，最多结对数不能少于%(n)s；请先结束部分结对", field="capacity", n=taken
        )
    changed = [name for name in FACTS if getattr(mentor, name) != facts[name]]
    for name in changed:
        setattr(mentor, name, facts[name])
    if changed:
        audit.record(session, "mentor.edit", mentor, detail={"fields": changed})
    session.flush()


def pause(session: Session, mentor: Mentor, *, until: date | None, today: date) -> None:
    """No new tenants up to and including `until` (None: until resumed). Pairings that run go on."""
    lock_operator(session, mentor.operator_id)
    session.refresh(mentor)
    if mentor.status is MentorStatus.ENDED:
        raise Conflict("这位导师的聘任已经结束，不能暂停")
    if until is not None and until < today:
        raise Invalid("暂停的最后一天不能早于今天", field="until")
    mentor.status, mentor.paused_until = MentorStatus.PAUSED, until
    audit.record(session, "mentor.pause", mentor, detail={"until": until.isoformat() if until else None})
    session.flush()


def resume(session: Session, mentor: Mentor) -> None:
    """Takes tenants again, after a pause or after the appointment had ended."""
    lock_operator(session, mentor.operator_id)
    session.refresh(mentor)
    if mentor.status is MentorStatus.ACTIVE:
        raise Conflict("这位导师没有暂停，不需要恢复")
    mentor.status, mentor.paused_until, mentor.ended_on = MentorStatus.ACTIVE, None, None
    audit.record(session, "mentor.resume", mentor)
    session.flush()


def end(session: Session, mentor: Mentor, *, on: date, today: date, title: str) -> UndoStep:
    """The appointment ends; `title` names the act beside 撤销. Raises `Conflict` while a pairing runs:
    `pairings.dismiss` ends both."""
    lock_operator(session, mentor.operator_id)
    session.refresh(mentor)
    if mentor.status is MentorStatus.ENDED:
        raise Conflict("这位导师的聘任已经结束，请刷新页面查看")
    if on > today or on < mentor.appointed_on:
        raise Invalid("结束日期应在聘任之日和今天之间", field="on")
    if taken := running(session, [mentor.id]).get(mentor.id):
        raise Conflict("这位导师正与%(n)s家企业结对，请先结束结对", n=taken)
    log = undo.Log(session)
    log.set(mentor, status=MentorStatus.ENDED, ended_on=on, paused_until=None)
    audit.record(session, "mentor.end", mentor, detail={"on": on.isoformat()})
    return undo.record(session, action="mentor.end", title=title, subject=mentor, changes=log.changes)


def _refuse_twin(session: Session, operator_id: int, facts: Mapping[str, Any], *, but: Mentor | None) -> None:
    same = select(Mentor).where(
        Mentor.operator_id == operator_id,
        Mentor.name == facts["name"],
        Mentor.organisation.is_not_distinct_from(facts["organisation"]),
    )
    if but is not None:
        same = same.where(Mentor.id != but.id)
    if session.scalars(same).first() is not None:
        raise Conflict("已有同名、同单位的导师；如果是另一个人，请在单位或姓名中注明区别", field="name")


def _checked(values: Mapping[str, Any], today: date) -> dict[str, Any]:
    """All facts, empty texts as not known; raises `Invalid` at the field that cannot be."""
    facts: dict[str, Any] = {name: values.get(name) or None for name in FACTS}
    for name in ("name", "organisation", "position", "skills", "notes", "phone", "email"):
        facts[name] = (facts[name] or "").strip() or None
    if facts["name"] is None:
        raise Invalid("请填写导师姓名", field="name")
    if not isinstance(facts["kind"], MentorKind):
        raise Invalid("请选择导师类型：企业家、投资人或专业顾问", field="kind")
    if not isinstance(facts["appointed_by"], Appointer):
        raise Invalid("请选择聘任单位：主管部门、行业协会或孵化机构", field="appointed_by")
    if facts["appointed_on"] is None or facts["appointed_on"] > today:
        raise Invalid("请填写聘任日期，不晚于今天", field="appointed_on")
    if not 1 <= (facts["hours_per_month"] or 0) <= MOST_HOURS:
        raise Invalid("每月可用小时数应在1到%(most)s之间", field="hours_per_month", most=MOST_HOURS)
    if not 1 <= (facts["capacity"] or 0) <= MOST_TENANTS:
        raise Invalid("最多同时结对的企业数应在1到%(most)s之间", field="capacity", most=MOST_TENANTS)
    if facts["phone"] is not None:
        facts["phone"] = checked_phone(facts["phone"], "phone")
    if facts["email"] is not None and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", facts["email"]):
        raise Invalid("邮箱的格式不对，例如name@example.com", field="email")
    return facts | _matched_by(facts)


def _matched_by(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What a matching round compares with tenants and their needs."""
    areas, languages, stages = (
        list(dict.fromkeys(word.strip() for word in facts[name] or () if word.strip()))
        for name in ("areas", "languages", "stages")
    )
    if not areas:
        raise Invalid("请填写至少一个行业领域，匹配时要用", field="areas")
    if facts["skills"] is None:
        raise Invalid("请用几句话写明能帮企业做什么，匹配时要与企业的需求比对", field="skills")
    if unknown := [code for code in languages if code not in LANGUAGES]:
        raise Invalid("没有“%(code)s”这种语言可选", field="languages", code=unknown[0])
    if not languages:
        raise Invalid("请选择能用哪些语言辅导", field="languages")
    if not stages or any(stage not in STAGES for stage in stages):
        raise Invalid("请选择愿意辅导哪些阶段的企业", field="stages")
    return {"areas": areas, "languages": languages, "stages": stages}
