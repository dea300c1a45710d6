"""The words a policy rule is written in: what it sees (a case), what it answers (an assessment), what it is (a policy).

Everything is immutable. What there are many of (the rows of a dossier, checks, lines, uses) are named tuples, made in
less than half the time of a frozen dataclass; the rest are frozen, slotted dataclasses. None always
means *not known*, never *no*. Money is whole fen (分), dates are plain dates, months are `Month`, rates are `Decimal`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from core.policy.dates import Month

if TYPE_CHECKING:
    from core.policy.params import Params

API_VERSION = 1
"""The version of the plugin contract this program speaks; a policy names the one it was written for."""

# ── what a rule sees: the case file of docs/plugins.md ──────────────────────────────────────────────────────────────


class Period(NamedTuple):
    """Months applied for, both ends included: at most twelve. In JSON `{"from": …, "to": …}`."""

    first: Month
    last: Month


class Company(NamedTuple):
    uscc: str
    legal_form: str | None = None
    small_or_micro: bool | None = None
    registered_on: date | None = None
    registered_region: str | None = None
    operating_region: str | None = None
    industry: str | None = None
    labour_dispatch: bool | None = None
    untrustworthy: bool | None = None


class Founder(NamedTuple):
    """A founder under the pseudonym of this case; `household` and `permit` as seen from the deciding district."""

    ref: str
    legal_representative: bool | None = None
    household: str | None = None
    permit: str | None = None
    categories: tuple[str, ...] | None = None
    graduated_on: date | None = None
    first_company: bool | None = None


class Lease(NamedTuple):
    """`start` and `end` are `from` and `to` in JSON; no end means open-ended. Area in cm²."""

    ref: str
    start: date
    end: date | None = None
    independent: bool | None = None
    lawful: bool | None = None
    region: str | None = None
    area_cm2: int | None = None


class Rent(NamedTuple):
    """What was paid for one month's rent, in fen; `line` is the evidence line that can be spent once.

    `spent_by` names the award that has it in the policy's stacking group, and `spent_fen` how much of it (None: all).
    """

    line: str
    lease: str | None
    month: Month
    paid_fen: int | None = None
    region: str | None = None
    payer: str | None = None
    grade: str | None = None
    spent_by: str | None = None
    spent_fen: int | None = None


class Employment(NamedTuple):
    """One person insured in one month: by whom (社保缴费单位) and filed under whom (用工备案单位).

    `spent_by` is as in Rent.
    """

    line: str
    person: str
    month: Month
    employer_uscc: str | None = None
    filing_uscc: str | None = None
    household: str | None = None
    grade: str | None = None
    spent_by: str | None = None


class DeskFee(NamedTuple):
    line: str
    month: Month
    paid_fen: int | None = None
    grade: str | None = None
    spent_by: str | None = None
    spent_fen: int | None = None


PRIZE_LEVELS = ("district", "city", "national")
"""The levels a prize is won at, the lowest first."""


class Prize(NamedTuple):
    """A prize won in one edition (a year) of a contest. Rows that differ in the level alone are one prize: it is paid
    once, at one level. It has no amount of its own; `spent_by` is as in Rent."""

    line: str
    contest: str
    edition: int
    level: str
    awarded_on: date | None = None
    grade: str | None = None
    spent_by: str | None = None


class Stage(NamedTuple):
    """Time spent in one incubation stage; no end means it still runs. `from` and `to` in JSON."""

    stage: str | None = None
    start: date | None = None
    end: date | None = None


class EarlierAward(NamedTuple):
    """Support already granted, by this or another policy; `award` is its reference."""

    policy: str | None = None
    award: str | None = None
    period: Period | None = None
    amount_fen: int | None = None
    founders: tuple[str, ...] | None = None


class Mentoring(NamedTuple):
    """What help is wanted in the tenant's words, in which languages (ISO 639-1; none: any), how many hours a month."""

    needs: tuple[str, ...] | None = None
    running_pairs: int | None = None
    languages: tuple[str, ...] | None = None
    hours: int | None = None


@dataclass(frozen=True, slots=True)
class Dossier:
    """The frozen facts of one tenant. A section that is None is not known; an empty one is known to be empty."""

    company: Company
    founders: tuple[Founder, ...] | None = None
    leases: tuple[Lease, ...] | None = None
    rent: tuple[Rent, ...] | None = None
    employment: tuple[Employment, ...] | None = None
    desk_fees: tuple[DeskFee, ...] | None = None
    prizes: tuple[Prize, ...] | None = None
    stages: tuple[Stage, ...] | None = None
    awards: tuple[EarlierAward, ...] | None = None
    mentoring: Mentoring | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One application to one policy for one period, with the facts it stands on. Made by `parse_case`."""

    applied_on: date
    period: Period
    dossier: Dossier
    answers: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The case file this case came from, complete: every field is there, null where not known."""
        from core.policy.casefile import case_to_json  # noqa: PLC0415 - casefile is built on this module

        return case_to_json(self)


# ── what a rule answers ─────────────────────────────────────────────────────────────────────────────────────────────

Scalar: TypeAlias = "str | int | bool | date | Month | None"
Observed: TypeAlias = "Scalar | Sequence[str]"
Relation: TypeAlias = Literal["<", "<=", ">=", "in", "is"]


class Outcome(StrEnum):
    ELIGIBLE = "eligible"
    INELIGIBLE = "ineligible"
    NEEDS_INFORMATION = "needs_information"
    NOT_IN_FORCE = "not_in_force"


class Check(NamedTuple):
    """One condition of the rule: `observed relation required`. `passed` None means a fact is missing.

    Label, clause and advice of `code` are in policy.yaml. `unit` says what the two values count ("fen", "persons").
    """

    code: str
    passed: bool | None
    observed: Observed
    required: Observed
    relation: Relation
    unit: str = ""


class Line(NamedTuple):
    """One row of the calculation table. `amount_fen` may be negative (a cap). `quantity` is text such as "12/12"."""

    code: str
    quantity: str
    unit_fen: int
    amount_fen: int
    note: str = ""


class Spent(NamedTuple):
    """That other awards have a line in the policy's stacking group: which, and how much of it (None: all there is)."""

    award: str
    amount_fen: int | None = None


class Use(NamedTuple):
    """What this award spends of one evidence line, in fen."""

    line_id: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Assessment:
    """A rule's whole answer: every check, not the first failure. Outcome and amount are derived from it."""

    checks: tuple[Check, ...]
    lines: tuple[Line, ...] = ()
    uses: tuple[Use, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """Any false check: ineligible; else any unknown: needs information; else eligible."""
        known = {check.passed for check in self.checks}
        if False in known:
            return Outcome.INELIGIBLE
        return Outcome.NEEDS_INFORMATION if None in known else Outcome.ELIGIBLE

    @property
    def amount_fen(self) -> int:
        """The sum of the lines when eligible, else 0."""
        return sum(line.amount_fen for line in self.lines) if self.outcome is Outcome.ELIGIBLE else 0


@dataclass(frozen=True, slots=True)
class StageMove:
    """A tenant's dated move from one incubation stage to another (None: it had none before)."""

    tenant_ref: str
    from_stage: str | None
    to_stage: str
    moved_on: date


# ── what a policy is ────────────────────────────────────────────────────────────────────────────────────────────────

Assess: TypeAlias = "Callable[[Case, Params], Assessment]"


@dataclass(frozen=True, slots=True)
class RuleVersion:
    """The rule from a day on. `assess` is pure; None means that there is no such scheme from that day."""

    effective_from: date
    assess: Assess | None


class Reason(NamedTuple):
    """Why a case got an offer, or none. The label of `code` is in policy.yaml under `reasons`; `note` is what it is
    about, such as the shared field of industry."""

    code: str
    note: str = ""


PINNED, NO_SUITABLE, NO_ROOM = "pinned", "no_suitable", "no_room"
"""Reasons that every policy which shares out has in its policy.yaml: set by hand; nothing suits; what suits is full."""

LARGEST_FIT = 1000


@dataclass(frozen=True, slots=True)
class Offer:
    """Something scarce to be shared out (a mentor, a flat): how many cases it can serve, what is known about it, and
    which cases must get it (within its capacity) and which must not."""

    ref: str
    capacity: int
    facts: Mapping[str, Any]
    pinned: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()


class Match(NamedTuple):
    """One case given one offer, and why. `fit` is from 0 to 1000; None for a pair set by hand that does not suit."""

    case_ref: str
    offer_ref: str
    fit: int | None
    reasons: tuple[Reason, ...]


class Left(NamedTuple):
    """A case that got no offer, and why."""

    case_ref: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Allocation:
    """How offers were shared out: every case is in one of the two, once."""

    matches: tuple[Match, ...]
    left: tuple[Left, ...] = ()


Allocate: TypeAlias = "Callable[[Mapping[str, Case], Sequence[Offer], Params], Allocation]"


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy plugin, as `register_policy` returns it.

    `key` is the folder's name. `package` is the plugin's `__package__` (its templates are found through it). `form` is
    a WTForms class for the policy's own questions, `letter_template` a file in the plugin's `templates/`.
    """

    key: str
    api_version: int
    package: str
    rules: tuple[RuleVersion, ...]
    form: type[Any] | None = None
    letter_template: str | None = None
    allocate: Allocate | None = None
