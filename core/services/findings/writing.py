"""A draft: what it is written from, what it says, to whom it is addressed, and serving it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple, TypeVar
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

import core
from core.data.base import Base
from core.data.models import (
    AuditEngagement,
    AuditSampleItem,
    Case,
    Department,
    EngagementState,
    Finding,
    FindingSource,
    FindingState,
    Lead,
    Letter,
    Operator,
    Role,
    Tenant,
)
from core.data.types import utcnow
from core.errors import Forbidden, Invalid, NotFound
from core.policy import Text
from core.services import audit, calendar, ties
from core.services.engagements import require_open
from core.services.findings import steps
from core.services.findings.steps import Act, Side
from core.services.identifiers import holds_id_number
from core.services.leads import judging
from core.services.typed import within

Row = TypeVar("Row", bound=Base)
TEXTS = {"title": 200, "fact": 5000, "criterion": 2000, "cause": 2000, "effect": 2000, "recommendation": 2000}
NEEDED = {
    "title": Text("标题", "a title"),
    "fact": Text("事实", "the facts"),
    "criterion": Text("依据", "the criterion"),
    "recommendation": Text("建议", "a recommendation"),
}
ANSWER_DAYS, CORRECT_DAYS = 10, 30  # working days, where nobody says others: for demonstration
MOST_DAYS = 120
ADDRESSED = ("to_department_id", "to_operator_id", "to_tenant_id")


class Origin(NamedTuple):
    """What a finding is written from; the letter, of several where it comes from a lead, the one that was picked."""

    letter: Letter | None = None
    lead: Lead | None = None
    sample_item: AuditSampleItem | None = None


def origin(
    session: Session, *, letter_id: int | None = None, lead_id: int | None = None, sample_item_id: int | None = None
) -> Origin:
    """Raises `NotFound` where one is not there or not the reader's, or the letter is not one of the lead's, `Tied`
    where they must not read the case or the lead."""
    lead = judging.load(session, lead_id) if lead_id is not None else None
    item = _one(session, AuditSampleItem, sample_item_id)
    if item is not None:
        letter_id = item.letter_id
    elif lead is not None and letter_id is None and len(lead.letters) == 1:
        letter_id = lead.letters[0].id
    letter = _one(session, Letter, letter_id)
    if lead is not None and letter is not None and letter not in lead.letters:
        raise NotFound("这份通知书不在这条疑点之内")
    if letter is not None:
        ties.refuse(session, letter.case, audit.asker_of(session))
    return Origin(letter, lead, item)


def begin(session: Session, given: Origin, values: dict[str, Any], *, at: datetime | None = None) -> Finding:
    """A new draft, with what is filled in so far. `at`: now, if none is said."""
    asker = audit.asker_of(session)
    if not asker.may(Role.AUDITOR) or asker.user_id is None or asker.district_id is None:
        raise Forbidden("只有审计人员可以撰写审计发现")
    letter, lead, item = given
    about = letter or lead
    case = letter.case if letter else _one(session, Case, lead.case_id) if lead else None
    # What an engagement said when it was closed stays: a finding of its sample stands by itself then.
    engagement = item.sample.engagement if item and item.sample.engagement.state is not EngagementState.CLOSED else None
    finding = Finding(
        district_id=asker.district_id,
        number=uuid4().hex,
        state=FindingState.DRAFT,
        title="",
        source=FindingSource.SAMPLE if item else FindingSource.LEAD if lead else FindingSource.OBSERVATION,
        engagement_id=engagement.id if engagement else None,
        lead_id=lead.id if lead else None,
        sample_item_id=item.id if item else None,
        letter_id=letter.id if letter else None,
        case_id=case.id if case else None,
        about_tenant_id=about.tenant_id if about else None,
        about_operator_id=about.operator_id if about else None,
        policy_key=case.policy_key if case else None,
        written_by_id=asker.user_id,
        written_at=at or utcnow(),
    )
    _fill(session, finding, values)
    session.add(finding)
    session.flush()
    finding.number = f"SJ{core.today():%Y}-{finding.id:05d}"
    steps.note(session, finding, Act.WRITTEN, Side.AUDITOR, shown=False, at=at)
    return finding


def edit(session: Session, finding: Finding, values: dict[str, Any], *, noted: bool = True) -> None:
    """Change a draft; its writer alone. `noted` False: it saves itself while it is being written, and the trail has
    what was saved by hand."""
    steps.hold(session, finding, Act.ISSUED, core.today().date())
    _fill(session, finding, values)
    session.flush()
    if noted:
        audit.record(session, "finding.edited", finding)


def issue(
    session: Session,
    finding: Finding,
    *,
    days: int | None,
    confirmed: bool,
    today: date,
    at: datetime | None = None,
) -> None:
    """Serve it: from now on whom it is addressed to sees it, and has `days` working days from `today` to answer."""
    side = steps.hold(session, finding, Act.ISSUED, today)
    missing = [word for name, word in NEEDED.items() if not getattr(finding, name).strip()]
    if missing:
        what = Text("、".join(it.zh for it in missing), ", ".join(it.en for it in missing))
        raise Invalid("还没有写%(what)s，补齐后再送达", what=what)
    if finding.to_department_id is None and finding.to_operator_id is None:
        raise Invalid("请选择被审计单位", field="respondent")
    if not confirmed:
        raise Invalid("送达后内容不能再改，请确认后再提交", field="confirmed")
    finding.response_due_on = due(session, finding, ANSWER_DAYS if days is None else days, today)
    finding.state, finding.issued_at, finding.shown = FindingState.ISSUED, at or utcnow(), True
    steps.note(session, finding, Act.ISSUED, side, due_on=finding.response_due_on, at=at)


def due(session: Session, finding: Finding, days: int, today: date) -> date:
    """The day on which so many working days end, by the district's calendar. Raises `Invalid`."""
    if not 1 <= days <= MOST_DAYS:
        raise Invalid("期限须在1到%(most)s个工作日之间", field="days", most=MOST_DAYS)
    return calendar.add_working_days(session, finding.district_id, today, days)


def _fill(session: Session, finding: Finding, values: dict[str, Any]) -> None:
    for name, most in TEXTS.items():
        if name in values:
            text = within(values[name], most, field=name)
            if holds_id_number(text):
                raise Invalid("这里有身份证号码；被审计单位会看到全文，请改用申请编号或凭据行说明", field=name)
            setattr(finding, name, text)
    for name in ("severity", "source"):
        if values.get(name) is not None:
            setattr(finding, name, values[name])
    if "amount_fen" in values:
        if (values["amount_fen"] or 0) < 0:
            raise Invalid("金额不能小于0", field="amount_fen")
        finding.amount_fen = values["amount_fen"]
    if "engagement_id" in values:
        engagement = _one(session, AuditEngagement, values["engagement_id"])
        if engagement is not None and engagement.id != finding.engagement_id:
            require_open(engagement)
        finding.engagement_id = engagement.id if engagement else None
    if any(name in values for name in ADDRESSED):
        _address(session, finding, *(values.get(name) for name in ADDRESSED))


def _address(
    session: Session, finding: Finding, department_id: int | None, operator_id: int | None, tenant_id: int | None
) -> None:
    """To a department, or to an operator and, where it is to hand in papers, a tenant of it; or to nobody yet. An
    operator is told only of its own letters."""
    if department_id is not None and (operator_id is not None or tenant_id is not None):
        raise Invalid("被审计单位只能是一个部门或一家运营机构", field="respondent")
    if tenant_id is not None and operator_id is None:
        raise Invalid("请企业补充材料的，被审计单位须是它的运营机构", field="respondent")
    department = _one(session, Department, department_id)
    operator, tenant = _one(session, Operator, operator_id), _one(session, Tenant, tenant_id)
    if operator is not None and finding.about_operator_id not in (None, operator.id):
        raise Invalid("这份通知书不属于所选的运营机构，不能送达给它", field="respondent")
    if tenant is not None and operator is not None and tenant.operator_id != operator.id:
        raise Invalid("这家企业不在所选的运营机构", field="to_tenant_id")
    if tenant is not None and finding.about_tenant_id not in (None, tenant.id):
        raise Invalid("这份通知书不属于所选的企业，不能送达给它", field="to_tenant_id")
    finding.to_department_id = department.id if department else None
    finding.to_operator_id = operator.id if operator else None
    finding.to_tenant_id = tenant.id if tenant else None


def _one(session: Session, model: type[Row], row_id: int | None) -> Row | None:
    if row_id is None:
        return None
    found = session.scalars(select(model).where(model.id == row_id)).one_or_none()
    if found is None:
        raise NotFound("没有这条记录，或您无权查看")
    return found
