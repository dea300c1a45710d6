"""What the model remembers: people, what comes with a move, and all that is to be known of an application."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

MONTHLY = 20_000  # fen: what a month of rent that nobody else has gives


class Person(NamedTuple):
    user: int
    role: str
    tenant: int = 0  # of an applicant


class Said(NamedTuple):
    """What comes with a move. `stale`: the page showed another content."""

    opinion: bool = True
    reasons: bool = True
    confirmed: bool = True
    stale: bool = False


@dataclass
class Clock:
    start: date
    limit: int | None
    stops: list[tuple[date, date]] = field(default_factory=list)
    stopped: date | None = None


@dataclass
class Application:
    id: int
    tenant: int
    company: int
    months: frozenset[str]
    account: str
    state: str = "draft"
    came_from: dict[str, str] = field(default_factory=dict)
    clock: Clock | None = None
    holder: tuple[int, str] | None = None
    applied: date | None = None
    accepted: tuple[int, int] | None = None
    barred: bool = False  # as the frozen facts say: a labour dispatch company
    frozen: int = 0  # each freezing has a number
    content: object = None  # what was reviewed
    preparer: int | None = None
    approver: int | None = None
    payer: int | None = None
    judges: set[int] = field(default_factory=set)
    proposers: set[int] = field(default_factory=set)
    returned: bool = False
    stated: bool = False
    told: date | None = None  # until when it is heard, as it was told
    appealed: bool = False
    decided: date | None = None
    refusal_letter: date | None = None
    desks: dict[str, str] = field(default_factory=dict)
    notice_ends: date | None = None
    received: int = 0
    registered: int = 0
    award: int | None = None  # fen
    revoked: bool = False
    due_letter: str = ""  # award or refusal, once decided and until it is there
    checked: dict[str, int] = field(default_factory=dict)
    doubted: dict[str, int] = field(default_factory=dict)
    change: tuple[str, str, int, int] | None = None  # state, account, who asked, who checked


def months_of(first: str, count: int) -> frozenset[str]:
    year, month = int(first[:4]), int(first[5:])
    return frozenset(f"{year + (month + n - 1) // 12}-{(month + n - 1) % 12 + 1:02d}" for n in range(count))
