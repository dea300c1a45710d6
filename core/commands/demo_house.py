"""What no spreadsheet carries, for the large house of the demonstration: plans, enquiries, money raised, papers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import cycle
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.commands import demo_arrears, demo_invoices, demo_leases, demo_meters, demo_money
from core.commands.demo_plan import draw, laid_out
from core.data.models import (
    Contact,
    Enquiry,
    EnquiryState,
    EnquiryStep,
    EnquiryStepKind,
    Floor,
    FundingKind,
    FundingRound,
    Milestone,
    MilestoneKind,
    Note,
    Operator,
    PlaceFile,
    PrizeLevel,
    Space,
    SpaceKind,
    Stage,
    StoredFile,
    Tenant,
    TenantDocument,
    TenantDocumentKind,
    TenantKind,
)
from core.services import files

TODAY = date(2026, 11, 10)  # the day on which the demonstration takes place
PICTURED = ("3F", "4F")  # floors of the incubator with a drawn plan; the others have a grid
ROUNDS = (
    (FundingKind.ANGEL, "天使轮", 200_000_000),
    (FundingKind.VENTURE, "Pre-A轮", 450_000_000),
    (FundingKind.INCUBATION_FUND, "孵化资金投资", 80_000_000),
    (FundingKind.VENTURE, "A轮", 1_200_000_000),
)
ASKED = (
    ("澄江机器人项目（示例）", "陈澄", "高校推荐", EnquiryState.NEW, SpaceKind.DESK, None),
    ("松谷数据（示例）有限公司", "谷松", "官网咨询", EnquiryState.NEW, SpaceKind.ROOM, 60),
    ("白塔检测技术（示例）有限公司", "白岚", "老企业介绍", EnquiryState.VISITED, SpaceKind.LAB, 120),
    ("远帆文化创意（示例）工作室", "方远", "创业大赛", EnquiryState.VISITED, SpaceKind.ROOM, 35),
    ("青岚新能源（示例）有限公司", "兰青", "招商会", EnquiryState.OFFERED, SpaceKind.ROOM, 48),
    ("云杉医疗科技（示例）有限公司", "杉云", "中介", EnquiryState.OFFERED, SpaceKind.ROOM, 80),
    ("北渡网络科技（示例）有限公司", "杜北", "官网咨询", EnquiryState.LOST, SpaceKind.ROOM, 200),
)


def furnish(session: Session, operator: Operator, store: Path) -> None:
    """Fill in the house. The session must be asked in by someone of the house."""
    _plans(session, operator, store)
    tenants = list(session.scalars(select(Tenant).where(Tenant.operator_id == operator.id).order_by(Tenant.id)))
    here = [t for t in tenants if t.stage in (Stage.NURSERY, Stage.INCUBATOR, Stage.ACCELERATOR)]
    _raised(session, here)
    _papers(session, here, store)
    _enquiries(session, operator)
    demo_leases.write(session, operator, TODAY)
    demo_money.write(session, operator, TODAY)
    demo_invoices.write(session, operator, TODAY)
    demo_arrears.write(session, operator, TODAY)
    demo_meters.write(session, operator, TODAY)
    session.flush()


def _plans(session: Session, operator: Operator, store: Path) -> None:
    """Every unit has its place; two floors have a picture under it."""
    floors = session.scalars(select(Floor).where(Floor.operator_id == operator.id).order_by(Floor.id))
    for floor in floors:
        placed = laid_out(floor.spaces)
        for space, (x, y, width, height) in placed:
            space.plan_x, space.plan_y, space.plan_width, space.plan_height = x, y, width, height
        if floor.name in PICTURED and "孵化器" in floor.site.name:
            picture, floor.plan_width, floor.plan_height = draw([place for _space, place in placed])
            floor.plan = PlaceFile(
                operator_id=operator.id, sha256=files.put(store, picture), size=len(picture), media_type="image/png",
                name=f"{floor.name}平面图.png",
            )  # fmt: skip
    session.flush()


def _raised(session: Session, tenants: Sequence[Tenant]) -> None:
    """Rounds and milestones of those who have some, so that a few are ready to graduate."""
    companies = [tenant for tenant in tenants if tenant.kind is TenantKind.COMPANY]
    for number, tenant in enumerate(companies):
        scope = {"operator_id": tenant.operator_id, "tenant_id": tenant.id}
        for kind, name, fen in ROUNDS[: number % 5 if number % 3 == 0 else 0]:
            on = date(2024, 6, 18) + timedelta(days=150 * ROUNDS.index((kind, name, fen)) + number)
            session.add(FundingRound(on=on, kind=kind, name=name, investor="示例创投", amount_fen=fen, **scope))
        if number % 7 == 3:
            on = date(2024, 12, 4) + timedelta(days=number)
            session.add(
                Milestone(
                    kind=MilestoneKind.HIGH_TECH, title="高新技术企业", number=f"示例GR{number:04d}", reached_on=on,
                    until=on.replace(year=on.year + 3), **scope,
                )
            )  # fmt: skip
        if number % 13 == 5:
            session.add(
                Milestone(
                    kind=MilestoneKind.PRIZE, title="创业大赛三等奖（示例）", reached_on=date(2026, 5, 20),
                    contest="示例创业大赛", edition=2026, level=PrizeLevel.CITY, **scope,
                )
            )  # fmt: skip
        if number % 17 == 6:
            session.add(Note(body="创始人计划明年一季度扩招，关注三楼相邻房间。", **scope))


def _papers(session: Session, tenants: Sequence[Tenant], store: Path) -> None:
    """A licence for each of some, a permit that is about to run out for a few, and someone else to call."""
    from core.commands.demo_papers import paper  # loads the typesetter

    body = paper("营业执照副本")
    sha256 = files.put(store, body)
    for number, tenant in enumerate(tenants[::6]):
        scope = {"operator_id": tenant.operator_id, "tenant_id": tenant.id}
        file = StoredFile(sha256=sha256, size=len(body), media_type="application/pdf", name="营业执照.pdf", **scope)
        session.add(file)
        session.flush()
        ends = None if number % 3 else TODAY + timedelta(days=9 * number + 12)
        kind = TenantDocumentKind.LICENCE if ends is None else TenantDocumentKind.PERMIT
        title = "营业执照副本" if ends is None else "经营许可证（示例）"
        session.add(
            TenantDocument(
                kind=kind, title=title, file_id=file.id, issued_on=date(2024, 3, 8), expires_on=ends, **scope
            )
        )
        session.add(Contact(name="财务联系人", duty="财务", phone=f"1390000{number:04d}", **scope))


def _enquiries(session: Session, operator: Operator) -> None:
    free: Iterator[Space] = cycle(
        session.scalars(
            select(Space).where(Space.operator_id == operator.id, Space.code.in_(("Q901", "Q902", "Q903", "R601")))
        ).all()
    )
    for number, (name, contact, source, state, kind, area) in enumerate(ASKED):
        asked = TODAY - timedelta(days=24 - 3 * number)
        enquiry = Enquiry(
            operator_id=operator.id, name=name, contact_name=contact, contact_phone=f"1370000{number:04d}",
            source=source, state=state, wanted_kind=kind, wanted_area_cm2=area * 10_000 if area else None,
            headcount=4 + 2 * number, wanted_from=TODAY + timedelta(days=20),
            next_step=None if state is EnquiryState.LOST else ("带看房间", "发送报价", "确认签约")[number % 3],
            next_on=None if state is EnquiryState.LOST else TODAY + timedelta(days=number - 2),
            lost_reason="面积不足，改租他处" if state is EnquiryState.LOST else None,
        )  # fmt: skip
        session.add(enquiry)
        _step(enquiry, EnquiryStepKind.CALL, asked, "电话咨询面积与价格")
        if state in (EnquiryState.VISITED, EnquiryState.OFFERED):
            _step(enquiry, EnquiryStepKind.VISIT, asked + timedelta(days=4), "看了两处，倾向朝南的一间")
        if state is EnquiryState.OFFERED:
            space = next(free)
            offer = _step(enquiry, EnquiryStepKind.OFFER, asked + timedelta(days=8), "按挂牌价九五折报价")
            offer.space_id, offer.monthly_rent_fen = space.id, 480_000 + 20_000 * number
            offer.starts_on, offer.ends_on = date(2026, 12, 1), date(2028, 11, 30)
            offer.stands_until = TODAY + timedelta(days=20)


def _step(enquiry: Enquiry, kind: EnquiryStepKind, on: date, note: str) -> EnquiryStep:
    step = EnquiryStep(operator_id=enquiry.operator_id, kind=kind, on=on, note=note)
    enquiry.steps.append(step)
    return step
