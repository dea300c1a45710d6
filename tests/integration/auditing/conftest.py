"""A district with letters, their papers kept, and its auditor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.config import Settings
from core.data import models as m
from core.jobs import issuing
from core.letters.devca import ensure_dev_ca
from core.services import files
from tests.integration.conftest import Client
from tests.scenes import Scene, paper

Who = Callable[..., Client]
VOUCHERS = "租金支付凭证.pdf"


@pytest.fixture
def scene(app: Flask, session: Session, settings: Settings) -> Scene:
    ensure_dev_ca(settings.signing)
    with app.app_context():
        return Scene(session, app.extensions["registry"], settings.files)


@pytest.fixture
def issued(app: Flask) -> Callable[..., m.Letter]:
    """`issued(scene, heads=2)`: the letter of a new tenant whose rent has a voucher that was handed in."""

    def made(scene: Scene, **of_tenant: Any) -> m.Letter:
        session, tenant = scene.session, scene.tenant(**of_tenant)
        kept = files.accept(session, scene.files, tenant, files.check(VOUCHERS, paper(2)))
        for payment in session.scalars(select(m.RentPayment).where(m.RentPayment.tenant_id == tenant.id)):
            payment.paper_sha256 = kept.sha256
        case = scene.until(m.CaseState.APPROVED, tenant)
        decision = case.decisions[-1].id
        session.commit()
        return session.get_one(m.Letter, issuing.issue(app, decision))

    return made


@pytest.fixture
def auditor(scene: Scene, client_as: Who) -> Client:
    return client_as(scene.staff["auditor"])
