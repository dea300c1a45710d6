"""A prize at several levels is paid once, at the highest (同一奖项多级获奖只按最高级别享受一次), on the whole road."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.config import Settings
from core.data import models as m
from core.data.asker import asking
from core.policy import Decision, Month
from core.policy.registry import load_plugin
from core.services import assessments, evidence
from tests import factories, scenes
from tests.scenes import Scene
from tests.support.prize_grant import AMOUNTS, KEY, write_prize_grant

DISTRICT, CITY, NATIONAL = m.PrizeLevel.DISTRICT, m.PrizeLevel.CITY, m.PrizeLevel.NATIONAL


@pytest.fixture
def scene(app: Flask, session: Session, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    loaded = load_plugin(write_prize_grant(tmp_path))
    registry = app.extensions["registry"]
    monkeypatch.setattr(registry, "_policies", {loaded.key: loaded})
    with app.app_context():
        return Scene(session, registry, settings.files, policy=KEY)


def won(scene: Scene, tenant: m.Tenant, *levels: m.PrizeLevel, contest: str = "创业大赛", edition: int = 2026) -> None:
    scope = {"operator_id": tenant.operator_id, "tenant_id": tenant.id}
    scene.session.add_all(
        m.Milestone(
            kind=m.MilestoneKind.PRIZE, title="三等奖", contest=contest, edition=edition, level=level,
            reached_on=date(2026, 5, 20), **scope,
        )
        for level in levels
    )  # fmt: skip
    scene.session.flush()


def drafted(scene: Scene, tenant: m.Tenant) -> tuple[m.Case, Decision]:
    """Another application, over a month of its own (each month of a policy is in one), and what it would get."""
    month = str(Month.parse("2025-01") + scene.session.query(m.Case).count())
    draft = scene.empty_draft(tenant, scene.founder_of(tenant), (month, month))
    return draft, assessments.assess(scene.session, draft, scene.registry, scenes.APPLIED).decision


def test_it_pays_the_higher_once_and_the_next_application_reads_why(
    scene: Scene, client_as: Callable[..., Any]
) -> None:
    tenant = scene.tenant()
    won(scene, tenant, DISTRICT, CITY)
    first = scene.until(m.CaseState.APPROVED, tenant)
    award = scene.session.scalars(select(m.Award)).one()
    assert award.amount_fen == AMOUNTS["city"]
    use = scene.session.scalars(select(m.EvidenceUse)).one()
    assert (use.line.kind, use.line.month, use.amount_fen) == (m.EvidenceKind.PRIZE, "2026-05", AMOUNTS["city"])

    again, decision = drafted(scene, tenant)
    assert decision.amount_fen == 0
    page = client_as(scene.founder_of(tenant)).get(f"/cases/{again.id}").text
    assert page.count(f"已用于：{first.number}") == 2, "both levels are spent"
    assert "获奖 创业大赛（2026年，区级）" in page

    won(scene, tenant, NATIONAL)  # the same prize at a higher level, won later: the first award stands in its way
    assert [row.award for row in drafted(scene, tenant)[1].excluded] == [first.number] * 3
    with asking(scene.session, scene.as_user(scene.staff["approver"])):
        evidence.release(scene.session, award)
    assert drafted(scene, tenant)[1].amount_fen == AMOUNTS["national"]


def test_another_contest_and_another_edition_are_other_prizes(scene: Scene) -> None:
    tenant = scene.tenant()
    won(scene, tenant, CITY)
    scene.until(m.CaseState.APPROVED, tenant)
    won(scene, tenant, DISTRICT, contest="创新大赛")
    won(scene, tenant, DISTRICT, CITY, edition=2025)
    won(scene, tenant, NATIONAL, contest="创业 大赛")  # the one that was paid
    _, decision = drafted(scene, tenant)
    assert decision.amount_fen == AMOUNTS["district"] + AMOUNTS["city"]
    assert len(decision.excluded) == 2


def test_what_two_operators_recorded_is_paid_once(scene: Scene) -> None:
    tenant = scene.tenant()
    elsewhere = factories.operator(scene.session, scene.district, name="乙空间")
    former = factories.tenant(scene.session, elsewhere, name=tenant.name, uscc=tenant.uscc)
    won(scene, tenant, CITY)
    won(scene, former, CITY, DISTRICT, contest="创业大赛（ ）")
    assert [use.amount_fen for use in drafted(scene, former)[1].uses] == [AMOUNTS["city"]]
    first = scene.until(m.CaseState.APPROVED, tenant)
    _, found = drafted(scene, former)
    assert (found.amount_fen, {row.award for row in found.excluded}) == (0, {first.number})
