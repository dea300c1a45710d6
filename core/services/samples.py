"""抽样: a population is fixed, a seed is put down, letters are drawn and checked, and what was found is projected.

The arithmetic is `core.services.sampling`; here is what is kept, and who may. The order is the point: the population
and its digest stand before the seed, and every sample that was drawn stays, so nobody draws until they like the result.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.data.models import (
    AuditEngagement,
    AuditSample,
    AuditSampleItem,
    SampleMethod,
)
from core.data.types import utcnow
from core.errors import N_, Conflict, Invalid, NotFound
from core.services import audit, engagements, ties
from core.services.engagements import auditor
from core.services.populations import BY, Listed, Range
from core.services.sampling import plans
from core.services.sampling.drawing import Drawn, Item
from core.services.sampling.evaluating import Evaluation, conclude
from core.services.sampling.plans import Plan
from core.services.sampling.projecting import Audited
from core.services.typed import within

SEED, NOTE = 64, 2000
LARGEST = 2000  # letters that an auditor may ask for
# The steps that an auditor takes with each letter.
STEPS: dict[str, str] = {
    "verified": N_("通知书验证：签名、决定包、版面金额一致"),
    "replayed": N_("按决定包重算，结果相同"),
    "papers": N_("凭据与原始单据逐件核对"),
    "facts": N_("事实经第三方资料或现场核实"),
    "procedure": N_("受理、审核、公示、批准、拨付程序合规"),
}


def planned(
    listed: Sequence[Listed],
    method: SampleMethod,
    confidence: Decimal,
    tolerable: int,
    expected: int,
    *,
    size: int | None = None,
    by: str = "",
) -> Plan:
    """A plan with its size (`size`: the auditor's own, of which strata may need more) and strata. Raises `Invalid`
    where no sample can show that."""
    items = [it.item for it in listed]
    if not items:
        raise Invalid("这一范围内没有已发出的核定通知书；请放宽期间或条件")
    if size is not None and not 1 <= size <= LARGEST:
        raise Invalid("样本量应在1到%(most)s之间", field="size", most=LARGEST)
    if method is SampleMethod.STRATIFIED and by not in BY:
        raise Invalid("请选择按什么分层", field="by")
    field = "tolerable_fen" if method is SampleMethod.MONETARY_UNIT else "tolerable_rate"
    if not plans.sensible(method.value, tolerable, expected):
        raise Invalid("可容忍误差应大于预期误差，差错率不能超过百分之百；请改正后再计算", field=field)
    try:
        wanted = size or plans.proposed_size(items, method.value, confidence, tolerable, expected)
    except ValueError as error:
        raise Invalid("可容忍误差与预期误差太接近，算不出样本量；请提高可容忍误差", field=field) from error
    if method is not SampleMethod.MONETARY_UNIT:
        wanted = min(wanted, len(items))
    strata = plans.allocated(items, wanted) if method is SampleMethod.STRATIFIED else {}
    drawn = sum(strata.values()) or wanted
    return Plan(
        method.value, confidence, tolerable, expected, drawn, by if strata else "", strata, own=size is not None
    )


def fix(
    session: Session, engagement: AuditEngagement, asked: Range, plan: Plan, listed: Sequence[Listed]
) -> AuditSample:
    """Fix the population of a sample, before there is a seed. `listed`: what `populations.population` found for
    `asked`, of which the plan was made."""
    by = auditor(session)
    engagements.hold(session, engagement)
    items = [it.item for it in listed]
    if not items:
        raise Invalid("这一范围内没有已发出的核定通知书；请放宽期间或条件")
    sample = AuditSample(
        district_id=engagement.district_id,
        engagement_id=engagement.id,
        method=SampleMethod(plan.method),
        parameters=plan.to_json(),
        filters=asked.to_json(),
        population=[[it.item.key, it.letter_id, it.item.amount_fen, it.item.stratum] for it in listed],
        population_count=len(items),
        population_fen=sum(item.amount_fen for item in items),
        population_digest=plans.digest(plans.written(items)),
        fixed_by_id=by,
    )
    session.add(sample)
    audit.record(session, "sample.fix", sample, detail=_population(sample))
    session.flush()
    session.expire(engagement, ["samples"])
    return sample


def draw(session: Session, sample: AuditSample, seed: str) -> None:
    """Put the seed down and draw. Once: another seed is another sample."""
    by = auditor(session)
    _hold(session, sample)
    if sample.seed is not None:
        raise Conflict("这个样本已经抽取，种子不能更换；如需重抽，请另建样本，原样本仍会保留")
    seed = within(seed, SEED, field="seed")
    if not seed:
        raise Invalid("请填写种子，例如掷骰子得到的数字、当日公布的开奖号码", field="seed")
    items = items_of(sample)
    try:
        drawn = plans.draw(items, plan_of(sample), seed)
    except ValueError as error:
        raise Invalid("这个总体抽不出这样的样本；请删除后按新的条件重建", field="seed") from error
    ids = {row[0]: row[1] for row in sample.population}
    sample.seed, sample.drawn_by_id, sample.drawn_at = seed, by, utcnow()
    session.add_all(
        AuditSampleItem(
            district_id=sample.district_id,
            sample_id=sample.id,
            place=place,
            letter_id=ids[it.item.key],
            stratum=it.item.stratum,
            hits=it.hits,
            certain=it.certain,
            booked_fen=it.item.amount_fen,
            checks={},
        )
        for place, it in enumerate(drawn, 1)
    )
    audit.record(session, "sample.draw", sample, detail=_population(sample) | {"seed": seed, "drawn": len(drawn)})
    session.flush()
    session.expire(sample, ["items"])


def discard(session: Session, sample: AuditSample) -> None:
    """Take away a sample that was not drawn. One that was drawn stays."""
    auditor(session)
    _hold(session, sample)
    if sample.seed is not None:
        raise Conflict("已抽取的样本不能删除：它是底稿的一部分")
    audit.record(session, "sample.discard", sample, detail=_population(sample))
    session.delete(sample)
    session.flush()


def check(session: Session, item: AuditSampleItem, audited_fen: int, steps: Mapping[str, bool], note: str) -> None:
    """What the auditor found the amount of a letter should be, by which steps: at least one, and why not by the papers
    where they were not looked at."""
    by = auditor(session)
    _hold_drawn(session, item.sample)
    ties.refuse(session, item.letter.case, audit.asker_of(session))
    note = within(note, NOTE, field="note")
    if audited_fen < 0:
        raise Invalid("审定金额不能小于0", field="audited_fen")
    done = {name: bool(steps.get(name)) for name in STEPS}
    if not any(done.values()):
        raise Invalid("请勾选已做的检查，至少一项；没有检查过的，先不要保存", field="steps")
    if not done["papers"] and len(note) < 2:
        raise Invalid("没有与原始单据核对的，请写明原因", field="note")
    if audited_fen != item.booked_fen and len(note) < 2:
        raise Invalid("审定金额与通知书不同，请写明原因和依据", field="note")
    item.audited_fen, item.note = audited_fen, note
    item.checks = done
    item.checked_by_id, item.checked_at = by, utcnow()
    detail = {"letter": item.letter_id, "booked_fen": item.booked_fen, "audited_fen": audited_fen}
    audit.record(session, "sample.check", item, detail=detail)
    session.flush()


def close(session: Session, sample: AuditSample) -> None:
    """Nothing is changed in it any more. Raises `Conflict` while a letter of it was not checked."""
    by = auditor(session)
    _hold_drawn(session, sample)
    unchecked = AuditSampleItem.sample_id == sample.id, AuditSampleItem.audited_fen.is_(None)
    if left := session.scalar(select(func.count()).where(*unchecked)):
        raise Conflict("还有%(count)s件没有检查，检查完才能结束", count=left)
    sample.closed_by_id, sample.closed_at = by, utcnow()
    audit.record(session, "sample.close", sample, detail=_population(sample))
    session.flush()


def _hold(session: Session, sample: AuditSample) -> None:
    """Hold its engagement, then the sample, until the transaction ends, as they now are. Raises `Conflict` where the
    engagement is closed, `NotFound` where somebody took the sample away."""
    engagements.hold(session, sample.engagement)
    held = select(AuditSample).where(AuditSample.id == sample.id).with_for_update()
    if session.scalars(held.execution_options(populate_existing=True)).one_or_none() is None:
        raise NotFound("没有这个样本，或不在您可以查看的范围")


def _hold_drawn(session: Session, sample: AuditSample) -> None:
    _hold(session, sample)
    if sample.seed is None:
        raise Conflict("样本还没有抽取，请先填写种子")
    if sample.closed_at is not None:
        raise Conflict("样本已结束检查，不能再改动；发现新情况，请开具审计发现")


def _population(sample: AuditSample) -> dict[str, Any]:
    return {
        "engagement": sample.engagement_id,
        "method": sample.method.value,
        "count": sample.population_count,
        "fen": sample.population_fen,
        "digest": sample.population_digest,
    }


def plan_of(sample: AuditSample) -> Plan:
    """The plan that the sample was made by."""
    return Plan.read(sample.parameters)


def items_of(sample: AuditSample) -> list[Item]:
    """The population as it was fixed."""
    return [Item(key, amount_fen, stratum) for key, _id, amount_fen, stratum in sample.population]


def load(session: Session, sample_id: int) -> AuditSample:
    """The sample, if the asker may see it; raises `NotFound`."""
    found = session.scalars(select(AuditSample).where(AuditSample.id == sample_id)).one_or_none()
    if found is None:
        raise NotFound("没有这个样本，或不在您可以查看的范围")
    return found


def load_item(session: Session, sample_id: int, item_id: int) -> AuditSampleItem:
    """A letter of a sample, for who may read its case; raises `NotFound`, `Tied`."""
    query = select(AuditSampleItem).where(AuditSampleItem.id == item_id, AuditSampleItem.sample_id == sample_id)
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("样本里没有这一件，或不在您可以查看的范围")
    ties.refuse(session, found.letter.case, audit.asker_of(session))
    return found


def evaluation(sample: AuditSample) -> Evaluation | None:
    """What the sample says of its population; None while a letter of it was not checked."""
    if sample.seed is None or any(item.audited_fen is None for item in sample.items):
        return None
    plan = plan_of(sample)
    found = [
        Audited(Drawn(Item(str(item.letter_id), item.booked_fen, item.stratum), item.hits, item.certain), right)
        for item in sample.items
        if (right := item.audited_fen) is not None
    ]
    sizes = Counter(row[3] for row in sample.population) if plan.strata else {"": sample.population_count}
    return conclude(sizes, sample.population_fen, plan, found)


def record_of(sample: AuditSample) -> dict[str, Any]:
    """All that somebody needs beside the population's file to draw it again: see `core.services.sampling.plans`."""
    numbers = _numbers(sample)
    return {
        "format": plans.FORMAT,
        "population_sha256": sample.population_digest,
        "plan": sample.parameters,
        "seed": sample.seed,
        "drawn": [numbers[item.letter_id] for item in sample.items],
    }


def _numbers(sample: AuditSample) -> dict[int, str]:
    """Of each letter of the population its number, as it was fixed."""
    return {row[1]: row[0] for row in sample.population}
