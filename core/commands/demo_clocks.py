"""Clocks of the demonstration: paused, hurried, had by somebody, ordered; an exception; what the daily job notes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

import core
from core.commands.demo_district import description
from core.commands.demo_stage import Stage, after, asker_of
from core.commands.setting_up import asking_as
from core.data.asker import asking
from core.data.models import Case, CaseState
from core.jobs import escalating
from core.services import assignments, clocks, green_lane, holidays, orders


def play(app: Flask, *, say: Callable[[str], None]) -> None:
    """By the same services as the site, some days after the applications."""
    with asking_as(app, "seed", write=True) as session:
        stage = Stage(session, app)
        day = after(stage.applied_on, 5)
        staff = {name: asker_of(stage.staff[name], None) for name in ("window", "first", "second", "district")}
        accepted = _cases(session, CaseState.ACCEPTED)
        reviewed = _cases(session, CaseState.FIRST_REVIEW)
        submitted = _cases(session, CaseState.SUBMITTED)
        with asking(session, staff["first"]):
            clocks.pause(
                session, accepted[0], reason="outside_check", note="等区税务局回函核实代缴情况，预计两周", today=day
            )
            clocks.pause(session, accepted[1], reason="correction", note="请企业补一份加盖公章的租赁协议", today=day)
            clocks.resume(session, accepted[1], today=after(day, 3))
            assignments.take(session, accepted[1])
        with asking(session, staff["window"]):
            green_lane.mark(
                session, app.extensions["registry"], accepted[2], reason="key_project",
                note="区重点项目清单第7号", today=day,
            )  # fmt: skip
            assignments.give(session, accepted[2], stage.staff["first"].id, today=day)
        with asking(session, staff["second"]):
            assignments.take(session, reviewed[0])
        with asking(session, staff["district"]):
            wanted = core.today().date() + timedelta(days=3)
            today = core.today().date()
            asked = orders.write(
                session, reviewed[0], text="请说明未按期复审的原因，尽快办结。", wanted_on=wanted, today=today
            )
            orders.write(
                session, submitted[0], text="该件已超过受理时限，请今日内作出决定。", wanted_on=today, today=today
            )
            holidays.set_days(session, [date(2027, 1, 1)], working=False, note="元旦（公布前先行设置）", confirmed=None)
        with asking(session, staff["second"]):
            orders.answer(session, asked, "申请人的参保记录刚更正，已重新核对，本周内完成复审。")
    say(f"clocks     {escalating.escalate(app)} warnings, 1 paused, 1 in the green lane, 2 orders")


def _cases(session: Session, state: CaseState) -> list[Case]:
    """Those of the policy that the demonstration has most of."""
    policy = next(iter(description()["application"]["policies"]))
    asked = select(Case).where(Case.state == state, Case.policy_key == policy).order_by(Case.id)
    return list(session.scalars(asked))
