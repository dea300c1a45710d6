"""Ties between tenants, with values that are masked here and nowhere shown whole, and the groups that they make."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from core.data.models import Case, District, Founder, Lead, RentPayment
from core.data.queries import relations as reads
from core.data.queries.relations import TieKind
from core.services.bank.matching import CHANNEL
from core.services.dossiers.keys import lies_at, premises
from core.services.identifiers import mask_account, mask_name, mask_phone

MOST_PERSON = 4  # characters of a payer's name that may be a person's


@dataclass(frozen=True, slots=True)
class Tie:
    """One thing that several tenants have. `shown` is masked."""

    kind: TieKind
    shown: str
    tenants: tuple[int, ...]


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
        rule = f"{reads.SHARED}{tie.kind}"
        return next((it for it in self.leads if it.rule == rule and about(it) <= set(tie.tenants)), None)

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
    leads = reads.open_leads(session, {tenant for group in found for tenant in group.tenants})
    whole = tuple(
        replace(it, leads=tuple(lead for lead in leads if about(lead) & it.tenants.keys()))
        for it in sorted(found, key=lambda it: (-len(it.tenants), min(it.tenants)))
    )
    return Graph(whole, dict(sorted({it.operator_id: it.operator for it in named.values()}.items())))


def about(lead: Lead) -> set[int]:
    """The tenants that a lead is about."""
    return {lead.tenant_id} if lead.tenant_id is not None else set(lead.facts.get("tenant_ids", ()))


def ties_of(session: Session, district: District, kind: TieKind) -> list[Tie]:
    """The ties of one kind, in the order of their first tenant."""
    if kind is TieKind.ADDRESS:
        found = _addresses(session, district)
    else:
        found = []
        held: dict[str, list[reads.Shared]] = defaultdict(list)
        for row in reads.shared(session, district.id, kind):
            held[row.mark].append(row)
        for mark, rows in held.items():
            shown = _shown(session, kind, mark, rows[0].row_id)
            if shown is not None:
                found.append(Tie(kind, shown, tuple(row.tenant_id for row in rows)))
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


def _addresses(session: Session, district: District) -> list[Tie]:
    sites = reads.site_addresses(session, district.id)
    held: dict[str, dict[int, int]] = defaultdict(dict)
    written: dict[str, str] = {}
    for tenant, enterprise, address in reads.registered(session, district.id):
        if not any(lies_at(address, site, district.name) for site in sites):
            even = premises(district.name, [("", address, "")])
            held[even][tenant] = enterprise
            written.setdefault(even, address)
    return [
        Tie(TieKind.ADDRESS, written[even], tuple(sorted(them)))
        for even, them in held.items()
        if len(set(them.values())) > 1
    ]


def _shown(session: Session, kind: TieKind, mark: str, row_id: int | None) -> str | None:
    """What may be read of a value; None for one that says nothing of anybody."""
    match kind:
        case TieKind.ACCOUNT:
            return mask_account(session.get_one(Case, row_id).payee_account or "")
        case TieKind.FOUNDER | TieKind.LEGAL_REPRESENTATIVE:
            return mask_name(session.get_one(Founder, row_id).name)
        case TieKind.PHONE:
            return mask_phone(mark)
        case TieKind.EMAIL:
            name, _at, domain = mark.partition("@")
            return f"{name[:1]}***@{domain}"
        case TieKind.PAYER:
            payer = session.get_one(RentPayment, row_id).payer_name or ""
            if CHANNEL.search(payer):
                return None
            return mask_name(payer) if len(payer) <= MOST_PERSON else payer
    raise ValueError(kind)
