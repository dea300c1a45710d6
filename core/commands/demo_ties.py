"""A first reviewer who has a tie to one of the applicants, and asks to handle its case all the same."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select

from core.commands.demo_district import most_asked_for
from core.commands.demo_stage import Stage, asker_of
from core.commands.setting_up import asking_as
from core.data.asker import asking
from core.data.models import Case, CaseState, Relation, Tenant
from core.services import avoidance


def play(app: Flask) -> None:
    with asking_as(app, "seed", write=True) as session:
        stage = Stage(session, app)
        case = session.scalars(
            select(Case)
            .where(Case.state == CaseState.SUBMITTED, Case.policy_key == most_asked_for())
            .order_by(Case.id.desc())
            .limit(1)
        ).one()
        tenant = session.scalars(select(Tenant).where(Tenant.id == case.tenant_id)).one()
        with asking(session, asker_of(stage.staff["first"], None)):
            avoidance.declare(session, tenant, Relation.FAMILY, "表弟为该公司监事")
            avoidance.ask(session, case, "初审岗位另一人产假至下月，已口头报备")
