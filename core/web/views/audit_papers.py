"""Working papers and the report of an engagement, as PDF. In Chinese, whatever language is read."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, g
from flask_babel import force_locale
from flask_babel import gettext as _

from core.config import Settings
from core.data.models import AuditEngagement, AuditSample, AuditSampleItem, FindingState
from core.data.queries import engagements as reads
from core.data.queries.findings import of_engagement
from core.data.queries.leads import tallies
from core.data.queries.people import names
from core.extensions import db
from core.services import samples
from core.services.engagements import is_demonstration
from core.web import finding_words, papers
from core.web import sample_words as words
from core.web.downloads import TAKEN_PAPER, stored_paper, trace
from core.web.languages import gettext
from core.web.views import samples as view
from core.web.views.case_page import policy_titles
from core.web.views.leads import title_of

AUTHOR = "Hongcai"
FIGURES = {"fen": view.fen, "percent": view.percent, "no_estimate": view.no_estimate}


def of_sample(sample: AuditSample) -> Response:
    """The working paper of a sample: how it was drawn, what was found of each letter, what that says of all."""
    engagement, plan = sample.engagement, samples.plan_of(sample)
    people = [it for it in (sample.fixed_by_id, sample.drawn_by_id) if it is not None]
    checked = {it.checked_by_id for it in sample.items if it.checked_by_id is not None}
    with force_locale("zh_Hans_CN"):
        found = samples.evaluation(sample)
        said = {
            "title": _("审计工作底稿 %(number)s", number=f"{engagement.number}-{sample.id}"),
            "method": str(words.METHODS[sample.method]),
            "why": view.why_so_many(plan, sample.population_count, sample.population_fen),
            "filters": view.filter_words(sample),
            "concluded": view.conclusion(plan, found) if found else "",
            "steps": [gettext(word) for word in samples.STEPS.values()],
        }
    trace(TAKEN_PAPER, {"sample": sample.id})
    return papers.paper(
        "sample",
        title=said.pop("title"),
        author=AUTHOR,
        on=g.today,
        engagement=engagement,
        sample=sample,
        plan=plan,
        found=found,
        rows=_rows(sample),
        people=names(db.session, people),
        checkers=sorted(names(db.session, checked).values()),
        stratum_word=view.stratum_word,
        demonstration=is_demonstration(db.session, engagement),
        **said,
        **FIGURES,
    )


def of_item(item: AuditSampleItem) -> Response:
    """The working paper of one letter."""
    sample, by = item.sample, item.checked_by_id
    key = item.letter.case.policy_key
    with force_locale("zh_Hans_CN"):
        said = {
            "title": _("审计工作底稿 %(number)s", number=f"{sample.engagement.number}-{sample.id}-{item.place}"),
            "method": str(words.METHODS[sample.method]),
            "policy": policy_titles().get(key, key),
            "steps": {name: gettext(word) for name, word in samples.STEPS.items()},
        }
    trace(TAKEN_PAPER, {"sample": sample.id, "item": item.id})
    return papers.paper(
        "sample_item",
        title=said.pop("title"),
        author=AUTHOR,
        on=g.today,
        item=item,
        letter=item.letter,
        sample=sample,
        engagement=sample.engagement,
        by=names(db.session, [by])[by] if by is not None else "",
        demonstration=is_demonstration(db.session, sample.engagement),
        **said,
    )


def report(engagement: AuditEngagement) -> Response:
    """The report: as it is now, as a draft; of a closed engagement as it was kept then."""
    trace(TAKEN_PAPER, {"engagement": engagement.id, "state": engagement.state.value})
    if engagement.report is not None:
        settings: Settings = current_app.extensions["settings"]
        return stored_paper(settings.files, engagement.report)
    return papers.shown(report_pressed(report_written(engagement), engagement.number))


def report_pressed(html: str, number: str) -> bytes:
    """The report as a PDF, from what `report_written` said."""
    with force_locale("zh_Hans_CN"):
        title = _("审计报告 %(number)s", number=number)
    return papers.pressed(html, title=title, author=AUTHOR, on=g.today)


def report_written(engagement: AuditEngagement, *, final: bool = False) -> str:
    """What the report says: what was in the period, how it was audited, what each sample says, leads and findings."""
    with force_locale("zh_Hans_CN"):
        titles = policy_titles()
        shown = [_of_report(sample) for sample in engagement.samples]
        severities = {it: str(word) for it, word in finding_words.SEVERITIES.items()}
        states = {it: str(word) for it, word in finding_words.STATES.items()}
        leads = [
            {"title": title_of(rule), "waiting": it.waiting, "confirmed": it.confirmed, "false": it.false}
            for rule, it in tallies(db.session()).items()
            if it.waiting or it.confirmed or it.false
        ]
    policies = [
        {"title": titles.get(key, key), "count": count, "fen": fen, "revoked": revoked, "revoked_fen": revoked_fen}
        for key, count, fen, revoked, revoked_fen in reads.letters_of(db.session, engagement)
    ]
    year = {name: sum(row[name] for row in policies) for name in ("count", "fen", "revoked", "revoked_fen")}
    found = [it for it in of_engagement(db.session, engagement.id) if it.state is not FindingState.WITHDRAWN]
    people, demonstration = names(db.session, [engagement.lead_by_id]), is_demonstration(db.session, engagement)
    return papers.written(
        "audit_report",
        final=final,
        engagement=engagement,
        samples=shown,
        leads=leads,
        findings=found,
        found_fen=sum(it.amount_fen or 0 for it in found),
        severity=severities,
        state=states,
        year=year | {"policies": policies},
        people=people,
        demonstration=demonstration,
        today=g.today,
        **FIGURES,
    )


def _of_report(sample: AuditSample) -> dict[str, Any]:
    found, rows = samples.evaluation(sample), _rows(sample)
    taken = reads.steps_taken(db.session, sample.id)
    return {
        "sample": sample,
        "method": str(words.METHODS[sample.method]),
        "drawn": len(rows),
        "checked": sum(row["audited_fen"] is not None for row in rows),
        "found": found,
        "concluded": view.conclusion(samples.plan_of(sample), found) if found else "",
        "steps": [(gettext(word), taken.get(name, 0)) for name, word in samples.STEPS.items()],
        "wrong": [row for row in rows if row["error_fen"]],
    }


def _rows(sample: AuditSample) -> list[dict[str, Any]]:
    """The letters in the order of drawing; the steps by their number."""
    found = db.session.execute(reads.items(sample.id).statement.order_by(AuditSampleItem.place)).all()
    return [
        dict(row._mapping)
        | {"steps_done": "".join(str(n) for n, name in enumerate(samples.STEPS, 1) if row.checks.get(name)) or "—"}
        for row in found
    ]
