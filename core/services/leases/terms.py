"""What is agreed in a lease, checked and put into its rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from core.data import rent
from core.data.models import FeeKind, Lease, LeaseFee, LeaseSpace, RateBasis, RentTerm, Space, Tenant
from core.errors import Invalid
from core.services.leases.letting import check_units

FIRST_YEAR, LAST_YEAR = 1980, 2100  # beyond these a year is a slip of the pen
LONGEST = 20  # years: a lease may not be longer (民法典 第七百零五条)
LARGEST_RATE = 10**9  # 100,000.00 yuan a square metre and day, or ten million a month: more is a slip of the pen
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rise:
    """Rent rises every `every` months by so many permille of what it was, or by an amount (in the rate's unit)."""

    every: int
    permille: int = 0
    amount: int = 0


@dataclass(frozen=True, slots=True)
class Terms:
    """Days are both included. Rates (`rate`, of `steps`, of a rise): fen a month for `RateBasis.MONTH`, else
    ten-thousandths of a yuan for each square metre or desk. `quantity`: cm² or desks; None: what the units have.
    `deposit_fen` None: as many months' rent as `deposit_months` says."""

    spaces: Sequence[Space]
    starts_on: date
    ends_on: date
    basis: RateBasis
    rate: int
    quantity: int | None = None
    steps: Sequence[tuple[date, int]] = ()
    rise: Rise | None = None
    free: Sequence[tuple[date, date]] = ()
    deposit_months: int | None = None
    deposit_fen: int | None = None
    pay_months: int = 1
    due_days: int = 0
    fees: Mapping[FeeKind, int] = field(default_factory=dict)
    number: str | None = None


def check(tenant: Tenant, terms: Terms) -> None:
    """Raises `Invalid` with the field that cannot be."""
    check_units(tenant, terms.spaces)
    _check_days(terms)
    _check_rates(terms)
    _check_free(terms)
    if not 1 <= terms.pay_months <= 12:
        raise Invalid("每期付租请填1到12个月", field="pay_months")
    if not 0 <= (terms.deposit_months or 0) <= 24 or (terms.deposit_fen or 0) < 0:
        raise Invalid("押金请填0到24个月，或不小于0的金额", field="deposit_months")
    if not 0 <= terms.due_days <= 60:
        raise Invalid("提前付租请填0到60天", field="due_days")
    if any(fen < 0 for fen in terms.fees.values()):
        raise Invalid("费用不能为负数；没有的留空", field="fee_property")


def _check_days(terms: Terms) -> None:
    if not FIRST_YEAR <= terms.starts_on.year <= LAST_YEAR:
        raise Invalid("起租日的年份应在1980到2100之间，请检查", field="starts_on")
    if terms.ends_on < terms.starts_on:
        raise Invalid("结束日期不能早于开始日期；只用一天的协议，两个日期填同一天", field="ends_on")
    if terms.ends_on >= rent.months_later(terms.starts_on, 12 * LONGEST):
        raise Invalid("租期不能超过20年（民法典第七百零五条）；到期后可以续签", field="ends_on")


def _check_rates(terms: Terms) -> None:
    if not 0 <= terms.rate <= LARGEST_RATE:
        raise Invalid("租金单价不能为负数，也不应这样大；请检查单位", field="rate")
    if terms.basis is not RateBasis.MONTH and not quantity(terms):
        raise Invalid("按工位计租需要工位数；所选单元没有登记，请填写", field="quantity")
    for day, rate in terms.steps:
        if not terms.starts_on < day <= terms.ends_on:
            raise Invalid("调整日期%(day)s不在租期内（首日的租金填在单价里）", field="steps", day=day.isoformat())
        if not 0 <= rate <= LARGEST_RATE:
            raise Invalid("调整后的租金不能为负数，也不应这样大", field="steps")
    if len({day for day, _rate in terms.steps}) < len(terms.steps):
        raise Invalid("同一天调整了两次租金，请删去一行", field="steps")
    if terms.rise is None:
        return
    if terms.steps:
        raise Invalid("逐次调整和定期递增只能用一种；请清空其中一种", field="steps")
    if not 1 <= terms.rise.every <= 12 * LONGEST:
        raise Invalid("递增周期请填1以上的月数", field="rise_every")
    if not 0 <= terms.rise.permille <= 1000 or terms.rise.amount < 0:
        raise Invalid("递增幅度请填0到100%之间，或一个不小于0的金额", field="rise_percent")
    if any(rate > LARGEST_RATE for _day, rate in _risen(terms, terms.rise)):
        raise Invalid("照此递增，租金会大得不合理；请检查递增周期和幅度", field="rise_percent")


def _check_free(terms: Terms) -> None:
    last = None
    for first, end in sorted(terms.free):
        if end < first or first < terms.starts_on or end > terms.ends_on:
            raise Invalid("免租期%(day)s起的一段不在租期内，或止日早于起日", field="free", day=first.isoformat())
        if last is not None and first <= last:
            raise Invalid("免租期有两段重叠，请改为不重叠的日期", field="free")
        last = end


def _risen(terms: Terms, rise: Rise) -> Iterator[tuple[date, int]]:
    return rent.rises(terms.starts_on, terms.ends_on, terms.rate, rise.every, rise.permille, rise.amount)


def quantity(terms: Terms) -> int | None:
    """The area (cm²) or desks that the rate is for; None where rent is for the whole."""
    if terms.basis is RateBasis.MONTH:
        return None
    if terms.quantity:
        return terms.quantity
    if terms.basis is RateBasis.DESK_MONTH:
        return sum(space.capacity or 0 for space in terms.spaces)
    return sum(space.area_cm2 for space in terms.spaces)


def put(lease: Lease, terms: Terms) -> None:
    """Write the terms into the lease; what was there before goes."""
    many = quantity(terms)
    steps = list(_risen(terms, terms.rise)) if terms.rise else list(terms.steps)
    by_rate = terms.basis is not RateBasis.MONTH
    lease.starts_on, lease.ends_on = terms.starts_on, terms.ends_on
    lease.rate_basis, lease.rate_quantity = terms.basis, many
    lease.rate_e4 = terms.rate if by_rate else None
    lease.monthly_rent_fen = rent.monthly_fen(terms.basis, terms.rate, many)
    lease.pay_months, lease.due_days = terms.pay_months, terms.due_days
    lease.deposit_months = terms.deposit_months
    lease.deposit_fen = (
        terms.deposit_fen if terms.deposit_fen is not None else lease.monthly_rent_fen * (terms.deposit_months or 0)
    )
    wanted = {space.id: space for space in terms.spaces}
    for held in [row for row in lease.spaces if row.space_id not in wanted]:
        lease.spaces.remove(held)
    there = {row.space_id for row in lease.spaces}
    lease.spaces += [
        LeaseSpace(operator_id=lease.operator_id, space_id=space.id, space=space)
        for space in terms.spaces
        if space.id not in there
    ]
    rates = dict(rent.steps_of(terms.starts_on, terms.ends_on, terms.rate, steps, terms.free))
    kept = {term.from_on: term for term in lease.terms}
    for day in kept.keys() - rates.keys():
        lease.terms.remove(kept[day])
    for day, rate in rates.items():
        term = kept.get(day)
        if term is None:
            term = RentTerm(operator_id=lease.operator_id, from_on=day)
            lease.terms.append(term)
        term.monthly_rent_fen = rent.monthly_fen(terms.basis, rate, many)
        term.rate_e4 = rate if by_rate else None
    fees = {kind: fen for kind, fen in terms.fees.items() if fen}
    known = {fee.kind: fee for fee in lease.fees}
    for kind in known.keys() - fees.keys():
        lease.fees.remove(known[kind])
    for kind, fen in fees.items():
        if kind in known:
            known[kind].monthly_fen = fen
        else:
            lease.fees.append(LeaseFee(operator_id=lease.operator_id, kind=kind, monthly_fen=fen))


def read(lease: Lease) -> Terms:
    """The terms that a lease has, as `put` would write them: rent-free stretches apart from steps."""
    by_rate = lease.rate_basis is not RateBasis.MONTH
    found = [(term.from_on, (term.rate_e4 if by_rate else term.monthly_rent_fen) or 0) for term in lease.terms]
    last_day = lease.ends_on or lease.starts_on
    first = (lease.rate_e4 if by_rate else lease.monthly_rent_fen) or 0
    steps, free, rate = [], [], first
    for place, (day, value) in enumerate(found):
        until = found[place + 1][0] - DAY if place + 1 < len(found) else last_day
        if value == 0 and first:
            free.append((day, until))
        elif value != rate:
            steps.append((day, value))
            rate = value
    return Terms(
        spaces=[row.space for row in lease.spaces],
        starts_on=lease.starts_on,
        ends_on=last_day,
        basis=lease.rate_basis,
        rate=first,
        quantity=lease.rate_quantity,
        steps=steps,
        free=free,
        deposit_months=lease.deposit_months,
        deposit_fen=lease.deposit_fen,
        pay_months=lease.pay_months,
        due_days=lease.due_days,
        fees={fee.kind: fee.monthly_fen for fee in lease.fees},
        number=lease.number,
    )
