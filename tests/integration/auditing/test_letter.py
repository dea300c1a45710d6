"""One letter: each figure leads to its clause and its evidence, each line to its record and its paper as it is now."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from core.config import ROOT
from core.data import models as m
from core.services import files
from core.web.views import letter_acts
from tests.integration.auditing.conftest import VOUCHERS, Who
from tests.integration.conftest import Client
from tests.scenes import Scene, months

pytestmark = pytest.mark.one_engine

RECORDED = re.compile(r"record\(\s*\w+,\s*\"(letter\.\w+)\"")


@pytest.fixture
def letter(scene: Scene, issued: Callable[..., m.Letter]) -> m.Letter:
    return issued(scene, heads=2)


def test_every_link_in_the_page_leads_somewhere(auditor: Client, letter: m.Letter) -> None:
    page = auditor.get(f"/letters/{letter.id}").text
    ids = re.findall(r'\bid="([^"]+)"', page)
    led = set(re.findall(r'href="#([^"]+)"', page))
    assert led - set(ids) == set()
    assert len([name for name in ids if name.startswith(("e-", "line-", "check-", "parameter-"))]) == len(
        {name for name in ids if name.startswith(("e-", "line-", "check-", "parameter-"))}
    )
    assert {f"e-R-L1-{month}" for month in months()} <= set(ids)
    assert {f"e-E-P{n}-{month}" for n in (1, 2) for month in months()} <= set(ids)
    _from_a_figure_to_the_paper(auditor, page)
    _a_clause_and_its_parameter(page)
    _the_acts_and_what_they_were_bound_to(page)


def _from_a_figure_to_the_paper(auditor: Client, page: str) -> None:
    figure = re.search(r'id="line-1".*?<td class="num amount"><a href="#([^"]+)">3,000.00</a>', page, re.DOTALL)
    assert figure
    group = re.search(rf'<section[^>]*id="{figure[1]}">.*?</section>', page, re.DOTALL)
    assert group
    assert "共6,000.00元" in group[0]
    assert "第1行" in group[0]
    assert "第2行" in group[0]  # rent stands behind both heads together
    row = re.search(r'<tr id="e-R-L1-2025-11".*?</tr>', group[0], re.DOTALL)
    assert row
    assert "4,500.00" in row[0]  # what the record says
    assert "500.00" in row[0]  # what was used of it
    assert "运营机构" in row[0]
    assert "与现在的记录一致" in row[0]
    record, paper = re.findall(r'href="([^"#]+)"', row[0])
    assert auditor.get(record).status_code == 200
    assert VOUCHERS in auditor.get(paper).text
    with auditor.get(f"{paper}/pages/2") as page_2:
        assert page_2.content_type == "image/webp"
    assert auditor.get(f"{paper}/pages/3").status_code == 404
    with auditor.get(f"{paper}/file") as file:
        assert file.data.startswith(b"%PDF")
        assert "attachment" in file.headers["Content-Disposition"]


def _a_clause_and_its_parameter(page: str) -> None:
    why = re.search(r'id="why-line-1".*?</tr>', page, re.DOTALL)
    assert why
    assert 'href="#parameter-cap_per_head_year_fen"' in why[0]
    row = re.search(r'id="parameter-cap_per_head_year_fen".*?</tr>', page, re.DOTALL)
    assert row
    assert "3,000.00" in row[0]
    assert "演示值" in row[0]
    assert "2023-01-01起" in row[0]


def test_what_is_not_in_the_page_is_not_led_to(auditor: Client, session: Session, letter: m.Letter) -> None:
    """A void letter is not verified; one whose evidence is all another award's says so under 凭据; one without any
    has no such place."""

    def page() -> tuple[str, set[str]]:
        shown = auditor.get(f"/letters/{letter.id}").text
        led = set(re.findall(r'href="#([^"]+)"', shown))
        assert led - set(re.findall(r'\bid="([^"]+)"', shown)) == set()
        return shown, led

    assert {"proof", "evidence"} <= page()[1]
    whole = json.loads(letter.decision.capsule)
    rest = {"uses": [], "lines": [], "evidence": []}
    capsules = {
        "elsewhere": {**whole, **rest, "excluded": [{"line": "R-L1-2025-11", "award": "HC-2025-9"}]},
        "none": {**whole, **rest, "excluded": []},
    }
    void(session, letter)
    assert "proof" not in page()[1]
    sealed(session, letter, capsules["elsewhere"])
    shown, led = page()
    assert "evidence" in led
    assert "已由其他核定占用" in shown
    assert "核对过、未占用" not in shown
    sealed(session, letter, capsules["none"])
    assert "evidence" not in page()[1]


def void(session: Session, letter: m.Letter) -> None:
    session.execute(update(m.Letter).where(m.Letter.id == letter.id).values(status=m.LetterStatus.VOID))
    session.commit()


def sealed(session: Session, letter: m.Letter, capsule: dict[str, Any]) -> None:
    """Put another capsule in place of the decided one, past the triggers."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("DROP TRIGGER IF EXISTS decisions_no_update"))
    else:
        session.execute(text("ALTER TABLE decisions DISABLE TRIGGER USER"))
    kept = update(m.Decision).where(m.Decision.id == letter.decision_id).values(capsule=json.dumps(capsule).encode())
    session.execute(kept)
    session.commit()


def test_the_trail_of_a_letter_is_in_words_and_without_looks(auditor: Client, letter: m.Letter) -> None:
    at = f"/letters/{letter.id}"
    auditor.get(at)
    acts = re.search(r'<ol class="acts-list">.*?</ol>', auditor.get(at).text, re.DOTALL)
    assert acts
    assert "read.letter" not in acts[0]
    assert "letter." not in acts[0]
    assert "签章并发出" in acts[0]


def test_a_paper_that_was_altered(scene: Scene, session: Session, auditor: Client, letter: m.Letter) -> None:
    def said() -> str:
        found = re.search(r'<tr id="e-R-L1-2025-11".*?</tr>', auditor.get(f"/letters/{letter.id}").text, re.DOTALL)
        assert found
        return found[0]

    payment = session.scalars(select(m.RentPayment).where(m.RentPayment.tenant_id == letter.tenant_id)).first()
    path = files.path_of(scene.files, payment.paper_sha256)
    assert ">一致<" in said()
    path.chmod(0o600)
    whole = path.read_bytes()
    path.write_bytes(whole + b"%")
    assert ">不一致<" in said()
    path.unlink()
    assert ">文件缺失<" in said()
    path.write_bytes(whole)
    assert ">一致<" in said()
    # a hash alone: nobody handed the paper in
    session.execute(m.StoredFile.__table__.delete().where(m.StoredFile.sha256 == payment.paper_sha256))
    path.unlink()
    session.commit()
    assert ">未存纸质件<" in said()
    _a_record_that_was_changed_since(session, auditor, letter)


def _a_record_that_was_changed_since(session: Session, auditor: Client, letter: m.Letter) -> None:
    payment = session.scalars(
        select(m.RentPayment).where(m.RentPayment.tenant_id == letter.tenant_id, m.RentPayment.month == "2025-12")
    ).one()
    payment.paid_fen = 400_000
    session.commit()
    row = re.search(r'<tr id="e-R-L1-2025-12".*?</tr>', auditor.get(f"/letters/{letter.id}").text, re.DOTALL)
    assert row
    assert "现在的记录已不同" in row[0]
    assert "现为4,000.00元" in row[0]
    session.delete(payment)
    session.commit()
    row = re.search(r'<tr id="e-R-L1-2025-12".*?</tr>', auditor.get(f"/letters/{letter.id}").text, re.DOTALL)
    assert row
    assert "记录已不在" in row[0]


def _the_acts_and_what_they_were_bound_to(page: str) -> None:
    acts = re.search(r'<ol class="acts-list">.*?</ol>', page, re.DOTALL)
    assert acts
    approved = next(item for item in acts[0].split("<li>") if "<b>批准" in item)
    assert "审批" in approved
    assert "approver员" in approved
    assert "已写入决定包" in approved
    assert "与决定一致" in approved
    issued = next(item for item in acts[0].split("<li>") if "<b>发出通知书" in item)
    assert "已写入决定包" not in issued  # it came after the decision


def test_the_pages_of_the_letter_and_what_the_applicant_reads(
    auditor: Client, scene: Scene, letter: m.Letter, client_as: Who
) -> None:
    address = f"/letters/{letter.id}/pages"
    assert f'src="{address}/1?width=900"' in auditor.get(f"/letters/{letter.id}").text
    with auditor.get(f"{address}/1") as page:
        assert page.content_type == "image/webp"
        assert page.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert auditor.get(f"{address}/99").status_code == 404
    assert client_as(scene.manager).get(f"{address}/1").status_code == 403
    # the applicant reads its letter without the records behind it
    founder = client_as(scene.founder_of(letter.tenant))
    with founder.get(f"{address}/1") as own:
        assert own.status_code == 200
    text = founder.get(f"/letters/{letter.id}").text
    assert 'id="line-1"' in text
    assert 'id="e-R-L1-2025-11"' not in text
    assert set(re.findall(r'href="#([^"]+)"', text)) - set(re.findall(r'\bid="([^"]+)"', text)) == set()
    file = letter.case.documents[0].file_id
    assert founder.get(f"/letters/{letter.id}/papers/{file}").status_code == 403


def test_who_is_tied_leaves_it_to_another_auditor(
    scene: Scene, session: Session, auditor: Client, client_as: Callable[..., Client], letter: m.Letter
) -> None:
    """A desk's tie can be waived; an auditor's cannot."""
    for name in ("auditor", "second"):
        session.add(
            m.DeclaredTie(
                district_id=letter.district_id, user_id=scene.staff[name].id, tenant_id=letter.tenant_id,
                relation=m.Relation.FAMILY, note="配偶为股东",
            )
        )  # fmt: skip
    session.commit()
    form = f'action="/cases/{letter.case_id}/waiver"'
    blocked = auditor.get(f"/cases/{letter.case_id}")
    assert blocked.status_code == 403
    assert "请交由另一位审计人员" in blocked.text
    assert form not in blocked.text
    at_letter = auditor.get(f"/letters/{letter.id}")
    assert at_letter.status_code == 403
    assert "另一位审计人员查看" in at_letter.text
    assert "申请豁免" not in at_letter.text
    assert form in client_as(scene.staff["second"]).get(f"/cases/{letter.case_id}").text


def test_each_event_of_a_letter_has_a_word() -> None:
    written = {code for file in (ROOT / "core").rglob("*.py") for code in RECORDED.findall(file.read_text("utf-8"))}
    assert written - {"letter.fail"} <= {*letter_acts.EVENTS}  # that is of the decision
    assert len(written) > 4
