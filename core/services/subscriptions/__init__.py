"""订阅: what an operator pays for the service itself, and what it may do until when.

book        the plans, from plans.yaml, and whether this instance asks for subscriptions at all
standing    where a subscription stands on a day: pure
limits      what a plan has room for, asked wherever something is added
acts        trials, and what the platform's administrators set by hand
reminders   telling an operator that something ends
online      what Stripe says of a subscription it charges, and what that comes to
pages       asking Stripe for a page to subscribe, change or pay on
"""

from core.services.subscriptions.acts import (
    LIVE,
    ReadOnly,
    assign,
    begin_trials,
    now,
    pay,
    require_writable,
)
from core.services.subscriptions.book import Offer, Plan, bind, offered, read
from core.services.subscriptions.limits import Full, Use, above, plan_of, require_room, use, within
from core.services.subscriptions.standing import Cause, Standing, State, standing

__all__ = [
    "LIVE",
    "Cause",
    "Full",
    "Offer",
    "Plan",
    "ReadOnly",
    "Standing",
    "State",
    "Use",
    "above",
    "assign",
    "begin_trials",
    "bind",
    "now",
    "offered",
    "pay",
    "plan_of",
    "read",
    "require_room",
    "require_writable",
    "standing",
    "use",
    "within",
]
