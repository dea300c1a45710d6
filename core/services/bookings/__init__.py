"""预订会议室: who may have which room when, and how much of it is free of charge.

hours     when a room is open, in which steps, how far ahead
quota     a tenant's free hours of a month, by what it leases
acts      book, move, cancel and restore; under a lock of the operator
"""

from core.services.bookings.acts import Slot, book, cancel, move, refuse_taken, restore
from core.services.bookings.hours import Hours, hours_of, set_hours
from core.services.bookings.quota import Allowance, allowance, rule_of, set_rule

__all__ = [
    "Allowance",
    "Hours",
    "Slot",
    "allowance",
    "book",
    "cancel",
    "hours_of",
    "move",
    "refuse_taken",
    "restore",
    "rule_of",
    "set_hours",
    "set_rule",
]
