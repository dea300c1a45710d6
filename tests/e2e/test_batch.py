"""A batch of payments by two people: whoever prepared it cannot release it, another can, the bank's answer books it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from core.data import models as m
from core.data.asker import Asker, asking
from core.services import moves
from core.services.needs import Act
from tests import factories, scenes
from tests.e2e.conftest import Town
from tests.support.site import Clock
from tests.support.visitor import Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def test_prepared_by_one_released_by_another_booked_by_the_banks_answer(
    town: Town, clock: Clock, enter: Callable[..., Visitor]
) -> None:
    session, scene = town.scene.session, town.scene
    other = factories.user(session, m.Role.PAYER, district=scene.district, name="另一拨付员")
    case = scene.until(m.CaseState.APPROVED, town.tenant)
    with asking(session, Asker.system("tests")):
        moves.move(session, scene.registry, case, "issue", Act(), today=scenes.APPROVED)
    name, at = town.tenant.name, f"/cases/{case.id}"
    founder_of_it = scene.founder_of(town.tenant)
    session.commit()
    clock.day = scenes.APPROVED

    one = enter(town.staff["payer"])
    one.open("/payouts/payable")
    one.look("待拨付")
    one.page.locator("tbody input[type=checkbox]").check()
    one.page.locator("summary", has_text="新建批次").click()
    one.press("建立批次")
    batch = one.page.url
    one.press("准备", one.dialog("准备"))
    expect(one.page.locator("main")).to_contain_text("等另一位拨付人员发放")
    expect(one.page.get_by_role("button", name="发放")).to_have_count(0)
    one.look("BF")
    with one.refused(403):  # the button is not there; who asks all the same is told why
        one.page.evaluate(RELEASE)
        expect(one.page.get_by_role("alert")).to_contain_text("不同的人")

    two = enter(other)
    two.open(batch)
    two.press("发放", two.dialog("发放"))
    two.page.locator("header.head").get_by_role("button", name="下载银行文件").click()
    with two.page.expect_download() as got:
        two.page.get_by_role("dialog").get_by_role("button", name="CSV").click()
    sent = list(csv.reader(io.StringIO(got.value.path().read_text("utf-8-sig"))))
    assert any(name in row for row in sent)

    one.open(batch)
    one.follow("上传银行结果")
    answer = {"name": "银行结果.csv", "mimeType": "text/csv", "buffer": answered(sent, clock)}
    with one.page.expect_navigation():
        one.page.locator("input[type=file]").set_input_files(answer)  # type: ignore[arg-type]
    one.look("银行结果")
    one.press("登记1笔结果")
    expect(one.page.locator("h1")).to_contain_text("已结清")

    founder = enter(founder_of_it, phone=True)
    founder.open(at)
    founder.look("资金已拨付")
    expect(founder.sheet("进度")).to_contain_text("请查收")
    staff = enter(town.staff["window"])
    staff.open(at)
    expect(staff.page.locator("h1")).to_contain_text("已拨付")


RELEASE = """() => {
    const form = document.createElement("form");
    form.method = "post";
    form.action = location.pathname + "/release";
    const token = document.querySelector("[name=csrf_token]").cloneNode();
    form.append(token);
    document.body.append(form);
    form.submit();
}"""


def answered(sent: list[list[str]], clock: Clock) -> bytes:
    """The bank's answer to the file it was sent: each payment was made."""
    head = next(row for row in sent if "我方参考号" in row)
    reference, amount = head.index("我方参考号"), next(i for i, title in enumerate(head) if "金额" in title)
    rows = [row for row in sent if row != head and row[reference].startswith("BF")]
    lines = ["我方参考号,金额（元）,处理结果,记账日期,凭证号"]
    lines += [f"{row[reference]},{row[amount]},交易成功,{clock.day},HD{n:06d}" for n, row in enumerate(rows)]
    return "\n".join(lines).encode()
