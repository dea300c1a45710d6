"""Payments of the demonstration: a batch that the bank has answered, one it has not, one that waits for its second
payer, and an account whose change is being checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from flask import Flask
from sqlalchemy import select

from core.commands.demo_papers import paper
from core.commands.demo_stage import DAYS, Stage, after, asker_of
from core.commands.setting_up import asking_as
from core.data.asker import asking
from core.data.models import Case, CaseState, PayoutBatch, Role, User
from core.services import disbursement, files, payee_changes, payees

HEADERS = "我方参考号,金额（元）,处理结果,记账日期,凭证号,失败原因"
SENT, PREPARED = 5, 4


def play(app: Flask, plans: Mapping[str, Mapping[str, Any]], *, say: Callable[[str], None]) -> None:
    """Of each policy as many paid as its plan says, by the services the site uses."""
    with asking_as(app, "seed", write=True) as session:
        stage = Stage(session, app)
        today = after(stage.applied_on, DAYS["pay"])
        issued = {
            key: list(
                session.scalars(
                    select(Case).where(Case.state == CaseState.ISSUED, Case.policy_key == key).order_by(Case.id)
                )
            )
            for key in plans
        }
        paid = [case for key, plan in plans.items() for case in issued[key][: plan["paid"]]]
        rest = [case for key, plan in plans.items() for case in issued[key][plan["paid"] :]]
        failing, sent, prepared = rest[:1], rest[1:][:SENT], rest[1 + SENT :][:PREPARED]
        answered = _sent(stage, [*paid, *failing], "十一月第一批", today)
        answer(stage, answered, {case.id for case in failing}, today)
        _sent(stage, sent, "十一月第二批", today)
        _prepared(stage, prepared, "十二月第一批", today)
        for case in rest[1 + SENT + PREPARED :][:1]:
            _change(stage, case)
        say(f"paid       {answered.number}: {len(paid)} payments, {len(failing)} failed; two batches under way")


def _prepared(stage: Stage, cases: list[Case], note: str, today: date) -> PayoutBatch:
    session, payer = stage.session, stage.staff["payer"]
    with asking(session, asker_of(payer, None)):
        district = payer.memberships[0].district_id or 0
        batch = disbursement.start(
            session, stage.registry, district, [case.id for case in cases], note=note, today=today
        )
        disbursement.prepare(session, batch)
    return batch


def _sent(stage: Stage, cases: list[Case], note: str, today: date) -> PayoutBatch:
    batch = _prepared(stage, cases, note, today)
    with asking(stage.session, asker_of(stage.staff["payer-2"], None)):
        disbursement.release(stage.session, batch)
        disbursement.take(stage.session, batch, csv=True)
    return batch


def answer(stage: Stage, batch: PayoutBatch, failing: set[int], today: date) -> None:
    """What the bank says of a batch: all paid, but for these cases."""
    lines = [HEADERS]
    for row in batch.rows:
        yuan = f"{row.net_fen / 100:.2f}"
        if row.case_id in failing:
            lines.append(f"{row.reference},{yuan},交易失败,,,收款户名与账号不符")
        else:
            lines.append(f"{row.reference},{yuan},交易成功,{today},HD{today:%Y%m%d}{row.serial:06d},")
    reading = disbursement.read("\n".join(lines).encode(), "银行结果.csv", today=today)
    with asking(stage.session, asker_of(stage.staff["payer"], None)):
        disbursement.book(stage.session, stage.registry, batch, reading, today=today)


def _change(stage: Stage, case: Case) -> None:
    """The applicant has moved its account to another bank."""
    session = stage.session
    applicant = session.get_one(User, case.created_by_id)
    account = payees.Account(case.tenant.name, "示例农商银行北港支行", "322290000011", "6230900000456789")
    title = "基本存款账户信息"
    with asking(session, asker_of(applicant, Role.FOUNDER)):
        file = files.accept(session, stage.store, case.tenant, files.check(f"{title}.pdf", paper(title)))
        payee_changes.request(
            session, stage.registry, case, account, reason="原开户行网点撤并，基本户迁至新网点", file=file
        )
