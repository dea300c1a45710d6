"""A round from applications to letters: exact, explained, by two persons, all of it or nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.data import models as m
from core.data.asker import Asker, asking
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.jobs import issuing
from core.letters.store import Store
from core.letters.verify import verify_letter
from core.policy import Policy
from core.services import mentors, pairings, rounds
from tests import factories
from tests.integration.rounds.conftest import KEY, TODAY, House, pairs, ref


def test_from_applications_to_pairings_awards_and_capsules(house: House, session: Session) -> None:
    finance = house.waiting("想请人谈股权融资和估值", hours=2)
    market = house.waiting("想请人帮我们做海外市场推广", hours=2)
    house.mentor("宋岩", skills="股权融资、估值、投资协议", capacity=1)
    house.mentor("何静", skills="海外市场推广与渠道", capacity=1)
    it = house.open()
    run = house.run(it)
    assert pairs(run) == {finance.number: "宋岩", market.number: "何静"}
    assert (run.matched, run.left) == (2, 0)
    why = {match["case"]: [code for code, _ in match["reasons"]] for match in run.result["matches"]}  # type: ignore[index]
    assert "skills" in why[finance.number]
    assert house.adopt(it, run) == 2
    assert it.state is m.RoundState.ADOPTED
    for case in (finance, market):
        assert case.state is m.CaseState.APPROVED
        assert (case.prepared_by_id, case.approved_by_id) == (house.scene.manager.id, house.second.id)
    awards = session.scalars(select(m.Award).order_by(m.Award.case_id)).all()
    assert [award.amount_fen for award in awards] == [0, 0]
    assert awards[0].granted[0] == ["创业导师", "宋岩（远帆软件有限公司）"]  # type: ignore[index]
    capsule = json.loads(awards[0].decision.capsule)
    assert capsule["match"]["offer"].startswith("M")
    assert capsule["match"]["sharing"] == run.digest
    assert "宋岩" not in awards[0].decision.capsule.decode(), "a mentor's name is on the page, not in the capsule"
    running = session.scalars(select(m.Pairing)).all()
    assert {(p.case_id, p.source) for p in running} == {
        (finance.id, m.PairingSource.ROUND),
        (market.id, m.PairingSource.ROUND),
    }


def test_the_letter_names_the_mentor_states_no_amount_and_proves_itself(
    app: Flask, house: House, session: Session
) -> None:
    case = house.waiting("想请人谈股权融资和估值")
    house.mentor("宋岩", skills="股权融资、估值、投资协议", position="合伙人")
    it = house.open()
    house.adopt(it, house.run(it))
    decision = session.scalars(select(m.Decision.id)).one()
    session.commit()
    issuing.issue(app, decision)
    session.expire_all()
    letter = session.scalars(select(m.Letter)).one()
    assert case.state is m.CaseState.ISSUED
    settings = app.extensions["settings"]
    pdf = Store(settings.letters).get(letter.file_sha256 or "")
    result = verify_letter(pdf, registry=app.extensions["registry"])
    assert {line.code: line.status for line in result.lines if line.status == "bad"} == {}
    assert "不涉及金额" in next(line.zh for line in result.lines if line.code == "page")
    house.scene.act(house.scene.manager, case, "finish", TODAY)
    assert case.state is m.CaseState.CLOSED


def test_pins_bans_and_two_runs_to_compare(house: House) -> None:
    one, two = house.waiting("谈股权融资"), house.waiting("谈股权融资和估值")
    good, other = (
        house.mentor("宋岩", skills="股权融资、估值", capacity=1),
        house.mentor("何静", skills="财税", capacity=1),
    )
    it = house.open()
    assert pairs(house.run(it)) == {two.number: "宋岩", one.number: "何静"}
    pin = house.wish(it, one, good, m.WishKind.PIN)
    again = house.run(it)
    assert pairs(again) == {one.number: "宋岩", two.number: "何静"}
    assert ["pinned", ""] in again.result["matches"][0]["reasons"] + again.result["matches"][1]["reasons"]  # type: ignore[index]
    house.wish(it, two, other, m.WishKind.BAN)
    last = house.run(it)
    assert pairs(last) == {one.number: "宋岩"}
    assert last.result["left"] == [{"case": two.number, "reason": ["no_room", ""]}]  # type: ignore[index]
    assert [run.number for run in it.runs] == [1, 2, 3]
    with asking(house.scene.session, house.scene.as_user(house.scene.manager)):
        rounds.remove_wish(house.scene.session, it, pin.id)
        with pytest.raises(NotFound):
            rounds.remove_wish(house.scene.session, it, pin.id)
    with pytest.raises(Conflict, match="又指定或排除过"):
        house.adopt(it, last)


def test_a_wish_that_cannot_be_is_refused_with_names(house: House, session: Session) -> None:
    case, other = house.waiting(), house.waiting()
    mentor = house.mentor("宋岩", capacity=1)
    it = house.open()
    house.wish(it, case, mentor, m.WishKind.PIN)
    with pytest.raises(Conflict, match="没有更多名额"):
        house.wish(it, other, mentor, m.WishKind.PIN)
    with pytest.raises(Conflict, match="已经指定或排除过"):
        house.wish(it, case, mentor, m.WishKind.BAN)
    tied = house.mentor("何静")
    mentors.add_tie(session, tied, other.tenant, m.TieKind.SHAREHOLDING)
    with pytest.raises(Conflict, match="导师何静与"):
        house.wish(it, other, tied, m.WishKind.PIN)
    assert house.run(it).result["left"] == [{"case": other.number, "reason": ["no_room", ""]}]  # type: ignore[index]
    with pytest.raises(Invalid, match="已受理的申请"):
        house.wish(it, house.waiting(admitted=False), tied, m.WishKind.PIN)


@pytest.mark.parametrize(("change", "told"), [("ended", "没有足够的名额，或已不再聘任"), ("tied", "有辅导以外的关系")])
def test_a_pair_that_was_set_and_can_no_longer_be_made_fails_the_run_with_names(
    house: House, session: Session, change: str, told: str
) -> None:
    case, mentor = house.waiting(), house.mentor("宋岩")
    it = house.open()
    pin = house.wish(it, case, mentor, m.WishKind.PIN)
    if change == "ended":
        mentors.end(session, mentor, on=TODAY, today=TODAY, title="结束聘任")
    else:
        mentors.add_tie(session, mentor, case.tenant, m.TieKind.KINSHIP)
    failed = house.run(it)
    assert failed.state is m.RunState.FAILED
    assert failed.failure == (f"导师宋岩和“{case.tenant.name}”这一对不能再指定（{told}）。请取消这条指定，再重新计算")
    with asking(house.scene.session, house.scene.as_user(house.scene.manager)):
        rounds.remove_wish(house.scene.session, it, pin.id)
    assert house.run(it).state is m.RunState.DONE


def test_who_ran_it_cannot_adopt_it(house: House, session: Session) -> None:
    house.waiting()
    house.mentor("宋岩")
    it = house.open()
    run = house.run(it)
    with pytest.raises(Forbidden, match="不同的人"):
        house.adopt(it, run, house.scene.manager)
    staff = factories.user(session, m.Role.OPERATOR_STAFF, operator=house.scene.operator)
    with pytest.raises(Forbidden):
        house.adopt(it, run, staff)
    it.state, it.run_by_id, it.adopted_by_id = m.RoundState.ADOPTED, house.second.id, house.second.id
    with pytest.raises(IntegrityError):
        session.flush()


@pytest.mark.parametrize("change", ["room", "tie", "withdrawn", "paired", "facts"])
def test_whatever_changed_since_the_run_stops_all_of_it(house: House, session: Session, change: str) -> None:
    """Of two pairs one can no longer be made: neither is, and the sentence says which."""
    house.waiting("谈股权融资")
    case = house.waiting("谈知识产权")
    mentor = house.mentor("宋岩", skills="知识产权", capacity=2)
    house.mentor("何静", skills="股权融资", capacity=1)
    it = house.open()
    run = house.run(it)
    session.commit()
    if change == "room":
        mentors.end(session, mentor, on=TODAY, today=TODAY, title="结束聘任")
    elif change == "tie":
        mentors.add_tie(session, mentor, case.tenant, m.TieKind.KINSHIP)
    elif change == "withdrawn":
        house.scene.act(house.scene.founder_of(case.tenant), case, "withdraw", TODAY, confirmed=True)
    elif change == "paired":
        pairings.pair(session, mentor, case.tenant, starts_on=TODAY)
    else:
        case.answers = case.answers | {"goal": "改成别的"}
    session.commit()
    with pytest.raises(Conflict) as refused:
        house.adopt(it, run)
    told = {"room": "宋岩", "tie": "宋岩", "withdrawn": case.number, "paired": "宋岩", "facts": "内容有了变化"}[change]
    assert told in str(refused.value)
    session.rollback()
    assert session.scalar(select(func.count()).select_from(m.Award)) == 0
    assert it.state is m.RoundState.OPEN


def test_who_does_not_take_part_is_told_apart_and_may_be_declined(house: House, session: Session) -> None:
    case = house.waiting()
    mentor = house.mentor("宋岩")
    pairings.pair(session, mentor, case.tenant, starts_on=TODAY)
    it = house.open()
    run = house.run(it)
    assert run.result["skipped"] == [{"case": case.number, "why": "served"}]  # type: ignore[index]
    assert (run.matched, run.left) == (0, 0)


def test_a_policy_that_cannot_share_out_fails_the_run_and_it_can_be_asked_for_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = house.waiting()
    house.mentor("宋岩")
    it = house.open()
    loaded = house.scene.registry.get("mentor_match")

    def broken(*_: object) -> None:
        raise ZeroDivisionError("x")

    mended: Policy = loaded.policy
    monkeypatch.setattr(house.scene.registry, "_policies", {"mentor_match": replace_policy(loaded, broken)})
    failed = house.run(it)
    assert failed.state is m.RunState.FAILED
    assert failed.failure == (
        "规则未能完成匹配（sharing out raised ZeroDivisionError: x）。"
        "申请和指定都保留着，请联系平台管理人员，修好后再重新计算"
    )
    with pytest.raises(Conflict, match="没有结果"):
        house.adopt(it, failed)
    monkeypatch.setattr(house.scene.registry, "_policies", {"mentor_match": replace_policy(loaded, mended.allocate)})
    assert pairs(house.run(it)) == {case.number: "宋岩"}


def replace_policy(loaded: object, allocate: object) -> object:
    return replace(loaded, policy=replace(loaded.policy, allocate=allocate))  # type: ignore[type-var, attr-defined]


def test_computing_again_changes_nothing_and_one_round_is_open_at_a_time(house: House) -> None:
    house.waiting()
    house.mentor("宋岩")
    it = house.open()
    with pytest.raises(Conflict, match="还没有结束"):
        house.open()
    run = house.run(it)
    before = (run.digest, run.finished_at)
    with asking(house.scene.session, Asker.system("job:run_round")):
        rounds.compute(house.scene.session, house.scene.registry, run, today=TODAY)
        rounds.report_failure(house.scene.session, run, "太迟了")
    assert (run.digest, run.finished_at, run.state) == (*before, m.RunState.DONE)
    with asking(house.scene.session, house.scene.as_user(house.scene.manager)):
        rounds.discard(house.scene.session, it)
        with pytest.raises(Conflict, match="已经结束"):
            rounds.ask(house.scene.session, house.scene.registry, it)
    assert house.open().number == 2


def test_the_moves_of_the_two_kinds_do_not_mix(house: House) -> None:
    case = house.waiting(admitted=False)
    scene = house.scene
    with pytest.raises(Conflict, match="没有这一步"):
        scene.act(scene.staff["window"], case, "accept", TODAY)
    scene.act(scene.manager, case, "admit", TODAY)
    with pytest.raises(Invalid, match="匹配轮次"):
        scene.act(scene.manager, case, "place", TODAY)


def test_another_operator_sees_no_round(house: House, session: Session) -> None:
    house.waiting()
    house.mentor("宋岩")
    it = house.open()
    house.wish(it, rounds.candidates(session, it)[0], house.mentor("何静"), m.WishKind.BAN)
    house.run(it)
    stranger = factories.operator(session, house.scene.district)
    manager = factories.user(session, m.Role.OPERATOR_MANAGER, operator=stranger)
    founder = house.scene.founder_of(rounds.candidates(session, it)[0].tenant)
    for who in (manager, founder, house.scene.staff["window"]):
        with asking(session, house.scene.as_user(who)):
            assert session.scalars(select(m.AllocationRound)).all() == []
            assert session.scalars(select(m.RoundRun)).all() == []
            assert session.scalars(select(m.RoundWish)).all() == []
    assert ref(house.mentor("甲")).startswith("M")


def test_the_page_from_setting_a_pair_to_adopting(
    house: House, session: Session, client_as: Callable[..., Any]
) -> None:
    """What people press: each step answers, and what cannot be done is said on the page, with nothing lost."""
    case = house.waiting()
    mentor = house.mentor("宋岩", capacity=1)
    manager, second = client_as(house.scene.manager), client_as(house.second)
    assert "还没有匹配轮次" in manager.get("/rounds").text
    opened = manager.post("/rounds", data={"policy": KEY, "name": "秋季"})
    assert opened.status_code == 302
    it = session.scalars(select(m.AllocationRound)).one()
    page = f"/rounds/{it.id}"
    assert "没有指定，也没有排除" in manager.get(page).text
    said = {"case_id": case.id, "offer_ref": ref(mentor), "kind": "pin", "reason": "谈过"}
    lost = manager.post(f"{page}/wishes", data=said | {"reason": ""})
    assert lost.status_code == 422
    assert manager.post(f"{page}/wishes", data=said).status_code == 302
    again = manager.post(f"{page}/wishes", data=said)
    assert again.status_code == 409 or "已经指定或排除过" in again.text
    assert manager.post(f"{page}/runs").status_code == 302
    run = session.scalars(select(m.RoundRun)).one()
    with asking(session, Asker.system("job:run_round")):
        rounds.compute(session, house.scene.registry, run, today=TODAY)
    session.commit()
    assert "宋岩" in manager.get(page).text
    assert "宋岩" in manager.get(f"{page}/runs/1/export?format=csv").get_data().decode("utf-8-sig")
    assert "不同的人" in manager.post(f"{page}/adoption", data={"run": "1"}).text
    assert "没有这次计算" in second.post(f"{page}/adoption", data={"run": "7"}).text
    assert second.post(f"{page}/adoption", data={"run": "1"}).status_code == 302
    assert "已采用" in manager.get(page).text
    assert manager.post("/rounds", data={"policy": KEY, "name": ""}).status_code == 302
