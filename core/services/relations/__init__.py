"""关联: tenants of a district that share an account, a payer, a person, a phone, an address; in groups that hang
together (docs/outside-lists.md).

graph     ties, their masked values, and the groups
layout    where the parts of a group are drawn: pure
"""

from core.data.queries.relations import TieKind
from core.services.relations.graph import Graph, Group, Tie, find

__all__ = ["Graph", "Group", "Tie", "TieKind", "find"]
