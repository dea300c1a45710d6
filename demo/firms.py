"""A company, who works for it, what it rents and pays: 24 months of ordinary life, with exceptions as asked for."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from core.services.imports.write_leases import rent_terms
from demo.people import Person, Register
from demo.places import REGION, Operator, Site, Space

FIRST, LAST = "2024-11", "2026-10"


def months(first: str, last: str) -> Iterator[str]:
    """``YYYY-MM`` from one to another, both included."""
    year, month = map(int, first.split("-"))
    while (now := f"{year:04}-{month:02}") <= last:
        yield now
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def first_day(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def last_day(month: str) -> date:
    return (first_day(month) + timedelta(days=31)).replace(day=1) - timedelta(days=1)


@dataclass(slots=True)
class Job:
    """One person insured from a month to a month, gaps left out. ``filed``: the 用工备案 is done."""

    person: Person
    first: str
    last: str = LAST
    gaps: tuple[str, ...] = ()
    filed: bool = True
    employer: str | None = None  # another unit pays the contributions


@dataclass(slots=True)
class Deal:
    """One lease."""

    number: str
    site: Site
    spaces: list[Space]
    starts_on: date
    ends_on: date | None
    rent_fen: int
    steps: tuple[tuple[date, int], ...] = ()
    rent_free: tuple[str, ...] = ()
    lawful: str = ""
    independent: str = ""


@dataclass(slots=True)
class Payment:
    """``fen`` None: received, amount under review."""

    deal: Deal
    month: str
    fen: int | None
    received_on: date
    payer_name: str
    payer: str
    voucher: str


@dataclass(slots=True)
class Quarter:
    """What a firm reports; money in fen."""

    quarter: str
    revenue_fen: int
    rnd_fen: int
    staff: int
    ip_applied: int
    ip_held: int


@dataclass(slots=True)
class Firm:
    """A tenancy: one company or team at one operator."""

    operator: Operator
    name: str
    uscc: str
    form: str
    industry: str
    founder: Person
    small: str = "是"
    registered_on: date | None = None
    registered_region: str = REGION
    operating_region: str = REGION
    labour_dispatch: str = "否"
    untrustworthy: str = "否"
    occupancy: str = "实体入驻"
    stages: dict[str, date] = field(default_factory=dict)  # by header of the sheet
    left_on: date | None = None
    permit: str = "无"
    categories: str = "无"
    graduated_on: date | None = None
    first_company: str = "是"
    deals: list[Deal] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    quarters: list[Quarter] = field(default_factory=list)

    @property
    def arrived_on(self) -> date:
        return min([*self.stages.values(), *(deal.starts_on for deal in self.deals)])

    def let(
        self, site: Site, kind: str, starts_on: date, ends_on: date | None, *, rooms: int = 1, **terms: object
    ) -> Deal:
        """Rent the next free spaces of a kind. The rent follows from the list price, to half a 元."""
        spaces = site.free(kind, starts_on, ends_on or date.max)[:rooms]
        if len(spaces) < rooms:
            raise ValueError(f"{site.name} has no {kind} free on {starts_on}")
        for space in spaces:
            space.taken.append((starts_on, ends_on or date.max))
        monthly = sum(s.price if s.unit == "元/月" else s.price * s.area * 30.5 for s in spaces)
        close = "〕" if self.operator.prefix.endswith("〔") else "-"
        number = f"{self.operator.prefix}{starts_on.year}{close}{_count(self.operator):03d}"
        deal = Deal(number, site, spaces, starts_on, ends_on, round(monthly * 2) * 50, **terms)  # type: ignore[arg-type]
        self.deals.append(deal)
        return deal

    def hire(self, register: Register, household: str | None, first: str, **more: object) -> Job:
        job = Job(register.person(household), first, **more)  # type: ignore[arg-type]
        self.jobs.append(job)
        return job

    def pay(self, rng: random.Random, *, since: str = FIRST, until: str = LAST,
            skip: tuple[str, ...] = (), late: tuple[str, ...] = (),
            payer: str = "", payer_name: str = "", quarterly: bool = False) -> None:  # fmt: skip
        """Rent received for each month of each lease in the months from ``since`` on, a broken month by its days."""
        for deal in self.deals:
            terms = rent_terms(deal.starts_on, deal.ends_on, deal.rent_fen, deal.steps, deal.rent_free)
            end = min(f"{deal.ends_on or date.max:%Y-%m}", until)
            for month in months(max(f"{deal.starts_on:%Y-%m}", since), end):
                fen = _due(deal, terms, month)
                if month in skip or fen == 0:
                    continue
                basis = (
                    first_day(month)
                    if not quarterly
                    else first_day(f"{month[:4]}-{(int(month[5:]) - 1) // 3 * 3 + 1:02}")
                )
                received = max(basis, deal.starts_on) + timedelta(days=rng.choice((2, 4, 5, 7, 9)))
                if month in late:
                    received += timedelta(days=rng.randrange(25, 75))
                voucher = f"SK{received:%Y%m}-{_count(self.operator, 'voucher'):04d}"
                if (
                    quarterly
                    and self.payments
                    and self.payments[-1].received_on >= basis
                    and self.payments[-1].deal is deal
                ):
                    received, voucher = self.payments[-1].received_on, self.payments[-1].voucher
                self.payments.append(
                    Payment(
                        deal,
                        month,
                        fen,
                        min(received, date(2026, 11, 6)),
                        payer_name or self.name,
                        payer or "本企业",
                        voucher,
                    )
                )


def _due(deal: Deal, terms: list[tuple[date, int]], month: str) -> int:
    """Rent of one month in fen: the rent in force on its first day of the lease, by days where it is not whole."""
    first, last = first_day(month), last_day(month)
    begins, ends = max(first, deal.starts_on), min(last, deal.ends_on or last)
    rent = next((fen for day, fen in reversed(terms) if day <= begins), 0)
    days = (ends - begins).days + 1
    return rent if days == last.day else rent * days // last.day


_counters: dict[tuple[str, str], int] = {}


def _count(operator: Operator, what: str = "lease") -> int:
    _counters[operator.key, what] = _counters.get((operator.key, what), 0) + 1
    return _counters[operator.key, what]


def reset_counters() -> None:
    """So that building twice in one process gives the same files."""
    _counters.clear()
