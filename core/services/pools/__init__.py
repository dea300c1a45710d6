"""资金池: what cases book on a year's budget, who waits for it, and how a budget is set up, changed and carried over.

What is left never goes below zero. Each booking is one conditional UPDATE, so that two clients cannot both take the
last yuan: the database decides, on both engines, and its constraints stand behind it.
"""

from core.services.pools.booking import (
    commit,
    committed_for,
    find,
    holds,
    paid_for,
    pay,
    pool_of,
    recover,
    release,
    reserve,
    reserved_for,
    take_back,
    uncommit,
    unrecover,
)
from core.services.pools.changes import Proposal, Shares, confirm, decline, of_year, propose, set_up, withdraw
from core.services.pools.waiting import Place, place_of

__all__ = [
    "Place",
    "Proposal",
    "Shares",
    "commit",
    "committed_for",
    "confirm",
    "decline",
    "find",
    "holds",
    "of_year",
    "paid_for",
    "pay",
    "place_of",
    "pool_of",
    "propose",
    "recover",
    "release",
    "reserve",
    "reserved_for",
    "set_up",
    "take_back",
    "uncommit",
    "unrecover",
    "withdraw",
]
