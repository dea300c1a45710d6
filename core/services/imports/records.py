"""What a row says, typed: one frozen record per sheet. ``row`` is its number in the file, as Excel counts.

Money is fen, area cm², shares are of one, months are ``YYYY-MM``. None is *not known*, never *no*.
A tenant is named as the file names it: by 统一社会信用代码 or by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.data.models.leases import Grade, LeaseStatus, Payer
from core.data.models.mentors import Appointer, MentorKind
from core.data.models.places import PriceUnit, SiteKind, SiteOwnership, SpaceKind, SpaceStatus
from core.data.models.tenants import Household, IdType, LegalForm, OccupancyKind, Permit, Stage, TenantKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRecord(Record):
    name: str
    kind: SiteKind
    address: str
    region: str
    floor_area_cm2: int
    ownership: SiteOwnership
    private_capital: Decimal | None
    recognition: str | None
    recognised_on: date | None
    incubation_area_cm2: int | None
    public_area_cm2: int | None
    opened_on: date | None
    fund_fen: int | None
    staff_count: int | None
    professional_staff_count: int | None
    mentor_count: int | None
    yearly_event_count: int | None
    property_certificate_on: date | None
    head_lease_until: date | None
    sublease_consent_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpaceRecord(Record):
    site: str
    code: str
    floor: str | None
    kind: SpaceKind
    area_cm2: int
    capacity: int | None
    list_price_fen: int | None
    price_unit: PriceUnit | None
    status: SpaceStatus | None
    independent: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantRecord(Record):
    name: str
    uscc: str | None
    legal_form: LegalForm | TenantKind
    small_or_micro: bool | None
    registered_on: date | None
    registered_region: str | None
    registered_address: str | None
    operating_region: str | None
    industry: str | None
    labour_dispatch: bool | None
    untrustworthy: bool | None
    occupancy: OccupancyKind
    occupied_from: date
    occupied_to: date | None
    nursery_from: date | None
    incubator_from: date | None
    accelerator_from: date | None
    graduated_on: date | None
    exited_on: date | None
    contact_name: str | None
    contact_phone: str | None
    contact_email: str | None

    @property
    def stages(self) -> list[tuple[Stage, date]]:
        """The stages with the day each began, in the order of an incubation."""
        begun = (
            (Stage.NURSERY, self.nursery_from),
            (Stage.INCUBATOR, self.incubator_from),
            (Stage.ACCELERATOR, self.accelerator_from),
            (Stage.GRADUATED, self.graduated_on),
            (Stage.EXITED, self.exited_on),
        )
        return [(stage, on) for stage, on in begun if on is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class FounderRecord(Record):
    tenant: str
    name: str
    id_type: IdType | None
    id_number: str | None
    legal_representative: bool | None
    household: Household | None
    permit: Permit | None
    categories: tuple[str, ...] | None
    graduated_on: date | None
    first_company: bool | None
    phone: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseRecord(Record):
    number: str
    tenant: str
    site: str
    spaces: tuple[str, ...]
    starts_on: date
    ends_on: date | None
    monthly_rent_fen: int
    steps: tuple[tuple[date, int], ...] | None
    rent_free: tuple[str, ...] | None
    deposit_fen: int | None
    lawful: bool | None
    independent: bool | None
    region: str | None
    status: LeaseStatus | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RentRecord(Record):
    tenant: str
    lease: str | None
    month: str
    paid_fen: int | None
    received_on: date | None
    payer_name: str | None
    payer: Payer | None
    voucher: str | None
    grade: Grade | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InsuredRecord(Record):
    tenant: str
    name: str
    id_type: IdType | None
    id_number: str
    month: str
    employer_uscc: str
    filing_uscc: str | None
    household: Household | None
    grade: Grade | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorRecord(Record):
    tenant: str
    quarter: str
    revenue_fen: int | None
    rnd_fen: int | None
    staff: int | None
    ip_applied: int | None
    ip_held: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MentorRecord(Record):
    name: str
    kind: MentorKind
    organisation: str | None
    position: str | None
    appointed_by: Appointer
    appointed_on: date
    areas: tuple[str, ...]
    skills: str
    languages: tuple[str, ...]
    stages: tuple[str, ...]
    hours_per_month: int
    capacity: int
    phone: str | None
    email: str | None
