"""A list in a real browser: what is searched, filtered and shown is what the file holds, row by row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import python_calamine

from core.data import models as m
from tests import factories
from tests.e2e.conftest import Town
from tests.factories import PASSWORD
from tests.support.visitor import Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

STAGES = (m.Stage.NURSERY, m.Stage.INCUBATOR)


def test_the_file_holds_what_the_filtered_list_shows(town: Town, visit: Callable[..., Visitor], tmp_path: Path) -> None:
    session = town.scene.session
    for n in range(90):
        factories.tenant(
            session, town.scene.operator, name=f"云岚{n:02d}{'智造' if n % 3 else '餐饮'}有限公司",
            stage=STAGES[n % 2], industry="=1+1" if n % 7 == 0 else None, registered_on=date(2024, 1 + n % 12, 1),
        )  # fmt: skip
    session.commit()
    operator = visit()
    operator.sign_in(town.scene.manager.email, PASSWORD)
    page = operator.page
    operator.open("/tenants?sort=-registered_on&size=25")
    with page.expect_response(lambda answer: "q=" in answer.url):
        page.get_by_role("searchbox").fill("岚 智造")
    page.get_by_role("group", name="阶段").get_by_role("link", name="孵化器").click()
    page.wait_for_url("**stage=incubator**")
    page.wait_for_load_state("networkidle")

    shown: list[str] = []
    while True:
        shown += [name.strip() for name in page.locator("a.row-link").all_inner_texts()]
        following = page.get_by_role("link", name="下一页")
        if not following.count():
            break
        first = shown[-1]
        following.click()
        page.wait_for_function("last => !document.querySelector('tbody').innerText.includes(last)", arg=first)
    assert len(shown) == 30

    page.locator("summary", has_text="导出").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Excel 表格（XLSX）").click()
    file = tmp_path / "list.xlsx"
    download.value.save_as(file)
    head, *rows = python_calamine.load_workbook(file).get_sheet_by_index(0).to_python()
    assert [row[head.index("名称")] for row in rows] == shown
    assert {row[head.index("行业")] for row in rows} == {"", "'=1+1"}  # never a formula
