"""The ledger: what is spent once is spent, by whom, and what frees it."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.data import models as m
from core.data.asker import Asker, asking
from core.data.types import utcnow
from core.errors import Conflict
from core.policy import Spent, Stacking
from core.services import evidence
from tests import factories as f
from tests.integration.evidence.races import active_uses, race, second_claims
from tests.integration.evidence.world import GROUP, World, award, freeze, give_letter, spend

EXCLUSIVE, CAPPED, STACKABLE = m.StackingRule.EXCLUSIVE, m.StackingRule.CAPPED, m.StackingRule.STACKABLE
MARCH = "R-L1-2025-03"


def _spent(session: Session, world: World, group: str = GROUP, rule: m.StackingRule = EXCLUSIVE) -> dict[str, Spent]:
    return evidence.spent(session, freeze(session, world.new).evidence, Stacking(group, rule))


def test_of_sixty_four_claims_by_two_policies_and_operators_one_is_granted(
    engine: Engine, session: Session, world: World
) -> None:
    results = second_claims(engine, session, world, 64)
    assert results.count("granted") == 1
    assert len(results) == 64
    assert all("核定使用" in r for r in results if r != "granted")
    uses = active_uses(session)
    assert len(uses) == 7
    assert len({use.award_id for use in uses}) == 1
    assert len(session.scalars(select(m.EvidenceLine)).all()) == 7
    assert len(session.scalars(select(m.Award)).all()) == 1, "the losers' awards went with their transactions"


def test_the_second_claim_reads_which_award_has_it(session: Session, world: World) -> None:
    """At another operator: the number and the month are named, nothing else of the award."""
    old = freeze(session, world.old)
    first = award(session, world.old, letter="虹人社〔2026〕12号")
    spend(session, first, old, {MARCH: 23_334})
    session.commit()
    with asking(session, world.officer), pytest.raises(Conflict) as refused:
        spend(session, award(session, world.new), freeze(session, world.new), {"R-L2-2025-07": 5, MARCH: 100})
    sentence = str(refused.value)
    assert sentence.startswith(f"2025年03月房租已由“虹人社〔2026〕12号”核定使用（凭据{MARCH}）")
    assert set(refused.value.values) == {"month", "award", "line"}
    for foreign in ("青禾", "甲", "23334", "233.34"):
        assert foreign not in sentence
    session.rollback()
    assert [use.award_id for use in active_uses(session)] == [first.id]


def test_an_award_without_a_letter_is_called_by_its_case(session: Session, world: World) -> None:
    first = award(session, world.old)
    spend(session, first, freeze(session, world.old), {MARCH: 1})
    number = session.get_one(m.Case, first.case_id).number
    assert _spent(session, world) == {MARCH: Spent(number)}
    with pytest.raises(Conflict, match=number):
        spend(session, award(session, world.new), freeze(session, world.new), {MARCH: 1})


def test_what_is_spent_is_known_before_the_rule_runs(session: Session, world: World) -> None:
    first = award(session, world.old)
    spend(session, first, freeze(session, world.old), {MARCH: 1, "R-L1-2025-04": 1, "R-L1-2025-05": 0})
    give_letter(session, first, "虹人社〔2026〕9号")
    with asking(session, world.applicant()):
        both = dict.fromkeys((MARCH, "R-L1-2025-04"), Spent("虹人社〔2026〕9号"))
        assert _spent(session, world) == both
        assert _spent(session, world, "another group") == {}
    frozen = freeze(session, world.new)
    stacking = Stacking(GROUP, EXCLUSIVE)
    found = evidence.spent(session, frozen.evidence, stacking, apart_from=first)
    assert found == {}, "an award does not stand in its own way"


def test_revoking_frees(session: Session, world: World) -> None:
    frozen = freeze(session, world.new)
    first = award(session, world.new)
    spend(session, first, frozen, {MARCH: 7, "R-L2-2025-07": 8})
    with asking(session, world.officer):
        first.revoked_at = utcnow()
        assert evidence.release(session, first) == 2
        assert evidence.release(session, first) == 0
    assert _spent(session, world) == {}
    spend(session, award(session, world.new), frozen, {MARCH: 9})
    assert [use.amount_fen for use in active_uses(session)] == [9]
    assert len(session.scalars(select(m.EvidenceUse)).all()) == 3, "what was used before stays on record"
    actions = session.scalars(select(m.AuditEvent.action).order_by(m.AuditEvent.id)).all()
    assert actions == ["evidence.spend", "evidence.release", "evidence.release", "evidence.spend"]


def test_the_line_is_the_districts(session: Session, world: World) -> None:
    """Whoever claims first, the line belongs to the tenancy where the rent was paid, and the second claim finds it."""
    spend(session, award(session, world.new), freeze(session, world.new), {MARCH: 1}, group="a")
    spend(session, award(session, world.old), freeze(session, world.old), {MARCH: 1}, group="b")
    line = session.scalars(select(m.EvidenceLine)).one()
    assert (line.tenant_id, line.operator_id) == (world.old.id, world.a.id)
    assert (line.amount_fen, line.month, line.kind) == (100_000, "2025-03", m.EvidenceKind.RENT_MONTH)
    payment = session.scalars(select(m.RentPayment).where(m.RentPayment.month == "2025-03")).one()
    assert line.source == f"rent_payments:{payment.id}"


def test_uses_up_to_a_cap(session: Session, world: World) -> None:
    frozen = freeze(session, world.new)
    spend(session, award(session, world.new), frozen, {MARCH: 60_000}, rule=CAPPED)
    number = session.get_one(m.Case, active_uses(session)[0].award.case_id).number
    assert _spent(session, world, rule=CAPPED) == {MARCH: Spent(number, 60_000)}, "there is something left"
    assert _spent(session, world) == {MARCH: Spent(number)}, "but not for a policy that does not share"
    assert _spent(session, world, rule=STACKABLE) == {}
    second = award(session, world.new)
    with pytest.raises(Conflict, match="2025年03月房租"):
        spend(session, second, frozen, {MARCH: 40_001}, rule=CAPPED)
    spend(session, second, frozen, {MARCH: 40_000}, rule=CAPPED)
    last = session.get_one(m.Case, session.get_one(m.Award, second.id).case_id).number
    assert _spent(session, world, rule=CAPPED) == {MARCH: Spent(f"{number}、{last}", 100_000)}


def test_what_has_no_amount_is_not_shared(session: Session, world: World) -> None:
    """An insured month is used whole, so a second policy that shares is told so before, and refused after."""
    frozen = freeze(session, world.new)
    spend(session, award(session, world.new, letter="虹人社〔2026〕4号"), frozen, {"E-P1-2025-07": 5}, rule=STACKABLE)
    assert _spent(session, world, rule=CAPPED) == {"E-P1-2025-07": Spent("虹人社〔2026〕4号")}
    with pytest.raises(Conflict):
        spend(session, award(session, world.new), frozen, {"E-P1-2025-07": 5}, rule=CAPPED)


def test_a_cap_holds_in_a_race(engine: Engine, session: Session, world: World) -> None:
    frozen = freeze(session, world.new)
    session.commit()

    def claim(number: int, own: Session) -> None:
        spend(own, award(own, world.new), frozen, {MARCH: 25_000}, rule=CAPPED)

    results = race(engine, world, 12, claim)
    assert results.count("granted") == 4
    assert sum(use.amount_fen for use in active_uses(session)) == 100_000


def test_stackable_uses_are_free_but_not_beside_an_exclusive_one(session: Session, world: World) -> None:
    frozen = freeze(session, world.new)
    for _ in range(3):
        spend(session, award(session, world.new), frozen, {MARCH: 100_000}, rule=STACKABLE)
    assert _spent(session, world, rule=STACKABLE) == {}
    assert set(_spent(session, world)) == {MARCH}
    with pytest.raises(Conflict):
        spend(session, award(session, world.new), frozen, {MARCH: 1}, rule=EXCLUSIVE)
    spend(session, award(session, world.new), frozen, {"R-L1-2025-04": 1}, rule=EXCLUSIVE)
    with pytest.raises(Conflict):
        spend(session, award(session, world.new), frozen, {"R-L1-2025-04": 1}, rule=STACKABLE)


def test_one_insured_month_is_spent_once_whichever_row_names_it(session: Session, world: World) -> None:
    """Two employers in one month are two rows of the case file, and one month of insurance."""
    person = f.person(session, world.new, name="吴双", number=f.id_number(5))
    f.employment(session, person, "2025-08")
    f.employment(session, person, "2025-08", employer_uscc=f.uscc(900))
    frozen = freeze(session, world.new)
    one, two = (row["line"] for row in frozen.case["dossier"]["employment"] if row["month"] == "2025-08")
    spend(session, award(session, world.new), frozen, {one: 500, two: 400}, group="insurance")
    assert [use.amount_fen for use in active_uses(session, "insurance")] == [900]
    assert set(_spent(session, world, "insurance")) == {one, two}
    with pytest.raises(Conflict, match="2025年08月的一条参保记录"):
        spend(session, award(session, world.new), frozen, {two: 1}, group="insurance")


def test_an_insured_month_at_another_company_is_the_same_month(session: Session, world: World) -> None:
    """The person moved to a company at another operator within the month: one subsidy, whoever claims it."""
    other = f.tenant(session, world.a, name="别家有限公司")
    f.employment(session, f.person(session, other, name="周小满", number=f.id_number(2)), "2025-07")
    mine, theirs = freeze(session, world.new), freeze(session, other)
    spend(session, award(session, world.new, letter="虹人社〔2026〕3号"), mine, {"E-P2-2025-07": 94_146}, group="i")
    found = evidence.spent(session, theirs.evidence, Stacking("i", EXCLUSIVE))
    assert found == {"E-P1-2025-07": Spent("虹人社〔2026〕3号")}


def test_a_line_in_use_only_grows(session: Session, world: World) -> None:
    spend(session, award(session, world.new), freeze(session, world.new), {"R-L2-2025-07": 200_000}, rule=CAPPED)
    late = f.rent(session, world.lease, "2025-07", 50_000, voucher="late")
    second = award(session, world.new)
    spend(session, second, freeze(session, world.new), {"R-L2-2025-07": 50_000}, rule=CAPPED)
    line = session.scalars(select(m.EvidenceLine), execution_options={"populate_existing": True}).one()
    assert line.amount_fen == 250_000
    late.paid_fen = 0
    spend(session, award(session, world.new), freeze(session, world.new), {"R-L2-2025-07": 1}, group="another")
    session.refresh(line)
    assert line.amount_fen == 250_000, "nothing is taken away from under an award"
    session.execute(m.EvidenceUse.__table__.update().values(released_at=utcnow()))
    spend(session, award(session, world.new), freeze(session, world.new), {"R-L2-2025-07": 1})
    session.refresh(line)
    assert line.amount_fen == 200_000, "free again, it says what the records say"


def test_many_vouchers_fit_the_line(session: Session, world: World) -> None:
    for n in range(40):
        f.rent(session, world.lease, "2025-10", 100, voucher=str(n))
    frozen = freeze(session, world.new)
    spend(session, award(session, world.new), frozen, {"R-L2-2025-10": 4_000})
    line = session.scalars(select(m.EvidenceLine)).one()
    assert len(line.source) == 80 or len(frozen.evidence["R-L2-2025-10"].source) <= 80
    assert len(frozen.evidence["R-L2-2025-10"].source.split(",")) == 40


@pytest.mark.parametrize("uses", [{"R-L9-2025-03": 1}, {MARCH: 100_001}, {MARCH: -1}])
def test_uses_that_no_rule_may_make(session: Session, world: World, uses: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="the award uses"):
        spend(session, award(session, world.new), freeze(session, world.new), uses)
    assert active_uses(session) == []


def test_the_database_refuses_whoever_writes(session: Session, world: World) -> None:
    """Past the service, too."""
    spend(session, award(session, world.new), freeze(session, world.new), {MARCH: 1})
    use = active_uses(session)[0]
    other = award(session, world.new)
    copy = {c.key: getattr(use, c.key) for c in m.EvidenceUse.__table__.columns if c.key not in ("id", "award_id")}
    session.add(m.EvidenceUse(**copy, award_id=other.id))
    with pytest.raises(IntegrityError):
        session.flush()
    session.rollback()


def test_refused_means_nothing_is_written(session: Session, world: World) -> None:
    spend(session, award(session, world.old), freeze(session, world.old), {MARCH: 1})
    session.commit()
    with pytest.raises(Conflict):
        spend(session, award(session, world.new), freeze(session, world.new), {"R-L2-2025-08": 2, MARCH: 1})
    # Even if the caller went on instead of rolling back, no half of the uses would be there.
    session.commit()
    assert [use.amount_fen for use in active_uses(session)] == [1]


def test_a_month_in_two_districts_is_one_line(engine: Engine, session: Session, world: World) -> None:
    """The company moved to another district in August; both are asked for July, and at one moment."""
    moved = f.tenant(session, f.operator(session, f.district(session)), name="青禾科技有限公司", uscc=world.new.uscc)
    f.employment(session, f.person(session, moved, name="周小满", number=f.id_number(2)), "2025-07")
    session.commit()
    here, there = freeze(session, world.new), freeze(session, moved)
    july = [line for line, it in here.evidence.items() if it.month == "2025-07" and it.kind == "insured_month"]
    [theirs] = there.evidence
    session.commit()
    assert there.evidence[theirs].natural_key in {here.evidence[line].natural_key for line in july}

    def claim(number: int, own: Session) -> None:
        tenant, frozen, lines = ((world.new, here, july), (moved, there, [theirs]))[number % 2]
        spend(own, award(own, tenant), frozen, dict.fromkeys(lines, 100), group="insured")

    results = race(engine, world, 16, claim, asker=Asker.system("two districts"))
    assert results.count("granted") == 1
    assert all("参保记录已由“RS2026-" in it for it in results if it != "granted")
    winner = {use.award_id for use in active_uses(session, "insured")}.pop()
    case = session.get_one(m.Case, session.get_one(m.Award, winner).case_id)
    found = evidence.spent(
        session, (there if case.tenant_id == world.new.id else here).evidence, Stacking("insured", EXCLUSIVE)
    )
    assert {it.award for it in found.values()} == {case.number}
