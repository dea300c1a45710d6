"""What goes wrong on the road: each time one clear sentence, and nothing is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from core.data import models as m
from core.data.asker import Asker, asking
from core.errors import Conflict, Forbidden, Invalid
from core.jobs import issuing
from core.services import cases, failures, moves, pools
from core.services.failures import NotAssessed
from core.services.invariants import Violation
from core.services.needs import Act
from tests import factories, scenes
from tests.integration.conftest import Client
from tests.integration.workflow.conftest import Road

pytestmark = pytest.mark.one_engine

S = m.CaseState
AMOUNT = 300_000


def test_a_policy_switched_off_midway_keeps_its_cases_and_they_go_on_afterwards(road: Road) -> None:
    case = road.until(S.ACCEPTED)
    road.ask_desks(case)
    tenant = road.tenant()
    founder = road.founder_of(tenant)
    late = road.draft(tenant, founder)
    road.registry.hold({"rent_subsidy": "条款核对中"})
    with pytest.raises(NotAssessed, match=r"条款核对中.*申请件已保留，未作任何决定"):
        road.act(road.staff["first"], case, "first_pass", scenes.REVIEWED)
    assert (case.state, pools.reserved_for(road.session, case)) == (S.ACCEPTED, AMOUNT)
    admin = factories.user(road.session, m.Role.PLATFORM_ADMIN)
    assert failures.settle(road.session) == ["rent_subsidy"]
    told = road.session.scalars(select(m.Notice).where(m.Notice.user_id == admin.id)).one()
    title = road.registry.card("rent_subsidy").title
    assert (told.params["policy"], title.zh in told.about) == ({"zh": title.zh, "en": title.en}, True)
    # What needs no rule is done all the same: nobody misses a time limit by our fault.
    road.act(founder, late, "submit", scenes.APPLIED)
    assert late.state is S.SUBMITTED
    with pytest.raises(Invalid, match="目前不可用"):
        road.draft(tenant, founder, ("2024-01", "2024-12"))
    road.registry.hold({})
    road.act(road.staff["first"], case, "first_pass", scenes.REVIEWED)


def test_an_opinion_that_its_paper_cannot_print_is_refused_before_the_act(road: Road) -> None:
    case = road.until(S.SUBMITTED)
    for opinion, named in (("请补\u200b盖章", r"U\+200B"), ("请补盖章\U0001f60a", "\U0001f60a")):
        with pytest.raises(Invalid, match=named):
            road.act(
                road.staff["window"], case, "return", scenes.ACCEPTED, opinion=opinion, reasons=("unclear_document",)
            )
    assert case.state is S.SUBMITTED


def test_outside_its_window_the_failed_condition_is_named(road: Road) -> None:
    tenant = road.tenant()
    founder = road.founder_of(tenant)
    early, late = ("2026-06", "2027-05"), ("2024-01", "2024-12")
    for period, named in ((early, "申请期间已到最后一月"), (late, "期满后十二个月内申请")):
        case = road.draft(tenant, founder, period)
        road.act(founder, case, "submit", scenes.APPLIED)
        road.act(road.staff["window"], case, "accept", scenes.ACCEPTED)
        with pytest.raises(Conflict, match=f"未满足：.*{named}"):
            road.act(road.staff["first"], case, "first_pass", scenes.REVIEWED)
        said = road.act(road.staff["first"], case, "first_refuse", scenes.REVIEWED, opinion="不在申请期内")
        assert any(code in said.reasons for code in ("check:period_over", "check:in_time"))


def test_months_that_were_granted_are_refused_at_start_and_at_submission(road: Road) -> None:
    case = road.issued(paid=True)
    tenant, founder = case.tenant, road.founder_of(case.tenant)
    number = road.session.scalars(select(m.Letter.number)).one()
    with pytest.raises(Conflict, match=f"2025-11至2026-10.*{number}"), road.session.begin_nested():
        road.draft(tenant, founder)
    draft = road.draft(tenant, founder, ("2025-10", "2025-10"))  # nobody had that month
    with asking(road.session, road.as_user(founder)):
        cases.save(road.session, draft, version=None, values={"period_from": "2026-01", "period_to": "2026-02"})
    with pytest.raises(Conflict, match=f"2026-01至2026-02.*{number}"), road.session.begin_nested():
        road.act(founder, draft, "submit", scenes.APPLIED)
    road.session.refresh(draft)
    assert (draft.state, draft.period_from) == (S.DRAFT, "2026-01")  # still there to be changed
    lease = road.session.scalars(select(m.Lease).where(m.Lease.tenant_id == tenant.id)).one()
    factories.rent(road.session, lease, "2025-10")
    with asking(road.session, road.as_user(founder)):
        cases.save(road.session, draft, version=None, values={"period_from": "2025-10", "period_to": "2026-02"})
    road.act(founder, draft, "submit", scenes.APPLIED)  # some of it nobody had: that is for the desks


def test_a_double_click_is_told_so_and_others_are_out_of_reach(road: Road, client_as: Callable[..., Client]) -> None:
    tenant = road.tenant()
    founder = road.founder_of(tenant)
    browser, window = client_as(founder), client_as(road.staff["window"])
    begin = {"policy": "rent_subsidy", "period_from": "2025-01", "period_to": "2025-02"}
    assert browser.post("/cases", data=begin).status_code == 302
    begun = road.session.scalars(select(m.Case)).one()
    again = browser.post("/cases", data=begin)
    assert (again.status_code, begun.number in again.text) == (409, True)

    case = road.draft(tenant, founder)
    road.session.commit()
    filled = {"period_from": case.period_from, "period_to": case.period_to, "payee_name": tenant.name,
              "payee_bank": "示例银行", "payee_bank_code": "102290000018",
              "answers-truthful": "y", "version": case.version}  # fmt: skip
    stranger = client_as(road.founder_of(road.tenant()))
    assert stranger.post(f"/cases/{case.id}/submission", data=filled).status_code == 404
    for told in ("申请已提交", "没有重复提交"):
        answer = browser.post(f"/cases/{case.id}/submission", data=filled, follow_redirects=True)
        assert (answer.status_code, told in answer.text) == (200, True), told
    assert window.post(f"/cases/{case.id}/moves/accept", data={}).status_code == 302
    twice = window.post(f"/cases/{case.id}/moves/accept", data={})
    assert (twice.status_code, "刚才已经办好" in twice.text) == (409, True)
    made = select(func.count()).where(m.CaseEvent.case_id == case.id)
    assert road.session.scalar(made) == 2


def test_one_person_in_two_parts_and_an_amount_that_was_changed(
    road: Road, wrong: Callable[[], list[Violation]]
) -> None:
    case = road.until(S.PUBLISHED)
    first = road.also("first", m.Role.APPROVER)
    with pytest.raises(Forbidden, match="不同的人"):
        road.act(first, case, "approve", scenes.APPROVED, confirmed=True)
    road.act(road.staff["approver"], case, "approve", scenes.APPROVED, confirmed=True)
    payer = road.also("approver", m.Role.PAYER)
    road.issue(case)
    with pytest.raises(Forbidden, match="不同的人"):
        road.act(payer, case, "pay", scenes.APPROVED, confirmed=True)
    # What was decided stays what it is, whatever the operator's books say later.
    road.session.execute(update(m.RentPayment).values(paid_fen=1))
    letter = road.session.scalars(select(m.Letter)).one()
    assert letter.amount_fen == AMOUNT

    road.also("approver", m.Role.APPROVER)
    road.also("first", m.Role.FIRST_REVIEWER)
    other = road.until(S.APPROVED)
    road.session.execute(update(m.Award).where(m.Award.case_id == other.id).values(amount_fen=AMOUNT + 1))
    decision_id = other.decisions[-1].id
    road.session.commit()
    with pytest.raises(Conflict, match="不能编号"):
        issuing.issue(road.app, decision_id)
    assert {v.rule for v in wrong()} >= {"I1"}


def at_once(engine: Engine, askers: list[Asker], act: Callable[[Session], object]) -> list[str]:
    """What two people are told who do the same at one moment."""
    start, answers = threading.Barrier(len(askers)), []

    def one(asker: Asker) -> None:
        with Session(engine, expire_on_commit=False, info={"asker": asker}) as own:
            start.wait(timeout=180)
            try:
                act(own)
                own.commit()
                answers.append("done")
            except Conflict as told:
                answers.append(str(told))

    threads = [threading.Thread(target=one, args=(asker,)) for asker in askers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=180)
    return sorted(answers)


def test_of_two_at_once_one_stands_and_the_other_is_told(road: Road, engine: Engine) -> None:
    case = road.until(S.PUBLISHED)
    second = factories.user(road.session, m.Role.APPROVER, district=road.district, name="另一审批")
    approvers = [road.as_user(who) for who in (road.staff["approver"], second)]
    tenant_id, founder = case.tenant_id, road.as_user(road.founder_of(case.tenant))
    road.session.commit()

    def approve(own: Session) -> None:
        mine = cases.load(own, case.id)
        moves.move(own, road.registry, mine, "approve", Act(confirmed=True), today=scenes.APPROVED)

    done, told = at_once(engine, approvers, approve)
    assert (done, "可能已有人办理" in told) == ("done", True)
    assert road.session.scalar(select(func.count()).select_from(m.Award)) == 1
    pool = road.session.scalars(select(m.Pool).execution_options(populate_existing=True)).one()
    assert (pool.reserved_fen, pool.committed_fen) == (0, AMOUNT)
    road.session.commit()

    def begin(own: Session) -> None:
        tenant = own.scalars(select(m.Tenant).where(m.Tenant.id == tenant_id)).one()
        period = {"period_from": "2025-01", "period_to": "2025-03"}
        cases.start(own, road.registry, tenant, policy_key="rent_subsidy", **period)

    done, told = at_once(engine, [founder, founder], begin)
    assert (done, "已包含这些月份（2025-01至2025-03）" in told) == ("done", True)
