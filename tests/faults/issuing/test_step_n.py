"""Fault at step N: each statement, commit, fsync, rename and unlink of issuing fails once, before or after it took
effect; then issuing is asked for again. SQLite's own harness works like this: N rises until nothing fails any more.
"""

from __future__ import annotations

import errno
import os
import pathlib
import resource
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, event, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from core.data import models as m
from core.jobs import issuing, keys
from core.services.invariants import Violation
from tests.scenes import Scene
from tests.support.profile import NIGHTLY

Decisions = Callable[[int], list[int]]
Wrong = Callable[[], list[Violation]]


Step = tuple[str, int]  # the n-th of its kind, from 1: a new connection asks a few questions more than a used one


@dataclass
class Saboteur:
    """Lets step `at` (none: None) fail: instead of it, or (`late`) right after it took effect."""

    at: Step | None
    late: bool
    steps: Counter[str] = field(default_factory=Counter)

    def step(self, name: str) -> bool:
        """Whether this one fails."""
        self.steps[name] += 1
        return (name, self.steps[name]) == self.at

    def wrap(self, name: str, real: Callable[..., Any], error: Callable[[], Exception]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            fails = self.step(name)
            if fails and not self.late:
                raise error()
            result = real(*args, **kwargs)
            if fails:
                raise error()
            return result

        return call


def disk() -> OSError:
    return OSError(errno.EIO, "planted: the disk failed")


def lost() -> OperationalError:
    return OperationalError("planted", None, Exception("the connection was lost"))


@contextmanager
def sabotage(monkeypatch: pytest.MonkeyPatch, engine: Engine, saboteur: Saboteur) -> Iterator[None]:
    def on_statement(*_: Any) -> None:
        if not saboteur.late and saboteur.step("statement"):
            raise lost()

    def after_statement(*_: Any) -> None:
        if saboteur.late and saboteur.step("statement"):
            raise lost()

    with monkeypatch.context() as patch:
        for owner, name in ((os, "fsync"), (os, "replace"), (pathlib.Path, "unlink")):
            patch.setattr(owner, name, saboteur.wrap(name, getattr(owner, name), disk))
        patch.setattr(Session, "commit", saboteur.wrap("commit", Session.commit, lost))
        for owner, name in ((issuing, "render"), (keys, "certify")):
            patch.setattr(owner, name, saboteur.wrap(name, getattr(owner, name), disk))
        event.listen(engine, "before_cursor_execute", on_statement)
        event.listen(engine, "after_cursor_execute", after_statement)
        try:
            yield
        finally:
            event.remove(engine, "before_cursor_execute", on_statement)
            event.remove(engine, "after_cursor_execute", after_statement)


@pytest.mark.slow
@pytest.mark.parametrize("late", [False, True], ids=["instead", "after"])
def test_whatever_step_fails_the_next_run_ends_in_one_letter(
    late: bool,
    app: Flask,
    engine: Engine,
    session: Session,
    decisions: Decisions,
    wrong: Wrong,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steps = steps_of(app, engine, late, decisions, monkeypatch)
    assert {*steps} == {"statement", "commit", "fsync", "replace", "unlink", "render", "certify"}
    # All of them at night; else everything but statements, and one statement of each few.
    few = {name: 7 if name == "statement" and not NIGHTLY else 1 for name in steps}
    chosen = [(name, n) for name, count in steps.items() for n in range(1, count + 1, few[name])]
    struck = set()
    for at in chosen:
        (decision_id,) = decisions(1)
        saboteur = Saboteur(at, late)
        try:
            with sabotage(monkeypatch, engine, saboteur):
                issuing.issue(app, decision_id)
        except (OSError, OperationalError):
            struck.add(at[0])
        else:  # fewer statements on a used connection, fewer fsyncs where the letter's folder (by its hash) is there
            assert at[0] in ("statement", "fsync"), f"there was no step {at}"
            assert saboteur.steps[at[0]] < at[1]
        broken = [v for v in wrong() if v.rule not in ("I2", "I4")]
        assert broken == [], f"after step {at}"
        issuing.issue(app, decision_id)
        issuing.clear_leftovers(app)
        assert wrong() == [], f"after resuming from step {at}"
    assert struck == {*steps}
    numbers = [*session.scalars(select(m.Letter.seq).order_by(m.Letter.seq))]
    assert numbers == [*range(1, len(chosen) + 3)]


def steps_of(
    app: Flask, engine: Engine, late: bool, decisions: Decisions, monkeypatch: pytest.MonkeyPatch
) -> Counter[str]:
    """How many steps of each kind there are in issuing one letter, none failing; the second letter's, because the
    first one also makes folders."""
    saboteur = Saboteur(None, late)
    for decision_id in decisions(2):
        saboteur = Saboteur(None, late)
        with sabotage(monkeypatch, engine, saboteur):
            issuing.issue(app, decision_id)
    return saboteur.steps


def test_a_full_disk_leaves_no_half_letter(
    app: Flask, session: Session, decisions: Decisions, wrong: Wrong, scene: Scene
) -> None:
    """The kernel refuses the write in the middle of the file, as on a full disk (EFBIG instead of ENOSPC)."""
    (decision_id,) = decisions(1)
    letter_id = issuing.number(app, decision_id)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            issuing.press(app, letter_id)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert [str(v) for v in wrong() if v.rule == "I4"] == []
    issuing.issue(app, decision_id)
    assert wrong() == []


def test_two_runners_of_one_decision_make_one_letter(
    app: Flask, session: Session, decisions: Decisions, wrong: Wrong
) -> None:
    """As when `hongcai letters issue` meets the worker: both start at once, from the first step."""
    ids = decisions(3)
    barrier, errors = threading.Barrier(4), []

    def run() -> None:
        barrier.wait()
        for decision_id in ids:
            try:
                issuing.issue(app, decision_id)
            except Exception as error:  # noqa: BLE001  # whatever it is, the test must show it
                errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert wrong() == []
    assert len(session.scalars(select(m.Letter)).all()) == 3
