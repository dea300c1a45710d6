"""单价. Bills keep the price they were made with; a new price is for what is billed from then on."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from core.data.models import MeterKind, Tariff
from core.data.queries import meters as reads
from core.data.queries.locks import lock_operator
from core.errors import Conflict, Invalid
from core.services import audit

MOST_E4 = 1_000 * 10_000  # a thousand yuan for one unit is a slip of the pen


def set_price(session: Session, operator_id: int, *, kind: MeterKind, from_on: date, price_e4: int) -> Tariff:
    """The price of a kind from a day on. Raises `Conflict` where one begins that day already."""
    if not 0 < price_e4 <= MOST_E4:
        raise Invalid("单价应大于0，不超过1000元", field="price_e4")
    lock_operator(session, operator_id)
    if any(it.kind is kind and it.from_on == from_on for it in reads.tariffs(session, operator_id)):
        raise Conflict("这天起已有单价；要改请先删除那一条", field="from_on")
    made = Tariff(operator_id=operator_id, kind=kind, from_on=from_on, price_e4=price_e4)
    session.add(made)
    session.flush()
    audit.record(session, "tariff.set", made, detail={"kind": kind.value, "price_e4": price_e4})
    return made


def remove_price(session: Session, tariff: Tariff) -> None:
    """Bills made with it keep their sums."""
    lock_operator(session, tariff.operator_id)
    audit.record(session, "tariff.remove", tariff, detail={"kind": tariff.kind.value, "price_e4": tariff.price_e4})
    session.delete(tariff)
    session.flush()
