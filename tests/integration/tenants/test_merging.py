"""Two files become one and, undone, two again to the last column."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.data import models as m
from core.data.asker import asking
from core.data.base import Base
from core.errors import Conflict, DomainError, Invalid
from core.services import files, merging, undo
from core.services.merging.rows import APPEND_ONLY
from core.services.merging.suggestions import FOUNDER, NAME, PHONE, suggest
from tests import factories
from tests.integration.tenants.conftest import House
from tests.integration.tenants.dump import dump
from tests.scenes import paper

pytestmark = pytest.mark.one_engine

TODAY = date(2026, 11, 25)


def team(session: Session, house: House, **values: Any) -> m.Tenant:
    """A second file of the same people, from before they had a company, with a row of every kind."""
    given = {
        "name": "青禾团队", "kind": m.TenantKind.TEAM, "legal_form": None, "stage": m.Stage.NURSERY, "industry": "农业",
        "registered_address": "旧地址", "registered_on": None,
    }  # fmt: skip
    row = factories.tenant(session, house.operator, **given | values)
    if "uscc" not in values:
        row.uscc, row.enterprise_id = None, None
    scope = {"operator_id": house.operator.id, "tenant_id": row.id}
    # The factory lets everybody move in on the same day; this one was there before.
    for it in (*row.occupancies, *row.stage_moves):
        it.from_on, it.to_on = date(2023, 1, 1), date(2024, 3, 31)
    session.flush()
    lease = factories.lease(
        session, row, [factories.space(session, house.site, code=f"T{row.id}")], starts_on=date(2023, 1, 1)
    )
    factories.rent(session, lease, "2024-01")
    with asking(session, house.asker):
        stored = files.accept(session, house.scene.files, row, files.check("书.pdf", paper()))
    session.add_all(
        [
            m.Contact(name="沈助理", **scope),
            m.Note(operator_id=house.operator.id, tenant_id=row.id, body="很有希望"),
            m.Indicator(quarter="2026Q1", revenue_fen=100, **scope),
            m.Indicator(quarter="2026Q2", revenue_fen=200, **scope),
            m.FundingRound(
                on=date(2024, 1, 1), kind=m.FundingKind.ANGEL, name="天使轮", amount_fen=50_000_000, **scope
            ),
            m.Milestone(kind=m.MilestoneKind.PRIZE, title="创业大赛", reached_on=date(2023, 9, 1), **scope),
            m.TenantDocument(kind=m.TenantDocumentKind.OTHER, title="计划书", file=stored, **scope),
            m.Departure(planned_on=date(2024, 1, 1), reason="搬走", cancelled_on=date(2024, 1, 2), **scope),
            m.Enquiry(
                operator_id=house.operator.id, name=row.name, contact_name="林", state=m.EnquiryState.WON,
                tenant_id=row.id,
            ),
        ]
    )  # fmt: skip
    session.flush()
    factories.user(session, m.Role.FOUNDER, tenant=row)
    return row


def company(session: Session, house: House) -> m.Tenant:
    row = house.scene.tenant("青禾智能科技有限公司", industry="软件")
    session.add(m.Indicator(quarter="2026Q1", revenue_fen=900, operator_id=row.operator_id, tenant_id=row.id))
    session.flush()
    return row


def test_a_merge_moves_everything_and_undone_leaves_nothing(session: Session, house: House) -> None:
    kept, other = company(session, house), team(session, house)
    # The same person is insured in both files: their months come together under one.
    number = factories.id_number(700)
    one = factories.person(session, kept, number=number)
    twin = factories.person(session, other, number=number)
    alone = factories.person(session, other, number=factories.id_number(701))
    other.uscc = factories.uscc()  # for the employments of the factory; taken off again
    session.flush()
    month, same = factories.employment(session, twin, "2024-01"), factories.employment(session, alone, "2024-01")
    other.uscc = None
    session.flush()
    session.expire_all()
    before = dump(session, house.operator.id)

    with asking(session, house.asker):
        seen = merging.plan(session, kept, other)
        assert dict(seen.staying) == {"stage_moves": 1, "indicators": 1, "insured_persons": 1}
        assert seen.moving["leases"] == seen.moving["rent_payments"] == seen.moving["notes"] == 1
        assert seen.moving["memberships"] == 1
        assert {"name", "kind", "industry"} <= seen.differing.keys()
        assert set(seen.filled) == {"registered_address"}
        step = merging.merge(session, kept, other, take=["industry"], title="合并")

    assert (kept.industry, kept.name, kept.registered_address) == ("农业", "青禾智能科技有限公司", "旧地址")
    assert (other.merged_into_id, other.enterprise_id) == (kept.id, None)
    assert month.person_id == one.id
    assert same.person_id == alone.id
    assert {month.tenant_id, same.tenant_id, alone.tenant_id} == {kept.id}
    left = {
        name
        for (name, _id), row in dump(session, house.operator.id).items()
        if row.get("tenant_id") == other.id and name not in APPEND_ONLY
    }
    assert left == {"stage_moves", "indicators", "insured_persons"}
    assert {i.quarter: i.revenue_fen for i in session.scalars(select(m.Indicator)) if i.tenant_id == kept.id} == {
        "2026Q1": 900,  # the kept file's own stands
        "2026Q2": 200,
    }

    with asking(session, house.asker):
        undo.undo(session, step)
    assert dump(session, house.operator.id) == before


def test_names_and_codes_are_taken_over_and_given_back(session: Session, house: House) -> None:
    """Unique ones: the merged file lets go first, in both directions."""
    kept = team(session, house, name="云帆团队")
    other = factories.tenant(session, house.operator, name="云帆科技有限公司")
    code, enterprise = other.uscc, other.enterprise_id
    before = dump(session, house.operator.id)
    with asking(session, house.asker):
        step = merging.merge(
            session, kept, other, take=["name", "kind", "registered_on"], stages_of=other, title="合并"
        )
    assert (kept.name, kept.uscc, kept.enterprise_id) == ("云帆科技有限公司", code, enterprise)
    assert (kept.kind, kept.stage, other.stage) == (m.TenantKind.COMPANY, m.Stage.INCUBATOR, m.Stage.NURSERY)
    assert [it.stage for it in kept.stage_moves] == [m.Stage.INCUBATOR]
    assert (other.name, other.uscc) == ("云帆团队", None)
    with asking(session, house.asker):
        undo.undo(session, step)
    assert dump(session, house.operator.id) == before


def test_a_file_that_was_merged_into_the_merged_one_follows(session: Session, house: House) -> None:
    first, second, third = (team(session, house, name=f"星野{n}") for n in "甲乙丙")
    with asking(session, house.asker):
        merging.merge(session, second, first, title="合并")
        merging.merge(session, third, second, title="合并")
    assert first.merged_into_id == second.merged_into_id == third.id


def test_what_cannot_be_merged_is_refused_with_the_reason(session: Session, house: House) -> None:
    one, other = company(session, house), factories.tenant(session, house.operator)
    draft = team(session, house)

    def refused(kept: m.Tenant, merged: m.Tenant, error: type[DomainError], words: str) -> None:
        for call in (merging.plan, merging.merge):
            with asking(session, house.asker), pytest.raises(error, match=words):
                call(session, kept, merged, **({"title": "x"} if call is merging.merge else {}))  # type: ignore[operator]

    refused(one, one, Invalid, "与它自己")
    refused(one, other, Invalid, "信用代码不同")
    house.scene.until(m.CaseState.SUBMITTED, one)
    refused(draft, one, Conflict, "换个方向")
    with asking(session, house.asker):
        step = merging.merge(session, one, draft, title="合并")  # the other way round it goes
    refused(one, draft, Conflict, "已经并入")
    with asking(session, house.asker):
        undo.undo(session, step)
    draft.uscc = factories.uscc()
    session.flush()
    house.scene.empty_draft(draft, house.scene.founder_of(draft))
    draft.uscc = None
    session.flush()
    refused(one, draft, Conflict, "都有扶持申请")
    with asking(session, house.asker), pytest.raises(Invalid, match="刷新页面"):
        merging.merge(session, team(session, house, name="丁"), team(session, house, name="戊"), take=["id"], title="x")


def test_a_row_changed_since_stands_in_the_way_of_undoing(session: Session, house: House) -> None:
    kept, other = company(session, house), team(session, house)
    with asking(session, house.asker):
        step = merging.merge(session, kept, other, title="合并")
    kept.registered_address = "新地址"
    session.flush()
    with asking(session, house.asker), pytest.raises(Conflict, match="又有了改动"):
        undo.undo(session, step)


def test_append_only_tables_are_those_of_the_migrations(session: Session, house: House) -> None:
    """Asked from the database itself: the triggers that refuse an UPDATE."""
    if session.get_bind().dialect.name == "sqlite":
        found = session.execute(
            text("select tbl_name from sqlite_master where type = 'trigger' and name like '%_no_up%'")
        )
    else:
        found = session.execute(
            text("select event_object_table from information_schema.triggers where trigger_name like '%_append_only'")
        )
    assert {name for (name,) in found} == APPEND_ONLY
    assert {table.name for table in Base.metadata.sorted_tables} >= APPEND_ONLY


def test_suggestions(session: Session, house: House) -> None:
    one = factories.tenant(session, house.operator, name="海棠（上海）科技有限公司")
    two = team(session, house, name="海棠(上海)科技 有限公司")
    number = factories.id_number(800)
    three = team(session, house, name="完全不同", contact_phone="13800000000")
    four = factories.tenant(session, house.operator, name="另一家", contact_phone="13800000000")
    for it in (three, four):
        factories.founder(session, it, number=number)
    other_code = factories.tenant(session, house.operator, name="海棠（上海）科技有限公司 ")
    foreign = factories.operator(session, house.scene.district)
    factories.tenant(session, foreign, name=one.name)
    with asking(session, house.asker):
        found = {(p.one.id, p.other.id): set(p.reasons) for p in suggest(session)}
    assert found == {
        (one.id, two.id): {NAME},
        (two.id, other_code.id): {NAME},  # not one with other_code: two codes are two companies
        (three.id, four.id): {FOUNDER, PHONE},
    }


def test_files_stay_readable(session: Session, house: House, tmp_path: Path) -> None:
    """What is moved is the row; the bytes are found by their hash wherever it is."""
    kept, other = company(session, house), team(session, house)
    with asking(session, house.asker):
        merging.merge(session, kept, other, title="合并")
        document = session.scalars(select(m.TenantDocument)).one()
    assert document.tenant_id == document.file.tenant_id == kept.id
    assert files.path_of(house.scene.files, document.file.sha256).exists()
