"""Where the parts of a group are drawn: what is shared in one column, who shares it in another, in an order in which
few lines cross (Sugiyama, Tagawa and Toda 1981: barycentres, back and forth). Nothing lies over anything. Pure."""

from __future__ import annotations

from collections.abc import Sequence

ROUNDS = 8  # more change nothing that can be seen


def order(ties: Sequence[Sequence[int]], tenants: int) -> tuple[list[int], list[int]]:
    """Of each column the numbers of its parts from the top. `ties`: the tenants (0 … `tenants` - 1) of each tie."""
    of_tenant: list[list[int]] = [[] for _ in range(tenants)]
    for tie, members in enumerate(ties):
        for tenant in members:
            of_tenant[tenant].append(tie)
    left, right = _walked(ties, of_tenant)
    for _ in range(ROUNDS):
        at = {tie: place for place, tie in enumerate(left)}
        right.sort(key=lambda tenant: (_middle([at[tie] for tie in of_tenant[tenant]]), tenant))
        at = {tenant: place for place, tenant in enumerate(right)}
        left.sort(key=lambda tie: (_middle([at[tenant] for tenant in ties[tie]]), tie))
    return left, right


def _walked(ties: Sequence[Sequence[int]], of_tenant: Sequence[Sequence[int]]) -> tuple[list[int], list[int]]:
    """Both columns in the order in which one comes by from an end: of a chain that is the order without crossings."""
    left: list[int] = []
    right: list[int] = []
    for start in sorted(range(len(of_tenant)), key=lambda tenant: (len(of_tenant[tenant]), tenant)):
        if start not in right:
            right.append(start)
            for tenant in right:  # grows on the way
                for tie in sorted(set(of_tenant[tenant]) - set(left), key=lambda tie: len(ties[tie])):
                    left.append(tie)
                    right += [other for other in ties[tie] if other not in right]
    return left, right


def _middle(places: Sequence[int]) -> float:
    return sum(places) / len(places) if places else 0.0
