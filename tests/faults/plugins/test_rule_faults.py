"""A rule that goes wrong at the moment of approval: nothing is decided, nothing is half-written, the site stays up.

The faults are those that can happen inside the process of a built-in policy (reliability row i). Rules that hang, take
all memory or kill their process are for the confined worker of third-party policies.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.config import Settings
from core.data import models as m
from core.errors import Invalid
from core.policy import Assessment, Check, Line, LoadedPolicy, Params, Registry, RuleVersion, Use
from core.policy import Case as PolicyCase
from tests import factories
from tests.scenes import APPROVED, Scene

Rule = Callable[[PolicyCase, Params], Any]
PASSED = tuple(
    Check(code, True, 1, 1, "<=")
    for code in (
        "organisation", "region", "founder", "trust", "three_units", "labour_dispatch", "within_36_months",
        "local_head", "households", "paid", "payer", "premises", "period_over", "in_time",
    )
)  # fmt: skip


def raises(case: PolicyCase, params: Params) -> Any:
    raise RuntimeError("<b>" + "x" * 1_000_000)


def exits(case: PolicyCase, params: Params) -> Any:
    raise SystemExit(0)


def recurses(case: PolicyCase, params: Params) -> Any:
    return recurses(case, params)


def runs_out_of_memory(case: PolicyCase, params: Params) -> Any:
    raise MemoryError


def stops_iterating(case: PolicyCase, params: Params) -> Any:
    raise GeneratorExit


def reads_no_parameter(case: PolicyCase, params: Params) -> Any:
    return params["not_there"]


def one_line(amount: Any, used: Any = None) -> Rule:
    def rule(case: PolicyCase, params: Params) -> Assessment:
        first = (case.dossier.rent or ())[0]
        uses = (Use(first.line, amount if used is None else used),)
        return Assessment(PASSED, (Line("head", "1", 1, amount),), uses)

    return rule


FAULTS: dict[str, Rule] = {
    "raises a page of text": raises,
    "exits": exits,
    "recurses": recurses,
    "runs out of memory": runs_out_of_memory,
    "stops iterating": stops_iterating,
    "reads a parameter that is not there": reads_no_parameter,
    "returns nothing": lambda case, params: None,
    "returns garbage": lambda case, params: {"eligible": True, "amount": 10**9},
    "returns a float": one_line(3000.0),
    "returns a whole float": one_line(300_000.0),
    "returns not a number": one_line(float("nan")),
    "returns a truth value": one_line(True),
    "returns text": one_line("300000"),
    "returns less than nothing": one_line(-1),
    "returns more than a row is worth": one_line(10**9),
    "returns more than it uses": one_line(300_000, used=1),
    "returns a check nobody knows": lambda case, params: Assessment((Check("friend", True, 1, 1, "<="),)),
    "returns a check that is neither": lambda case, params: Assessment((Check("paid", "yes", 1, 1, "<="),)),  # type: ignore[arg-type]
    "mutates what it is given": lambda case, params: setattr(case, "dossier", None),
}


def broken(loaded: LoadedPolicy, rule: Rule) -> Registry:
    policy = replace(loaded.policy, rules=(RuleVersion(loaded.policy.rules[0].effective_from, rule),))
    return Registry.of(replace(loaded, policy=policy))


@pytest.fixture
def scene(app: Flask, session: Session, settings: Settings) -> Scene:
    with app.app_context():
        return Scene(session, app.extensions["registry"], settings.files)


def written(session: Session) -> dict[str, Any]:
    """What an approval would write."""
    pool = session.scalars(select(m.Pool).execution_options(populate_existing=True)).one()
    counts = {
        model.__name__: session.scalar(select(func.count()).select_from(model))
        for model in (m.Decision, m.Award, m.EvidenceUse, m.Letter, m.CaseEvent, m.AuditEvent)
    }
    return {**counts, "pool": (pool.left_fen, pool.reserved_fen, pool.committed_fen)}


def test_nothing_is_decided_and_nothing_half_written(scene: Scene) -> None:
    case = scene.until(m.CaseState.PUBLISHED)
    scene.session.commit()
    before, good = written(scene.session), scene.registry
    for fault, rule in FAULTS.items():
        scene.registry = broken(good.get("rent_subsidy"), rule)
        with pytest.raises(Invalid) as refused:
            scene.act(scene.staff["approver"], case, "approve", APPROVED, confirmed=True)
        assert "未作任何决定" in str(refused.value), fault
        scene.session.rollback()
        assert written(scene.session) == before, fault
        assert scene.session.get_one(m.Case, case.id).state is m.CaseState.PUBLISHED, fault
    scene.registry = good  # once the plugin is mended, the same case goes on
    scene.act(scene.staff["approver"], case, "approve", APPROVED, confirmed=True)
    assert written(scene.session)["Award"] == 1


def test_pages_stay_up_and_say_so(app: Flask, session: Session, scene: Scene, client_as: Callable[..., Any]) -> None:
    case = scene.until(m.CaseState.PUBLISHED)
    session.commit()
    officer, manager = client_as(scene.staff["approver"]), client_as(scene.manager)
    app.extensions["registry"] = broken(scene.registry.get("rent_subsidy"), exits)
    for client, path in ((officer, f"/cases/{case.uid}"), (officer, "/cases"), (manager, "/tenants"), (manager, "/")):
        assert client.get(path, follow_redirects=True).status_code < 500, path
    refused = officer.post(f"/cases/{case.uid}/moves/approve", data={"confirmed": "yes"}, follow_redirects=True)
    assert refused.status_code < 500
    assert session.scalar(select(func.count()).select_from(m.Award)) == 0
    assert factories.tenant(session, scene.operator)  # and the database still takes writes
