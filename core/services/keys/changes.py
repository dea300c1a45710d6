"""How a key comes into use and goes: proposed by one person, confirmed by another; given up by one, at once."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import SHANGHAI
from core.config import Settings
from core.data.asker import Asker, asking
from core.data.models import KeyPurpose, KeyState, SigningKey
from core.data.queries.locks import lock_name
from core.data.types import utcnow
from core.errors import Conflict, Forbidden, Invalid
from core.services import audit, jobs, letters, papers, replacements
from core.services.keys import material, reading, telling, trust
from core.services.keys.material import Material
from core.services.rights import KEY_CONFIRMERS, KEY_PROPOSERS
from core.services.typed import within

LOCK = "signing keys"
State = KeyState


def adopt(session: Session, settings: Settings) -> list[SigningKey]:
    """Write down the keys that are in the folder and sign already, once. From then on no other takes their place
    without two people. What is not there, or cannot be read, is left out."""
    lock_name(session, LOCK)
    made = []
    for purpose in KeyPurpose:
        if reading.known(session, purpose):
            continue
        try:
            found = material.look(settings.signing, purpose, "")
        except Invalid:
            continue
        row = _row(found, "")
        row.found, row.state, row.confirmed_at = True, State.IN_USE, utcnow()
        session.add(row)
        made.append(row)
        audit.record(session, "key.found", row, detail=_detail(row))
    session.flush()
    return made


def propose(session: Session, settings: Settings, purpose: KeyPurpose, place: str, reason: str) -> SigningKey:
    """Propose the key in a folder below that of the keys. Raises `Invalid` where it is not fit, `Conflict`."""
    user_id = _may(session, propose=True)
    said = within(reason, 400, field="reason")
    if len(said) < 2:
        raise Invalid("请写明更换密钥的原因", field="reason")
    if not place.strip():
        raise Invalid("请选择新密钥所在的子目录", field="place")
    found = _checked(session, settings, purpose, place.strip())
    adopt(session, settings)
    if reading.proposed(session, purpose) is not None:
        raise Conflict("已有一个待确认的密钥；请先确认、退回或撤回它", field="place")
    _require_new(session, found)
    row = _row(found, said)
    row.proposed_by_id = user_id
    session.add(row)
    session.flush()
    audit.record(session, "key.propose", row, detail=_detail(row))
    telling.of_proposal(session, row)
    session.flush()
    return row


def confirm(session: Session, settings: Settings, key: SigningKey) -> SigningKey:
    """Let a proposed key sign from now on, in the place of the one in use. Raises `Forbidden` for who proposed it."""
    user_id = _may(session, propose=False)
    lock_name(session, LOCK)
    key = _anew(session, key)
    if key.state is not State.PROPOSED:
        raise Conflict("这个密钥已经处理过了")
    if key.proposed_by_id == user_id:
        raise Forbidden("提出的人不能自己确认，请另一位管理员确认")
    found = _checked(session, settings, key.purpose, key.place)
    if found.fingerprint != key.fingerprint:
        raise Conflict("子目录里的密钥在提出之后被换过，与提出的不是同一个；请退回，由提出人重新提出")
    old = reading.in_use(session, key.purpose)
    if old is not None:
        old.state, old.ended_by_id, old.ended_at = State.REPLACED, user_id, utcnow()
        session.flush()  # one at a time is in use
    key.state, key.confirmed_by_id, key.confirmed_at = State.IN_USE, user_id, utcnow()
    session.flush()
    audit.record(session, "key.confirm", key, detail=_detail(key) | {"instead_of": old.fingerprint if old else None})
    telling.of_confirmation(session, key)
    if key.purpose is KeyPurpose.LETTERS:
        resume(session, f"key{key.id}")
    session.flush()
    return key


def withdraw(session: Session, key: SigningKey, why: str = "") -> SigningKey:
    """Take a proposal back: by who made it, or by the second person, who then says why."""
    user_id = _may(session, propose=False)
    lock_name(session, LOCK)
    key = _anew(session, key)
    if key.state is not State.PROPOSED:
        raise Conflict("这个密钥已经处理过了")
    said = within(why, 400, field="why")
    if key.proposed_by_id != user_id and len(said) < 2:
        raise Invalid("请写明退回的原因，提出人会看到", field="why")
    key.state, key.ended_by_id, key.ended_at, key.why = State.WITHDRAWN, user_id, utcnow(), said
    audit.record(session, "key.withdraw", key, detail=_detail(key))
    session.flush()
    return key


def retire(
    session: Session, settings: Settings, key: SigningKey, cause: Literal["lost", "compromised"], since: date, why: str
) -> SigningKey:
    """Give a key up that was lost, or that came into wrong hands, since some day. One person may: to stop is safe.
    Nothing is signed with it any more; what waits is signed once another key is confirmed. Of one that was given up
    already the day may be moved, but to an earlier one only, and a lost one may turn out to be in wrong hands."""
    user_id = _may(session, propose=True)
    lock_name(session, LOCK)
    key = _anew(session, key)
    if key.state not in (State.IN_USE, State.REPLACED, *reading.GONE):
        raise Conflict("只能停用在用的或以前用过的密钥")
    if key.state is State.COMPROMISED and cause == "lost":
        raise Conflict("这个密钥已经声明泄露，不能改为遗失")
    if since > _day(utcnow()):
        raise Invalid("日期不能晚于今天", field="since")
    began = key.not_before if key.found and key.not_before is not None else key.confirmed_at
    if began is not None and since < _day(began):
        raise Invalid("日期不能早于密钥启用的%(day)s", field="since", day=_day(began).isoformat())
    said = within(why, 400, field="why")
    if len(said) < 2:
        raise Invalid("请写明情况，例如何时何地如何发现", field="why")
    at = _instant(cause, since)
    if key.since is not None and at >= key.since:  # what was found out since may only count against more
        raise Invalid("已经声明自%(day)s起停用，只能改为更早的日期", field="since", day=_day(key.since).isoformat())
    key.state, key.since, key.why = State(cause), at, said
    key.ended_by_id, key.ended_at = key.ended_by_id or user_id, key.ended_at or utcnow()
    session.flush()
    audit.record(session, "key.retire", key, detail=_detail(key) | {"cause": cause, "since": since.isoformat()})
    telling.of_retirement(session, key)
    session.flush()
    return key


def _instant(cause: str, since: date) -> datetime:
    """In wrong hands it was from the beginning of that day, to be safe; what was signed on the day on which it was lost
    was signed by us."""
    if cause == "compromised":
        return datetime.combine(since, time(), SHANGHAI)
    # Statements say whole seconds: what was signed within this one was signed before.
    now = utcnow().replace(microsecond=0) + timedelta(seconds=1)
    return min(datetime.combine(since, time(23, 59, 59), SHANGHAI), now)


def resume(session: Session, mark: str) -> int:
    """Put every letter and paper that is due into the queue anew: those whose job failed for want of a key. Each is
    issued once, however often it is asked for."""
    with asking(session, Asker.system("keys")):
        decisions = [*letters.outstanding(session), *replacements.outstanding(session)]
        called_for = papers.outstanding(session)
        for i in decisions:
            jobs.enqueue(session, letters.ISSUE, key=f"{letters.ISSUE}:{i}:{mark}", decision_id=i)
        for i in called_for:
            jobs.enqueue(session, papers.ISSUE, key=f"{papers.ISSUE}:{i}:{mark}", paper_id=i)
    return len(decisions) + len(called_for)


def _checked(session: Session, settings: Settings, purpose: KeyPurpose, place: str) -> Material:
    found = material.look(settings.signing, purpose, place)
    roots = trust.roots(settings)
    material.check(
        settings.signing, found, roots=roots, log_name=log_name(session, settings), production=settings.production
    )
    return found


def log_name(session: Session, settings: Settings) -> str:
    """The log keeps the name under which it was begun."""
    wanted = select(SigningKey.name).where(SigningKey.purpose == KeyPurpose.LOG, SigningKey.confirmed_at.is_not(None))
    kept = session.scalars(wanted.order_by(SigningKey.id).limit(1)).first()
    if kept is None:
        try:
            kept = material.look(settings.signing, KeyPurpose.LOG, "").name
        except Invalid:
            kept = settings.log_name
    return kept


def place_in_use(session: Session, purpose: KeyPurpose) -> str:
    """The folder of the key that signs."""
    row = reading.in_use(session, purpose)
    return row.place if row is not None else ""


def _require_new(session: Session, found: Material) -> None:
    """A key that signed once is not proposed again, under another certificate neither: who gives one of two
    certificates up that have a private key in common gives up half of what is in wrong hands."""
    for row in session.scalars(select(SigningKey).where(SigningKey.state != State.WITHDRAWN)):
        if row.fingerprint == found.fingerprint:
            raise Conflict("这个密钥已经在用，或以前用过；请放入新的密钥", field="place")
        if material.same_key(row.public, found.public):
            raise Conflict("证书是新的，私钥却是以前用过的；请生成一对新的密钥，再申请证书", field="place")


def _row(found: Material, reason: str) -> SigningKey:
    return SigningKey(
        purpose=found.purpose,
        place=found.place,
        name=found.name,
        fingerprint=found.fingerprint,
        public=found.public,
        not_before=found.not_before,
        not_after=found.not_after,
        reason=reason,
    )


def _detail(key: SigningKey) -> dict[str, str]:
    return {"purpose": key.purpose.value, "fingerprint": key.fingerprint, "place": key.place}


def _anew(session: Session, key: SigningKey) -> SigningKey:
    """As it is now, for the second of two who act at once."""
    wanted = select(SigningKey).where(SigningKey.id == key.id).with_for_update()
    return session.scalars(wanted.execution_options(populate_existing=True)).one()


def _may(session: Session, *, propose: bool) -> int:
    asker = audit.asker_of(session)
    if not asker.may(*(KEY_PROPOSERS if propose else KEY_CONFIRMERS | KEY_PROPOSERS)) or asker.user_id is None:
        raise Forbidden("您不能办理签名密钥的更换。请联系平台管理员。")
    return asker.user_id


def _day(at: datetime) -> date:
    return at.astimezone(SHANGHAI).date()
