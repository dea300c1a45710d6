"""A list from outside for the worlds of the access matrix: one that counts, and one that nobody confirmed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

from sqlalchemy.orm import Session

import core
from core.data import models as m
from core.data.types import utcnow

NAMES = ("outside_list",)


def rows(session: Session, auditor: m.User, district: m.District, mark: str) -> dict[str, Any]:
    """By the parameter that a route calls each by, without `_id`; every text carries `mark`."""
    today = core.today().date()
    made = m.OutsideList(
        district_id=district.id, kind=m.OutsideKind.UNEMPLOYMENT, given_by=f"{mark}社保中心", document=f"{mark}1号",
        basis=f"{mark}法", data_on=today, keep_until=today + timedelta(days=30), file_mark="0" * 32, row_count=1,
        imported_by_id=auditor.id, confirmed_at=utcnow(),
    )  # fmt: skip
    session.add(made)
    session.flush()
    session.add(
        m.OutsideRow(
            district_id=district.id, list_id=made.id, subject=m.OutsideSubject.PERSON, mark="0" * 32,
            month_from="2026-01", month_to="2026-01",
        )
    )  # fmt: skip
    session.flush()
    return {"outside_list": made}


def _form() -> dict[str, Any]:
    until = core.today().date() + timedelta(days=30)
    return {
        "kind": "retired", "given_by": "社保中心", "document": "1号", "basis": "法", "data_on": "2026-11-01",
        "keep_until": until.isoformat(),
        "file": (BytesIO("身份证号,退休日期\n31010919900101003X,2026-05-01".encode()), "a.csv"),
    }  # fmt: skip


# What a POST needs to be more than a bad request; a foreign one must be refused even so.
BODIES: dict[str, Callable[[Any], dict[str, Any]]] = {"outside_lists.preview": lambda w: _form()}
