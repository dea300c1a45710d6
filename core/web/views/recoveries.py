"""The list of 追回, the page of a file and what its reader may do with it, and the box on the page of a case."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import g, url_for
from flask_babel import gettext as _

from core.data.asker import Reach
from core.data.models import (
    TENANT_ROLES,
    Case,
    CaseState,
    CreditState,
    Recovery,
    RecoveryActKind,
    RecoveryPaper,
    RecoveryState,
    Role,
)
from core.data.queries import recoveries as reads
from core.data.queries.people import names
from core.extensions import db
from core.services.assessments import card_of
from core.services.recovery import amounts, crediting, deciding, enclosures
from core.services.recovery.opening import CASHIERS, DECIDERS, PROPOSERS
from core.web import recovery_words as words
from core.web.forms.accounts import DomainForm
from core.web.forms.recoveries import FORMS
from core.web.listing import Column, Filter, Option
from core.web.views.case_page import policy_titles, registry
from core.web.views.lists import Shown, Table, address_of, as_is

S = RecoveryState
SAID = frozenset({RecoveryActKind.STATED, RecoveryActKind.APPEALED})  # by the tenant, for itself


def table() -> Table:
    titles = policy_titles()

    def row(found: Any) -> Shown:
        return as_is(found) | {
            "policy": titles.get(found.policy_key, found.policy_key),
            "cause": str(words.CAUSES[found.cause]),
        }

    return Table(
        "recoveries",
        _("追回"),
        reads.files(g.today),
        (
            Column("number", _("卷号"), kind="code", sortable=True, primary=True),
            Column("tenant", _("企业"), sortable=True),
            Column("case", _("申请编号"), kind="code", phone=False),
            Column("policy", _("政策"), default=False),
            Column("operator", _("运营机构"), default=False),
            Column("cause", _("事由")),
            Column("owed_fen", _("应追回（元）"), kind="money", sortable=True),
            Column("back_fen", _("已收回（元）"), kind="money"),
            Column("due_on", _("退回期限"), kind="date", sortable=True),
            Column("opened_at", _("立卷时间"), kind="moment", sortable=True, default=False),
            Column("state", _("状态")),
        ),
        (
            Filter("state", _("状态"), [Option(it.value, str(word)) for it, word in words.STATES.items()]),
            Filter("late", _("是否逾期"), [Option("yes", _("已逾期")), Option("no", _("未逾期"))]),
            Filter("cause", _("事由"), [Option(it.value, str(word)) for it, word in words.CAUSES.items()]),
            Filter("policy", _("政策"), [Option(key, title) for key, title in titles.items()]),
        ),
        sort="-opened_at",
        search=_("卷号、申请编号、企业名称、统一社会信用代码"),
        row=row,
        written=lambda r: r | {"state": str(words.STATES[r["state"]])},
        href=address_of("recoveries.show", "recovery_id"),
        export="recoveries.export",
    )


def acts_of(recovery: Recovery) -> list[str]:
    """What the reader may do with a file as it is, the main thing first."""
    found = {S.LEAD: _of_lead, S.PROPOSED: _of_proposed, S.DECIDED: _of_decided}.get(recovery.state)
    return list(found(recovery)) if found else []


def _of_lead(_recovery: Recovery) -> Iterator[str]:
    if g.asker.may(*PROPOSERS):
        yield from ("propose", "recompute")
    if g.asker.may(*PROPOSERS, *DECIDERS):
        yield "drop"


def _of_proposed(recovery: Recovery) -> Iterator[str]:
    if g.asker.may(*DECIDERS) and g.asker.user_id != recovery.proposed_by_id:
        yield "decide"
    if g.asker.may(*TENANT_ROLES):
        yield "state"
    if g.asker.may(*DECIDERS):
        yield "drop"
    if g.asker.may(*PROPOSERS):
        yield "recompute"


def _of_decided(recovery: Recovery) -> Iterator[str]:
    may = g.asker.may
    if may(*DECIDERS) and recovery.due_on is None:
        yield "demand"
    waits = recovery.appealed_at is not None and recovery.judged_at is None
    if waits and may(*DECIDERS) and g.asker.user_id not in (recovery.proposed_by_id, recovery.decided_by_id):
        yield "judge"
    if may(*CASHIERS):
        yield "receipt"
    in_time = recovery.appeal_until is not None and g.today <= recovery.appeal_until
    if may(Role.FOUNDER) and recovery.appealed_at is None and in_time:
        yield "appeal"


def page(recovery: Recovery, given: dict[str, DomainForm]) -> dict[str, Any]:
    """Everything the page shows. `given`: the forms that could not be accepted, with what was typed."""
    staff = g.asker.reach is Reach.DISTRICT
    acts = acts_of(recovery)
    people = names(db.session, {act.actor_id for act in recovery.acts if act.actor_id} | _of_credits(recovery))
    back = crediting.back(db.session, recovery)
    return {
        "file": recovery,
        "case": recovery.case,
        "lines": [amounts.Line.from_json(row) for row in recovery.lines],
        "back_fen": back,
        "rest_fen": recovery.owed_fen - back,
        "late": recovery.state is S.DECIDED and recovery.due_on is not None and recovery.due_on < g.today,
        "card": card_of(registry(), recovery.case.policy_key),
        "acts": acts,
        "forms": {name: given.get(name) or _empty(name, recovery) for name in acts if name in FORMS},
        "opened": [name for name in given if name in acts],
        "events": [_event(act, people if staff else {}) for act in recovery.acts],
        "statements": _statements(recovery),
        "credits": [it for it in recovery.credits if staff or it.state is not CreditState.VOID],
        "people": people if staff else {},
        "staff": staff,
        "payer": g.asker.may(*CASHIERS),
        "reader": g.asker.user_id,
        "words": words,
    }


def _of_credits(recovery: Recovery) -> set[int]:
    found = {by for it in recovery.credits for by in (it.recorded_by_id, it.confirmed_by_id)}
    return {by for by in found if by is not None}


def _event(act: Any, people: dict[int, str]) -> dict[str, Any]:
    return {
        "title": words.ACTS[act.kind],
        "when": act.at,
        "who": people.get(act.actor_id, ""),
        "text": None if act.kind in SAID else act.said,
        "tone": words.ACT_TONES.get(act.kind, "neutral"),
    }


def _statements(recovery: Recovery) -> list[dict[str, Any]]:
    """What the tenant said for itself, with its papers."""
    by_act = enclosures.of_file(db.session, recovery)
    return [
        {
            "title": words.ACTS[act.kind],
            "when": act.at,
            "text": act.said,
            "papers": [_paper(it) for it in by_act.get(act.id, [])],
        }
        for act in recovery.acts
        if act.kind in SAID
    ]


def _paper(paper: RecoveryPaper) -> dict[str, Any]:
    href = url_for("recoveries.paper", recovery_id=paper.recovery_id, recovery_paper_id=paper.id)
    return {"name": paper.file.name, "size": paper.file.size, "when": paper.file.uploaded_at, "href": href}


def _empty(name: str, recovery: Recovery) -> DomainForm:
    data: dict[str, Any] = {}
    if name in ("decide", "demand"):
        due = deciding.default_due(db.session, recovery.case, g.today)
        data = {"due_on": due, "pay_to": reads.last_account(db.session, recovery.district_id) or ""}
    elif name == "receipt":
        data = {"received_on": g.today, "amount_fen": crediting.rest(db.session, recovery) or None}
    return FORMS[name](formdata=None, data=data, prefix=f"{name}-")


def box(case: Case) -> dict[str, Any]:
    """The files of a case, for its page: what is owed, until when, to which account."""
    if g.asker.reach is Reach.OPERATOR:
        return {"recoveries": [], "may_recover": False}
    files = [it for it in reads.of_case(db.session, case.id) if it.proposed_by_id or not g.asker.may(*TENANT_ROLES)]
    shown = [
        {
            "file": it,
            "rest_fen": it.owed_fen - crediting.back(db.session, it),
            "late": bool(it.due_on and it.due_on < g.today),
        }
        for it in files
    ]
    paid = case.state in (CaseState.PAID, CaseState.CLOSED)
    may = paid and g.asker.may(*PROPOSERS) and not any(it.state in reads.OPEN for it in files)
    return {"recoveries": shown, "may_recover": may, "recovery_words": words}
