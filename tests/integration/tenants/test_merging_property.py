"""Whatever two files hold, and whichever of them is kept: merging and undoing is as if nothing had been done.

And in between, no row of a merged file is lost, each quarter has one report, and each file one stage on every day.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from core.data import models as m
from core.data.asker import asking
from core.services import merging, undo
from core.services.merging.rows import APPEND_ONLY
from tests import factories
from tests.integration.tenants.conftest import House
from tests.integration.tenants.dump import dump

START = date(2022, 1, 1)
QUARTERS = ("2025Q1", "2025Q2", "2025Q3")
days = st.integers(0, 1500).map(lambda n: START + timedelta(days=n))
stays = st.tuples(days, st.one_of(st.none(), st.integers(0, 400)))
files = st.fixed_dictionaries(
    {
        "quarters": st.sets(st.sampled_from(QUARTERS)),
        "people": st.sets(st.integers(1, 3)),  # whose identity numbers these are
        "founders": st.sets(st.integers(1, 3)),
        "leases": st.integers(0, 2),
        "stay": st.one_of(st.none(), stays),
        "notes": st.integers(0, 2),
        "stages": st.lists(st.sampled_from((m.Stage.NURSERY, m.Stage.INCUBATOR, m.Stage.ACCELERATOR)), unique=True),
        "industry": st.sampled_from((None, "软件", "农业")),
        "phone": st.sampled_from((None, "13800000000", "13900000000")),
    }
)


def build(session: Session, house: House, held: dict[str, Any], code: str | None) -> m.Tenant:
    stages = sorted(held["stages"]) or [m.Stage.NURSERY]
    row = m.Tenant(
        operator_id=house.operator.id, name=f"档案{factories.uscc()}", kind=m.TenantKind.TEAM, uscc=code,
        stage=stages[-1], industry=held["industry"], contact_phone=held["phone"],
    )  # fmt: skip
    session.add(row)
    session.flush()
    scope = {"operator_id": row.operator_id, "tenant_id": row.id}
    session.add_all(m.Indicator(quarter=q, staff=row.id, **scope) for q in held["quarters"])
    session.add_all(m.Note(body="记", **scope) for _ in range(held["notes"]))
    for place, stage in enumerate(stages):
        ends = START + timedelta(days=100 * (place + 1) - 1) if place < len(stages) - 1 else None
        session.add(m.StageMove(stage=stage, from_on=START + timedelta(days=100 * place), to_on=ends, **scope))
    if held["stay"]:
        start, length = held["stay"]
        ends = None if length is None else start + timedelta(days=length)
        session.add(m.Occupancy(kind=m.OccupancyKind.PHYSICAL, from_on=start, to_on=ends, **scope))
    for n in held["founders"]:
        factories.founder(session, row, name=f"创始人{n}", number=factories.id_number(n))
    for n in held["people"]:
        person = factories.person(session, row, number=factories.id_number(n))
        employment = m.Employment(
            person_id=person.id,
            month="2025-01",
            employer_uscc=f"{code or 'team'}"[:18],
            grade=m.Grade.OPERATOR,
            **scope,
        )
        session.add(employment)
    for _ in range(held["leases"]):
        factories.rent(session, factories.lease(session, row), "2025-01")
    session.flush()
    return row


@pytest.mark.slow
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    files, files, st.sets(st.sampled_from(merging.FACTS)), st.booleans(), st.sampled_from(("none", "kept", "merged"))
)
def test_a_merge_undone_is_nothing(
    session: Session,
    house: House,
    mine: dict[str, Any],
    theirs: dict[str, Any],
    take: set[str],
    their_stages: bool,
    coded: str,
) -> None:
    with session.begin_nested() as point:
        code = factories.uscc()
        kept = build(session, house, mine, code if coded == "kept" else None)
        other = build(session, house, theirs, code if coded == "merged" else None)
        session.expire_all()
        before = dump(session, house.operator.id)
        with asking(session, house.asker):
            step = merging.merge(
                session, kept, other, take=take, stages_of=other if their_stages else kept, title="合并"
            )
        _holds(session, house, kept, other, before)
        with asking(session, house.asker):
            undo.undo(session, step)
        assert dump(session, house.operator.id) == before
        point.rollback()
    session.expire_all()


def _holds(session: Session, house: House, kept: m.Tenant, other: m.Tenant, before: dict[Any, Any]) -> None:
    after = dump(session, house.operator.id)
    assert after.keys() == before.keys()  # nothing made, nothing lost
    here = _rows(after, kept.id)
    quarters = [row["quarter"] for row in here("indicators")]
    assert len(quarters) == len(set(quarters))
    assert set(quarters) == {
        row["quarter"] for key, row in before.items() if key[0] == "indicators" and _of(row, kept, other)
    }
    persons = {row["id"] for row in here("insured_persons")}
    assert {row["person_id"] for row in here("employments")} <= persons
    for tenant in (kept, other):
        moves = sorted(_rows(after, tenant.id)("stage_moves"), key=lambda row: row["from_on"])
        assert [row["to_on"] for row in moves[:-1]] == [row["from_on"] - timedelta(days=1) for row in moves[1:]]
        assert moves[-1]["stage"] == after["tenants", tenant.id]["stage"]
    assert {name for (name, _id), row in after.items() if row.get("tenant_id") == other.id} <= APPEND_ONLY | {
        "stage_moves", "indicators", "insured_persons", "employments", "occupancies", "founders",
    }  # fmt: skip


def _of(row: dict[str, Any], *tenants: m.Tenant) -> bool:
    return row["tenant_id"] in {tenant.id for tenant in tenants}


def _rows(found: dict[Any, Any], tenant_id: int) -> Callable[[str], list[dict[str, Any]]]:
    return lambda table: [row for (name, _id), row in found.items() if name == table and row["tenant_id"] == tenant_id]
