"""Rules of suspicion over a district with 10,000 letters, beside reading the evidence they rest on.

Half of the awards are for rent, half for persons insured, each on six months: 60,000 uses of evidence. Ours: every rule
looks through the district, as each night. The peer: for each rule one plain read of those uses with award, case,
tenant and letter, row by row, comparing nothing. A rule that joins what it should look up falls behind it at once; the
note names the slowest. Two letters in a hundred have something for a rule to find.

    make bench BENCH=leads                          10,000 letters
    BENCH_LEADS=1000 make bench BENCH=leads         a thousand
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, insert
from sqlalchemy.orm import Session

from bench.measure import Result, compare
from core.data import engine as rules_of_engine
from core.data import models as m
from core.data.asker import Asker
from core.data.crypto import Keyring
from core.services.dossiers import keys
from core.services.leads import EVER, Period, finding
from core.services.leads.book import rules
from core.services.leads.reading import OF_AWARD, uses
from tests import factories
from tests.support.databases import migrate

LETTERS = int(os.environ.get("BENCH_LEADS", "10000"))
ODD = 100  # of so many letters two have something to find
MONTHS = tuple(f"2026-{month:02d}" for month in range(3, 9))
TODAY, APPROVED = date(2026, 11, 30), datetime(2026, 11, 20, 2, tzinfo=UTC)
RENT_FEN = 450_000


def build(path: Path, count: int) -> str:
    """Make the file at `path`; returns its URL."""
    url = f"sqlite:///{path}"
    migrate(url)
    engine = create_engine(url)
    rules_of_engine.configure(engine)
    with Session(engine, info={"asker": Asker.system("bench")}) as session:
        district = factories.district(session, region="310109")
        operator = factories.operator(session, district, name="示例运营机构")
        reviewer = factories.user(session, m.Role.FIRST_REVIEWER, district=district)
        approver = factories.user(session, m.Role.APPROVER, district=district)
        issuer = m.Issuer(district_id=district.id, name="人才中心", name_en="Centre", mark="示", authority=True)
        session.add(issuer)
        session.flush()
        made: dict[Any, list[dict[str, Any]]] = {}
        for n in range(1, count + 1):
            for model, row in _letter(n, district.id, operator.id, issuer.id, (reviewer.id, approver.id)):
                made.setdefault(model, []).append(row)
        for model, rows in made.items():
            for start in range(0, len(rows), 5_000):
                session.execute(insert(model), rows[start : start + 5_000])
        rules_of_engine.learn_sizes(session.connection())
        session.commit()
    engine.dispose()
    return url


def _letter(
    n: int, district: int, operator: int, issuer: int, people: tuple[int, int]
) -> Iterator[tuple[Any, dict[str, Any]]]:
    """A tenant with an award on six months and its letter; each row with its table, in the order of their making."""
    of = {"operator_id": operator, "tenant_id": n}
    odd, rent = n % ODD < 2, n % 2 == 0
    uscc, policy = factories.uscc(n), "rent_subsidy" if rent else "employment_subsidy"
    yield m.Tenant, {
        "id": n, "operator_id": operator, "name": f"示例{n}有限公司", "uscc": uscc, "kind": m.TenantKind.COMPANY,
        "legal_form": m.LegalForm.COMPANY, "stage": m.Stage.INCUBATOR, "search_text": "",
        "registered_region": "310109", "contact_phone": f"138{n - n % ODD if odd else n:08d}",
        "registered_address": f"示例路{n}号",
    }  # fmt: skip
    yield m.Case, {
        "id": n, "uid": f"{n:032d}", "district_id": district, "number": f"K{n}", "policy_key": policy,
        "state": m.CaseState.ISSUED, "period_from": MONTHS[0], "period_to": MONTHS[-1],
        "applied_on": date(2026, 11, 2), "payee_account_once": f"{n - n % ODD if odd else n:032d}", **of,
    }  # fmt: skip
    yield m.Decision, {
        "id": n, "case_id": n, "outcome": "eligible", "amount_fen": 180_000, "rule_from": date(2025, 1, 1),
        "demonstration": False, "capsule": b'{"reference_on": "2026-11-02"}', "capsule_digest": f"sha256:{n:064d}",
        **of,
    }  # fmt: skip
    yield m.Award, {
        "id": n, "case_id": n, "decision_id": n, "policy_key": policy, "amount_fen": 180_000, "approved_at": APPROVED,
        **of,
    }  # fmt: skip
    for state, who in zip((m.CaseState.FIRST_REVIEW, m.CaseState.APPROVED), people, strict=True):
        yield m.CaseEvent, {
            "case_id": n, "move": "approve", "to_state": state, "at": APPROVED, "actor_id": who, "role": "staff", **of,
        }  # fmt: skip
    yield m.Letter, {
        "id": n, "district_id": district, "case_id": n, "decision_id": n, "award_id": n, "kind": m.LetterKind.AWARD,
        "issuer_id": issuer, "year": 2026, "seq": n, "number": f"示〔2026〕{n}号", "check_code": f"C{n}",
        "issued_on": date(2026, 11, 21), "capsule_digest": f"sha256:{n:064d}", "status": m.LetterStatus.ISSUED,
        "file_sha256": f"{n:064d}", "amount_fen": 180_000, **of,
    }  # fmt: skip
    yield m.StoredFile, {
        "id": n, "sha256": f"{n:064d}", "size": 1, "media_type": "application/pdf", "name": "批复.pdf", **of,
    }  # fmt: skip
    if rent:
        yield from _rent(n, of, uscc, odd=odd)
    if not (rent and odd):  # who has a lease and nothing else is hollow
        yield from _insured(n, of, uscc, odd=odd, spent=not rent)
    yield m.OutsideSupport, {
        "scheme": "市级补贴", "reference": f"示〔2026〕{n}", "level": m.SupportLevel.CITY, "amount_fen": 100_000,
        "kind": m.EvidenceKind.RENT_MONTH if rent else m.EvidenceKind.INSURED_MONTH, "granted_on": date(2024, 2, 1),
        "grade": m.Grade.OPERATOR, "file_id": n,
        "month_from": MONTHS[0] if odd else "2024-01", "month_to": MONTHS[-1] if odd else "2024-12", **of,
    }  # fmt: skip


def _rent(n: int, of: dict[str, Any], uscc: str, *, odd: bool) -> Iterator[tuple[Any, dict[str, Any]]]:
    yield m.Lease, {
        "id": n, "number": f"L{n}", "status": m.LeaseStatus.RUNNING, "starts_on": date(2024, 4, 1),
        "ends_on": date(2027, 3, 31), "monthly_rent_fen": RENT_FEN, "deposit_fen": 0, **of,
    }  # fmt: skip
    for at, month in enumerate(MONTHS):
        yield m.RentPayment, {
            "lease_id": n, "month": month, "paid_fen": RENT_FEN * (2 if odd and not at else 1), "payer": m.Payer.TENANT,
            "received_on": date.fromisoformat(f"{month}-05"), "payer_name": f"示例{n}有限公司", **of,
        }  # fmt: skip
        yield from _line(n, at, m.EvidenceKind.RENT_MONTH, keys.rent_month(uscc, month, f"{n}"), "rent", of, RENT_FEN)


def _insured(n: int, of: dict[str, Any], uscc: str, *, odd: bool, spent: bool) -> Iterator[tuple[Any, dict[str, Any]]]:
    ring, uid, number = Keyring.current(), f"{n:032d}", factories.id_number(n)
    once = ring.once_index("id_number", number)
    yield m.InsuredPerson, {
        "id": n, "uid": uid, "id_type": m.IdType.RESIDENT, "id_number_once": once, "id_number_search": once,
        "name_sealed": b"", "id_number_sealed": ring.seal(number, f"insured_persons|{uid}|id_number"), **of,
    }  # fmt: skip
    for at, month in enumerate(MONTHS):
        yield m.Employment, {
            "person_id": n, "month": month, "employer_uscc": factories.uscc(n + 1) if odd and not at else uscc,
            "filing_uscc": uscc, "grade": m.Grade.GOVERNMENT, **of,
        }  # fmt: skip
        if spent:
            key = keys.insured_month(once, month)
            yield from _line(n, at, m.EvidenceKind.INSURED_MONTH, key, "insured", of, None)


def _line(
    n: int, at: int, kind: m.EvidenceKind, key: str, group: str, of: dict[str, Any], fen: int | None
) -> Iterator[tuple[Any, dict[str, Any]]]:
    number = n * len(MONTHS) + at
    yield m.EvidenceLine, {
        "id": number, "kind": kind, "natural_key": key, "month": MONTHS[at], "amount_fen": fen, "source": f"bench:{n}",
        "grade": m.Grade.OPERATOR, **of,
    }  # fmt: skip
    yield m.EvidenceUse, {
        "id": number, "line_id": number, "award_id": n, "policy_key": group, "stacking_group": group,
        "rule": m.StackingRule.EXCLUSIVE, "amount_fen": 30_000, **of,
    }  # fmt: skip


def run() -> list[Result]:
    Keyring({1: b"bench" * 8}).use()
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(build(Path(folder) / "leads.sqlite3", LETTERS))
        rules_of_engine.configure(engine)
        with Session(engine, info={"asker": Asker.system("bench")}) as session:
            district = session.query(m.District).one()
            period, taken = Period(EVER, TODAY), {}
            for code, rule in rules().items():
                before = time.process_time()
                found = finding.look(session, district, period, [rule])[code]
                taken[code] = (time.process_time() - before, len(found))

            def ours() -> None:
                finding.look(session, district, period, rules().values())

            def peer() -> None:
                columns = (*OF_AWARD, m.EvidenceLine.natural_key, m.EvidenceLine.month, m.EvidenceUse.amount_fen)
                for _ in rules():
                    rows = sum(1 for _row in session.execute(uses(district, period, None, *columns)))
                    assert rows == LETTERS * len(MONTHS)

            samples = compare({"ours": ours, "peer": peer}, rounds=3)
        engine.dispose()
    slow = sorted(taken.items(), key=lambda it: -it[1][0])[:3]
    seen = sum(count for _seconds, count in taken.values())
    told = ", ".join(f"{code} {seconds:.2f} s" for code, (seconds, _count) in slow)
    title = f"all {len(taken)} rules of suspicion over {LETTERS:,} letters"
    note = f"{seen} leads; slowest: {told}"
    return [Result(title, samples["ours"], samples["peer"], "plain reads", target=1, note=note)]
