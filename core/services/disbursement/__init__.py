"""拨付: cases are paid by batches that two people stand for, and booked by what the bank says of each payment.

shares     an amount among the sources of its pool: pure
content    what a release covers
refusing   why a case cannot be paid now
batches    gathering, preparing, releasing, giving up
bankfile   the file for the bank, with control totals
sheet      the columns of the bank's answer
results    the answer beside our rows, and booking it
returns    money that comes back later
"""

from core.services.disbursement.bankfile import Controls, controls, take
from core.services.disbursement.batches import (
    add,
    cancel,
    keep_back,
    load,
    prepare,
    problems,
    release,
    remove,
    reopen,
    start,
)
from core.services.disbursement.results import Reading, Sorted, book, read, sort, template
from core.services.disbursement.returns import confirm, report, take_back

__all__ = [
    "Controls",
    "Reading",
    "Sorted",
    "add",
    "book",
    "cancel",
    "confirm",
    "controls",
    "keep_back",
    "load",
    "prepare",
    "problems",
    "read",
    "release",
    "remove",
    "reopen",
    "report",
    "sort",
    "start",
    "take",
    "take_back",
    "template",
]
