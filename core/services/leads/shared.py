"""One thing that several enterprises with awards have in common."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from core.data.models import Award, District, Letter
from core.services.leads import Found, Period
from core.services.leads.reading import awards, enterprise, mark, present


class Sign(NamedTuple):
    """Something a tenant has, in the form in which it is compared."""

    value: str
    tenant: int


def key_of(what: str, value: str) -> str:
    """The key of the lead about a value: it does not say the value."""
    return f"{what}:{mark(what, value)}"


def shared(
    session: Session, district: District, period: Period, what: str, signs: Iterable[Sign], **facts: Any
) -> Iterator[Found]:
    """A lead for each value that two or more enterprises have, all of them with standing awards. The value itself is
    in no lead: its keyed name tells one from another."""
    granted: dict[int, list[Any]] = defaultdict(list)
    of_tenant = awards(
        district, period,
        Award.tenant_id, Award.operator_id, Award.amount_fen, Letter.id.label("letter"), enterprise().label("who"),
    )  # fmt: skip
    for row in session.execute(of_tenant):
        granted[row.tenant_id].append(row)
    holders: dict[str, set[int]] = defaultdict(set)
    for sign in signs:
        if sign.value and sign.tenant in granted:
            holders[sign.value].add(sign.tenant)
    for value, tenants in holders.items():
        rows = [row for tenant in tenants for row in granted[tenant]]
        if len({row.who for row in rows}) < 2:
            continue
        operators = present(*(row.operator_id for row in rows))
        yield Found(
            key=key_of(what, value),
            facts={"tenant_ids": present(*tenants), **facts},
            letters=present(*(row.letter for row in rows)),
            amount_fen=sum(row.amount_fen for row in rows),
            operator=operators[0] if len(operators) == 1 else None,
        )
