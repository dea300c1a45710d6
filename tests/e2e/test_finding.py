"""From a letter to a finding: served on the operator, answered on a phone, corrected with a paper, looked at again by
another auditor and closed. `Course` has one method for each step, so that steps before, between and after can be
added."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from core.data import models as m
from tests import factories, scenes
from tests.e2e.conftest import Town
from tests.e2e.test_recovery import issued
from tests.integration.payouts.conftest import PAID_ON
from tests.support.site import Clock
from tests.support.visitor import Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

TITLE, FACT = "租金凭据缺少银行回单", "3月和4月的租金凭据只有收据，没有银行回单。"


@dataclass
class Course:
    """A finding about one letter, as each person works on it."""

    writer: Visitor
    other: Visitor
    operator: Visitor
    letter: m.Letter
    path: str = field(default="", init=False)

    def written(self) -> None:
        """Begun on the page of the letter; the draft saves itself."""
        self.writer.open(f"/letters/{self.letter.id}")
        self.writer.page.get_by_role("link", name="写审计发现").click()
        self.writer.look("写审计发现")
        expect(self.writer.page.locator("main")).to_contain_text(self.letter.number)
        page = self.writer.page
        page.get_by_label("标题").fill(TITLE)
        page.get_by_label("严重", exact=True).check()
        self.writer.press("开始写")
        self.writer.look("写审计发现")
        page.get_by_label("事实").fill(FACT)
        page.get_by_label("依据").fill("《房租补贴办法》第七条")
        page.get_by_label("涉及金额").fill("1200")
        page.get_by_label("建议").fill("补交回单；没有的，退回相应补贴。")
        page.get_by_label("被审计单位", exact=False).first.select_option(f"o{self.letter.operator_id}")
        expect(page.locator("[data-autosave-status]")).to_contain_text("已自动保存")
        page.reload()
        expect(page.get_by_label("事实")).to_have_value(FACT)
        self.writer.press("保存，去核对送达")
        self.path = page.url

    def served(self) -> None:
        self.operator.open("/findings")
        expect(self.operator.page.locator("main")).not_to_contain_text(TITLE)
        self.writer.look(TITLE)
        self.writer.page.get_by_label("内容已核对").check()
        self.writer.press("送达")
        expect(self.writer.page.locator("header.head")).to_contain_text("已送达，待答复")

    def answered(self) -> None:
        """On a phone, from the first page of the operator."""
        self.operator.open("/home/operator")
        self.operator.page.get_by_role("link", name=TITLE).click()
        self.operator.look(TITLE)
        expect(self.operator.page.locator("main")).to_contain_text(FACT)
        form = self.operator.page.locator("#step-responded")
        form.get_by_label("认可，将整改").check()
        form.get_by_label("内容").fill("情况属实，回单在银行调取。")
        self.operator.press("提交答复", form)
        expect(self.operator.page.locator("header.head")).to_contain_text("已答复")

    def ordered(self) -> None:
        self.writer.open(self.path)
        form = self.writer.page.locator("#step-ordered")
        form.get_by_label("内容").fill("请补交两个月的回单。")
        self.writer.press("要求整改", form)
        expect(self.writer.page.locator("header.head")).to_contain_text("整改中")

    def corrected(self) -> None:
        self.operator.open(self.path)
        form = self.operator.page.locator("#step-reported")
        form.get_by_label("内容").fill("已调取3月和4月的回单，附后。")
        chosen = {"name": "银行回单.pdf", "mimeType": "application/pdf", "buffer": scenes.paper(2)}
        form.locator("input[type=file]").set_input_files(chosen)  # type: ignore[arg-type]
        self.operator.press("报告整改结果", form)
        expect(self.operator.page.locator("#thread")).to_contain_text("银行回单.pdf")

    def closed(self) -> None:
        """Whoever wrote it is not offered to close it; another auditor reads the paper and does."""
        self.writer.open(self.path)
        expect(self.writer.page.locator("#step-closed")).to_have_count(0)
        self.other.open(self.path)
        assert self.other.download("银行回单.pdf") == scenes.paper(2)
        form = self.other.page.locator("#step-closed")
        form.get_by_label("内容").fill("两个月的回单与凭据一致。")
        form.get_by_label("我已逐项核对").check()
        self.other.press("复查通过，销号", form)
        self.other.look(TITLE)
        expect(self.other.page.locator("header.head")).to_contain_text("已销号")


def test_from_a_letter_to_a_closed_finding(town: Town, clock: Clock, enter: Callable[..., Visitor]) -> None:
    session, scene = town.scene.session, town.scene
    case = scene.until(m.CaseState.APPROVED, town.tenant)
    second = factories.user(session, m.Role.AUDITOR, district=scene.district, name="另一审计员")
    clock.day = PAID_ON  # no letter before the public notice is over
    session.commit()
    issued(session, case)
    letter = session.scalars(select(m.Letter).where(m.Letter.case_id == case.id)).one()
    session.commit()
    course = Course(enter(town.staff["auditor"]), enter(second), enter(scene.manager, phone=True), letter)
    course.written()
    course.served()
    course.answered()
    course.ordered()
    course.corrected()
    course.closed()
    session.expire_all()
    finding = session.scalars(select(m.Finding)).one()
    assert (finding.state, finding.closed_by_id, finding.amount_fen) == (m.FindingState.CLOSED, second.id, 120_000)
    assert len(session.scalars(select(m.FindingPaper)).all()) == 1
    session.commit()
