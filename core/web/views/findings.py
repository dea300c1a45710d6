"""The list of 审计发现, the page of one and what its reader may do with it, and what of them waits for a desk."""

from __future__ import annotations

from typing import Any

from flask import g, url_for
from flask_babel import gettext as _

from core.data.asker import AUDITING, Reach
from core.data.models import (
    Finding,
    FindingAct,
    FindingActKind,
    FindingPaper,
    FindingProposal,
    FindingSide,
    ProposalKind,
    Role,
)
from core.data.queries import findings as reads
from core.data.queries.people import names
from core.extensions import db
from core.services.findings import proposing, steps
from core.web import finding_words as words
from core.web.forms.accounts import DomainForm
from core.web.forms.findings import FORMS, WITH_PAPERS, DeclineForm, TakeUpForm, TextForm, text_form
from core.web.listing import Column, Filter, Option
from core.web.views.case_page import policy_titles
from core.web.views.lists import Shown, Table, address_of, as_is

TEXT_FIELDS = ("fact", "criterion", "cause", "effect", "recommendation")
Waiting = tuple[str, str, str]  # address, what it is about, what is to be done


def is_staff() -> bool:
    return g.asker.reach is Reach.DISTRICT


def audits() -> bool:
    """Whether the reader sees all of them, drafts and notes too."""
    return is_staff() and g.asker.may(*AUDITING)


def table() -> Table:
    titles = policy_titles()

    def row(found: Any) -> Shown:
        return as_is(found) | {
            "policy": titles.get(found.policy_key, found.policy_key or ""),
            "source": str(words.SOURCES[found.source]),
            "respondent": found.respondent or _("未定"),
        }

    of_staff = [
        Column("respondent", _("被审计单位")),
        Column("engagement", _("审计项目"), kind="code", default=False),
        Column("writer", _("撰写人"), default=False),
    ]
    amounts = {"1": _("有金额"), "10000": _("1万元以上"), "100000": _("10万元以上"), "500000": _("50万元以上")}
    filters = [
        Filter("state", _("状态"), [Option(it.value, str(word)) for it, word in words.STATES.items()]),
        Filter("severity", _("严重程度"), [Option(it.value, str(word)) for it, word in words.SEVERITIES.items()]),
        Filter("late", _("是否逾期"), [Option("yes", _("已逾期")), Option("no", _("未逾期"))]),
        Filter("over", _("涉及金额"), [Option(key, word) for key, word in amounts.items()]),
        Filter("policy", _("政策"), [Option(key, title) for key, title in titles.items()]),
    ]
    if is_staff():
        filters += [
            Filter("to", _("被审计单位"), [Option(*it) for it in reads.respondents(db.session)]),
            Filter("engagement", _("审计项目"), [Option(str(n), name) for n, name in reads.engagements(db.session)]),
        ]
    return Table(
        "findings",
        _("审计发现"),
        reads.listing(g.today),
        (
            Column("number", _("编号"), kind="code", sortable=True, primary=True),
            Column("title", _("标题")),
            Column("severity", _("严重程度")),
            *(of_staff if is_staff() else ()),
            Column("tenant", _("企业"), default=False, phone=False),
            Column("letter", _("通知书"), kind="code", default=False, phone=False),
            Column("policy", _("政策"), default=False),
            Column("source", _("来源"), default=False),
            Column("amount_fen", _("金额（元）"), kind="money", sortable=True),
            Column("due_on", _("期限"), kind="date", sortable=True),
            Column("written_at", _("起草时间"), kind="moment", sortable=True, default=False),
            Column("state", _("状态")),
        ),
        filters,
        sort="due_on",
        search=_("编号、标题、事实、企业、通知书文号"),
        row=row,
        written=lambda r: (
            r | {"state": str(words.STATES[r["state"]]), "severity": str(words.SEVERITIES[r["severity"]])}
        ),
        href=address_of("findings.show", "finding_id"),
        export="findings.export",
    )


def text_of(finding: Finding | None = None) -> TextForm:
    """The form of a draft, filled with what was sent, else with what it says."""
    choices = reads.respondents(db.session), reads.engagements_open(db.session, finding)
    if finding is None:
        return text_form(*choices)
    to = finding.to_department_id, finding.to_operator_id
    respondent = f"d{to[0]}" if to[0] else f"o{to[1]}" if to[1] else ""
    data = {name: getattr(finding, name) for name in (*TEXT_FIELDS, "title", "severity", "source", "amount_fen")}
    if finding.lead_id or finding.sample_item_id:
        del data["source"]
    data |= {"respondent": respondent, "ask_tenant": finding.to_tenant_id is not None}
    return text_form(*choices, formdata=None, data=data | {"engagement_id": finding.engagement_id})


def typed(form: TextForm, finding: Finding) -> dict[str, Any]:
    """What the form says, as the service takes it; what could not be read stays as it is."""
    bad = {field.name for field in form if field.errors}
    known = {"source"} if finding.lead_id or finding.sample_item_id else set()  # where it came from is no opinion
    asked = (*TEXT_FIELDS, "title", "severity", "source", "amount_fen", "engagement_id")
    values = {name: form[name].data for name in asked if name not in bad | known}
    if "respondent" not in bad:
        values |= form.address() | {"to_tenant_id": finding.about_tenant_id if form.ask_tenant.data else None}
    return values


def page(finding: Finding, given: dict[str, DomainForm]) -> dict[str, Any]:
    """Everything the page shows. `given`: the forms that could not be accepted, with what was typed."""
    steps_now = steps.open_to(g.asker, finding, g.today)
    people = names(db.session, {act.actor_id for act in finding.acts if act.actor_id} | {finding.written_by_id})
    whole = audits()
    kinds = [kind for kind in steps_now if kind is not FindingActKind.PROPOSED or finding.case_id is not None]
    return {
        "finding": finding,
        "texts": [(word, text) for word, text in _texts(finding) if text],
        "late": steps.is_late(finding, g.today),
        "due_on": steps.due_of(finding),
        "acts": kinds,
        "forms": {kind.value: given.get(kind.value) or _empty(kind) for kind in kinds},
        "with_papers": {kind.value for kind in WITH_PAPERS},
        "opened": set(given),
        "thread": [_said(act, people, whole=whole) for act in finding.acts],
        "proposals": [_proposal(it, given) for it in finding.proposals] if is_staff() else [],
        "writer": people.get(finding.written_by_id, "") if is_staff() else "",
        "policy": policy_titles().get(finding.policy_key or "", finding.policy_key or ""),
        "staff": is_staff(),
        "audits": whole,
        "mine": g.asker.user_id == finding.written_by_id,
        "words": words,
    }


def _texts(finding: Finding) -> list[tuple[str, str]]:
    labels = (_("事实"), _("依据"), _("原因"), _("影响"), _("建议"))
    return [(word, getattr(finding, name)) for name, word in zip(TEXT_FIELDS, labels, strict=True)]


def _said(act: FindingAct, people: dict[int, str], *, whole: bool) -> dict[str, Any]:
    """An act as the reader sees it. Of the other side, which side it was; of one's own, who."""
    own = act.side is (FindingSide.RESPONDENT if not is_staff() else act.side)
    return {
        "title": words.ACTS[act.kind],
        "side": words.SIDES[act.side],
        "tone": words.SIDE_TONES[act.side],
        "who": people.get(act.actor_id or 0, "") if whole or own else "",
        "when": act.at,
        "text": act.said,
        "due_on": act.due_on,
        "hidden": not act.shown,
        "ours": act.side is FindingSide.RESPONDENT,
        "papers": [_paper(paper) for paper in act.papers],
    }


def _paper(paper: FindingPaper) -> dict[str, Any]:
    href = url_for("findings.paper", finding_id=paper.finding_id, finding_paper_id=paper.id)
    return {"name": paper.name, "size": paper.size, "when": paper.uploaded_at, "href": href}


def _proposal(it: FindingProposal, given: dict[str, DomainForm]) -> dict[str, Any]:
    mine = proposing.may_decide(g.asker, it)
    return {
        "row": it,
        "mine": mine,
        "outcome": proposing.outcome(db.session, it),
        "take_up": given.get(f"take_up-{it.id}") or TakeUpForm(formdata=None, prefix=f"take_up-{it.id}-"),
        "decline": given.get(f"decline-{it.id}") or DeclineForm(formdata=None, prefix=f"decline-{it.id}-"),
    }


def _empty(kind: FindingActKind) -> DomainForm:
    return FORMS[kind](formdata=None, prefix=f"{kind}-")


def waiting() -> list[Waiting]:
    """What of findings waits for the reader: answers, corrections, decisions, and what auditors ask of the desks."""
    asker, found = g.asker, list[Waiting]()
    if asker.reach is Reach.DISTRICT:
        kinds = [kind for kind in ProposalKind if asker.may(*proposing.DESKS[kind])]
        found += [_asked(it) for it in reads.proposals(db.session, kinds)] if kinds else []
        if asker.may(Role.DISTRICT_ADMIN):
            to_decide = [it for it in reads.escalated(db.session) if FindingSide.DISTRICT in steps.sides_of(asker, it)]
            found += [_waits(it) for it in to_decide]
        mine = reads.waiting_for(db.session, department_id=asker.department_id)
    else:
        mine = reads.waiting_for(db.session, operator_id=asker.operator_id, tenant_id=asker.tenant_id)
    return found + [_waits(it) for it in mine]


def _waits(it: Finding) -> Waiting:
    what, due = str(words.DUE[it.state]), steps.due_of(it)
    if due is not None:
        day = due.isoformat()
        what = _("%(what)s，已逾期（%(day)s）", what=what, day=day) if due < g.today else f"{what}（{day}）"
    return url_for("findings.show", finding_id=it.id), f"{it.number} {it.title}", what


def _asked(it: FindingProposal) -> Waiting:
    href = url_for("findings.show", finding_id=it.finding_id, _anchor="proposals")
    return href, f"{it.finding.number} {it.case.number}", str(words.PROPOSALS[it.kind])


def of_letter(letter_id: int) -> list[Finding]:
    """Those of a letter that the reader may see, for its page."""
    return list(reads.of_letter(db.session, letter_id)) if is_staff() else []
