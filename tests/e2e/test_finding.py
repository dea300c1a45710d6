"""From a suspicion to a finding about a letter: served on the operator, answered on a phone, corrected with a paper,
looked at again by another auditor and closed, and told of in the report. `Course` has one method for each step."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import urljoin

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from core.data import models as m
from core.data.asker import Asker, asking
from core.services.leads import finding
from tests import factories, scenes
from tests.e2e.conftest import Town
from tests.e2e.test_recovery import issued
from tests.integration.payouts.conftest import PAID_ON
from tests.support.site import Clock
from tests.support.visitor import Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

AUDIT, LEAD = "2026年度审计", "多家企业联系电话相同"
TITLE, FACT = "租金凭据缺少银行回单", "3月和4月的租金凭据只有收据，没有银行回单。"


@dataclass
class Course:
    """A finding about one letter, as each person works on it."""

    writer: Visitor
    other: Visitor
    operator: Visitor
    letter: m.Letter
    path: str = field(default="", init=False)
    engagement: str = field(default="", init=False)

    def begun(self) -> None:
        """An engagement, which the finding and the report belong to."""
        self.writer.open("/engagements/new")
        page = self.writer.page
        page.get_by_label("名称").fill(AUDIT)
        page.get_by_label("期间起").fill("2026-01-01")
        page.get_by_label("期间止").fill("2026-12-31")
        self.writer.press("立项", page.locator("main"))
        self.writer.look(AUDIT)
        self.engagement = page.url

    def suspected(self) -> None:
        """A rule's lead, from the letter it is about; taken on, and written up."""
        self.writer.open(f"/letters/{self.letter.id}")
        self.writer.page.get_by_role("link", name=LEAD).click()
        self.writer.look(LEAD)
        expect(self.writer.page.locator("main")).to_contain_text(self.letter.number)
        self.writer.press("接手")

    def judged(self) -> None:
        self.writer.open("/leads")
        self.writer.page.get_by_role("link", name=LEAD).first.click()
        self.writer.page.get_by_label("属实").check()
        self.writer.page.get_by_label("理由").fill("两家企业由同一人联系，回单已补齐。")
        self.writer.press("记录结论")
        expect(self.writer.page.locator("header.head")).to_contain_text("属实")

    def reported(self) -> str:
        """The report as a PDF, in words."""
        self.writer.open(self.engagement)
        expect(self.writer.page.locator("main")).to_contain_text(TITLE)
        address = self.writer.page.get_by_role("link", name="审计报告").get_attribute("href")
        assert address is not None
        answer = self.writer.page.request.get(urljoin(self.engagement, address))
        command = ["pdftotext", "-layout", "-", "-"]
        told = subprocess.run(command, input=answer.body(), capture_output=True, check=True)
        return re.sub(r"\s", "", told.stdout.decode())

    def written(self) -> None:
        """Begun on the page of the lead; the draft saves itself."""
        row = self.writer.page.get_by_role("row").filter(has_text=self.letter.number)
        row.get_by_role("link", name="写审计发现").click()
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
        page.get_by_label("审计项目").select_option(self.engagement.rpartition("/")[2])
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


def test_from_a_suspicion_to_a_report(town: Town, clock: Clock, enter: Callable[..., Visitor]) -> None:
    session, scene = town.scene.session, town.scene
    other = scene.tenant("同机科技有限公司")
    town.tenant.contact_phone = other.contact_phone = "13800138000"
    scene.until(m.CaseState.APPROVED, other)
    case = scene.until(m.CaseState.APPROVED, town.tenant)
    second = factories.user(session, m.Role.AUDITOR, district=scene.district, name="另一审计员")
    clock.day = PAID_ON  # no letter before the public notice is over
    session.commit()
    issued(session, case)
    letter = session.scalars(select(m.Letter).where(m.Letter.case_id == case.id)).one()
    with asking(session, Asker.system("tests")):
        finding.run(session, scene.district, today=date(2099, 12, 31), codes=["shared_phone"])
    session.commit()
    course = Course(enter(town.staff["auditor"]), enter(second), enter(scene.manager, phone=True), letter)
    course.begun()
    course.suspected()
    course.written()
    course.served()
    course.answered()
    course.ordered()
    course.corrected()
    course.closed()
    course.judged()
    report = course.reported()
    session.expire_all()
    made = session.scalars(select(m.Finding)).one()
    assert (made.state, made.closed_by_id, made.amount_fen) == (m.FindingState.CLOSED, second.id, 120_000)
    for said in (made.number, TITLE, "已销号", "1,200.00元", LEAD):
        assert said in report
    lead = session.scalars(select(m.Lead)).one()
    assert (lead.state, made.lead_id) == (m.LeadState.CONFIRMED, lead.id)
    assert len(session.scalars(select(m.FindingPaper)).all()) == 1
    session.commit()
