"""The checker is checked: for each rule one planted fault, which it must name, and nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.orm import Session

from core.config import Settings
from core.data import models as m
from core.jobs import issuing
from core.jobs import papers as pressing
from core.services import papers
from core.services.invariants import check
from tests.scenes import Scene

Decisions = Callable[[int], list[int]]
Plant = Callable[[Session, Settings], object]


def kept(settings: Settings) -> Path:
    return min(p for p in settings.letters.rglob("*.pdf") if len(p.stem) == 64)


def _append(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\n")


MOVED = {"left_fen": m.Pool.left_fen + 1, "committed_fen": m.Pool.committed_fen - 1}
COMMITTED = update(m.PoolEntry).where(m.PoolEntry.move == m.PoolMove.COMMIT)

PLANTS: dict[str, tuple[str, Plant]] = {
    "a fen that moved by itself": ("I1", lambda s, _: s.execute(update(m.Pool).values(**MOVED))),
    "a booking of another amount": ("I1", lambda s, _: s.execute(COMMITTED.values(amount_fen=1))),
    "a letter of another amount": ("I2", lambda s, _: s.execute(update(m.Letter).values(amount_fen=1))),
    "a letter of another capsule": (
        "I2", lambda s, _: s.execute(update(m.Letter).values(capsule_digest="sha256:" + "0" * 64)),
    ),
    "an issued letter taken back": (
        "I2", lambda s, _: s.execute(update(m.Letter).values(status="numbered", file_sha256=None)),
    ),
    "a number left out": ("I3", lambda s, _: s.execute(update(m.Letter).values(seq=2, number="示人才〔2026〕2号"))),
    "a counter that ran ahead": ("I3", lambda s, _: s.execute(update(m.LetterCounter).values(last=2))),
    "a number that reads otherwise": (
        "I3", lambda s, _: s.execute(update(m.Letter).values(number="示人才〔2026〕7号")),
    ),
    "a byte more": ("I4", lambda _, settings: _append(kept(settings))),
    "a letter deleted": ("I4", lambda _, settings: kept(settings).unlink()),
    "a letter nobody issued": ("I4", lambda _, settings: (settings.letters / "ff.pdf").write_bytes(b"%PDF-")),
    "half a file": ("I4", lambda _, settings: (settings.letters / ".x.part").write_bytes(b"%PDF-")),
    "a paper changed": ("I4", lambda _, settings: _append(next(p for p in settings.files.rglob("*") if p.is_file()))),
    "content changed after approval": ("I5", lambda s, _: s.execute(update(m.Case).values(content_hash="sha256:1"))),
    "an award without its event": ("I7", lambda s, _: _silence(s, "award.approve")),
    "an act without its event": ("I7", lambda s, _: _silence(s, "case.accept")),
    "a letter without its event": ("I7", lambda s, _: _silence(s, "letter.issue")),
    "a state nobody set": ("I7", lambda s, _: s.execute(update(m.Case).values(state="closed"))),
    "a day in no stage": ("I11", lambda s, _: s.execute(update(m.StageMove).values(to_on=date(2026, 1, 1)))),
    "a stage nobody moved it to": ("I11", lambda s, _: s.execute(update(m.Tenant).values(stage="graduated"))),
    "no stage ever": ("I11", lambda s, _: s.execute(delete(m.StageMove))),
    "a name that no search finds": ("I12", lambda s, _: s.execute(update(m.Tenant).values(search_text="旧名"))),
    "a last day that no clock says": ("I20", lambda s, _: s.execute(update(m.Case).values(due_on=date(2030, 1, 1)))),
    "a paper's number left out": ("I18", lambda s, _: s.execute(update(m.CasePaper).values(seq=2))),
    "a paper's counter that ran ahead": ("I18", lambda s, _: s.execute(update(m.PaperCounter).values(last=2))),
    "a row of another operator": ("I8", lambda s, _: _move_away(s)),
}  # fmt: skip


def _silence(session: Session, action: str) -> None:
    """Take an event out of the trail, as only someone with the database in hand can."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("DROP TRIGGER audit_events_no_delete"))
    else:
        session.execute(text("ALTER TABLE audit_events DISABLE TRIGGER audit_events_append_only"))
    session.execute(delete(m.AuditEvent).where(m.AuditEvent.action == action))


def _move_away(session: Session) -> None:
    district = session.scalars(select(m.District.id)).one()
    made = session.execute(insert(m.Operator).values(district_id=district, name="另一运营机构", kind="private"))
    (operator_id,) = made.inserted_primary_key or ()
    session.execute(update(m.CaseDocument).values(operator_id=operator_id))


@contextmanager
def undone(session: Session, settings: Settings, tmp_path: Path) -> Iterator[None]:
    """What happens inside is taken back: the transaction, and the files."""
    before = tmp_path / "before"
    shutil.copytree(settings.var, before)
    try:
        yield
    finally:
        session.rollback()
        for folder in ("letters", "files"):
            shutil.rmtree(settings.var / folder)
            shutil.copytree(before / folder, settings.var / folder)
        shutil.rmtree(before)


def test_each_rule_sees_its_fault(
    app: Flask, session: Session, settings: Settings, scene: Scene, decisions: Decisions, tmp_path: Path
) -> None:
    (decision_id,) = decisions(1)
    issuing.issue(app, decision_id)
    called_for = papers.outstanding(session)
    session.commit()
    for paper_id in called_for:
        pressing.issue(app, paper_id)

    def found() -> set[str]:
        wrong = check(session, store=settings.letters, uploads=settings.files, grace=timedelta(0))
        return {violation.rule for violation in wrong}

    for name, (rule, fault) in PLANTS.items():
        with undone(session, settings, tmp_path):
            fault(session, settings)
            seen = found()
        assert rule in seen, name
        # A missing letter is seen from more than one side; but a fault of one kind is not blamed on others.
        assert seen <= {rule, "I2", "I4", "I7"}, name
        assert found() == set()
        session.rollback()
    rules = {"I1", "I2", "I3", "I4", "I5", "I7", "I8", "I11", "I12", "I18", "I20"}
    assert {rule for rule, _ in PLANTS.values()} == rules
