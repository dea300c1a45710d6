"""催缴: asking for what is overdue, in three levels, each once a bill.

levels      which level a bill reaches: pure
due         whom to ask now, and what a letter says
acts        sending letters, holding a tenant, beginning anew, the operator's own rule
mailing     letters that wait to be mailed, for the job
"""

from core.services.dunning.acts import hold, lift, restart, rule_of, send, send_all, set_rule
from core.services.dunning.due import Due, Letter, Row, count, due, hold_of, holds, letter_of, letter_to
from core.services.dunning.levels import LEVELS, next_level
from core.services.dunning.mailing import MAIL, addresses, mark, to_dun, waiting

__all__ = [
    "LEVELS",
    "MAIL",
    "Due",
    "Letter",
    "Row",
    "addresses",
    "count",
    "due",
    "hold",
    "hold_of",
    "holds",
    "letter_of",
    "letter_to",
    "lift",
    "mark",
    "next_level",
    "restart",
    "rule_of",
    "send",
    "send_all",
    "set_rule",
    "to_dun",
    "waiting",
]
