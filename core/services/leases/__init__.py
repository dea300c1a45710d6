"""入驻协议: from a draft with its schedule to notice, renewal and end.

    letting     letting at once (an accepted enquiry), ending, who holds what; numbers and locks
    terms       what is agreed: units, days, rate, steps, rent-free days, deposit, fees
    way         draft → offer → signature → notice → end, and the renewal
    phases      where a lease stands on a day, in one word

What its rent is, is in `core.data.rent`.
"""

from core.services.leases.letting import end, holders, place, refuse_held, span
from core.services.leases.phases import Phase, phase
from core.services.leases.terms import Rise, Terms
from core.services.leases.way import (
    discard,
    draft,
    edit,
    give_notice,
    offer,
    preview,
    recall,
    renewal,
    sign,
    take_notice_back,
    unsign,
)

__all__ = [
    "Phase",
    "Rise",
    "Terms",
    "discard",
    "draft",
    "edit",
    "end",
    "give_notice",
    "holders",
    "offer",
    "phase",
    "place",
    "preview",
    "recall",
    "refuse_held",
    "renewal",
    "sign",
    "span",
    "take_notice_back",
    "unsign",
]
