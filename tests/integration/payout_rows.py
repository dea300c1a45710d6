"""A batch with a payment and a change of its account, for the worlds of the access matrix."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data import models as m
from core.services import payees
from tests.scenes import Scene, paper

NAMES = ("batch", "disbursement", "change")


def rows(session: Session, scene: Scene, case: m.Case, file: m.StoredFile, mark: str) -> dict[str, Any]:
    """By the parameter that a route calls each by, without `_id`; every text carries `mark`."""
    of = {"operator_id": case.operator_id, "tenant_id": case.tenant_id, "case_id": case.id}
    payer = scene.staff["payer"]
    batch = m.PayoutBatch(
        district_id=case.district_id, number=f"{mark}BF2026-{case.id}", note=f"{mark}说明", row_count=1, total_fen=1,
        created_by_id=payer.id,
    )  # fmt: skip
    session.add(batch)
    session.flush()
    award = session.scalars(select(m.Award).where(m.Award.case_id == case.id)).one()
    pool = session.scalars(select(m.Pool).where(m.Pool.district_id == case.district_id)).one()
    payment = m.Disbursement(
        batch_id=batch.id, award_id=award.id, pool_id=pool.id, serial=1, reference=f"{mark}BF{case.id}", amount_fen=1,
        shares=[[f"{mark}财政", 10_000, 1]], purpose=f"{mark}用途", payee_name=f"{mark}户名", payee_bank=f"{mark}银行",
        payee_bank_code="102290000018", fingerprint=payees.fingerprint_of(case), **of,
    )  # fmt: skip
    payment.payee_account = "6222000012345678"
    change = m.PayeeChange(
        name=f"{mark}户名", bank=f"{mark}银行", bank_code="102290000018", fingerprint="new", old_name=f"{mark}原户名",
        old_bank=f"{mark}原银行", old_fingerprint="old", reason=f"{mark}原因", file_id=file.id,
        requested_by_id=payer.id, **of,
    )  # fmt: skip
    change.account, change.old_account = "6222000087654321", "6222000012345678"
    session.add_all([payment, change])
    session.flush()
    return {"batch": batch, "disbursement": payment, "change": change}


# What a POST needs to be more than a bad request; a foreign one must be refused even so.
BODIES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "payees.check": lambda w: {"check-document_id": w.document.id, "check-note": "一致"},
    "payees.doubt": lambda w: {"doubt": "账号不符"},
    "payees.reveal": lambda w: {"reason": "核对账户"},
    "payees.request_change": lambda w: {
        "payee_name": w.tenant.name, "payee_bank": "银行", "payee_bank_code": "102290000018",
        "payee_account": "6222000099999999", "reason": "换行", "file": (BytesIO(paper()), "a.pdf"),
    },
    "payees.check_change": lambda w: {"note": "一致"},
    "payees.refuse_change": lambda w: {"remark": "不符"},
    "payouts.start": lambda w: {"ids": w.case.id},
    "payouts.add": lambda w: {"ids": w.case.id, "batch_id": w.payouts["batch"].id},
    "payouts.reopen": lambda w: {"reason": "改正"},
    "payouts.cancel": lambda w: {"reason": "作废"},
    "payout_results.preview": lambda w: {
        "file": (BytesIO("我方参考号,金额,处理结果\nBF1,1,成功".encode()), "a.csv")
    },
    "payments_out.report": lambda w: {"returned_on": str(date(2026, 12, 1)), "reason": "销户"},
}  # fmt: skip
