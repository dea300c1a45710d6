"""What a subscription is called, the plans side by side, and the platform's list of operators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import g, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from core.data.asker import Asker, asking
from core.data.models import SubscriptionPeriod, SubscriptionSource, SubscriptionStatus
from core.data.queries import subscriptions as reads
from core.extensions import db
from core.services import subscriptions
from core.services.subscriptions import Cause, Offer, Plan, Standing, State, Use
from core.web.listing import Column, Filter, Option
from core.web.templating import language
from core.web.views.memory_list import MemoryTable, Row
from core.web.words import Words

STATES: Words = {
    State.FREE: lazy_gettext("免费"),
    State.TRIAL: lazy_gettext("试用中"),
    State.ACTIVE: lazy_gettext("正常"),
    State.PAST_DUE: lazy_gettext("待付款"),
    State.READ_ONLY: lazy_gettext("只读"),
}
TONES = {
    State.FREE: "success",
    State.TRIAL: "info",
    State.ACTIVE: "success",
    State.PAST_DUE: "warning",
    State.READ_ONLY: "danger",
}
CAUSES: Words = {
    Cause.TRIAL_OVER: lazy_gettext("试用已结束"),
    Cause.UNPAID: lazy_gettext("订阅费没有付到"),
    Cause.CANCELED: lazy_gettext("订阅已取消"),
}
SOURCES: Words = {
    SubscriptionSource.HAND: lazy_gettext("对公转账"),
    SubscriptionSource.STRIPE: lazy_gettext("在线扣款"),
}
PERIODS: Words = {SubscriptionPeriod.MONTH: lazy_gettext("按月"), SubscriptionPeriod.YEAR: lazy_gettext("按年")}
BY_HAND: Words = {
    SubscriptionStatus.ACTIVE: lazy_gettext("已付费，到截止日期为止"),
    SubscriptionStatus.TRIAL: lazy_gettext("试用，到截止日期为止"),
    SubscriptionStatus.FREE: lazy_gettext("免费，没有截止日期"),
}
STATUSES: Words = {
    SubscriptionStatus.FREE: lazy_gettext("免费"),
    SubscriptionStatus.TRIAL: lazy_gettext("试用"),
    SubscriptionStatus.ACTIVE: lazy_gettext("已付费"),
    SubscriptionStatus.PAST_DUE: lazy_gettext("扣款失败"),
    SubscriptionStatus.CANCELED: lazy_gettext("已取消"),
}
UNSET = "unset"


@dataclass(frozen=True, slots=True)
class Choice:
    """A plan as the page shows it. `over`: what there is more of than it has room for."""

    plan: Plan
    current: bool
    over: list[tuple[str, int, int]]


def choices(offer: Offer, key: str | None, use: Use) -> list[Choice]:
    return [Choice(plan, plan.key == key, use.above(plan)) for plan in offer.plans.values()]


def table() -> MemoryTable:
    """Every operator, what it has subscribed to, and how much of that it uses."""
    said = {state.value: str(word) for state, word in STATES.items()} | {UNSET: _("未设置")}
    offer = subscriptions.offered()
    plans = offer.plans if offer else {}
    return MemoryTable(
        "subscriptions",
        _("订阅"),
        _rows(offer) if offer else [],
        (
            Column("name", _("运营机构"), sortable=True, primary=True),
            Column("district", _("区"), sortable=True),
            Column("plan", _("方案"), kind="code", repeats=True),
            Column("state", _("状态"), repeats=True),
            Column("until", _("截止日期"), kind="date", sortable=True),
            Column("sites", _("载体"), kind="code", phone=False),
            Column("tenants", _("在孵企业"), kind="code"),
            Column("source", _("付款方式"), kind="code", default=False),
        ),
        (
            Filter("state", _("状态"), [Option(key, word) for key, word in said.items()]),
            Filter("plan", _("方案"), [Option(key, plan.title.get(language())) for key, plan in plans.items()]),
        ),
        {"state": lambda row, value: row["state"] == value, "plan": lambda row, value: row["key"] == value},
        sort="until",
        search=_("运营机构、区"),
        searched=("name", "district"),
        href=lambda row: url_for("subscriptions.show", operator_id=row["id"]),
        written=lambda row: row | {"state": said[row["state"]]},
        export="subscriptions.export",
    )


def _rows(offer: Offer) -> list[Row]:
    """Names and numbers only: the platform's administrators see no operator's rows."""
    with asking(db.session, Asker.system("admin")):
        found = reads.all_of(db.session)
        used = reads.uses(db.session, g.today)
    rows = []
    for operator, district, it in found:
        now = subscriptions.standing(it, offer, g.today) if it else None
        sites, tenants = used.get(operator.id, (0, 0))
        rows.append(
            {
                "id": operator.id,
                "name": operator.name,
                "district": district,
                "key": it.plan if it else None,
                "plan": now.plan.title.get(language()) if now else "—",
                "state": now.state.value if now else UNSET,
                "until": now.until if now else None,
                "sites": _of(sites, now and now.plan.sites),
                "tenants": _of(tenants, now and now.plan.tenants),
                "source": str(SOURCES[it.source]) if it else "—",
            }
        )
    return rows


def _of(count: int, most: int | None) -> str:
    return f"{count}/{most}" if most is not None else str(count)


def page(now: Standing | None) -> dict[str, Any]:
    """What both pages of one subscription need to say it in words."""
    return {
        "now": now,
        "states": STATES,
        "tones": TONES,
        "causes": CAUSES,
        "sources": SOURCES,
        "periods": PERIODS,
        "statuses": STATUSES,
    }
