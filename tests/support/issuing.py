"""What the tests of issuing share: the invariants of an application, asked at once."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from core.commands.setting_up import asking_as
from core.services.invariants import Violation, check
from core.services.transparency.keys import verifiers_in


def violations(app: Flask, *, papers: bool = False) -> list[Violation]:
    """Every invariant that is broken, with no grace for letters that are due; for papers of the procedure, which most
    tests leave to the queue, only where it is asked for."""
    settings = app.extensions["settings"]
    with asking_as(app, "tests") as session:
        found = check(
            session,
            store=settings.letters,
            uploads=settings.files,
            log_keys=verifiers_in(settings.signing),
            grace=timedelta(0),
        )
    return [it for it in found if papers or it.rule != "I18"]
