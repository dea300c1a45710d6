"""通知书: what the auditor's list can be narrowed by, what it comes to, and whose letters are in it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from core.data import models as m
from core.data.types import utcnow
from tests import factories as f
from tests.integration.auditing.conftest import Who
from tests.integration.conftest import Client
from tests.scenes import Scene

pytestmark = pytest.mark.one_engine

Issued = Callable[..., m.Letter]


@pytest.fixture
def both(scene: Scene, issued: Issued) -> tuple[m.Letter, m.Letter]:
    """One of 3,000.00 and, at another operator and in January, one of 6,000.00 for two heads."""
    small = issued(scene)
    large = issued(scene, heads=2, operator=f.operator(scene.session, scene.district))
    large.issued_on = date(2026, 1, 15)
    scene.session.commit()
    return small, large


def listed(client: Client, **query: Any) -> set[str]:
    """The numbers on the page; the file has the same."""
    page = client.get("/letters", query_string=query)
    assert page.status_code == 200
    shown = set(re.findall(r"示人才〔2026〕\d+号", page.text))
    file = client.get("/letters/export", query_string=query | {"format": "csv"})
    rows = list(csv.reader(io.StringIO(file.get_data(as_text=True).lstrip("\ufeff"))))
    assert {row[0] for row in rows[1:]} == shown
    return shown


def test_each_filter(scene: Scene, auditor: Client, both: tuple[m.Letter, m.Letter]) -> None:
    small, large = (letter.number for letter in both)
    operator = both[1].operator_id
    staff = {name: user.id for name, user in scene.staff.items()}
    for query, wanted in (
        ({}, {small, large}),
        ({"kind": "award"}, {small, large}),
        ({"kind": "refusal"}, set()),
        ({"policy": "rent_subsidy"}, {small, large}),
        ({"operator": operator}, {large}),
        ({"operator": "999999"}, {small, large}),  # no such choice: as an old address
        ({"handler": staff["first"]}, {small, large}),
        ({"approver": staff["approver"]}, {small, large}),
        ({"amount_from": "3000.01"}, {large}),
        ({"amount_from": "3,000"}, {small, large}),
        ({"amount_to": "3000.00"}, {small}),
        ({"amount_from": "3000.01", "amount_to": "5999.99"}, set()),
        ({"issued_from": "2026-01-16"}, {small}),
        ({"issued_to": "2026-01-15"}, {large}),
        ({"q": both[1].tenant.name}, {large}),
        ({"status": "issued"}, {small, large}),
        ({"status": "void"}, set()),
    ):
        assert listed(auditor, **query) == wanted, query

    _choices_of_persons(scene, auditor)
    _what_cannot_be_read_is_said(auditor, both)
    _the_auditor_begins_here(auditor, both)


def _choices_of_persons(scene: Scene, auditor: Client) -> None:
    """Who prepared is not who approved."""
    page = auditor.get("/letters").text
    choices = {
        name: re.search(rf'<select[^>]*name="{name}".*?</select>', page, re.DOTALL) for name in ("handler", "approver")
    }
    assert choices["handler"]
    assert choices["approver"]
    assert f'value="{scene.staff["approver"].id}"' not in choices["handler"][0]
    assert f'value="{scene.staff["first"].id}"' not in choices["approver"][0]


def _what_cannot_be_read_is_said(auditor: Client, both: tuple[m.Letter, m.Letter]) -> None:
    page = auditor.get("/letters?amount_from=3000.015&issued_to=2026-02-30").text
    assert "看不懂“3000.015”" in page
    assert "看不懂“2026-02-30”" in page
    assert all(letter.number in page for letter in both)


def _the_auditor_begins_here(auditor: Client, both: tuple[m.Letter, m.Letter]) -> None:
    assert auditor.get("/").location.endswith("/letters")
    page = auditor.get("/letters").text
    assert "2份，核定9,000.00元" in page
    link = re.search(r'href="([^"]*status=issued[^"]*)"', page)
    assert link
    assert all(letter.number in auditor.get(link[1].replace("&amp;", "&")).text for letter in both)


def test_states_and_sums(scene: Scene, session: Session, auditor: Client, both: tuple[m.Letter, m.Letter]) -> None:
    small, large = both
    assert "合计2份，9,000.00元" in auditor.get("/letters").text
    assert "合计1份，6,000.00元" in auditor.get("/letters?amount_from=3000.01").text
    session.get_one(m.Award, small.award_id).revoked_at = utcnow()
    session.commit()
    assert listed(auditor, status="revoked") == {small.number}
    assert listed(auditor, status="issued") == {large.number}
    recovery = m.Recovery(
        operator_id=small.operator_id, tenant_id=small.tenant_id, district_id=small.district_id, number="ZH1",
        case_id=small.case_id, award_id=small.award_id, cause=m.RecoveryCause.REVOKED, fact="awards:1",
        state=m.RecoveryState.DECIDED, paid_fen=300_000, owed_fen=300_000, lines=[],
        proposed_by_id=scene.staff["first"].id, decided_by_id=scene.staff["approver"].id,
    )  # fmt: skip
    session.add(recovery)
    session.commit()
    assert listed(auditor, status="recovering") == {small.number}
    recovery.state, recovery.closed_at = m.RecoveryState.SETTLED, utcnow()
    session.commit()
    assert listed(auditor, status="recovered") == {small.number}
    large.status = m.LetterStatus.VOID
    session.commit()
    assert listed(auditor, status="void") == {large.number}
    assert listed(auditor, status="issued") == set()
    page = auditor.get("/letters").text
    assert "合计2份，3,000.00元" in page  # a void one is listed; another says its decision
    assert "2份，核定3,000.00元" in page  # the line of the year


def test_another_district_is_not_seen(session: Session, scene: Scene, issued: Issued, auditor: Client) -> None:
    mine = issued(scene)
    other = Scene(session, scene.registry, scene.files, name="别区", region="310110")
    issuer = session.scalars(select(m.Issuer).where(m.Issuer.district_id == other.district.id)).one()
    issuer.mark = "别人才"
    theirs = issued(other)
    assert listed(auditor) == {mine.number}
    assert theirs.number not in auditor.get(f"/letters?operator={theirs.operator_id}").text
    for address in ("", "/pages/1", f"/papers/{theirs.case.documents[0].file_id}", "/capsule"):
        assert auditor.get(f"/letters/{theirs.id}{address}").status_code == 404
    own_file = mine.case.documents[0].file_id
    theirs_file = theirs.case.documents[0].file_id
    assert auditor.get(f"/letters/{mine.id}/papers/{own_file}").status_code == 200
    assert auditor.get(f"/letters/{mine.id}/papers/{theirs_file}").status_code == 404


def number_of(session: Session, letter: m.Letter, nth: int) -> str:
    """Of the nth insured person of a letter's tenant."""
    rows = select(m.InsuredPerson).where(m.InsuredPerson.tenant_id == letter.tenant_id).order_by(m.InsuredPerson.id)
    return session.scalars(rows).all()[nth].id_number


def test_a_person_is_found_by_the_blind_index(
    session: Session, scene: Scene, client_as: Who, auditor: Client, both: tuple[m.Letter, m.Letter]
) -> None:
    number = number_of(session, both[1], 1)

    def ask(client: Client, number: str) -> TestResponse:
        return client.post("/letters/person", data={"id_type": "resident", "id_number": number})

    def asked() -> list[m.AuditEvent]:
        return list(session.scalars(select(m.AuditEvent).where(m.AuditEvent.action == "letters.by_person")))

    # a number that cannot be right is refused, and nothing was asked
    refused = ask(auditor, "310109199001011234")
    assert refused.status_code == 422
    assert "校验码不符" in refused.text
    assert asked() == []

    answer = ask(auditor, number)
    assert answer.status_code == 302
    index = answer.location.rpartition("person=")[2]
    assert re.fullmatch(r"[0-9a-f]{32}", index)
    assert listed(auditor, person=index) == {both[1].number}
    assert "已按证件号码查找" in auditor.get(answer.location).text
    assert [event.detail for event in asked()] == [{"person": index, "letters": 1}]
    assert not [e for e in session.scalars(select(m.AuditEvent)) if number in str(e.detail)]
    assert listed(auditor, person=ask(auditor, f.id_number()).location.rpartition("=")[2]) == set()

    # it is the auditor's alone: others are refused, and the address narrows nothing for them
    other = client_as(scene.staff["first"])
    assert ask(other, number).status_code == 403
    assert "按参保人的证件号码查找" not in other.get("/letters").text
    assert listed(other, person=index) == {letter.number for letter in both}

    # months that an award spent lead to it, too, whatever became of the frozen facts
    letter = both[1]
    letter.case.facts = letter.case.facts | {"evidence": {}}
    session.commit()
    assert listed(auditor, person=index) == set()
    spent = select(m.EvidenceLine).join(m.EvidenceUse).where(m.EvidenceUse.award_id == letter.award_id)
    line = session.scalars(spent).first()
    assert line
    line.natural_key = f"insured:{index}:2026-01"
    session.commit()
    assert listed(auditor, person=index) == {letter.number}


@pytest.mark.parametrize("database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
@pytest.mark.parametrize("collation", ["C", "und-x-icu", "zh-Hans-CN-x-icu"])
def test_a_person_is_found_in_whatever_order_texts_are(
    session: Session, issued: Issued, scene: Scene, auditor: Client, collation: str
) -> None:
    """Other places sort ";" before ":"."""
    order = f'ALTER TABLE evidence_lines ALTER COLUMN natural_key TYPE varchar(160) COLLATE "{collation}"'
    session.execute(text(order))
    letter = issued(scene)
    letter.case.facts = letter.case.facts | {"evidence": {}}
    spent = select(m.EvidenceLine).join(m.EvidenceUse).where(m.EvidenceUse.award_id == letter.award_id)
    line = session.scalars(spent).first()
    assert line
    index = "5f" * 15 + "50"
    line.natural_key = f"insured:{index}:2026-01"
    session.commit()
    assert listed(auditor, person=index) == {letter.number}
    for other in ("5f" * 15 + "51", "5f" * 15 + "4f"):
        assert listed(auditor, person=other) == set()
