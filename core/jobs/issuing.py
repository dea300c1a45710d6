"""The three units of issuing a letter, each in its own transaction, each safe to run again.

    number    next number, row in status `numbered`                 one small transaction
    press     render, certify, keep the file                        no transaction open
    seal      hash and status, audit event, case moved on           one small transaction

What is pressed, and how a crash on the way ends in one file, is in `core.jobs.pressing`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

import core
from core.data.asker import Asker, asking
from core.data.engine import reading, writing
from core.data.models import CasePaper, KeyPurpose, Letter, LetterStatus, PaperStatus
from core.extensions import db
from core.jobs import keys as job_keys
from core.jobs.pressing import Pressed, alone, clear, keep, settings_of
from core.letters.render import render
from core.policy import Registry
from core.services import assessments, keys, letters, moves
from core.services.letter_text import context_for, template_of


@contextmanager
def unit(app: Flask, *, write: bool = True, name: str = "job:issue_letter") -> Iterator[Session]:
    """A session of its own in which the job asks; committed at the end if it writes."""
    with app.app_context(), writing() if write else reading():
        session: Session = db.session()
        with asking(session, Asker.system(name)):
            yield session
            if write:
                session.commit()


def issue(app: Flask, decision_id: int) -> int:
    """All three units in a row; returns the letter's id. What the durable job does, for commands that wait for it."""
    letter_id = number(app, decision_id)
    seal(app, letter_id, press(app, letter_id))
    return letter_id


def number(app: Flask, decision_id: int) -> int:
    """Number the letter of a decision; returns its row's id. Raises `Conflict` where it must not be numbered."""
    with unit(app) as session:
        keys.require(session, KeyPurpose.LETTERS)  # no number for what could not be signed
        decision = letters.load_decision(session, decision_id)
        loaded = assessments.policy_of(registry_of(app), decision.case.policy_key)
        return letters.take_number(session, decision, loaded, on=core.today().date()).id


def press(app: Flask, letter_id: int) -> Pressed:
    """Render, certify and keep a numbered letter; returns its file. Raises `LetterError`, `OSError`."""
    settings = settings_of(app)
    with alone(settings.letters, str(letter_id)) as pending:
        with unit(app, write=False) as session:
            letter = letters.load(session, letter_id)
            if letter.status is not LetterStatus.NUMBERED:
                return {"sha256": letter.file_sha256 or "", "size": letter.file_size or 0}
            loaded = assessments.policy_of(registry_of(app), letter.case.policy_key)
            context = context_for(session, letter, loaded, base_url=settings.base_url)
            capsule, gone = letter.decision.capsule, keys.gone_fingerprints(session)

        def make() -> bytes:
            return job_keys.signed(app, render(context, capsule, template=template_of(loaded)))

        return keep(settings.letters, pending, make, gone)


def seal(app: Flask, letter_id: int, pressed: Pressed) -> None:
    """Make the kept file the letter's and move its case on, in one unit; then clear away its pending copy."""
    if by_ended_key(app, pressed):  # given up while the job lay between two steps
        pressed = press(app, letter_id)
    with unit(app) as session:
        letter = letters.load(session, letter_id)
        if letters.seal(session, letter, **pressed):
            moves.letter_issued(session, registry_of(app), letter, today=core.today().date())
    with alone(settings_of(app).letters, str(letter_id)) as pending:
        pending.unlink(missing_ok=True)


def by_ended_key(app: Flask, pressed: Pressed) -> bool:
    """Whether a file is by a key that was given up since."""
    with unit(app, write=False) as session:
        return pressed.get("signed_by") in keys.gone_fingerprints(session)


def report_failure(app: Flask, decision_id: int, reason: str, job: str) -> None:
    """Write into the trail that a letter could not be made, by the job with that key."""
    with unit(app) as session:
        letters.report_failure(session, letters.load_decision(session, decision_id), reason, job=job)


def clear_leftovers(app: Flask) -> int:
    """Remove what a killed process left half-written or pending; returns how many files. Nobody presses meanwhile."""

    def waiting() -> set[str]:
        with unit(app, write=False) as session:
            letters_, papers = (
                session.scalars(select(model.id).where(model.status == status))
                for model, status in ((Letter, LetterStatus.NUMBERED), (CasePaper, PaperStatus.NUMBERED))
            )
            return {str(i) for i in letters_} | {f"paper-{i}" for i in papers}

    return clear(settings_of(app).letters, waiting)


def registry_of(app: Flask) -> Registry:
    registry = app.extensions["registry"]
    assert isinstance(registry, Registry)
    return registry
