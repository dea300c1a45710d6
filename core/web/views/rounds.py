"""What the pages of rounds show, as plain values: who waits, what there is, each run in words, and two side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import g
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from core.data.models import AllocationRound, Role, RoundRun, RoundState, RunState, User
from core.extensions import db
from core.policy import LoadedPolicy
from core.services import assessments, offers, rounds
from core.web.listing import Column
from core.web.templating import bilingual
from core.web.views.case_page import registry

SKIPPED = {
    "served": _("已有结对导师"),
    "twice": _("同一企业还有更早的申请"),
    "ineligible": _("按现在的记录不再符合条件，可在申请件中决定不予安排"),
    "failed": _("规则未能核算，请联系平台管理人员"),
}
ADVICE = {
    "no_room": _("可以提高导师的最多结对数、登记新的导师，或等下一轮"),
    "no_suitable": _("可以登记相应语言和阶段的导师；有辅导以外关系或被排除的导师不计在内"),
}
COLUMNS = (
    Column("tenant", _("申请企业")),
    Column("case", _("申请编号")),
    Column("name", _("导师")),
    Column("fit", _("契合度"), "number"),
    Column("why", _("理由")),
)


def loaded_of(it: AllocationRound) -> LoadedPolicy:
    return assessments.policy_of(registry(), it.policy_key)


def sharing() -> list[LoadedPolicy]:
    """The policies in service that share something out."""
    return [loaded for loaded in registry().policies if loaded.card.offers]


def listed(operator_id: int) -> list[dict[str, Any]]:
    """The operator's rounds, the newest first."""
    found = db.session.scalars(
        select(AllocationRound)
        .where(AllocationRound.operator_id == operator_id)
        .order_by(AllocationRound.opened_on.desc(), AllocationRound.id.desc())
    )
    return [{"it": it, "run": _last_done(it.runs), "title": bilingual(loaded_of(it).card.title)} for it in found]


def _last_done(runs: Sequence[RoundRun]) -> RoundRun | None:
    return next((run for run in reversed(runs) if run.state is RunState.DONE), None)


def page(it: AllocationRound, shown: int | None, beside: int | None) -> dict[str, Any]:
    """Everything on the page of a round. `shown`: the run to show (the newest that is done); `beside`: another."""
    loaded = loaded_of(it)
    by_number = {run.number: run for run in it.runs}
    run = by_number.get(shown or 0) or _last_done(it.runs)
    run = run if run is not None and run.state is RunState.DONE else _last_done(it.runs)
    other = by_number.get(beside or 0)
    cases = rounds.candidates(db.session, it)
    source = offers.of(loaded)
    there = source.available(db.session, it.operator_id, g.today) if it.state is RoundState.OPEN else []
    named = source.names(db.session, {wish.offer_ref for wish in it.wishes})
    people = {run.asked_by_id for run in it.runs} | {it.adopted_by_id, it.opened_by_id}
    names = db.session.execute(select(User.id, User.name).where(User.id.in_(people - {None})))
    return {
        "it": it,
        "card": loaded.card,
        "cases": cases,
        "there": there,
        "room": sum(o.room for o in there),
        "named": named,
        "runs": [*reversed(it.runs)],
        "waiting": any(run.state is RunState.WAITING for run in it.runs),
        "run": run,
        "rows": rows(loaded, run) if run else [],
        "left": _left(loaded, run) if run else [],
        "skipped": _skipped(run) if run else [],
        "other": other if other is not None and other.state is RunState.DONE and other is not run else None,
        "changes": changes(other, run) if run and other and other.state is RunState.DONE else [],
        "people": {row.id: row.name for row in names},
        "open": it.state is RoundState.OPEN,
        "may_adopt": run is not None and g.asker.may(Role.OPERATOR_MANAGER) and g.asker.user_id != run.asked_by_id,
    }


def rows(loaded: LoadedPolicy, run: RoundRun) -> list[dict[str, Any]]:
    """The pairs of a run, each reason in words."""
    result = run.result or {}
    return [
        match
        | {
            "tenant": result["tenants"].get(match["case"], ""),
            "said": [_said(loaded, *reason) for reason in match["reasons"]],
            "why": "；".join(_said(loaded, *reason) for reason in match["reasons"]),
        }
        for match in result.get("matches", ())
    ]


def _said(loaded: LoadedPolicy, code: str, note: str) -> str:
    label = bilingual(loaded.card.reasons[code]) if code in loaded.card.reasons else code
    return f"{label}：{note}" if note else label


def _left(loaded: LoadedPolicy, run: RoundRun) -> list[dict[str, Any]]:
    result = run.result or {}
    return [
        {
            "tenant": result["tenants"].get(one["case"], ""),
            "case": one["case"],
            "why": _said(loaded, *one["reason"]),
            "advice": ADVICE.get(one["reason"][0], ""),
        }
        for one in result.get("left", ())
    ]


def _skipped(run: RoundRun) -> list[dict[str, Any]]:
    result = run.result or {}
    return [
        {"tenant": result["tenants"].get(one["case"], ""), "case": one["case"], "why": str(SKIPPED[one["why"]])}
        for one in result.get("skipped", ())
    ]


def changes(before: RoundRun, after: RoundRun) -> list[dict[str, Any]]:
    """Who has somebody else in `after` than in `before`, or is in one alone."""
    old, new = ({match["case"]: match for match in (run.result or {}).get("matches", ())} for run in (before, after))
    names = (before.result or {}).get("tenants", {}) | (after.result or {}).get("tenants", {})
    nobody = {"name": str(_("无")), "fit": None, "offer": None}
    pairs = [(case, old.get(case, nobody), new.get(case, nobody)) for case in sorted(old.keys() | new.keys())]
    return [
        {"case": case, "tenant": names.get(case, ""), "before": was, "after": now}
        for case, was, now in pairs
        if was["offer"] != now["offer"]
    ]
