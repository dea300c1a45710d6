"""银行流水: statements of a bank, and the payments that their lines become.

sheet       the columns, by the headings that banks use
reading     a file to lines of money that came in: pure
statements  what is new of a file, and keeping it
matching    whose money a line is, with reasons: pure
desk        booking lines, setting them aside
"""

from core.services.bank.desk import (
    AT_ONCE,
    Done,
    book,
    book_certain,
    join,
    matches,
    set_aside,
    take_back,
)
from core.services.bank.matching import Certainty, Match, Proposal, Reason
from core.services.bank.reading import Reading, read, template
from core.services.bank.statements import Sorted, keep, sort

__all__ = [
    "AT_ONCE",
    "Certainty",
    "Done",
    "Match",
    "Proposal",
    "Reading",
    "Reason",
    "Sorted",
    "book",
    "book_certain",
    "join",
    "keep",
    "matches",
    "read",
    "set_aside",
    "sort",
    "take_back",
    "template",
]
