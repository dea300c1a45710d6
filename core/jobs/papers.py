"""The three units of issuing a paper of the procedure: number, press, seal, as of a letter (`core.jobs.issuing`)."""

from __future__ import annotations

from flask import Flask

import core
from core.data.models import KeyPurpose, PaperStatus
from core.jobs import keys as job_keys
from core.jobs.issuing import by_ended_key, registry_of, unit
from core.jobs.pressing import Pressed, alone, keep, settings_of
from core.letters.procedure import render_paper
from core.services import keys, papers

NAME = "job:issue_paper"


def issue(app: Flask, paper_id: int) -> int:
    """All three units in a row; returns the paper's id."""
    number(app, paper_id)
    seal(app, paper_id, press(app, paper_id))
    return paper_id


def number(app: Flask, paper_id: int) -> None:
    """Number a paper. Raises `Conflict` where it must not be numbered."""
    with unit(app, name=NAME) as session:
        keys.require(session, KeyPurpose.LETTERS)
        paper, today = papers.load(session, paper_id), core.today().date()
        base_url = settings_of(app).base_url
        papers.take_number(session, paper, registry_of(app), on=today, base_url=base_url)


def press(app: Flask, paper_id: int) -> Pressed:
    """Render, certify and keep a numbered paper; returns its file. Raises `LetterError`, `OSError`."""
    folder = settings_of(app).letters
    with alone(folder, f"paper-{paper_id}") as pending:
        with unit(app, write=False, name=NAME) as session:
            paper = papers.load(session, paper_id)
            if paper.status is PaperStatus.ISSUED:
                return {"sha256": paper.file_sha256 or "", "size": paper.file_size or 0}
            content, gone = paper.content, keys.gone_fingerprints(session)
        return keep(folder, pending, lambda: job_keys.signed(app, render_paper(content)), gone)


def seal(app: Flask, paper_id: int, pressed: Pressed) -> None:
    """Make the kept file the paper's; then clear away its pending copy."""
    if by_ended_key(app, pressed):  # given up while the job lay between two steps
        pressed = press(app, paper_id)
    with unit(app, name=NAME) as session:
        papers.seal(session, papers.load(session, paper_id), **pressed)
    with alone(settings_of(app).letters, f"paper-{paper_id}") as pending:
        pending.unlink(missing_ok=True)


def report_failure(app: Flask, paper_id: int, reason: str) -> None:
    """Write into the trail that a paper could not be made."""
    with unit(app, name=NAME) as session:
        papers.report_failure(session, papers.load(session, paper_id), reason)
