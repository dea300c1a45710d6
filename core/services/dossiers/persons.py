"""Pseudonyms: P1, P2, … for the founders, then for the insured. A person who is both has one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from core.data.crypto import Keyring
from core.data.models import Founder, InsuredPerson
from core.data.queries.dossiers import Records


@dataclass(frozen=True, slots=True)
class Persons:
    """`refs` by blind index, `rows` the way back from a pseudonym to a row ("founder:3", "person:17")."""

    founders: tuple[tuple[str, Founder], ...]
    refs: dict[str, str]
    rows: dict[str, str]

    @classmethod
    def of(cls, known: Records) -> Persons:
        """Numbers follow the blind index, a keyed hash: the same on every run, and no hint at names or ages.
        Only who comes first is meant: the legal representative, then the other founders."""
        refs: dict[str, str] = {}
        rows: dict[str, str] = {}
        founders = []
        for founder in sorted(_own(known), key=lambda it: _founder_order(known, it)):
            index = founder.id_number_once or f"founder:{founder.id}"
            if index in refs:
                continue  # the same person entered twice
            refs[index] = ref = f"P{len(refs) + 1}"
            rows[ref] = f"founder:{founder.id}"
            founders.append((ref, founder))
        for person in _once_each(known):
            if person.id_number_once not in refs:
                refs[person.id_number_once] = ref = f"P{len(refs) + 1}"
                rows[ref] = f"person:{person.id}"
        return cls(tuple(founders), refs, rows)

    def ref(self, once_index: str) -> str:
        return self.refs[once_index]


def _own(known: Records) -> Iterable[Founder]:
    return (founder for founder in known.founders if founder.tenant_id == known.tenant.id)


def _founder_order(known: Records, founder: Founder) -> tuple[bool, str, int]:
    # Where no number is on file, a keyed hash of the name gives as blind an order.
    index = founder.id_number_once or Keyring.current().once_index("founder_order", founder.name)
    return founder.legal_representative is not True, index, founder.id


def _once_each(known: Records) -> list[InsuredPerson]:
    """The insured by blind index; a person insured at two tenancies is named by the applicant's own row."""
    found = {person.id: person for person in (row.person for row in known.employments)}
    return sorted(found.values(), key=lambda p: (p.id_number_once, p.tenant_id != known.tenant.id, p.id))
