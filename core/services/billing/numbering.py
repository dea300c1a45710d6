"""Numbers of an operator's papers, in a row for each month: ZD202612-00001, ZD202612-00002 …"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.data.models import Bill, CreditNote, Dunning
from core.policy import Month

PREFIXES = {Bill: "ZD", CreditNote: "DX", Dunning: "CJ"}  # 账单, 贷项, 催缴
WIDTH = 5  # figures, until they run out


def following(
    session: Session, paper: type[Bill | CreditNote | Dunning], operator_id: int, month: Month
) -> Iterator[str]:
    """The next numbers of a month: the highest there is and on. Under the operator's lock, in the transaction that
    writes the paper, so that none is skipped: longer ones are there only once 99999 is."""
    start = f"{PREFIXES[paper]}{str(month).replace('-', '')}-"
    number, width = 0, WIDTH
    while (last := _last(session, paper, operator_id, start, width)) is not None:
        number = last
        if last < 10**width - 1:
            break
        width += 1
    while True:
        number += 1
        yield f"{start}{number:0{WIDTH}d}"


def _last(session: Session, paper: Any, operator_id: int, start: str, width: int) -> int | None:
    """The highest number of so many figures. Among those of one length text is in order, so the unique index is read
    from its end and one row is enough."""
    number = session.scalar(
        select(paper.number)
        .where(
            paper.operator_id == operator_id,
            paper.number.startswith(start),
            func.length(paper.number) == len(start) + width,
        )
        .order_by(paper.number.desc())
        .limit(1)
    )
    return int(number[len(start) :]) if number is not None else None
