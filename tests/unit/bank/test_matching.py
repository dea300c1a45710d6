"""Whose money a line is: a table of cases, and what a plan never does."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.services.bank.matching import Certainty, Debtor, Ledger, Owed, Reason, Received, numbers_in
from core.services.imports.context import name_key

DAY = date(2026, 12, 5)
R, C = Reason, Certainty


def owed(bill: int, fen: int, day: int = 5) -> Owed:
    return Owed(bill, f"ZD202612-{bill:05d}", date(2026, 12, day), fen)


QINGHE = Debtor(1, "青禾（上海）公司", (owed(1, 310_000), owed(2, 50_000, 20)), frozenset({name_key("陈建国")}))
LANTU = Debtor(2, "蓝图科技有限公司", (owed(3, 310_000), owed(4, 0)), paid=frozenset({(DAY, 99_900)}))
PAID_UP = Debtor(3, "已清公司", ())
TWINS = (Debtor(4, "双生公司", (owed(5, 77_700),)), Debtor(5, "双生公司", (owed(6, 77_700),)))
LEDGER = Ledger.of([QINGHE, LANTU, PAID_UP, *TWINS], ["登记过"])


def line(fen: int, payer: str = "", remark: str = "", reference: str | None = None) -> Received:
    return Received(DAY, fen, payer or None, remark, reference)


@pytest.mark.parametrize(
    ("received", "certainty", "first"),
    [
        # (tenant, bill, reasons) of the best proposal
        (line(310_000, "青禾(上海)公司"), C.CERTAIN, (1, 1, {R.NAME, R.REST})),
        (line(50_000, "青禾 (上海) 公司"), C.CERTAIN, (1, 2, {R.NAME, R.REST})),
        (line(360_000, "青禾（上海）公司"), C.CERTAIN, (1, None, {R.NAME, R.ALL})),
        (line(310_000, "某人", "付 ZD202612-00003 房租"), C.CERTAIN, (2, 3, {R.NUMBER, R.REST})),
        (line(310_000, "", "zd 202612 00003"), C.CERTAIN, (2, 3, {R.NUMBER, R.REST})),
        (line(310_000, "陈建国"), C.CERTAIN, (1, 1, {R.PAYER, R.REST})),
        (line(1, "青禾（上海）公司"), C.LIKELY, (1, None, {R.NAME})),
        (line(1, "青禾（上海）公司", "ZD202612-00002"), C.LIKELY, (1, 2, {R.NUMBER, R.NAME})),
        (line(310_000, "青禾（上海）公司", "ZD202612-00002"), C.LIKELY, (1, 2, {R.NUMBER, R.NAME})),
        (line(310_000, "青禾（上海）公司", "ZD202612-00003"), C.LIKELY, (2, 3, {R.NUMBER, R.REST})),
        (line(1, "蓝图科技有限公司", "ZD202612-00004"), C.LIKELY, (2, None, {R.NUMBER, R.NAME})),
        (line(310_000), C.LIKELY, (2, 3, {R.REST})),  # two owe just that
        (line(77_700, "陈建国"), C.LIKELY, (4, 5, {R.REST})),  # paid for another before, which does not owe that
        (line(310_000, "某人", "青禾（上海）公司房租"), C.LIKELY, (1, 1, {R.REMARK, R.REST})),
        (line(77_700, "双生公司"), C.LIKELY, (4, 5, {R.NAME, R.REST})),
        (line(5_000, "已清公司"), C.LIKELY, (3, None, {R.NAME, R.NOTHING_OPEN})),
        (line(310_000, "青禾（上海）公司", "", "登记过"), C.LIKELY, (1, 1, {R.NAME, R.REST, R.ALREADY})),
        (line(99_900, "蓝图科技有限公司"), C.LIKELY, (2, None, {R.NAME, R.ALREADY})),
        (line(123, "路人", "ZD209901-00001"), C.NONE, None),
        (line(123), C.NONE, None),
    ],
)  # fmt: skip
def test_cases(received: Received, certainty: Certainty, first: tuple[int, int | None, set[Reason]] | None) -> None:
    found = LEDGER.match(received)
    assert found.certainty is certainty
    best = found.proposals[0] if found.proposals else None
    assert (best and (best.tenant_id, best.bill_id, set(best.reasons))) == first


def test_who_pays_through_a_channel_is_nobody() -> None:
    channel = Debtor(1, "甲公司", (owed(1, 500),), frozenset({name_key("支付宝（中国）网络技术有限公司")}))
    found = Ledger.of([channel]).match(line(500, "支付宝（中国）网络技术有限公司"))
    assert (found.certainty, found.proposals[0].reasons) == (C.LIKELY, (R.REST,))


def test_numbers_in_a_remark() -> None:
    assert numbers_in("付：ＺＤ２０２６１２－００００１ 和 ZD20261200002，ZD202612—100003") == [
        "ZD202612-00001", "ZD202612-00002", "ZD202612-100003",
    ]  # fmt: skip


def test_a_plan_pays_no_bill_twice() -> None:
    lines = [
        (1, line(310_000, "青禾（上海）公司")),
        (2, line(310_000, "青禾（上海）公司")),
        (3, line(50_000, "陈建国")),
    ]
    found = LEDGER.plan(lines)
    assert [found[n].certainty for n in (1, 2, 3)] == [C.CERTAIN, C.LIKELY, C.CERTAIN]
    assert LEDGER.match(lines[1][1]).certainty is C.CERTAIN, "the plan leaves the ledger as it was"


@given(st.lists(st.tuples(st.sampled_from([310_000, 50_000, 360_000, 77_700]), st.sampled_from(
    ["青禾（上海）公司", "蓝图科技有限公司", "陈建国", ""])), max_size=8))  # fmt: skip
def test_what_is_certain_is_never_more_than_what_is_owed(moved: list[tuple[int, str]]) -> None:
    found = LEDGER.plan([(at, line(fen, payer)) for at, (fen, payer) in enumerate(moved)])
    for debtor in LEDGER.debtors.values():
        sure = [
            moved[at][0] for at, it in found.items()
            if it.certainty is C.CERTAIN and it.proposals[0].tenant_id == debtor.tenant_id
        ]  # fmt: skip
        assert sum(sure) <= sum(it.rest_fen for it in debtor.bills)
