"""账单: what a lease asks for, month by month.

charges     what is due by the end of a month and not billed yet: pure, for preview and run alike
runs        asking for a monthly run, and making its bills in pieces that are safe to make again
bills       taking one back
"""

from core.services.billing.bills import void
from core.services.billing.charges import Charge, Part, charges
from core.services.billing.payments import awards_on, record, reverse, settle
from core.services.billing.runs import RUN, ask, make_next, open_book, preview, report_failure, run_of, wait_again

__all__ = [
    "RUN",
    "Charge",
    "Part",
    "ask",
    "awards_on",
    "charges",
    "make_next",
    "open_book",
    "preview",
    "record",
    "report_failure",
    "reverse",
    "run_of",
    "settle",
    "void",
    "wait_again",
]
