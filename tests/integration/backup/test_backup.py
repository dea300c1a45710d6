"""Saved while it works, brought back elsewhere: sound, and the next letter's number is the last one + 1."""

from __future__ import annotations

import hashlib
import random
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.backups import BadBackup, archive, restore
from core.commands.running import Busy, alone, using
from core.commands.setting_up import asking_as, schema_versions
from core.config import Settings
from core.data import models as m
from core.data.asker import asking
from core.data.models.kept import file_tables
from core.extensions import db
from core.jobs import issuing
from core.services import engagements, files
from core.services.engagements import Terms
from core.services.findings import writing
from core.services.letters import load, outstanding
from core.services.undo import model_of
from tests.scenes import Scene
from tests.support.issuing import violations
from tests.support.profile import NIGHTLY

BACKUPS = 25 if NIGHTLY else 2

Decisions = Callable[[int], list[int]]
Elsewhere = Callable[..., Flask]
BackedUp = Callable[[], Path]


def bring_back(app: Flask, source: Path, *, force: bool = False) -> None:
    with app.app_context():
        engine = db.engine
        _, newest = schema_versions(engine)
        engine.dispose()
        restore(app.extensions["settings"], engine, source, known_schemas={newest}, force=force)
        engine.dispose()


@pytest.mark.slow
def test_backups_under_load_are_sound_and_go_on_with_the_next_number(
    app: Flask, session: Session, decisions: Decisions, elsewhere: Elsewhere, backed_up: BackedUp
) -> None:
    """Letters are issued without pause while the backups are made."""
    due = decisions(BACKUPS * 4 + 2)
    issuing.issue(app, due.pop(0))
    last = due.pop()
    stop, errors = threading.Event(), []

    def load_on() -> None:
        try:
            for decision_id in due:
                issuing.issue(app, decision_id)
        except Exception as error:  # noqa: BLE001  # the test must show whatever it is
            errors.append(error)
        finally:
            stop.set()

    writer = threading.Thread(target=load_on)
    writer.start()
    made, during = [], 0
    for _ in range(BACKUPS):
        made.append(backed_up())
        during += not stop.is_set()
    writer.join()
    assert errors == []
    assert during > 0, "no backup was made while letters were being issued"

    for number, path in enumerate(made):
        there = elsewhere(f"machine{number}")
        bring_back(there, path)
        assert [v for v in violations(there) if v.rule != "I2"] == []  # letters due in it are still due
        with asking_as(there, "tests") as restored:
            highest = restored.scalar(select(func.max(m.Letter.seq)))
            waiting = outstanding(restored)
        assert highest is not None
        assert last in waiting
        for decision_id in waiting:
            letter_id = issuing.issue(there, decision_id)
        with asking_as(there, "tests") as restored:
            numbers = [*restored.scalars(select(m.Letter.seq).order_by(m.Letter.seq))]
            assert load(restored, letter_id).seq == numbers[-1] == len(numbers) > highest
        assert violations(there) == []


def test_the_next_number_is_the_last_plus_one(
    app: Flask, session: Session, decisions: Decisions, elsewhere: Elsewhere, backed_up: BackedUp
) -> None:
    first, second, third = decisions(3)
    issuing.issue(app, first)
    issuing.issue(app, second)
    there = elsewhere()
    bring_back(there, backed_up())
    letter_id = issuing.issue(there, third)
    with asking_as(there, "tests") as restored:
        assert load(restored, letter_id).seq == 3
        assert restored.scalars(select(m.Case)).first().payee_account == "6222000012345678"  # type: ignore[union-attr]
    assert violations(there) == []


def test_only_what_the_snapshot_names_is_in_it(
    app: Flask, settings: Settings, decisions: Decisions, backed_up: BackedUp, tmp_path: Path
) -> None:
    (decision_id,) = decisions(1)
    issuing.issue(app, decision_id)
    stray = settings.letters / "ab" / "stray.pdf"
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"nobody's")
    manifest = archive.unpack(backed_up(), _folder(tmp_path))
    assert sum(name.startswith("letters/") for name in manifest.members) == 1
    assert sum(name.startswith("files/") for name in manifest.members) == 1
    body = b"".join(path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file())
    for secret in (settings.master_key, settings.secret_key, settings.master_key.hex().encode()):
        assert secret not in body
    assert b"6222000012345678" not in body


def test_files_of_every_kind_are_saved_and_looked_after(
    app: Flask, session: Session, settings: Settings, scene: Scene, backed_up: BackedUp, elsewhere: Elsewhere
) -> None:
    """Each table of files has one here; a new one without a row below fails."""
    tenant = scene.tenant()
    case = scene.empty_draft(tenant, scene.founder_of(tenant))
    of_tenant = {"operator_id": tenant.operator_id, "tenant_id": tenant.id}
    package = m.Package(case_id=case.id, audience=m.Audience.TENANT, **of_tenant)
    session.add(package)
    session.flush()
    with asking(session, scene.as_user(scene.staff["auditor"])):
        finding = writing.begin(session, writing.Origin(), {"title": "租金凭据缺少银行回单"})
        engagement = engagements.begin(session, Terms("年度审计", "", date(2026, 1, 1), date(2026, 12, 31)))
    act = session.scalars(select(m.FindingAct).where(m.FindingAct.finding_id == finding.id)).one()
    owners: dict[str, dict[str, int]] = {
        "audit_reports": {"district_id": finding.district_id, "engagement_id": engagement.id},
        "finding_papers": {"district_id": finding.district_id, "finding_id": finding.id, "act_id": act.id},
        "place_files": {"operator_id": tenant.operator_id},
        "package_files": {**of_tenant, "package_id": package.id},
        "stored_files": of_tenant,
    }
    assert {table.name for table in file_tables()} == {*owners}
    for name, owner in owners.items():
        body = f"a file of {name}".encode()
        kept = {"sha256": files.put(settings.files, body), "size": len(body), "media_type": "application/pdf"}
        session.add(model_of(name)(name="a.pdf", **kept, **owner))
    session.commit()
    assert violations(app) == []
    there = elsewhere()
    bring_back(there, backed_up())
    assert violations(there) == []
    for path in there.extensions["settings"].files.rglob("*"):
        if path.is_file():
            path.write_bytes(b"changed")
    assert [v.rule for v in violations(there)] == ["I4"] * len(owners)


def test_a_changed_letter_is_not_backed_up_silently(
    app: Flask, session: Session, settings: Settings, decisions: Decisions, backed_up: BackedUp
) -> None:
    (decision_id,) = decisions(1)
    issuing.issue(app, decision_id)
    (pdf,) = [p for p in settings.letters.rglob("*.pdf") if p.parent.name != "pending"]
    pdf.write_bytes(pdf.read_bytes() + b" ")
    with pytest.raises(BadBackup, match="audit verify"):
        backed_up()
    assert not list(pdf.parents[2].rglob("*.tar*"))
    assert {v.rule for v in violations(app)} == {"I4"}


def test_a_damaged_backup_is_refused_and_nothing_is_touched(
    app: Flask, decisions: Decisions, elsewhere: Elsewhere, backed_up: BackedUp, tmp_path: Path
) -> None:
    """A byte anywhere, or an end that is missing: what is unpacked is either what was saved, or refused."""
    (decision_id,) = decisions(1)
    issuing.issue(app, decision_id)
    good = backed_up().read_bytes()
    whole = _content(good, tmp_path / "good")
    rng = random.Random(7)
    refused = 0
    places = [rng.randrange(len(good)) for _ in range(40)] + [good.rindex(b'"made_at"') + 2]
    for number, place in enumerate(places):
        damaged = bytearray(good)
        damaged[place] ^= 1 << rng.randrange(8)
        try:
            assert _content(bytes(damaged), tmp_path / f"damaged{number}") == whole
        except BadBackup:
            refused += 1
    assert refused >= 30  # the rest hit the padding between members, which holds nothing
    end = len(good.rstrip(b"\0"))  # what follows fills up tar's last record
    for size in (0, 511, len(good) // 2, end - 1, good.rindex(b"manifest.sha256")):
        with pytest.raises(BadBackup):
            _content(good[:size], tmp_path / f"cut{size}")
    there = elsewhere()
    (tmp_path / "bad.tar").write_bytes(good[: len(good) // 2])
    with pytest.raises(BadBackup):
        bring_back(there, tmp_path / "bad.tar")
    settings = there.extensions["settings"]
    assert not settings.letters.exists()
    assert not [p for p in settings.var.iterdir() if p.name.startswith((".restore", "replaced"))]


def test_an_instance_is_replaced_only_when_told_and_moved_aside(
    app: Flask, session: Session, settings: Settings, decisions: Decisions, backed_up: BackedUp
) -> None:
    first, second = decisions(2)
    issuing.issue(app, first)
    path = backed_up()
    issuing.issue(app, second)
    session.close()
    with pytest.raises(BadBackup, match="--force"):
        bring_back(app, path)
    bring_back(app, path, force=True)
    with asking_as(app, "tests") as restored:
        assert restored.scalars(select(m.Letter.seq)).all() == [1]
    (aside,) = settings.var.glob("replaced-*")
    assert len(list((aside / "letters").rglob("*.pdf"))) == 2
    if settings.database_url.startswith("sqlite"):
        assert [*aside.glob("*.sqlite3")]
    issuing.issue(app, second)
    assert violations(app) == []


def test_it_says_what_does_not_fit(app: Flask, decisions: Decisions, elsewhere: Elsewhere, backed_up: BackedUp) -> None:
    decisions(1)
    path = backed_up()
    other = elsewhere("other", master_key=b"x" * 32)
    with pytest.raises(BadBackup, match="HONGCAI_MASTER_KEY"):
        bring_back(other, path)
    there = elsewhere()
    with there.app_context():
        with pytest.raises(BadBackup, match="newer"):
            restore(there.extensions["settings"], db.engine, path, known_schemas={"0000"}, force=False)
        db.engine.dispose()


def test_nothing_is_replaced_under_a_running_instance(settings: Settings) -> None:
    with using(settings), using(settings), pytest.raises(Busy, match="stop every hongcai process"), alone(settings):
        pass
    with alone(settings), pytest.raises(Busy), using(settings):
        pass


def _folder(tmp_path: Path) -> Path:
    out = tmp_path / "out"
    out.mkdir()
    return out


def _content(tar: bytes, folder: Path) -> dict[str, str]:
    """What is unpacked, by name."""
    folder.mkdir()
    source = folder / "backup.tar"
    source.write_bytes(tar)
    out = folder / "out"
    out.mkdir()
    manifest = archive.unpack(source, out)
    return {
        str(p.relative_to(out)): hashlib.sha256(p.read_bytes()).hexdigest() for p in out.rglob("*") if p.is_file()
    } | {"made_at": manifest.made_at}
