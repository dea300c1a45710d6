"""活动: from a draft to held, who comes and who waits, and what the checklist of a site counts.

acts      draft, publish, cancel, hold
seats     register, withdraw, move up, attendance
figures   events held within a year, and who came
"""

from core.services.events.acts import Facts, add, call_off, edit, hold, publish
from core.services.events.figures import Held, held_at
from core.services.events.seats import attend, register, seated, withdraw

__all__ = [
    "Facts",
    "Held",
    "add",
    "attend",
    "call_off",
    "edit",
    "held_at",
    "hold",
    "publish",
    "register",
    "seated",
    "withdraw",
]
