"""A recovery from the record that falls to the last fen: computed and proposed by one person, answered by the company,
decided by another, kept back from the next payment by two payers, booked by the bank's answer, closed."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable
from datetime import date

import pytest
from playwright.sync_api import expect
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from core.data import models as m
from tests import factories, scenes
from tests.e2e.conftest import Town
from tests.e2e.test_batch import answered
from tests.integration.payouts.conftest import PAID_ON, Till, good
from tests.support.site import Clock
from tests.support.visitor import PATIENCE, Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

ACCOUNT = "虹桥示范区财政局，示例银行，3100 0001"
LEFT = 100_001  # fen of a year's rent that are still paid
OWED = 300_000 - LEFT
GRANT = 800_000


def test_from_an_opened_file_to_an_offset_against_the_next_payment(
    town: Town, clock: Clock, enter: Callable[..., Visitor]
) -> None:
    session, scene = town.scene.session, town.scene
    other = factories.user(session, m.Role.PAYER, district=scene.district, name="另一拨付员")
    rent, grant = two_awards(town, clock)
    number, at, name = rent.number, f"/cases/{rent.id}", rent.tenant.name
    founder_of_it = scene.founder_of(rent.tenant)
    session.commit()

    # The reviewer has the rules run again: nothing is owed, until rent has gone back.
    first = enter(town.staff["first"])
    first.open(at)
    recompute(first)
    expect(first.page.get_by_role("alert").or_(first.page.get_by_role("status")).first).to_contain_text(
        "没有应追回的金额"
    )
    lose_rent(session, rent)
    recompute(first)
    first.look("追回")
    path = first.page.url
    says(first, "应追回", "1,999.99")
    total = first.sheet("应追回的金额").locator("tr", has_text="合计")
    expect(total).to_contain_text("3,000.00")
    expect(total).to_contain_text("1,000.01")
    expect(total).to_contain_text("1,999.99")
    first.page.get_by_label("追回的事由").fill("出租方已退回房租，凭据不再成立")
    first.press("提出追回")
    first.look("追回")
    expect(first.page.get_by_role("button", name="决定追回")).to_have_count(0)  # that is for another person

    founder = enter(founder_of_it, phone=True)
    founder.open(path)
    founder.look("追回")
    expect(founder.page.locator("main")).to_contain_text("拟追回1,999.99元")
    founder.page.get_by_label("陈述申辩的内容").fill("情况属实，请从以后的拨付中抵扣")
    chosen = {"name": "退款说明.pdf", "mimeType": "application/pdf", "buffer": scenes.paper()}
    founder.page.locator("input[type=file]").set_input_files(chosen)  # type: ignore[arg-type]
    founder.press("提交陈述")
    expect(founder.sheet("陈述和复核申请")).to_contain_text("退款说明.pdf")

    approver = enter(town.staff["approver"])
    approver.open(path)
    approver.look("追回")
    assert approver.download("退款说明.pdf") == scenes.paper()
    approver.page.get_by_label("决定的理由").fill("退回的房租不属于实际支付，应退回相应补贴。")
    approver.page.get_by_label("收款账户").fill(ACCOUNT)
    approver.page.get_by_label("我已核对").check()
    approver.press("决定追回")
    approver.look("追回")
    says(approver, "尚欠", "1,999.99")
    founder.open(path)
    expect(founder.page.locator("main")).to_contain_text(ACCOUNT)

    # The next payment to the company: 8,000.00, of which so much is kept back.
    one = enter(town.staff["payer"])
    one.open("/payouts/payable")
    one.page.locator("tbody input[type=checkbox]").check()
    one.page.locator("summary", has_text="新建批次").click()
    one.press("建立批次")
    batch = one.page.url
    expect(one.page.locator("main")).to_contain_text("1笔的收款单位有待退回的款项")
    one.page.get_by_role("button", name="抵扣", exact=True).click()
    asked = one.page.get_by_role("dialog")
    expect(asked).to_contain_text("最多抵扣1,999.99元")
    expect(asked.get_by_label("抵扣金额")).to_have_value("1999.99")
    one.press("确定", asked)
    one.look("BF")
    expect(one.sheet("明细")).to_contain_text("6,000.01")
    expect(one.sheet("明细")).to_contain_text("核定8,000.00，抵扣1,999.99")
    says(one, "合计", "6,000.01")
    one.press("准备", one.dialog("准备"))
    expect(one.page.get_by_role("button", name="发放")).to_have_count(0)

    two = enter(other)
    two.open(batch)
    dialog = two.dialog("发放")
    expect(dialog).to_contain_text("共1笔、6,000.01元")
    two.press("发放", dialog)
    two.page.locator("header.head").get_by_role("button", name="下载银行文件").click()
    with two.page.expect_download() as got:
        two.page.get_by_role("dialog").get_by_role("button", name="CSV").click()
    sent = list(csv.reader(io.StringIO(got.value.path().read_text("utf-8-sig"))))
    (paid,) = [row for row in sent if name in row]
    assert "6000.01" in paid
    assert not any("8000" in cell or "1999" in cell for row in sent for cell in row)

    one.open(batch)
    one.follow("上传银行结果")
    answer = {"name": "银行结果.csv", "mimeType": "text/csv", "buffer": answered(sent, clock)}
    with one.page.expect_navigation():
        one.page.locator("input[type=file]").set_input_files(answer)  # type: ignore[arg-type]
    one.look("银行结果")
    one.press("登记1笔结果")
    expect(one.page.locator("h1")).to_contain_text("已结清")

    founder.open(path)
    founder.look("追回")
    expect(founder.page.locator("h1")).to_contain_text("已收回")
    says(founder, "已收回", "1,999.99")
    says(founder, "尚欠", "0.00")
    expect(founder.sheet("收款和抵扣")).to_contain_text("抵扣拨付")
    first.open(at)
    expect(first.page.locator("h1")).to_contain_text("已拨付")
    auditor = enter(town.staff["auditor"])
    auditor.open("/payouts/reconciliation")
    auditor.look("对账")
    for label, figure in (("付款合计", "11,000.00"), ("其中抵扣", "1,999.99"), ("实付", "9,000.01")):
        says(auditor, label, figure)
    expect(auditor.page.locator("main")).to_contain_text("全部一致")
    auditor.open(f"/recoveries?q={number}")
    expect(auditor.page.locator("tbody tr")).to_contain_text("1,999.99")

    booked(session, rent, grant)


def two_awards(town: Town, clock: Clock) -> tuple[m.Case, m.Case]:
    """A company with a rent subsidy of 3,000.00 that was paid, and a start-up grant of 8,000.00 that is to be."""
    session, scene = town.scene.session, town.scene
    tenant = scene.tenant("归还科技有限公司", registered_on=date(2025, 8, 1))
    founder = session.scalars(select(m.Founder).where(m.Founder.tenant_id == tenant.id)).one()
    founder.categories = "hard_to_employ"
    factories.pool(session, scene.district, "startup_grant", fen=2_000_000)
    rent = scene.until(m.CaseState.APPROVED, tenant)
    scene.policy = "startup_grant"
    grant = scene.until(m.CaseState.APPROVED, tenant)
    clock.day = PAID_ON  # no letter before the public notice is over
    session.commit()
    issued(session, rent, grant)
    till = Till(scene)
    batch = till.sent([rent])
    till.book(batch, [good(row) for row in batch.rows])
    session.commit()
    return rent, grant


def issued(session: Session, *cases: m.Case) -> None:
    """Wait until the jobs that the approvals enqueued have made the letters."""
    end = time.monotonic() + PATIENCE / 1000
    while True:
        session.expire_all()
        done = all(case.state is m.CaseState.ISSUED for case in cases)
        session.commit()
        if done:
            return
        assert time.monotonic() < end, "the jobs have made no letters"
        time.sleep(0.2)


def lose_rent(session: Session, case: m.Case) -> None:
    """All rent but 1,000.01 goes back."""
    first, *others = scenes.months()
    of_tenant = m.RentPayment.tenant_id == case.tenant_id
    session.execute(delete(m.RentPayment).where(of_tenant, m.RentPayment.month.in_(others)))
    session.execute(update(m.RentPayment).where(of_tenant, m.RentPayment.month == first).values(paid_fen=LEFT))
    session.commit()


def recompute(reviewer: Visitor) -> None:
    reviewer.page.get_by_role("button", name="核对是否须追回").click()
    dialog = reviewer.page.get_by_role("dialog")
    dialog.get_by_label("房租退回").check()
    reviewer.press("核算并立卷", dialog)


def says(visitor: Visitor, label: str, figure: str) -> None:
    """A figure at the head of the page, by its name."""
    stat = visitor.page.locator(".stat", has=visitor.page.get_by_text(label, exact=True))
    expect(stat.locator(".stat-value").first).to_contain_text(figure)


def booked(session: Session, rent: m.Case, grant: m.Case) -> None:
    """The same figures in the tables."""
    session.expire_all()
    file = session.scalars(select(m.Recovery)).one()
    assert (file.state, file.cause, file.paid_fen, file.owed_fen) == (
        m.RecoveryState.SETTLED, m.RecoveryCause.REFUND, 300_000, OWED,
    )  # fmt: skip
    assert len({file.proposed_by_id, file.decided_by_id, None}) == 3
    assert (rent.state, grant.state) == (m.CaseState.PAID, m.CaseState.PAID)
    (credit,) = file.credits
    assert (credit.kind, credit.state, credit.amount_fen) == (m.CreditKind.OFFSET, m.CreditState.CONFIRMED, OWED)
    assert len({credit.recorded_by_id, credit.confirmed_by_id, None}) == 3
    row = session.scalars(select(m.Disbursement).where(m.Disbursement.case_id == grant.id)).one()
    assert (row.amount_fen, row.offset_fen, row.net_fen) == (GRANT, OWED, GRANT - OWED)
    assert row.batch.prepared_by_id != row.batch.released_by_id
    pools = {it.policy_key: (it.paid_fen, it.left_fen) for it in session.scalars(select(m.Pool))}
    assert pools["rent_subsidy"] == (LEFT, 100_000_000 - LEFT)
    assert pools["startup_grant"] == (GRANT, 2_000_000 - GRANT)
    assert len(session.scalars(select(m.RecoveryPaper)).all()) == 1
    session.commit()
