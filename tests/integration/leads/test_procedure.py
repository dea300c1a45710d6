"""Rules about the procedure. What the database refuses is written with its guard taken away: an auditor does not trust
it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import text

from core.data import models as m
from tests.integration.leads.conftest import APPROVED, House


def _notice(house: House, award: m.Award, ends_on: date) -> m.PublicationEntry:
    notice = m.Publication(
        district_id=house.district.id, code=f"N{award.id}", policy_key=award.policy_key, opened_on=date(2026, 11, 9),
        ends_on=ends_on, shown={}, digest="sha256:0", made_at=APPROVED - timedelta(days=9),
    )  # fmt: skip
    house.session.add(notice)
    house.session.flush()
    entry = m.PublicationEntry(district_id=house.district.id, publication_id=notice.id, case_id=award.case_id, place=1)
    house.session.add(entry)
    house.session.flush()
    return entry


def test_approved_before_the_notice_was_over(house: House) -> None:
    award = house.award(house.tenant())
    entry = _notice(house, award, date(2026, 11, 19))  # the day before the approval
    assert house.sees("approved_early") == []
    notice = house.session.get_one(m.Publication, entry.publication_id)
    notice.ends_on = date(2026, 11, 20)  # its last day is the day of the approval
    (found,) = house.sees("approved_early")
    assert found.facts["ends_on"] == found.facts["approved_on"] == "2026-11-20"
    assert found.facts["user_ids"] == (house.approver.id,)
    entry.ended_early_on = date(2026, 11, 12)  # taken out after an objection
    assert house.sees("approved_early") == []


def test_a_notice_after_the_letter_is_not_meant(house: House) -> None:
    award = house.award(house.tenant())
    entry = _notice(house, award, date(2026, 12, 4))
    house.session.get_one(m.Publication, entry.publication_id).made_at = APPROVED + timedelta(days=1)
    assert house.sees("approved_early") == []


def test_who_reviewed_approved_as_well(house: House) -> None:
    house.award(house.tenant())
    assert house.sees("same_person") == []
    award = house.award(house.tenant(), reviewer=house.approver)
    (found,) = house.sees("same_person")
    assert (found.case, found.facts) == (award.case_id, {"user_ids": [house.approver.id]})


def test_the_database_refuses_one_account_and_the_rule_looks_all_the_same(house: House) -> None:
    award = house.award(house.tenant())
    if house.session.get_bind().dialect.name == "sqlite":
        house.session.execute(text("pragma ignore_check_constraints = on"))
    else:
        house.session.execute(text("alter table cases drop constraint ck_cases_preparer_is_not_approver"))
    values = {"who": house.approver.id, "case": award.case_id}
    house.session.execute(
        text("update cases set prepared_by_id = :who, approved_by_id = :who where id = :case"), values
    )
    (found,) = house.sees("same_person")
    assert found.facts["user_ids"] == sorted({house.first.id, house.approver.id})
    if house.session.get_bind().dialect.name == "sqlite":
        house.session.execute(text("pragma ignore_check_constraints = off"))


def test_one_person_under_two_accounts(house: House) -> None:
    award = house.award(house.tenant())
    for user, once in ((house.first, "one"), (house.approver, "two")):
        row = m.UserIdentity(user_id=user.id, id_type=m.IdType.RESIDENT, id_number_once=once)
        row.id_number = "x"
        house.session.add(row)
    assert house.sees("same_person") == []
    house.session.query(m.UserIdentity).update({"id_number_once": "one"})
    (found,) = house.sees("same_person")
    assert found.case == award.case_id
    assert found.facts["user_ids"] == sorted((house.first.id, house.approver.id))


@pytest.mark.parametrize(
    ("numbers", "last", "missing"),
    [
        ((1, 2, 3), 3, []),
        ((1, 3), 3, [(2, 2)]),
        ((3, 4, 7), 7, [(1, 2), (5, 6)]),
        ((1, 2), 4, [(3, 4)]),  # the counter gave out two more
    ],
)
def test_numbers_left_out(house: House, numbers: tuple[int, ...], last: int, missing: list[tuple[int, int]]) -> None:
    for seq in numbers:
        award = house.award(house.tenant(), letter=False)
        house.letter(award, seq)
    house.session.add(m.LetterCounter(issuer_id=house.issuer.id, year=2026, last=last))
    found = house.sees("number_gaps")
    assert [(it.facts["first_missing"], it.facts["last_missing"]) for it in found] == missing
    assert all(it.letters for it in found)


def test_a_void_letter_keeps_its_number(house: House) -> None:
    tenant = house.tenant()
    house.letter(house.award(tenant, letter=False), 1, status=m.LetterStatus.VOID)
    house.letter(house.award(tenant, letter=False), 2)
    assert house.sees("number_gaps") == []


def test_rules_that_were_not_in_force(house: House) -> None:
    house.award(house.tenant())
    house.award(house.tenant(), rule_from=date(2026, 11, 2), policy="startup_grant")  # from the very day on
    assert house.sees("rule_not_in_force") == []
    late = house.award(house.tenant(), rule_from=date(2026, 11, 3))
    (found,) = house.sees("rule_not_in_force")
    assert (found.case, found.facts["rule_on"], found.facts["newer_on"]) == (late.case_id, "2026-11-03", "2025-01-01")
    newer = house.award(house.tenant(), rule_from=date(2026, 1, 1))
    seen = {it.case: it.facts for it in house.sees("rule_not_in_force")}
    assert newer.case_id not in seen
    assert len(seen) == 2  # the first was decided by a version that had been replaced
    assert {it["newer_on"] for it in seen.values()} == {"2026-01-01"}


def test_the_day_that_counts_is_the_capsules(house: House) -> None:
    award = house.award(house.tenant(), rule_from=date(2026, 11, 3))
    decision = house.session.get_one(m.Decision, award.decision_id)
    other = house.award(house.tenant(), rule_from=None)
    # Decisions never change; this one is written anew.
    house.session.expunge(decision)
    assert {it.case for it in house.sees("rule_not_in_force")} == {award.case_id, other.case_id}
