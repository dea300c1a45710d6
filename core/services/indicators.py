"""指标: what a tenant reports by quarter, and the money and marks it reached. They feed stage criteria and returns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import FundingKind, FundingRound, Indicator, Milestone, MilestoneKind, PrizeLevel, Tenant
from core.errors import Invalid
from core.services import audit
from core.services.quarters import parse_quarter, quarter_of

_FIRST_EDITION = 1980
_LEVEL_WORDS = ("区级", "市级", "国家级")
FIGURES = ("revenue_fen", "rnd_fen", "staff", "ip_applied", "ip_held")


def report(
    session: Session, tenant: Tenant, quarter: str, values: Mapping[str, int | None], *, today: date
) -> Indicator:
    """Set what is given for a quarter (`2026Q3`); what is left empty keeps what was reported before.

    Raises `Invalid` for a quarter that has not begun or lies before the company, for negatives, and for nothing.
    """
    known = parse_quarter(quarter)
    if known is None:
        raise Invalid("季度请按“2026Q3”的形式填写", field="quarter")
    if known > quarter_of(today):
        raise Invalid("%(quarter)s还没有开始，不能填报将来的季度", field="quarter", quarter=known)
    if tenant.registered_on is not None and known < f"{tenant.registered_on.year}Q1":
        raise Invalid(
            "企业%(day)s才注册，不能填报更早年份的指标；注册日期有误的请先更正",
            field="quarter",
            day=tenant.registered_on.isoformat(),
        )
    given = {name: values[name] for name in FIGURES if values.get(name) is not None}
    if not given:
        raise Invalid("请至少填写一项指标；没有的填0，不清楚的留空", field="revenue_fen")
    for name, value in given.items():
        if value is not None and value < 0:
            raise Invalid("指标不能为负数；没有的填0，不清楚的留空", field=name)
    same = select(Indicator).where(Indicator.tenant_id == tenant.id, Indicator.quarter == known)
    row = session.scalars(same).one_or_none()
    if row is None:
        row = Indicator(operator_id=tenant.operator_id, tenant_id=tenant.id, quarter=known)
        session.add(row)
    before = {name: getattr(row, name) for name in given if getattr(row, name) not in (None, given[name])}
    for name, value in given.items():
        setattr(row, name, value)
    audit.record(
        session, "indicator.report", row, detail={"tenant": tenant.id, "quarter": known, "values": given, "was": before}
    )
    session.flush()
    return row


def add_funding(
    session: Session,
    tenant: Tenant,
    *,
    on: date,
    kind: FundingKind,
    name: str,
    investor: str | None,
    amount_fen: int,
    today: date,
) -> FundingRound:
    if on > today:
        raise Invalid("到账日期不能晚于今天；还没有到账的融资请到账后再登记", field="on")
    if amount_fen <= 0:
        raise Invalid("融资金额应大于0", field="amount_fen")
    row = FundingRound(
        operator_id=tenant.operator_id,
        tenant_id=tenant.id,
        on=on,
        kind=kind,
        name=name,
        investor=investor or None,
        amount_fen=amount_fen,
    )
    session.add(row)
    audit.record(session, "funding.add", row, detail={"tenant": tenant.id, "amount_fen": amount_fen})
    session.flush()
    return row


def add_milestone(
    session: Session,
    tenant: Tenant,
    *,
    kind: MilestoneKind,
    title: str,
    number: str | None,
    reached_on: date,
    until: date | None,
    contest: str | None = None,
    edition: int | None = None,
    level: PrizeLevel | None = None,
    today: date,
) -> Milestone:
    """A prize is evidence, so it says which: `contest` without level and year, the year of the `edition`, the `level`.
    Raises `Invalid` with the field that cannot be."""
    if reached_on > today:
        raise Invalid("取得日期不能晚于今天；还没有取得的请取得后再登记", field="reached_on")
    if until is not None and until < reached_on:
        raise Invalid("有效期不能早于取得日期", field="until")
    if kind is MilestoneKind.PRIZE:
        _check_prize(contest, edition, level, reached_on)
    elif contest or edition is not None or level is not None:
        raise Invalid("赛事、届次和级别只用于获奖；请清空这三项，或把类型改为“获奖”", field="contest")
    row = Milestone(
        operator_id=tenant.operator_id,
        tenant_id=tenant.id,
        kind=kind,
        title=title,
        number=number or None,
        reached_on=reached_on,
        until=until,
        contest=contest or None,
        edition=edition,
        level=level,
    )
    session.add(row)
    audit.record(session, "milestone.add", row, detail={"tenant": tenant.id, **_said(row)})
    session.flush()
    return row


def remove(session: Session, row: FundingRound | Milestone) -> None:
    """Take out what was entered by mistake; the trail keeps what it said."""
    name = "funding" if isinstance(row, FundingRound) else "milestone"
    said = {"amount_fen": row.amount_fen} if isinstance(row, FundingRound) else _said(row)
    audit.record(session, f"{name}.remove", row, detail={"tenant": row.tenant_id, **said})
    session.delete(row)
    session.flush()


def _check_prize(contest: str | None, edition: int | None, level: PrizeLevel | None, reached_on: date) -> None:
    """One prize has one name, whatever its level and year: these have fields of their own."""
    if not contest:
        raise Invalid("请填写赛事或奖项名称：同一奖项多级获奖只享受一次，靠名称和届次辨认", field="contest")
    if edition is None:
        raise Invalid("请填写届次年份，例如2026", field="edition")
    if not _FIRST_EDITION <= edition <= reached_on.year + 1:
        raise Invalid(
            "届次请填写四位年份，在%(first)s到%(last)s之间；取得日期有误的请先更正",
            field="edition",
            first=_FIRST_EDITION,
            last=reached_on.year + 1,
        )
    if level is None:
        raise Invalid("请选择获奖级别：区级、市级或国家级", field="level")
    if str(edition) in contest or any(word in contest for word in _LEVEL_WORDS):
        raise Invalid("名称里请不要写级别和年份：它们另有栏目，写在名称里同一奖项会被当成两个", field="contest")


def _said(row: Milestone) -> dict[str, object]:
    if row.level is None:
        return {"kind": row.kind.value}
    return {"kind": row.kind.value, "contest": row.contest, "edition": row.edition, "level": row.level.value}
