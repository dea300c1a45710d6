"""hongcai keys: what letters and the log are signed with. For whoever owns the machine, and still by two people."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from core.commands.setting_up import application, asking_as

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.orm import Session

    from core.data.models import SigningKey
    from core.services.keys.reading import Standing

_PURPOSE = click.argument("purpose", type=click.Choice(["letters", "log"]))
_BY = click.option("--by", required=True, metavar="ACCOUNT", help="The e-mail address of who does this.")


@click.group()
def keys() -> None:
    """Look at, replace and give up the keys of letters and of the log (docs/keys.md)."""


@keys.command("list")
@click.option("--json", "as_json", is_flag=True, help="One object per key on stdout.")
def list_(as_json: bool) -> None:
    """Every key: what it is for, in use since when, valid until when, what it signed, who spoke for it."""
    import core
    from core.services.keys import reading

    with asking_as(application(), "keys list") as session:
        found = reading.standings(session, core.today().date())
    for it in found:
        click.echo(json.dumps(_plain(it), ensure_ascii=False) if as_json else _told(it))
    if not found and not as_json:
        click.echo("none written down yet: that happens once a day, or with the first proposal", err=True)


@keys.command()
@_PURPOSE
@click.argument("place")
def make(purpose: str, place: str) -> None:
    """Make a new key in the folder PLACE below that of the keys: the log's whole, or a letters' key with the request
    (signer.csr.pem) that goes to the authority. Nothing is signed with it until it is proposed and confirmed."""
    from core.errors import DomainError
    from core.services.keys import making

    app = application()
    with asking_as(app, "keys make") as session:
        try:
            click.echo(str(making.make(session, app.extensions["settings"], purpose, place)))
        except DomainError as error:
            raise click.ClickException(str(error)) from error


@keys.command()
@_PURPOSE
@click.argument("place")
@click.option("--reason", required=True, help="Why it is replaced.")
@_BY
def propose(purpose: str, place: str, reason: str, by: str) -> None:
    """Propose the key in the folder PLACE below that of the keys. It is read, checked and tried; another person has to
    confirm it."""
    from core.data.models import KeyPurpose
    from core.services import keys as acts

    app = application()
    with _acting(app, by) as session:
        key = acts.propose(session, app.extensions["settings"], KeyPurpose(purpose), place, reason)
        _say(key)


@keys.command()
@click.argument("key_id", type=int)
@_BY
def confirm(key_id: int, by: str) -> None:
    """Let a proposed key sign from now on. Not by who proposed it."""
    from core.services import keys as acts

    app = application()
    with _acting(app, by) as session:
        _say(acts.confirm(session, app.extensions["settings"], acts.by_id(session, key_id)))
    _publish(app)


@keys.command()
@click.argument("key_id", type=int)
@click.option("--why", default="", help="Asked of who did not propose it.")
@_BY
def withdraw(key_id: int, why: str, by: str) -> None:
    """Take a proposal back (who made it), or return it to them, with a reason (another)."""
    from core.services import keys as acts

    app = application()
    with _acting(app, by) as session:
        _say(acts.withdraw(session, acts.by_id(session, key_id), why))


@keys.command()
@_PURPOSE
@click.option("--lost", "cause", flag_value="lost", help="Nobody has it any more.")
@click.option("--compromised", "cause", flag_value="compromised", help="Somebody else has it, or may have.")
@click.option(
    "--since",
    required=True,
    type=click.DateTime(["%Y-%m-%d"]),
    help="A day in Shanghai: in wrong hands from its beginning, lost at its end.",
)
@click.option("--why", required=True, help="What happened.")
@click.option("--id", "key_id", type=int, help="An older key than the one in use (hongcai keys list).")
@_BY
def retire(purpose: str, cause: str | None, since: datetime, why: str, key_id: int | None, by: str) -> None:
    """Give a key up, at once. Nothing is signed until another is confirmed; what waits is signed then."""
    from core.data.models import KeyPurpose
    from core.services import keys as acts

    if cause is None:
        raise click.UsageError("say --lost or --compromised")
    app = application()
    with _acting(app, by) as session:
        settings = app.extensions["settings"]
        acts.adopt(session, settings)
        key = acts.by_id(session, key_id) if key_id else acts.in_use(session, KeyPurpose(purpose))
        if key is None:
            raise click.ClickException(f"no key for {purpose} is in use")
        _say(acts.retire(session, settings, key, cause, since.date(), why))  # type: ignore[arg-type]
    _publish(app)


@keys.command()
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
def statement(file: Path | None) -> None:
    """Sign what there is to say of the keys and print it, or write it to FILE, for `hongcai verify --keys`."""
    from core.jobs.keys import publish
    from core.letters.errors import LetterError

    try:
        note = publish(application())
    except LetterError as error:
        raise click.ClickException(str(error)) from error
    click.echo(note, nl=False) if file is None else file.write_text(note)


@keys.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def roots(file: Path) -> None:
    """Write all trusted root certificates to one FILE (PEM), for `hongcai verify --trust`."""
    from core.errors import DomainError
    from core.letters.roots import as_pem
    from core.services.keys import trust

    try:
        found = trust.roots(application().extensions["settings"])
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    file.write_text(as_pem(found))
    click.echo(f"{file}  {len(found)} certificates", err=True)


@contextmanager
def _acting(app: Flask, account: str) -> Iterator[Session]:
    """A session in which a person acts who may change keys. What they may not is said in a sentence."""
    from core.data.asker import Asker, asking
    from core.errors import DomainError
    from core.services.keys import people

    os.umask(0o077)
    with asking_as(app, "keys", write=True) as session:
        try:
            with asking(session, Asker.member(people.keeper(session, account))):
                yield session
        except DomainError as error:
            session.rollback()
            raise click.ClickException(str(error)) from error


def _publish(app: Flask) -> None:
    """What is published of the keys says so at once, where the log can sign it."""
    from core.jobs.keys import publish
    from core.letters.errors import LetterError

    try:
        publish(app)
    except LetterError as error:
        click.echo(f"not published yet: {error}", err=True)


def _say(key: SigningKey) -> None:
    click.echo(f"{key.id}  {key.purpose}  {key.state}  {key.name}  {key.fingerprint}")


def _plain(it: Standing) -> dict[str, object]:
    key = it.key
    instants = {name: getattr(key, name) for name in ("proposed_at", "confirmed_at", "ended_at", "since", "not_after")}
    return {
        "id": key.id, "purpose": key.purpose, "state": key.state, "place": key.place, "name": key.name,
        "fingerprint": key.fingerprint, "signed": it.signed, "proposed_by": it.proposed_by,
        "confirmed_by": it.confirmed_by, "days_left": it.days_left,
    } | {name: at.isoformat() if at else None for name, at in instants.items()}  # fmt: skip


def _told(it: Standing) -> str:
    from core.letters.instants import day

    key = it.key
    lines = [f"{key.id}  {key.purpose}  {key.state}  {key.name}", f"     {key.fingerprint}  signed {it.signed}"]
    if key.confirmed_at:
        people = f"proposed by {it.proposed_by}, confirmed by {it.confirmed_by}" if not key.found else "there already"
        lines.append(f"     since {day(key.confirmed_at)} ({people})")
    if key.not_after:
        left = f", {it.days_left} days left" if it.ending else ""
        lines.append(f"     certificate until {day(key.not_after)}{left}")
    if key.since:
        lines.append(f"     {key.state} since {day(key.since)}: {key.why}")
    return "\n".join(lines)
