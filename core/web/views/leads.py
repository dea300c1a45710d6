"""The list of 疑点 with what became of each rule's, and the page of one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import g
from flask_babel import gettext as _

from core.data.models import Lead, LeadState, Letter
from core.data.queries import leads as reads
from core.data.queries.people import names
from core.data.queries.places import operators
from core.extensions import db
from core.services.leads import Rule
from core.services.leads.book import rules
from core.services.leads.judging import JUDGES, OPEN, READERS
from core.services.leads.settings import values as parameters
from core.web.forms.accounts import DomainForm
from core.web.forms.leads import JudgeForm, ReopenForm
from core.web.lead_words import ACT_TONES, ACTS, STATES, SUBJECTS, TONES
from core.web.listing import Column, Filter, Option
from core.web.views import lead_facts as facts
from core.web.views.case_page import policy_titles
from core.web.views.lists import Shown, Table, address_of, as_is


def title_of(code: str) -> str:
    """A rule's title; its code where the program does not have it any more."""
    rule = rules().get(code)
    return _(rule.title) if rule else code


def table() -> Table:
    titles = {code: _(rule.title) for code, rule in rules().items()}

    def row(found: Any) -> Shown:
        return as_is(found) | {
            "number": _("疑点%(id)s", id=found.id),
            "rule_word": titles.get(found.rule, found.rule),
            "tenant": found.tenant or _("多家企业"),
        }

    amounts = {"1": _("1万元以上"), "10": _("10万元以上"), "100": _("100万元以上")}
    return Table(
        "leads",
        _("疑点"),
        reads.listing(),
        (
            Column("rule_word", _("疑点"), sortable=True, primary=True),
            Column("tenant", _("企业"), sortable=True),
            Column("letter", _("通知书"), kind="code"),
            Column("letters", _("通知书份数"), kind="number", default=False),
            Column("case", _("申请编号"), kind="code", default=False),
            Column("operator", _("运营机构"), phone=False),
            Column("amount_fen", _("涉及金额（元）"), kind="money", sortable=True),
            Column("found_at", _("发现时间"), kind="moment", sortable=True),
            Column("seen_at", _("最近看到"), kind="moment", default=False),
            Column("number", _("编号"), kind="code", sortable=True, default=False),
            Column("state", _("状态")),
        ),
        (
            Filter("state", _("状态"), [Option(it.value, str(word)) for it, word in STATES.items()]),
            Filter("rule", _("规则"), [Option(code, title) for code, title in titles.items()]),
            Filter("operator", _("运营机构"), [Option(str(key), name) for key, name in operators(db.session())]),
            Filter("policy", _("政策"), [Option(key, title) for key, title in policy_titles().items()]),
            Filter("amount", _("涉及金额"), [Option(key, word) for key, word in amounts.items()]),
            Filter("year", _("发文年度"), [Option(str(it), str(it)) for it in reads.years(db.session())]),
        ),
        sort="-found_at",
        search=_("企业名称、统一社会信用代码、申请编号、文号、运营机构"),
        row=row,
        written=lambda r: r | {"state": str(STATES[r["state"]])},
        href=address_of("leads.show", "lead_id"),
        export="leads.export",
    )


def outcomes() -> dict[str, Any]:
    """What became of the leads: of each rule, and of all."""
    found = reads.tallies(db.session())
    known = [code for code in rules() if code in found]
    rows = [_tally(found[code], rules()[code]) for code in known]
    rows += [_tally(tally, None) for code, tally in found.items() if code not in rules()]
    every = reads.Tally("", *(sum(getattr(it, name) for it in found.values()) for name in reads.COUNTED))
    return {"rows": rows, "all": every, "precision": share(every)}


def _tally(tally: reads.Tally, rule: Rule | None) -> dict[str, Any]:
    return {
        "code": tally.rule,
        "title": _(rule.title) if rule else tally.rule,
        "subject": SUBJECTS[rule.subject] if rule else "",
        "tally": tally,
        "precision": share(tally),
    }


def share(tally: reads.Tally) -> Decimal | None:
    """The share of the judged that were true."""
    judged = tally.confirmed + tally.false
    return Decimal(tally.confirmed) / judged if judged else None


def page(lead: Lead, given: dict[str, DomainForm]) -> dict[str, Any]:
    """Everything the page of a lead shows. `given`: forms that could not be accepted, with what was typed."""
    rule, named = rules().get(lead.rule), facts.things(lead.facts)
    acts = reads.acts(db.session(), lead)
    people = names(db.session(), {it for act in acts if (it := act.actor_id)} | _by(lead))
    judge = g.asker.may(*JUDGES)
    forms: dict[str, DomainForm] = {}
    if judge and lead.state in OPEN:
        forms["judge"] = given.get("judge") or JudgeForm(formdata=None, prefix="judge-")
    if judge and lead.judged_by_id is not None:
        forms["reopen"] = given.get("reopen") or ReopenForm(formdata=None, prefix="reopen-")
    return {
        "lead": lead,
        "rule": rule,
        "title": title_of(lead.rule),
        "says": facts.sentence(rule, lead.facts, named) if rule else "",
        "named": [(facts.kind_of(name), rows) for name, rows in named.items() if rows],
        "figures": facts.figures(lead.facts),
        "letters": lead.letters,
        "titles": policy_titles(),
        "events": [
            {
                "when": act.at,
                "title": ACTS[act.kind],
                "who": people.get(act.actor_id or 0, ""),
                "text": act.said,
                "tone": ACT_TONES.get(act.kind),
            }
            for act in acts
        ],
        "people": people,
        "forms": forms,
        "opened": list(given),
        "may_take": judge and lead.state in OPEN and lead.taken_by_id != g.asker.user_id,
        "may_leave": judge and lead.state is LeadState.LOOKING and lead.taken_by_id == g.asker.user_id,
        "states": STATES,
        "tones": TONES,
    }


def _by(lead: Lead) -> set[int]:
    return {it for it in (lead.taken_by_id, lead.judged_by_id) if it is not None}


def book() -> list[dict[str, Any]]:
    """Every rule with its reasons, and what it compares with."""
    return [
        {"code": code, "title": _(rule.title), "why": _(rule.why), "look": _(rule.what_to_look_at)}
        for code, rule in rules().items()
    ]


def compared() -> list[dict[str, Any]]:
    """The values that rules compare with today, each with its source."""
    table_ = parameters().table(g.today)
    titles = parameters().titles
    return [{"title": titles[name], "value": value} for name, value in table_.items()]


def on_letter(letter: Letter) -> dict[str, Any]:
    """What `leads/_letter.html` shows on a letter's page: to auditors and the district's managers alone."""
    found = reads.of_letter(db.session(), letter) if g.asker.may(*READERS) else ()
    return {"leads": found, "lead_title": title_of, "lead_states": STATES, "lead_tones": TONES}
