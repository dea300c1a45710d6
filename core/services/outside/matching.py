"""Which awards meet a row of a list: what a lead will say, by ids alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from core.data.crypto import Keyring
from core.data.models import OutsideKind
from core.data.queries import outside as reads
from core.data.queries.outside import LASTING, Hit
from core.policy import Month
from core.policy.dates import months_between


@dataclass(frozen=True, slots=True)
class Meeting:
    """An award, and who of it is in lists of a kind. `months` are those that speak against it: in which the person was
    insured, or that list and period share; of what lasts, the month since when."""

    award_id: int
    case_id: int
    tenant_id: int
    operator_id: int
    founder_id: int | None
    person_id: int | None
    months: tuple[str, ...]
    list_ids: tuple[int, ...]
    row_ids: tuple[int, ...]
    award_fen: int
    listed_fen: int | None  # what the list says was paid elsewhere

    @property
    def key(self) -> str:
        who = (
            f"person:{self.person_id}"
            if self.person_id
            else f"founder:{self.founder_id}"
            if self.founder_id
            else "company"
        )
        return f"award:{self.award_id}/{who}"


def award_of(key: str) -> int:
    """The award that a meeting's key names."""
    return int(key.partition("/")[0].removeprefix("award:"))


def meetings(session: Session, district_id: int, kind: OutsideKind) -> list[Meeting]:
    """All of a district, in the order of awards. The session must see the whole district."""
    grouped: dict[tuple[int, int | None, int | None], list[Hit]] = defaultdict(list)
    for hit in (*reads.hits(session, district_id, kind), *_companies(session, district_id, kind)):
        grouped[hit.award_id, hit.founder_id, hit.person_id].append(hit)
    found = _one_each([_meeting(hits, kind) for hits in grouped.values()])
    return sorted(found, key=lambda it: (it.award_id, it.founder_id or 0, it.person_id or 0))


def _one_each(found: list[Meeting]) -> list[Meeting]:
    """A founder whom their own company insures is one human being, whom the same rows name: one meeting."""
    founders = {(it.award_id, it.row_ids): it for it in found if it.founder_id is not None}
    one = []
    for it in found:
        same = founders.pop((it.award_id, it.row_ids), None) if it.person_id is not None else None
        if same is not None:
            it = replace(it, founder_id=same.founder_id, months=tuple(sorted({*it.months, *same.months})))
        if it.founder_id is None or it.person_id is not None:
            one.append(it)
    return one + list(founders.values())


def _companies(session: Session, district_id: int, kind: OutsideKind) -> Iterator[Hit]:
    if kind not in (OutsideKind.DEREGISTERED, OutsideKind.PAID_ELSEWHERE) or not reads.live(session, district_id, kind):
        return
    keys = Keyring.current()
    known = defaultdict(list)
    for uscc, *rest in reads.companies(session, district_id):
        known[keys.once_index("enterprise", uscc)].append(rest)
    for list_id, row_id, mark, first, last, fen in reads.rows_of(session, district_id, kind, known.keys()):
        for award, case, tenant, operator, award_fen, begins, ends in known[mark]:
            meets = first < ends if kind in LASTING else first <= ends and (last or first) >= begins
            if meets:
                yield Hit(
                    list_id, row_id, award, case, tenant, operator, None, None, None, first, last, fen, award_fen,
                    begins, ends,
                )  # fmt: skip


def _meeting(hits: list[Hit], kind: OutsideKind) -> Meeting:
    one = hits[0]
    rows = {hit.row_id: hit for hit in hits}
    # In one list no row stands twice: what a newer list says again is the same money.
    said = {(hit.month_from, hit.month_to, hit.amount_fen) for hit in rows.values()}
    money = [fen for _first, _last, fen in said if fen is not None]
    return Meeting(
        one.award_id,
        one.case_id,
        one.tenant_id,
        one.operator_id,
        one.founder_id,
        one.person_id,
        tuple(sorted({month for hit in hits for month in _months(hit, kind)})),
        tuple(sorted({hit.list_id for hit in hits})),
        tuple(sorted(rows)),
        one.award_fen,
        sum(money) if money else None,
    )


def _months(hit: Hit, kind: OutsideKind) -> Iterator[str]:
    if hit.month is not None:
        yield hit.month
    elif kind in LASTING or hit.month_to is None:
        yield hit.month_from
    else:
        first, last = max(hit.month_from, hit.begins), min(hit.month_to, hit.ends)
        yield from map(str, months_between(Month.parse(first), Month.parse(last)))
