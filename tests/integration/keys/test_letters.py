"""The key that letters are signed with: two people change it, old letters stay valid, nothing that waits is lost."""

from __future__ import annotations

import functools
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from core import today
from core.data import models as m
from core.data.asker import asking
from core.errors import Conflict, Forbidden, Invalid
from core.jobs import issuing
from core.jobs import keys as job_keys
from core.letters import keyfiles, keylist
from core.letters.cms import load_roots
from core.letters.errors import SigningError
from core.letters.proof import read_proof
from core.letters.roots import as_pem, trusted_roots
from core.letters.verification import Verification
from core.letters.verify import verify_letter
from core.services import keys
from core.services.keys import reading, telling
from core.services.transparency import keys as log_keys
from core.services.transparency import proofs
from tests import factories as f
from tests.integration.keys.conftest import LETTERS, House
from tests.support.issuing import violations
from tests.support.signing import put

pytestmark = pytest.mark.one_engine


def offline(house: House, letter: m.Letter, *, with_proof: bool = True, now: datetime | None = None) -> Verification:
    """As somebody who holds the file and what is published: roots, keys of the log, statement of keys, proof."""
    bundle = house.settings.var / "roots.pem"
    bundle.write_text(as_pem(load_roots(trusted_roots(house.settings.signing))))
    known = log_keys.verifiers_in(house.settings.signing)
    ended = keylist.read(job_keys.publish(house.app), known).ended
    proof = read_proof(proofs.of_letter(house.session, letter)) if with_proof else None
    house.session.commit()
    return verify_letter(
        house.pdf(letter), roots=load_roots([bundle]), proof=proof, log_keys=known, ended=ended, now=now
    )


def test_letters_before_and_after_a_change_verify_offline(house: House) -> None:
    before = house.issue()
    key = house.change(LETTERS, "2027")
    after = house.issue()
    assert (before.signed_by, after.signed_by) == (_first(house).fingerprint, key.fingerprint)
    for letter in (before, after):
        told = offline(house, letter)
        assert told.status == "valid"
        assert (told.line("time").status, told.line("log").status) == ("ok", "ok")
    counts = {it.key.id: it.signed for it in reading.standings(house.session, today().date())}
    assert counts[key.id] == 1
    assert counts[_first(house).id] == 1
    assert violations(house.app) == []


def _first(house: House) -> m.SigningKey:
    return house.session.scalars(select(m.SigningKey).where(m.SigningKey.found, m.SigningKey.purpose == LETTERS)).one()


def test_old_letters_outlive_their_certificate(house: House) -> None:
    letter = house.issue()
    later = datetime.now(UTC) + timedelta(days=365 * 8)
    proven = offline(house, letter, now=later)
    assert proven.status == "valid"
    assert "签名时有效" in proven.line("trust").zh
    alone = offline(house, letter, with_proof=False, now=later)
    assert (alone.status, alone.line("time").status) == ("valid", "not_checked")
    assert "while the certificate was valid, by its own statement alone" in alone.line("time").en


def test_nothing_is_signed_by_a_certificate_that_has_run_out(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also by a process that loaded it while it was good."""
    put(house.settings.signing / "old", house.settings.signing, end=datetime.now(UTC) + timedelta(days=9))
    house.confirm(house.propose(LETTERS, "old"))
    ends = job_keys.signer_of(house.app).certificate.not_valid_after_utc
    require = functools.partial(keyfiles.require_valid, now=ends + timedelta(seconds=1))
    monkeypatch.setattr(job_keys, "require_valid", require)
    with pytest.raises(SigningError) as refused:
        job_keys.signer_of(house.app)
    assert "有效期" in refused.value.zh


def test_a_lost_key_stops_the_issue_and_nothing_is_lost(house: House) -> None:
    before = house.issue()
    house.adopt()
    house.retire(LETTERS, "lost")
    waiting = house.approved()
    with pytest.raises(Conflict, match="已停用（遗失）"):
        issuing.number(house.app, waiting)
    with pytest.raises(SigningError, match="given up"):
        job_keys.signer_of(house.app)
    assert house.session.scalars(select(m.Letter).where(m.Letter.decision_id == waiting)).all() == []
    assert [it.what for it in reading.warnings(house.session, today().date())] == ["stopped"]
    house.change(LETTERS, "2027")
    letter_id = issuing.issue(house.app, waiting)
    house.session.expire_all()
    assert house.session.get_one(m.Letter, letter_id).status is m.LetterStatus.ISSUED
    told = offline(house, before)
    assert told.status == "valid", [
        (it.code, it.status, it.en) for it in told.lines if it.status != "ok"
    ]  # under a head from before the day
    assert violations(house.app) == []


def test_what_a_compromised_key_signed_counts_where_the_log_had_it_before(house: House) -> None:
    letter = house.issue()
    house.adopt()
    house.retire(LETTERS, "compromised", today().date())  # since this morning: the letter is of later today
    told = offline(house, letter)
    assert (told.status, told.line("trust").status) == ("not_valid", "bad")
    assert f"自{today().date()}起已声明泄露" in told.line("trust").zh  # the day that was said, which began here first
    key = house.session.scalars(select(m.SigningKey).where(m.SigningKey.state == m.KeyState.COMPROMISED)).one()
    key.since = datetime.now(UTC) + timedelta(hours=1)  # had it come into wrong hands an hour from now
    house.session.commit()
    told = offline(house, letter)
    assert told.status == "valid"
    assert "在此之前已经签出" in told.line("trust").zh
    alone = offline(house, letter, with_proof=False)
    assert (alone.status, alone.line("trust").status) == ("not_valid", "bad")
    assert "没有时间戳或日志证明" in alone.line("trust").zh


def test_a_compromised_key_may_be_an_old_one(house: House) -> None:
    letter = house.issue()
    house.change(LETTERS, "2027")
    old = _first(house)
    with asking(house.session, house.as_(house.one)):
        keys.retire(house.session, house.settings, old, "compromised", today().date(), "备份被盗")
    house.session.commit()
    after = house.issue()  # the new key signs on
    assert offline(house, after).status == "valid"
    assert offline(house, letter).status == "not_valid"


def test_one_person_is_not_two(house: House) -> None:
    put(house.settings.signing / "2027", house.settings.signing)
    key = house.propose(LETTERS, "2027")
    with pytest.raises(Forbidden, match="不能自己确认"):
        house.confirm(key, by=house.one)
    house.session.rollback()
    assert key.state is m.KeyState.PROPOSED
    key.state, key.confirmed_by_id, key.confirmed_at = m.KeyState.REPLACED, house.one.id, datetime.now(UTC)
    key.ended_at = datetime.now(UTC)
    with pytest.raises(IntegrityError, match="two_people"):
        house.session.flush()
    house.session.rollback()


def test_others_may_not(house: House) -> None:
    put(house.settings.signing / "2027", house.settings.signing)
    stranger = f.user(house.session, m.Role.DISTRICT_ADMIN, district=house.scene.district)
    house.session.commit()
    with pytest.raises(Forbidden):
        house.propose(LETTERS, "2027", by=stranger)
    house.session.rollback()
    key = house.propose(LETTERS, "2027")
    with pytest.raises(Forbidden):
        house.confirm(key, by=stranger)
    house.session.rollback()


def test_files_exchanged_behind_two_peoples_backs_do_not_sign(house: House) -> None:
    house.adopt()
    put(house.settings.signing, house.settings.signing)
    with pytest.raises(SigningError) as refused:
        job_keys.signer_of(house.app)
    assert "两人确认过的不是同一个" in refused.value.zh


def test_what_a_lost_key_signed_is_judged_by_when_it_says(house: House) -> None:
    """A late head of the log, as where the log's key came into wrong hands, says nothing against an early letter."""
    letter = house.issue()
    pdf, signer, roots = house.pdf(letter), letter.signed_by or "", load_roots(trusted_roots(house.settings.signing))
    lost = keylist.Ended(signer, "lost", datetime.now(UTC) + timedelta(hours=1))
    late = verify_letter(pdf, roots=roots, ended=[lost], logged_at=lost.since + timedelta(hours=1))
    assert (late.status, late.line("trust").status) == ("valid", "ok")
    before = keylist.Ended(signer, "lost", datetime.now(UTC) - timedelta(hours=1))
    told = verify_letter(pdf, roots=roots, ended=[before], logged_at=lost.since)
    assert (told.status, told.line("trust").status) == ("not_valid", "bad")


def test_what_lay_between_two_steps_when_its_key_was_given_up_is_signed_anew(house: House) -> None:
    for left in ("pressed", "pending"):  # the job knows of the file, or was killed before it did
        house.adopt()
        decision = house.approved()
        letter_id = issuing.number(house.app, decision)
        pressed = issuing.press(house.app, letter_id)
        old = keys.in_use(house.session, LETTERS)
        assert old is not None
        assert pressed["signed_by"] == old.fingerprint
        house.retire(LETTERS, "compromised")
        with pytest.raises(SigningError, match="given up"):
            issuing.seal(house.app, letter_id, pressed)
        key = house.change(LETTERS, left)
        if left == "pending":
            issuing.issue(house.app, decision)
        else:
            issuing.seal(house.app, letter_id, pressed)
        house.session.expire_all()
        letter = house.session.get_one(m.Letter, letter_id)
        assert (letter.status, letter.signed_by) == (m.LetterStatus.ISSUED, key.fingerprint)
        house.session.commit()


def test_the_day_since_when_may_be_moved_but_only_to_an_earlier_one(house: House) -> None:
    house.adopt()
    key, day = _first(house), timedelta(days=1)
    key.not_before = datetime.now(UTC) - timedelta(days=30)  # it was in use for a while
    house.session.commit()
    house.retire(LETTERS, "lost", today().date() - day)
    by, ended = key.ended_by_id, key.ended_at

    def again(cause: keylist.Cause, since: date) -> None:
        with asking(house.session, house.as_(house.two)):
            keys.retire(house.session, house.settings, key, cause, since, "查明还要更早")
        house.session.commit()

    again("lost", today().date() - 2 * day)
    assert key.state is m.KeyState.LOST
    with pytest.raises(Invalid, match="更早的日期"):
        again("compromised", today().date())
    house.session.rollback()
    again("compromised", today().date() - 2 * day)
    since = key.since
    assert since is not None
    for later in (today().date() - 2 * day, today().date()):
        with pytest.raises(Invalid, match="更早的日期"):
            again("compromised", later)
        house.session.rollback()
    with pytest.raises(Conflict, match="不能改为遗失"):
        again("lost", today().date() - 5 * day)
    house.session.rollback()
    again("compromised", today().date() - 3 * day)
    assert key.since == since - day
    assert (key.ended_by_id, key.ended_at) == (by, ended)
    told = keys.ended(house.session)
    assert [(it.cause, it.since) for it in told] == [("compromised", since - day)]
    house.session.commit()


def test_one_proposal_at_a_time_and_it_can_be_taken_back(house: House) -> None:
    for place in ("2027", "2028"):
        put(house.settings.signing / place, house.settings.signing)
    key = house.propose(LETTERS, "2027")
    with pytest.raises(Conflict, match="待确认"):
        house.propose(LETTERS, "2028")
    house.session.rollback()
    with asking(house.session, house.as_(house.one)):
        keys.withdraw(house.session, key)
    house.session.commit()
    with pytest.raises(Conflict, match="处理过"):
        house.confirm(key)
    house.session.rollback()
    house.propose(LETTERS, "2028")


@pytest.mark.parametrize(("since", "says"), [(date(2199, 1, 1), "不能晚于今天"), (date(2000, 1, 1), "不能早于")])
def test_since_when_is_within_the_keys_life(house: House, since: date, says: str) -> None:
    house.adopt()
    with pytest.raises(Invalid, match=says):
        house.retire(LETTERS, "lost", since)
    house.session.rollback()


def test_keepers_are_told_60_30_and_7_days_before(house: House) -> None:
    ends = datetime.now(UTC) + timedelta(days=200)
    put(house.settings.signing / "2027", house.settings.signing, end=ends)
    house.confirm(house.propose(LETTERS, "2027"))
    last = ends.date()
    told = {
        left: telling.of_ends(house.session, last - timedelta(days=left)) for left in (90, 60, 59, 30, 29, 8, 7, 3, 0)
    }
    assert {left for left, count in told.items() if count} == {60, 30, 7, 0}
    assert told[60] == 2  # both administrators
    warned = reading.warnings(house.session, last - timedelta(days=12))
    assert [(it.what, it.days) for it in warned] in ([("ends", 12)], [("ends", 13)])  # the day in Shanghai
    house.session.commit()


def test_every_act_is_in_the_trail_and_so_in_the_log(house: House) -> None:
    house.change(LETTERS, "2027")
    house.retire(LETTERS, "lost")
    wanted = ["key.found", "key.found", "key.propose", "key.confirm", "key.retire"]
    events = house.session.scalars(
        select(m.AuditEvent).where(m.AuditEvent.action.like("key.%")).order_by(m.AuditEvent.id)
    ).all()
    assert sorted(it.action for it in events) == sorted(wanted)
    assert [it.actor_id for it in events if it.action != "key.found"] == [house.one.id, house.two.id, house.one.id]
    assert all(it.detail["fingerprint"] for it in events)
