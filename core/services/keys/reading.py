"""What is known of the keys: which signs, which signed, how many letters and heads, how long it lasts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import SHANGHAI
from core.data.asker import Asker, asking
from core.data.models import CasePaper, KeyPurpose, KeyState, Letter, LogCheckpoint, SigningKey, User
from core.errors import N_, Conflict, NotFound
from core.letters.keylist import Cause, Ended
from core.transparency.note import Verifier

AHEAD = (60, 30, 7)  # days before a certificate runs out on which people are told
GONE: dict[KeyState, Cause] = {KeyState.LOST: "lost", KeyState.COMPROMISED: "compromised"}
NONE_LEFT = {
    KeyPurpose.LETTERS: N_(
        "签名密钥已停用（%(why)s），通知书和文书暂停签发；在密钥页面换用新密钥、另一人确认之后，等待的会自动发出"
    ),
    KeyPurpose.LOG: N_("日志密钥已停用（%(why)s），日志暂停签名；在密钥页面换用新密钥、另一人确认之后恢复"),
}
WHY = {KeyState.LOST: N_("遗失"), KeyState.COMPROMISED: N_("泄露")}


@dataclass(frozen=True, slots=True)
class Standing:
    """A key with what it signed and who spoke for it."""

    key: SigningKey
    signed: int
    proposed_by: str
    confirmed_by: str
    ended_by: str
    days_left: int | None
    """Until the certificate runs out; negative once it has. None: it never does, or no longer signs."""

    @property
    def ending(self) -> bool:
        return self.days_left is not None and self.days_left <= AHEAD[0]


def by_id(session: Session, key_id: int) -> SigningKey:
    """Raises `NotFound`."""
    found = session.get(SigningKey, key_id)
    if found is None:
        raise NotFound("没有这个密钥")
    return found


def in_use(session: Session, purpose: KeyPurpose) -> SigningKey | None:
    """The key that signs, where keys were written down."""
    return _of(session, purpose, KeyState.IN_USE)


def proposed(session: Session, purpose: KeyPurpose) -> SigningKey | None:
    """The one that waits for a second person."""
    return _of(session, purpose, KeyState.PROPOSED)


def _of(session: Session, purpose: KeyPurpose, state: KeyState) -> SigningKey | None:
    wanted = select(SigningKey).where(SigningKey.purpose == purpose, SigningKey.state == state)
    return session.scalars(wanted).one_or_none()


def known(session: Session, purpose: KeyPurpose) -> bool:
    """Whether a key was written down that signed: until then the files in the folder speak for themselves."""
    used = SigningKey.confirmed_at.is_not(None)
    return session.scalar(select(SigningKey.id).where(SigningKey.purpose == purpose, used).limit(1)) is not None


def gone(session: Session, purpose: KeyPurpose) -> SigningKey | None:
    """The key that was given up without one in its place yet: nothing is signed meanwhile."""
    if in_use(session, purpose) is not None:
        return None
    wanted = select(SigningKey).where(SigningKey.purpose == purpose, SigningKey.state.in_(GONE))
    return session.scalars(wanted.order_by(SigningKey.ended_at.desc(), SigningKey.id.desc()).limit(1)).first()


def require(session: Session, purpose: KeyPurpose) -> None:
    """Raises `Conflict`, saying what is to be done, where nothing may be signed now."""
    if (key := gone(session, purpose)) is not None:
        raise Conflict(NONE_LEFT[purpose], why=WHY[key.state])


def before(session: Session) -> SigningKey | None:
    """The key of the log that the one in use replaced, if it may still sign beside it."""
    wanted = select(SigningKey).where(SigningKey.purpose == KeyPurpose.LOG, SigningKey.state == KeyState.REPLACED)
    return session.scalars(wanted.order_by(SigningKey.ended_at.desc(), SigningKey.id.desc()).limit(1)).first()


def ended(session: Session) -> list[Ended]:
    """The keys that were lost or came into wrong hands, as verification takes them."""
    rows = session.scalars(select(SigningKey).where(SigningKey.state.in_(GONE)).order_by(SigningKey.id))
    return [Ended(row.fingerprint, GONE[row.state], row.since) for row in rows if row.since is not None]


def gone_fingerprints(session: Session) -> set[str]:
    """Of the keys that were lost or came into wrong hands: nothing goes out by them any more."""
    return {it.fingerprint for it in ended(session)}


def compromised_log_ids(session: Session) -> set[str]:
    """As heads of the log name them: the keys in wrong hands."""
    wanted = select(SigningKey.public).where(
        SigningKey.purpose == KeyPurpose.LOG, SigningKey.state == KeyState.COMPROMISED
    )
    return {Verifier.parse(public).id.hex() for public in session.scalars(wanted)}


def plain(session: Session) -> list[dict[str, Any]]:
    """All keys that ever signed, oldest first, as plain values for the published statement."""
    wanted = select(SigningKey).where(SigningKey.confirmed_at.is_not(None)).order_by(SigningKey.confirmed_at)
    return [
        {
            "purpose": row.purpose.value,
            "name": row.name,
            "fingerprint": row.fingerprint,
            "state": row.state.value,
            "from": _utc(row.confirmed_at),
            "to": _utc(row.ended_at),
            "since": _utc(row.since),
            "key": row.public if row.purpose is KeyPurpose.LOG else None,
        }
        for row in session.scalars(wanted)
    ]


def _utc(at: datetime | None) -> str | None:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}" if at is not None else None


def days_left(key: SigningKey, today: date) -> int | None:
    """Until its certificate runs out, if it signs or is to sign."""
    if key.not_after is None or key.state not in (KeyState.IN_USE, KeyState.PROPOSED):
        return None
    return (key.not_after.astimezone(SHANGHAI).date() - today).days


@dataclass(frozen=True, slots=True)
class Warned:
    """What keepers have to know of what signs: `stopped`, or `ends` with the days that are left."""

    purpose: KeyPurpose
    what: Literal["stopped", "ends"]
    days: int = 0


def warnings(session: Session, today: date) -> list[Warned]:
    """What is wrong, or soon will be. Nothing is known of keys that were not written down yet."""
    found = []
    for purpose in KeyPurpose:
        key = in_use(session, purpose)
        left = days_left(key, today) if key is not None else None
        if key is None and gone(session, purpose) is not None:
            found.append(Warned(purpose, "stopped"))
        elif left is not None and left <= AHEAD[0]:
            found.append(Warned(purpose, "ends", left))
    return found


def standings(session: Session, today: date) -> list[Standing]:
    """All keys: those that sign or wait first, then the newest."""
    order = {KeyState.PROPOSED: 0, KeyState.IN_USE: 1}
    keys = sorted(
        session.scalars(select(SigningKey)), key=lambda it: (order.get(it.state, 2), it.purpose != "letters", -it.id)
    )
    names = _names(session, keys)
    with asking(session, Asker.system("keys")):  # numbers alone
        counts = _counts(session)
    return [
        Standing(
            it,
            counts.get(it.fingerprint if it.purpose is KeyPurpose.LETTERS else _log_id(it), 0),
            names[it.proposed_by_id],
            names[it.confirmed_by_id],
            names[it.ended_by_id],
            days_left(it, today),
        )
        for it in keys
    ]


def _names(session: Session, keys: list[SigningKey]) -> dict[int | None, str]:
    """Who spoke for them, by id; nobody has no name."""
    people = {i for it in keys for i in (it.proposed_by_id, it.confirmed_by_id, it.ended_by_id)}
    rows = session.execute(select(User.id, User.name).where(User.id.in_(people - {None})))
    return {None: "", **{row.id: row.name for row in rows}}


def _log_id(key: SigningKey) -> str:
    return Verifier.parse(key.public).id.hex()


def _counts(session: Session) -> dict[str, int]:
    """By fingerprint of a certificate, or id of a key of the log: files signed, heads signed."""
    found: dict[str, int] = {}
    for column in (Letter.signed_by, CasePaper.signed_by, LogCheckpoint.key_id):
        for name, count in session.execute(select(column, func.count()).where(column.is_not(None)).group_by(column)):
            found[str(name)] = found.get(str(name), 0) + count
    return found
