"""What the page of keys shows: what signs now, what waits for a second person, what signed before."""

from __future__ import annotations

from typing import Any

from flask import g
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from core import SHANGHAI
from core.config import Settings
from core.data.models import KeyPurpose, KeyState, SigningKey
from core.errors import Invalid
from core.letters.stamping import host_of
from core.services.keys import material, reading
from core.services.keys.material import Material
from core.services.keys.reading import Standing
from core.services.rights import KEY_CONFIRMERS, KEY_PROPOSERS
from core.web.forms.keys import PURPOSES, ProposalForm, RetirementForm, WithdrawalForm

STATES: dict[KeyState, tuple[Any, str]] = {
    KeyState.PROPOSED: (_("待确认"), "info"),
    KeyState.IN_USE: (_("在用"), "success"),
    KeyState.REPLACED: (_("已更换"), "neutral"),
    KeyState.WITHDRAWN: (_("已撤回"), "neutral"),
    KeyState.LOST: (_("遗失"), "danger"),
    KeyState.COMPROMISED: (_("泄露"), "danger"),
}
RETURNED = (_("被退回"), "neutral")  # by the second person; who proposed it takes it back
_USED = (KeyState.IN_USE, KeyState.REPLACED, KeyState.LOST, KeyState.COMPROMISED)


def page(
    session: Session,
    settings: Settings,
    *,
    proposal: ProposalForm | None = None,
    withdrawal: WithdrawalForm | None = None,
    retirement: RetirementForm | None = None,
    retiring: int | None = None,
) -> dict[str, Any]:
    """Everything that `admin/keys.html` names."""
    standings = reading.standings(session, g.today)
    form = proposal or ProposalForm(formdata=None)
    known = frozenset((it.key.purpose.value, it.key.place) for it in standings if it.key.state != KeyState.WITHDRAWN)
    offered = form.offer(settings.signing, known)
    return {
        "purposes": [_purpose(session, settings, purpose, standings) for purpose in KeyPurpose],
        "waiting": [it for it in standings if it.key.state is KeyState.PROPOSED],
        "past": [it for it in standings if it.key.state not in (KeyState.PROPOSED, KeyState.IN_USE)],
        "words": PURPOSES,
        "states": STATES,
        "state_of": _state,
        "form": form,
        "offered": offered,
        "withdrawal": withdrawal or WithdrawalForm(formdata=None),
        "retirement": retirement or RetirementForm(formdata=None),
        "retiring": retiring,
        "retirable": [it for it in standings if it.key.state in _USED],
        "may_propose": g.asker.may(*KEY_PROPOSERS),
        "may_confirm": g.asker.may(*KEY_CONFIRMERS),
        "stamps": host_of(settings.tsa_url),
        "day": lambda at: at.astimezone(SHANGHAI).date(),
    }


def _state(key: SigningKey) -> tuple[Any, str]:
    returned = key.state is KeyState.WITHDRAWN and key.ended_by_id != key.proposed_by_id
    return RETURNED if returned else STATES[key.state]


def _purpose(session: Session, settings: Settings, purpose: KeyPurpose, standings: list[Standing]) -> dict[str, Any]:
    """What signs for a purpose: the key in use; else the file that is there, where none was written down; else none."""
    mine = [it for it in standings if it.key.purpose is purpose]
    used = next((it for it in mine if it.key.state is KeyState.IN_USE), None)
    gone = next((it for it in mine if it.key.state in reading.GONE), None) if used is None else None
    file: Material | None = None
    if used is None and gone is None:
        try:
            file = material.look(settings.signing, purpose, "")
        except Invalid:
            file = None
    return {"purpose": purpose, "title": PURPOSES[purpose], "used": used, "gone": gone, "file": file}
