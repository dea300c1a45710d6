"""账单: what a lease asks for, month by month.

charges     what is due by the end of a month and not billed yet: pure, for preview and run alike
runs        asking for a monthly run, and making its bills in pieces that are safe to make again
bills       taking one back
payments    money that came in, and the rent it is
corrections making a bill less (贷项)
refunds     money that goes back; deposits returned or offset
journal     on which day payments went to lines
byhand      bills no calendar makes: opening balances, extras
numbering   numbers in a row
tax         tax groups and items of 发票: pure
income      income by tax group
invoices    发票 of bills: asked for, issued, taken back by red letters
"""

from core.services.billing.bills import void
from core.services.billing.byhand import Asked, ask_for
from core.services.billing.charges import Charge, Part, charges
from core.services.billing.corrections import beyond, credit, end_early, not_early, undo_credit
from core.services.billing.invoices import issue, red_letter, reject, request, withdraw
from core.services.billing.issued import Issued
from core.services.billing.payments import awards_on, record, settle
from core.services.billing.refunds import (
    deposit_held,
    offset_deposit,
    refund,
    return_deposit,
    reverse,
    undo_refund,
)
from core.services.billing.runs import RUN, ask, make_next, open_book, preview, report_failure, run_of, wait_again

__all__ = [
    "RUN",
    "Asked",
    "Charge",
    "Issued",
    "Part",
    "ask",
    "ask_for",
    "awards_on",
    "beyond",
    "charges",
    "credit",
    "deposit_held",
    "end_early",
    "issue",
    "make_next",
    "not_early",
    "offset_deposit",
    "open_book",
    "preview",
    "record",
    "red_letter",
    "refund",
    "reject",
    "report_failure",
    "request",
    "return_deposit",
    "reverse",
    "run_of",
    "settle",
    "undo_credit",
    "undo_refund",
    "void",
    "wait_again",
    "withdraw",
]
