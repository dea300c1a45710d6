"""发票: what may be asked for, what the tax system can have given, and taking it back."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.data import models as m
from core.data.asker import Asker
from core.data.queries import tax_invoices as reads
from core.errors import Conflict, DomainError, Invalid
from core.policy import Month
from core.services import billing, files
from core.services.billing.byhand import Asked
from core.services.invariants import money
from tests import factories as f
from tests.scenes import paper

TODAY = date(2026, 12, 20)
NUMBER = "26312000000000000001"
USCC = "91310109MA1G5XY15Q"


@pytest.fixture
def bill(session: Session) -> m.Bill:
    """1,000.00 rent of two months each, 300.00 service, a deposit."""
    operator = f.operator(session, f.district(session))
    tenant = f.tenant(session, operator)
    lease = f.lease(session, tenant, [f.space(session, f.site(session, operator))])
    lines = [
        Asked(m.Fee.RENT, 100_000, Month.parse("2026-12")),
        Asked(m.Fee.RENT, 100_000, Month.parse("2027-01")),
        Asked(m.Fee.SERVICE, 30_000),
        Asked(m.Fee.DEPOSIT, 500_000),
    ]
    return billing.ask_for(
        session, tenant, lines, kind=m.BillKind.EXTRA, due_on=TODAY, today=TODAY, lease=lease
    )  # fmt: skip


def ask(session: Session, bill: m.Bill, *fen: int, **more: Any) -> list[m.TaxInvoice]:
    """For so much of each line, in their order."""
    parts = {line.id: part for line, part in zip(bill.lines, fen, strict=False)}
    said = {"title": "青禾公司", "taxpayer_no": USCC, "kind": m.TaxInvoiceKind.ORDINARY} | more
    return billing.request(session, bill, parts, **said)


def said(number: str = NUMBER, **more: Any) -> billing.Issued:
    lease = {
        "premises": "东湖路1号", "certificate": "沪房地虹字第1号",
        "term_first": date(2026, 12, 1), "term_last": date(2027, 1, 31),
    }  # fmt: skip
    return billing.Issued(**{"number": number, "issued_on": TODAY, "rate": Decimal("0.05")} | lease | more)


def issue(session: Session, it: m.TaxInvoice, how: billing.Issued, root: Path = Path(), **more: Any) -> None:
    billing.issue(session, root, it, how, today=TODAY, **more)


def red(
    session: Session, it: m.TaxInvoice, *fen: int, number: str = "9" * 20, **more: Any
) -> tuple[m.TaxInvoice, list[str]]:
    parts = {part.line_id: one for part, one in zip(it.lines, fen, strict=False)}
    how = {"reason": "减免"} | more
    return billing.red_letter(session, Path(), it, parts, said(number, **how.pop("said", {})), today=TODAY, **how)


def invoiced(session: Session, bill: m.Bill) -> list[int]:
    session.expire_all()
    return [line.invoiced_fen for line in bill.lines]


def test_from_the_request_to_the_red_letter(
    session: Session, bill: m.Bill, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One for each item. A credit note leaves too much: a red letter takes back a part, and the awards that rest on
    the month are named."""
    rent, service = ask(session, bill, 100_000, 100_000, 30_000)
    assert [(it.item.value, it.amount_fen) for it in (rent, service)] == [("lease", 200_000), ("service", 30_000)]
    assert invoiced(session, bill) == [100_000, 100_000, 30_000, 0]
    billing.reject(session, service, "抬头有误")
    assert invoiced(session, bill) == [100_000, 100_000, 0, 0]
    issue(session, rent, said(f" {NUMBER[:10]} {NUMBER[10:]} "), tmp_path, paper=files.check("a.pdf", paper()))
    assert (rent.state, rent.number, rent.file and rent.file.name) == (m.TaxInvoiceState.ISSUED, NUMBER, "a.pdf")
    issue(session, rent, said(number="1" * 20))
    assert rent.number == "1" * 20, "what was mistyped is put right"
    with pytest.raises(Conflict, match="不能作废"):
        billing.void(session, bill, "写错")

    first = bill.lines[0]
    billing.credit(session, bill, {first.id: 40_000}, kind=m.CreditReason.WAIVER, reason="减免", today=TODAY)
    assert reads.too_much(session, bill) == {first.id: 40_000}
    months: list[str] = []
    monkeypatch.setattr(
        "core.services.billing.invoices.awards_of", lambda _s, _t, of: months.extend(of) or ["虹人社〔2026〕1号"]
    )
    made, awards = red(session, rent, 40_000)
    assert (made.amount_fen, awards, months) == (-40_000, ["虹人社〔2026〕1号"], ["2026-12"])
    assert (rent.reversed_fen, rent.rest_fen) == (40_000, 160_000)
    assert reads.too_much(session, bill) == {}
    assert invoiced(session, bill) == [60_000, 100_000, 0, 0]
    red(session, rent, 60_000, 100_000, number="8" * 20)
    assert (invoiced(session, bill), rent.rest_fen) == ([0, 0, 0, 0], 0)
    again = ask(session, bill, 60_000)[0]
    assert again.amount_fen == 60_000


def test_what_cannot_be_asked_for(session: Session, bill: m.Bill) -> None:
    other = f.tenant(session, f.operator(session, f.district(session, region="310110")))
    line = [Asked(m.Fee.OTHER, 100)]
    foreign = billing.ask_for(session, other, line, kind=m.BillKind.EXTRA, due_on=TODAY, today=TODAY)
    special = {"kind": m.TaxInvoiceKind.SPECIAL, "taxpayer_no": ""}
    wrongs: list[tuple[tuple[int, ...], dict[str, Any], str]] = [
        ((), {}, "至少一项"),
        ((0, 0), {}, "至少一项"),
        ((-1,), {}, "应大于0"),
        ((100_001,), {}, "不超过"),
        ((0, 0, 0, 1), {}, "押金"),
        ((1,), {"title": " "}, "抬头"),
        ((1,), {"taxpayer_no": USCC[:-1] + "0"}, "校验码"),
        ((1,), special, "识别号"),
    ]
    for fen, more, sentence in wrongs:
        with pytest.raises(Invalid, match=sentence):
            ask(session, bill, *fen, **more)
    with pytest.raises(Invalid, match="没有这一项"):
        billing.request(
            session, bill, {foreign.lines[0].id: 1}, title="某公司", taxpayer_no=None, kind=m.TaxInvoiceKind.ORDINARY
        )
    ask(session, bill, 60_000)
    with pytest.raises(Invalid, match="不超过"):
        ask(session, bill, 40_001)
    billing.void(session, foreign, "写错")
    with pytest.raises(Conflict, match="已作废"):
        ask(session, foreign, 100)
    bill.lines[0].invoiced_fen = 100_001
    with pytest.raises(IntegrityError):
        session.flush()


def test_what_the_tax_system_cannot_have_given(session: Session, bill: m.Bill) -> None:
    it = ask(session, bill, 100_000)[0]
    district = f.district(session, region="310110")
    elsewhere = f.tenant(session, f.operator(session, district))
    line = [Asked(m.Fee.SERVICE, 100)]
    foreign = billing.ask_for(session, elsewhere, line, kind=m.BillKind.EXTRA, due_on=TODAY, today=TODAY)
    issue(session, ask(session, foreign, 100)[0], said("7" * 20))
    wrongs: list[tuple[dict[str, Any], str]] = [
        ({"number": "1" * 19}, "20位"),
        ({"number": ""}, "20位"),
        ({"number": "一" * 20}, "20位"),
        ({"number": "12345678", "code": "1" * 11}, "发票代码"),
        ({"number": "1234567", "code": "1" * 12}, "8位"),
        ({"number": "7" * 20}, "已经登记过"),
        ({"issued_on": date(2026, 12, 21)}, "不能晚于今天"),
        ({"rate": Decimal("1.5")}, "税率"),
        ({"premises": " "}, "地址"),
        ({"certificate": None}, "产权证号"),
        ({"term_last": None}, "租赁期"),
        ({"term_last": date(2026, 1, 1)}, "租赁期"),
    ]
    for wrong, sentence in wrongs:
        with pytest.raises((Invalid, Conflict), match=sentence):
            issue(session, it, said(**wrong))
    with pytest.raises(Conflict, match="已开的蓝字"):
        red(session, it, 1)
    billing.credit(session, bill, {bill.lines[0].id: 1}, kind=m.CreditReason.WAIVER, reason="减免", today=TODAY)
    assert reads.too_much(session, bill) == {}, "nothing was issued yet"
    with pytest.raises(Conflict, match="已多于应收"):
        issue(session, it, said())
    billing.reject(session, it, "按减免后的金额重开")
    with pytest.raises(Conflict, match="已驳回"):
        issue(session, it, said())
    it = ask(session, bill, 99_999)[0]
    issue(session, it, said("12345678", code="310012345678"))
    for fen, more, sentence in (
        (0, {}, "至少一项"), (100_000, {}, "不超过"), (1, {"reason": ""}, "原因"),
        (1, {"number": "7" * 20}, "已经登记"),
        (1, {"said": {"issued_on": date(2026, 12, 19)}}, "红字发票的日期"),
    ):  # fmt: skip
        with pytest.raises(DomainError, match=sentence):
            red(session, it, fen, **more)
    with pytest.raises(Conflict, match="已开的请红冲"):
        billing.reject(session, it, "不要了")


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(acts=st.lists(st.tuples(st.sampled_from(("ask", "reject", "issue", "red")), st.integers(1, 90_000)), max_size=9))
def test_blue_less_red_is_what_a_line_says(session: Session, bill: m.Bill, acts: list[tuple[str, int]]) -> None:
    """Any sequence of acts, what cannot be refused: sums are their parts (I15), no line has more than it asks for."""
    with session.begin_nested() as undo:
        made: list[m.TaxInvoice] = []
        for n, (act, fen) in enumerate(acts):
            try:
                if act == "ask":
                    made += ask(session, bill, fen)
                elif made and act == "reject":
                    billing.reject(session, made[-1], "不要了")
                elif made and act == "issue":
                    issue(session, made[-1], said(f"{n:020d}"))
                elif made:
                    red(session, made[0], fen, number=f"9{n:019d}")
            except DomainError:
                pass
        session.flush()
        assert list(money.check(session.connection())) == []
        line = bill.lines[0]
        session.refresh(line)
        assert 0 <= line.invoiced_fen <= line.amount_fen
        undo.rollback()


def test_one_number_by_four_operators_at_one_moment(engine: Engine, session: Session) -> None:
    """One has it, the others are told; none runs into the index."""
    ids = []
    for _ in range(4):
        tenant = f.tenant(session, f.operator(session, f.district(session)))
        owed = [Asked(m.Fee.SERVICE, 30_000)]
        made = billing.ask_for(session, tenant, owed, kind=m.BillKind.EXTRA, due_on=TODAY, today=TODAY)
        ids += [it.id for it in ask(session, made, 30_000)]
    session.commit()
    start = threading.Barrier(len(ids))

    def note(invoice_id: int) -> str:
        with Session(engine, info={"asker": Asker.system("tests")}) as own:
            start.wait(30)
            try:
                issue(own, own.get_one(m.TaxInvoice, invoice_id), said())
                own.commit()
            except Conflict as error:
                return str(error)
            return "noted"

    with ThreadPoolExecutor(len(ids)) as pool:
        found = list(pool.map(note, ids))
    assert found.count("noted") == 1
    assert all("已经登记过" in it for it in found if it != "noted")
