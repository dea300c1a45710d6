"""对账 with an offset: gross, kept back and net agree on the page, in the export and with the files of 追回."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

from sqlalchemy import update

from core.data import models as m
from core.data.queries import reconciliation
from core.services import disbursement
from tests.integration.recovery.conftest import Desk

KEPT = 123_457


def test_what_was_kept_back_is_told_apart_to_the_fen(desk: Desk, client_as: Callable[..., Any]) -> None:
    desk.session.execute(update(m.Pool).values(city_bp=3_333, district_bp=6_667))
    _owing, file, case = desk.two()
    batch = desk.till.draft([case])
    (row,) = batch.rows
    desk.as_("payer", disbursement.keep_back, batch, row, KEPT)
    desk.as_("payer", disbursement.prepare, batch)
    desk.as_(desk.till.other, disbursement.release, batch)
    desk.as_("payer", disbursement.take, batch, csv=True)
    desk.book(batch)
    book = _book(desk)
    (month,) = book.months.values()
    assert (month.paid, month.offset, month.credited, month.net) == (600_000, KEPT, KEPT, 600_000 - KEPT)
    assert (book.offset, book.agree) == (KEPT, True)

    auditor = client_as(desk.road.staff["auditor"])
    page = auditor.get("/payouts/reconciliation").text
    for figure in ("6,000.00", "1,234.57", "4,765.43", "全部一致"):
        assert figure in page, figure
    lines, total = _export(auditor)
    of_it = [it for it in lines if it["我方参考号"] == row.reference]
    assert [it["资金来源"] for it in of_it] == ["市级财政", "区级财政"]
    assert [_fen(it["金额（元）"]) for it in of_it] == [99_990, 200_010]
    assert sum(_fen(it["其中抵扣（元）"]) for it in of_it) == KEPT
    assert all(_fen(it["金额（元）"]) - _fen(it["其中抵扣（元）"]) == _fen(it["实付（元）"]) for it in [*lines, total])
    assert [_fen(total[name]) for name in ("金额（元）", "其中抵扣（元）", "实付（元）")] == [
        600_000, KEPT, 600_000 - KEPT,
    ]  # fmt: skip

    desk.session.execute(update(m.RecoveryCredit).values(amount_fen=KEPT - 1))  # the file says otherwise
    assert not _book(desk).agree
    assert "追回卷记1,234.56" in auditor.get("/payouts/reconciliation").text
    desk.session.execute(update(m.RecoveryCredit).values(amount_fen=KEPT))

    desk.bring_back(case)  # what was kept back is owed again: neither side names it
    book = _book(desk)
    assert (book.paid, book.offset, book.agree) == (300_000, 0, True)
    lines, total = _export(auditor)
    assert (len(lines), _fen(total["金额（元）"]), _fen(total["其中抵扣（元）"])) == (4, 300_000, 0)
    assert file.state is m.RecoveryState.DECIDED


def _book(desk: Desk) -> reconciliation.Book:
    desk.session.commit()
    desk.session.expire_all()
    (book,) = desk.as_("payer", reconciliation.books)
    assert isinstance(book, reconciliation.Book)
    return book


def _export(auditor: Any) -> tuple[list[dict[str, str]], dict[str, str]]:
    """Its lines, and what they come to."""
    body = auditor.get("/payouts/reconciliation/export?format=csv").data.decode("utf-8-sig")
    *lines, total = csv.DictReader(io.StringIO(body))
    assert total["资金来源"] == "合计（不含已退汇）"
    return lines, total


def _fen(said: str) -> int:
    whole, _point, part = said.replace(",", "").partition(".")
    return int(whole) * 100 + int(part.ljust(2, "0") or 0)
