"""A group of tied tenants as the parts of an SVG, and in words."""

from __future__ import annotations

from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from core.services.relations import Group, TieKind
from core.services.relations.layout import order

TIE_KINDS = {
    TieKind.ACCOUNT: lazy_gettext("收款账户"),
    TieKind.PAYER: lazy_gettext("房租付款人"),
    TieKind.LEGAL_REPRESENTATIVE: lazy_gettext("法定代表人"),
    TieKind.FOUNDER: lazy_gettext("创始人"),
    TieKind.PHONE: lazy_gettext("电话"),
    TieKind.EMAIL: lazy_gettext("电子邮箱"),
    TieKind.ADDRESS: lazy_gettext("注册地址"),
}
# Of the picture, 960 wide: the columns of what is shared and of tenants, how far their parts are apart, and the edges.
TIE_X, TENANT_X, TIE_STEP, TENANT_STEP, ABOVE = 190, 600, 52, 36, 12
TIE_WIDTH = 320  # as in the template
MOST_DRAWN = 60  # parts; a larger group is in the table alone
NAME_LENGTH = 24


@dataclass(frozen=True, slots=True)
class Part:
    """A tenant, or a tie (`href`: the lead that was made of it, if there is one)."""

    x: int
    y: int
    label: str
    title: str
    kind: str  # of a tie, in words; empty for a tenant
    href: str | None


@dataclass(frozen=True, slots=True)
class Drawing:
    height: int
    lines: tuple[tuple[int, int, int, int], ...]
    parts: tuple[Part, ...]
    summary: str


def draw(group: Group) -> Drawing | None:
    """The picture of a group; None where it would be a tangle."""
    if len(group.tenants) + len(group.ties) > MOST_DRAWN:
        return None
    numbers = {tenant: n for n, tenant in enumerate(group.tenants)}
    members = [[numbers[tenant] for tenant in tie.tenants] for tie in group.ties]
    left, right = order(members, len(numbers))
    height = max(len(left) * TIE_STEP, len(right) * TENANT_STEP) + 2 * ABOVE
    ties = dict(zip(left, _spread(TIE_X, height, len(left)), strict=True))
    tenants = dict(zip(right, _spread(TENANT_X, height, len(right)), strict=True))
    parts = [
        Part(
            *tenants[numbers[tenant]],
            _short(named.name),
            _("%(name)s（%(operator)s）", name=named.name, operator=named.operator),
            "",
            url_for("tenants.show", tenant_id=tenant),
        )
        for tenant, named in group.tenants.items()
    ]
    for n, tie in enumerate(group.ties):
        word = str(TIE_KINDS[tie.kind])
        title = _("%(kind)s %(value)s", kind=word, value=tie.shown)
        lead = group.lead_of(tie)
        parts.append(
            Part(*ties[n], _short(tie.shown), title, word, url_for("leads.show", lead_id=lead.id) if lead else None)
        )
    summary = _("%(n)s家企业由%(ties)s项相同的信息连在一起；下面的表格逐项列出。", n=len(numbers), ties=len(group.ties))
    lines = tuple(
        (ties[n][0] + TIE_WIDTH // 2, ties[n][1], *tenants[tenant])
        for n, those in enumerate(members)
        for tenant in those
    )
    return Drawing(height, lines, tuple(parts), summary)


def _spread(x: int, height: int, count: int) -> list[tuple[int, int]]:
    """So many places in a column, evenly."""
    step = (height - 2 * ABOVE) / count
    return [(x, round(ABOVE + step * (n + 0.5))) for n in range(count)]


def _short(text: str) -> str:
    return text if len(text) <= NAME_LENGTH else text[: NAME_LENGTH - 1] + "…"
