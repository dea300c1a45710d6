"""A plan's room: said with numbers, kept by those who add at once, in forms and imports; nothing is taken away."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from core.data import models as m
from core.data.asker import Asker
from core.data.engine import writing
from core.services import occupancies, sites, subscriptions
from core.services.imports.apply import apply, preview
from core.services.imports.sheets import BY_KEY
from core.services.subscriptions import Full, Offer
from tests import factories as f
from tests.integration.subscriptions.conftest import subscribe
from tests.support.books import TODAY, rows_for, table

PHYSICAL = m.OccupancyKind.PHYSICAL
SITE: dict[str, Any] = {
    "kind": m.SiteKind.INCUBATOR, "address": "路", "region": "310109", "ownership": m.SiteOwnership.OWNED,
    "floor_area_cm2": 100,
}  # fmt: skip


def small(offer: Offer, **limits: int) -> None:
    """The starter plan with other limits."""
    subscriptions.bind(replace(offer, plans=dict(offer.plans) | {"starter": replace(offer.plan("starter"), **limits)}))


def newcomer(session: Session, operator: m.Operator) -> m.Tenant:
    """A team that is not here yet."""
    name = f"新团队{session.query(m.Tenant).count()}"
    team = m.Tenant(
        operator_id=operator.id, name=name, kind=m.TenantKind.TEAM, stage=m.Stage.NURSERY, occupancies=[]
    )  # fmt: skip
    session.add(team)
    session.flush()
    return team


@pytest.fixture
def asker(session: Session, operator: m.Operator, offer: Offer) -> Asker:
    small(offer, sites=2, tenants=2)
    subscribe(session, operator, m.SubscriptionStatus.FREE)
    return Asker.member(f.user(session, m.Role.OPERATOR_MANAGER, operator=operator).memberships[0])


def test_the_last_place_is_given_once(
    session: Session, operator: m.Operator, asker: Asker, engine: Engine, today: date
) -> None:
    f.site(session, operator)
    tenants = [newcomer(session, operator) for _ in range(5)]
    occupancies.begin(session, tenants[0], PHYSICAL, today, today=today)
    session.commit()
    start = threading.Barrier(8)

    def add(number: int) -> str:
        with writing(), Session(engine, info={"asker": asker}) as own:
            start.wait(timeout=180)
            try:
                if number % 2:
                    sites.create(own, today=today, name=f"新楼{number}", **SITE)
                else:
                    tenant = own.get_one(m.Tenant, tenants[1 + number // 2].id)
                    occupancies.begin(own, tenant, PHYSICAL, today, today=today)
                own.commit()
            except Full as full:
                own.rollback()
                return str(full)
            return "added"

    with ThreadPoolExecutor(8) as pool:
        said = [*pool.map(add, range(8))]
    for mine in (said[0::2], said[1::2]):
        assert mine.count("added") == 1
    assert any("最多2处载体，现有2处" in it for it in said)
    assert any("最多2家在孵企业，现有2家" in it for it in said)


def test_who_counts_as_in_residence(session: Session, operator: m.Operator, asker: Asker, today: date) -> None:
    def count() -> int:
        return subscriptions.use(session, operator.id, today).tenants

    one, two, three = (newcomer(session, operator) for _ in range(3))
    occupancies.begin(session, one, m.OccupancyKind.REGISTERED_ONLY, today, today=today)
    assert count() == 0
    occupancies.begin(session, two, PHYSICAL, today + timedelta(days=90), today=today)
    assert count() == 1, "one that is to come has its place"
    occupancies.begin(session, one, PHYSICAL, today + timedelta(days=1), today=today)
    with pytest.raises(Full, match="最多2家在孵企业，现有2家"), session.begin_nested():
        occupancies.begin(session, three, PHYSICAL, today, today=today)
    session.refresh(three)
    occupancies.begin(session, three, PHYSICAL, today - timedelta(days=9), today - timedelta(days=1), today=today)
    assert count() == 2, "one that is gone has none"


def test_above_its_plan_all_stays_and_only_more_is_refused(
    session: Session, operator: m.Operator, asker: Asker, offer: Offer, today: date
) -> None:
    small(offer)
    for number in range(2):
        f.site(session, operator, name=f"{number}号楼")
        occupancies.begin(session, newcomer(session, operator), PHYSICAL, today, today=today)
    small(offer, sites=1, tenants=1)
    tenant = session.query(m.Tenant).first()
    assert tenant is not None
    (row,) = tenant.occupancies
    to_on = today + timedelta(days=30)
    occupancies.change(session, tenant, row, kind=PHYSICAL, from_on=row.from_on, to_on=to_on, today=today)
    with pytest.raises(Full), session.begin_nested():
        occupancies.begin(session, newcomer(session, operator), PHYSICAL, today, today=today)
    subscriptions.bind(None)
    occupancies.begin(session, newcomer(session, operator), PHYSICAL, today, today=today)


def test_an_import_is_told_before_it_is_made(session: Session, operator: m.Operator, asker: Asker) -> None:
    def book(*names: str) -> bytes:
        rows = [
            {"name": name, "uscc": None, "legal_form": "团队", "occupied_from": TODAY, "incubator_from": TODAY}
            for name in names
        ]
        return table(rows_for("tenants", *rows), BY_KEY["tenants"].title)

    session.info["asker"] = asker
    shown = preview(session, operator, book("甲", "乙", "丙"), "企业.xlsx", today=TODAY)
    assert [str(it) for it in shown.problems.listed_errors] == [
        "工作表“企业”：导入后在孵企业共3家，“入门”订阅方案最多2家。请减少要新增的行，或先到“订阅”升级方案。"
    ]
    assert not apply(session, operator, book("甲", "乙", "丙"), "企业.xlsx", today=TODAY).applied
    assert session.query(m.Tenant).count() == 0
    assert apply(session, operator, book("甲", "乙"), "企业.xlsx", today=TODAY).applied
    assert apply(session, operator, book("甲", "乙"), "企业.xlsx", today=TODAY).applied, "the same again adds nothing"
