"""通知: telling people what they are to do and to know, in the application and by mail (docs/notices.md).

    notices.of_move(session, registry, case, event)         what a move tells, at its end
    notices.of_deadline(session, registry, case, Limit.NEAR)

What is told is written in the transaction of what it tells of; its mail is a job's (`core.jobs.noticing`).
"""

from __future__ import annotations

from core.services.notices.cases import (
    Limit,
    of_day,
    of_deadline,
    of_failed_letter,
    of_failed_paper,
    of_funded,
    of_letter,
    of_move,
    of_paper,
)
from core.services.notices.experts import of_panel
from core.services.notices.house import (
    of_draft,
    of_draft_returned,
    of_event_called_off,
    of_failing_policy,
    of_pairing,
    of_run,
    of_seat,
    of_tax_invoice,
)
from core.services.notices.log import of_checkpoint
from core.services.notices.telling import Telling, To, tell

__all__ = [
    "Limit",
    "Telling",
    "To",
    "of_checkpoint",
    "of_day",
    "of_deadline",
    "of_draft",
    "of_draft_returned",
    "of_event_called_off",
    "of_failed_letter",
    "of_failed_paper",
    "of_failing_policy",
    "of_funded",
    "of_letter",
    "of_move",
    "of_pairing",
    "of_panel",
    "of_paper",
    "of_run",
    "of_seat",
    "of_tax_invoice",
    "tell",
]
