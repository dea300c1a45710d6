"""审计发现: what an auditor found, what those it is addressed to answered and put right, and what the district's desks
were asked to do about it. Auditors write it, whoever it was served on answers; a draft is the auditors' own."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.data.base import AuditorWrites, Base, DistrictPrivate, DistrictScoped
from core.data.models.auditing import AuditEngagement, AuditSampleItem, Lead
from core.data.models.awards import Letter
from core.data.models.cases import Case
from core.data.models.kept import KeptFile
from core.data.models.places import Department, Operator
from core.data.models.recoveries import Recovery
from core.data.models.tenants import Tenant
from core.data.types import UTCDateTime, choice, utcnow


class FindingSource(StrEnum):
    LEAD = "lead"  # 疑点
    SAMPLE = "sample"  # 抽样
    REPLAY = "replay"  # computed again, and it came out otherwise
    VERIFICATION = "verification"  # a letter or the log that does not verify
    OBSERVATION = "observation"


class FindingSeverity(StrEnum):
    MINOR = "minor"
    MODERATE = "moderate"
    SERIOUS = "serious"


class FindingState(StrEnum):
    DRAFT = "draft"
    ISSUED = "issued"  # 已送达
    RESPONDED = "responded"  # 已答复
    NOT_ACCEPTED = "not_accepted"  # 答复不予采纳: to be answered again, or escalated
    ESCALATED = "escalated"  # 提交区级: the district's administrators decide
    CORRECTING = "correcting"  # 整改中
    CORRECTED = "corrected"  # 已报整改
    REOPENED = "reopened"  # 退回整改
    CLOSED = "closed"  # 已销号
    WITHDRAWN = "withdrawn"


class Finding(AuditorWrites, DistrictScoped, Base):
    """One finding. Addressed to a department of the district or to an operator, and where it is to hand in papers to
    the tenant as well (`to_…`); these see it once it is `shown`, as `core.data.asker` has it, and never before. Whoever
    wrote it does not close it."""

    __tablename__ = "findings"
    __table_args__ = (
        CheckConstraint("to_department_id is null or to_operator_id is null", name="one_respondent"),
        CheckConstraint(
            "not shown or to_department_id is not null or to_operator_id is not null", name="shown_to_somebody"
        ),
        CheckConstraint("to_tenant_id is null or to_operator_id is not null", name="tenant_of_operator"),
        CheckConstraint("amount_fen >= 0", name="amount_not_negative"),
        CheckConstraint("(state = 'closed') = (closed_by_id is not null)", name="closed"),
        CheckConstraint("closed_by_id <> written_by_id", name="closed_by_another"),
        CheckConstraint("(state in ('closed', 'withdrawn')) = (ended_at is not null)", name="ended"),
        CheckConstraint("shown = (issued_at is not null)", name="shown_when_issued"),
        CheckConstraint("state = 'withdrawn' or shown = (state <> 'draft')", name="draft_is_hidden"),
        CheckConstraint(
            "state not in ('issued', 'not_accepted') or response_due_on is not null", name="response_dated"
        ),
        CheckConstraint(
            "state not in ('correcting', 'reopened') or correction_due_on is not null", name="correction_dated"
        ),
    )

    number: Mapped[str] = mapped_column(String(40), unique=True)
    state: Mapped[FindingState] = choice(FindingState, default=FindingState.DRAFT, index=True)
    severity: Mapped[FindingSeverity] = choice(FindingSeverity, default=FindingSeverity.MODERATE)
    source: Mapped[FindingSource] = choice(FindingSource, default=FindingSource.OBSERVATION)
    engagement_id: Mapped[int | None] = mapped_column(ForeignKey("audit_engagements.id"), index=True)
    lead_id: Mapped[int | None] = mapped_column(ForeignKey("leads.id"), index=True)
    sample_item_id: Mapped[int | None] = mapped_column(ForeignKey("audit_sample_items.id"), index=True)
    # What it is about. `policy_key` is the case's, kept to filter by.
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("letters.id"), index=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
    about_tenant_id: Mapped[int | None] = mapped_column(ForeignKey("tenants.id"), index=True)
    about_operator_id: Mapped[int | None] = mapped_column(ForeignKey("operators.id"), index=True)
    policy_key: Mapped[str | None] = mapped_column(String(60), index=True)
    title: Mapped[str] = mapped_column(String(200))
    fact: Mapped[str] = mapped_column(Text, default="")  # 事实
    criterion: Mapped[str] = mapped_column(Text, default="")  # 依据: the clause
    cause: Mapped[str] = mapped_column(Text, default="")  # 原因
    effect: Mapped[str] = mapped_column(Text, default="")  # 影响
    recommendation: Mapped[str] = mapped_column(Text, default="")  # 建议
    amount_fen: Mapped[int | None]  # the money that it concerns
    to_department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"), index=True)
    to_operator_id: Mapped[int | None] = mapped_column(ForeignKey("operators.id"), index=True)
    to_tenant_id: Mapped[int | None] = mapped_column(ForeignKey("tenants.id"), index=True)
    shown: Mapped[bool] = mapped_column(default=False)
    agreed: Mapped[bool | None]  # what the newest answer said
    response_due_on: Mapped[date | None] = mapped_column(index=True)
    correction_due_on: Mapped[date | None] = mapped_column(index=True)
    written_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    written_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    issued_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    engagement: Mapped[AuditEngagement | None] = relationship()
    lead: Mapped[Lead | None] = relationship()
    sample_item: Mapped[AuditSampleItem | None] = relationship()
    letter: Mapped[Letter | None] = relationship()
    case: Mapped[Case | None] = relationship()
    about_tenant: Mapped[Tenant | None] = relationship(foreign_keys=[about_tenant_id])
    about_operator: Mapped[Operator | None] = relationship(foreign_keys=[about_operator_id])
    to_department: Mapped[Department | None] = relationship()
    to_operator: Mapped[Operator | None] = relationship(foreign_keys=[to_operator_id])
    to_tenant: Mapped[Tenant | None] = relationship(foreign_keys=[to_tenant_id])
    acts: Mapped[list[FindingAct]] = relationship(back_populates="finding", order_by="FindingAct.id")
    proposals: Mapped[list[FindingProposal]] = relationship(back_populates="finding", order_by="FindingProposal.id")


class FindingActKind(StrEnum):
    WRITTEN = "written"
    ISSUED = "issued"
    COMMENTED = "commented"  # said by either side
    NOTED = "noted"  # between auditors
    RESPONDED = "responded"
    DISMISSED = "dismissed"  # the answer is not accepted
    ESCALATED = "escalated"
    ORDERED = "ordered"  # 要求整改
    REPORTED = "reported"  # 报告整改结果
    EXTENDED = "extended"
    CLOSED = "closed"
    REOPENED = "reopened"
    WITHDRAWN = "withdrawn"
    PROPOSED = "proposed"  # 建议撤销 or 建议追回
    TAKEN_UP = "taken_up"  # a desk acted on the proposal
    DECLINED = "declined"


class FindingSide(StrEnum):
    AUDITOR = "auditor"
    RESPONDENT = "respondent"
    DISTRICT = "district"  # administrators and the desks


class FindingAct(AuditorWrites, DistrictScoped, Base):
    """What somebody did or said, never changed. What is not `shown` is between auditors and administrators."""

    __tablename__ = "finding_acts"

    finding_id: Mapped[int] = mapped_column(ForeignKey("findings.id"), index=True)
    kind: Mapped[FindingActKind] = choice(FindingActKind)
    side: Mapped[FindingSide] = choice(FindingSide)
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    said: Mapped[str | None] = mapped_column(Text)
    due_on: Mapped[date | None]  # the day that the act sets
    shown: Mapped[bool] = mapped_column(default=True)

    finding: Mapped[Finding] = relationship(back_populates="acts")
    papers: Mapped[list[FindingPaper]] = relationship(back_populates="act", order_by="FindingPaper.id")


class FindingPaper(AuditorWrites, KeptFile, DistrictScoped, Base):
    """A paper handed in with an act, by either side; seen by whoever sees the act."""

    __tablename__ = "finding_papers"
    __table_args__ = (UniqueConstraint("act_id", "sha256"),)

    finding_id: Mapped[int] = mapped_column(ForeignKey("findings.id"), index=True)
    act_id: Mapped[int] = mapped_column(ForeignKey("finding_acts.id"))
    shown: Mapped[bool] = mapped_column(default=True)

    act: Mapped[FindingAct] = relationship(back_populates="papers")


class ProposalKind(StrEnum):
    REVOKE = "revoke"  # 建议撤销
    RECOVER = "recover"  # 建议追回


class ProposalState(StrEnum):
    WAITING = "waiting"
    TAKEN_UP = "taken_up"
    DECLINED = "declined"


class FindingProposal(AuditorWrites, DistrictPrivate, Base):
    """What an auditor asks the desks to do about an award: 监督 apart from 执行, so a desk does it or says why not."""

    __tablename__ = "finding_proposals"
    __table_args__ = (
        CheckConstraint("(state = 'waiting') = (decided_by_id is null)", name="decided"),
        CheckConstraint("decided_by_id <> proposed_by_id", name="another_decides"),
        CheckConstraint("state <> 'declined' or reason <> ''", name="declined_with_reason"),
        Index(
            "uq_finding_proposals_waiting",
            "finding_id",
            "kind",
            unique=True,
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    finding_id: Mapped[int] = mapped_column(ForeignKey("findings.id"), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[ProposalKind] = choice(ProposalKind)
    state: Mapped[ProposalState] = choice(ProposalState, default=ProposalState.WAITING, index=True)
    said: Mapped[str] = mapped_column(Text)
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    proposed_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    reason: Mapped[str] = mapped_column(Text, default="")
    event_id: Mapped[int | None] = mapped_column(ForeignKey("case_events.id"))  # the act that proposed the revocation
    recovery_id: Mapped[int | None] = mapped_column(ForeignKey("recoveries.id"))

    finding: Mapped[Finding] = relationship(back_populates="proposals")
    case: Mapped[Case] = relationship()
    recovery: Mapped[Recovery | None] = relationship()
