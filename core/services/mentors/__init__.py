"""导师: the register of mentors, their ties, and what is counted about them.

Who is paired is in `core.services.pairings`, what tenants need in `mentoring_needs`, meetings in `meetings`.
"""

from core.services.mentor_words import LANGUAGES, STAGES, TOPICS
from core.services.mentors.figures import (
    BEST,
    WORST,
    appointed,
    available,
    average_rating,
    is_there,
    room_left,
    running,
    tied,
)
from core.services.mentors.register import add, edit, end, pause, resume
from core.services.mentors.ties import add_tie, end_tie, remove_tie

__all__ = [
    "BEST",
    "LANGUAGES",
    "STAGES",
    "TOPICS",
    "WORST",
    "add",
    "add_tie",
    "appointed",
    "available",
    "average_rating",
    "edit",
    "end",
    "end_tie",
    "is_there",
    "pause",
    "remove_tie",
    "resume",
    "room_left",
    "running",
    "tied",
]
