"""hongcai letters: issuing what is due without waiting for the queue."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from core.commands.running import using
from core.commands.setting_up import application, asking_as

if TYPE_CHECKING:
    from flask import Flask


@click.group()
def letters() -> None:
    """Issue letters."""


@letters.command()
@click.option("--all-approved", is_flag=True, required=True, help="Every decision whose letter is due.")
@click.option("--json", "as_json", is_flag=True, help="One object per letter on stdout.")
def issue(all_approved: bool, as_json: bool) -> None:
    """Issue the letters that are due, here and now. Safe beside a running worker: each is issued once."""
    app = application()
    with using(app.extensions["settings"]):
        issued, failed = 0, 0
        for decision_id in _due(app):
            try:
                told = _issue(app, decision_id)
            except _expected() as error:
                failed += 1
                click.echo(f"hongcai: decision {decision_id}: {error}", err=True)
            else:
                issued += 1
                click.echo(json.dumps(told, ensure_ascii=False) if as_json else f"{told['number']}  {told['sha256']}")
    if not as_json:
        click.echo(f"{issued} issued, {failed} failed", err=True)
    if failed:
        raise click.exceptions.Exit(2)


def _due(app: Flask) -> list[int]:
    from core.jobs import issuing
    from core.services.letters import outstanding

    issuing.clear_leftovers(app)
    with asking_as(app, "letters issue") as session:
        return outstanding(session)


def _issue(app: Flask, decision_id: int) -> dict[str, str | int | None]:
    from core.jobs import issuing
    from core.services.letters import load

    letter_id = issuing.issue(app, decision_id)
    with asking_as(app, "letters issue") as session:
        letter = load(session, letter_id)
        return {"number": letter.number, "amount_fen": letter.amount_fen, "sha256": letter.file_sha256}


def _expected() -> tuple[type[Exception], ...]:
    """What may be wrong with one letter without being wrong with all."""
    from core.errors import DomainError
    from core.letters.errors import LetterError

    return DomainError, LetterError, OSError
