"""Telling those who may change keys: that one waits for a second person, that one changed, that one runs out."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import SHANGHAI
from core.data.models import KeyState, SigningKey
from core.letters.instants import day
from core.services.keys import reading
from core.services.notices.telling import Telling, To, tell
from core.services.rights import KEY_CONFIRMERS, KEY_PROPOSERS

_KEEPERS = To(KEY_PROPOSERS | KEY_CONFIRMERS)


def of_proposal(session: Session, key: SigningKey) -> None:
    _tell(session, "key_proposed", key, f"key_proposed:{key.id}")


def of_confirmation(session: Session, key: SigningKey) -> None:
    _tell(session, "key_changed", key, f"key_changed:{key.id}")


def of_retirement(session: Session, key: SigningKey) -> None:
    assert key.since is not None, "whoever gives a key up says since when"
    _tell(session, "key_gone", key, f"key_gone:{key.id}:{key.state}:{day(key.since)}")


def of_ends(session: Session, today: date) -> int:
    """Certificates that run out soon, or have: once at each of 60, 30 and 7 days, and on the day."""
    told = 0
    for key in session.scalars(select(SigningKey).where(SigningKey.state == KeyState.IN_USE)):
        left = reading.days_left(key, today)
        if left is None or left > max(reading.AHEAD):
            continue
        tier = min(days for days in reading.AHEAD if left <= days) if left > 0 else 0
        assert key.not_after is not None
        due = key.not_after.astimezone(SHANGHAI).date().isoformat()
        told += _tell(session, "key_ending", key, f"key_ending:{key.id}:{tier}", due=due)
    return told


def _tell(session: Session, kind: str, key: SigningKey, about: str, **params: str) -> int:
    return tell(session, Telling(kind, _KEEPERS, key.id, about, {"key_name": key.name} | params, about=key.name))
