"""hongcai letters: issuing what is due without waiting for the queue, and the list of those that no longer stand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from core.commands.running import using
from core.commands.setting_up import application, asking_as

if TYPE_CHECKING:
    from flask import Flask


@click.group()
def letters() -> None:
    """Issue letters, and list those that no longer stand."""


@letters.command()
@click.option("--all-approved", is_flag=True, required=True, help="Every letter and paper that is due.")
@click.option("--json", "as_json", is_flag=True, help="One object per letter on stdout.")
def issue(all_approved: bool, as_json: bool) -> None:
    """Issue the letters and the papers of the procedure that are due, here and now. Safe beside a running worker: each
    is issued once."""
    app = application()
    with using(app.extensions["settings"]):
        issued, failed = 0, 0
        decisions, called_for = _due(app)
        due = [("decision", i, _issue) for i in decisions] + [("paper", i, _issue_paper) for i in called_for]
        for what, row_id, make in due:
            try:
                told = make(app, row_id)
            except _expected() as error:
                failed += 1
                click.echo(f"hongcai: {what} {row_id}: {error}", err=True)
            else:
                issued += 1
                click.echo(json.dumps(told, ensure_ascii=False) if as_json else f"{told['number']}  {told['sha256']}")
        if issued:
            _sign(app)
    if not as_json:
        click.echo(f"{issued} issued, {failed} failed", err=True)
    if failed:
        raise click.exceptions.Exit(2)


def _sign(app: Flask) -> None:
    """Have the letters under a signed head of the log, so that their proofs can be fetched."""
    from core.jobs import signing

    signing.sign(app)


def _due(app: Flask) -> tuple[list[int], list[int]]:
    """Decisions whose letter is due or is to be replaced, and papers that are called for."""
    from core.jobs import issuing
    from core.services import letters, papers, replacements

    issuing.clear_leftovers(app)
    with asking_as(app, "letters issue") as session:
        decisions = [*letters.outstanding(session), *replacements.outstanding(session)]
        return decisions, papers.outstanding(session)


def _issue(app: Flask, decision_id: int) -> dict[str, str | int | None]:
    from core.jobs import issuing
    from core.services.letters import load

    letter_id = issuing.issue(app, decision_id)
    with asking_as(app, "letters issue") as session:
        letter = load(session, letter_id)
        return {"number": letter.number, "amount_fen": letter.amount_fen, "sha256": letter.file_sha256}


def _issue_paper(app: Flask, paper_id: int) -> dict[str, str | int | None]:
    from core.jobs import papers as issuing
    from core.services.papers import load

    issuing.issue(app, paper_id)
    with asking_as(app, "letters issue") as session:
        paper = load(session, paper_id)
        return {"number": paper.number, "sha256": paper.file_sha256}


def _expected() -> tuple[type[Exception], ...]:
    """What may be wrong with one letter without being wrong with all."""
    from core.errors import DomainError
    from core.letters.errors import LetterError

    return DomainError, LetterError, OSError


@letters.command()
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write it there instead of printing it.")
def revocations(out: Path | None) -> None:
    """The signed list of the letters that no longer stand, as of now where one fell since it was signed last."""
    from core.jobs import signing
    from core.letters.instants import minute
    from core.services.transparency import revoked

    app = application()
    signing.sign(app)
    with asking_as(app, "letters revocations") as session:
        found = revoked.newest(session)
        assert found is not None  # it was signed a moment ago
        if out is None:
            click.echo(found.note, nl=False)
        else:
            out.write_bytes(found.note.encode())
            click.echo(f"{out}  list {found.id}, {found.entries} letters, as of {minute(found.as_of)} CST", err=True)
