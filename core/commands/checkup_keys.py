"""The part of `hongcai doctor` that looks at what letters and the log are signed with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from core.commands.checkup import SOON, Finding

if TYPE_CHECKING:
    from flask import Flask


def signing(app: Flask) -> Iterator[Finding]:
    """What letters and the log are signed with, and who stamps the letters."""
    from sqlalchemy.exc import SQLAlchemyError

    from core.jobs import keys
    from core.letters.errors import LetterError
    from core.letters.instants import day
    from core.letters.sign import Signer
    from core.letters.stamping import host_of

    settings = app.extensions["settings"]
    try:
        try:
            found = keys.signer_of(app)
            keys.log_signers(app)
        except SQLAlchemyError:  # no tables yet: what is in the folder signs
            found = Signer.load(settings.signing)
    except LetterError as error:
        yield Finding("bad", "signer", str(error),
                      "hongcai init (development), or the issuer's own certificate (docs/keys.md)")  # fmt: skip
        return
    until = found.certificate.not_valid_after_utc
    if found.development and settings.production:
        yield Finding("bad", "signer", "letters would be signed with the demonstration certificate",
                      f"put the issuer's key and certificate into {settings.signing}")  # fmt: skip
    elif until < datetime.now(UTC) + SOON:
        yield Finding("note", "signer", f"{found.name}, only until {day(until)}",
                      "have another certificate proposed and confirmed in time (docs/keys.md)")  # fmt: skip
    else:
        yield Finding("ok", "signer", f"{found.name}, until {day(until)}")
    if settings.tsa_url:
        away = "waits for its stamp" if settings.tsa_required else "goes out without if it is away"
        yield Finding("ok", "time stamps", f"of {host_of(settings.tsa_url)}; a letter {away}")
