"""Every way in which a decision may not come out the same, found by a run; progress, stop, and being resumed."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import core
from core.commands import demo_replay
from core.data import models as m
from core.data.asker import asking
from core.errors import Conflict, Invalid
from core.policy import digest
from core.services import replays
from core.services.replays import runs
from tests import scenes
from tests.integration.replays.conftest import Desk
from tests.support.parameters import published, row

A = m.ReplayAnswer


def cap(capsule: dict[str, Any]) -> dict[str, Any]:
    return next(row for row in capsule["parameters"] if row["name"] == "cap_per_head_year_fen")


def untrustworthy(capsule: dict[str, Any]) -> None:
    capsule["case"]["dossier"]["company"]["untrustworthy"] = True


def less_rent(capsule: dict[str, Any]) -> None:
    for month in capsule["case"]["dossier"]["rent"]:
        month["paid_fen"] = 1_000


def lower_cap(capsule: dict[str, Any]) -> None:
    """As if it had been decided with a value that was corrected since: the answer is what that value gave."""
    cap(capsule)["value"] = 100_000
    capsule["params_digest"] = digest(capsule["parameters"])


def test_each_kind_of_difference_is_found_with_its_fen_and_its_first_check(
    desk: Desk, other_code: dict[str, Any], recorder: Any
) -> None:
    plain = desk.plain
    same = desk.decided(plain)
    altered = desk.decided(desk.changed(less_rent), digest=same.capsule_digest)
    unlike_letter = desk.decided(plain)
    desk.letter(unlike_letter, digest="sha256:" + "0" * 64)
    facts = desk.decided(desk.changed(untrustworthy))
    letter = desk.letter(facts)
    less = desk.decided(desk.changed(less_rent))
    parameters = desk.decided(desk.changed(lower_cap))
    code = desk.decided(other_code)
    gone = desk.decided(desk.changed(lambda it: it.update(policy="gone_policy")))
    run = desk.done()
    flips = desk.flips(run)
    assert {key: flip.answer for key, flip in flips.items()} == {
        altered.id: A.ALTERED, unlike_letter.id: A.ALTERED, facts.id: A.OTHER_FACTS, less.id: A.OTHER_FACTS,
        parameters.id: A.OTHER_PARAMETERS, code.id: A.OTHER_CODE, gone.id: A.UNAVAILABLE,
    }  # fmt: skip
    assert run.answers == {
        "same": 2, "altered": 2, "other_facts": 2, "other_parameters": 1, "other_code": 1, "unavailable": 1,
    }  # fmt: skip
    assert (run.state, run.done, run.whole, run.flips) == (m.ReplayState.DONE, 9, 9, 7)
    granted = plain["amount_fen"]
    assert granted > 100_000
    # The untrustworthy debtor: nothing is granted, and it is said why, of both.
    it = flips[facts.id]
    assert (it.letter_id, it.recorded_fen, it.amount_fen, it.difference_fen) == (letter.id, granted, 0, -granted)
    assert it.first_check == "trust"
    assert it.expected is not None
    assert it.got is not None
    assert (it.expected["passed"], it.got["passed"]) == (True, False)
    assert it.expected["observed"] != it.got["observed"]
    # The same checks, other lines: the first of them is told.
    it = flips[less.id]
    assert it.first_check == "paid" or it.first_line is not None
    # The value that the capsule says it was decided with gives less than what was decided.
    it = flips[parameters.id]
    assert (it.difference_fen, it.amount_fen) == (100_000 - granted, 100_000)
    # Code that is stricter now.
    it = flips[code.id]
    assert (it.first_check, it.amount_fen, it.difference_fen) == ("young", 0, -other_code["amount_fen"])
    assert [flips[key].difference_fen for key in (altered.id, unlike_letter.id, gone.id)] == [None] * 3
    assert run.difference_fen == sum(flip.difference_fen or 0 for flip in flips.values())
    assert "no policy" in flips[gone.id].differences[0]


def test_todays_rules_with_a_published_value(desk: Desk, recorder: Any) -> None:
    today = core.today().date()
    published(desk.scene, row("cap_per_head_year_fen", "1000", scenes.APPLIED), today=scenes.APPLIED)
    desk.session.commit()
    assert desk.done().answers == {"same": 1}, "as recorded, nothing has changed"
    run = desk.done(rules_on=today)
    (flip,) = desk.flips(run).values()
    assert (flip.answer, flip.amount_fen) == (A.OTHER_RULES, 100_000)
    assert flip.difference_fen == 100_000 - desk.plain["amount_fen"] == run.difference_fen
    assert (flip.first_check, flip.first_line is not None) == (None, True)
    assert flip.expected != flip.got


def test_what_is_chosen(desk: Desk, recorder: Any) -> None:
    first = desk.session.scalars(select(m.Decision)).one()
    late = desk.decided(desk.plain, at=desk.later(40))
    letter = desk.letter(late)
    desk.session.commit()
    day = late.decided_at.astimezone(core.SHANGHAI).date()

    def looked_at(**chosen: Any) -> int:
        return desk.done(**chosen).done

    assert looked_at() == 2
    assert looked_at(since=day) == 1
    assert looked_at(until=day) == 2
    assert looked_at(policy="rent_subsidy", operator_id=desk.case.operator_id) == 2
    assert looked_at(letters=(letter.id,)) == 1
    for chosen in (
        {"policy": "startup_grant"},
        {"operator_id": 10**6},
        {"letters": (10**6,)},
        {"until": first.decided_at.date().replace(year=2000)},
    ):
        with pytest.raises(Invalid, match="没有符合"):
            desk.ask(**chosen)
        desk.session.rollback()


def test_the_same_again_says_since_when(desk: Desk, recorder: Any) -> None:
    desk.decided(desk.changed(untrustworthy))
    first, second, third = (desk.done() for _ in range(3))
    assert [run.same_since for run in (first, second, third)] == [None, first.asked_at, first.asked_at]
    assert first.flips_digest == third.flips_digest
    desk.decided(desk.changed(less_rent))
    assert desk.done().same_since is None
    other = desk.done(policy="rent_subsidy")
    assert other.same_since is None, "a run of something else is not the same"
    desk.session.commit()
    done = desk.session.scalars(select(m.AuditEvent).where(m.AuditEvent.action == "replay.done")).all()
    assert done[0].detail["flips"] == first.flips_digest
    assert {event.district_id for event in done} == {desk.scene.district.id}


def test_stopped_midway_it_keeps_what_it_found(desk: Desk, recorder: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "PIECE", 2)
    for _ in range(6):
        desk.decided(desk.changed(untrustworthy))
    run = desk.ask()
    at = desk.compute(run, pieces=2)
    assert (run.done, run.whole, run.state) == (4, 7, m.ReplayState.WAITING)
    with asking(desk.session, desk.scene.as_user(desk.scene.staff["admin"])):
        replays.stop(desk.session, replays.load(desk.session, run.id))
    desk.session.commit()
    assert desk.compute(run, after=at or 0) is None
    assert (run.done, run.state, len(desk.flips(run)), run.flips_digest) == (4, m.ReplayState.STOPPED, 3, None)
    with pytest.raises(Conflict, match="已经结束"):
        replays.stop(desk.session, run)
    desk.session.rollback()


def test_a_piece_that_is_done_again_writes_nothing_twice(
    desk: Desk, recorder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that dies after a piece was written and before its job knows: the piece is asked for again."""
    monkeypatch.setattr(runs, "PIECE", 2)
    for _ in range(4):
        desk.decided(desk.changed(untrustworthy))
    run = desk.ask()
    assert desk.compute(run, pieces=1) == desk.compute(run, pieces=1) == run.at_id
    assert (run.done, len(desk.flips(run))) == (2, 1)
    told = replays.Told("", 10**6, "", "", "other_facts")
    assert replays.book(desk.session, run.id, 0, [told]) == run.at_id, "nor by two who compute it at once"
    assert desk.compute(run) is None
    assert (run.done, run.answers, len(desk.flips(run))) == (5, {"same": 1, "other_facts": 4}, 4)
    assert desk.compute(run) is None
    assert run.done == 5


def test_one_at_a_time_in_a_district(desk: Desk, recorder: Any, session: Session) -> None:
    run = desk.ask()
    assert [*recorder.jobs] == [f"replay_decisions:{run.id}"]
    with pytest.raises(Conflict, match="另有一次重算"):
        desk.ask(who="admin")
    session.rollback()
    second = m.ReplayRun(
        district_id=run.district_id,
        selection={},
        selection_digest="",
        upto_id=1,
        state=m.ReplayState.WAITING,
        answers={},
    )
    session.add(second)
    with pytest.raises(IntegrityError):
        session.flush()
    session.rollback()
    assert desk.compute(run) is None
    desk.ask()


def test_a_run_that_broke_off_goes_on_where_it_was(desk: Desk, recorder: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "PIECE", 2)
    for _ in range(4):
        desk.decided(desk.changed(untrustworthy))
    run = desk.ask()
    desk.compute(run, pieces=1)
    replays.report_failure(desk.session, run.id, "磁盘已满")
    desk.session.commit()
    assert (run.state, run.failure, desk.compute(run)) == (m.ReplayState.FAILED, "磁盘已满", None)
    replays.wait_again(desk.session, run.id)
    desk.session.commit()
    assert desk.compute(run) is None
    assert (run.state, run.done, run.failure) == (m.ReplayState.DONE, 5, None)


def test_the_demonstration_has_runs_in_its_history(desk: Desk, recorder: Any) -> None:
    told: list[str] = []
    demo_replay.play(desk.app, say=told.append)
    desk.session.expire_all()
    as_then, by_today = desk.session.scalars(select(m.ReplayRun).order_by(m.ReplayRun.id)).all()
    assert (as_then.state, as_then.answers, as_then.rules_on) == (m.ReplayState.DONE, {"same": 1}, None)
    assert (by_today.state, by_today.done, by_today.rules_on) == (m.ReplayState.DONE, 1, core.today().date())
    assert as_then.asked_by_id == desk.scene.staff["auditor"].id
    assert told == [f"replays    1 decisions, 0 not the same; 1 decisions, {by_today.flips} not the same"]
