"""The workflow of one case, on both engines: the road, its gates, and what approval writes."""

from __future__ import annotations

import json
import threading
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import Engine, delete, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from core.config import Settings
from core.data import models as m
from core.data.asker import Asker, asking
from core.data.engine import reading
from core.errors import Conflict, DomainError, Forbidden, Invalid
from core.services import assessments, cases, moves, pools
from core.services.needs import Act
from core.services.workflow import MOVES, STATES
from tests import factories, scenes
from tests.scenes import Scene

pytestmark = pytest.mark.one_engine

# 1 head, 12 months of 4,500.00 paid: the cap of 3,000.00 a head and year decides.
AMOUNT = 300_000


@pytest.fixture
def scene(app: Flask, session: Session, settings: Settings) -> Scene:
    with app.app_context():
        return Scene(session, app.extensions["registry"], settings.files)


def test_the_main_road_ends_in_an_award_with_its_evidence_spent(scene: Scene) -> None:
    case = scene.until(m.CaseState.APPROVED)
    award = scene.session.scalars(select(m.Award)).one()
    uses = scene.session.scalars(select(m.EvidenceUse)).all()
    assert award.amount_fen == AMOUNT == sum(u.amount_fen for u in uses)
    assert len(uses) == 12
    capsule = json.loads(award.decision.capsule)
    assert capsule["amount_fen"] == AMOUNT
    assert [act["step"] for act in capsule["acts"]] == [
        "submit", "accept", "first_pass", "second_pass", "publish", "approve",
    ]  # fmt: skip
    pool = scene.session.scalars(select(m.Pool).execution_options(populate_existing=True)).one()
    assert (pool.left_fen, pool.reserved_fen, pool.committed_fen) == (100_000_000 - AMOUNT, 0, AMOUNT)
    assert case.state is m.CaseState.APPROVED


def test_no_name_or_number_of_a_person_is_in_the_capsule(scene: Scene) -> None:
    scene.until(m.CaseState.APPROVED)
    text = scene.session.scalars(select(m.Decision)).one().capsule.decode()
    for founder in scene.session.scalars(select(m.Founder)):
        assert founder.id_number not in text
        assert founder.name not in text
    assert "参保人" not in text


def test_every_act_is_in_the_trail(scene: Scene) -> None:
    case = scene.until(m.CaseState.APPROVED)
    trail = scene.session.scalars(select(m.AuditEvent.action).where(m.AuditEvent.subject_id == case.id)).all()
    for code in ("submit", "accept", "first_pass", "second_pass", "publish", "approve"):
        assert f"case.{code}" in trail


def test_a_second_claim_on_the_same_month_names_the_other_award(scene: Scene) -> None:
    tenant = scene.tenant()
    first = scene.until(m.CaseState.PUBLISHED, tenant)
    first.state = m.CaseState.CLOSED  # so that a second case for the same months may be opened at all
    scene.session.flush()
    second = scene.until(m.CaseState.PUBLISHED, tenant)
    first.state = m.CaseState.PUBLISHED
    scene.session.flush()
    scene.act(scene.staff["approver"], first, "approve", scenes.APPROVED, confirmed=True)
    with pytest.raises(Conflict) as refused:
        scene.act(scene.staff["approver"], second, "approve", scenes.APPROVED, confirmed=True)
    assert first.number in str(refused.value)


def test_a_spent_month_is_not_offered_again(scene: Scene) -> None:
    tenant = scene.tenant()
    scene.until(m.CaseState.APPROVED, tenant).state = m.CaseState.CLOSED
    scene.session.flush()
    founder = scene.founder_of(tenant)
    award = scene.session.scalars(select(m.Award)).one()
    award.policy_key = "another"  # so that a second case for the same months may be opened at all
    scene.session.flush()
    again = scene.draft(tenant, founder)
    found = assessments.assess(scene.session, again, scene.registry, scenes.APPROVED)
    assert len(found.decision.excluded) == 12
    assert found.decision.outcome.value == "ineligible"


@pytest.mark.parametrize("state", [s for s in m.CaseState if s is not m.CaseState.DRAFT])
def test_moves_not_in_the_table_are_refused(scene: Scene, state: m.CaseState) -> None:
    """Every move from every state that is not its source: refused, and nothing changed."""
    case = scene.until(m.CaseState.SUBMITTED)
    case.state = state
    scene.session.flush()
    for code, rule in MOVES.items():
        if state in rule.sources or not rule.roles:
            continue
        role = next(iter(rule.roles))
        who = next((u for u in scene.staff.values() if scene.as_user(u).may(role)), None) or scene.founder_of(
            case.tenant
        )
        with pytest.raises(DomainError):
            scene.act(who, case, code, scenes.APPROVED, confirmed=True, opinion="试一试", reasons=("payee",))
        assert case.state is state


@pytest.mark.parametrize("code", list(MOVES))
def test_a_move_is_refused_to_every_role_that_the_table_does_not_name(scene: Scene, code: str) -> None:
    rule = MOVES[code]
    case = scene.until(m.CaseState.SUBMITTED)
    case.state = next(iter(sorted(rule.sources)))
    scene.session.flush()
    for who in (*scene.staff.values(), scene.manager):
        if scene.as_user(who).may(*rule.roles):
            continue
        with pytest.raises(Forbidden):
            scene.act(who, case, code, scenes.APPROVED, confirmed=True)


def test_preparer_cannot_approve(scene: Scene) -> None:
    case = scene.until(m.CaseState.PUBLISHED)
    preparer = scene.staff["first"]
    factories.membership(scene.session, preparer, m.Role.APPROVER, district=scene.district)
    scene.session.refresh(preparer, ["memberships"])
    with asking(scene.session, Asker.member(preparer.memberships[1])), pytest.raises(Forbidden):
        moves.move(scene.session, scene.registry, case, "approve", Act(confirmed=True), today=scenes.APPROVED)


def test_the_database_refuses_one_person_in_two_parts(scene: Scene) -> None:
    case = scene.until(m.CaseState.PUBLISHED)
    case.approved_by_id = case.prepared_by_id
    with pytest.raises(IntegrityError):
        scene.session.flush()


@pytest.mark.parametrize("both", ["the same move", "two moves"])
def test_of_two_who_act_at_once_the_second_is_told(scene: Scene, engine: Engine, both: str) -> None:
    """Each reads the case before either writes; one act stands, and the other sees what the first did."""
    case = scene.until(m.CaseState.SUBMITTED)
    scene.session.commit()
    window = scene.as_user(scene.staff["window"])
    scene.session.commit()
    codes = ("accept", "accept") if both == "the same move" else ("accept", "not_admit")
    start = threading.Barrier(2)
    answers: list[str] = []

    def act(code: str) -> None:
        with Session(engine, expire_on_commit=False, info={"asker": window}) as own:
            with reading():  # as a page would: the case is there before the transaction that writes
                mine = own.scalars(select(m.Case).where(m.Case.id == case.id)).one()
                own.commit()
            start.wait(timeout=180)
            act = Act(opinion="不属于本窗口", reasons=("not_competent",), confirmed=True)
            try:
                moves.move(own, scene.registry, mine, code, act, today=scenes.ACCEPTED)
                own.commit()
                answers.append("done")
            except Conflict:
                answers.append("told")

    threads = [threading.Thread(target=act, args=(code,)) for code in codes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=180)
    assert sorted(answers) == ["done", "told"]
    made = select(m.CaseEvent.move).where(
        m.CaseEvent.case_id == case.id, m.CaseEvent.from_state == m.CaseState.SUBMITTED
    )
    assert len(scene.session.scalars(made).all()) == 1


def test_approval_waits_for_the_end_of_publication(scene: Scene) -> None:
    case = scene.until(m.CaseState.PUBLISHED)
    assert case.publication_ends_on == date(2026, 11, 16)  # five working days after Monday the 9th
    for day in (scenes.PUBLISHED, case.publication_ends_on):
        with pytest.raises(Conflict):
            scene.act(scene.staff["approver"], case, "approve", day, confirmed=True)
    scene.act(scene.staff["approver"], case, "approve", date(2026, 11, 17), confirmed=True)


def test_a_change_after_review_voids_the_approval(scene: Scene) -> None:
    case = scene.until(m.CaseState.PUBLISHED)
    case.payee_account = "6222999999999999"
    scene.session.flush()
    with pytest.raises(Conflict, match="原审核意见失效"):
        scene.act(scene.staff["approver"], case, "approve", scenes.APPROVED, confirmed=True)


def test_approval_of_a_stale_page_is_refused(scene: Scene) -> None:
    case = scene.until(m.CaseState.PUBLISHED)
    with pytest.raises(Conflict, match="刷新"):
        scene.act(scene.staff["approver"], case, "approve", scenes.APPROVED, confirmed=True, content_hash="sha256:0")


def test_correction_is_asked_for_once_and_keeps_the_first_date(scene: Scene) -> None:
    tenant = scene.tenant()
    founder = scene.founder_of(tenant)
    case = scene.draft(tenant, founder)
    scene.act(founder, case, "submit", scenes.APPLIED)
    scene.act(scene.staff["window"], case, "return", scenes.ACCEPTED, opinion="缺盖章", reasons=("missing_document",))
    assert case.state is m.CaseState.RETURNED
    scene.act(founder, case, "submit", scenes.REVIEWED)
    assert case.applied_on == scenes.APPLIED
    with pytest.raises(Conflict, match="一次"):
        scene.act(scene.staff["window"], case, "return", scenes.REVIEWED, opinion="还缺", reasons=("payee",))


def test_refusal_leaves_a_decision_and_frees_the_money(scene: Scene) -> None:
    tenant = scene.tenant(labour_dispatch=True)
    founder = scene.founder_of(tenant)
    case = scene.draft(tenant, founder)
    scene.act(founder, case, "submit", scenes.APPLIED)
    scene.act(scene.staff["window"], case, "accept", scenes.ACCEPTED)
    with pytest.raises(Conflict):
        scene.act(scene.staff["first"], case, "first_pass", scenes.REVIEWED)
    scene.act(scene.staff["first"], case, "first_refuse", scenes.REVIEWED, opinion="劳务派遣单位不属于范围")
    scene.act(scene.staff["second"], case, "refuse", scenes.REVIEWED, confirmed=True)
    decision = scene.session.scalars(select(m.Decision)).one()
    assert (case.state, decision.outcome, decision.amount_fen) == (m.CaseState.REFUSED, "ineligible", 0)
    assert scene.session.scalars(select(m.Award)).all() == []
    assert pools.reserved_for(scene.session, case) == 0


def test_submission_lists_every_missing_paper(scene: Scene) -> None:
    tenant = scene.tenant()
    founder = scene.founder_of(tenant)
    case = scene.empty_draft(tenant, founder)
    with asking(scene.session, scene.as_user(founder)), pytest.raises(Invalid, match=r"营业执照.*租赁协议"):
        moves.move(scene.session, scene.registry, case, "submit", Act(), today=scenes.APPLIED)


def test_one_open_case_for_the_same_months(scene: Scene) -> None:
    tenant = scene.tenant()
    founder = scene.founder_of(tenant)
    first = scene.draft(tenant, founder)
    with pytest.raises(Conflict, match=first.number):
        scene.draft(tenant, founder, ("2026-10", "2026-10"))


def test_to_hold_a_case_forgets_nothing_written_before(scene: Scene) -> None:
    tenant = scene.tenant()
    case = scene.draft(tenant, scene.founder_of(tenant))
    case.number = "RS2026-424242"
    cases.lock(scene.session, case)
    assert case.number == "RS2026-424242"


def test_a_stale_tab_is_told_and_nothing_overwritten(scene: Scene) -> None:
    tenant = scene.tenant()
    founder = scene.founder_of(tenant)
    case = scene.draft(tenant, founder)
    version = case.version
    with asking(scene.session, scene.as_user(founder)):
        cases.save(scene.session, case, version=version, values={"payee_bank": "甲银行"})
        with pytest.raises(Conflict):
            cases.save(scene.session, case, version=version, values={"payee_bank": "乙银行"})
    assert case.payee_bank == "甲银行"


def test_decisions_and_acts_cannot_be_rewritten(scene: Scene) -> None:
    scene.until(m.CaseState.APPROVED)
    for model in (m.Decision, m.CaseEvent, m.AuditEvent):
        for statement in (update(model).values(id=model.id), delete(model)):
            with pytest.raises(DBAPIError, match="append-only"), scene.session.begin_nested():
                scene.session.execute(statement.execution_options(synchronize_session=False))


def test_every_state_has_both_names_and_every_move_its_words() -> None:
    assert set(STATES) == set(m.CaseState)
    for rule in MOVES.values():
        assert rule.staff
        assert rule.record
        assert rule.target is None or rule.target in STATES
