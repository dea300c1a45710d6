"""What is granted once to an enterprise and to a founder: seen by the rule before, refused by the database last."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from core.config import Settings
from core.data import models as m
from core.data.asker import Asker, asking
from core.errors import Conflict
from core.services import assessments, evidence, moves
from core.services.needs import Act
from tests import factories, scenes
from tests.scenes import Scene

KEY = "startup_grant"
PERSON = factories.id_number()


@pytest.fixture
def scene(app: Flask, session: Session, settings: Settings) -> Scene:
    with app.app_context():
        return Scene(session, app.extensions["registry"], settings.files, policy=KEY)


def company(scene: Scene, name: str, number: str = PERSON) -> m.Tenant:
    """A company of about fourteen months, founded by this person, that may have the grant."""
    tenant = scene.tenant(
        name, registered_on=date(2025, 8, 20), operator=factories.operator(scene.session, scene.district)
    )
    founder = tenant.founders[0]
    for name_, value in factories.identity(tenant.operator_id, number).items():
        setattr(founder, name_, value)
    founder.id_number, founder.categories, founder.graduated_on = number, "graduate", date(2024, 6, 30)
    founder.first_company = True
    scene.session.flush()
    return tenant


def approve(scene: Scene, case: m.Case) -> None:
    scene.act(scene.staff["approver"], case, "approve", scenes.APPROVED, confirmed=True)


def test_the_rule_sees_what_the_founder_had_with_another_company(scene: Scene) -> None:
    first, second, stranger = (
        company(scene, n, p) for n, p in (("甲", PERSON), ("乙", PERSON), ("丙", factories.id_number()))
    )
    scene.until(m.CaseState.APPROVED, first)
    for tenant, passed in ((second, False), (stranger, True)):
        user = scene.founder_of(tenant)
        case = scene.empty_draft(tenant, user)
        with asking(scene.session, scene.as_user(user)):
            decision = assessments.assess(scene.session, case, scene.registry, scenes.APPLIED).decision
        assert next(check.passed for check in decision.checks if check.code == "first_time") is passed


def test_of_two_on_the_road_together_the_second_is_told_which_had_it(scene: Scene) -> None:
    one, other = (scene.until(m.CaseState.PUBLISHED, company(scene, name)) for name in ("甲", "乙"))
    approve(scene, one)
    with pytest.raises(Conflict, match=f"{one.number}.*每人只能享受一次"):
        approve(scene, other)


def test_in_another_district_too(scene: Scene, app: Flask, settings: Settings) -> None:
    scene.until(m.CaseState.APPROVED, company(scene, "甲"))
    with app.app_context():
        elsewhere = Scene(scene.session, scene.registry, settings.files, name="东湖示范区", policy=KEY)
    case = elsewhere.until(m.CaseState.PUBLISHED, company(elsewhere, "乙"))
    with pytest.raises(Conflict, match="每人只能享受一次"):
        approve(elsewhere, case)


def test_revoking_frees_it_and_nobody_is_named_in_the_table(scene: Scene) -> None:
    one, other = (scene.until(m.CaseState.PUBLISHED, company(scene, name)) for name in ("甲", "乙"))
    approve(scene, one)
    award = scene.session.scalars(select(m.Award)).one()
    held = scene.session.scalars(select(m.AwardOnce)).all()
    assert {row.kind for row in held} == {m.OnceKind.ENTERPRISE, m.OnceKind.FOUNDER}
    assert all(PERSON not in row.subject and "91" not in row.subject[:2] for row in held)
    evidence.release(scene.session, award)
    award.revoked_at = award.approved_at
    scene.session.flush()
    approve(scene, other)


def test_a_policy_that_may_be_had_again_notes_nothing(app: Flask, session: Session, settings: Settings) -> None:
    with app.app_context():
        rent = Scene(session, app.extensions["registry"], settings.files)
    rent.until(m.CaseState.APPROVED)
    assert session.scalar(select(func.count(m.AwardOnce.id))) == 0


@pytest.mark.parametrize("many", [8])
def test_of_many_at_one_moment_one_has_it(scene: Scene, engine: Engine, many: int) -> None:
    cases = [scene.until(m.CaseState.PUBLISHED, company(scene, f"企业{n}")) for n in range(many)]
    ids = [case.id for case in cases]
    approver = scene.as_user(scene.staff["approver"])
    scene.session.commit()
    start, told = threading.Barrier(many), []

    def run(case_id: int) -> None:
        start.wait()
        with Session(engine, info={"asker": approver}) as session:
            case = session.get_one(m.Case, case_id)
            try:
                moves.move(session, scene.registry, case, "approve", Act(confirmed=True), today=scenes.APPROVED)
                session.commit()
                told.append("approved")
            except Conflict as conflict:
                session.rollback()
                told.append(str(conflict))

    threads = [threading.Thread(target=run, args=(case_id,)) for case_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == many
    assert told.count("approved") == 1
    assert all("只能享受一次" in said for said in told if said != "approved")
    with Session(engine, info={"asker": Asker.system("test")}) as session:
        assert session.scalar(select(func.count(m.Award.id))) == 1
