"""疑点, looked for nightly and when an auditor asks: each district is read in one unit, what a rule found is kept in a
unit of its own."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select

import core
from core.data.models import District
from core.jobs.issuing import unit
from core.services.leads import EVER, Period, finding
from core.services.leads.book import rules

NAME = "job:find_leads"


def find(app: Flask) -> int:
    """Returns how many leads there are more."""
    with unit(app, name=NAME, write=False) as session:
        districts = list(session.scalars(select(District.id).order_by(District.id)))
    more = 0
    for district_id in districts:
        with unit(app, name=NAME, write=False) as session:
            district = session.get_one(District, district_id)
            found = finding.look(session, district, Period(EVER, core.today().date()), rules().values())
        for rule, seen in found.items():
            with unit(app, name=NAME) as session:
                run = finding.keep(session, session.get_one(District, district_id), rule, seen)
                more += run.counts.get("new", 0)
    return more
