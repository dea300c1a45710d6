"""Planted faults in issuing: simpler ways of doing it, each of which the tests beside this one would turn red on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from core.data import models as m
from core.jobs import issuing
from core.letters.store import Store
from core.services.invariants import Violation

Decisions = Callable[[int], list[int]]
Wrong = Callable[[], list[Violation]]


def test_signing_anew_after_a_crash_leaves_a_stray_file(app: Flask, decisions: Decisions, wrong: Wrong) -> None:
    """Without the pending copy: the crash comes between keeping the file and its hash, and the next run signs again."""
    (decision_id,) = decisions(1)
    letter_id = issuing.number(app, decision_id)
    issuing.press(app, letter_id)
    for pending in (app.extensions["settings"].letters / "pending").glob("*.pdf"):
        pending.unlink()  # as if it had never been kept
    issuing.issue(app, decision_id)
    assert [v.rule for v in wrong()] == ["I4"]


def test_a_number_taken_apart_from_its_letter_leaves_a_gap(
    app: Flask, session: Session, decisions: Decisions, wrong: Wrong
) -> None:
    """The counter committed by itself: the crash comes before the letter's row, and number 1 is lost."""
    decision_id, other = decisions(2)
    issuing.issue(app, other)
    session.query(m.LetterCounter).update({"last": m.LetterCounter.last + 1})
    session.commit()
    issuing.issue(app, decision_id)
    assert [v.rule for v in wrong()] == ["I3"]


def test_a_file_written_in_place_is_torn(
    app: Flask, decisions: Decisions, wrong: Wrong, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without temporary file and rename: the crash comes in the middle of the write."""

    def torn(self: Store, data: bytes) -> str:
        sha256 = hashlib.sha256(data).hexdigest()
        path = self.path(sha256)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data[: len(data) // 2])
        return sha256

    monkeypatch.setattr(Store, "put", torn)
    (decision_id,) = decisions(1)
    issuing.issue(app, decision_id)
    assert [v.rule for v in wrong()] == ["I4"]
