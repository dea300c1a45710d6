"""What experts are told: a case was given to them to be scored."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from core.data.models import Case, CasePanel, Role
from core.policy import Registry
from core.services.notices.telling import Telling, To, tell

EXPERTS = frozenset({Role.EXPERT})


def of_panel(session: Session, registry: Registry, case: Case, panel: CasePanel, experts: Iterable[int]) -> None:
    """Each of `experts` is told that it is their turn, and until when."""
    title = registry.card(case.policy_key).title
    params = {"case": case.number, "policy": {"zh": title.zh, "en": title.en}, "due": panel.due_on.isoformat()}
    for user_id in experts:
        to = To(EXPERTS, district_id=case.district_id, only=user_id)
        tell(session, Telling("panel_turn", to, case.id, f"panel:{panel.id}", params, tenant_id=case.tenant_id))
