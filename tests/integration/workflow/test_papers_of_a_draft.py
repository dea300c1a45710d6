"""Papers of an application: the same one twice is one, and whoever touches them holds the case first."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import func, select

from core.data import models as m
from core.services import cases, files
from tests.integration.conftest import Client
from tests.integration.workflow.conftest import Road
from tests.scenes import paper


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is locked, in order."""
    order: list[str] = []

    def watched(name: str, module: Any, function: str) -> None:
        real = getattr(module, function)
        monkeypatch.setattr(module, function, lambda *given: (order.append(name), real(*given))[1])

    watched("case", cases, "lock")
    watched("files", files, "lock_name")
    return order


def test_a_paper_sent_twice_is_attached_once_and_the_case_is_held_before_its_files(
    road: Road, client_as: Callable[..., Client], held: list[str]
) -> None:
    tenant = road.tenant()
    user = road.founder_of(tenant)
    case = road.empty_draft(tenant, user)
    founder = client_as(user)
    for _ in range(2):
        sent = {"file": [(BytesIO(paper()), "合同.pdf"), (BytesIO(paper()), "b.pdf")]}
        held.clear()
        assert founder.post(f"/cases/{case.id}/documents/lease", data=sent).status_code == 302
        assert held[0] == "case"
    (document,) = road.session.scalars(select(m.CaseDocument).where(m.CaseDocument.case_id == case.id))
    assert document.file.name == "合同.pdf"
    assert road.session.scalar(select(func.count()).select_from(m.StoredFile)) == 1
    held.clear()
    assert founder.post(f"/cases/{case.id}/documents/{document.id}/removal").status_code == 302
    assert held == ["case"]


def test_a_change_of_the_account_holds_the_case_before_its_files(
    road: Road, client_as: Callable[..., Client], held: list[str]
) -> None:
    case = road.until(m.CaseState.APPROVED)
    founder = client_as(road.founder_of(case.tenant))
    held.clear()
    sent = {
        "payee_name": case.tenant.name, "payee_bank": "示例银行", "payee_bank_code": "102290000001",
        "payee_account": "6222020000001111", "reason": "原账户已销户", "file": (BytesIO(paper()), "开户证明.pdf"),
    }  # fmt: skip
    answer = founder.post(f"/cases/{case.id}/payee/change", data=sent)
    assert answer.status_code == 302, answer.text
    assert held[0] == "case"
    assert "files" in held
