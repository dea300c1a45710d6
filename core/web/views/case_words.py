"""What acts on a case and their reasons are called for this reader."""

from __future__ import annotations

from flask_babel import gettext as _

from core.policy import Card
from core.services import reasons
from core.web.templating import bilingual

# Moves whose reasons the applicant reads, and how they look.
TOLD = {
    **dict.fromkeys(("return", "hand_back"), "warning"),
    **dict.fromkeys(("not_admit", "turn_away", "refuse", "decline", "dismiss_appeal", "revoke"), "danger"),
    **dict.fromkeys(("uphold_appeal", "drop_revocation"), "success"),
    "propose_revocation": "warning",
    **dict.fromkeys(("appeal", "statement"), "neutral"),  # the applicant's own words
}
# What is between the applicant and the authority: operators read that it happened, not what was said.
BETWEEN = frozenset({"appeal", "statement", "propose_revocation"})
# Moves that end something for the applicant, or take something away.
DANGER = frozenset({"not_admit", "refuse", "withdraw", "turn_away", "decline", "dismiss_appeal", "revoke"})


def reason_word(card: Card, code: str) -> str:
    """A reason in the reader's language: one of the lists, or the check that failed."""
    label = reasons.check_label(card, code)
    if label is not None:
        return _("未满足：%(check)s", check=bilingual(label))
    return _(reasons.REASONS[code]) if code in reasons.REASONS else code
