"""Replaying decisions in bulk (重算): computing them, choosing them, and the runs that auditors ask for and keep."""

from core.services.replays.choosing import Selection, asked_of, kept, letters_named
from core.services.replays.computing import ALTERED, AT_ONCE, Asked, Crew, Kept, Told, one, rerun
from core.services.replays.runs import (
    PIECE,
    RUN,
    Piece,
    ask,
    book,
    load,
    next_piece,
    report_failure,
    run_of,
    stop,
    wait_again,
)

__all__ = [
    "ALTERED",
    "AT_ONCE",
    "PIECE",
    "RUN",
    "Asked",
    "Crew",
    "Kept",
    "Piece",
    "Selection",
    "Told",
    "ask",
    "asked_of",
    "book",
    "kept",
    "letters_named",
    "load",
    "next_piece",
    "one",
    "report_failure",
    "rerun",
    "run_of",
    "stop",
    "wait_again",
]
