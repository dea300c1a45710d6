"""Awards that were paid, looked at daily: where one does not hold any more as it was made, a lead stands on the list
of 追回. A unit for each case: what is found is found, whatever becomes of the rest."""

from __future__ import annotations

from flask import Flask

from core.jobs.issuing import registry_of, unit
from core.services.recovery import finding

NAME = "job:find_recoveries"


def find(app: Flask) -> int:
    """Returns how many leads there are more."""
    with unit(app, name=NAME, write=False) as session:
        wanted = finding.to_look_at(session)
    leads = 0
    for case_id in wanted:
        with unit(app, name=NAME) as session:
            leads += finding.look_at(session, registry_of(app), case_id)
    return leads
