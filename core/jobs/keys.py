"""The keys as the jobs need them: the one that signs now, loaded once a process for as long as it does; and what is
published of them all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from flask import Flask
from sqlalchemy.orm import Session

import core
from core.config import Settings
from core.data.asker import Asker, asking
from core.data.engine import reading as reading_only
from core.data.engine import writing
from core.data.models import KeyPurpose, SigningKey
from core.data.types import utcnow
from core.errors import Invalid
from core.extensions import db
from core.letters import keylist
from core.letters.errors import SigningError
from core.letters.keyfiles import require_valid
from core.letters.sign import Signer, certify
from core.letters.stamping import Stamper, TimeStampUnavailableError
from core.letters.store import held, write_once
from core.services import keys
from core.services.keys import reading, telling, trust
from core.services.transparency import keys as log_keys
from core.transparency.note import NoteError
from core.transparency.note import Signer as LogSigner

NAME = "job:look_after_keys"
log = structlog.get_logger()


def signed(app: Flask, pdf: bytes) -> bytes:
    """The letter, signed with the key in use, and stamped where a service is set. Raises SigningError, and
    TimeStampUnavailableError where the service is away and no letter goes out without."""
    signer, settings = signer_of(app), _settings(app)
    try:
        return certify(pdf, signer)
    except TimeStampUnavailableError as error:
        if settings.tsa_required:
            raise
        log.warning("letter.without_time_stamp", reason=str(error))
        return certify(pdf, Signer(signer.pyhanko, signer.certificate))


def signer_of(app: Flask) -> Signer:
    """The signer of letters as it is now: another that two people confirmed takes over without a restart. Raises
    SigningError."""
    with _session(app) as session:
        row = _current(session, KeyPurpose.LETTERS)
        place, fingerprint = (row.place, row.fingerprint) if row is not None else ("", "")
    settings = _settings(app)
    cache: dict[tuple[str, str], Signer] = app.extensions.setdefault("signers", {})
    if (place, fingerprint) not in cache:
        stamper = Stamper(settings.tsa_url, _stamp_roots(settings)) if settings.tsa_url else None
        loaded = Signer.load(settings.signing / place, timestamper=stamper)
        if fingerprint and loaded.fingerprint != fingerprint:
            raise _exchanged(settings.signing / place)
        cache[place, fingerprint] = loaded
    signer = cache[place, fingerprint]
    require_valid(signer.certificate, settings.signing / place)
    return signer


def log_signers(app: Flask) -> tuple[LogSigner, LogSigner | None]:
    """The key that signs the log, and the one that it replaced, to sign the first head beside it, if it is at hand.
    Raises SigningError."""
    settings = _settings(app)
    with _session(app) as session:
        row, before = _current(session, KeyPurpose.LOG), reading.before(session)
        if row is None:
            try:
                return log_keys.ensure(settings.signing, settings.log_name), None
            except (OSError, NoteError) as error:
                raise _unreadable(settings.signing, error) from error
        place, fingerprint, old = row.place, row.fingerprint, before.place if before is not None else None
    where = settings.signing / place
    try:
        signer = log_keys.signer_in(where)
    except (OSError, NoteError) as error:
        raise _unreadable(where, error) from error
    if keylist.fingerprint_of(signer.verifier.public) != fingerprint:
        raise _exchanged(where)
    try:  # before it signs anything: when it is new, and where only the private one was brought back
        log_keys.publish(settings.signing, signer.verifier)
    except (OSError, NoteError) as error:
        raise SigningError(
            f"the public keys of the log in {settings.signing / log_keys.PUBLIC} cannot be read or written ({error})",
            f"日志公钥文件{log_keys.PUBLIC}无法读取或写入，请平台管理人员检查这个文件",
        ) from error
    return signer, _at_hand(settings.signing / old) if old is not None else None


def publish(app: Flask) -> str:
    """Sign what there is to say of the keys, keep it for `hongcai verify`, and return it. Raises SigningError."""
    signer, before = log_signers(app)
    folder = _settings(app).signing
    with held(folder):  # of two at once the later one has read the later state, and writes it last
        with _session(app) as session:
            ended, plain = reading.ended(session), reading.plain(session)
        note = keylist.make(ended, plain, utcnow(), *([signer, before] if before is not None else [signer]))
        write_once(folder / keylist.NAME, note.encode(), mode=0o644)
    return note


def look_after(app: Flask) -> int:
    """Daily: keys that sign already are written down, and those who may change them are told of what runs out; returns
    how many notices there are more."""
    with app.app_context(), writing(), asking(db.session(), Asker.system(NAME)) as session:
        keys.adopt(session, _settings(app))
        told = telling.of_ends(session, core.today().date())
        session.commit()
    try:
        publish(app)
    except SigningError as error:
        log.warning("keys.not_published", reason=str(error))
    return told


def _current(session: Session, purpose: KeyPurpose) -> SigningKey | None:
    row = keys.in_use(session, purpose)
    if row is None and (lost := keys.gone(session, purpose)) is not None:
        zh = reading.NONE_LEFT[purpose] % {"why": reading.WHY[lost.state]}
        raise SigningError(
            f"the key for {purpose} was given up ({lost.state}): have another proposed and confirmed (docs/keys.md)", zh
        )
    return row


def _at_hand(where: Path) -> LogSigner | None:
    try:
        return log_keys.signer_in(where)
    except (OSError, NoteError):
        return None


def _stamp_roots(settings: Settings) -> tuple[bytes, ...]:
    try:
        return trust.stamp_roots(settings)
    except Invalid as error:
        raise SigningError(f"HONGCAI_TSA_TRUST cannot be used: {error}", f"时间戳服务：{error}") from error


def _unreadable(where: Path, error: OSError | NoteError) -> SigningError:
    """Which of the log's two files it is, an error of a note says."""
    why = error.zh if isinstance(error, NoteError) else f"{log_keys.PRIVATE}无法读取"
    return SigningError(
        f"the log's key in {where} cannot be read ({error}): bring it back, or have another confirmed",
        f"日志密钥无法使用（{why}）：请恢复这个文件，或者在密钥页面换用新密钥",
    )


def _exchanged(where: Path) -> SigningError:
    return SigningError(
        f"the key in {where} is not the one that two people confirmed: bring that one back, or have this one confirmed",
        "密钥文件与两人确认过的不是同一个：请恢复原来的密钥文件，或者在密钥页面提出并确认新密钥",
    )


@contextmanager
def _session(app: Flask) -> Iterator[Session]:
    with app.app_context(), reading_only():
        session: Session = db.session()
        with asking(session, Asker.system(NAME)):
            yield session


def _settings(app: Flask) -> Settings:
    settings = app.extensions["settings"]
    assert isinstance(settings, Settings)
    return settings
