"""A district with an award of a year's rent subsidy, its auditor, and files as other authorities send them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

import core
from core.config import Settings
from core.data import models as m
from core.services import jobs
from tests import factories as f
from tests.scenes import Scene

SAID = {
    "given_by": "示例区社保中心",
    "document": "示社函〔2026〕12号",
    "basis": "审计法第三十七条",
    "data_on": "2026-11-01",
}


@pytest.fixture(autouse=True)
def _noted(app: Flask) -> Iterator[None]:
    before = jobs.bind(jobs.Recorder())
    yield
    jobs.bind(before)


@pytest.fixture
def scene(app: Flask, session: Session, settings: Settings) -> Scene:
    with app.app_context():
        return Scene(session, app.extensions["registry"], settings.files)


@pytest.fixture
def case(scene: Scene) -> m.Case:
    """Approved, for 2025-11 to 2026-10; its tenant insures its founder and one other person."""
    made = scene.until(m.CaseState.APPROVED, scene.tenant("青禾科技有限公司", heads=2))
    scene.session.commit()
    return made


@pytest.fixture
def auditor(scene: Scene, client_as: Callable[..., Any]) -> Any:
    return client_as(scene.staff["auditor"])


def numbers(session: Session, case: m.Case) -> tuple[str, str]:
    """The identity numbers of the founder and of the other insured person."""
    founder = session.query(m.Founder).filter_by(tenant_id=case.tenant_id).one().id_number
    others = [it.id_number for it in session.query(m.InsuredPerson).filter_by(tenant_id=case.tenant_id)]
    return founder, next(it for it in others if it != founder)


def csv(*rows: str) -> bytes:
    return "\n".join(rows).encode()


def send(client: Any, kind: str, body: bytes, *, name: str = "张三的名单.csv", **changed: str) -> Any:
    """Upload a list to be kept for sixty days."""
    until = core.today().date() + timedelta(days=60)
    data = {**SAID, "kind": kind, "keep_until": until.isoformat(), **changed, "file": (BytesIO(body), name)}
    return client.post("/outside-lists/import", data=data)


def take(session: Session, client: Any, kind: str, body: bytes, **changed: str) -> m.OutsideList:
    """Upload and confirm."""
    answer = send(client, kind, body, **changed)
    assert answer.status_code == 200, answer.text
    made = session.query(m.OutsideList).order_by(m.OutsideList.id.desc()).first()
    assert made is not None
    assert client.post(f"/outside-lists/{made.id}/confirmation").status_code == 302
    session.refresh(made)
    return made


def stranger() -> str:
    """Somebody who is at no tenant."""
    return f.id_number()
