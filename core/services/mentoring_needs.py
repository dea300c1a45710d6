"""辅导需求: what a tenant wants a mentor's help with. One is open at a time; earlier ones are kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.asker import Reach
from core.data.models import MentoringNeed, Stage, Tenant
from core.errors import Conflict, Invalid
from core.services import audit, mentors

LONGEST = 1000
"""Characters of a need's text."""


def open_of(session: Session, tenant: Tenant) -> MentoringNeed | None:
    """The need that stands, if there is one."""
    return session.scalars(
        select(MentoringNeed).where(MentoringNeed.tenant_id == tenant.id, MentoringNeed.withdrawn_on.is_(None))
    ).one_or_none()


def state(
    session: Session,
    tenant: Tenant,
    *,
    topics: Sequence[str],
    text: str,
    languages: Sequence[str] = (),
    hours: int | None = None,
    today: date,
) -> MentoringNeed:
    """The tenant's need from today, in place of an earlier one. The same again changes nothing."""
    session.execute(select(Tenant.id).where(Tenant.id == tenant.id).with_for_update())  # of two at once, one waits
    topics = list(dict.fromkeys(topic.strip() for topic in topics if topic.strip()))
    text = text.strip()
    if tenant.stage is Stage.EXITED:
        raise Conflict("企业已经退出，不能再提辅导需求")
    if not text:
        raise Invalid("请用自己的话写明想请导师帮什么，导师和运营机构都会看", field="text")
    if len(text) > LONGEST:
        raise Invalid("最多%(most)s个字，现在有%(n)s个", field="text", most=LONGEST, n=len(text))
    if unknown := [code for code in languages if code not in mentors.LANGUAGES]:
        raise Invalid("没有“%(code)s”这种语言可选", field="languages", code=unknown[0])
    if hours is not None and not 1 <= hours <= 40:
        raise Invalid("希望的每月小时数应在1到40之间；没有要求请留空", field="hours")
    asker = audit.asker_of(session)
    before = open_of(session, tenant)
    said = (topics, text, list(languages), hours)
    if before is not None:
        if (before.topics, before.text, before.languages, before.hours) == said:
            return before
        before.withdrawn_on = today
        session.flush()  # before the new one, or two would be open
    need = MentoringNeed(
        operator_id=tenant.operator_id,
        tenant_id=tenant.id,
        topics=topics,
        text=text,
        languages=list(languages),
        hours=hours,
        stated_on=today,
        stated_by_id=asker.user_id,
        on_behalf=asker.reach is not Reach.TENANT,
    )
    session.add(need)
    audit.record(session, "mentoring_need.state", need, detail={"tenant": tenant.id})
    session.flush()
    return need


def withdraw(session: Session, need: MentoringNeed, *, today: date) -> None:
    if need.withdrawn_on is not None:
        raise Conflict("这项需求已经撤回或更新，请刷新页面查看")
    need.withdrawn_on = max(today, need.stated_on)
    audit.record(session, "mentoring_need.withdraw", need, detail={"tenant": need.tenant_id})
    session.flush()
