"""Whatever the records hold, freezing gives a case file, and the same one in whatever order they were entered."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from core.data import models as m
from core.policy import parse_case
from core.services import dossiers
from tests import factories as f
from tests.integration.evidence.world import freeze, opened, system
from tests.support.databases import Databases

# Few, so that records meet; some outside the period and after the application.
MONTHS = ["2025-02", "2025-03", "2025-04", "2026-04"]
CODES = [f.uscc(7), f.uscc(8)]
_flag = st.sampled_from([None, True, False])
_household = st.sampled_from([None, "district", "city", "elsewhere"])
_day = st.dates(date(2022, 1, 1), date(2026, 3, 1))

_founders = st.lists(
    st.fixed_dictionaries(
        {
            "who": st.integers(0, 4),
            "legal_representative": _flag,
            "household": _household,
            "permit": st.sampled_from([None, *m.Permit]),
            "categories": st.sampled_from([None, "", "graduate", "veteran,disabled"]),
            "graduated_on": st.none() | _day,
            "first_company": _flag,
        }
    ),
    max_size=3,
    unique_by=lambda it: it["who"],
)
_leases = st.lists(
    st.fixed_dictionaries(
        {
            "tenancy": st.integers(0, 1),
            "starts_on": _day,
            "days": st.none() | st.integers(0, 900),
            "rooms": st.sets(st.integers(0, 1), max_size=2),
            "lawful": _flag,
            "independent": _flag,
            "region": st.sampled_from([None, "310109", "310110"]),
            "status": st.sampled_from(m.LeaseStatus),
        }
    ),
    max_size=4,
)


def _last(it: dict[str, Any]) -> date:
    return date.max if it["days"] is None else date.fromordinal(it["starts_on"].toordinal() + it["days"])


def _one_holder(leases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same without the rooms that an earlier one has on the same days: the database would refuse them."""
    kept: list[dict[str, Any]] = []
    for it in leases:
        holds = it["status"] in m.IN_FORCE or (it["status"] is m.LeaseStatus.ENDED and it["days"] is not None)
        taken = {
            room
            for other in kept
            if holds and other["holds"] and other["tenancy"] == it["tenancy"]
            if other["starts_on"] <= _last(it) and it["starts_on"] <= _last(other)
            for room in other["rooms"]
        }
        kept.append({**it, "rooms": it["rooms"] - taken, "holds": holds})
    return kept


_payments = st.lists(
    st.fixed_dictionaries(
        {
            "lease": st.integers(0, 3),
            "month": st.sampled_from(MONTHS),
            "voucher": st.sampled_from(["", "a"]),
            "paid_fen": st.none() | st.integers(0, 300_000),
            "payer": st.sampled_from([None, *m.Payer]),
            "grade": st.sampled_from(m.Grade),
        }
    ),
    max_size=12,
    unique_by=lambda it: (it["lease"], it["month"], it["voucher"]),
)
_employments = st.lists(
    st.fixed_dictionaries(
        {
            "tenancy": st.integers(0, 1),
            "who": st.integers(0, 2),
            "month": st.sampled_from(MONTHS),
            "employer_uscc": st.sampled_from(CODES),
            "filing_uscc": st.sampled_from([None, *CODES]),
            "household": _household,
            "grade": st.sampled_from(m.Grade),
        }
    ),
    max_size=12,
    unique_by=lambda it: (it["tenancy"], it["who"], it["month"], it["employer_uscc"]),
)
_prizes = st.lists(
    st.fixed_dictionaries(
        {
            "tenancy": st.integers(0, 1),
            "contest": st.sampled_from(["创业大赛", "创业 大赛", "Maker", "ＭＡＫＥＲ"]),
            "edition": st.integers(2024, 2025),
            "level": st.sampled_from(m.PrizeLevel),
            "reached_on": st.sampled_from([date(2025, 1, 2), date(2025, 6, 1), date(2026, 4, 1)]),
        }
    ),
    max_size=8,
)
_contents = st.fixed_dictionaries(
    {
        "founders": _founders,
        "leases": _leases.map(_one_holder),
        "payments": _payments,
        "employments": _employments,
        "prizes": _prizes,
    }
)


@pytest.fixture(scope="module")
def made_once(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, m.District]]:
    """One engine is enough here: what is tested is our own ordering. The district stays: it keys the blind index."""
    with databases.sqlite(tmp_path_factory.mktemp("property")) as url, opened(url) as engine:
        with system(engine) as session:
            district = f.district(session)
            session.commit()
        yield engine, district


def _enter(
    session: Session, district: m.District, contents: dict[str, list[dict[str, Any]]], shuffle: random.Random
) -> m.Tenant:
    """Enter `contents` in an order of `shuffle`'s; returns the tenancy that applies."""

    def shuffled(items: Any) -> list[Any]:
        items = list(items)
        shuffle.shuffle(items)
        return items

    operators = {n: f.operator(session, district, name=f"园区{n}") for n in shuffled(range(2))}
    tenancies = {n: f.tenant(session, operators[n], name="青禾", uscc=CODES[0]) for n in shuffled(range(2))}
    rooms: dict[int, list[m.Space]] = {}
    for n, operator in operators.items():
        site = f.site(session, operator, address="东湖路 1 号")  # both operators let rooms of one house
        rooms[n] = [f.space(session, site, code=f"A-{room}") for room in range(2)]
    for it in shuffled(contents["founders"]):
        # The last of them has no number on file.
        number = f.id_number(it["who"]) if it["who"] < 4 else None
        row = f.founder(session, tenancies[0], number=f.id_number(0), **{k: v for k, v in it.items() if k != "who"})
        row.name = f"创始人{it['who']}"
        row.id_number_once = number and f.identity(tenancies[0].operator_id, number)["id_number_once"]
    leases = {}
    for n, it in shuffled(enumerate(contents["leases"])):
        ends_on = None if it["days"] is None else date.fromordinal(it["starts_on"].toordinal() + it["days"])
        leases[n] = f.lease(
            session,
            tenancies[it["tenancy"]],
            shuffled(rooms[it["tenancy"]][room] for room in it["rooms"]),
            ends_on=ends_on,
            number=f"L-{n}",
            **{k: it[k] for k in ("starts_on", "lawful", "independent", "region", "status")},
        )
    for it in shuffled(contents["payments"]):
        if it["lease"] in leases:
            row = f.rent(session, leases[it["lease"]], **{k: v for k, v in it.items() if k != "lease"})
            row.paid_fen = it["paid_fen"]
    people: dict[tuple[int, int], m.InsuredPerson] = {}
    for it in shuffled(contents["employments"]):
        tenant = tenancies[it["tenancy"]]
        key = it["tenancy"], it["who"]
        people[key] = people.get(key) or f.person(session, tenant, number=f.id_number(it["who"]))
        values = {k: it[k] for k in ("employer_uscc", "filing_uscc", "grade")}
        f.employment(session, people[key], it["month"], **values).household = it["household"]
    for it in shuffled(contents["prizes"]):
        tenant = tenancies[it["tenancy"]]
        values = {k: v for k, v in it.items() if k != "tenancy"} | {"kind": m.MilestoneKind.PRIZE, "title": "奖"}
        session.add(m.Milestone(operator_id=tenant.operator_id, tenant_id=tenant.id, **values))
    session.flush()
    return tenancies[0]


def _shape(frozen: dossiers.Frozen) -> Any:
    """All that does not count rows of the database."""
    spendable = {
        line: (source.kind, source.natural_key.split(":")[0], source.month, source.amount_fen, source.grade)
        for line, source in frozen.evidence.items()
    }
    return frozen.case, spendable, set(frozen.persons)


@pytest.mark.slow
@settings(max_examples=40)
@given(contents=_contents, seed=st.integers(0, 2**16))
def test_any_records_make_one_case_file(
    made_once: tuple[Engine, m.District], contents: dict[str, Any], seed: int
) -> None:
    engine, district = made_once
    shapes = []
    for order in (seed, seed + 1):
        with system(engine) as session:
            frozen = freeze(session, _enter(session, district, contents, random.Random(order)))
            assert parse_case(frozen.case).to_json() == frozen.case
            dossier = frozen.case["dossier"]
            lines = [row["line"] for name in ("rent", "employment", "prizes") for row in dossier[name] or ()]
            assert set(lines) == set(frozen.evidence)
            rent_keys = [s.natural_key for s in frozen.evidence.values() if s.kind is m.EvidenceKind.RENT_MONTH]
            assert len(rent_keys) == len(set(rent_keys)), "one rent month is one row"
            prizes = {row["line"]: (row["contest"], row["edition"]) for row in dossier["prizes"] or ()}
            keys = {frozen.evidence[line].natural_key for line in prizes}
            assert len(keys) == len(set(prizes.values())), "one prize has one key, and one spelling"
            shapes.append(_shape(frozen))
            session.rollback()
    assert shapes[0] == shapes[1]
