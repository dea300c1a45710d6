"""Two policies that may share evidence up to what was paid on it: the second pays the difference, on the whole road."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.config import Settings
from core.data import models as m
from core.policy import LoadedPolicy
from core.policy.registry import load_plugin
from core.services import assessments
from tests import factories, scenes
from tests.scenes import Scene

RENT = Path(__file__).resolve().parents[3] / "plugins" / "rent_subsidy"


def sharing(into: Path, key: str, cap_fen: int, rule: str = "capped") -> LoadedPolicy:
    """The rent subsidy under another name, with a cap of its own, sharing rent with others of its group."""
    shutil.copytree(RENT, into / key, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("plugin.py", "policy.yaml"):
        text = (into / key / name).read_text("utf-8").replace("rent_subsidy", key)
        text = text.replace("value: 300000", f"value: {cap_fen}").replace("rule: exclusive", f"rule: {rule}")
        (into / key / name).write_text(text, "utf-8")
    return load_plugin(into / key)


@pytest.fixture
def scene(app: Flask, session: Session, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    city, district = sharing(tmp_path, "city_rent", 200_000), sharing(tmp_path, "district_rent", 300_000)
    registry = app.extensions["registry"]
    monkeypatch.setattr(registry, "_policies", {city.key: city, district.key: district})
    with app.app_context():
        made = Scene(session, registry, settings.files, policy=city.key)
        factories.pool(session, made.district, district.key)
        return made


def test_the_second_of_two_pays_the_difference(scene: Scene) -> None:
    """A head, and rent of 200.00 a month, 2,400.00 a year. The first pays up to 2,000.00: a twelfth of it for each
    month, 166.66, and a fen more for eight of them. The second pays up to 3,000.00, and so the 400.00 that are left."""
    tenant = scene.tenant()
    scene.session.execute(update(m.RentPayment).values(paid_fen=20_000))
    first = scene.until(m.CaseState.APPROVED, tenant)
    scene.policy = "district_rent"
    second = scene.until(m.CaseState.APPROVED, tenant)
    awards = {it.case_id: it.amount_fen for it in scene.session.scalars(select(m.Award))}
    assert awards == {first.id: 200_000, second.id: 40_000}
    used = scene.session.scalars(select(m.EvidenceUse).order_by(m.EvidenceUse.line_id, m.EvidenceUse.id)).all()
    assert len(used) == 24
    by_line: dict[int, int] = {}
    for use in used:
        by_line[use.line_id] = by_line.get(use.line_id, 0) + use.amount_fen
    assert set(by_line.values()) == {20_000}, "together never more than was paid, and here all of it"


def test_a_draft_says_what_is_left_and_what_another_award_has(scene: Scene, client_as) -> None:
    tenant = scene.tenant()
    scene.session.execute(update(m.RentPayment).values(paid_fen=20_000))
    first = scene.until(m.CaseState.APPROVED, tenant)
    scene.policy = "district_rent"
    founder = scene.founder_of(tenant)
    draft = scene.draft(tenant, founder)
    found = assessments.assess(scene.session, draft, scene.registry, scenes.APPLIED)
    assert found.decision.amount_fen == 40_000
    parts = [row.amount_fen for row in found.decision.excluded]
    assert (sorted(set(parts)), sum(parts)) == ([16_666, 16_667], 200_000)
    scene.session.commit()
    page = client_as(founder).get(f"/cases/{draft.id}").text
    assert page.count(f"元已用于：{first.number}") == 12
