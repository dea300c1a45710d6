"""Small explicit builders of rows for tests. Each adds one thing, flushes and returns it; nothing is random.

Names are invented; codes and identity numbers pass their check characters (GB 32100, GB 11643).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVar
from uuid import uuid4

from sqlalchemy.orm import Session

import core
from core.data import models as m
from core.data.base import Base
from core.data.crypto import Keyring
from core.data.types import utcnow
from core.services.identifiers import id_check_character, uscc_check_character

Row = TypeVar("Row", bound=Base)
PASSWORD = "Lantern-Harbour-1947"
REGION = "310109"
_numbers = itertools.count(1)
_regions = itertools.count(1)


def _add(session: Session, row: Row) -> Row:
    session.add(row)
    session.flush()
    return row


def uscc(n: int | None = None) -> str:
    """A valid 统一社会信用代码; the same one for the same `n`."""
    body = f"91{REGION}{n if n is not None else 500_000 + next(_numbers):09d}"
    return body + uscc_check_character(body)


def id_number(n: int | None = None, born: date = date(1995, 3, 8)) -> str:
    """A valid resident identity number; the same one for the same `n` (0 to 999) and birth date. Without `n` somebody
    new, born on another day, whom no test names itself."""
    if n is None:
        days, n = divmod(next(_numbers), 1000)
        born = date(1996, 1, 1) + timedelta(days=days)
    body = f"{REGION}{born:%Y%m%d}{n:03d}"
    return body + id_check_character(body)


# ── places ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def district(session: Session, *, name: str = "虹桥示范区", region: str | None = None) -> m.District:
    code = region or f"32{next(_regions) % 10_000:04d}"  # never one that a test names itself
    return _add(session, m.District(name=name, name_en="Hongqiao Model District", region=code))


def department(session: Session, district: m.District, *, code: str = "window", name: str = "总窗") -> m.Department:
    return _add(session, m.Department(district_id=district.id, code=code, name=name, name_en=code))


def operator(
    session: Session,
    district: m.District,
    *,
    name: str | None = None,
    kind: m.OperatorKind = m.OperatorKind.STATE_PARK,
) -> m.Operator:
    return _add(
        session, m.Operator(district_id=district.id, name=name or f"运营机构{next(_numbers)}", uscc=uscc(), kind=kind)
    )


def site(session: Session, operator: m.Operator, *, name: str = "东湖孵化器", **values: Any) -> m.Site:
    given: dict[str, Any] = {
        "kind": m.SiteKind.INCUBATOR,
        "address": "东湖路 1 号",
        "region": REGION,
        "floor_area_cm2": 30_000_000,
        "ownership": m.SiteOwnership.OWNED,
    }
    row = _add(session, m.Site(operator_id=operator.id, name=name, **given | values))
    paper(session, row)
    return row


def paper(
    session: Session,
    site: m.Site,
    kind: m.SitePaperKind = m.SitePaperKind.PROPERTY_CERTIFICATE,
    *,
    dated_on: date | None = date(2015, 5, 1),
    confirmed_by: m.User | None = None,
    **values: Any,
) -> m.SitePaper:
    """A paper of the site that the window has confirmed."""
    by = confirmed_by or user(session, name="总窗核验员")
    return _add(
        session,
        m.SitePaper(
            operator_id=site.operator_id, site_id=site.id, kind=kind, dated_on=dated_on,
            confirmed_at=utcnow(), confirmed_by_id=by.id, **values,
        ),
    )  # fmt: skip


def space(session: Session, site: m.Site, *, code: str = "A-101", **values: Any) -> m.Space:
    given: dict[str, Any] = {"kind": m.SpaceKind.ROOM, "area_cm2": 480_000, "status": m.SpaceStatus.OCCUPIED}
    return _add(session, m.Space(operator_id=site.operator_id, site_id=site.id, code=code, **given | values))


def pool(
    session: Session, district: m.District, policy: str = "rent_subsidy", *, year: int = 2026, fen: int = 100_000_000
) -> m.Pool:
    """A pool with a budget that is booked."""
    row = _add(session, m.Pool(district_id=district.id, policy_key=policy, year=year, total_fen=fen, left_fen=fen))
    _add(session, m.PoolEntry(district_id=district.id, pool_id=row.id, move=m.PoolMove.BUDGET, amount_fen=fen))
    return row


# ── tenants ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def tenant(session: Session, operator: m.Operator, *, name: str | None = None, **values: Any) -> m.Tenant:
    """A small company in the incubator stage, with its enterprise and its physical occupancy."""
    name = name or f"青禾科技{next(_numbers)}有限公司"
    code = values.pop("uscc", None) or uscc()
    enterprise = session.query(m.Enterprise).filter_by(district_id=operator.district_id, uscc=code).one_or_none()
    enterprise = enterprise or _add(session, m.Enterprise(district_id=operator.district_id, uscc=code, name=name))
    given: dict[str, Any] = {
        "kind": m.TenantKind.COMPANY,
        "legal_form": m.LegalForm.COMPANY,
        "small_or_micro": True,
        "registered_on": date(2024, 3, 1),
        "registered_region": REGION,
        "operating_region": REGION,
        "stage": m.Stage.INCUBATOR,
        "labour_dispatch": False,
        "untrustworthy": False,
    }
    row = _add(
        session,
        m.Tenant(operator_id=operator.id, enterprise_id=enterprise.id, name=name, uscc=code, **given | values),
    )
    scope = {"operator_id": operator.id, "tenant_id": row.id}
    _add(session, m.Occupancy(kind=m.OccupancyKind.PHYSICAL, from_on=date(2024, 4, 1), **scope))
    _add(session, m.StageMove(stage=row.stage, from_on=date(2024, 4, 1), **scope))
    return row


def identity(operator_id: int, number: str) -> dict[str, Any]:
    """The blind indexes that go with an identity number."""
    keys = Keyring.current()
    return {
        "id_number_search": keys.search_index(operator_id, "id_number", number),
        "id_number_once": keys.once_index("id_number", number),
    }


def founder(
    session: Session, tenant: m.Tenant, *, name: str = "林青禾", number: str | None = None, **values: Any
) -> Any:
    number = number or id_number()
    given: dict[str, Any] = {
        "id_type": m.IdType.RESIDENT,
        "household": "district",
        "categories": "",
        "legal_representative": True,
        "first_company": True,
    }
    row = m.Founder(
        operator_id=tenant.operator_id,
        tenant_id=tenant.id,
        name=name,
        **identity(tenant.operator_id, number),
    )
    for key, value in (given | {"id_number": number} | values).items():
        setattr(row, key, value)
    return _add(session, row)


# ── mentors ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def mentor(session: Session, operator: m.Operator, *, name: str | None = None, **values: Any) -> m.Mentor:
    """An entrepreneur with room for three tenants."""
    given: dict[str, Any] = {
        "kind": m.MentorKind.ENTREPRENEUR,
        "organisation": "远帆软件有限公司",
        "appointed_by": m.Appointer.INCUBATOR,
        "appointed_on": date(2024, 1, 1),
        "areas": ["软件和信息技术服务业"],
        "skills": "产品定价、渠道销售、天使轮融资",
        "languages": ["zh"],
        "stages": ["nursery", "incubator"],
        "hours_per_month": 6,
        "capacity": 3,
    }
    row = m.Mentor(operator_id=operator.id, name=name or f"导师{next(_numbers)}")
    for key, value in (given | values).items():
        setattr(row, key, value)
    return _add(session, row)


def need(session: Session, tenant: m.Tenant, text: str = "想请人帮我们见投资人", **values: Any) -> m.MentoringNeed:
    given: dict[str, Any] = {"topics": ["融资"], "languages": [], "hours": 2, "stated_on": date(2026, 1, 5)}
    scope = {"operator_id": tenant.operator_id, "tenant_id": tenant.id}
    return _add(session, m.MentoringNeed(text=text, **scope, **given | values))


def pairing(session: Session, mentor: m.Mentor, tenant: m.Tenant, **values: Any) -> m.Pairing:
    given: dict[str, Any] = {"starts_on": date(2026, 2, 1), "source": m.PairingSource.BY_HAND}
    scope = {"operator_id": tenant.operator_id, "tenant_id": tenant.id}
    return _add(session, m.Pairing(mentor_id=mentor.id, **scope, **given | values))


# ── rooms and events ─────────────────────────────────────────────────────────────────────────────────────────────────
def event(session: Session, site: m.Site, **values: Any) -> m.Event:
    """A published event of two hours with room for ten."""
    given: dict[str, Any] = {
        "title": f"活动{next(_numbers)}",
        "kind": m.EventKind.SALON,
        "starts_at": datetime(2026, 12, 3, 6, tzinfo=UTC),
        "capacity": 10,
        "state": m.EventState.PUBLISHED,
    }
    given |= values
    given.setdefault("ends_at", given["starts_at"] + timedelta(hours=2))
    return _add(session, m.Event(operator_id=site.operator_id, site_id=site.id, **given))


# ── leases and rent ──────────────────────────────────────────────────────────────────────────────────────────────────
def lease(
    session: Session,
    tenant: m.Tenant,
    spaces: Iterable[m.Space] = (),
    *,
    starts_on: date = date(2024, 4, 1),
    ends_on: date | None = date(2027, 3, 31),
    monthly_rent_fen: int = 450_000,
    **values: Any,
) -> m.Lease:
    """A running lease on `spaces`, at one rent (fen a month) from its first day."""
    given: dict[str, Any] = {"number": f"L-{next(_numbers):05d}", "lawful": True, "independent": True, "region": REGION}
    row = _add(
        session,
        m.Lease(
            operator_id=tenant.operator_id,
            tenant_id=tenant.id,
            starts_on=starts_on,
            ends_on=ends_on,
            monthly_rent_fen=monthly_rent_fen,
            **given | values,
        ),
    )
    row.terms.append(m.RentTerm(operator_id=row.operator_id, from_on=starts_on, monthly_rent_fen=monthly_rent_fen))
    row.spaces.extend(m.LeaseSpace(operator_id=row.operator_id, space_id=s.id) for s in spaces)
    session.flush()
    return row


def rent(session: Session, lease: m.Lease, month: str, paid_fen: int | None = None, **values: Any) -> m.RentPayment:
    """Rent received for `month` (YYYY-MM); the lease's rent in full, paid by the tenant, if nothing else is said."""
    given: dict[str, Any] = {
        "received_on": date.fromisoformat(f"{month}-05"),
        "payer": m.Payer.TENANT,
        "voucher": f"SK{month.replace('-', '')}",
    }
    return _add(
        session,
        m.RentPayment(
            operator_id=lease.operator_id,
            tenant_id=lease.tenant_id,
            lease_id=lease.id,
            month=month,
            paid_fen=lease.monthly_rent_fen if paid_fen is None else paid_fen,
            **given | values,
        ),
    )


# ── insured people ───────────────────────────────────────────────────────────────────────────────────────────────────
def person(session: Session, tenant: m.Tenant, *, name: str = "周小满", number: str | None = None) -> m.InsuredPerson:
    number = number or id_number()
    row = m.InsuredPerson(
        operator_id=tenant.operator_id,
        tenant_id=tenant.id,
        id_type=m.IdType.RESIDENT,
        **identity(tenant.operator_id, number),
    )
    row.name, row.id_number = name, number
    return _add(session, row)


def employment(session: Session, person: m.InsuredPerson, month: str, **values: Any) -> m.Employment:
    """`person` insured by their tenant in `month` (YYYY-MM)."""
    employer = session.get_one(m.Tenant, person.tenant_id).uscc
    given: dict[str, Any] = {"employer_uscc": employer, "filing_uscc": employer, "grade": m.Grade.GOVERNMENT}
    row = m.Employment(
        operator_id=person.operator_id, tenant_id=person.tenant_id, person_id=person.id, month=month, **given | values
    )
    row.household = "district"
    return _add(session, row)


# ── people who sign in ───────────────────────────────────────────────────────────────────────────────────────────────
@lru_cache
def _hashed(password: str) -> str:
    """One hash for all: argon2id is slow by design, and only sign-in tests look at it."""
    from core.services.passwords import hash_password

    return hash_password(password)


def membership(
    session: Session,
    user: m.User,
    role: m.Role,
    *,
    district: m.District | None = None,
    department: m.Department | None = None,
    operator: m.Operator | None = None,
    tenant: m.Tenant | None = None,
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> m.Membership:
    """`role` in the narrowest scope given; the scopes above it are filled in."""
    if tenant is not None:
        operator = session.get_one(m.Operator, tenant.operator_id)
    row = m.Membership(
        user_id=user.id,
        role=role,
        district_id=district.id if district else operator.district_id if operator else None,
        department_id=department.id if department else None,
        operator_id=operator.id if operator else None,
        tenant_id=tenant.id if tenant else None,
        starts_on=starts_on or core.today().date() - timedelta(days=30),
        ends_on=ends_on,
    )
    return _add(session, row)


def user(
    session: Session,
    role: m.Role | None = None,
    *,
    email: str | None = None,
    name: str = "陈一诺",
    password: str = PASSWORD,
    active: bool = True,
    demonstration: bool = False,
    second_factor: str | None = None,
    **scope: Any,
) -> m.User:
    """Someone who can sign in with `password`; with `role`, a member of `scope` (district, department, operator,
    tenant). `second_factor`: an encrypted TOTP secret, as `security.totp_factory.generate_totp_secret()` makes."""
    row = _add(
        session,
        m.User(
            email=email or f"person{next(_numbers)}@example.org",
            name=name,
            password=_hashed(password),
            active=active,
            demonstration=demonstration,
            fs_uniquifier=uuid4().hex,
            tf_primary_method="authenticator" if second_factor else None,
            tf_totp_secret=second_factor,
        ),
    )
    if role is not None:
        membership(session, row, role, **scope)
    return row
