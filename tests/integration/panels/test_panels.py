"""专家评审: independent, final, closed by somebody else; the rule reads the result, and reviews are bound to it."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DatabaseError, IntegrityError

from core.data import models as m
from core.data.asker import asking
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.services import assessments, desks, panels
from tests import factories, scenes
from tests.integration.panels.conftest import GOOD, Board

WEAK = {"novelty": (5, "技术一般"), "team": (3, "缺少销售")}


def test_three_score_alone_and_the_mean_lets_the_case_pass(board: Board) -> None:
    case = board.until(m.CaseState.ACCEPTED)
    first, second, third, fourth, _ = board.experts
    with pytest.raises(Conflict, match="专家评审尚未结束"):
        board.act(board.staff["first"], case, "first_pass", scenes.REVIEWED)
    with pytest.raises(Conflict, match="专家评审尚未结束"):  # nor is it refused for want of the score alone
        board.act(board.staff["first"], case, "first_refuse", scenes.REVIEWED, opinion="未评审")
    with pytest.raises(Forbidden, match="总窗或复审"):
        board.convene(case, who="first")
    with pytest.raises(Invalid, match="3位不同"):
        board.convene(case, first, second, second)
    with pytest.raises(Invalid, match="在任"):
        board.convene(case, first, second, board.staff["payer"])
    panel = board.convene(case)
    with pytest.raises(Conflict, match="已组成"):
        board.convene(case)

    with pytest.raises(NotFound):
        board.score(case, fourth)
    with pytest.raises(Invalid, match="0到10之间"):
        board.score(case, first, GOOD | {"novelty": (11, "很好")})
    with pytest.raises(Invalid, match="评审意见"):
        board.score(case, first, GOOD | {"team": (5, " ")})
    board.score(case, first)
    with pytest.raises(Conflict, match="不能修改"):
        board.score(case, first, WEAK)
    board.score(case, second, {"novelty": (9, "国内领先"), "team": (5, "较完整")})
    with pytest.raises(Conflict, match="丙专家尚未提交"):
        board.close(case)
    with asking(board.session, board.as_user(board.staff["window"])):
        seats = {it.user_id: it for it in panels.seats(board.session, panel)}
        with pytest.raises(Conflict, match="不能更换"):
            panels.replace(
                board.session, board.registry, case, seats[first.id].id, fourth.id, "出差", today=scenes.REVIEWED
            )
        with pytest.raises(Conflict, match="评审组中"):
            panels.replace(
                board.session, board.registry, case, seats[third.id].id, first.id, "出差", today=scenes.REVIEWED
            )
        panels.replace(
            board.session, board.registry, case, seats[third.id].id, fourth.id, "出差", today=scenes.REVIEWED
        )
    with pytest.raises(NotFound):
        board.score(case, third)
    board.score(case, fourth, {"novelty": (7, "尚可"), "team": (7, "完整")})
    board.close(case)
    # 48+240/7, 54+200/7, 42+40 of 100; their mean is 82.285…: 82.29.
    assert (panel.mean, panel.closed_by_id) == (8229, board.staff["second"].id)

    board.act(board.staff["first"], case, "first_pass", scenes.REVIEWED)
    with asking(board.session, board.as_user(board.staff["second"])):
        before = assessments.assess(board.session, case, board.registry, scenes.REVIEWED)
        assert next(it for it in before.decision.checks if it.code == "panel")[:3] == ("panel", True, 8229)
    with board.session.begin_nested() as undone:  # another score sheet is another content
        board.session.execute(update(m.CasePanel).values(digest="sha256:other"))
        board.session.expire_all()
        with pytest.raises(Conflict, match="内容有了变化"):
            board.act(board.staff["second"], case, "second_pass", scenes.REVIEWED)
        undone.rollback()
    board.session.expire_all()
    board.act(board.staff["second"], case, "second_pass", scenes.REVIEWED)
    with pytest.raises(Conflict, match="已不在这一步"):
        board.close(case)


def test_below_the_mark_it_is_refused_and_the_letter_says_why(board: Board) -> None:
    case = board.until(m.CaseState.ACCEPTED)
    board.convene(case)
    for expert, given in zip(
        board.experts[:3], (WEAK, WEAK, {"novelty": (10, "领先"), "team": (7, "完整")}), strict=True
    ):
        board.score(case, expert, given)
    with pytest.raises(Invalid, match="超过40分"):
        board.close(case)
    panel = board.close(case, "两份低分理由一致，予以采用")
    assert panel.mean == 6476  # 47 1/7 twice and 100: 64.7619…
    with pytest.raises(Conflict, match=r"得分64\.76分，低于70分"):
        board.act(board.staff["first"], case, "first_pass", scenes.REVIEWED)
    said = board.act(board.staff["first"], case, "first_refuse", scenes.REVIEWED, opinion="专家评审未达标")
    assert said.reasons == ["check:panel"]
    board.act(board.staff["second"], case, "refuse", scenes.REVIEWED, confirmed=True)
    letter = board.issue(case)
    assert letter.status is m.LetterStatus.ISSUED
    assert letter.kind is m.LetterKind.REFUSAL


def test_a_tie_keeps_an_expert_out_and_newer_facts_ask_again(board: Board) -> None:
    tenant = board.tenant()
    case = board.until(m.CaseState.ACCEPTED, tenant)
    first, second, third, fourth, fifth = board.experts

    def declare(user: m.User) -> None:
        board.session.add(
            m.DeclaredTie(district_id=board.district.id, user_id=user.id, tenant_id=tenant.id,
                          relation=m.Relation.FAMILY, note="亲属")
        )  # fmt: skip
        board.session.flush()

    declare(fourth)
    with pytest.raises(Conflict, match="丁专家与申请单位"):
        board.convene(case, first, second, fourth)
    factories.membership(board.session, fifth, m.Role.PAYER, district=board.district)
    with pytest.raises(Conflict, match="戊专家同时是"):
        board.convene(case, first, second, fifth)
    board.convene(case)
    declare(third)
    with pytest.raises(Forbidden, match="不能评审本件"):
        board.score(case, third)
    board.score(case, first)

    with asking(board.session, board.as_user(first)):  # an expert reaches no row, not even their own scores
        for model in (m.Case, m.Tenant, m.CasePanel, m.PanelSeat, m.PanelScore, m.CaseEvent):
            assert board.session.scalars(select(model)).all() == []
    with asking(board.session, board.as_user(board.manager)):
        assert board.session.scalars(select(m.CasePanel)).all() == []
    with pytest.raises(DatabaseError, match="append-only"), board.session.begin_nested():
        board.session.execute(update(m.PanelScore).values(points=1))
    done = m.PanelSeat.handed_in_at.is_not(None)
    with pytest.raises(IntegrityError), board.session.begin_nested():
        board.session.execute(update(m.PanelSeat).where(done).values(replaced_at=m.PanelSeat.named_at, reason="晚了"))

    board.act(board.staff["first"], case, "refresh", scenes.REVIEWED, opinion="补录租金")
    with pytest.raises(NotFound):
        board.score(case, second)
    board.ask_desks(case)
    with asking(board.session, board.as_user(board.staff["second"])):
        assert {it.state for it in desks.answers(board.session, board.registry, case)} == {m.DeskState.PASSED}
    board.session.execute(update(m.DeclaredTie).values(withdrawn_at=case.submitted_at))
    board.convene(case, first, second, third)
    trail = select(m.AuditEvent.action).where(m.AuditEvent.action.like("panel.%")).order_by(m.AuditEvent.id)
    assert board.session.scalars(trail).all() == ["panel.convene", "panel.hand_in", "panel.convene"]
