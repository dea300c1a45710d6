"""The checks behind `hongcai doctor`, each a function that yields what it found, with the remedy."""

from __future__ import annotations

import ctypes.util
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import click

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.orm import Session

    from core.config import Settings

Level = Literal["ok", "note", "bad"]

LOW_DISK, FULL_DISK = 2 << 30, 200 << 20  # bytes
SOON = timedelta(days=60)
VENDORED = ("tabler.min.css", "tabler-icons.json", "htmx.min.js", "echarts.min.js")  # scripts/setup.sh puts them there


class Finding(NamedTuple):
    """One thing looked at: `note` is worth knowing, `bad` must be mended."""

    level: Level
    what: str
    state: str
    remedy: str = ""


def examine() -> Iterator[Finding]:
    """Everything, in the order in which it has to work. A broken part doesn't hide what can still be checked."""
    from core.commands.checkup_keys import signing
    from core.commands.setting_up import application, load_settings
    from core.config import UnsafeSettings

    yield from libraries()
    yield from fonts()
    yield from front_end()
    try:
        settings = load_settings()
        settings.check() if settings.production else None
    except (click.ClickException, UnsafeSettings) as error:
        yield Finding("bad", "settings", str(error), "set them as docs/operations.md says")
        return
    yield Finding("ok", "settings", f"{settings.environment}, state in {settings.var}")
    yield from disk(settings.var)
    yield from secrets(settings.var)
    yield from payments(settings)
    try:
        app = application(settings)
    except click.ClickException as error:
        yield Finding("bad", "application", error.message, "mend or remove what it names")
        return
    yield from plugins(app)
    yield from uploads(app)
    yield from signing(app)
    yield from calendar()
    yield paying(app)
    yield from database(app)


def paying(app: Flask) -> Finding:
    """How operators pay for the service, if they do."""
    settings = app.extensions["settings"]
    if not settings.subscriptions:
        return Finding("ok", "subscriptions", "off: no operator is limited")
    how = (
        "through Stripe or by transfer"
        if settings.stripe_secret_key
        else "by transfer alone: no key of Stripe's is set"
    )
    return Finding("ok", "subscriptions", how)


def payments(settings: Settings) -> Iterator[Finding]:
    """Whether bills can be paid online, and whether we hear of it."""
    from core.services.online.client import live

    if not settings.stripe_secret_key:
        yield Finding("ok", "payments", "bills are paid by transfer: no Stripe key is set")
    elif not settings.stripe_webhook_secret:
        yield Finding(
            "bad", "payments", "Stripe's events are refused: no signing secret", "set HONGCAI_STRIPE_WEBHOOK_SECRET"
        )  # fmt: skip
    elif settings.production and not live(settings):
        yield Finding("note", "payments", "a Stripe key for trials: no money moves", "set a live key when all is tried")
    else:
        yield Finding("ok", "payments", "online, by Stripe" if live(settings) else "online, by a Stripe key for trials")


def libraries() -> Iterator[Finding]:
    needed = {"pango-1.0": "libpango-1.0-0", "pangoft2-1.0": "libpangoft2-1.0-0"}
    missing = [package for name, package in needed.items() if ctypes.util.find_library(name) is None]
    if missing:
        yield Finding("bad", "libraries", f"missing: {', '.join(missing)}", f"apt-get install {' '.join(missing)}")
    elif ctypes.util.find_library("harfbuzz-subset") is None:
        yield Finding("note", "libraries", "without harfbuzz-subset a letter takes several times as long",
                      "apt-get install libharfbuzz-subset0")  # fmt: skip
    else:
        yield Finding("ok", "libraries", "Pango and HarfBuzz are there")


def front_end() -> Iterator[Finding]:
    from core.config import ROOT

    folder = ROOT / "core" / "web" / "static" / "vendor"
    missing = [name for name in VENDORED if not (folder / name).exists()]
    if missing:
        yield Finding("bad", "front end", f"missing: {', '.join(missing)}", "make setup")
    else:
        yield Finding("ok", "front end", f"{len(VENDORED)} files as served")


def fonts() -> Iterator[Finding]:
    from core.letters.assets import FACES, font_bytes
    from core.letters.errors import LetterError

    try:
        for face in FACES:
            font_bytes(face.file)
    except LetterError as error:
        yield Finding("bad", "fonts", str(error), "scripts/build_fonts.py")
        return
    yield Finding("ok", "fonts", f"{len(FACES)} faces as in their manifest")


def disk(var: Path) -> Iterator[Finding]:
    var.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(var).free
    level: Level = "bad" if free < FULL_DISK else "note" if free < LOW_DISK else "ok"
    yield Finding(level, "disk", f"{free / (1 << 30):.1f} GiB free at {var}",
                  "" if level == "ok" else "make room, or move HONGCAI_VAR to a larger disk")  # fmt: skip


def secrets(var: Path) -> Iterator[Finding]:
    open_ones = [p for p in (var / "secrets").glob("*") if p.stat().st_mode & 0o077]
    if open_ones:
        names = " ".join(str(path) for path in open_ones)
        yield Finding("bad", "secrets", f"others can read {names}", f"chmod 600 {names}")
    else:
        yield Finding("ok", "secrets", "readable by their owner only")


def plugins(app: Flask) -> Iterator[Finding]:
    registry = app.extensions["registry"]
    for name, reason in registry.quarantined.items():
        yield Finding(
            "bad", "policies", f"{name} is quarantined: {reason}", "hongcai policies check, then mend or remove it"
        )
    for policy in registry.policies:
        if policy.confined is None:
            continue
        standing = policy.confined.standing
        if missing := {"landlock", "seccomp"} - {*standing.walls}:
            yield Finding("note", "policies", f"{policy.key} runs confined, without {' and '.join(sorted(missing))}",
                          "Linux 5.13 or newer has both; faults are contained all the same")  # fmt: skip
        else:
            yield Finding("ok", "policies", f"{policy.key} runs confined, behind {', '.join(standing.walls)}")
    names = ", ".join(policy.key for policy in registry.policies)
    yield Finding(
        "ok" if names else "bad", "policies", names or "none", "" if names else "install a policy (docs/plugins.md)"
    )


def uploads(app: Flask) -> Iterator[Finding]:
    """What stands around files that people send, on this machine."""
    from core.confined.frames import Unanswered
    from core.uploads.antivirus import NoScanner, answers
    from core.uploads.desk import CHECKING

    try:
        standing = CHECKING.walls
        if missing := {"landlock", "seccomp"} - {*standing}:
            yield Finding("note", "uploads", f"opened in a process apart, without {' and '.join(sorted(missing))}",
                          "Linux 5.13 or newer has both; they hold flaws of libraries")  # fmt: skip
        else:
            yield Finding("ok", "uploads", f"opened in a process apart, behind {', '.join(standing)}")
    except Unanswered as error:
        yield Finding("bad", "uploads", str(error), "until it starts, no file is taken")
    finally:
        CHECKING.close()
    address = app.extensions["settings"].clamd
    try:
        state = f"{answers(address)} at {address}" if address else "none asked: HONGCAI_CLAMD is not set"
        yield Finding("ok" if address else "note", "virus scan", state)
    except NoScanner as error:
        yield Finding("bad", "virus scan", f"{address}: {error}", "start clamd; until it answers, no file is taken")


def calendar() -> Iterator[Finding]:
    import core
    from core.services.calendar import is_published

    year = core.today().year
    ahead = year + 1 if core.today().month >= 11 else year
    if is_published(ahead):
        yield Finding("ok", "calendar", f"working days published up to {ahead}")
    else:
        yield Finding("note", "calendar", f"no published working days for {ahead}: only weekends are left out",
                      "update chinesecalendar once they are published (usually in November)")  # fmt: skip


def database(app: Flask) -> Iterator[Finding]:
    from sqlalchemy.exc import SQLAlchemyError

    from core.commands import officers
    from core.commands.setting_up import asking_as, schema_versions
    from core.extensions import db

    try:
        with app.app_context():
            engine = db.engine
            there, newest = schema_versions(engine)
        if there != newest:
            state = f"its tables are of version {there}, not {newest}" if there else "it has no tables yet"
            yield Finding("bad", "database", state, "hongcai init")
            return
        yield from journal() if engine.dialect.name == "sqlite" else postgresql()
        with asking_as(app, "doctor") as session:
            yield from queue(session)
            yield from unassessed(session)
            yield from officers.examine(session)
    except SQLAlchemyError as error:
        yield Finding("bad", "database", f"{type(error).__name__}: {str(error).splitlines()[0]}",
                      "start it, and check DATABASE_URL")  # fmt: skip


def journal() -> Iterator[Finding]:
    from core.data.engine import wal_is_safe

    version = sqlite3.sqlite_version
    if wal_is_safe():
        yield Finding("ok", "database", f"SQLite {version}, WAL")
    else:
        yield Finding("note", "database", f"SQLite {version}: WAL is not safe with it, so the slower TRUNCATE is used",
                      "SQLite 3.51.3 or newer (or 3.50.7, 3.44.6) allows WAL")  # fmt: skip


def postgresql() -> Iterator[Finding]:
    from core.backups.databases import program

    if program("pg_dump") is None:
        yield Finding("bad", "database", "PostgreSQL, but no pg_dump for backups", "apt-get install postgresql-client")
    else:
        yield Finding("ok", "database", "PostgreSQL, with pg_dump")


def unassessed(session: Session) -> Iterator[Finding]:
    from core.services.plugins import failing

    for key, (count, last) in failing(session).items():
        yield Finding("bad", "assessment", f"{count} cases of {key} could not be assessed: {last.reason}",
                      "mend the policy, read it in again (/admin/plugins), and assess the cases again")  # fmt: skip


def queue(session: Session) -> Iterator[Finding]:
    from core.jobs import backlog
    from core.services.letters import outstanding

    waiting = backlog(session.connection())
    if waiting is None:
        yield Finding("bad", "jobs", "their tables are not there", "hongcai init")
        return
    due = outstanding(session)
    if not waiting.flowing:
        yield Finding("bad", "jobs", f"{waiting.waiting} wait, the oldest for {waiting.oldest_seconds} s",
                      "start hongcai serve or hongcai worker")  # fmt: skip
    elif waiting.failed and due:
        which = ", ".join(waiting.failures[:5])
        yield Finding("bad", "jobs", f"{len(due)} letters are due and {waiting.failed} jobs failed: {which}",
                      "hongcai letters issue --all-approved says why and resumes them")  # fmt: skip
    else:
        yield Finding("ok", "jobs", f"{waiting.waiting} waiting, {waiting.running} running, {len(due)} letters due")
