"""Who was insured, month by month."""

from __future__ import annotations

from collections import Counter
from typing import Any

from core.data.models import Employment, EvidenceKind
from core.data.queries.dossiers import Records
from core.services.dossiers import keys
from core.services.dossiers.frozen import GRADE_RANK, Source
from core.services.dossiers.persons import Persons


def employment(known: Records, persons: Persons) -> tuple[list[dict[str, Any]], dict[str, Source]]:
    """One row for each person, month and employer. A person with two employers in a month has two rows but one
    insured month to spend: both lines carry the same natural key."""
    rows, sources = [], {}
    seen: Counter[tuple[str, str]] = Counter()
    for it in sorted(_best(known), key=lambda it: _order(it, known, persons)):
        ref = persons.ref(it.person.id_number_once)
        seen[ref, it.month] += 1
        nth = seen[ref, it.month]
        line = f"E-{ref}-{it.month}" if nth == 1 else f"E-{ref}-{it.month}-{nth}"
        rows.append(
            {
                "line": line,
                "person": ref,
                "month": it.month,
                "employer_uscc": it.employer_uscc,
                "filing_uscc": it.filing_uscc,
                "household": it.household,
                "grade": it.grade.value,
            }
        )
        sources[line] = Source(
            kind=EvidenceKind.INSURED_MONTH,
            natural_key=keys.insured_month(it.person.id_number_once, it.month),
            month=it.month,
            amount_fen=None,
            source=f"employments:{it.id}",
            grade=it.grade,
            paper=it.paper_sha256,
            tenant_id=it.tenant_id,
            operator_id=it.operator_id,
        )
    return rows, sources


def _best(known: Records) -> list[Employment]:
    """Of the records two tenancies hold of one person, month and employer: the better source, the applicant's own,
    the later one."""
    best: dict[tuple[str, str, str], Employment] = {}
    order = sorted(known.employments, key=lambda it: (GRADE_RANK[it.grade], it.tenant_id != known.tenant.id, -it.id))
    for it in order:
        best.setdefault((it.person.id_number_once, it.month, it.employer_uscc), it)
    return list(best.values())


def _order(it: Employment, known: Records, persons: Persons) -> tuple[str, int, bool, str]:
    """The applicant's own row of a month comes first, so that it has the plain line id."""
    number = int(persons.ref(it.person.id_number_once)[1:])
    return it.month, number, it.employer_uscc != known.uscc, it.employer_uscc
