"""What of a list's leads is shown beside it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import Lead, OutsideList, Tenant
from core.data.queries import outside as reads


@dataclass(frozen=True, slots=True)
class Shown:
    lead: Lead
    tenant: str
    months: tuple[str, ...]
    who: str  # founder, person or company
    href: str


def leads_of(session: Session, found: OutsideList) -> list[Shown]:
    """The leads that rest on a list, the newest first."""
    leads = reads.leads(session, found.district_id, f"outside.{found.kind}")
    known = [lead for lead in leads if found.id in lead.facts["outside_list_ids"]]
    wanted = select(Tenant.id, Tenant.name).where(Tenant.id.in_({lead.tenant_id for lead in known}))
    names = {row[0]: row[1] for row in session.execute(wanted)}
    return [
        Shown(
            lead,
            names.get(lead.tenant_id or 0, "—"),
            tuple(lead.facts["months"]),
            next((who for who in ("founder", "person") if f"{who}_id" in lead.facts), "company"),
            url_for("leads.show", lead_id=lead.id),
        )
        for lead in known
    ]
