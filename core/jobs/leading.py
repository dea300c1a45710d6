"""疑点, looked for nightly and when an auditor asks: each district is read in one unit, what a rule found is kept in a
unit of its own."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date

from flask import Flask
from sqlalchemy import select

import core
from core.data.models import District
from core.jobs.issuing import unit
from core.services.leads import EVER, Period, finding
from core.services.leads.book import rules
from core.services.leads.finding import Run
from core.services.outside import comparing

NAME = "job:find_leads"


def find(app: Flask) -> int:
    """Returns how many leads there are more."""
    return sum(run.counts.get("new", 0) for _district, run in runs(app))


def runs(app: Flask, codes: Collection[str] = (), *, since: date = EVER, name: str = NAME) -> Iterator[tuple[str, Run]]:
    """Each district's name with what each rule (or each of `codes`) found in it. With `since` only awards approved and
    letters made from then on are looked at, and nothing is called gone."""
    with unit(app, name=name, write=False) as session:
        districts = list(session.execute(select(District.id, District.name).order_by(District.id)))
    wanted = [rules()[code] for code in codes or rules()]
    for district_id, called in districts:
        with unit(app, name=name, write=False) as session:
            district = session.get_one(District, district_id)
            found = finding.look(session, district, Period(since, core.today().date()), wanted)
        for rule, seen in found.items():
            with unit(app, name=name) as session:
                district = session.get_one(District, district_id)
                run = finding.keep(session, district, rule, seen, whole=since == EVER)
            yield called, run
        with unit(app, name=name) as session:
            comparing.note(session, district_id)
