"""What the facts of a lead say to people. Facts are ids and figures, and what a name ends in says what it is; names are
read here, when the lead is shown, and persons are masked as elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import g, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy
from sqlalchemy import select

from core.data import models as m
from core.data.queries.people import names
from core.extensions import db
from core.policy import Month
from core.services.identifiers import mask_name
from core.services.leads import Rule
from core.web import formats
from core.web.access import is_open_to
from core.web.words import Words

NOTHING = "—"
SHOWN = 12  # things named in a sentence; the table below it has all


@dataclass(frozen=True, slots=True)
class Thing:
    """A row that a fact names: what it is called, and its page where the reader may open it."""

    text: str
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """What the ids of a fact are: a word, how each is called, and its page."""

    word: Any
    model: Any
    text: Callable[[Any], str]
    endpoint: str = ""
    parameter: str = ""


def _day(value: Any) -> str:
    return formats.day(value, g.get("lang", "zh")) if value else NOTHING


KINDS: Mapping[str, Kind] = {
    "tenant": Kind(lazy("企业"), m.Tenant, lambda it: it.name, "tenants.show", "tenant_id"),
    "case": Kind(lazy("申请件"), m.Case, lambda it: it.number, "cases.show", "case_id"),
    "lease": Kind(lazy("协议"), m.Lease, lambda it: it.number, "leases.show", "lease_id"),
    "invoice": Kind(
        lazy("发票"), m.TaxInvoice, lambda it: f"{it.code}{it.number or ''}", "tax_invoices.show", "tax_invoice_id"
    ),
    "person": Kind(lazy("参保人员"), m.InsuredPerson, lambda it: mask_name(it.name or "")),
    "founder": Kind(lazy("创始人"), m.Founder, lambda it: mask_name(it.name)),
    "line": Kind(lazy("凭据"), m.EvidenceLine, lambda it: f"#{it.id} {it.month}"),
    "support": Kind(lazy("系统外扶持"), m.OutsideSupport, lambda it: it.called),
    "rent_payment": Kind(
        lazy("房租收款"),
        m.RentPayment,
        lambda it: f"{it.payer_name or NOTHING} {it.month} {formats.money_figure(it.paid_fen)}",
    ),
    "payment": Kind(
        lazy("收款"),
        m.Payment,
        lambda it: f"{_day(it.received_on)} {formats.money_figure(it.amount_fen)}",
        "payments.show",
        "payment_id",
    ),
    "refund": Kind(lazy("退款"), m.Refund, lambda it: f"{_day(it.refunded_on)} {formats.money_figure(it.amount_fen)}"),
    "publication": Kind(
        lazy("公示"), m.Publication, lambda it: _day(it.opened_on), "publications.show", "publication_id"
    ),
    "issuer": Kind(lazy("发文机关"), m.Issuer, lambda it: it.name),
    "operator": Kind(lazy("运营机构"), m.Operator, lambda it: it.name),
}
FIGURES: Words = {
    "months": lazy("月份"),
    "retirement_month": lazy("达到退休年龄的月份"),
    "employer_usccs": lazy("其他参保单位"),
    "similarity": lazy("名称相似度（百分数）"),
    "count": lazy("核定笔数"),
    "year": lazy("年度"),
    "first_missing": lazy("缺号起"),
    "last_missing": lazy("缺号止"),
    "months_without": lazy("没有使用迹象的月数"),
    "spent_fen": lazy("核定使用（元）"),
    "book_fen": lazy("账上房租（元）"),
    "monthly_fen": lazy("协议月租金（元）"),
    "outside_fen": lazy("系统外扶持（元）"),
    "returned_fen": lazy("退回（元）"),
    "invoiced_fen": lazy("发票金额（元）"),
    "awarded_fen": lazy("核定结果（元）"),
    "decided_fen": lazy("核定（元）"),
    "written_fen": lazy("通知书（元）"),
    "paid_fen": lazy("拨付（元）"),
    "agreed_cm2": lazy("协议面积"),
    "units_cm2": lazy("场地面积"),
    "approved_on": lazy("批准日期"),
    "ends_on": lazy("公示截止"),
    "reference_on": lazy("规则适用日期"),
    "rule_on": lazy("实际适用版本"),
    "newer_on": lazy("当时有效版本"),
    "user_ids": lazy("经办人"),
}


def kind_of(name: str) -> Kind | None:
    """What the ids of a fact are, if it is one of ids that `KINDS` knows."""
    for tail in ("_ids", "_id"):
        if name.endswith(tail):
            return KINDS.get(name.removesuffix(tail))
    return None


def things(facts: Mapping[str, Any]) -> dict[str, list[Thing]]:
    """By the name of the fact, the rows it names; one question for each kind of row. A row that is gone is said to be
    so."""
    return {name: _rows(kind, _ids(facts[name])) for name in facts if (kind := kind_of(name)) is not None}


def _ids(value: Any) -> list[int]:
    return [] if value is None else [value] if isinstance(value, int) else list(value)


def _rows(kind: Kind, ids: Sequence[int]) -> list[Thing]:
    if not ids:
        return []
    found = {row.id: row for row in db.session.scalars(select(kind.model).where(kind.model.id.in_(ids)))}
    open_ = bool(kind.endpoint) and is_open_to(kind.endpoint, g.membership.role if g.membership else None)
    return [
        Thing(_("第%(id)s号，已不存在", id=it))
        if it not in found
        else Thing(kind.text(found[it]), url_for(kind.endpoint, **{kind.parameter: it}) if open_ else None)
        for it in ids
    ]


def sentence(rule: Rule, facts: Mapping[str, Any], named: Mapping[str, list[Thing]]) -> str:
    """What the rule saw, in words. What a fact of an older run lacks is a dash."""
    return str(_(rule.says)) % _Said({name: _said(name, facts[name], named) for name in facts})


class _Said(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return NOTHING


def _said(name: str, value: Any, named: Mapping[str, list[Thing]]) -> str:
    if name in named:
        return _joined(thing.text for thing in named[name])
    return figure(name, value)


def _joined(words: Iterable[str]) -> str:
    found = [word for word in words if word]
    more = _("等%(n)s项", n=len(found)) if len(found) > SHOWN else ""
    return _("、").join(found[:SHOWN]) + more or NOTHING


def figure(name: str, value: Any) -> str:
    """One figure, day, area or list as people read it."""
    if value is None or value in ("", []):
        return NOTHING
    if name == "user_ids":
        called = names(db.session(), value)
        return _joined(called.get(it, NOTHING) for it in value)
    if name.endswith("_fen"):
        return formats.money_figure(value)
    if name.endswith("_cm2"):
        return formats.area(value)
    if name.endswith("_on"):
        return _day(value)
    if name.endswith(("month", "months")) and not isinstance(value, int):
        return _joined([value] if isinstance(value, str) else list(_runs(value)))
    return _joined(map(str, value)) if isinstance(value, list) else str(value)


def _runs(months: Sequence[str]) -> Iterator[str]:
    """Months that follow one another as one stretch: 2026-01至2026-03."""
    run: list[str] = []
    for month in [*months, ""]:
        if run and (not month or Month.parse(month) != Month.parse(run[-1]) + 1):
            yield run[0] if len(run) == 1 else _("%(first)s至%(last)s", first=run[0], last=run[-1])
            run = []
        run.append(month)


def figures(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The facts that are no rows, with their words, in the order of `FIGURES`."""
    known = [name for name in FIGURES if name in facts]
    others = [name for name in facts if name not in FIGURES and kind_of(name) is None]
    return [{"label": FIGURES.get(name, name), "value": figure(name, facts[name])} for name in (*known, *others)]
