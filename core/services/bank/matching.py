"""Whose money a line of a bank statement is, and which bill it pays: proposals with their reasons. Pure.

Certain is only what two things say: who paid (the name, or the bill's number in the remark) and how much. Whatever
speaks against it, a second tenant or a payment that looks like this one, makes it a proposal for a person to decide.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from core.data.models import Bill
from core.services.billing.numbering import PREFIXES
from core.services.imports.context import name_key

NUMBER = re.compile(rf"{PREFIXES[Bill]}(\d{{6}})-?(\d{{5,}})", re.IGNORECASE)
# Who pays through these says nothing about whose money it is.
CHANNEL = re.compile(r"支付宝|财付通|微信|银联|网联|备付金|拉卡拉|通联支付|快钱|待清算|收单|云闪付")
SHOWN = 5  # proposals of a line
SHORTEST = 4  # characters of a tenant's name that mean something inside a remark


class Reason(StrEnum):
    """Why a tenant or a bill is proposed, and what speaks against it."""

    NUMBER = "number"  # the remark names the bill
    NAME = "name"  # the payer is called like the tenant
    PAYER = "payer"  # the payer paid for this tenant before
    REMARK = "remark"  # the remark names the tenant
    REST = "rest"  # the amount is the rest of the bill
    ALL = "all"  # the amount is the rest of all its bills
    NOTHING_OPEN = "nothing_open"  # the tenant owes nothing: it would be credit
    ALREADY = "already"  # a payment of this day and sum, or of this number, was recorded before


WEIGHTS = {
    Reason.NUMBER: 50,
    Reason.NAME: 40,
    Reason.PAYER: 30,
    Reason.REMARK: 20,
    Reason.REST: 30,
    Reason.ALL: 25,
    Reason.NOTHING_OPEN: -10,
    Reason.ALREADY: -15,
}
WHO = frozenset({Reason.NUMBER, Reason.NAME, Reason.PAYER})
HOW_MUCH = frozenset({Reason.REST, Reason.ALL})
AGAINST = frozenset({Reason.ALREADY})


@dataclass(frozen=True, slots=True)
class Owed:
    """A bill that stands; ``rest_fen`` is 0 where it is paid."""

    bill_id: int
    number: str
    due_on: date
    rest_fen: int


@dataclass(frozen=True, slots=True)
class Debtor:
    """A tenant with its bills, the name keys of who paid for it before, and its payments that stand (day, fen)."""

    tenant_id: int
    name: str
    bills: tuple[Owed, ...] = ()
    payers: frozenset[str] = frozenset()
    paid: frozenset[tuple[date, int]] = frozenset()

    @property
    def open(self) -> list[Owed]:
        """What is not paid, longest due first: the order in which a payment goes."""
        return sorted((it for it in self.bills if it.rest_fen), key=lambda it: (it.due_on, it.bill_id))

    def after(self, day: date, fen: int, bill_id: int | None) -> Debtor:
        """The same after a payment: the named bill first, then what has been due longest."""
        left, rests = fen, {it.bill_id: it.rest_fen for it in self.bills}
        for it in sorted(self.open, key=lambda it: it.bill_id != bill_id):
            part = min(left, it.rest_fen)
            rests[it.bill_id] -= part
            left -= part
        bills = tuple(replace(it, rest_fen=rests[it.bill_id]) for it in self.bills)
        return replace(self, bills=bills, paid=self.paid | {(day, fen)})


@dataclass(frozen=True, slots=True)
class Received:
    """What a line says."""

    received_on: date
    amount_fen: int
    payer_name: str | None = None
    remark: str = ""
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    tenant_id: int
    bill_id: int | None  # to be paid first; None: what has been due longest
    reasons: tuple[Reason, ...]

    @property
    def says_who(self) -> bool:
        """Whether more than the sum speaks for it."""
        return not WHO.isdisjoint(self.reasons)

    @property
    def owes(self) -> bool:
        return Reason.NOTHING_OPEN not in self.reasons

    @property
    def score(self) -> int:
        return sum(WEIGHTS[reason] for reason in self.reasons)


class Certainty(StrEnum):
    CERTAIN = "certain"
    LIKELY = "likely"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Match:
    certainty: Certainty
    proposals: tuple[Proposal, ...]  # the best first


@dataclass
class Ledger:
    """The debtors of an operator, found by name, payer and number. ``references``: numbers that are recorded."""

    debtors: dict[int, Debtor]
    references: frozenset[str] = frozenset()
    _names: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    _payers: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    _numbers: dict[str, tuple[int, int]] = field(default_factory=dict)
    _sums: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))

    @classmethod
    def of(cls, debtors: Iterable[Debtor], references: Iterable[str] = ()) -> Ledger:
        made = cls({}, frozenset(references))
        for it in debtors:
            made._put(it)
            made._names[name_key(it.name)].add(it.tenant_id)
            for payer in (key for key in it.payers if not CHANNEL.search(key)):
                made._payers[payer].add(it.tenant_id)
            for bill in it.bills:
                made._numbers[bill.number] = (it.tenant_id, bill.bill_id)
        return made

    def match(self, line: Received) -> Match:
        """Who may have paid what, with the reasons; books nothing."""
        named = self._named(line)
        who = self._who(line, named)
        found = [self._proposal(line, tenant, reasons, named.get(tenant)) for tenant, reasons in who.items()]
        if not any({Reason.NUMBER, Reason.NAME, *HOW_MUCH}.intersection(it.reasons) for it in found):
            found += (it for it in self._by_amount(line) if it.tenant_id not in who)
        found.sort(key=lambda it: (-it.score, self.debtors[it.tenant_id].name, it.tenant_id, it.bill_id or 0))
        if not found:
            return Match(Certainty.NONE, ())
        best = set(found[0].reasons)
        sure = len(found) == 1 and best & WHO and best & HOW_MUCH and not best & AGAINST
        return Match(Certainty.CERTAIN if sure else Certainty.LIKELY, tuple(found[:SHOWN]))

    def plan(self, lines: Sequence[tuple[int, Received]]) -> dict[int, Match]:
        """The match of each line (by its id), in the order given, as if those before that are certain were booked: what
        one of them pays, a later one cannot pay again."""
        ahead = Ledger.of(self.debtors.values(), self.references)
        found: dict[int, Match] = {}
        for line_id, line in lines:
            found[line_id] = match = ahead.match(line)
            if match.certainty is Certainty.CERTAIN:
                to = match.proposals[0]
                ahead._put(ahead.debtors[to.tenant_id].after(line.received_on, line.amount_fen, to.bill_id))
        return found

    def _put(self, debtor: Debtor) -> None:
        self.debtors[debtor.tenant_id] = debtor
        rests = [it.rest_fen for it in debtor.open]
        for fen in {*rests, sum(rests)}:
            self._sums[fen].add(debtor.tenant_id)

    def _named(self, line: Received) -> dict[int, list[int]]:
        """The bills that the remark names, by tenant."""
        found: dict[int, list[int]] = defaultdict(list)
        for number in numbers_in(line.remark):
            if number in self._numbers:
                tenant, bill = self._numbers[number]
                found[tenant].append(bill)
        return found

    def _who(self, line: Received, named: dict[int, list[int]]) -> dict[int, list[Reason]]:
        found: dict[int, list[Reason]] = defaultdict(list)
        for tenant in named:
            found[tenant].append(Reason.NUMBER)
        payer, remark = name_key(line.payer_name or ""), name_key(line.remark)
        if payer:
            for tenant in self._names.get(payer, ()):
                found[tenant].append(Reason.NAME)
            for tenant in self._payers.get(payer, set()) - self._names.get(payer, set()):
                found[tenant].append(Reason.PAYER)
        for key, tenants in self._names.items():
            if len(key) >= SHORTEST and key in remark:
                for tenant in tenants:
                    found[tenant].append(Reason.REMARK)
        return found

    def _proposal(
        self, line: Received, tenant_id: int, who: list[Reason], named: Sequence[int] | None = None
    ) -> Proposal:
        debtor, reasons = self.debtors[tenant_id], list(who)
        open_ = debtor.open
        chosen = [it for it in open_ if it.bill_id in (named or ())] or open_
        exact = next((it for it in chosen if it.rest_fen == line.amount_fen), None)
        bill = exact.bill_id if exact else chosen[0].bill_id if named and chosen is not open_ else None
        if exact:
            reasons.append(Reason.REST)
        elif open_ and sum(it.rest_fen for it in open_) == line.amount_fen:
            reasons.append(Reason.ALL)
        elif not open_:
            reasons.append(Reason.NOTHING_OPEN)
        if (line.received_on, line.amount_fen) in debtor.paid or line.reference in self.references:
            reasons.append(Reason.ALREADY)
        return Proposal(tenant_id, bill, tuple(reasons))

    def _by_amount(self, line: Received) -> list[Proposal]:
        """Where little says who paid: whose bills come to just this sum."""
        proposals = (self._proposal(line, tenant, []) for tenant in self._sums.get(line.amount_fen, ()))
        return [it for it in proposals if HOW_MUCH.intersection(it.reasons)]


def numbers_in(remark: str) -> list[str]:
    """The bill numbers in a remark, as the house writes them."""
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", remark)).translate(str.maketrans("－—–−", "----"))
    return [f"{PREFIXES[Bill]}{month}-{number}" for month, number in NUMBER.findall(text)]
