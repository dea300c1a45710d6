"""疑似重复: pairs of files that may be one company, with what they share. Suggested, never merged by itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from sqlalchemy.orm import Session

from core.data.models import TenantKind
from core.data.queries import duplicates
from core.errors import N_
from core.services.imports.context import name_key

NAME = N_("名称相同（不计空格、括号和全半角）")
FOUNDER = N_("同一位创始人（按证件号码比对）")
PHONE = N_("团队与企业的联系电话相同")
MOST = 200  # pairs on one page; a group larger than MOST_ALIKE says nothing about any two of it
MOST_ALIKE = 8


@dataclass
class Pair:
    """Two files, the older first, and why they may be one. `codes_differ`: then they are two companies."""

    one: Any
    other: Any
    reasons: list[str] = field(default_factory=list)

    @property
    def codes_differ(self) -> bool:
        return bool(self.one.uscc and self.other.uscc and self.one.uscc != self.other.uscc)


def suggest(session: Session) -> list[Pair]:
    """The pairs among the asker's files, those with most reasons first; never two with different codes."""
    files = {row.id: row for row in duplicates.marks(session)}
    found: dict[tuple[int, int], Pair] = {}
    _join(found, files, ((name_key(row.name), row.id) for row in files.values()), NAME)
    _join(found, files, ((row.id_number_search, row.tenant_id) for row in duplicates.founders(session)), FOUNDER)
    phones = ((row.contact_phone, row.id) for row in files.values() if row.contact_phone)
    _join(found, files, phones, PHONE, kinds_differ=True)
    pairs = [pair for pair in found.values() if not pair.codes_differ]
    return sorted(pairs, key=lambda pair: (-len(pair.reasons), pair.one.id, pair.other.id))[:MOST]


def _join(
    found: dict[tuple[int, int], Pair],
    files: dict[int, Any],
    marks: Iterable[tuple[Hashable, int]],
    reason: str,
    *,
    kinds_differ: bool = False,
) -> None:
    alike: dict[Hashable, set[int]] = defaultdict(set)
    for mark, tenant_id in marks:
        alike[mark].add(tenant_id)
    for ids in alike.values():
        if not 2 <= len(ids) <= MOST_ALIKE:
            continue
        for one, other in combinations(sorted(ids), 2):
            if kinds_differ and {files[one].kind, files[other].kind} != {TenantKind.TEAM, TenantKind.COMPANY}:
                continue
            found.setdefault((one, other), Pair(files[one], files[other])).reasons.append(reason)
