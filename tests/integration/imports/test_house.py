"""What the sheets say of a house: papers and floors of a site, and the quarterly figures of its tenants."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data import models as m
from core.data.asker import Asker
from core.services import site_papers
from core.services.imports.apply import apply
from core.services.imports.sheets import BY_KEY
from core.services.imports.write_places import level_of
from tests import factories
from tests.support.books import TODAY, USCC, errors, rows_for, table

pytestmark = pytest.mark.one_engine

PAPERS = {"ownership": "租赁", "head_lease_until": date(2030, 12, 31), "sublease_consent_on": date(2021, 1, 15)}


@pytest.fixture
def operator(session: Session) -> m.Operator:
    return factories.operator(session, factories.district(session, region="310109"))


def ask(session: Session, role: m.Role, **scope: Any) -> None:
    user = factories.user(session, role, **scope)
    session.info["asker"] = Asker.member(user.memberships[0])


def sheet(key: str, *changes: dict[str, Any]) -> bytes:
    return table(rows_for(key, *changes), BY_KEY[key].title)


def bring(session: Session, operator: m.Operator, key: str, *changes: dict[str, Any]) -> list[str]:
    return errors(apply(session, operator, sheet(key, *changes), "a.xlsx", today=TODAY))


def test_a_paper_that_changes_is_to_be_confirmed_anew(session: Session, operator: m.Operator) -> None:
    ask(session, m.Role.OPERATOR_MANAGER, operator=operator)
    assert bring(session, operator, "sites", PAPERS) == []
    site = session.scalars(select(m.Site)).one()
    assert {paper.kind: (paper.dated_on, paper.valid_until) for paper in site.papers} == {
        m.SitePaperKind.HEAD_LEASE: (None, date(2030, 12, 31)),
        m.SitePaperKind.SUBLEASE_CONSENT: (date(2021, 1, 15), None),
    }
    ask(session, m.Role.WINDOW, district=session.get_one(m.District, operator.district_id))
    for paper in site.papers:
        site_papers.confirm(session, paper)

    ask(session, m.Role.OPERATOR_MANAGER, operator=operator)
    assert apply(session, operator, sheet("sites", PAPERS), "a.xlsx", today=TODAY).changes_nothing
    assert all(paper.confirmed_at for paper in site.papers)
    assert bring(session, operator, "sites", PAPERS | {"head_lease_until": date(2032, 12, 31)}) == []
    confirmed = {paper.kind: paper.confirmed_at is not None for paper in site.papers}
    assert confirmed == {m.SitePaperKind.HEAD_LEASE: False, m.SitePaperKind.SUBLEASE_CONSENT: True}


def test_the_level_of_recognition_is_read_from_its_words(session: Session, operator: m.Operator) -> None:
    ask(session, m.Role.OPERATOR_MANAGER, operator=operator)
    changes = ({"recognition": "国家级"}, {"name": "乙园", "recognition": "A级示范基地"})
    assert bring(session, operator, "sites", *changes) == []
    sites = session.scalars(select(m.Site).order_by(m.Site.id)).all()
    assert [(s.recognition, s.recognition_level) for s in sites] == [
        ("国家级", m.RecognitionLevel.NATIONAL),
        ("A级示范基地", None),
    ]


def test_areas_and_heads_must_fit_into_the_whole(session: Session, operator: m.Operator) -> None:
    ask(session, m.Role.OPERATOR_MANAGER, operator=operator)
    told = bring(session, operator, "sites", {"incubation_area_cm2": 4000, "public_area_cm2": 1001})
    assert "超过总面积" in told[0]
    told = bring(session, operator, "sites", {"staff_count": 4, "professional_staff_count": 5})
    assert "超过工作人员数" in told[0]
    assert session.scalars(select(m.Site)).all() == []


def test_rooms_of_one_floor_share_it(session: Session, operator: m.Operator) -> None:
    ask(session, m.Role.OPERATOR_MANAGER, operator=operator)
    bring(session, operator, "sites")
    rooms = ({"floor": "3F"}, {"code": "A-2", "floor": "3F"}, {"code": "B-1", "floor": "B1"}, {"code": "C-1"})
    assert bring(session, operator, "spaces", *rooms) == []
    assert apply(session, operator, sheet("spaces", *rooms), "a.xlsx", today=TODAY).changes_nothing
    floors = session.scalars(select(m.Floor).order_by(m.Floor.level)).all()
    assert [(floor.name, floor.level, len(floor.spaces)) for floor in floors] == [("B1", -1, 1), ("3F", 3, 2)]
    assert session.scalars(select(m.Space).where(m.Space.code == "C-1")).one().floor is None


@pytest.mark.parametrize(
    ("name", "level"), [("3F", 3), ("12层", 12), ("B1", -1), ("b2", -2), ("地下1层", -1), ("裙楼", 0)]
)
def test_a_name_says_how_high_a_floor_is(name: str, level: int) -> None:
    assert level_of(name) == level


def test_figures_of_a_quarter(session: Session, operator: m.Operator) -> None:
    tenant = factories.tenant(session, operator, name="甲公司", uscc=USCC)
    ask(session, m.Role.OPERATOR_MANAGER, operator=operator)
    assert bring(session, operator, "indicators", {"quarter": "2026-Q2"}) == []
    assert bring(session, operator, "indicators", {"quarter": "2026年二季度", "staff": 13, "revenue_fen": None}) == []
    it = session.scalars(select(m.Indicator)).one()
    assert (it.tenant_id, it.quarter, it.revenue_fen, it.rnd_fen, it.staff, it.ip_held) == (
        tenant.id, "2026Q2", 38_000_000, None, 13, 0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"quarter": "2027Q1"}, "季度在今天之后"),
        ({"quarter": "2026Q5"}, "这里应填季度"),
        ({"quarter": "2026"}, "这里应填季度"),
        ({"revenue_fen": -1}, "金额"),
        ({"staff": 1.5}, "整数"),
    ],
)
def test_figures_that_cannot_be(session: Session, operator: m.Operator, change: dict[str, Any], word: str) -> None:
    factories.tenant(session, operator, name="甲公司", uscc=USCC)
    ask(session, m.Role.OPERATOR_MANAGER, operator=operator)
    assert word in bring(session, operator, "indicators", change)[0]
    assert session.scalars(select(m.Indicator)).all() == []


def test_a_tenant_reports_its_own_figures(session: Session, operator: m.Operator) -> None:
    tenant = factories.tenant(session, operator, name="甲公司", uscc=USCC)
    factories.tenant(session, operator, name="乙公司")
    ask(session, m.Role.FOUNDER, tenant=tenant)
    assert "这不是本企业" in bring(session, operator, "indicators", {"tenant": "乙公司"})[0]
    assert bring(session, operator, "indicators") == []
