"""The main job as people do it: real pages in a real browser, from the founder's sign-in to a letter anyone can check.

The desks are on a desktop, the founder also on a phone. Every page looked at is accessible (axe), no wider than its
screen, and breaks no rule of its own Content-Security-Policy.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import suppress

import pytest
from flask import Flask
from passlib.totp import TOTP
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from playwright.sync_api import expect
from sqlalchemy import select

from core.data import models as m
from core.letters.numbering import parse_number
from tests import scenes
from tests.e2e.conftest import HEADS, Town
from tests.factories import PASSWORD
from tests.scenes import paper
from tests.support.site import Clock, Site
from tests.support.visitor import PATIENCE, Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

Visit = Callable[..., Visitor]
# Four heads at the cap of 3,000.00 for a year; their share of the rent paid would be more.
AMOUNT, WORDS = "12,000.00", "壹万贰仟元整"
RENT = "4,500.00"
POLICY = "创业场地房租补贴"


def test_from_the_founder_to_a_letter_that_anyone_can_check(site: Site, town: Town, clock: Clock, visit: Visit) -> None:
    founder = visit()
    founder_applies(founder, town)
    number = founder_submits(founder)

    clock.day = scenes.ACCEPTED
    window = visit()
    window.sign_in(town.staff["window"].email, PASSWORD)
    window.look("待办")
    open_case(window, number)
    window.act("受理")
    window.look(POLICY)
    expect(window.page.locator("h1")).to_contain_text("已受理，待初审")

    clock.day = scenes.REVIEWED
    first = visit()
    first.sign_in(town.staff["first"].email, PASSWORD)
    first.look("待办")
    open_case(first, number)
    reviewer_sees_everything(first, town)
    desks_find_nothing_wrong(first)
    first.act("初审通过", "材料齐全，与记录一致")
    first.look(POLICY)
    expect(first.page.locator("h1")).to_contain_text("初审完成，待复审")
    first.follow("核对收款账户")
    first.page.get_by_label("依据的材料").select_option(index=1)
    first.page.get_by_label("核对情况").fill("户名、账号与营业执照和申请表一致")
    first.press("核对一致")
    first.look("收款账户")
    expect(first.page.locator("h1")).to_contain_text("已核对")

    second = visit()
    sign_in_with_code(second, town.staff["second"], site.app)
    open_case(second, number)
    reviewer_sees_everything(second, town)
    second.act("复审通过", "同意初审意见")
    second.look(POLICY)
    clock.day = scenes.PUBLISHED
    second.act("公示")
    second.look(POLICY)

    stranger = visit()
    stranger.open("/announcements")
    stranger.look("公示")
    stranger.page.locator("tbody").get_by_role("link", name=POLICY).click()
    stranger.look("拟核定名单的公示")
    expect(stranger.page.locator("tbody")).to_contain_text(town.tenant.name)

    approver = visit()
    sign_in_and_set_up_the_second_factor(approver, town.staff["approver"])
    open_case(approver, number)
    with approver.refused(409):
        approver.act("批准", "同意")
    expect(approver.page.get_by_role("alert")).to_contain_text("公示期尚未结束")
    clock.day = scenes.APPROVED
    approver.act("批准", "同意")
    approver.look(POLICY)

    letter = issued(town)
    assert (letter.year, letter.seq) == (scenes.APPROVED.year, 1)
    pdf = founder_reads_the_letter(founder, letter)
    anyone_checks(stranger, letter, pdf)


def test_the_founder_on_a_phone(town: Town, clock: Clock, visit: Visit) -> None:
    """What a founder does, on a screen 390 pixels wide; the desks work unseen meanwhile."""
    founder = visit(phone=True)
    founder_applies(founder, town)
    founder_submits(founder)
    case = town.scene.session.scalars(select(m.Case)).one()
    town.scene.session.commit()
    for day, name, code in (
        (scenes.ACCEPTED, "window", "accept"),
        (scenes.REVIEWED, "first", "first_pass"),
        (scenes.REVIEWED, "second", "second_pass"),
        (scenes.PUBLISHED, "second", "publish"),
        (scenes.APPROVED, "approver", "approve"),
    ):
        clock.day = day
        town.act(name, case, code, clock)
    letter = issued(town)
    pdf = founder_reads_the_letter(founder, letter)
    anyone_checks(visit(phone=True), letter, pdf)


def desks_find_nothing_wrong(first: Visitor) -> None:
    for _ in range(2):
        form = first.sheet("专窗核查").locator("details[open] form").first
        form.get_by_label("通过").check()
        first.press("记录结果", form)
    first.look(POLICY)


# ── the founder ──────────────────────────────────────────────────────────────────────────────────────────────────────
def founder_applies(founder: Visitor, town: Town) -> None:
    """From the front door to a draft that saves itself and has its papers, but for one."""
    page = founder.page
    founder.open("/")
    founder.look("从入驻到核定")
    founder.sign_in(town.founder.email, PASSWORD)
    founder.look(town.tenant.name)
    offer = founder.sheet(POLICY)
    expect(offer).to_contain_text("可以申请")
    expect(offer).to_contain_text(AMOUNT)
    founder.open("/tenants/mine")
    founder.look(town.tenant.name)
    founder.open("/")
    founder.press("开始申请", founder.sheet(POLICY))
    founder.look(POLICY)

    known = founder.sheet("系统已经掌握的情况")
    expect(known).to_contain_text(town.tenant.uscc or "")
    expect(known.locator("tbody tr")).to_have_count(12)
    for month in known.locator("tbody tr").all():
        expect(month).to_contain_text(RENT)
        expect(month).to_contain_text("运营机构提供")
        expect(month.locator("td").nth(3)).to_have_text(str(HEADS))

    page.get_by_label("开户行").fill("示例银行虹桥支行")
    page.get_by_label("联行号").fill("102290000018")
    page.get_by_label("账号").fill("6222 0000 1234 5678")
    page.get_by_label(re.compile("承诺")).check()
    saved(founder)
    page.reload()
    expect(page.get_by_label("开户行")).to_have_value("示例银行虹桥支行")
    expect(page.get_by_label(re.compile("承诺"))).to_be_checked()
    # The account is kept and never shown again: only its tail, where one would type a new one.
    expect(page.get_by_label("账号")).to_have_value("")
    expect(page.get_by_label("账号")).to_have_attribute("placeholder", re.compile(r"5678$"))
    assert "6222000012345678" not in page.content()

    wanted = page.locator(".docs-item:not(.is-done)", has_text="必交")
    while (missing := wanted.count()) > 1:
        upload(founder, missing)
    founder.look(POLICY)


def upload(founder: Visitor, missing: int) -> None:
    """Choose a file for the first paper that is missing: the form sends itself, and the page stays."""
    wanted = founder.page.locator(".docs-item:not(.is-done)", has_text="必交")
    chosen = {"name": f"材料{missing}.pdf", "mimeType": "application/pdf", "buffer": paper()}
    wanted.first.locator("input[type=file]").set_input_files(chosen)  # type: ignore[arg-type]
    expect(wanted).to_have_count(missing - 1)


def founder_submits(founder: Visitor) -> str:
    """Too early, and told what is missing; then with the last paper. Returns the number of the application."""
    page = founder.page
    name = page.locator(".docs-item:not(.is-done)", has_text="必交").locator("b").first.inner_text()
    with founder.refused(422):
        founder.press("提交申请")
    expect(page.get_by_role("alert")).to_contain_text(name)
    expect(page.get_by_label("开户行")).to_have_value("示例银行虹桥支行")
    founder.look(POLICY)
    upload(founder, 1)
    page.get_by_label("开户行").fill("示例银行虹桥路支行")
    founder.press("提交申请")
    founder.look(POLICY)
    expect(page.locator("h1")).to_contain_text("已提交，等待受理")
    expect(page.locator(".tracker-step.is-now")).to_contain_text("受理")
    found = re.search(r"RS\d{4}-\d{6}", page.locator("header.head").inner_text())
    assert found
    return found[0]


def saved(visitor: Visitor) -> None:
    """What was typed has been saved, all of it. On a busy machine the answer may have come before it is waited for."""
    with suppress(PlaywrightTimeout), visitor.page.expect_response(re.compile(r"/draft$"), timeout=3_000):
        pass
    expect(visitor.page.locator("[data-autosave-status]")).to_have_attribute("data-state", "saved")


def founder_reads_the_letter(founder: Visitor, letter: m.Letter) -> bytes:
    """The application has come through; the letter is there with its proof, and can be taken home."""
    founder.open("/")
    founder.look()
    founder.open("/cases")
    founder.look("我的申请")
    founder.follow(re.compile("RS"))
    founder.look(POLICY)
    expect(founder.page.locator("h1")).to_contain_text("通知书已发出")
    told = founder.sheet("通知书")
    expect(told).to_contain_text(letter.number)
    expect(told).to_contain_text(AMOUNT)
    expect(told).to_contain_text(WORDS)
    founder.follow("查看通知书")
    founder.look(letter.number)
    expect(founder.page.locator(".verdict")).to_contain_text("有效")
    expect(founder.page.locator("main .checks-item.is-failed")).to_have_count(0)
    pdf = founder.download("下载PDF")
    assert pdf.startswith(b"%PDF-")
    return pdf


# ── the desks ────────────────────────────────────────────────────────────────────────────────────────────────────────
def open_case(staff: Visitor, number: str) -> None:
    """From the queue to the case."""
    staff.open("/cases")
    staff.look("申请件")
    staff.follow(number)
    staff.look(POLICY)


def reviewer_sees_everything(staff: Visitor, town: Town) -> None:
    """Every check with its clause, the calculation, the evidence with its source, every paper."""
    checks = staff.sheet("逐条核对").locator(".checks-item")
    expect(checks).to_have_count(len(town.scene.registry.get("rent_subsidy").card.checks))
    for check in checks.all():
        assert "is-passed" in (check.get_attribute("class") or "")
        expect(check.locator(".checks-clause dd")).not_to_be_empty()
    sum_ = staff.sheet("核算")
    expect(sum_.locator("tbody tr")).to_have_count(HEADS)
    expect(sum_.locator("tfoot")).to_contain_text(AMOUNT)
    expect(sum_.locator("tfoot")).to_contain_text(WORDS)
    rent = staff.sheet("凭据").locator("tbody tr")
    expect(rent).to_have_count(12)
    for row in rent.all():
        expect(row).to_contain_text(RENT)
        expect(row).to_contain_text("运营机构提供")
    expect(staff.sheet("申请材料").locator(".docs-item.is-done")).not_to_have_count(0)


def sign_in_with_code(staff: Visitor, user: m.User, app: Flask) -> None:
    """Password, then what the authenticator shows."""
    staff.sign_in(user.email, PASSWORD)
    staff.look("两步验证")
    with app.app_context():
        source = app.extensions["security"].totp_factory._totp.from_source(user.tf_totp_secret)
    staff.page.get_by_label("验证码").fill(source.generate().token)
    staff.press("验证")
    staff.look("待办")
    # Going back to the page of the code does no harm.
    staff.open("/account/tf-validate")
    staff.look("待办")


def sign_in_and_set_up_the_second_factor(staff: Visitor, user: m.User) -> None:
    """A privileged role gets nowhere before a second factor is set up; then it takes its recovery codes."""
    staff.sign_in(user.email, PASSWORD)
    staff.look("设置两步验证")
    staff.open("/cases")
    staff.look("设置两步验证")
    staff.press("开始设置")
    staff.look("设置两步验证")
    secret = re.sub(r"\W", "", staff.page.locator(".secret").inner_text())
    staff.page.get_by_label("验证码").fill(TOTP(key=secret).generate().token)
    staff.press("完成设置")
    staff.look("恢复码")
    staff.press("生成新的恢复码")
    staff.look("恢复码")
    expect(staff.page.locator(".codes li")).to_have_count(10)
    staff.follow("进入工作台")
    staff.look("待办")


# ── the letter ───────────────────────────────────────────────────────────────────────────────────────────────────────
def issued(town: Town) -> m.Letter:
    """The letter, once the job that the approval enqueued has made it."""
    session, end = town.scene.session, time.monotonic() + PATIENCE / 1000
    while True:
        session.expire_all()
        letter = session.scalars(select(m.Letter).where(m.Letter.status == m.LetterStatus.ISSUED)).one_or_none()
        session.commit()
        if letter is not None:
            assert parse_number(letter.number)
            return letter
        assert time.monotonic() < end, "the job has made no letter"
        time.sleep(0.2)


def anyone_checks(stranger: Visitor, letter: m.Letter, pdf: bytes) -> None:
    """The original is valid, as often as one likes; with one bit changed it is not. The printed code finds it too."""
    stranger.open("/verify")
    stranger.look("核验通知书")
    stranger.drop("[data-drop]", "通知书.pdf", pdf)
    stranger.look("核验通知书")
    expect(stranger.page.locator(".verdict b")).to_have_text("有效")
    expect(stranger.page.locator("main")).to_contain_text(letter.number)
    changed = bytearray(pdf)
    changed[len(pdf) // 2] ^= 1
    stranger.drop("[data-drop]", "通知书.pdf", bytes(changed))
    stranger.look("核验通知书")
    expect(stranger.page.locator(".verdict b")).to_have_text("无效")
    stranger.page.get_by_label("校验码").fill(letter.check_code)
    stranger.press("查询")
    stranger.look("核验通知书")
    expect(stranger.page.locator("main")).to_contain_text(letter.number)
