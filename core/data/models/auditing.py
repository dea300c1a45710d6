"""The auditors' own tables: an engagement (审计项目), the samples drawn in it, and the leads (疑点) that the rules of
suspicion found. A finding (审计发现) may come of any of them. Nobody else writes here."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.data.base import AuditorWrites, Base, DistrictPrivate
from core.data.models.awards import Letter
from core.data.models.kept import KeptFile
from core.data.types import UTCDateTime, choice, utcnow


class EngagementState(StrEnum):
    FIELDWORK = "fieldwork"  # 实施
    REPORTING = "reporting"  # 报告
    CLOSED = "closed"


class AuditEngagement(AuditorWrites, DistrictPrivate, Base):
    """One audit of one period: what is looked at, by whom, and what it is to answer. Samples, findings and the report
    belong to it."""

    __tablename__ = "audit_engagements"
    __table_args__ = (
        CheckConstraint("period_from <= period_to", name="period"),
        CheckConstraint("(state = 'closed') = (closed_at is not null)", name="closed"),
    )

    number: Mapped[str] = mapped_column(String(40), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    objective: Mapped[str] = mapped_column(Text, default="")
    period_from: Mapped[date]
    period_to: Mapped[date]
    state: Mapped[EngagementState] = choice(EngagementState, default=EngagementState.FIELDWORK)
    lead_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))  # 主审
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    report: Mapped[AuditReport | None] = relationship(back_populates="engagement")
    samples: Mapped[list[AuditSample]] = relationship(back_populates="engagement", order_by="AuditSample.id")


class AuditReport(AuditorWrites, KeptFile, DistrictPrivate, Base):
    """The report of an engagement as it was when it was closed: findings and leads go on after that, it does not."""

    __tablename__ = "audit_reports"

    engagement_id: Mapped[int] = mapped_column(ForeignKey("audit_engagements.id"), unique=True)

    engagement: Mapped[AuditEngagement] = relationship(back_populates="report")


class SampleMethod(StrEnum):
    SIMPLE = "simple"  # simple random
    STRATIFIED = "stratified"
    MONETARY_UNIT = "monetary_unit"


class AuditSample(AuditorWrites, DistrictPrivate, Base):
    """A sample of letters. First the population is fixed (`population`: `[number, letter_id, amount_fen, stratum]` in
    order, and the digest of the file that says so), then the seed is: nobody can choose the one to suit the other. Who
    has that file, the seed and the sizes draws the same letters."""

    __tablename__ = "audit_samples"
    __table_args__ = (
        CheckConstraint("population_count > 0 and population_fen > 0", name="population"),
        CheckConstraint("(seed is null) = (drawn_at is null) and (seed is null) = (drawn_by_id is null)", name="drawn"),
        CheckConstraint("(closed_at is null) = (closed_by_id is null)", name="closed"),
        CheckConstraint("closed_at is null or drawn_at is not null", name="closed_after"),
    )

    engagement_id: Mapped[int] = mapped_column(ForeignKey("audit_engagements.id"), index=True)
    method: Mapped[SampleMethod] = choice(SampleMethod)
    parameters: Mapped[dict[str, Any]]  # see core.services.samples.Plan
    filters: Mapped[dict[str, Any]]
    population: Mapped[list[Any]] = mapped_column(deferred=True)  # thousands of rows, which few pages need
    population_count: Mapped[int]
    population_fen: Mapped[int]
    population_digest: Mapped[str] = mapped_column(String(64))
    fixed_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    fixed_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    seed: Mapped[str | None] = mapped_column(String(64))
    drawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    drawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    engagement: Mapped[AuditEngagement] = relationship(back_populates="samples")
    items: Mapped[list[AuditSampleItem]] = relationship(back_populates="sample", order_by="AuditSampleItem.place")


class AuditSampleItem(AuditorWrites, DistrictPrivate, Base):
    """One letter of a sample: its booked amount, how often it was hit, and what the auditor found it should be.
    `checks` are the steps that were taken, by name: done or not."""

    __tablename__ = "audit_sample_items"
    __table_args__ = (
        UniqueConstraint("sample_id", "letter_id"),
        UniqueConstraint("sample_id", "place"),
        CheckConstraint("hits > 0 and booked_fen > 0", name="hit"),
        CheckConstraint("audited_fen >= 0", name="audited"),
        CheckConstraint("(audited_fen is null) = (checked_by_id is null)", name="checked"),
        CheckConstraint("audited_fen is null or audited_fen = booked_fen or note <> ''", name="explained"),
    )

    sample_id: Mapped[int] = mapped_column(ForeignKey("audit_samples.id"), index=True)
    place: Mapped[int]  # in the order of drawing, from 1
    letter_id: Mapped[int] = mapped_column(ForeignKey("letters.id"), index=True)
    stratum: Mapped[str] = mapped_column(String(120), default="")  # as long as the name of an operator
    hits: Mapped[int] = mapped_column(default=1)
    certain: Mapped[bool] = mapped_column(default=False)  # above the interval: not left to chance
    booked_fen: Mapped[int]
    audited_fen: Mapped[int | None]
    checks: Mapped[dict[str, Any]] = mapped_column(default=dict)
    note: Mapped[str] = mapped_column(Text, default="")
    checked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    checked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    sample: Mapped[AuditSample] = relationship(back_populates="items")
    letter: Mapped[Letter] = relationship()


class LeadState(StrEnum):
    OPEN = "open"
    LOOKING = "looking"  # somebody has taken it on
    CONFIRMED = "confirmed"
    FALSE = "false"  # looked into, and nothing wrong
    GONE = "gone"  # the facts that it rested on are not there any more


class Lead(AuditorWrites, DistrictPrivate, Base):
    """A suspicion that a rule has, with its reasons: never a refusal by itself. `rule` is the code of the rule, `key`
    names the facts (so that the same facts are one lead, however often they are looked for); `facts` are what the rule
    saw, ids and figures, no names or identity numbers."""

    __tablename__ = "leads"
    __table_args__ = (
        UniqueConstraint("district_id", "rule", "key"),
        CheckConstraint("(state in ('confirmed', 'false')) = (judged_by_id is not null)", name="judged"),
        CheckConstraint("judged_by_id is null or (judged_at is not null and reason <> '')", name="reasoned"),
    )

    rule: Mapped[str] = mapped_column(String(40), index=True)
    key: Mapped[str] = mapped_column(String(200))
    facts: Mapped[dict[str, Any]]
    amount_fen: Mapped[int | None]  # the money that hangs on it
    operator_id: Mapped[int | None] = mapped_column(ForeignKey("operators.id"), index=True)
    tenant_id: Mapped[int | None] = mapped_column(ForeignKey("tenants.id"), index=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
    state: Mapped[LeadState] = choice(LeadState, default=LeadState.OPEN, index=True)
    found_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)  # when a rule saw the facts last
    taken_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    judged_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    judged_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    reason: Mapped[str] = mapped_column(Text, default="")

    letters: Mapped[list[Letter]] = relationship(secondary="lead_letters", order_by=Letter.id, viewonly=True)


class LeadLetter(AuditorWrites, DistrictPrivate, Base):
    """A letter that a lead is about."""

    __tablename__ = "lead_letters"
    __table_args__ = (UniqueConstraint("lead_id", "letter_id"),)

    lead_id: Mapped[int] = mapped_column(ForeignKey("leads.id"), index=True)
    letter_id: Mapped[int] = mapped_column(ForeignKey("letters.id"), index=True)


class LeadActKind(StrEnum):
    FOUND = "found"
    CHANGED = "changed"  # the facts are others than when it was judged: it is open again
    GONE = "gone"
    CAME_BACK = "came_back"
    TAKEN = "taken"
    LEFT = "left"  # whoever had taken it on gave it back
    CONFIRMED = "confirmed"
    FALSE = "false"
    REOPENED = "reopened"


class LeadAct(AuditorWrites, DistrictPrivate, Base):
    """What a rule or an auditor did with a lead, and why: a judgement that is taken back stays on record."""

    __tablename__ = "lead_acts"

    lead_id: Mapped[int] = mapped_column(ForeignKey("leads.id"), index=True)
    kind: Mapped[LeadActKind] = choice(LeadActKind)
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))  # NULL: the rule
    said: Mapped[str] = mapped_column(Text, default="")
