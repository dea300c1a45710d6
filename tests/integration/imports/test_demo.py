"""The demonstration district: its files are what the script builds, they go in, and the rules find in them what a
district needs to be shown."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.data import models as m
from core.data.asker import Asker, Reach
from core.policy import Registry, evaluate
from core.services import site_papers
from core.services.dossiers import freeze
from core.services.imports.apply import Outcome, apply
from demo.build import build
from tests import factories
from tests.support.books import errors

pytestmark = pytest.mark.one_engine

DEMO = Path(__file__).parents[3] / "demo"
TODAY = date(2026, 11, 10)


@pytest.fixture(scope="module")
def index() -> dict[str, Any]:
    return yaml.safe_load((DEMO / "district.yaml").read_text("utf-8"))


def bring_in(session: Session, index: dict[str, Any]) -> list[Outcome]:
    """As `seed demo` does: each file by the one it comes from."""
    session.flush()
    session.info["asker"] = Asker.system("tests")
    district = session.scalar(select(m.District)) or m.District(**index["district"])
    session.add(district)
    session.flush()
    outcomes, operators = [], {}
    for entry in index["operators"]:
        session.info["asker"] = Asker.system("tests")
        operator = session.scalar(select(m.Operator).where(m.Operator.name == entry["name"]))
        if operator is None:
            facts = {name: entry[name] for name in ("name", "uscc", "phone")}
            operator = m.Operator(district_id=district.id, kind=m.OperatorKind(entry["kind"]), **facts)
            session.add(operator)
            session.flush()
        operators[entry["key"]] = operator
        asker = Asker(Reach.OPERATOR, name="demo", operator_id=operator.id, district_id=district.id)
        outcomes += [_apply(session, asker, operator, name) for name in entry["files"]]
    for entry in index["insured"]:
        operator = operators.get(entry.get("operator", ""))
        asker = Asker(Reach.DISTRICT, name="demo", district_id=district.id)
        if operator is not None:
            session.info["asker"] = Asker.system("tests")
            tenant = session.scalars(
                select(m.Tenant).where(m.Tenant.uscc == entry["uscc"], m.Tenant.operator_id == operator.id)
            ).one()
            asker = Asker(
                Reach.TENANT, name="demo", operator_id=operator.id, district_id=district.id, tenant_id=tenant.id
            )
        outcomes.append(_apply(session, asker, operator, entry["file"]))
    session.info["asker"] = Asker.system("tests")
    return outcomes


def _apply(session: Session, asker: Asker, operator: m.Operator | None, name: str) -> Outcome:
    session.flush()
    session.info["asker"] = asker
    outcome = apply(session, operator, (DEMO / name).read_bytes(), name, today=TODAY)
    assert errors(outcome) == [], name
    assert outcome.applied
    return outcome


def contents(data: bytes) -> dict[str, bytes]:
    """Parts of a workbook: two builds of zlib may compress the same bytes differently."""
    if not data.startswith(b"PK"):
        return {"": data}
    archive = zipfile.ZipFile(io.BytesIO(data))
    return {name: archive.read(name) for name in archive.namelist()}


def test_the_files_are_what_the_script_builds() -> None:
    made = build()
    for name, body in made.items():
        there = (DEMO / name).read_bytes()
        assert contents(there) == contents(body), f"{name}: run `python -m demo.build` and commit what changed"
    assert sum(map(len, made.values())) < 4_000_000


def test_a_district_of_some_size_and_what_the_rules_make_of_it(session: Session, index: dict[str, Any]) -> None:
    bring_in(session, index)
    window = factories.user(session, name="总窗")
    session.info["asker"] = Asker(
        Reach.DISTRICT, user_id=window.id, district_id=session.scalars(select(m.District.id)).one()
    )
    for paper in session.scalars(select(m.SitePaper)):
        site_papers.confirm(session, paper)
    session.info["asker"] = Asker.system("tests")

    def count(model: type[Any]) -> int:
        return session.scalar(select(func.count()).select_from(model)) or 0

    assert (count(m.Operator), count(m.Site), count(m.Tenant)) == (5, 15, 320)
    assert count(m.Space) >= 200
    assert session.scalar(select(func.count(m.RentPayment.month.distinct()))) == 36
    assert session.scalar(select(func.count(m.Employment.month.distinct()))) == 24
    assert set(session.scalars(select(m.Tenant.stage))) == set(m.Stage)
    assert set(session.scalars(select(m.Operator.kind))) == set(m.OperatorKind)
    assert set(session.scalars(select(m.Employment.grade))) == {m.Grade.APPLICANT, m.Grade.GOVERNMENT}
    assert any(c in f.name for f in session.scalars(select(m.Founder)) for c in "喆堃玥䶮")
    # One enterprise, two operators: twice by moving, once at the same time.
    assert count(m.Tenant) - count(m.Enterprise) == 3 + 12 + 32  # and the teams without a code

    policy = Registry.load(strict=True).get("rent_subsidy")
    when = index["application"]
    outcomes: Counter[str] = Counter()
    reasons: dict[str, set[str]] = {"ineligible": set(), "needs_information": set()}
    granted: set[str] = set()
    amounts: list[int] = []
    for tenant in session.scalars(select(m.Tenant).where(m.Tenant.kind == m.TenantKind.COMPANY)):
        frozen = freeze(
            session,
            tenant,
            period_from=when["from"],
            period_to=when["to"],
            applied_on=date.fromisoformat(when["applied_on"]),
        )
        decision = evaluate(policy, frozen.parsed())
        outcomes[decision.outcome] += 1
        if decision.outcome == "eligible":
            granted.add(tenant.uscc or "")
            amounts.append(decision.amount_fen)
        else:
            wanted = False if decision.outcome == "ineligible" else None
            reasons[decision.outcome] |= {check.code for check in decision.checks if check.passed is wanted}
    assert len(granted) >= 35
    assert outcomes["ineligible"] >= 8
    assert outcomes["needs_information"] >= 8
    assert reasons["ineligible"] >= {
        "organisation", "region", "founder", "trust", "labour_dispatch", "within_36_months", "local_head", "paid",
        "premises",
    }  # fmt: skip
    assert reasons["needs_information"] >= {
        "households", "three_units", "payer", "premises", "founder", "organisation", "paid", "trust"
    }  # fmt: skip
    # Some amounts are cut by the cap, some by the rent, to the fen.
    assert len(set(amounts)) >= 12
    assert any(amount % 100 for amount in amounts)

    # And everything once more changes nothing.
    assert all(outcome.changes_nothing for outcome in bring_in(session, index))
