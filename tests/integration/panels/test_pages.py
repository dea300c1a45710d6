"""The pages of a panel: staff convene and close it, experts score, the applicant reads the result and no names."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from core.data import models as m
from tests.integration.conftest import Client
from tests.integration.panels.conftest import Board

pytestmark = pytest.mark.one_engine


def test_a_panel_from_naming_to_result(board: Board, client_as: Callable[..., Client]) -> None:
    case = board.until(m.CaseState.ACCEPTED)
    address = f"/cases/{case.id}"
    first, second, third, fourth, _ = board.experts
    founder, staff = client_as(board.founder_of(case.tenant)), client_as(board.staff["second"])
    assert "专家评审" in staff.get(address).text
    assert "甲专家" not in client_as(board.staff["first"]).get(address).text  # who does not convene is not asked whom
    wrong = staff.post(f"{address}/panel", data={"experts": [first.id, second.id]})
    assert (wrong.status_code, wrong.text.count(" checked")) == (422, 2)
    assert staff.post(f"{address}/panel", data={"experts": [first.id, second.id, third.id]}).status_code == 302
    told = board.session.scalars(select(m.Notice).where(m.Notice.kind == "panel_turn")).all()
    assert {it.user_id for it in told} == {first.id, second.id, third.id}

    expert = client_as(first)
    home = expert.get("/reviews").text
    assert case.number in home
    assert "我的评审" in home
    sheet = expert.get(f"/reviews/{case.id}").text
    assert case.tenant.name in sheet
    assert str(case.payee_account) not in sheet
    assert client_as(fourth).get(f"/reviews/{case.id}").status_code == 404
    for path in (address, "/cases", "/tenants", f"{address}/payee", "/people"):
        assert expert.get(path).status_code in {403, 404}
    typed = {"points-novelty": "8", "comment-novelty": "自主技术", "points-team": "8", "comment-team": "完整"}
    refused = expert.post(f"/reviews/{case.id}", data=typed)
    assert (refused.status_code, "请勾选确认" in refused.text, "自主技术" in refused.text) == (422, True, True)
    refused = expert.post(f"/reviews/{case.id}", data=typed | {"confirmed": "yes"})
    assert (refused.status_code, "0到7之间" in refused.text) == (422, True)
    typed |= {"points-team": "6", "confirmed": "yes"}
    assert expert.post(f"/reviews/{case.id}", data=typed).status_code == 302
    assert "自主技术" in expert.get(f"/reviews/{case.id}").text
    assert "自主技术" not in staff.get(address).text  # not before all are in

    seat = next(s for s in board.session.scalars(select(m.PanelSeat)) if s.user_id == third.id)
    changing = f"{address}/panel/seats/{seat.id}"
    kept = staff.post(changing, data={"user_id": fourth.id, "reason": "病"})
    assert (kept.status_code, 'value="病"' in kept.text) == (422, True)
    assert staff.post(changing, data={"user_id": fourth.id, "reason": "因病"}).status_code == 302
    for person in (second, fourth):
        assert client_as(person).post(f"/reviews/{case.id}", data=typed).status_code == 302
    assert "自主技术" in staff.get(address).text
    assert "平均" not in founder.get(address).text
    assert staff.post(f"{address}/panel/closing", data={"note": ""}).status_code == 302
    # 48 + 240/7 each
    page = founder.get(address).text
    assert "平均82.29分" in page
    assert "甲专家" not in page
    assert "自主技术" not in page
    assert "平均" not in client_as(board.manager).get(address).text
