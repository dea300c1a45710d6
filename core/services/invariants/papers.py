"""I18: each act that calls for a paper has one, it is issued in time, and the numbers of each series are 1, 2, 3 …."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, and_, func, select

from core.data.models import CaseEvent, CasePaper, Issuer, PaperCounter, PaperKind, PaperStatus
from core.letters.numbering import format_number

_papers, _events = CasePaper.__table__, CaseEvent.__table__
_OF_ACT = {
    "accept": PaperKind.ACCEPTANCE,
    "return": PaperKind.CORRECTION,
    "not_admit": PaperKind.NOT_ADMITTED,
    "propose_revocation": PaperKind.REVOCATION_NOTICE,
    "revoke": PaperKind.REVOCATION,
}
_MARKS = {
    PaperKind.ACCEPTANCE: "受",
    PaperKind.CORRECTION: "补",
    PaperKind.NOT_ADMITTED: "不受",
    PaperKind.REVOCATION_NOTICE: "撤告",
    PaperKind.REVOCATION: "撤",
    PaperKind.REPAYMENT: "退",
}


def check(connection: Connection, cutoff: datetime) -> Iterator[tuple[str, str]]:
    """What was called for before `cutoff` is issued by now."""
    yield from _called_for(connection)
    late = select(_papers.c.id, _papers.c.kind, _papers.c.status).where(
        _papers.c.status != PaperStatus.ISSUED, _papers.c.asked_at < cutoff
    )
    for row in connection.execute(late.order_by(_papers.c.id)):
        yield f"paper {row.id}", f"{row.kind} is {row.status}: run `hongcai letters issue --all-approved`"
    yield from _numbers(connection)


def _called_for(connection: Connection) -> Iterator[tuple[str, str]]:
    """Acts from before the first paper was ever called for have none."""
    since = connection.scalar(select(func.min(_papers.c.event_id)))
    if since is None:
        return
    for move, kind in _OF_ACT.items():
        without = (
            select(_events.c.id, _events.c.case_id)
            .outerjoin(_papers, and_(_papers.c.event_id == _events.c.id, _papers.c.kind == kind))
            .where(_events.c.move == move, _events.c.id >= since, _papers.c.id.is_(None))
        )
        for row in connection.execute(without.order_by(_events.c.id)):
            yield f"case {row.case_id}", f"the act {move} ({row.id}) has no {kind}"


def _numbers(connection: Connection) -> Iterator[tuple[str, str]]:
    marks = {row.id: row.mark for row in connection.execute(select(Issuer.__table__))}
    taken: dict[tuple[int, PaperKind, int], list[int]] = defaultdict(list)
    numbered = select(_papers).where(_papers.c.status != PaperStatus.DUE)
    for paper in connection.execute(numbered.order_by(_papers.c.seq)):
        taken[paper.issuer_id, paper.kind, paper.year].append(paper.seq)
        wanted = format_number(marks[paper.issuer_id] + _MARKS[paper.kind], paper.year, paper.seq)
        if not paper.number == wanted == paper.content["number"]:
            yield f"paper {paper.number}", f"should be {wanted}, its content says {paper.content['number']}"
    counters = {
        (row.issuer_id, row.kind, row.year): row.last for row in connection.execute(select(PaperCounter.__table__))
    }
    for key in sorted(taken.keys() | counters.keys()):
        numbers, last = taken[key], counters.get(key, 0)
        if numbers != [*range(1, last + 1)]:
            issuer_id, kind, year = key
            yield f"issuer {marks[issuer_id]} {kind} {year}", f"the counter is at {last}, there are numbers {numbers}"
