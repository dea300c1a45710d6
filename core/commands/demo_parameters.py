"""Parameters of the demonstration district (demo/district.yaml): what is published for next year, and an open draft.

Neither touches what is decided: both begin after the applications of the demonstration.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

import core
from core.commands.demo_district import HOST, description
from core.commands.setting_up import asking_as
from core.data.asker import Asker, asking
from core.data.models import ParameterDraft, User
from core.policy import LoadedPolicy
from core.services.parameters import drafting, publishing


def play(app: Flask, *, say: Callable[[str], None]) -> None:
    """The reviewer drafts, the approver publishes what is to be published."""
    today = core.today().date()
    plans = description()["parameters"]
    with asking_as(app, "seed", write=True) as session:
        for plan in plans:
            loaded = app.extensions["registry"].get(plan["policy"])
            made = _draft(session, loaded, plan, today)
            if plan["publish"]:
                _publish(session, loaded, made, today)
    published = sum(plan["publish"] for plan in plans)
    say(f"parameters {published} published for next year, {len(plans) - published} drafted")


def _draft(session: Session, loaded: LoadedPolicy, plan: Mapping[str, str], today: date) -> ParameterDraft:
    row = {
        "name": plan["name"],
        "value": plan["value"],
        "from": f"{today.year + 1}-01-01",
        "source": plan["source"],
        "status": "demonstration",
        "checked_on": today.isoformat(),
    }
    with asking(session, _member(session, "second")):
        return drafting.start(session, loaded, rows=[row], note=plan["note"])


def _publish(session: Session, loaded: LoadedPolicy, made: ParameterDraft, today: date) -> None:
    with asking(session, _member(session, "second")):
        report = drafting.check(session, made, loaded, today).report
        assert report is not None
        amounts = {row.key: row.now.amount_fen for row in report.rows}
        drafting.accept(session, made, loaded, version=None, amounts=amounts, today=today)
        drafting.submit(session, made, loaded, version=None, today=today)
    with asking(session, _member(session, "approver")):
        publishing.publish(session, made, loaded, version=None, seen=None, confirmed=True, today=today)


def _member(session: Session, name: str) -> Asker:
    user = session.scalars(select(User).where(User.email == f"{name}@{HOST}")).one()
    return Asker.member(user.memberships[0])
