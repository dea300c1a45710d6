"""The rent subsidy (创业场地房租补贴), rule versions from 2018-12-01 and from 2023-01-01, which have one shape.

沪人社规〔2018〕37号 (secondary source), counted as 沪人社就发〔2010〕66号 counts (secondary source); from 2023-01-01 a
demonstration rule of the same shape. The sentences quoted below are those of README.md, "The sum".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import NamedTuple

from core.policy import (
    MONTHS_IN_YEAR,
    Assessment,
    Case,
    Check,
    Dossier,
    Employment,
    Heads,
    Lease,
    Line,
    Month,
    Params,
    Rent,
    Use,
    add_months,
    all_of,
    any_of,
    check_founder,
    check_in_time,
    check_organisation,
    check_period_over,
    check_region,
    check_three_units,
    check_trust,
    check_within,
    counted_months,
    heads_and_open,
    is_local,
    opposite,
    split_fen,
)


def assess(case: Case, params: Params) -> Assessment:
    """Every check, one line for each local head, and what is spent of each paid-rent row."""
    dossier = case.dossier
    company = dossier.company
    limit = params["months_after_registration"]
    months = counted_months(company, case.period, limit)
    rent = PaidRent.of(dossier, months)
    staff = Staff.of(dossier, months)
    checks = (
        check_organisation(case),
        check_region(case, params["region"]),
        check_founder(case),
        check_trust(case),
        check_three_units(len(staff.still_open) if staff.known else None),
        Check("labour_dispatch", opposite(company.labour_dispatch), company.labour_dispatch, False, "is"),
        check_within(case, months, limit),
        check_local_head(staff),
        check_households(staff),
        check_paid(rent),
        check_payer(rent),
        check_premises(dossier.leases, rent.months_to_cover(months), params["lease_months"], case.applied_on),
        check_period_over(case),
        check_in_time(case, params["apply_within_months"]),
    )
    lines = cut_to(rent.fen, head_lines(staff, rent.fen, len(months), params))
    return Assessment(checks, lines, uses_of(rent, sum(line.amount_fen for line in lines)))


# ── paid rent ───────────────────────────────────────────────────────────────────────────────────────────────────────


class PaidRent(NamedTuple):
    """Rent rows of counted months: `certain` ones are paid rent, `doubtful` ones may be (a region is not known).

    `known` is false while the section is not known; without a counted month there is nothing to know.
    """

    known: bool
    certain: list[Rent]
    doubtful: list[Rent]
    fen: int
    """What was paid on the certain rows, as far as it is known."""

    @classmethod
    def of(cls, dossier: Dossier, months: Collection[Month]) -> PaidRent:
        """Paid rent: "every rent row of a counted month whose region is the company's registered region"."""
        ours = dossier.company.registered_region
        wanted = frozenset(months)
        certain: list[Rent] = []
        doubtful: list[Rent] = []
        fen = 0
        for row in dossier.rent or ():
            if row.month in wanted:
                if ours is None or row.region is None:
                    doubtful.append(row)
                elif row.region == ours:
                    certain.append(row)
                    fen += row.paid_fen or 0
        return cls(dossier.rent is not None or not wanted, certain, doubtful, fen)

    def months_to_cover(self, counted: Sequence[Month]) -> tuple[frozenset[Month], frozenset[Month]]:
        """The counted months that certainly have a paid-rent row that is not zero, and those that may have one."""
        certainly = frozenset([row.month for row in self.certain if row.paid_fen])
        if not self.known:
            return certainly, frozenset(counted)
        maybe = [row.month for row in self.certain if row.paid_fen is None]
        maybe += [row.month for row in self.doubtful if row.paid_fen != 0]
        return certainly, certainly.union(maybe)


def check_paid(rent: PaidRent) -> Check:
    """`paid`: "paid rent above 0, null if any row in question has no amount", and null where a region is null."""
    settled = rent.known and not rent.doubtful and None not in [row.paid_fen for row in rent.certain]
    return Check("paid", rent.fen > 0 if settled else None, rent.fen, 1, ">=", "fen")


def check_payer(rent: PaidRent) -> Check:
    """`payer`: "every paid-rent row is tenant or explained (other or null: null)"."""
    unexplained = len([row for row in (*rent.certain, *rent.doubtful) if row.payer not in ("tenant", "explained")])
    return Check("payer", True if rent.known and not unexplained else None, unexplained, 0, "<=", "rows")


# ── heads ───────────────────────────────────────────────────────────────────────────────────────────────────────────


class Staff(NamedTuple):
    """The heads ("a person with at least one counted row in a counted month"), and the rows that are still open."""

    known: bool
    heads: Heads
    households: dict[str, str | None]
    """Each head's: "the household of its latest counted row among the counted months"."""
    still_open: list[Employment]

    @classmethod
    def of(cls, dossier: Dossier, months: Collection[Month]) -> Staff:
        heads, still_open = heads_and_open(dossier.employment or (), dossier.company.uscc, months)
        households = {person: counted[max(counted)] for person, counted in heads.items()}
        return cls(dossier.employment is not None or not months, heads, households, still_open)


def check_local_head(staff: Staff) -> Check:
    """At least one head whose latest counted row is local; null where open rows and unknown households could do it.

    An open row can also undo it: if it comes to be counted, it may be the head's latest row.
    """
    candidates = {person: [household] for person, household in staff.households.items()}
    for row in staff.still_open:
        if row.month > max(staff.heads.get(row.person, ()), default=-1):
            candidates.setdefault(row.person, []).append(row.household)

    def local(person: str) -> bool | None:
        verdicts = [is_local(household) for household in candidates[person]]
        if person in staff.heads and all_of(verdicts):
            return True
        return False if any_of(verdicts) is False else None

    known = [local(person) for person in candidates]
    return Check("local_head", any_of(known) if staff.known else None, known.count(True), 1, ">=", "persons")


def check_households(staff: Staff) -> Check:
    """`households`: "null if a head's household is unknown, else true"."""
    unknown = list(staff.households.values()).count(None)
    return Check("households", True if staff.known and not unknown else None, unknown, 0, "<=", "persons")


# ── premises ────────────────────────────────────────────────────────────────────────────────────────────────────────


class Stretch(NamedTuple):
    start: date
    end: date

    def missing(self, months: Iterable[Month]) -> list[Month]:
        """The months in which it has no day."""
        first, last = Month.of(self.start), Month.of(self.end)
        return sorted(month for month in months if not first <= month <= last)


def stretches(leases: Iterable[Lease]) -> list[Stretch]:
    """Leases "joined where one begins at the latest the day after another ends", oldest first."""
    joined: list[Stretch] = []
    for lease in sorted(leases, key=lambda lease: lease.start):
        end = lease.end or date.max  # no end: open-ended
        if joined and (lease.start - joined[-1].end).days <= 1:
            joined[-1] = Stretch(joined[-1].start, max(joined[-1].end, end))
        else:
            joined.append(Stretch(lease.start, end))
    return joined


def check_premises(
    leases: Sequence[Lease] | None, to_cover: tuple[frozenset[Month], frozenset[Month]], months: int, applied_on: date
) -> Check:
    """Independent, lawful leases "make a stretch that began at least 6 months before the application and has a day in
    every counted month with a paid-rent row that is not zero".

    More leases never shorten a stretch, and more months are never easier to cover. So it is true when the certain
    leases cover all months that may need it, and false when even the possible leases miss one that certainly does.
    """
    certainly, maybe = to_cover

    def ripe(stretch: Stretch) -> date:
        return add_months(stretch.start, months)

    for stretch in stretches(lease for lease in leases or () if lease.independent and lease.lawful):
        if ripe(stretch) <= applied_on and not stretch.missing(maybe):
            return Check("premises", True, ripe(stretch), applied_on, "<=")
    possible = stretches(
        lease for lease in leases or () if lease.independent is not False and lease.lawful is not False
    )
    missed = [stretch.missing(certainly) for stretch in possible if ripe(stretch) <= applied_on]
    if missed and all(missed):
        fewest = min(missed, key=lambda gap: (len(gap), gap))
        return Check("premises", False, tuple(map(str, fewest)), (), "is", "months")
    first = ripe(possible[0]) if possible else None
    return Check("premises", None if leases is None or missed else False, first, applied_on, "<=")


# ── the sum ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def head_lines(staff: Staff, paid_fen: int, months: int, params: Params) -> tuple[Line, ...]:
    """The lines: "`u = min(floor(paid ÷ heads), floor(cap × n ÷ 12))`. One line for each local head: u if n = 12 and
    its months ≥ 10, else floor(u × months ÷ n)". The quantity says what is counted: quantity × unit is the amount.
    """
    cap, whole_year = params["cap_per_head_year_fen"], params["full_year_months"]
    if not staff.heads:
        return ()
    unit = min(paid_fen // len(staff.heads), cap * months // MONTHS_IN_YEAR)
    lines = []
    for person, worked in sorted(staff.heads.items()):
        if is_local(staff.households[person]):
            whole = months == MONTHS_IN_YEAR and len(worked) >= whole_year
            counted = months if whole else len(worked)
            lines.append(Line("head", f"{counted}/{months}", unit, unit * counted // months, person))
    return tuple(lines)


def cut_to(paid_fen: int, lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """The cut: "a sum above the paid rent is cut to it by a negative line"."""
    over = sum(line.amount_fen for line in lines) - paid_fen
    return (*lines, Line("paid_rent_cap", "1", -over, -over)) if over > 0 else lines


def uses_of(rent: PaidRent, amount_fen: int) -> tuple[Use, ...]:
    """The paid-rent rows, in proportion to what was paid on each, by line id."""
    if not rent.fen:
        return ()
    weights = {row.line: row.paid_fen or 0 for row in rent.certain}
    return tuple([Use(line, fen) for line, fen in split_fen(amount_fen, weights).items()])
