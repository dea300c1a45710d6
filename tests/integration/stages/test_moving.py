"""Moves: what is refused, what is written, and that the past is only changed in the open."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from core.data import models as m
from core.data.models import Stage
from core.errors import Conflict, DomainError, Invalid
from core.services import stages
from core.services.stages import Decider, Evidence
from tests.integration.stages.conftest import LI, PAPER, TODAY, WANG, House

pytestmark = pytest.mark.one_engine

ENTERED = date(2026, 3, 2)


def test_a_tenant_enters_moves_and_leaves(house: House) -> None:
    house.enter(Stage.NURSERY, ENTERED)
    house.move(Stage.INCUBATOR, date(2026, 8, 1))
    left = house.move(Stage.EXITED, TODAY)
    assert house.stretches() == [
        (Stage.NURSERY, ENTERED, date(2026, 7, 31)),
        (Stage.INCUBATOR, date(2026, 8, 1), TODAY - timedelta(days=1)),
        (Stage.EXITED, TODAY, None),
    ]
    assert house.tenant.stage is Stage.EXITED
    assert (left.kind, left.from_stage, left.to_stage) == (m.StageDecisionKind.MOVE, Stage.INCUBATOR, Stage.EXITED)
    assert left.deciders == [{"name": "王芳", "duty": "孵化部经理"}, {"name": "李强", "duty": "总经理"}]
    assert left.after[-1] == {"stage": "exited", "from": "2026-11-25", "to": None}
    trail = [e.action for e in house.session.query(m.AuditEvent).filter_by(subject_type="stagedecision")]
    assert trail == ["stage.entry", "stage.move", "stage.move"]


def test_who_has_left_may_come_back(house: House) -> None:
    house.enter(Stage.INCUBATOR, ENTERED)
    stages.exit(house.session, house.tenant, date(2026, 5, 1), **house._decided({}))
    house.move(Stage.INCUBATOR, date(2026, 9, 1))
    assert [stage for stage, *_ in house.stretches()] == [Stage.INCUBATOR, Stage.EXITED, Stage.INCUBATOR]


@pytest.mark.parametrize(
    ("to", "on", "changed", "field", "word"),
    [
        (Stage.ACCELERATOR, TODAY, {}, "to", "不可跳过阶段"),
        (Stage.NURSERY, TODAY, {}, "to", "已经处于"),
        (Stage.INCUBATOR, TODAY + timedelta(days=1), {}, "on", "在今天之后"),
        (Stage.INCUBATOR, ENTERED, {}, "on", "更正履历"),
        (Stage.INCUBATOR, ENTERED - timedelta(days=1), {}, "on", "更正履历"),
        (Stage.INCUBATOR, TODAY - timedelta(days=1), {"reason": " "}, "reason", "补登"),
        (Stage.INCUBATOR, TODAY, {"evidence": []}, "evidence", "没有依据材料"),
        (Stage.INCUBATOR, TODAY, {"evidence": [Evidence(" ")]}, "evidence", "没有依据材料"),
        (Stage.INCUBATOR, TODAY, {"deciders": []}, "deciders", "决定人"),
        (Stage.INCUBATOR, TODAY, {"deciders": [Decider("王芳", "")]}, "deciders", "职务"),
        (Stage.INCUBATOR, TODAY, {"deciders": [WANG, WANG]}, "deciders", "写了两次"),
    ],
)
def test_bad_moves_are_refused_with_a_sentence_and_change_nothing(
    house: House, to: Stage, on: date, changed: dict[str, Any], field: str, word: str
) -> None:
    house.enter(Stage.NURSERY, ENTERED)
    before = house.stretches()
    with pytest.raises(Invalid, match=word) as refused:
        house.move(to, on, **changed)
    assert refused.value.field == field
    assert house.stretches() == before


def test_the_day_after_the_stage_began_is_the_first_that_will_do(house: House) -> None:
    house.enter(Stage.NURSERY, ENTERED)
    house.move(Stage.INCUBATOR, ENTERED + timedelta(days=1))
    assert house.stretches()[0] == (Stage.NURSERY, ENTERED, ENTERED)


def test_today_needs_no_reason(house: House) -> None:
    house.enter(Stage.NURSERY, ENTERED)
    house.move(Stage.EXITED, TODAY, reason=None, deciders=[WANG])


def test_a_second_entry_and_a_stale_page_are_refused(house: House) -> None:
    house.enter(Stage.NURSERY, ENTERED)
    with pytest.raises(Conflict, match="已经入孵"):
        house.enter(Stage.INCUBATOR, TODAY)
    with pytest.raises(Conflict, match="刚刚变为"):
        house.move(Stage.INCUBATOR, TODAY, seen=Stage.EXITED)


def test_a_paper_of_another_tenant_is_no_evidence(house: House) -> None:
    house.enter(Stage.NURSERY, ENTERED)
    other = m.StoredFile(
        operator_id=house.operator.id, tenant_id=house.tenant.id + 1, sha256="0" * 64, size=1, media_type="x", name="x"
    )
    with pytest.raises(Invalid, match="别家企业"):
        house.move(Stage.INCUBATOR, TODAY, evidence=[Evidence("纪要", other)])


# ── corrections ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_correction_moves_a_date_and_keeps_what_was_checked(house: House) -> None:
    house.enter(Stage.NURSERY, ENTERED)
    house.move(Stage.INCUBATOR, date(2026, 8, 1))
    ids = {row.stage: row.id for row in house.tenant.stage_moves}
    done = house.correct((Stage.NURSERY, date(2026, 2, 1)), (Stage.INCUBATOR, date(2026, 8, 15)))
    assert house.stretches() == [
        (Stage.NURSERY, date(2026, 2, 1), date(2026, 8, 14)),
        (Stage.INCUBATOR, date(2026, 8, 15), None),
    ]
    assert {row.stage: row.id for row in house.tenant.stage_moves} == ids
    assert done.before[0]["from"] == "2026-03-02"
    assert done.after[0]["from"] == "2026-02-01"
    assert done.reason == "原登记日期有误"


def test_the_last_move_is_taken_back_and_both_stay_on_record(house: House) -> None:
    house.enter(Stage.INCUBATOR, ENTERED)
    house.move(Stage.EXITED, date(2026, 10, 1))
    stages.take_back(house.session, house.tenant, deciders=[WANG, LI], reason="企业并未退出", today=TODAY)
    assert house.stretches() == [(Stage.INCUBATOR, ENTERED, None)]
    assert house.tenant.stage is Stage.INCUBATOR
    kinds = [d.kind.value for d in house.session.query(m.StageDecision).order_by(m.StageDecision.id)]
    assert kinds == ["entry", "move", "correction"]


@pytest.mark.parametrize(
    ("beginnings", "changed", "field", "word"),
    [
        ([], {}, "beginnings", "不能清空"),
        ([(Stage.NURSERY, ENTERED)], {}, "beginnings", "相同"),
        ([(Stage.NURSERY, TODAY + timedelta(days=1))], {}, "beginnings", "在今天之后"),
        ([(Stage.NURSERY, ENTERED), (Stage.ACCELERATOR, TODAY)], {}, "beginnings", "不可跳过阶段"),
        ([(Stage.NURSERY, ENTERED), (Stage.INCUBATOR, ENTERED)], {}, "beginnings", "应晚于"),
        ([(Stage.NURSERY, ENTERED), (Stage.NURSERY, TODAY)], {}, "beginnings", "连续出现"),
        ([(Stage.INCUBATOR, ENTERED)], {"reason": ""}, "reason", "原因"),
        ([(Stage.INCUBATOR, ENTERED)], {"deciders": [WANG]}, "deciders", "两人"),
    ],
)
def test_bad_corrections_are_refused(
    house: House, beginnings: list[tuple[Stage, date]], changed: dict[str, Any], field: str, word: str
) -> None:
    house.enter(Stage.NURSERY, ENTERED)
    with pytest.raises(DomainError, match=word) as refused:
        house.correct(*beginnings, **changed)
    assert refused.value.field == field
    assert house.stretches() == [(Stage.NURSERY, ENTERED, None)]


def test_a_skip_that_an_old_book_brought_does_not_stand_in_the_way_of_mending_a_date(house: House) -> None:
    scope = {"operator_id": house.operator.id}
    house.tenant.stage_moves.extend(
        [
            m.StageMove(stage=Stage.NURSERY, from_on=date(2020, 1, 1), to_on=date(2020, 12, 31), **scope),
            m.StageMove(stage=Stage.ACCELERATOR, from_on=date(2021, 1, 1), **scope),
        ]
    )
    house.tenant.stage = Stage.ACCELERATOR
    house.correct((Stage.NURSERY, date(2020, 2, 1)), (Stage.ACCELERATOR, date(2021, 1, 1)))
    assert house.stretches()[0] == (Stage.NURSERY, date(2020, 2, 1), date(2020, 12, 31))


def test_evidence_is_kept_with_its_file(house: House) -> None:
    decision = house.enter(Stage.NURSERY, ENTERED, evidence=[PAPER])
    assert decision.evidence == [{"title": "入孵评审会纪要", "file_id": None}]
