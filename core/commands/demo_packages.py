"""What is taken to a counter outside: a package of the founder's case for itself and for the window, and filings there,
one with its approval still to be confirmed."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from core.commands.demo_papers import paper
from core.commands.demo_stage import Stage, asker_of
from core.commands.setting_up import asking_as
from core.data.asker import asking
from core.data.models import Case, CaseState, FilingChannel, FilingResult, Role
from core.jobs import packaging
from core.services import files, filings, packages
from core.services.filings import Said

COUNTER = "示例区就业促进中心"


def play(app: Flask) -> None:
    with asking_as(app, "seed", write=True) as session:
        stage = Stage(session, app)
        founder, window = stage.staff["founder"], stage.staff["window"]
        own = session.scalars(select(Case).where(Case.created_by_id == founder.id).order_by(Case.id).limit(1)).one()
        made = []
        for user, role in ((founder, Role.FOUNDER), (window, None)):
            with asking(session, asker_of(user, role)):
                made.append(packages.ask(session, own).id)
        filed = own.applied_on or stage.applied_on
        with asking(session, asker_of(founder, Role.FOUNDER)):
            returned = Said(
                COUNTER, FilingChannel.COUNTER, filed, "JC-0088", founder.name, FilingResult.RETURNED,
                filed + timedelta(days=2), note="劳动合同缺一页",
            )  # fmt: skip
            filings.record(session, stage.store, own, returned, today=filed + timedelta(days=9))
            approved = Said(
                COUNTER, FilingChannel.COUNTER, filed + timedelta(days=4), "JC-0131", founder.name,
                FilingResult.APPROVED, filed + timedelta(days=9), 180_000,
            )  # fmt: skip
            approval = files.check("批准通知.pdf", paper("批准通知"))
            filings.record(session, stage.store, own, approved, paper=approval, today=filed + timedelta(days=9))
        waiting = select(Case).where(Case.state == CaseState.ACCEPTED).order_by(Case.id).limit(1)
        with asking(session, asker_of(window, None)):
            online = Said("一网通办", FilingChannel.ONLINE, stage.applied_on, "YW-20261102-0417")
            filings.record(session, stage.store, session.scalars(waiting).one(), online, today=stage.applied_on)
    for package_id in made:
        packaging.make(app, package_id)
