"""Ties between tenants, with values that are masked here and nowhere shown whole, and the groups that they make."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from core.data.models import District, Lead
from core.data.queries import relations as reads
from core.data.queries.relations import Held, TieKind
from core.services.bank.matching import CHANNEL
from core.services.dossiers.keys import lies_at, place
from core.services.identifiers import comparable_phone, mask_account, mask_name, mask_phone
from core.services.leads.reading import present
from core.services.leads.shared import key_of

MOST_PERSON = 4  # characters of a payer's name that may be a person's


@dataclass(frozen=True, slots=True)
class Tie:
    """One thing that several tenants have. `shown` is masked; `key` is that of a lead which a rule made of it."""

    kind: TieKind
    shown: str
    tenants: tuple[int, ...]
    key: str


@dataclass(frozen=True, slots=True)
class Named:
    name: str
    operator_id: int
    operator: str


@dataclass(frozen=True, slots=True)
class Group:
    """Tenants that hang together by ties, directly or through others."""

    tenants: Mapping[int, Named]
    ties: tuple[Tie, ...]
    leads: tuple[Lead, ...] = ()

    def lead_of(self, tie: Tie) -> Lead | None:
        """The lead that a rule made of this very tie."""
        rule = f"shared_{tie.kind}"
        return next((it for it in self.leads if (it.rule, it.key) == (rule, tie.key)), None)

    @property
    def operators(self) -> set[int]:
        return {it.operator_id for it in self.tenants.values()}


@dataclass(frozen=True, slots=True)
class Graph:
    """The largest group first. `operators`: those of any tenant that has a tie, by id."""

    groups: tuple[Group, ...]
    operators: Mapping[int, str]


def find(
    session: Session,
    district: District,
    kinds: Collection[TieKind] = tuple(TieKind),
    *,
    operator_id: int | None = None,
    least: int = 2,
) -> Graph:
    """All groups of a district by ties of some kinds: of at least so many tenants, and with one of an operator."""
    ties = [tie for kind in TieKind if kind in kinds for tie in ties_of(session, district, kind)]
    known = reads.tenants(session, {tenant for tie in ties for tenant in tie.tenants})
    named = {tenant: Named(*it) for tenant, it in known.items()}
    found = []
    for members, theirs in components(ties):
        group = Group({tenant: named[tenant] for tenant in members}, theirs)
        if len(members) >= least and (operator_id is None or operator_id in group.operators):
            found.append(group)
    leads = reads.open_leads(session, district.id)
    whole = tuple(
        replace(it, leads=tuple(lead for lead in leads if about(lead) & it.tenants.keys()))
        for it in sorted(found, key=lambda it: (-len(it.tenants), min(it.tenants)))
    )
    return Graph(whole, dict(sorted({it.operator_id: it.operator for it in named.values()}.items())))


def about(lead: Lead) -> set[int]:
    """The tenants that a lead is about."""
    return {*present(lead.tenant_id), *lead.facts.get("tenant_ids", ())}


def ties_of(session: Session, district: District, kind: TieKind) -> list[Tie]:
    """The ties of one kind, in the order of their first tenant."""
    match kind:
        case TieKind.ADDRESS:
            found = list(_addresses(session, district))
        case TieKind.PHONE:
            found = list(_phones(session, district))
        case _:
            found = list(_indexed(session, district, kind))
    return sorted(found, key=lambda tie: (tie.tenants, tie.shown))


def components(ties: Iterable[Tie]) -> list[tuple[tuple[int, ...], tuple[Tie, ...]]]:
    """Tenants that are connected, with the ties between them."""
    parent: dict[int, int] = {}

    def root(tenant: int) -> int:
        parent.setdefault(tenant, tenant)
        while parent[tenant] != tenant:
            parent[tenant] = parent[parent[tenant]]
            tenant = parent[tenant]
        return tenant

    ties = list(ties)
    for tie in ties:
        first = root(tie.tenants[0])
        for tenant in tie.tenants[1:]:
            other = root(tenant)
            parent[max(first, other)] = first = min(first, other)
    members: dict[int, list[int]] = defaultdict(list)
    between: dict[int, list[Tie]] = defaultdict(list)
    for tenant in sorted(parent):
        members[root(tenant)].append(tenant)
    for tie in ties:
        between[root(tie.tenants[0])].append(tie)
    return [(tuple(members[at]), tuple(between[at])) for at in sorted(members)]


def _addresses(session: Session, district: District) -> Iterator[Tie]:
    """Not those at a site: all its tenants may be registered there."""
    sites = reads.site_addresses(session, district.id)
    held = reads.addresses(session, district.id)
    apart = [it for it in held if not any(lies_at(it.said, site, district.name) for site in sites)]
    for even, them in _several(apart, lambda said: place(district.name, said)):
        yield _tie(TieKind.ADDRESS, them[0].said, even, {it.tenant_id for it in them})


def _phones(session: Session, district: District) -> Iterator[Tie]:
    """Not those of operators: any of their tenants may be called there."""
    own = {comparable_phone(phone) for phone in reads.own_phones(session, district.id)}
    for even, them in _several(reads.phones(session, district.id), comparable_phone):
        if even not in own:
            yield _tie(TieKind.PHONE, mask_phone(even), even, {it.tenant_id for it in them})


def _several(held: Iterable[Held], even: Callable[[str], str]) -> Iterator[tuple[str, list[Held]]]:
    """What more than one enterprise has, with who has it."""
    by_value: dict[str, list[Held]] = defaultdict(list)
    for it in held:
        by_value[even(it.said)].append(it)
    yield from ((value, them) for value, them in by_value.items() if value and len({it.enterprise for it in them}) > 1)


def _indexed(session: Session, district: District, kind: TieKind) -> Iterator[Tie]:
    """What is known by a blind index, or is one text."""
    held: dict[str, list[reads.Shared]] = defaultdict(list)
    for row in reads.shared(session, district.id, kind):
        held[row.mark].append(row)
    one = {mark: them[0].row_id for mark, them in held.items()}
    rows = reads.rows(session, kind, present(*one.values())) if kind in reads.HELD_IN else {}
    for mark, them in held.items():
        shown = _shown(kind, mark, rows.get(one[mark] or 0))
        if shown is not None:
            yield _tie(kind, shown, mark, {it.tenant_id for it in them})


def _tie(kind: TieKind, shown: str, value: str, tenants: set[int]) -> Tie:
    return Tie(kind, shown, tuple(sorted(tenants)), key_of(kind.value, value))


def _shown(kind: TieKind, mark: str, row: Any) -> str | None:
    """What may be read of a value; None for one that says nothing of anybody."""
    match kind:
        case TieKind.ACCOUNT:
            return mask_account(row.payee_account)
        case TieKind.FOUNDER | TieKind.LEGAL_REPRESENTATIVE:
            return mask_name(row.name)
        case TieKind.PAYER:
            payer: str = row.payer_name
            if CHANNEL.search(payer):
                return None
            return mask_name(payer) if len(payer) <= MOST_PERSON else payer
    name, _at, domain = mark.partition("@")
    return f"{name[:1]}***@{domain}"
