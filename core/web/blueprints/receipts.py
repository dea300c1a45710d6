"""收据: the paper of one payment. A receipt is no 发票."""

from __future__ import annotations

from flask import Blueprint, Response, g

from core.data.models import OPERATOR_ROLES, TENANT_ROLES, Fee, Operator
from core.data.queries import payments as reads
from core.errors import NotFound
from core.extensions import db
from core.web import lease_words as words
from core.web import papers
from core.web.access import roles

blueprint = Blueprint("receipts", __name__)


@blueprint.get("/payments/<int:payment_id>/receipt")
@roles(*OPERATOR_ROLES, *TENANT_ROLES)
def paper(payment_id: int) -> Response:
    payment = reads.one(db.session, payment_id)
    if payment is None:
        raise NotFound("没有这笔收款，或您无权查看")
    parts = reads.parts(db.session, payment)
    operator = db.session.get_one(Operator, payment.operator_id)
    number = f"SJ{payment.received_on:%Y%m}-{payment.id:05d}"  # the same for ever, as the payment's row is
    return papers.paper(
        "receipt", title=number, author=operator.name, on=payment.received_on, number=number, payment=payment,
        parts=parts, operator=operator, words=words,
        deposit=bool(parts) and all(line.fee is Fee.DEPOSIT for _bill, line, _fen in parts),
        today=g.today,
    )  # fmt: skip
