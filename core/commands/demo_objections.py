"""Two people object to what each policy has under public notice: one objection waits, one is being looked into."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select

from core.commands.demo_district import description
from core.commands.demo_stage import Stage
from core.commands.setting_up import asking_as
from core.data.models import Case, CaseState, Publication, PublicationEntry
from core.services import objections

WHO = (("李守正", "13800000001"), ("示例园区租户代表", "tenant@demo.hongcai.example"))


def play(app: Flask) -> None:
    with asking_as(app, "seed", write=True) as session:
        stage = Stage(session, app)
        for policy, statements in description()["application"]["objections"].items():
            of_policy = select(Case).where(Case.state == CaseState.PUBLISHED, Case.policy_key == policy)
            published = session.scalars(of_policy.order_by(Case.id)).all()
            for case, (name, contact), statement in zip(published, WHO, statements, strict=False):
                of_case = select(Publication).join(PublicationEntry).where(PublicationEntry.case_id == case.id)
                notice = session.scalars(of_case.order_by(Publication.id.desc()).limit(1)).one()
                objections.receive(
                    session, notice, 1, name=name, contact=contact, statement=statement, today=notice.opened_on
                )
            stage.act(published[-1], "object")
