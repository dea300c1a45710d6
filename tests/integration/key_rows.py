"""A key that signs, and what is published of the keys, for the worlds of the access matrix. Keys are of the whole
instance: there is no foreign one."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from core.config import Settings
from core.data import models as m
from core.data.types import utcnow
from core.letters import keylist
from core.services.transparency import keys


def rows(session: Session, settings: Settings) -> dict[str, Any]:
    """By the parameter that a route calls it by, without `_id`."""
    signer = keys.ensure(settings.signing, settings.log_name)
    (settings.signing / keylist.NAME).write_text(keylist.make([], [], utcnow(), signer))
    key = m.SigningKey(
        purpose=m.KeyPurpose.LOG, state=m.KeyState.IN_USE, found=True, place="", name=signer.name,
        fingerprint=keylist.fingerprint_of(signer.verifier.public), public=str(signer.verifier), confirmed_at=utcnow(),
    )  # fmt: skip
    session.add(key)
    session.flush()
    return {"signing_key": key}


# What a POST needs to be more than a bad request.
BODIES: dict[str, Any] = {
    "signing_keys.propose": lambda w: {"place": "log:2027", "reason": "到期更换"},
    "signing_keys.retire": lambda w: {"cause": "lost", "since": "2026-11-01", "why": "丢失"},
}
