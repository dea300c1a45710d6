"""督办 shows the files of 追回 whose day is past: whose turn it is, for how long, and where to go."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import update

from core.data import models as m
from core.services import calendar
from core.services.recovery import deciding
from core.web.menus import ROLE_NAMES
from tests import scenes
from tests.integration.recovery.conftest import Desk

BOX = "逾期未退回的追回"


def _row(page: str, number: str) -> str:
    """The row of a file on the board, without marks."""
    (row,) = (it for it in re.findall(r"<tr>.*?</tr>", page.split(f">{BOX}<", 1)[1], re.DOTALL) if number in it)
    return re.sub(r"<[^>]*>", " ", row)


def test_an_overdue_file_stands_on_the_board_until_it_is_back(desk: Desk, client_as: Callable[..., Any]) -> None:
    case = desk.paid(letter=True)
    desk.lose_rent(case, *scenes.months())
    file = desk.decided(case)
    desk.session.commit()
    number, path = file.number, f"/recoveries/{file.id}"
    admin = client_as(desk.road.staff["admin"])
    assert BOX not in admin.get("/oversight").text  # its day is to come

    day = desk.today - timedelta(days=14)
    late = -calendar.days_left(day, desk.today)
    desk.session.execute(update(m.Recovery).values(due_on=day))
    desk.session.commit()
    page = admin.get("/oversight").text
    row = _row(page, number)
    for words in (case.tenant.name, str(ROLE_NAMES[m.Role.PAYER]), f"逾期 {late} 个工作日"):
        assert words in row, words
    assert f'href="{path}"' in page
    assert "3,000.00" not in row  # a board says that there is one, not what is in it
    assert admin.get(path).status_code == 200

    founder = desk.road.founder_of(case.tenant)
    desk.as_(founder, deciding.appeal, file, "金额有误", confirmed=True, today=desk.today)
    desk.session.commit()
    row = _row(admin.get("/oversight").text, number)
    assert str(ROLE_NAMES[m.Role.SECOND_REVIEWER]) in row
    assert str(ROLE_NAMES[m.Role.PAYER]) not in row

    auditor = desk.road.staff["auditor"]
    desk.session.add(
        m.DeclaredTie(
            user_id=auditor.id, tenant_id=case.tenant_id, district_id=desk.road.district.id,
            relation=m.Relation.FAMILY, note="配偶为股东",
        )
    )  # fmt: skip
    desk.session.commit()
    tied = client_as(auditor)
    assert number in tied.get("/oversight").text
    assert tied.get(path).status_code == 403

    desk.confirm(desk.receive(file, 300_000))
    desk.session.commit()
    assert BOX not in admin.get("/oversight").text
