"""Signing the log: what is new is taken in, and its head signed, soon after each letter and every hour; before it, the
list of letters that no longer stand."""

from __future__ import annotations

from typing import TypedDict

from flask import Flask

from core.data.types import utcnow
from core.jobs.issuing import unit
from core.jobs.keys import log_signers, publish
from core.letters.errors import SigningError
from core.services.transparency import keeping, revoked

NAME = "job:sign_log"


class Signed(TypedDict):
    """Entries under the newest head."""

    size: int


def sign(app: Flask, *, everything: bool = False) -> Signed:
    """Take in what is new and sign the head. `everything`: look at all rows, however old. Raises SigningError where the
    log has no key."""
    try:
        signer, before = log_signers(app)
    except SigningError:
        with unit(app, name=NAME) as session:  # what is new keeps its place, and is signed once there is a key
            keeping.take_in(session, everything=everything)
        raise
    with unit(app, name=NAME) as session:
        revoked.sign(session, signer, utcnow())  # first: what records it is an entry of the log
        head = keeping.sign(session, signer, utcnow(), everything=everything, beside=before)
        size = head.size
    publish(app)
    return {"size": size}
