"""The three units of issuing a letter, each in its own transaction, each safe to run again.

    number    next number, row in status `numbered`                 one small transaction
    press     render, certify, keep the file                        no transaction open
    seal      hash and status, audit event, case moved on           one small transaction

Signing is not repeatable (each signature has its own random number), so a crash after the file is kept and before its
hash is in the row would leave a file that no row names. Therefore the signed letter first lies in `pending/` under its
row's id: a later run takes that one instead of signing anew, and only a sealed letter's copy is removed.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypedDict

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

import core
from core.config import Settings
from core.data.asker import Asker, asking
from core.data.engine import reading, writing
from core.data.models import Letter, LetterStatus
from core.extensions import db
from core.letters.render import render
from core.letters.sign import Signer, certify
from core.letters.store import Store, write_once
from core.policy import Registry
from core.services import assessments, letters, moves
from core.services.letter_text import context_for, template_of

STRIPES = 16  # letters whose ids differ by less can be pressed side by side, on several processes too


class Pressed(TypedDict):
    """A letter's file in the store."""

    sha256: str
    size: int


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
        decision = letters.load_decision(session, decision_id)
        loaded = assessments.policy_of(registry_of(app), decision.case.policy_key)
        return letters.take_number(session, decision, loaded, on=core.today().date()).id


def press(app: Flask, letter_id: int) -> Pressed:
    """Render, certify and keep a numbered letter; returns its file. Raises `LetterError`, `OSError`."""
    settings = _settings(app)
    with _alone(settings.letters, letter_id) as pending:
        with unit(app, write=False) as session:
            letter = letters.load(session, letter_id)
            if letter.status is not LetterStatus.NUMBERED:
                return {"sha256": letter.file_sha256 or "", "size": letter.file_size or 0}
            loaded = assessments.policy_of(registry_of(app), letter.case.policy_key)
            context = context_for(session, letter, loaded, base_url=settings.base_url)
            capsule = letter.decision.capsule
        # From here on no transaction is open: rendering takes a tenth of a second, a remote signer much longer.
        if not pending.exists():
            pdf = render(context, capsule, template=template_of(loaded))
            write_once(pending, certify(pdf, _signer(app)))
        signed = pending.read_bytes()
        return {"sha256": Store(settings.letters).put(signed), "size": len(signed)}


def seal(app: Flask, letter_id: int, pressed: Pressed) -> None:
    """Make the kept file the letter's and move its case on, in one unit; then clear away its pending copy."""
    with unit(app) as session:
        letter = letters.load(session, letter_id)
        if letters.seal(session, letter, **pressed):
            moves.letter_issued(session, registry_of(app), letter, today=core.today().date())
    with _alone(_settings(app).letters, letter_id) as pending:
        pending.unlink(missing_ok=True)


def report_failure(app: Flask, decision_id: int, reason: str) -> None:
    """Write into the trail that a letter could not be made."""
    with unit(app) as session:
        letters.report_failure(session, letters.load_decision(session, decision_id), reason)


def clear_leftovers(app: Flask) -> int:
    """Remove what a killed process left half-written or pending; returns how many files. Nobody presses meanwhile."""
    folder = _settings(app).letters
    with ExitStack() as held:
        for stripe in range(STRIPES):
            held.enter_context(_alone(folder, stripe))
        dead = [*folder.rglob(".*.part")]
        with unit(app, write=False) as session:
            waiting = {str(i) for i in session.scalars(select(Letter.id).where(Letter.status == LetterStatus.NUMBERED))}
        dead += [path for path in (folder / "pending").glob("*.pdf") if path.stem not in waiting]
        for path in dead:
            path.unlink(missing_ok=True)
    return len(dead)


@contextmanager
def _alone(folder: Path, letter_id: int) -> Iterator[Path]:
    """The pending file of a letter, held against every other process; the lock dies with its holder."""
    pending = folder / "pending"
    pending.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (pending / f"lock-{letter_id % STRIPES}").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield pending / f"{letter_id}.pdf"


def _settings(app: Flask) -> Settings:
    settings = app.extensions["settings"]
    assert isinstance(settings, Settings)
    return settings


def registry_of(app: Flask) -> Registry:
    registry = app.extensions["registry"]
    assert isinstance(registry, Registry)
    return registry


def _signer(app: Flask) -> Signer:
    """The signer, loaded once a process: its key is read and its chain checked only then."""
    if "signer" not in app.extensions:
        app.extensions["signer"] = Signer.load(_settings(app).signing)
    signer = app.extensions["signer"]
    assert isinstance(signer, Signer)
    return signer
