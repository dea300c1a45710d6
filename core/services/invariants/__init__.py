"""What must hold at any time, checked from the tables and the files: the same function serves the tests, `hongcai
doctor` and `hongcai audit verify`.

I1 pools add up, and a revoked award holds nothing · I2 one letter for each award and each refusal · I3 numbers 1, 2,
3 … · I4 files are there, whole, and no others · I5 three persons, what was decided is what was reviewed, nobody
judges what they had a part in, posts that are to be kept apart are · I6 each row of the log is as it was taken in,
the log gives every head that was signed, and so are the lists of letters that no longer stand · I7 each change has
its audit event · I8 a row belongs to whom its parent belongs · I9 what came back of an award is what its pool booked,
and a case is in recovery while a decided file is open · I10 the database itself is sound · I11 each tenant is in one
stage on each day · I12 the text that lists are searched by is that of the row · I13 mentors have no more tenants than
places · I14 published parameters are whole and as the trail says · I15 bills, payments and the rent they make a fact
of add up · I16 no unit is let, no room booked twice · I17 payments, pools and cases agree, and what two people
released is there · I18 each act that calls for a paper has it, numbers of papers are 1, 2, 3 … · I20 the last day of
a case is what its clock says · I21 a finding is in the state of its last act, and closed by another auditor than its
writer.

Written as SQL over the tables, on purpose: it shares no code with the services it checks (but for I12, which asks
whether each row holds what that code makes of it).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from pathlib import Path

from sqlalchemy.orm import Session

from core.data.types import utcnow
from core.services.invariants import (
    clocks,
    findings,
    holding,
    letters,
    lists,
    mentors,
    money,
    papers,
    parameters,
    payouts,
    people,
    pools,
    recovery,
    rows,
    stages,
)
from core.services.invariants import files as kept
from core.services.transparency import checking
from core.transparency.note import Verifier

GRACE = timedelta(minutes=10)  # how long a letter may be due before its absence is a fault
FILES = "I4"  # the rule whose finding goes on without the database: it reads rows when it is asked, then files

Find = Callable[[], Iterable[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that is not as it must be: which rule, which row or file, and what is wrong with it."""

    rule: str
    thing: str
    detail: str

    def __str__(self) -> str:
        return f"{self.rule} {self.thing}: {self.detail}"


def check(
    session: Session, *, store: Path, uploads: Path, log_keys: Sequence[Verifier] = (), grace: timedelta = GRACE
) -> list[Violation]:
    """Everything that is wrong, in the order of the rules; an empty list means that all is well. Reads only.

    `store` and `uploads` are the folders of kept letters and uploaded papers, `log_keys` the public keys of the log
    (without them the signatures of its heads are not looked at). A letter that has been due for longer
    than `grace` must be issued.
    """
    found = checks(session, store=store, uploads=uploads, log_keys=log_keys, grace=grace)
    return [Violation(rule, thing, detail) for rule, find in found for thing, detail in find()]


def checks(
    session: Session, *, store: Path, uploads: Path, log_keys: Sequence[Verifier] = (), grace: timedelta = GRACE
) -> tuple[tuple[str, Find], ...]:
    """Each rule and how to find what breaks it, for whoever asks rule by rule."""
    connection = session.connection()
    return (
        ("I1", lambda: pools.check(connection)),
        ("I2", lambda: letters.check(connection, utcnow() - grace)),
        ("I3", lambda: letters.check_numbers(connection)),
        (FILES, lambda: kept.check(connection, store, uploads)),
        ("I5", lambda: people.check(connection)),
        ("I6", lambda: chain(checking.check(connection, log_keys), lists.check(connection, log_keys))),
        ("I7", lambda: people.check_trail(connection)),
        ("I8", lambda: rows.check_belonging(connection)),
        ("I9", lambda: recovery.check(connection)),
        ("I10", lambda: rows.check_database(connection)),
        ("I11", lambda: stages.check(connection)),
        ("I12", lambda: rows.check_search(connection)),
        ("I13", lambda: mentors.check(connection)),
        ("I14", lambda: parameters.check(connection)),
        ("I15", lambda: money.check(connection)),
        ("I16", lambda: holding.check(connection)),
        ("I17", lambda: payouts.check(connection)),
        ("I18", lambda: papers.check(connection, utcnow() - grace)),
        ("I20", lambda: clocks.check(connection)),
        ("I21", lambda: findings.check(connection)),
    )
