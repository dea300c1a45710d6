"""The card of a policy: everything about it that a jurist would want to read or change, as data.

It is policy.yaml read by core/policy/cardfile.py, without running any of the plugin's code. What each key means is in
docs/plugins.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from operator import attrgetter
from types import MappingProxyType
from typing import Any, NamedTuple

from core.policy.model import Case
from core.policy.params import ParameterSet, Params, Text
from core.policy.reads import Reads

STACKING_RULES = ("exclusive", "capped", "stackable")
WORKFLOW_STATES = (
    *("draft", "submitted", "accepted", "first_review", "second_review", "published", "approved"),
    *("issued", "paid", "closed", "not_admitted", "returned", "refused", "withdrawn"),
    *("objected", "appealed", "revoking", "revoked", "recovery"),
)


class Clause(NamedTuple):
    """Where a check or line is written down, from the rule version of that day on."""

    start: date
    text: Text


class CheckText(NamedTuple):
    """`explain` says why the check failed and what can be done, `missing` which fact to supply when it is unknown.
    `fixed`: where it fails, nothing that the applicant may truthfully do will change it (a day that has passed)."""

    label: Text
    clauses: tuple[Clause, ...]
    explain: Text
    missing: Text
    fixed: bool = False

    def clause(self, rule_from: date) -> Text:
        return _clause_on(self.clauses, rule_from)


class LineText(NamedTuple):
    label: Text
    clauses: tuple[Clause, ...]

    def clause(self, rule_from: date) -> Text:
        return _clause_on(self.clauses, rule_from)


def _clause_on(clauses: tuple[Clause, ...], day: date) -> Text:
    """The newest not after `day`; the first for an older day (a card always has one)."""
    return next((clause.text for clause in reversed(clauses) if clause.start <= day), clauses[0].text)


class LegalBasis(NamedTuple):
    document: str
    article: Text
    title: Text
    status: str
    start: date
    end: date | None


PAPER_SOURCES = (
    *("application_form", "staff_register"),  # made for the package
    *("business_licence", "incubation_agreement", "lease", "rent_receipts", "tax_invoices"),  # the tenant's file
    *("site_title", "sublet_consent"),  # papers of the site
)
"""What the house itself may have of a paper that a policy asks for (docs/packages.md)."""


class Document(NamedTuple):
    """A paper the policy asks for. `source`: where the house has it from when the applicant has not handed it in, one
    of PAPER_SOURCES."""

    key: str
    title: Text
    required: bool
    note: Text | None
    source: str | None = None


class Stacking(NamedTuple):
    """Evidence lines are spent within `group`, under `rule`: exclusive, capped or stackable."""

    group: str
    rule: str


ONCE = ("enterprise", "founders")
"""To whom a policy may be granted once."""


PRESETS = ("standard", "allocation")
"""The roads a case may go: to money, or to a place that a round gives."""

HEARING_DAYS = 5
"""Working days in which a tenant is heard where a policy names no number: nobody is revoked unheard."""
REVOKING_DAYS = 5
"""Working days in which a proposed revocation is decided once the tenant is heard, where a policy names no limit."""


class Desk(NamedTuple):
    """A desk that looks at its part of a case, beside the others, before the first review: what it `asks`.
    `department`: the code of the department whose people answer, where the district has one of that code."""

    title: Text
    asks: Text
    department: str | None = None


PANEL_SCORE, PANEL_PASS = "panel_score", "panel_pass_score"
"""The answers in which a rule finds what a panel gave, and what it asks for, in hundredths of a point. The program
fills them in once the panel is closed; no form may."""
PANEL_CHECK = "panel"
"""The check with which a policy that has a panel says whether the score is enough (`check_panel`)."""
FULL_SCORE = 100


class Criterion(NamedTuple):
    """What the experts of a panel score, from 0 to `most` points; `weight` is its share of the 100 there are."""

    label: Text
    weight: int
    most: int


class Panel(NamedTuple):
    """专家评审: `experts` people score a case by `criteria` (by key) within `days` working days, and the mean of what
    they gave must be `pass_score` of 100. Where the highest and the lowest are more than `spread` points apart, whoever
    closes the panel says why it stands all the same."""

    experts: int
    days: int
    criteria: Mapping[str, Criterion]
    pass_score: int
    spread: int | None = None


# What a public notice may show: nothing of persons, no account.
PUBLICATION_FIELDS = ("number", "tenant", "uscc", "operator", "period", "amount")
PUBLICATION_ORDERS = ("before", "after")
"""When the public is told: before the approval, of what is intended; or after the letter, of what was granted."""


class Workflow(NamedTuple):
    """`limits` (working days) and `institutions`, both by state; in working days too: `publication_days` of notice (0:
    none is given), `appeal_days` in which a refusal may be appealed (0: not at all), `hearing_days` in which a tenant
    is heard before a revocation. `publication_fields`: what the notice shows of a case, of `PUBLICATION_FIELDS`;
    `publication_order`: whether it comes before the decision or after it, one of `PUBLICATION_ORDERS`.
    `green_limits`: those of a case in the green lane (绿色通道), where the policy says them. `desks` by key.
    `panel`: the experts who score a case before its first review, where the policy has them."""

    preset: str
    limits: Mapping[str, int]
    institutions: Mapping[str, Text]
    publication_days: int
    publication_fields: tuple[str, ...]
    green_limits: Mapping[str, int] = MappingProxyType({})
    appeal_days: int = 0
    hearing_days: int = HEARING_DAYS
    desks: Mapping[str, Desk] = MappingProxyType({})
    panel: Panel | None = None
    publication_order: str = "before"

    @property
    def publishes_first(self) -> bool:
        """Whether a reviewed case is shown to the public before it is approved."""
        return self.publication_days > 0 and self.publication_order == "before"

    @property
    def announces(self) -> bool:
        """Whether what was decided is shown to the public, and paid only after that."""
        return self.publication_days > 0 and self.publication_order == "after"


class Window(NamedTuple):
    """When applications are taken, for people to read; the rule's own checks decide."""

    text: Text


class Cap(NamedTuple):
    """No amount exceeds `parameter` (for each distinct `per`, such as employment.person), or the sum of a column."""

    parameter: str | None
    per: tuple[str, str] | None
    sum: tuple[str, str] | None

    def limit(self, case: Case, params: Params) -> int:
        """The most this cap allows the case, in fen."""
        if self.sum is not None:
            return sum(filter(None, self._column(case, self.sum)))
        value: int = params[str(self.parameter)]
        return value if self.per is None else value * len(set(self._column(case, self.per)))

    @staticmethod
    def _column(case: Case, column: tuple[str, str]) -> Iterable[Any]:
        section, name = column
        return map(attrgetter(name), getattr(case.dossier, section) or ())


QUESTIONS = ("text", "long_text", "yes_no", "confirm", "number", "date", "choice")


class Question(NamedTuple):
    """One of the policy's own questions. `kind` and what follows make its field where the policy brings no form class:
    one of QUESTIONS (`confirm`: a box that must be ticked), and for a `choice` its options by code."""

    label: Text
    help: Text | None
    kind: str = "text"
    required: bool = False
    choices: Mapping[str, Text] = MappingProxyType({})


class LetterText(NamedTuple):
    """What the letter says beside the figures. `payment` and `remedies` are plain sentences."""

    title: Text
    duties: tuple[Text, ...]
    remedies: tuple[Text, ...]
    payment: Text | None


class Card(NamedTuple):
    """policy.yaml, read. `offers` names what is shared out, where something is; `reasons` say why a case got what it
    got, or nothing, by code; `own_account`: the money may go to the owner's own account; `stay`: the parameter
    that says how many months the tenant has to stay from the award on, where it has to (docs/recovery.md)."""

    key: str
    api_version: int
    title: Text
    summary: Text
    legal_basis: tuple[LegalBasis, ...]
    reads: Reads
    documents: tuple[Document, ...]
    application_window: Window | None
    stacking: Stacking | None
    once: tuple[str, ...]
    workflow: Workflow
    monotone: tuple[str, ...]
    caps: tuple[Cap, ...]
    checks: Mapping[str, CheckText]
    lines: Mapping[str, LineText]
    answers: Mapping[str, Question]
    offers: str | None
    reasons: Mapping[str, Text]
    letter: LetterText
    parameters: ParameterSet
    own_account: bool = False
    stay: str | None = None
