"""What was replayed in the demonstration: every decision by the rules it was made by, and those of one policy again by
today's."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

import core
from core.commands.demo_audit import auditor_of
from core.commands.demo_district import most_asked_for
from core.commands.demo_stage import asker_of
from core.commands.setting_up import asking_as
from core.data.asker import asking
from core.data.models import Role
from core.jobs import replaying
from core.services import replays
from core.services.replays import Selection


def play(app: Flask, *, say: Callable[[str], None]) -> None:
    runs = [_run(app), _run(app, by_today=True)]
    say("replays    " + "; ".join(runs))


def _run(app: Flask, *, by_today: bool = False) -> str:
    """Asked for by the auditor and computed here; its job, which comes later, finds it done."""
    with asking_as(app, "seed", write=True) as session:
        asker = asker_of(auditor_of(session), Role.AUDITOR)
        with asking(session, asker):
            chosen = Selection(district_id=asker.district_id, policy=most_asked_for() if by_today else "")
            run_id = replays.ask(session, chosen, rules_on=core.today().date() if by_today else None).id
    with replaying.crew_of(app) as crew:
        at: int | None = 0
        while at is not None:
            at = replaying.replay_next(app, crew, run_id, at)
    with asking_as(app, "seed") as session:
        run = replays.run_of(session, run_id)
        return f"{run.done} decisions, {run.flips} not the same"
