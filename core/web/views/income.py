"""分组收入: the range and base that are asked for, and the table of months."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import reduce
from itertools import dropwhile
from operator import add
from typing import Any

from flask import g, request
from flask_babel import gettext as _

from core.data.queries import bills
from core.extensions import db
from core.policy import Month, ParameterValue
from core.services import recognition
from core.services.billing import income
from core.services.billing.income import Basis
from core.services.billing.tax import Income
from core.web.listing import Column

LONGEST = 60  # months of one page


@dataclass(frozen=True, slots=True)
class Found:
    first: Month
    last: Month
    basis: Basis
    months: Sequence[tuple[Month, Income]]
    whole: Income
    threshold: ParameterValue | None
    book_from: Month | None  # since when bills are kept here

    @property
    def complete(self) -> bool:
        return self.book_from is not None and self.book_from <= self.first

    @property
    def shown(self) -> Sequence[tuple[Month, Income]]:
        """The months from the first with income on."""
        return list(dropwhile(lambda each: not each[1].total_fen, self.months))

    @property
    def query(self) -> dict[str, str]:
        return {"from": str(self.first), "to": str(self.last), "basis": self.basis.value}


def found() -> Found:
    """What the query string asks for; what of it cannot be read is as if it were not there."""
    now = Month.of(g.today)
    last = _month("to") or now
    first = _month("from") or Month.of(last.first.replace(month=1))
    first, last = min(first, last), max(first, last)
    first = max(first, Month(last - LONGEST + 1))
    basis = Basis(request.args["basis"]) if request.args.get("basis") in set(Basis) else Basis.BILLED
    book = bills.book(db.session, g.asker.operator_id)
    months = income.by_month(db.session, g.asker.operator_id, first, last, basis)
    return Found(
        first, last, basis, months,
        reduce(add, (it for _month, it in months), Income()),
        recognition.threshold(recognition.SERVICE_INCOME, last.last),
        Month.parse(book.from_month) if book else None,
    )  # fmt: skip


def _month(name: str) -> Month | None:
    with suppress(ValueError):
        return Month.parse(request.args.get(name, ""))
    return None


def spans() -> list[tuple[str, dict[str, str]]]:
    """Ranges that are often asked for, in words and as a query."""
    now = Month.of(g.today)
    january = Month.of(now.first.replace(month=1))
    return [
        (_("今年"), {"from": str(january), "to": str(now)}),
        (_("去年"), {"from": str(Month(january - 12)), "to": str(Month(january - 1))}),
        (_("近12个月"), {"from": str(Month(now - 11)), "to": str(now)}),
    ]


def basis_words() -> dict[Basis, str]:
    return {Basis.BILLED: _("应收"), Basis.RECEIVED: _("实收")}


def columns() -> list[Column]:
    return [
        Column("month", _("月份")),
        Column("service_fen", _("孵化服务（元）"), kind="money"),
        Column("premises_fen", _("物业房租（元）"), kind="money"),
        Column("other_fen", _("其他（元）"), kind="money"),
        Column("total_fen", _("合计（元）"), kind="money"),
        Column("share", _("孵化服务占比（‰）"), kind="number"),
    ]


def file_rows(it: Found) -> list[dict[str, Any]]:
    return [
        _row(f"{month}", part) for month, part in it.months
    ] + [_row(_("合计（%(basis)s）", basis=basis_words()[it.basis]), it.whole)]  # fmt: skip


def _row(said: str, part: Income) -> dict[str, Any]:
    return {
        "month": said,
        "service_fen": part.service_fen,
        "premises_fen": part.premises_fen,
        "other_fen": part.other_fen,
        "total_fen": part.total_fen,
        "share": part.service_permille,
    }


def share(permille: int | None) -> str:
    """Thousandths as a percentage with one decimal, so that no rounding lifts a share over its threshold."""
    return "—" if permille is None else f"{permille // 10}.{permille % 10}%"
