"""An operator's own criteria: its accelerator, rent tiers and space limits, from a day on, with where that stands."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import StageParameter
from core.data.types import utcnow
from core.errors import Conflict, Forbidden, Invalid
from core.services import audit
from core.services.stages import criteria

LARGEST = 10**12


def set_value(
    session: Session, operator_id: int, name: str, written: str | None, *, from_on: date, source: str
) -> StageParameter:
    """Set a criterion of the operator's own from a day on, as people write it (money in 元, a share in per cent);
    empty takes the criterion away. Values are only ever added: an older decision stands on what was in force then.

    Raises `Forbidden` for what a rule of the state says, `Invalid` for a value that cannot be, and `Conflict` where
    there is one from that day already.
    """
    if name not in criteria.own():
        raise Forbidden("这项标准出自上级文件，运营机构不能修改")
    value = parse(name, written)
    source = source.strip()
    if not source:
        raise Invalid("请写明依据，例如会议纪要或内部制度的名称", field="source")
    same_day = select(StageParameter.id).where(
        StageParameter.operator_id == operator_id, StageParameter.name == name, StageParameter.from_on == from_on
    )
    if session.scalar(same_day) is not None:
        raise Conflict("从这一天起的值已经登记过，请改用另一天", field="from_on")
    row = StageParameter(
        operator_id=operator_id,
        name=name,
        value=value,
        from_on=from_on,
        source=source,
        set_by_id=audit.asker_of(session).user_id,
        set_at=utcnow(),
    )
    session.add(row)
    session.flush()
    audit.record(session, "stage.criterion", row, detail={"name": name, "value": value, "from": from_on.isoformat()})
    return row


def parse(name: str, written: str | None) -> str | None:
    """The value as it is kept: fen, a rate such as 0.7, a whole number."""
    text = (written or "").replace(",", "").replace("，", "").replace(" ", "").rstrip("%％元")
    if not text:
        return None
    unit = criteria.defaults().units[name]
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    scale = {"fen": Decimal(100), "rate": Decimal("0.01")}.get(unit, Decimal(1))
    scaled = number * scale
    if not number.is_finite() or number < 0 or scaled > LARGEST:
        raise Invalid("请填写不小于0的数字", field="value")
    if unit == "rate":
        if scaled > 1:
            raise Invalid("租金档按挂牌价的百分比填写，0到100", field="value")
        return str(scaled.normalize() if scaled else Decimal(0))
    if scaled != scaled.to_integral_value():
        if unit == "fen":
            raise Invalid("金额最多两位小数", field="value")
        raise Invalid("请填写整数", field="value")
    return str(int(scaled))
