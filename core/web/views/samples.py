"""The lists of engagements and of a sample's letters, and what a sample says of its population, in words."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _

from core.data.models import AuditSample, SampleMethod
from core.data.queries import engagements as reads
from core.data.queries.places import operators
from core.extensions import db
from core.letters.money import yuan
from core.services import samples
from core.services.sampling.evaluating import Evaluation
from core.services.sampling.plans import LEAST, WHOLE_BP, Plan
from core.web import sample_words as words
from core.web.listing import Column, Filter, Option
from core.web.views.case_page import policy_titles
from core.web.views.lists import Shown, Table, address_of, as_is


def engagements() -> Table:
    """审计项目, the newest first."""
    return Table(
        "engagements",
        _("审计项目"),
        reads.listing(),
        (
            Column("number", _("编号"), kind="code", sortable=True),
            Column("title", _("名称"), sortable=True, primary=True),
            Column("period_from", _("期间起"), kind="date", sortable=True),
            Column("period_to", _("期间止"), kind="date"),
            Column("lead", _("主审")),
            Column("samples", _("样本"), kind="number"),
            Column("opened_at", _("立项时间"), kind="moment", sortable=True, default=False),
            Column("state", _("状态")),
        ),
        (Filter("state", _("状态"), [Option(it.value, str(word)) for it, word in words.STATES.items()]),),
        sort="-opened_at",
        search=_("编号、名称、主审"),
        written=lambda r: r | {"state": str(words.STATES[r["state"]])},
        href=address_of("engagements.show", "engagement_id"),
        export="engagements.export",
    )


def items(sample: AuditSample) -> Table:
    """The letters of a sample."""
    titles = policy_titles()
    strata = sorted(samples.plan_of(sample).strata)

    def row(found: Any) -> Shown:
        done = sum(map(bool, (found.checks or {}).values()))
        return as_is(found) | {
            "policy": titles.get(found.policy_key, found.policy_key),
            "stratum": stratum_word(sample, found.stratum),
            "steps": f"{done}/{len(samples.STEPS)}",
        }

    columns = [
        Column("place", _("序号"), kind="number", sortable=True),
        Column("number", _("文号"), kind="code", sortable=True, primary=True),
        Column("tenant", _("单位"), sortable=True),
        Column("policy", _("政策"), phone=False),
        Column("operator", _("运营机构"), default=False),
        Column("booked_fen", _("通知书金额（元）"), kind="money", sortable=True),
        Column("audited_fen", _("审定金额（元）"), kind="money"),
        Column("error_fen", _("差错（元）"), kind="money"),
        Column("steps", _("检查"), phone=False),
        Column("by", _("检查人"), default=False),
        Column("note", _("说明"), default=False),
        Column("state", _("状态")),
    ]
    if strata:
        columns.insert(4, Column("stratum", _("层")))
    if sample.method is SampleMethod.MONETARY_UNIT:
        columns.insert(6, Column("hits", _("命中次数"), kind="number", phone=False))
    filters = [Filter("state", _("状态"), [Option(key, str(word)) for key, word in words.ITEM_STATES.items()])]
    if strata:
        filters.append(Filter("stratum", _("层"), [Option(name, stratum_word(sample, name)) for name in strata]))
    return Table(
        "sample_items",
        _("样本清单"),
        reads.items(sample.id),
        columns,
        filters,
        sort="place",
        search=_("文号、单位、运营机构"),
        row=row,
        written=lambda r: r | {"state": str(words.ITEM_STATES[r["state"]])},
        href=lambda r: url_for("samples.item", sample_id=sample.id, item_id=r["id"]),
        export="samples.export",
        within={"sample_id": sample.id},
    )


def stratum_word(sample: AuditSample, name: str) -> str:
    """A stratum as people call it: of policies the key is kept, and their title shown."""
    return policy_titles().get(name, name) if samples.plan_of(sample).by == "policy" else name


def filter_words(sample: AuditSample) -> str:
    """What the population was narrowed to."""
    asked, said = sample.filters, []
    if "policy" in asked:
        said.append(policy_titles().get(asked["policy"], asked["policy"]))
    if "operator_id" in asked:
        said += [name for operator_id, name in operators(db.session) if operator_id == asked["operator_id"]]
    if "amount_from_fen" in asked:
        said.append(_("不低于%(fen)s元", fen=yuan(asked["amount_from_fen"])))
    if "amount_to_fen" in asked:
        said.append(_("不超过%(fen)s元", fen=yuan(asked["amount_to_fen"])))
    if asked.get("standing"):
        said.append(_("不含已撤销"))
    return "、".join(said)


def why_so_many(plan: Plan, count: int, fen: int) -> str:
    """The size in one sentence, so that a reader can check it."""
    confidence = words.CONFIDENCES.get(str(plan.confidence), f"{plan.confidence:%}")
    if plan.method == "monetary_unit":
        values = {
            "fen": yuan(fen),
            "confidence": confidence,
            "tolerable": yuan(plan.tolerable),
            "expected": yuan(plan.expected),
            "size": plan.size,
            "interval": yuan(fen // plan.size),
        }
        if plan.own:
            return _(
                "总体%(fen)s元；置信水平%(confidence)s，可容忍误差%(tolerable)s元，预期误差%(expected)s元。由审计人员确定抽%(size)s个货币单元，间隔%(interval)s元。金额不低于间隔的必然抽到。",
                **values,
            )
        return _(
            "总体%(fen)s元；置信水平%(confidence)s，可容忍误差%(tolerable)s元，预期误差%(expected)s元：抽%(size)s个货币单元，间隔%(interval)s元。金额不低于间隔的必然抽到。",
            **values,
        )
    values = {
        "count": count,
        "confidence": confidence,
        "tolerable": percent(plan.tolerable / WHOLE_BP),
        "expected": percent(plan.expected / WHOLE_BP),
        "size": plan.size,
    }
    if plan.own:
        said = _(
            "总体%(count)s件；置信水平%(confidence)s，可容忍差错率%(tolerable)s，预期差错率%(expected)s。由审计人员确定抽%(size)s件。",
            **values,
        )
    else:
        said = _(
            "总体%(count)s件；置信水平%(confidence)s，可容忍差错率%(tolerable)s，预期差错率%(expected)s：抽%(size)s件。",
            **values,
        )
    if not plan.strata:
        return said
    return said + _("各层按件数的比例分配，逐层进位，每层至少%(least)s件，不足的全抽。", least=LEAST)


def percent(share: float) -> str:
    """A share of one, in per cent with two digits at most."""
    return f"{share * 100:.2f}".rstrip("0").rstrip(".") + "%"


def conclusion(plan: Plan, found: Evaluation) -> str:
    """What the sample says, in one sentence."""
    confidence = words.CONFIDENCES.get(str(plan.confidence), f"{plan.confidence:%}")
    if found.worse is not None:
        which, limit = found.worse
        values = {
            "confidence": confidence,
            "which": str(words.DIRECTIONS[which]),
            "upper": fen(limit.upper_fen),
            "tolerable": yuan(plan.tolerable),
        }
        if found.tolerable:
            return _(
                "有%(confidence)s的把握，总体中%(which)s的合计不超过%(upper)s元，没有超过可容忍误差%(tolerable)s元。",
                **values,
            )
        return _(
            "总体中%(which)s的合计可能达到%(upper)s元（置信水平%(confidence)s），超过可容忍误差%(tolerable)s元：不能认为总体可以接受，应扩大检查。",
            **values,
        )
    values = {
        "confidence": confidence,
        "upper": percent(found.rate.upper if found.rate else 0),
        "tolerable": percent(plan.tolerable / WHOLE_BP),
    }
    if found.tolerable:
        return _(
            "有%(confidence)s的把握，总体中有差错的通知书不超过%(upper)s，没有超过可容忍差错率%(tolerable)s。", **values
        )
    return _(
        "总体中有差错的通知书可能达到%(upper)s（置信水平%(confidence)s），超过可容忍差错率%(tolerable)s：不能认为总体可以接受，应扩大检查。",
        **values,
    )


def no_estimate(found: Evaluation) -> str:
    """Why nothing is said of the money of a random sample."""
    if not found.wrong:
        return _("样本中没有差错，看不出差错金额的差异，不推断金额；差错率的上限见上。")
    return _("有的层只检查了1件，看不出差错金额的差异，不推断金额；差错率的上限见上。")


def fen(amount: float) -> str:
    """A computed sum, in 元 to the 分; half a 分 goes up."""
    return yuan(int(amount + 0.5)) if amount >= 0 else f"-{yuan(int(0.5 - amount))}"
