"""The figures of a letter, its checks and the parameters that were read, from its capsule: each with its anchor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from core.data.models import Award, Letter
from core.extensions import db
from core.policy import Card
from core.services.basis.figures import Basis, Figure, Ground, related
from core.web.forms.parameters import STATUSES
from core.web.templating import bilingual
from core.web.views import parameters as parameter_words
from core.web.views.case_page import both

Capsule = Mapping[str, Any]


def figures(capsule: Capsule, basis: Basis, card: Card | None) -> list[dict[str, Any]]:
    """Each line of the calculation: what it is, and where each of its figures leads."""
    titles = _titles(card)
    return [
        {
            "anchor": it.anchor,
            "label": _label(card.lines if card else {}, it.row["code"]),
            "note": it.row["note"],
            "quantity": it.row["quantity"],
            "unit_fen": it.row["unit_fen"],
            "amount_fen": it.row["amount_fen"],
            "clause": it.row["clause"],
            "ground": it.ground.value,
            "why": _why(it),
            "group": it.group.anchor if it.group else "",
            "used_fen": it.group.used_fen if it.group else None,
            "lines": len(it.group.lines) if it.group else 0,
            "facts": [(group.anchor, len(group.lines)) for group in it.facts],
            "parameters": [(_anchor("parameter", name), titles.get(name, name)) for name in it.parameters],
        }
        for it in basis.figures
    ]


def _why(figure: Figure) -> str:
    match figure.ground:
        case Ground.OWN:
            return _("下列凭据行的使用额之和等于本行金额。")
        case Ground.SHARED:
            return _("规则不逐行分配凭据：下列凭据行共同支撑各行，使用额之和等于核定金额。")
        case Ground.PARAMETER:
            return _("金额是参数规定的数额，不占用凭据；是否符合条件见各项条件。")
        case Ground.RULE:
            if figure.row["amount_fen"] < 0:
                return _("封顶或扣减：由规则从其余各行算出，没有单独的凭据。")
            return _("由规则直接算出，没有单独的凭据。")


def checks(capsule: Capsule, card: Card | None) -> list[dict[str, Any]]:
    """Every check as it was decided, those that failed first."""
    titles = _titles(card)
    rows = []
    for row in capsule["checks"]:
        observed, required = both(row["observed"], row["relation"], row["required"], row["unit"])
        read = related(row["clause"], capsule["parameters"])
        # Of the same clause, those that are what was required say it best.
        same = [it["name"] for it in capsule["parameters"] if it["name"] in read and it["value"] == row["required"]]
        rows.append(
            {
                "anchor": _anchor("check", row["code"]),
                "label": _label(card.checks if card else {}, row["code"]),
                "passed": row["passed"],
                "observed": observed,
                "required": required,
                "clause": row["clause"],
                "parameters": [(_anchor("parameter", name), titles.get(name, name)) for name in same],
            }
        )
    return sorted(rows, key=lambda row: {False: 0, None: 1, True: 2}[row["passed"]])


def parameters(capsule: Capsule, card: Card | None) -> list[dict[str, Any]]:
    """Every value that was read: since when, from which document, and how well known that is."""
    titles = _titles(card)
    return [
        {
            "anchor": _anchor("parameter", row["name"]),
            "label": titles.get(row["name"], row["name"]),
            "value": parameter_words.shown(row["unit"], row["value"]),
            "from": row["from"],
            "source": row["source"],
            "status": str(STATUSES.get(row["status"], row["status"])),
            "tone": parameter_words.TONES.get(row["status"], "neutral"),
            "checked_on": row["checked_on"],
            "published": row["origin"] != "policy",
        }
        for row in capsule["parameters"]
    ]


def granted(letter: Letter) -> list[list[str]]:
    """What was given where it is not money: [label, value]."""
    if letter.award_id is None:
        return []
    return db.session.scalar(select(Award.granted).where(Award.id == letter.award_id)) or []


def _titles(card: Card | None) -> dict[str, str]:
    return {name: bilingual(title) for name, title in card.parameters.titles.items()} if card else {}


def _label(texts: Mapping[str, Any], code: str) -> str:
    return bilingual(texts[code].label) if code in texts else code


def _anchor(kind: str, name: str) -> str:
    return f"{kind}-{name}"
