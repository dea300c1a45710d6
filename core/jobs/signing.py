"""Signing the log: what is new is taken in, and its head signed, soon after each letter and every hour; before it, the
list of letters that no longer stand."""

from __future__ import annotations

from typing import TypedDict

from flask import Flask

from core.data.types import utcnow
from core.jobs.issuing import unit
from core.jobs.pressing import settings_of
from core.services.transparency import keeping, keys, revoked

NAME = "job:sign_log"


class Signed(TypedDict):
    """Entries under the newest head."""

    size: int


def sign(app: Flask, *, everything: bool = False) -> Signed:
    """Take in what is new and sign the head. `everything`: look at all rows, however old."""
    settings = settings_of(app)
    signer = keys.ensure(settings.signing, settings.log_name)
    with unit(app, name=NAME) as session:
        revoked.sign(session, signer, utcnow())  # first: what records it is an entry of the log
        head = keeping.sign(session, signer, utcnow(), everything=everything)
        return {"size": head.size}
