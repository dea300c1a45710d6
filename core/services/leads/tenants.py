"""Tenants: what several have in common, where they are registered, and leases that nobody seems to use."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import SHANGHAI
from core.data.models import (
    Award,
    Booking,
    District,
    Employment,
    EventRegistration,
    EvidenceKind,
    EvidenceUse,
    Founder,
    Lease,
    TaxInvoice,
    TaxInvoiceState,
    Tenant,
)
from core.data.models.leases import IN_FORCE
from core.data.queries import relations
from core.errors import N_
from core.policy import Month
from core.services.dossiers.keys import place
from core.services.identifiers import comparable_phone
from core.services.leads import Found, Period, Rule, settings
from core.services.leads.reading import OF_AWARD, awards, letters_by, of_district, present, uses
from core.services.leads.shared import Sign, shared


def shared_phone(session: Session, district: District, period: Period) -> Iterator[Found]:
    """One number for the contacts or founders of several enterprises, if it is not their operator's own."""
    houses = {comparable_phone(phone) for phone in relations.own_phones(session, district.id)}
    signs = [Sign(comparable_phone(row.said), row.tenant_id) for row in relations.phones(session, district.id)]
    return shared(session, district, period, "phone", [it for it in signs if it.value not in houses])


def shared_address(session: Session, district: District, period: Period) -> Iterator[Found]:
    """One registered address, to the room, of several enterprises. The address of a site without a room is where a
    site lets its tenants register, and is left out."""
    houses = {place(district.name, address) for address in relations.site_addresses(session, district.id)}
    signs = [Sign(place(district.name, row.said), row.tenant_id) for row in relations.addresses(session, district.id)]
    return shared(session, district, period, "address", [it for it in signs if it.value not in houses])


def shared_founder(session: Session, district: District, period: Period) -> Iterator[Found]:
    """One person among the founders of several enterprises, by the identity number."""
    founders = select(Founder.id_number_once, Founder.tenant_id).where(
        of_district(Founder, district), Founder.id_number_once.is_not(None)
    )
    return shared(
        session,
        district,
        period,
        "founder",
        [Sign(row.id_number_once or "", row.tenant_id) for row in session.execute(founders)],
    )


def registered_outside(session: Session, district: District, period: Period) -> Iterator[Found]:
    """Enterprises with an award whose registration is in another district now."""
    rows = session.execute(
        awards(
            district, period, Tenant.id, Tenant.operator_id,
            func.sum(Award.amount_fen).label("fen"), func.count(Award.id).label("count"),
        )
        .where(Tenant.registered_region.is_not(None), Tenant.registered_region != district.region)
        .group_by(Tenant.id, Tenant.operator_id)
    ).all()  # fmt: skip
    letters = letters_by(session, district, period, Award.tenant_id, {row.id for row in rows})
    for row in rows:
        yield Found(
            key=f"tenant:{row.id}",
            facts={"tenant_ids": [row.id], "count": row.count, "awarded_fen": int(row.fen)},
            letters=present(*letters.get(row.id, ())),
            amount_fen=int(row.fen),
            tenant=row.id,
            operator=row.operator_id,
        )


def hollow_tenant(session: Session, district: District, period: Period) -> Iterator[Found]:
    """Rent was subsidised and the lease runs, but for months nobody is insured, no room is booked, no event visited and
    no 发票 is made out: all of it missing, not one thing alone."""
    month = Month.of(period.until) + -settings.months("hollow_months", period.until)
    start = month.first
    at = datetime.combine(start, time(), SHANGHAI)
    signs = (
        select(Employment.id).where(Employment.tenant_id == Tenant.id, Employment.month >= str(month)),
        select(Booking.id).where(
            Booking.tenant_id == Tenant.id, Booking.starts_at >= at, Booking.cancelled_at.is_(None)
        ),
        select(EventRegistration.id).where(
            EventRegistration.tenant_id == Tenant.id, EventRegistration.registered_at >= at,
            EventRegistration.withdrawn_at.is_(None),
        ),
        select(TaxInvoice.id).where(
            TaxInvoice.tenant_id == Tenant.id, TaxInvoice.issued_on >= start, TaxInvoice.red_of_id.is_(None),
            TaxInvoice.state == TaxInvoiceState.ISSUED,
        ),
    )  # fmt: skip
    rows = session.execute(
        uses(
            district, period, EvidenceKind.RENT_MONTH,
            *OF_AWARD, func.min(Lease.id).label("lease"), func.count(func.distinct(Lease.id)).label("leases"),
            func.sum(EvidenceUse.amount_fen).label("fen"),
        )
        .join(Lease, Lease.tenant_id == Tenant.id)
        .where(Lease.status.in_(IN_FORCE), Lease.starts_on <= start)
        .where((Lease.ends_on.is_(None)) | (Lease.ends_on >= period.until))
        .where(*(~sign.correlate(Tenant).exists() for sign in signs))
        .group_by(*OF_AWARD)
    )  # fmt: skip
    for row in rows:
        yield Found(
            key=f"award:{row.id}",
            facts={"lease_id": row.lease, "months_without": settings.months("hollow_months", period.until)},
            letters=present(row.letter_id),
            amount_fen=int(row.fen) // row.leases,
            tenant=row.tenant_id,
            operator=row.operator_id,
            case=row.case_id,
        )


RULES = (
    Rule(
        "shared_phone",
        N_("多家企业联系电话相同"),
        N_("%(tenant_ids)s登记了同一个联系电话。"),
        N_("多家受补贴企业由同一人联系，可能是关联企业分别申请，也可能是中介代办。"),
        N_("核对联系人身份；由代理机构代办的，看是否另有实际经营人员。"),
        shared_phone,
        "tenants",
    ),
    Rule(
        "shared_address",
        N_("多家企业注册地址相同"),
        N_("%(tenant_ids)s注册在同一间房屋。"),
        N_("同一间房屋不能同时由几家企业独立使用，房租可能重复计算。载体统一登记的地址不在此列。"),
        N_("实地查看该房屋，核对各家的租期是否前后相接。"),
        shared_address,
        "tenants",
    ),
    Rule(
        "shared_founder",
        N_("多家企业创始人相同"),
        N_("%(tenant_ids)s的创始人中有同一个人。"),
        N_("同一人分设企业分别申请，可能规避每企业的上限和只享受一次的规定。"),
        N_("核对各企业是否真实经营，政策是否按创始人限定次数。"),
        shared_founder,
        "tenants",
    ),
    Rule(
        "registered_outside",
        N_("注册地不在本区"),
        N_("%(tenant_ids)s的注册地在外区，已核定%(count)s笔，共%(awarded_fen)s元。"),
        N_("多数扶持以注册在本区为条件；核定后迁出的，可能应当追回。"),
        N_("核对迁出日期与核定日期、政策要求的留驻期。"),
        registered_outside,
        "tenants",
    ),
    Rule(
        "hollow_tenant",
        N_("只有租约，没有使用迹象"),
        N_("协议%(lease_id)s执行中，但最近%(months_without)s个月没有参保人员、会议室预订、活动报名和发票。"),
        N_("享受房租补贴而没有任何经营迹象，可能是空壳企业。"),
        N_("实地查看，核对水电读数和门禁；刚休业或人员由关联公司参保的，要求说明。"),
        hollow_tenant,
        "tenants",
    ),
)
