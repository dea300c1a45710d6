"""疑点, looked for nightly and when an auditor asks: each rule reads a district in one unit, and what it found is kept
in another. A rule that breaks off is told of and stops neither the other rules nor the other districts."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date

import structlog
from flask import Flask
from sqlalchemy import select

import core
from core.data.models import District
from core.jobs.issuing import unit
from core.services import audit
from core.services.leads import EVER, Period, Rule, finding
from core.services.leads.book import rules
from core.services.leads.finding import Run
from core.services.outside import comparing

NAME = "job:find_leads"
log = structlog.get_logger()


def find(app: Flask) -> int:
    """Returns how many leads there are more."""
    return sum(run.counts.get("new", 0) for _district, run in runs(app))


def runs(app: Flask, codes: Collection[str] = (), *, since: date = EVER, name: str = NAME) -> Iterator[tuple[str, Run]]:
    """Each district's name with what each rule (or each of `codes`) found in it. With `since` only awards approved and
    letters made from then on are looked at, and nothing is called gone."""
    with unit(app, name=name, write=False) as session:
        districts = list(session.execute(select(District.id, District.name).order_by(District.id)))
    for district_id, called in districts:
        for rule in [rules()[code] for code in codes or rules()]:
            try:
                run = _run(app, district_id, rule, since, name)
            except Exception as error:  # noqa: BLE001  # the others look all the same
                run = _failed(app, district_id, rule, error, name)
            yield called, run


def _run(app: Flask, district_id: int, rule: Rule, since: date, name: str) -> Run:
    with unit(app, name=name, write=False) as session:
        district = session.get_one(District, district_id)
        lists = comparing.compared_by(session, district_id, rule.code)
        found = finding.look(session, district, Period(since, core.today().date()), [rule])[rule.code]
    with unit(app, name=name) as session:
        district = session.get_one(District, district_id)
        run = finding.keep(session, district, rule.code, found, whole=since == EVER)
        comparing.note(session, district_id, rule.code, lists)
    return run


def _failed(app: Flask, district_id: int, rule: Rule, error: Exception, name: str) -> Run:
    """Its leads stay as they are. What the error says may quote rows: only its kind is told."""
    kind = type(error).__name__
    log.error("leads.rule_failed", district=district_id, rule=rule.code, error=kind)
    with unit(app, name=name) as session:
        district = session.get_one(District, district_id)
        audit.record(session, "lead.find", district, detail={"rule": rule.code, "error": kind}, success=False)
    return Run(rule.code, 0, error=kind)
