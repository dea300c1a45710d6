"""Faults planted on purpose, each shown to be seen by the very check that guards against it in the ordinary tests.

The ledger's planted faults (a second claim without the index, without the lock, …) are beside it in
tests/faults/test_evidence_faults.py.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

import core.data.asker
import core.letters.lint
import core.letters.render
from core.config import Settings
from core.data import models as m
from core.data.asker import Asker, Reach
from core.data.engine import writing
from core.errors import Conflict
from core.extensions import db
from core.jobs import issuing
from core.letters.cms import load_roots
from core.letters.context import LetterContext
from core.letters.devca import ROOT_CERT
from core.letters.errors import LetterRefusedError
from core.letters.money import amount_in_words
from core.letters.render import to_html
from core.letters.store import Store
from core.letters.verification import VerifyLine
from core.letters.verify import verify_letter
from core.web.access import public
from tests.integration.asking import reads_that_write
from tests.integration.worlds import World, cross


# ── a GET that writes ────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def visits(app: Flask) -> str:
    """The address of a page that counts its visits in a column, as someone in a hurry would write it."""

    @app.get("/visits")
    @public
    def count() -> str:
        db.session.rollback()  # the reader's session was read: SQLite would wait for that to end
        with writing(), db.engine.begin() as connection:
            connection.execute(update(m.Pool).values(left_fen=m.Pool.left_fen - 1, total_fen=m.Pool.total_fen - 1))
        return "counted"

    return "/visits"


def test_a_get_that_writes_is_reported(app: Flask, engine: Engine, visits: str, worlds: tuple[World, World]) -> None:
    clients = {"anonymous": app.test_client()}
    assert reads_that_write(engine, clients, ["/announcements", "/verify"]) == []
    (problem,) = reads_that_write(engine, clients, ["/announcements", visits])
    assert problem == "GET /visits writes pools; answers were {'anonymous': 200}"


# ── a missing tenant check ───────────────────────────────────────────────────────────────────────────────────────────
def test_an_operator_without_criteria_is_reported(
    app: Flask, worlds: tuple[World, World], client_as: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = core.data.asker._criteria

    def forgetful(asker: Asker) -> list[Any]:
        return [] if asker.reach is Reach.OPERATOR else kept(asker)

    assert cross(app, worlds, client_as, roles={"operator"}, methods={"GET"}).problems == []
    monkeypatch.setattr(core.data.asker, "_criteria", forgetful)
    problems = cross(app, worlds, client_as, roles={"operator"}, methods={"GET"}).problems
    assert "operator GET /tenants: shows a foreign word" in problems
    assert "operator GET /tenants/<int:tenant_id>: shows a foreign word" in problems
    assert "operator GET /tenants/<int:tenant_id>: 200 for a foreign id" in problems


# ── a wrong amount in words ──────────────────────────────────────────────────────────────────────────────────────────
Decisions = Callable[[int], list[int]]


def wrong_words(fen: int) -> str:
    """Well-formed words, but of one yuan more."""
    return amount_in_words(fen + 100)


def wrong_page(context: LetterContext, template: Path | None = None) -> str:
    """The letter's page as it should be, but for the words."""
    return to_html(context, template).replace(amount_in_words(context.amount_fen), wrong_words(context.amount_fen))


def test_wrong_words_cost_no_number(
    app: Flask, session: Session, decisions: Decisions, monkeypatch: pytest.MonkeyPatch
) -> None:
    (decision_id,) = decisions(1)
    with monkeypatch.context() as fault:
        fault.setattr(core.letters.lint, "amount_in_words", wrong_words)
        with pytest.raises(Conflict, match="大写金额与小写金额不一致"):
            issuing.number(app, decision_id)
    session.expire_all()
    assert session.scalars(select(m.Letter)).all() == []
    assert session.scalars(select(m.LetterCounter)).all() == []
    session.commit()
    issuing.number(app, decision_id)
    assert session.scalars(select(m.Letter.seq)).all() == [1], "the refused one took no number"


def test_wrong_words_do_not_leave_the_press(
    app: Flask, settings: Settings, decisions: Decisions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where lint sees nothing, because the fault is on the page alone: what is printed is read back before signing."""
    (decision_id,) = decisions(1)
    monkeypatch.setattr(core.letters.render, "to_html", wrong_page)
    with pytest.raises(LetterRefusedError, match="should be 叁仟元整, the page says 叁仟零壹元整"):
        issuing.issue(app, decision_id)
    assert not [*settings.letters.rglob("*.pdf")]


def test_wrong_words_are_not_valid(
    app: Flask, session: Session, settings: Settings, decisions: Decisions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing stopped it: signed by the right signer, named in the issue log, and still not valid."""
    good, bad = decisions(2)
    assert _issued(app, session, settings, good) == ("valid", [])
    monkeypatch.setattr(core.letters.render, "to_html", wrong_page)
    monkeypatch.setattr(core.letters.render, "_read_back", lambda context, capsule, pdf: None)
    status, wrong = _issued(app, session, settings, bad)
    assert status == "not_valid"
    assert [line.code for line in wrong] == ["page"]
    assert wrong[0].zh == "大写金额应为“叁仟元整”，版面为“叁仟零壹元整”"


def _issued(app: Flask, session: Session, settings: Settings, decision_id: int) -> tuple[str, list[VerifyLine]]:
    """Issue the letter; what verification says of it, and the lines it finds bad."""
    letter_id = issuing.issue(app, decision_id)
    session.expire_all()
    pdf = Store(settings.letters).get(session.get_one(m.Letter, letter_id).file_sha256 or "")
    session.commit()
    answer = verify_letter(pdf, roots=load_roots([settings.signing / ROOT_CERT]))
    return answer.status, [line for line in answer.lines if line.status == "bad"]
