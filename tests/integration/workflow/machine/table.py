"""Who may do what, from where, and what it needs: written down from docs/workflow.md by hand, so that it can disagree
with `core.services.workflow`, which nothing here reads."""

from __future__ import annotations

from typing import NamedTuple


class Way(NamedTuple):
    """A move: from which states, to which ("" = back to where it came from), whose, with which needs."""

    sources: frozenset[str]
    target: str
    roles: frozenset[str]
    needs: frozenset[str]


def _way(sources: str, target: str, roles: str, needs: str = "") -> Way:
    return Way(frozenset(sources.split()), target, frozenset(roles.split()), frozenset(needs.split()))


STARTUP, BOTH = "founder tenant_member", "second_reviewer approver"
# The policy gives its notice before the decision: what `on_road` asks of a move is here in the states it leads from.
WAYS: dict[str, Way] = {
    "submit": _way("draft returned", "submitted", STARTUP),
    "withdraw": _way(
        "draft submitted returned accepted first_review second_review published", "withdrawn", STARTUP, "confirmed"
    ),
    "accept": _way("submitted", "accepted", "window"),
    "return": _way("submitted", "returned", "window", "reasons first_return"),
    "not_admit": _way("submitted", "not_admitted", "window", "reasons confirmed"),
    "refresh": _way("accepted", "accepted", "first_reviewer", "opinion"),
    "first_pass": _way("accepted", "first_review", "first_reviewer", "desks eligible"),
    "first_refuse": _way("accepted", "first_review", "first_reviewer", "opinion not_eligible"),
    "send_back": _way("first_review second_review", "accepted", BOTH, "opinion"),
    "second_pass": _way("first_review", "second_review", "second_reviewer", "other_person unchanged eligible"),
    "refuse": _way("first_review", "refused", "second_reviewer", "confirmed other_person unchanged not_eligible"),
    "publish": _way("second_review", "published", "second_reviewer", "unchanged"),
    "object": _way("published", "objected", "window second_reviewer", "not_on_its_way opinion"),
    "dismiss_objection": _way("objected", "", "second_reviewer", "opinion"),
    "uphold_objection": _way("objected", "accepted", "second_reviewer", "opinion"),
    "approve": _way(
        "second_review published", "approved", "approver",
        "confirmed other_person publication_over unobjected unchanged funded payee_verified eligible",
    ),
    "issue": _way("approved", "issued", ""),
    "pay": _way("issued", "paid", "payer", "confirmed other_person publication_over unobjected"),
    "payment_returned": _way("paid closed", "issued", "payer", "confirmed other_person"),
    "returned_while_revoking": _way("revoking", "revoking", "payer", "confirmed other_person"),
    "returned_after_revocation": _way("recovery", "revoked", "payer", "confirmed other_person"),
    "close": _way("paid", "closed", "window payer"),
    "appeal": _way("not_admitted refused", "appealed", "founder", "confirmed opinion appealable"),
    "uphold_appeal": _way("appealed", "accepted", BOTH, "confirmed opinion uninvolved"),
    "dismiss_appeal": _way("appealed", "", BOTH, "confirmed opinion uninvolved"),
    "propose_revocation": _way("issued paid closed", "revoking", "second_reviewer", "not_on_its_way reasons opinion"),
    "statement": _way("revoking", "revoking", STARTUP, "opinion"),
    "revoke": _way("revoking", "revoked", "approver", "confirmed opinion not_proposer not_on_its_way heard"),
    "drop_revocation": _way("revoking", "", BOTH, "opinion"),
    "recover": _way("revoked", "recovery", ""),
}  # fmt: skip

# Moves of the standard preset that this model does not make: what ends a recovery is in its file (tests of recovery),
# and a notice after the decision is another policy's (tests of publications).
ELSEWHERE = frozenset({"announce", "recovered"})

RULED = frozenset({"eligible", "not_eligible", "unchanged"})  # needs for which the rules are run
COMES_BACK = {
    "paid": "payment_returned", "closed": "payment_returned", "revoking": "returned_while_revoking",
    "recovery": "returned_after_revocation",
}  # fmt: skip
BY_BATCH = frozenset({"pay", *COMES_BACK.values()})  # refused to whoever comes without a batch
REASONS = {
    "return": "missing_document", "not_admit": "not_subject", "first_refuse": "untrue", "refuse": "untrue",
    "propose_revocation": "false_statement",
}  # fmt: skip

ENDED = frozenset({"not_admitted", "closed", "refused", "withdrawn", "revoked"})
# An application in one of these states keeps its months from another of the tenant.
CLAIMING = frozenset({
    "draft", "submitted", "returned", "accepted", "first_review", "second_review", "published", "objected", "approved",
    "issued", "appealed",
})  # fmt: skip
JUDGING = frozenset({"not_admit", "first_pass", "first_refuse", "second_pass", "refuse", "approve"})
PROPOSING = frozenset({"first_pass", "first_refuse", "propose_revocation"})
# The policy's: working days of a state, of a notice, for an appeal and for a hearing; and its desks.
LIMITS = {
    "submitted": 5, "returned": 15, "accepted": 15, "first_review": 10, "second_review": 5, "published": 10,
    "objected": 15, "approved": 5, "issued": 15, "appealed": 15, "revoking": 10,
}  # fmt: skip
NOTICE, APPEAL, HEARING = 5, 10, 5
DECIDING = 5  # on a revocation, from the end of the hearing or from what was stated: the policy says nothing else
DESKS = ("insurance", "premises")
# docs/clocks.md: whose desk a state waits at.
AT = {
    "submitted": "window", "accepted": "first_reviewer", "first_review": "second_reviewer",
    "second_review": "second_reviewer", "published": "approver", "objected": "second_reviewer", "issued": "payer",
    "paid": "payer", "appealed": "second_reviewer", "revoking": "approver",
}  # fmt: skip
# Where an account is changed by three people; before a decision the review is bound to the new one.
CHANGEABLE = frozenset({
    "accepted", "first_review", "second_review", "published", "objected", "approved", "issued",
})  # fmt: skip
CHECKABLE = ["submitted", "accepted", "first_review", "second_review", "published", "objected", "approved", "issued"]
