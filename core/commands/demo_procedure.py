"""Papers of the procedure on the demonstration district: some of each kind at once, the others are the worker's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from flask import Flask

from core.commands.setting_up import asking_as
from core.data.models import PaperKind
from core.jobs import papers as issuing
from core.services import papers

OF_EACH = 3


def issue(app: Flask, called_for: Sequence[int]) -> int:
    """The last of each kind, which are those of cases that wait at a desk; returns how many."""
    made: Counter[PaperKind] = Counter()
    for paper_id in reversed(called_for):
        with asking_as(app, "seed") as session:
            kind = papers.load(session, paper_id).kind
        if made[kind] < OF_EACH:
            issuing.issue(app, paper_id)
            made[kind] += 1
    return made.total()
