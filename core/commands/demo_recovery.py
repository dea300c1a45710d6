"""What is to be had back in the demonstration: an award that was revoked after it was paid, demanded and partly paid;
one that a later payment settled by an offset; and a lead that the daily check has found."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

import core
from core.commands.demo_district import description
from core.commands.demo_papers import paper
from core.commands.demo_payouts import answer
from core.commands.demo_stage import Stage, asker_of
from core.commands.setting_up import asking_as
from core.data.asker import asking
from core.data.models import (
    Case,
    CaseState,
    Disbursement,
    Recovery,
    RecoveryCause,
    RecoveryState,
    RentPayment,
    Role,
    User,
)
from core.data.queries import payouts as payments
from core.services import disbursement, files, moves, payees
from core.services.needs import Act
from core.services.recovery import crediting, deciding, finding, rerun
from core.services.recovery.enclosures import Enclosed

ACCOUNT = "示范区财政局非税收入专户，示例银行示范支行，3100 0166 0000 2026"
FACTS = "经核查，申请期间的一份房租发票系虚开，核定所依据的事实不成立。"


def play(app: Flask, *, say: Callable[[str], None]) -> None:
    with asking_as(app, "seed", write=True) as session:
        stage = Stage(session, app)
        most, *others = description()["application"]["policies"]
        paid = _paid(session, most)
        shown = [_demanded(stage, case) for case in (paid[0], *(_paid(session, key)[0] for key in others))]
        if pair := _pair(session, stage, paid[1:]):
            shown.append(_offset(stage, *pair))
        rest = [case for case in paid[1:] if pair is None or case is not pair[0]]
        if lead := _lead(stage, rest[-1]):
            shown.append(lead)
        say("recovery   " + ", ".join(f"{it.number} {it.state}" for it in shown))


def _paid(session: Session, policy: str) -> list[Case]:
    of_policy = select(Case).where(Case.state == CaseState.PAID, Case.policy_key == policy)
    return list(session.scalars(of_policy.order_by(Case.id)))


def _demanded(stage: Stage, case: Case) -> Recovery:
    """Revoked, demanded, and a third of it is back."""
    today = core.today().date()
    _act(stage, "second", case, "propose_revocation", Act(opinion=FACTS, reasons=("false_statement",)))
    with asking(stage.session, asker_of(stage.session.get_one(User, case.created_by_id), Role.FOUNDER)):
        said = Act(opinion="该发票由出租方提供，本公司不知情，愿意配合退回。")
        moves.move(stage.session, stage.registry, case, "statement", said, today=today)
    _act(stage, "approver", case, "revoke", Act(opinion="申辩不影响事实认定，予以撤销。", confirmed=True))
    file = stage.session.scalars(
        select(Recovery).where(Recovery.case_id == case.id, Recovery.state == RecoveryState.DECIDED)
    ).one()
    with asking(stage.session, asker_of(stage.staff["approver"], None)):
        deciding.demand(stage.session, file, pay_to=ACCOUNT, due_on=None, confirmed=True, today=today)
    with asking(stage.session, asker_of(stage.staff["payer"], None)):
        credit = crediting.record(
            stage.session, file, amount_fen=file.owed_fen // 3, received_on=today, voucher="SR20261129001", today=today
        )
    with asking(stage.session, asker_of(stage.staff["payer-2"], None)):
        crediting.confirm(stage.session, stage.registry, credit, today=today)
    return file


def _offset(stage: Stage, owing: Case, case: Case) -> Recovery:
    """What is owed of one award is kept back from the payment of another."""
    session, today = stage.session, core.today().date()
    with asking(session, asker_of(stage.staff["first"], None)):
        file = deciding.open_by_hand(session, stage.registry, owing, RecoveryCause.REFUND)
        deciding.propose(session, stage.registry, file, "出租方已退回部分房租，请核对。", today=today)
    with asking(session, asker_of(session.get_one(User, owing.created_by_id), Role.FOUNDER)):
        slip = files.check("退租款回单.pdf", paper("退租款回单"))
        deciding.state(session, file, "情况属实，同意从以后的拨付中抵扣。", Enclosed(stage.store, [slip]))
    with asking(session, asker_of(stage.staff["approver"], None)):
        terms = {"pay_to": ACCOUNT, "due_on": today + timedelta(days=30), "confirmed": True, "today": today}
        deciding.decide(session, stage.registry, file, "退回的房租不属于实际支付，应退回相应补贴。", **terms)  # type: ignore[arg-type]
    with asking(session, asker_of(stage.staff["payer"], None)):
        district = owing.district_id
        batch = disbursement.start(session, stage.registry, district, [case.id], note="抵扣一笔", today=today)
        disbursement.keep_back(session, batch, batch.rows[0], file.owed_fen)
        disbursement.prepare(session, batch)
    with asking(session, asker_of(stage.staff["payer-2"], None)):
        disbursement.release(session, batch)
        disbursement.take(session, batch, csv=True)
    answer(stage, batch, set(), today)
    return file


def _pair(session: Session, stage: Stage, paid: list[Case]) -> tuple[Case, Case] | None:
    """A paid case of a tenant that has another one to be paid, of more than would be owed of the first."""
    live = select(Disbursement.id).where(Disbursement.case_id == Case.id, Disbursement.state.in_(payments.LIVE))
    for case in paid:
        others = select(Case).where(
            Case.tenant_id == case.tenant_id, Case.state == CaseState.ISSUED, ~live.correlate(Case).exists()
        )
        for other in session.scalars(others.order_by(Case.id)):
            if payees.is_checked(other) and _lose(stage, case):
                owed = rerun.find(session, stage.registry, case, RecoveryCause.OTHER).owed_fen
                if 0 < owed < rerun.award_of(session, other).amount_fen:
                    return case, other
    return None


def _lead(stage: Stage, case: Case) -> Recovery | None:
    return finding.look(stage.session, stage.registry, case) if _lose(stage, case) else None


def _lose(stage: Stage, case: Case) -> bool:
    """The newest months of rent go back, until something of the award is owed."""
    session = stage.session
    rent = select(RentPayment).where(
        RentPayment.tenant_id == case.tenant_id,
        RentPayment.payment_id.is_(None),
        RentPayment.month.between(case.period_from, case.period_to),
    )
    for payment in session.scalars(rent.order_by(RentPayment.month.desc())).all()[:11]:
        session.execute(delete(RentPayment).where(RentPayment.id == payment.id))
        session.expire_all()
        if rerun.find(session, stage.registry, case, RecoveryCause.OTHER).owed_fen:
            return True
    return False


def _act(stage: Stage, who: str, case: Case, code: str, act: Act) -> None:
    with asking(stage.session, asker_of(stage.staff[who], None)):
        moves.move(stage.session, stage.registry, case, code, act, today=core.today().date())
