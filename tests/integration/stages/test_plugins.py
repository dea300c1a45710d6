"""Policies and moves: each is told after the commit, and what a move opens and closes is known before it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from core.data import models as m
from core.data.asker import Asker
from core.data.models import Stage
from core.policy import Registry
from core.services.stages import effects
from tests import factories
from tests.integration.stages.conftest import TODAY, House
from tests.unit.policy.plugins import plugin_folder

ENTERED = date(2026, 3, 2)
HOOK = """
from pathlib import Path


@hookimpl
def tenant_stage_moved(move):
    with (Path(__file__).parent / "told.txt").open("a") as out:
        out.write(f"{move.from_stage}>{move.to_stage} {move.moved_on} {move.tenant_ref}\\n")
"""
FAILS = """

@hookimpl
def tenant_stage_moved(move):
    raise SystemExit("this plugin is broken")
"""
# A policy for who is in the nursery today.
RULE = """
from core.policy import Assessment, Check, Line


def assess(case, params):
    now = case.dossier.stages[-1].stage if case.dossier.stages else None
    here = Check("region", None if now is None else now == "{stage}", now, "{stage}", "is")
    return Assessment((here,), lines=(Line("grant", "1", 1000, 1000),))
"""


def plugins(into: Path, **hooks: str) -> Registry:
    """Real plugins on disk, each with a hook, found as at start."""
    for key, hook in hooks.items():
        folder = plugin_folder(into, key)
        path = folder / "plugin.py"
        path.write_text(path.read_text() + hook)
    return Registry.load(strict=True, plugins_dir=into, installed=False)


def told(into: Path, key: str) -> list[str]:
    path = into / key / "told.txt"
    return path.read_text().splitlines() if path.exists() else []


def test_plugins_are_told_after_the_commit_and_one_that_fails_keeps_nobody_from_it(
    house: House, session: Session, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    house.registry = plugins(tmp_path, listening=HOOK, failing=FAILS, also_listening=HOOK)
    house.enter(Stage.NURSERY, ENTERED)
    house.move(Stage.INCUBATOR, TODAY)
    assert told(tmp_path, "listening") == []
    session.commit()
    ref = f"tenant:{house.tenant.id}"
    wanted = [f"None>nursery {ENTERED} {ref}", f"nursery>incubator {TODAY} {ref}"]
    assert told(tmp_path, "listening") == wanted
    assert told(tmp_path, "also_listening") == wanted
    assert "failing failed in tenant_stage_moved" in caplog.text
    assert house.tenant.stage is Stage.INCUBATOR


def test_what_is_rolled_back_or_only_corrected_is_told_to_nobody(
    house: House, session: Session, tmp_path: Path
) -> None:
    house.registry = plugins(tmp_path, listening=HOOK)
    house.enter(Stage.NURSERY, ENTERED)
    session.commit()
    house.move(Stage.INCUBATOR, TODAY)
    session.rollback()
    house.correct((Stage.NURSERY, date(2026, 2, 1)))
    session.commit()
    assert len(told(tmp_path, "listening")) == 1


def test_the_policies_that_a_move_opens_and_closes_are_known_before_it(
    app: Flask, house: House, session: Session, tmp_path: Path
) -> None:
    for key, stage in (("closing", "nursery"), ("opening", "incubator"), ("elsewhere", "accelerator")):
        folder = plugin_folder(tmp_path, key, rules=("", RULE.replace("{stage}", stage)))
        path = folder / "policy.yaml"
        path.write_text(path.read_text().replace("  - applied_on\n", "  - applied_on\n  - stages.stage\n", 1))
    registry = Registry.load(strict=True, plugins_dir=tmp_path, installed=False)
    house.enter(Stage.NURSERY, ENTERED)
    session.commit()
    # Its operator asks, who sees no insured person: outcomes are all that comes back.
    session.info["asker"] = Asker.member(house.manager.memberships[0])
    found = effects.effects(session, house.tenant, Stage.INCUBATOR, TODAY, registry)
    policies = {it["policy"]: (it["effect"], it["before"], it["after"]) for it in found if it["kind"] == "policy"}
    assert policies == {
        "closing": ("closes", "eligible", "ineligible"),
        "opening": ("opens", "ineligible", "eligible"),
    }
    assert house.tenant.stage is Stage.NURSERY


def test_rent_tier_and_space_limit_are_those_of_the_two_stages(house: House, session: Session) -> None:
    site = session.query(m.Site).filter_by(operator_id=house.operator.id).one()
    room = factories.space(
        session, site, area_cm2=2_500_000, list_price_fen=1_000_000, price_unit=m.PriceUnit.UNIT_MONTH
    )
    factories.lease(session, house.tenant, [room])
    house.enter(Stage.INCUBATOR, ENTERED)
    rent, space = effects.effects(session, house.tenant, Stage.ACCELERATOR, TODAY, Registry.of())
    assert rent == {"kind": "rent", "before": "0.7", "after": "0.9", "before_fen": 700_000, "after_fen": 900_000}
    assert space == {"kind": "space", "before": 200, "after": 1000, "area_cm2": 2_500_000, "over": False}


def test_a_team_without_a_code_cannot_be_asked_about_policies_and_is_told_why(house: House, session: Session) -> None:
    house.tenant.uscc = house.tenant.enterprise_id = None
    house.enter(Stage.NURSERY, ENTERED)
    found = effects.effects(session, house.tenant, Stage.INCUBATOR, TODAY, house.registry)
    assert "统一社会信用代码" in next(it["reason"] for it in found if it["kind"] == "unknown")
