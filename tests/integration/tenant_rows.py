"""One row of each kind that a tenant's file and its enquiry hold, for the worlds of the access matrix."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data import models as m
from tests.scenes import paper

DAY = date(2026, 11, 2)


def rows(session: Session, tenant: m.Tenant, mark: str) -> dict[str, Any]:
    """By the parameter that a route calls each by, without `_id`; every text carries `mark`."""
    scope = {"operator_id": tenant.operator_id, "tenant_id": tenant.id}
    space = session.scalars(select(m.Space).where(m.Space.operator_id == tenant.operator_id)).first()
    stored = session.scalars(select(m.StoredFile).where(m.StoredFile.tenant_id == tenant.id)).first()
    enquiry = m.Enquiry(operator_id=tenant.operator_id, name=f"{mark}来问的", contact_name=f"{mark}顾")
    step = m.EnquiryStep(
        operator_id=tenant.operator_id, kind=m.EnquiryStepKind.OFFER, on=DAY, note=f"{mark}报价", space=space,
        monthly_rent_fen=100, starts_on=DAY,
    )  # fmt: skip
    enquiry.steps.append(step)
    made: dict[str, Any] = {
        "contact": m.Contact(name=f"{mark}沈", **scope),
        "note": m.Note(body=f"{mark}备注", **scope),
        "funding": m.FundingRound(on=DAY, kind=m.FundingKind.ANGEL, name=f"{mark}轮", amount_fen=1, **scope),
        "milestone": m.Milestone(kind=m.MilestoneKind.PRIZE, title=f"{mark}奖", reached_on=DAY, **scope),
        "tenant_document": m.TenantDocument(
            kind=m.TenantDocumentKind.OTHER, title=f"{mark}书", file=stored, issued_on=DAY, **scope
        ),
        "enquiry": enquiry,
        "support": m.OutsideSupport(
            scheme=f"{mark}补贴",
            level=m.SupportLevel.CITY,
            kind=m.EvidenceKind.RENT_MONTH,
            month_from="2020-01",
            month_to="2020-02",
            amount_fen=1,
            granted_on=DAY,
            grade=m.Grade.OPERATOR,
            file=stored,
            **scope,
        ),
    }
    indicator = m.Indicator(quarter="2026Q3", revenue_fen=1, **scope)
    session.add_all([*made.values(), indicator])
    session.flush()
    stay = session.scalars(select(m.Occupancy).where(m.Occupancy.tenant_id == tenant.id)).first()
    return made | {"occupancy": stay, "step": step}


# What the forms of the file and the enquiry send.
BODIES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "tenant_file.edit": lambda w: {"name": "改名", "kind": "company"},
    "tenant_file.add_contact": lambda w: {"name": "沈"},
    "tenant_file.add_founder": lambda w: {"name": "林"},
    "tenant_file.edit_founder": lambda w: {"name": "林"},
    "occupancies.begin": lambda w: {"kind": "physical", "from_on": "2020-01-01", "to_on": "2020-02-01"},
    "occupancies.change": lambda w: {"kind": "office_only", "from_on": "2020-01-01"},
    "indicators.report": lambda w: {"quarter": "2026Q2", "staff": "3"},
    "indicators.fund": lambda w: {
        "funding-on": "2026-01-01", "funding-kind": "angel", "funding-name": "轮", "funding-amount_fen": "1"
    },
    "indicators.reach": lambda w: {
        "milestone-kind": "prize", "milestone-title": "奖", "milestone-reached_on": "2026-01-01",
        "milestone-contest": "赛", "milestone-edition": "2025", "milestone-level": "city",
    },
    "supports.add": lambda w: {
        "scheme": "补贴", "level": "city", "kind": "rent_month", "month_from": "2026-01", "month_to": "2026-02",
        "amount_fen": "1", "granted_on": "2026-03-01", "file": (BytesIO(paper()), "a.pdf"),
    },
    "documents.add": lambda w: {"kind": "other", "title": "书", "file": (BytesIO(paper()), "a.pdf")},
    "notes.write": lambda w: {"body": "备注"},
    "departures.start": lambda w: {"planned_on": "2026-12-01", "reason": "搬走"},
    "departures.settle": lambda w: {"handover-on": "2026-11-01"},
    "merging.merge": lambda w: {"with": w.tenant.id},
    "enquiries.edit": lambda w: {"name": "改名", "contact_name": "顾"},
    "enquiries.call": lambda w: {"call-on": "2026-11-01"},
    "enquiries.visit": lambda w: {"visit-on": "2026-11-01"},
    "enquiries.offer": lambda w: {
        "offer-on": "2026-11-01", "offer-starts_on": "2026-12-01", "offer-monthly_rent_fen": "1"
    },
    "enquiries.lose": lambda w: {"loss-reason": "太贵"},
    "enquiries.accept": lambda w: {
        "entered_on": "2026-11-01", "evidence": "纪要", "decider": "王", "duty": "经理", "stage": "nursery",
        "occupancy": "physical",
    },
}  # fmt: skip
