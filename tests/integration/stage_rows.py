"""What a tenant's record of stages holds, for the worlds that must not see each other."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from core.data import models as m
from core.services.files import put
from tests.scenes import paper

DECIDED = {"decider": "王芳", "duty": "孵化部经理", "decider_2": "李强", "duty_2": "总经理", "reason": "更正"}
BODIES: dict[str, Any] = {
    "stages.move": lambda w: DECIDED | {"to": "exited", "on": "2026-11-02", "titles": "纪要", "step": "confirm"},
    "stages.correct": lambda w: DECIDED | {"stage-0": "incubator", "on-0": "2024-05-01", "act": "correct"},
    "readiness.set_own": lambda w: {"value": "8", "from_on": "2030-01-01", "source": "办公会"},
}


def evidence(session: Session, files: Path, tenant: m.Tenant, mark: str) -> m.StoredFile:
    """A paper that a decision about the tenant stands on."""
    body = paper() + mark.encode()
    file = m.StoredFile(
        operator_id=tenant.operator_id, tenant_id=tenant.id, sha256=put(files, body), size=len(body),
        media_type="application/pdf", name=f"{mark}纪要.pdf",
    )  # fmt: skip
    session.add(file)
    session.flush()
    session.add(
        m.StageDecision(
            operator_id=tenant.operator_id, tenant_id=tenant.id, kind=m.StageDecisionKind.ENTRY,
            to_stage=m.Stage.INCUBATOR, moved_on=date(2024, 4, 1),
            deciders=[{"name": f"{mark}经理", "duty": "经理"}], evidence=[{"title": f"{mark}纪要", "file_id": file.id}],
            checks=[], effects=[], before=[], after=[{"stage": "incubator", "from": "2024-04-01", "to": None}],
        )
    )  # fmt: skip
    session.add(
        m.StageParameter(
            operator_id=tenant.operator_id, name="accelerator_staff", value="9", from_on=date(2026, 1, 1),
            source=f"{mark}办公会",
        )
    )  # fmt: skip
    session.flush()
    return file
