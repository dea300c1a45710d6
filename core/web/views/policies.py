"""What a tenant is entitled to today, as its home shows it."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from core.errors import DomainError
from core.services.entitlements import Choice, Entitlement, Overview, Standing
from core.web.errors import sentence
from core.web.templating import bilingual
from core.web.views.case_page import check_rows

TONES = {
    Standing.ELIGIBLE: "success",
    Standing.RUNNING: "info",
    Standing.INFORMATION: "warning",
    Standing.NOT_YET: "warning",
    Standing.HAD: "info",
    Standing.NOT_ELIGIBLE: "neutral",
    Standing.NOT_IN_FORCE: "neutral",
    Standing.FAILED: "danger",
}


def word(standing: Standing) -> str:
    return {
        Standing.ELIGIBLE: _("可以申请"),
        Standing.RUNNING: _("办理中"),
        Standing.INFORMATION: _("待补信息"),
        Standing.NOT_YET: _("时间未到"),
        Standing.HAD: _("已享受"),
        Standing.NOT_ELIGIBLE: _("暂不符合"),
        Standing.NOT_IN_FORCE: _("政策未施行"),
        Standing.FAILED: _("暂时无法核算"),
    }[standing]


def row(it: Entitlement) -> dict[str, Any]:
    """One policy. `checks`: those that stand in the way. Where some of them cannot be changed, they alone are told: to
    mend the others would be of no use."""
    open_ = [r for r in check_rows(it.loaded, it.decision) if r["passed"] is not True] if it.decision else []
    fixed = [r for r in open_ if r["fixed"] and r["passed"] is False]
    if it.standing is Standing.NOT_YET:
        open_ = [r for r in open_ if r["passed"] is False]
    return {
        "key": it.loaded.key,
        "title": bilingual(it.loaded.card.title),
        "summary": bilingual(it.loaded.card.summary),
        "standing": it.standing.value,
        "word": word(it.standing),
        "tone": TONES[it.standing],
        "amount_fen": it.decision.amount_fen if it.decision else None,
        "period_from": it.period_from,
        "period_to": it.period_to,
        "opens_on": it.opens_on,
        "closes_on": it.closes_on,
        "had": it.had,
        "running": it.running,
        "uses": it.uses,
        "checks": [] if it.standing in (Standing.ELIGIBLE, Standing.HAD) else fixed or open_,
        "fixed": bool(fixed),
        "demonstration": it.decision is not None and it.decision.demonstration,
        # What a rule did wrong is for the officers; to the tenant it is our fault, whatever it was.
        "failure": sentence(it.failure) if isinstance(it.failure, DomainError) else "",
    }


def rows(found: Overview) -> list[dict[str, Any]]:
    return [row(it) for it in found.entitlements]


def choices(found: Overview) -> list[list[dict[str, Any]]]:
    """For each stacking group with more than one policy open, its policies, the highest amount first."""
    return [[row(it) for it in choice.options] for choice in found.choices]


def rivals(choice: Choice | None) -> list[dict[str, Any]]:
    """What competes with a draft for its evidence, its own policy among them; empty where nothing does."""
    return [row(it) for it in choice.options] if choice else []
