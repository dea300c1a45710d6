"""Freezing: what the case file of a company holds, and what it must never hold."""

from __future__ import annotations

import json
from datetime import date

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from core.data import models as m
from core.data.asker import Asker, Reach, asking
from core.errors import Forbidden, Invalid, NotFound
from core.policy import parse_case
from core.services import dossiers
from tests import factories as f
from tests.integration.evidence.world import APPLIED, World, award, freeze

pytestmark = pytest.mark.one_engine


def test_a_moved_company_brings_its_months(session: Session, world: World) -> None:
    with asking(session, world.applicant()):
        frozen = freeze(session, world.new)
    assert [row["ref"] for row in frozen.case["dossier"]["leases"]] == ["L1", "L2"]
    rent = {row["line"]: row["paid_fen"] for row in frozen.case["dossier"]["rent"]}
    assert rent == {
        **{f"R-L1-2025-{month}": 100_000 for month in ("03", "04", "05", "06")},
        **{f"R-L2-2025-{month}": 200_000 for month in ("07", "08", "09")},
    }
    assert frozen.evidence["R-L1-2025-03"].operator_id == world.a.id
    assert frozen.evidence["R-L2-2025-07"].operator_id == world.b.id
    # The founder is P1, insured or not; the other person is one, at both operators.
    lines = [row["line"] for row in frozen.case["dossier"]["employment"]]
    assert lines == ["E-P2-2025-05", "E-P1-2025-07", "E-P2-2025-07"]
    assert frozen.persons["P1"] == f"founder:{world.founder.id}"
    assert frozen.persons["P2"].startswith("person:")


def test_the_case_file_is_complete_and_comes_back(session: Session, world: World) -> None:
    frozen = freeze(session, world.new)
    assert parse_case(frozen.case).to_json() == frozen.case
    stored = json.loads(json.dumps(frozen.to_json()))
    again = dossiers.Frozen.from_json(stored, frozen.persons_json())
    assert again == frozen
    assert again.parsed() == frozen.parsed()
    assert dossiers.Frozen.from_json(stored).persons == {}, "the key to the persons is not among the facts"
    assert frozen.case["dossier"]["desk_fees"] is None
    assert frozen.case["dossier"]["mentoring"] == {"needs": [], "running_pairs": 0, "languages": [], "hours": None}
    assert frozen.case["dossier"]["awards"] == []


def test_no_name_number_or_birth_date_leaves(session: Session, world: World) -> None:
    f.founder(
        session, world.new, name="金丝雀甲", number=f.id_number(3, date(1988, 8, 18)), phone="13800138000",
        legal_representative=False,
    )  # fmt: skip
    canary = f.person(session, world.new, name="金丝雀乙", number=f.id_number(4, date(1977, 7, 17)))
    f.employment(session, canary, "2025-08")
    frozen = freeze(session, world.new)
    text = json.dumps(frozen.to_json(), ensure_ascii=False) + str(frozen)
    for secret in (
        "金丝雀", "林青禾", "周小满", "13800138000", "1988", "1977", "19950308",
        f.id_number(1), f.id_number(2), f.id_number(3, date(1988, 8, 18)), f.id_number(4, date(1977, 7, 17)),
        "founder:", "person:",
    ):  # fmt: skip
        assert secret not in text, secret
    assert len(frozen.case["dossier"]["founders"]) == 2


def test_vouchers_of_a_month_are_one_row(session: Session, world: World) -> None:
    f.rent(session, world.lease, "2025-10", 60_000, voucher="1", payer=m.Payer.TENANT, grade=m.Grade.GOVERNMENT,
           paper_sha256="a" * 64)  # fmt: skip
    f.rent(session, world.lease, "2025-10", 40_000, voucher="2", payer=m.Payer.EXPLAINED)
    f.rent(session, world.lease, "2025-11", 60_000, voucher="1", payer=m.Payer.OTHER)
    f.rent(session, world.lease, "2025-11", 40_000, voucher="2", payer=None)
    unknown = f.rent(session, world.lease, "2025-12", 60_000, voucher="1", payer=None)
    f.rent(session, world.lease, "2025-12", 40_000, voucher="2")
    unknown.paid_fen = None
    frozen = freeze(session, world.new)
    rows = {row["month"]: row for row in frozen.case["dossier"]["rent"]}
    seen = {month: (rows[month]["paid_fen"], rows[month]["payer"]) for month in ("2025-10", "2025-11", "2025-12")}
    assert seen == {"2025-10": (100_000, "explained"), "2025-11": (100_000, "other"), "2025-12": (None, None)}
    assert rows["2025-10"]["grade"] == "operator", "the weakest of the vouchers"
    assert frozen.evidence["R-L2-2025-10"].paper == "a" * 64
    assert len(frozen.evidence["R-L2-2025-10"].source.split(",")) == 2


def _twin(session: Session, world: World, paid: int) -> m.RentPayment:
    """Operator A has recorded July of operator B's room too, as it writes addresses and codes."""
    site = f.site(session, world.a, name="托管楼", address="上海市虹桥示范区东湖路８８号")
    lease = f.lease(session, world.old, [f.space(session, site, code="b301")], starts_on=date(2025, 7, 1))
    return f.rent(session, lease, "2025-07", paid)


def test_two_operators_recording_the_same_room_and_month(session: Session, world: World) -> None:
    before = freeze(session, world.new)
    payment = _twin(session, world, 200_000)
    frozen = freeze(session, world.new)
    july = [row for row in frozen.case["dossier"]["rent"] if row["month"] == "2025-07"]
    assert [row["paid_fen"] for row in july] == [200_000], "the same rent, counted once"
    source = frozen.evidence[july[0]["line"]]
    assert source.natural_key == before.evidence["R-L2-2025-07"].natural_key
    assert source.operator_id == world.b.id, "the applicant's own record has it"
    payment.paid_fen = 150_000
    frozen = freeze(session, world.new)
    july = [row for row in frozen.case["dossier"]["rent"] if row["month"] == "2025-07"]
    assert [row["paid_fen"] for row in july] == [None], "they differ, so it is not known"
    # Whoever applies, the key is the same.
    with asking(session, world.applicant(world.old)):
        other = freeze(session, world.old)
    assert {s.natural_key for s in other.evidence.values()} == {s.natural_key for s in frozen.evidence.values()}


def test_two_employers_in_a_month_are_two_rows_and_one_line_to_spend(session: Session, world: World) -> None:
    person = f.person(session, world.new, name="吴双", number=f.id_number(5))
    f.employment(session, person, "2025-08", employer_uscc=f.uscc(900), filing_uscc=None)
    f.employment(session, person, "2025-08")
    frozen = freeze(session, world.new)
    rows = [row for row in frozen.case["dossier"]["employment"] if row["month"] == "2025-08"]
    ref = rows[0]["person"]
    assert [row["line"] for row in rows] == [f"E-{ref}-2025-08", f"E-{ref}-2025-08-2"]
    assert rows[0]["employer_uscc"] == world.new.uscc, "the applicant's own row has the plain name"
    assert len({frozen.evidence[row["line"]].natural_key for row in rows}) == 1


def test_a_month_that_two_operators_hold_of_one_person_is_one_row(session: Session, world: World) -> None:
    """Operator A's tenancy has July from the roster, operator B's from the authority: the better one counts."""
    old = f.person(session, world.old, name="林青禾", number=f.id_number(1))
    f.employment(session, old, "2025-07", grade=m.Grade.APPLICANT, filing_uscc=None)
    frozen = freeze(session, world.new)
    rows = [row for row in frozen.case["dossier"]["employment"] if row["line"] == "E-P1-2025-07"]
    assert [(row["grade"], row["filing_uscc"]) for row in rows] == [("government", world.new.uscc)]


def test_which_rows_are_taken(session: Session, world: World) -> None:
    f.rent(session, world.lease, "2026-03", 1)  # after the period
    draft = f.lease(session, world.new, status=m.LeaseStatus.DRAFT)
    f.rent(session, draft, "2025-08", 9)
    person = f.person(session, world.new, number=f.id_number(6))
    f.employment(session, person, "2024-05")  # before the period, but counted "in all up to the application"
    f.employment(session, person, "2026-04")  # after the application
    f_stage = m.StageMove(
        operator_id=world.b.id, tenant_id=world.new.id, stage=m.Stage.ACCELERATOR, from_on=date(2026, 4, 1)
    )
    session.add(f_stage)
    dossier = freeze(session, world.new).case["dossier"]
    assert {row["month"] for row in dossier["rent"]} == {f"2025-{n:02d}" for n in range(3, 10)}
    assert len(dossier["leases"]) == 2
    assert {row["month"] for row in dossier["employment"]} == {"2024-05", "2025-05", "2025-07"}
    assert [row["stage"] for row in dossier["stages"]] == ["incubator"]


def test_nothing_on_record_is_not_known(session: Session, world: World) -> None:
    bare = f.tenant(session, world.a, name="白纸有限公司")
    dossier = freeze(session, bare).case["dossier"]
    assert [dossier[k] for k in ("founders", "leases", "rent", "employment")] == [None] * 4
    assert dossier["awards"] == []


def test_awards_anywhere_in_the_district(session: Session, world: World) -> None:
    award(session, world.old, letter="虹人社〔2026〕12号")
    revoked = award(session, world.old)
    revoked.revoked_at = revoked.approved_at
    f.founder(session, world.old, name="林青禾", number=f.id_number(1))
    with asking(session, world.applicant()):
        rows = freeze(session, world.new).case["dossier"]["awards"]
    assert rows == [
        {
            "policy": "rent_subsidy", "award": "虹人社〔2026〕12号", "period": {"from": "2025-03", "to": "2026-02"},
            "amount_fen": 280_000, "founders": ["P1"],
        }
    ]  # fmt: skip


def test_who_may_freeze(session: Session, world: World) -> None:
    stranger = f.tenant(session, world.b, name="旁人有限公司")
    with asking(session, world.applicant(stranger)), pytest.raises(NotFound):
        freeze(session, world.new)
    elsewhere = Asker(Reach.DISTRICT, name="officer", district_id=f.district(session, name="外区").id)
    with asking(session, elsewhere), pytest.raises(NotFound):
        freeze(session, world.new)
    with asking(session, world.staff(world.b)), pytest.raises(Forbidden):
        freeze(session, world.new)
    with asking(session, world.officer):
        assert freeze(session, world.new).case["dossier"]["rent"]


def test_freezing_leaves_nothing_foreign_in_the_session(session: Session, engine: Engine, world: World) -> None:
    with Session(engine, info={"asker": world.applicant()}) as mine:
        tenant = mine.get_one(m.Tenant, world.new.id)
        freeze(mine, tenant)
        assert all(getattr(row, "tenant_id", world.new.id) == world.new.id for row in mine.identity_map.values())
        assert mine.get(m.Tenant, world.old.id) is None


def test_a_team_without_a_licence_is_told(session: Session, world: World) -> None:
    team = m.Tenant(operator_id=world.a.id, name="拾光团队", kind=m.TenantKind.TEAM, stage=m.Stage.NURSERY)
    session.add(team)
    session.flush()
    with pytest.raises(Invalid, match="统一社会信用代码"):
        freeze(session, team)


def test_records_that_make_no_case_are_named(session: Session, world: World) -> None:
    world.founder.household = "上海"
    with pytest.raises(Invalid, match=r"dossier\.founders\[0\]\.household"):
        freeze(session, world.new)


def test_an_operator_counts_and_sees_no_more(session: Session, world: World) -> None:
    with asking(session, world.staff(world.b)):
        counts = dossiers.counts_for_operator(session, world.new, ["2025-05", "2025-07", "2025-08"])
        with pytest.raises(NotFound):
            dossiers.counts_for_operator(session, world.old, ["2025-05"])
    assert counts == {"2025-05": 0, "2025-07": 2, "2025-08": 0}


def test_provenance_names_every_source(session: Session, world: World) -> None:
    frozen = freeze(session, world.new)
    rows = dossiers.provenance(frozen)
    by = {(row.label, row.ref): row for row in rows}
    paid = by["rent.paid_fen", "R-L1-2025-03"]
    assert (paid.value, str(paid.source), paid.grade) == (100_000, "运营机构租金台账 2025-03", m.Grade.OPERATOR)
    insured = by["employment.household", "E-P1-2025-07"]
    assert (insured.value, str(insured.source)) == ("district", "社保缴费记录 2025-07")
    assert by["company.registered_on", None].value == "2024-03-01"
    assert {row.label for row in rows} <= set(dossiers.LABELS)


def test_freezing_twice_is_freezing_once(session: Session, world: World) -> None:
    assert freeze(session, world.new) == freeze(session, world.new)
    assert freeze(session, world.new).case["applied_on"] == APPLIED.isoformat()
