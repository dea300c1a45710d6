"""专窗: all answer before the first review passes; what they said is kept, and asked again when the facts change."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from core.data import models as m
from core.data.asker import asking
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.policy import Desk, Text
from core.services import desks, moves
from core.services.needs import Act
from tests import factories, scenes
from tests.integration.workflow.conftest import Road

D = m.DeskState


def answer(road: Road, case: m.Case, key: str, state: m.DeskState, opinion: str = "", who: str = "first") -> m.DeskTask:
    with asking(road.session, road.as_user(road.staff[who])):
        return desks.answer(road.session, road.registry, case, key, state, opinion)


def first_pass(road: Road, case: m.Case, opinion: str = "") -> m.CaseEvent:
    with asking(road.session, road.as_user(road.staff["first"])):
        return moves.move(road.session, road.registry, case, "first_pass", Act(opinion=opinion), today=scenes.REVIEWED)


def test_every_desk_answers_and_an_objection_is_overruled_in_writing(road: Road) -> None:
    case = road.until(m.CaseState.ACCEPTED)
    with pytest.raises(Conflict, match="社保核查、场地核查"):
        first_pass(road, case)
    answer(road, case, "insurance", D.PASSED)
    with pytest.raises(Invalid, match="写明问题"):
        answer(road, case, "premises", D.OBJECTED, " ")
    with pytest.raises(Invalid, match="选择核查结果"):
        answer(road, case, "premises", D.OPEN)
    with pytest.raises(NotFound):
        answer(road, case, "nowhere", D.PASSED)
    with pytest.raises(Conflict, match="尚未核查完：场地核查"):
        first_pass(road, case)
    objection = answer(road, case, "premises", D.OBJECTED, "现场无人办公。")
    assert answer(road, case, "premises", D.OBJECTED, "现场无人办公。") is objection  # pressed twice
    with pytest.raises(Invalid, match="场地核查认为有问题"):
        first_pass(road, case)
    answer(road, case, "premises", D.OBJECTED, "现场一人办公，水电费偏低。")  # looked again
    kept = select(m.DeskTask).where(m.DeskTask.desk == "premises").order_by(m.DeskTask.id)
    assert [(t.opinion, t.superseded_at is None) for t in road.session.scalars(kept)] == [
        ("现场无人办公。", False), ("现场一人办公，水电费偏低。", True),
    ]  # fmt: skip
    first_pass(road, case, "已电话核实，员工外出拜访客户。")
    with pytest.raises(Conflict, match="已不在这一步"):
        answer(road, case, "premises", D.PASSED)
    trail = select(m.AuditEvent).where(m.AuditEvent.action == "case.desk")
    assert len(road.session.scalars(trail).all()) == 3
    with pytest.raises(IntegrityError), road.session.begin_nested():
        road.session.execute(update(m.DeskTask).values(superseded_at=None))


def test_new_facts_are_looked_at_again_and_a_department_keeps_its_desk(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = road.until(m.CaseState.ACCEPTED)
    road.ask_desks(case)
    road.act(road.staff["first"], case, "refresh", scenes.REVIEWED, opinion="租金记录已补录")
    assert {it.state for it in desks.answers(road.session, road.registry, case)} == {D.OPEN}
    road.ask_desks(case)
    road.act(road.staff["first"], case, "first_pass", scenes.REVIEWED)
    road.act(road.staff["second"], case, "send_back", scenes.REVIEWED, opinion="金额请再核")
    # The facts are the same: so are the answers.
    assert {it.state for it in desks.answers(road.session, road.registry, case)} == {D.PASSED}

    desk = Desk(Text("场地核查", "Premises"), Text("看场地", "Look"), "housing")
    case_desk = {"premises": desk}
    loaded = road.registry.get("rent_subsidy").card.workflow._replace(desks=case_desk)
    monkeypatch.setattr("core.services.desks.card_of", lambda *_: type("C", (), {"workflow": loaded}))
    answer(road, case, "premises", D.PASSED, "再看一遍")  # no such department here: anyone
    housing = factories.department(road.session, road.district, code="housing", name="区房管局")
    with pytest.raises(Forbidden, match="另一部门"):
        answer(road, case, "premises", D.OBJECTED, "有问题")
    road.staff["house"] = factories.user(
        road.session, m.Role.FIRST_REVIEWER, district=road.district, department=housing, name="房管员"
    )
    assert answer(road, case, "premises", D.OBJECTED, "有问题", who="house").department_id == housing.id
