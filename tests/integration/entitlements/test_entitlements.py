"""What a tenant is entitled to today: the rules' own answer, when it changes, and what cannot be combined."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.config import Settings
from core.data import models as m
from core.data.asker import asking
from core.policy import LoadedPolicy, Registry
from core.policy.registry import load_plugin
from core.services.entitlements import Entitlement, Overview, Standing, overview
from tests import factories, scenes
from tests.scenes import Scene

pytestmark = pytest.mark.one_engine

PLUGINS = Path(__file__).resolve().parents[3] / "plugins"
RENT, GRANT, STAFF = "rent_subsidy", "startup_grant", "employment_subsidy"


@pytest.fixture
def scene(app: Flask, session: Session, settings: Settings) -> Scene:
    with app.app_context():
        return Scene(session, app.extensions["registry"], settings.files)


def look(
    scene: Scene, tenant: m.Tenant, today: date = scenes.APPLIED, registry: Registry | None = None
) -> tuple[dict[str, Entitlement], Overview]:
    user = scene.founder_of(tenant)
    with asking(scene.session, scene.as_user(user)):
        mine = scene.session.scalars(select(m.Case).where(m.Case.tenant_id == tenant.id)).all()
        found = overview(scene.session, tenant, (registry or scene.registry).policies, mine, today)
    return {it.loaded.key: it for it in found.entitlements}, found


def graduate(scene: Scene, registered_on: date) -> m.Tenant:
    """A company of that age, of a founder who graduated lately, with all that the grant asks but time."""
    tenant = scene.tenant(registered_on=registered_on)
    founder = tenant.founders[0]
    founder.categories, founder.graduated_on, founder.first_company = "graduate", date(2024, 6, 30), True
    scene.session.flush()
    return tenant


def test_the_amount_is_the_one_that_would_be_decided_and_it_says_until_when(scene: Scene) -> None:
    found, _ = look(scene, scene.tenant())
    rent = found[RENT]
    assert (rent.standing, rent.decision.amount_fen) == (Standing.ELIGIBLE, 300_000)
    assert (rent.period_from, rent.period_to) == scenes.PERIOD
    assert rent.closes_on == date(2027, 10, 31)  # twelve months after the period's last day
    assert (rent.uses.first, rent.uses.last, rent.uses.lines) == ("2025-11", "2026-10", 12)
    assert found[STAFF].decision.amount_fen == 12 * 95_115


def test_time_alone_opens_the_grant_on_a_day_and_closes_it_on_another(scene: Scene) -> None:
    young, _ = look(scene, graduate(scene, date(2026, 1, 15)))
    assert (young[GRANT].standing, young[GRANT].opens_on) == (Standing.NOT_YET, date(2027, 1, 15))
    ripe, _ = look(scene, graduate(scene, date(2025, 8, 20)))
    assert (ripe[GRANT].standing, ripe[GRANT].closes_on) == (Standing.ELIGIBLE, date(2027, 2, 20))
    late, _ = look(scene, graduate(scene, date(2025, 5, 1)))
    assert (late[GRANT].standing, late[GRANT].opens_on) == (Standing.NOT_ELIGIBLE, None)


def test_a_case_under_way_and_an_award_that_was_had(scene: Scene) -> None:
    tenant = scene.tenant()
    case = scene.until(m.CaseState.APPROVED, tenant)
    found, _ = look(scene, tenant)
    assert (found[RENT].standing, found[RENT].running) == (Standing.RUNNING, case)
    case.state = m.CaseState.CLOSED
    found, _ = look(scene, tenant)
    assert found[RENT].standing is Standing.HAD
    assert found[RENT].had
    assert found[STAFF].standing is Standing.ELIGIBLE  # its evidence is another's


def test_what_the_founder_had_elsewhere_counts_only_where_it_is_granted_once(scene: Scene) -> None:
    first, second = scene.tenant("甲"), scene.tenant("乙", untrustworthy=True)
    mine, theirs = (tenant.founders[0] for tenant in (second, first))
    mine.id_number, mine.id_number_once, mine.id_number_search = (
        theirs.id_number,
        theirs.id_number_once,
        theirs.id_number_search,
    )
    scene.session.flush()
    scene.until(m.CaseState.APPROVED, first)
    found, _ = look(scene, second)
    assert (found[RENT].standing, found[RENT].had) == (Standing.NOT_ELIGIBLE, ())


def rival(folder: Path) -> LoadedPolicy:
    """Another scheme for the same rent, which pays 2,000.00 a head and year."""
    other = folder / "rent_of_the_science_office"
    shutil.copytree(PLUGINS / RENT, other, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("plugin.py", "policy.yaml"):
        text = (other / name).read_text("utf-8").replace(RENT, other.name).replace("value: 300000", "value: 200000")
        (other / name).write_text(text, "utf-8")
    return load_plugin(other)


def test_of_two_policies_for_the_same_evidence_one_can_be_had_and_both_are_told_before(
    scene: Scene, tmp_path: Path
) -> None:
    other = rival(tmp_path)
    registry = Registry.of(scene.registry.get(RENT), other)
    tenant = scene.tenant()
    _, found = look(scene, tenant, registry=registry)
    (choice,) = found.choices
    assert choice.group == "rent"
    assert [(it.loaded.key, it.decision.amount_fen) for it in choice.options] == [
        (RENT, 300_000),
        (other.key, 200_000),
    ]
    assert {(it.uses.first, it.uses.last, it.uses.lines) for it in choice.options} == {("2025-11", "2026-10", 12)}
    case = scene.until(m.CaseState.APPROVED, tenant)
    left, found = look(scene, tenant, registry=registry)
    assert found.choices == ()
    assert left[other.key].standing is Standing.HAD
    assert left[other.key].had == (case.number,)


def test_a_draft_is_compared_over_its_own_months_with_what_else_they_could_pay_for(
    app: Flask, scene: Scene, tmp_path: Path, client_as, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = rival(tmp_path)
    tenant = scene.tenant()
    founder = scene.founder_of(tenant)
    half = ("2026-05", "2026-10")
    case = scene.draft(tenant, founder, period=half)
    client = client_as(founder)
    page = client.get(f"/cases/{case.id}").text
    assert "同样的凭据还可以申请" not in page, "nothing competes, so nothing is said"
    monkeypatch.setattr(scene.registry, "_policies", {RENT: scene.registry.get(RENT), other.key: other})
    page = client.get(f"/cases/{case.id}").text
    # Six of twelve months: half of 3,000.00 here, half of 2,000.00 there.
    table = page[page.index("同样的凭据还可以申请") :]
    assert table.index("1,500.00") < table.index("就高") + 200
    assert "1,000.00" in table
    assert table.count("6 条，2026年5月 至 2026年10月") == 2
    started = client.post("/cases", data={"policy": other.key, "period_from": half[0], "period_to": half[1]})
    assert started.status_code == 302
    page = client.get(f"/cases/{case.id}").text
    assert started.location in page, "it is under way now, and the draft is still there"


def test_the_home_tells_what_is_missing_and_not_what_would_be_of_no_use(scene: Scene, client_as) -> None:
    late = graduate(scene, date(2025, 5, 1))
    late.untrustworthy = True
    page = client_as(scene.founder_of(late)).get("/home/startup").text
    assert "注册未超过十八个月" in page
    grant = page[page.index("项目启动金") :]
    assert "失信被执行人不能享受资金扶持" not in grant[: grant.index("</section>")]
    assert "失信被执行人不能享受资金扶持" in page  # the other policies tell it: it can be mended


def test_a_team_without_a_code_has_its_home_all_the_same(scene: Scene, client_as) -> None:
    team = factories.tenant(scene.session, scene.operator, name="未注册团队", kind=m.TenantKind.TEAM)
    team.uscc, team.enterprise_id = None, None
    answer = client_as(scene.founder_of(team)).get("/home/startup")
    assert answer.status_code == 200
    assert "还不能核算扶持" in answer.text
    assert "尚未登记统一社会信用代码" in answer.text
