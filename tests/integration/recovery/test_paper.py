"""退回决定书: the sum line by line, as the file has it; many lines are an annex."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from core.config import Settings
from core.data import models as m
from core.jobs import papers as pressing
from core.letters.cms import load_roots
from core.letters.contents import page_texts
from core.letters.devca import ROOT_CERT
from core.letters.money import yuan
from core.letters.store import Store
from core.letters.verify import verify_letter
from core.services.invariants import Violation
from core.services.recovery import wording
from tests import scenes
from tests.integration.recovery.conftest import Desk

pytestmark = pytest.mark.one_engine


def _demanded(desk: Desk) -> m.CasePaper:
    """The paper of a file of 1,999.99, of which an earlier one had nothing back."""
    case = desk.paid(letter=True)
    desk.leave_rent(case, 100_001)
    desk.decided(case)
    desk.session.commit()
    return desk.session.scalars(select(m.CasePaper).where(m.CasePaper.kind == m.PaperKind.REPAYMENT)).one()


def _pages(desk: Desk, settings: Settings, paper: m.CasePaper) -> tuple[str, ...]:
    """Its printed words; the file is signed and whole."""
    paper_id = paper.id
    desk.session.commit()
    pressing.issue(desk.road.app, paper_id)
    desk.session.expire_all()
    pdf = Store(settings.letters).get(paper.file_sha256 or "")
    found = verify_letter(pdf, roots=load_roots([settings.signing / ROOT_CERT]))
    assert found.exit_code == 0, [line for line in found.lines if line.status == "bad"]
    return page_texts(pdf)


def test_the_paper_shows_what_was_granted_what_holds_and_the_difference(
    desk: Desk, settings: Settings, wrong: Callable[[], list[Violation]]
) -> None:
    paper = _demanded(desk)
    file = desk.session.scalars(select(m.Recovery)).one()
    said = "".join(_pages(desk, settings, paper))
    assert "请退回人民币1,999.99元（大写：人民币壹仟玖佰玖拾玖元玖角玖分）。逐项计算如下：" in said
    assert "合计3,000.001,000.011,999.99" in said.replace("\u3000", "")
    first, *others = file.lines
    assert first["month"] == scenes.months()[0]
    for line in file.lines:
        row = "".join(yuan(line[name]) for name in ("awarded_fen", "kept_fen", "back_fen"))
        assert f"租金支付凭证{line['key']}" in said
        assert row in said, line
    assert said.count("凭据已不存在") == len([line for line in others if line["back_fen"]])
    assert "此前已退回" not in said
    assert wrong() == []


def test_many_lines_are_an_annex_and_what_was_had_back_before_is_said(desk: Desk, settings: Settings) -> None:
    paper = _demanded(desk)
    count = 2 * wording.IN_TEXT
    lines = [
        {"key": f"head P{n}", "month": "", "awarded_fen": 9_000, "kept_fen": 9_000 - back, "back_fen": back,
         "clause": "演示规则第十二条", "why": "share"}
        for n, back in enumerate([*[6_666] * (count - 1), 199_999 - 6_666 * (count - 1)])
    ]  # fmt: skip
    assert sum(line["back_fen"] for line in lines) == 199_999
    paper.terms = {**paper.terms, "lines": lines}
    pages = _pages(desk, settings, paper)
    assert "逐项计算见附件。" in pages[0]
    assert "附件：应退回金额计算表" in "".join(pages[:2])
    annex = "".join(pages).split("附件应退回金额计算表")[1]
    assert f"{count}本市户籍从业人员P{count - 1}" in annex.replace("\u3000", "")
    assert "合计2,700.00700.011,999.99" in annex.replace("\u3000", "")
    assert "核定金额中此前已退回300.00元，不再列入本表。" in annex
