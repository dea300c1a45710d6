"""A package with its files and a filing outside, for the worlds of the access matrix."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from core.data import models as m
from core.data.types import utcnow
from core.services import files
from tests.scenes import paper

NAMES = ("package", "filing")


def rows(session: Session, root: Path, case: m.Case, mark: str) -> dict[str, Any]:
    """By the parameter that a route calls each by, without `_id`; every text carries `mark`."""
    scope = {"operator_id": case.operator_id, "tenant_id": case.tenant_id}
    body = paper()
    sha = files.put(root, body)
    package = m.Package(
        case_id=case.id, audience=m.Audience.DISTRICT, state=m.PackageState.DONE, ended_at=utcnow(), pages=1,
        expires_on=date(2099, 1, 1),
        rows=[{
            "number": 1, "key": "lease", "zh": f"{mark}租约", "en": f"{mark}lease", "required": True, "origin": "case",
            "status": "present", "unreadable": [], "pages": 1, "first": 1,
        }],
        files=[m.PackageFile(sha256=sha, size=len(body), media_type=kind, name=f"{mark}材料", **scope)
               for kind in ("application/pdf", "application/zip")],
        **scope,
    )  # fmt: skip
    scan = m.StoredFile(sha256=sha, size=len(body), media_type="application/pdf", name=f"{mark}回执.pdf", **scope)
    filing = m.OutsideFiling(
        case_id=case.id, counter=f"{mark}就业促进中心", channel=m.FilingChannel.COUNTER, reference=f"{mark}回执号",
        filed_on=date(2026, 11, 3), result=m.FilingResult.APPROVED, result_on=date(2026, 11, 10), amount_fen=100,
        note=f"{mark}说明", file=scan, **scope,
    )  # fmt: skip
    session.add_all([package, filing])
    session.flush()
    return {"package": package, "filing": filing}


_FILING = {"counter": "就业促进中心", "channel": "counter", "filed_on": "2026-11-03"}
BODIES: dict[str, Any] = {
    "filings.record": lambda w: _FILING,
    "filings.change": lambda w: _FILING,
    "filings.as_support": lambda w: {"scheme": "市级房租补贴", "level": "city", "kind": "rent_month"},
}
