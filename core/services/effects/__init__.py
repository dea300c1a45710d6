"""What each move writes beside the act itself: one function for a move of the table, in its transaction."""

from __future__ import annotations

from core.services.effects import deciding, paying
from core.services.effects.made import Effect, Follow, Made

__all__ = ["EFFECTS", "FOLLOWS", "Made"]

EFFECTS: dict[str, Effect] = {
    "submit": deciding.submit,
    "withdraw": deciding.withdraw,
    "accept": deciding.accept,
    "return": deciding.mark_returned,
    "refresh": deciding.refresh,
    "first_pass": deciding.first_pass,
    "first_refuse": deciding.first,
    "second_pass": deciding.second,
    "send_back": deciding.back,
    "uphold_objection": deciding.uphold_objection,
    "publish": deciding.publish,
    "announce": deciding.announce,
    "object": deciding.register_objection,
    "dismiss_objection": deciding.dismiss_objection,
    "approve": deciding.approve,
    "refuse": deciding.refuse,
    "pay": paying.pay,
    "uphold_appeal": deciding.uphold_appeal,
    "propose_revocation": paying.propose_revocation,
    "revoke": paying.revoke,
    "payment_returned": paying.payment_returned,
    "returned_while_revoking": paying.returned_while_revoking,
    "returned_after_revocation": paying.returned_after_revocation,
    "recover": paying.recover,
    "admit": deciding.accept,
    "hand_back": deciding.mark_returned,
    "place": deciding.place,
    "decline": deciding.decline,
}

# What was paid of a revoked award is to be had back.
FOLLOWS: dict[str, Follow] = {"revoke": Follow("recover", paying.was_paid)}
