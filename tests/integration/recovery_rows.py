"""A file of 追回 with a receipt, for the worlds of the access matrix."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data import models as m
from core.data.types import utcnow
from tests.scenes import Scene

NAMES = ("recovery", "recovery_credit", "recovery_paper")


def rows(session: Session, scene: Scene, case: m.Case, mark: str) -> dict[str, Any]:
    """By the parameter that a route calls each by, without `_id`; every text carries `mark`."""
    of = {"operator_id": case.operator_id, "tenant_id": case.tenant_id}
    award = session.scalars(select(m.Award).where(m.Award.case_id == case.id)).one()
    file = m.Recovery(
        district_id=case.district_id, number=f"{mark}ZH2026-{case.id}", case_id=case.id, award_id=award.id,
        cause=m.RecoveryCause.OTHER, fact=f"{mark}said:1", state=m.RecoveryState.PROPOSED, paid_fen=2, owed_fen=1,
        lines=[{"key": f"{mark}R-1", "month": "2026-01", "awarded_fen": 2, "kept_fen": 1, "back_fen": 1,
                "clause": f"{mark}条款", "why": "gone"}],
        proposed_by_id=scene.staff["first"].id, proposed_at=utcnow(), heard_until=date(2026, 12, 31), **of,
    )  # fmt: skip
    session.add(file)
    session.flush()
    act = m.RecoveryAct(recovery_id=file.id, kind=m.RecoveryActKind.PROPOSED, said=f"{mark}事由", owed_fen=1, **of)
    credit = m.RecoveryCredit(
        recovery_id=file.id, kind=m.CreditKind.RECEIPT, amount_fen=1, received_on=date(2026, 12, 1),
        voucher=f"{mark}HD1", recorded_by_id=scene.staff["payer"].id, **of,
    )  # fmt: skip
    session.add_all([act, credit])
    session.flush()
    paper = m.RecoveryPaper(recovery_id=file.id, act_id=act.id, file_id=case.documents[0].file_id, **of)
    session.add(paper)
    session.flush()
    return {"recovery": file, "recovery_credit": credit, "recovery_paper": paper}


# What a POST needs to be more than a bad request; a foreign one must be refused even so.
BODIES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "recoveries.open_file": lambda w: {"cause": "other"},
    "recoveries.propose": lambda w: {"propose-reason": "房租退回"},
    "recoveries.state": lambda w: {"state-said": "没有异议"},
    "recoveries.drop": lambda w: {"drop-why": "不成立"},
    "recoveries.withdraw": lambda w: {"reason": "登记错了"},
    "recoveries.receipt": lambda w: {
        "receipt-amount_fen": "0.01", "receipt-received_on": "2026-12-01", "receipt-voucher": "X",
    },
    "recoveries.decide": lambda w: {
        "decide-opinion": "予以追回", "decide-pay_to": "账户一二", "decide-due_on": "2026-12-31",
        "decide-confirmed": "y",
    },
    "recoveries.demand": lambda w: {
        "demand-pay_to": "账户一二", "demand-due_on": "2026-12-31", "demand-confirmed": "y",
    },
    "recoveries.appeal": lambda w: {"appeal-said": "有误", "appeal-confirmed": "y"},
    "recoveries.judge": lambda w: {"judge-upheld": "no", "judge-opinion": "维持", "judge-confirmed": "y"},
}  # fmt: skip
