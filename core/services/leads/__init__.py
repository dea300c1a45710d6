"""疑点: what rules of suspicion find in a district's letters and records (docs/leads.md).

A lead is a reason to look, never a refusal: no rule changes a case, and what becomes of each lead is recorded, so that
a rule's precision is known. Rules trust nothing that the program itself enforces: that the ledger refuses to spend a
line twice does not keep the rule from looking for it.

This file is what a rule is made of. Rules lie in modules by subject, each with a tuple `RULES`; `book` has all of them,
`finding` runs them, `judging` is what auditors do with a lead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from core.data.models import District

KEY_LENGTH = 200  # of the column


@dataclass(frozen=True, slots=True)
class Period:
    """What is looked at, first and last day included. `until` is today: rules have no clock."""

    since: date
    until: date


EVER = date(1900, 1, 1)
# Facts that say where something was seen and not what it is: kept, but a lead that differs in these alone is the same.
WHERE = frozenset({"outside_list_ids", "outside_row_ids"})


@dataclass(frozen=True, slots=True)
class Found:
    """One suspicion. `key` names the facts: the same facts have the same key at each run, and another suspicion of the
    rule has another one. `facts` are ids, figures, months and days (JSON), never names or identity numbers: names are
    read when the lead is shown. What a name in `facts` ends in says what it is, so that one page can show all rules:
    `_fen` money, `_cm2` area, `_on` a day, `_month(s)` months, and `tenant_id(s)`, `case_id(s)`, `lease_id(s)`,
    `invoice_id(s)`, `user_ids`, `operator_id(s)` … rows (all of them: `KINDS` in core/web/lead_words.py).
    `letters` are ids of letters. `tenant` and `operator` are ids, left out where it is about several."""

    key: str
    facts: Mapping[str, Any]
    letters: tuple[int, ...] = ()
    amount_fen: int | None = None  # the money that hangs on it
    tenant: int | None = None
    operator: int | None = None
    case: int | None = None

    def __post_init__(self) -> None:
        if not 0 < len(self.key) <= KEY_LENGTH:
            raise ValueError(f"the key of a lead has 1 to {KEY_LENGTH} characters: {self.key!r}")


Find = Callable[[Session, District, Period], Iterable[Found]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of suspicion. The texts are msgids (Chinese, `N_`): `says` is what it saw in one sentence, with
    `%(name)s` for facts; `why` is why it matters; `what_to_look_at` is what to look at next. `find` is one set-based
    query over the whole district, run by the system's asker: it limits itself to the district."""

    code: str
    title: str
    says: str
    why: str
    what_to_look_at: str
    find: Find = field(repr=False)
    subject: str = "people"  # people, rent, money, tenants, procedure, outside: its group on the page
