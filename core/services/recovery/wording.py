"""What a recovery says of its sum, line by line: why a part is to be had back, and the table on the 退回决定书."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.data.models import EvidenceKind
from core.errors import N_
from core.letters.money import yuan
from core.policy import Card
from core.services.recovery.amounts import Line, Why
from core.services.wording import EVIDENCE, month_in_words

WHYS: Mapping[Why, str] = {
    Why.GONE: N_("凭据已不存在"),
    Why.LESS: N_("凭据金额减少"),
    Why.SHARE: N_("凭据仍在，随总额减少"),
    Why.UNQUALIFIED: N_("按现在的事实不再符合条件"),
    Why.STAY: N_("未在孵的月份"),
    Why.REVOKED: N_("核定已撤销"),
}
STAYS = "在孵月份"
WHOLE = "核定金额"
IN_TEXT = 15  # rows that stand within the text; with more the table is an annex


def calculation(
    rows: Sequence[Mapping[str, Any]], *, card: Card, evidence: Mapping[str, Any], awarded_fen: int
) -> dict[str, Any]:
    """The lines of a file as its paper prints them: what was granted, what holds now, what goes back, and the sums.
    `evidence` are the sources of the case's facts; `awarded_fen` the award, of which earlier files may have had some
    back: such is in no line."""
    lines = [Line.from_json(row) for row in rows]
    sums = {name: sum(getattr(line, name) for line in lines) for name in ("awarded_fen", "kept_fen", "back_fen")}
    before = max(awarded_fen - sums["awarded_fen"], 0)
    return {
        "rows": [_row(line, card, evidence) for line in lines],
        "awarded": yuan(sums["awarded_fen"]),
        "kept": yuan(sums["kept_fen"]),
        "back": yuan(sums["back_fen"]),
        "before": yuan(before) if before else "",
        "clause": next((line.clause for line in lines if line.clause), ""),
        "annex": len(lines) > IN_TEXT,
    }


def _row(line: Line, card: Card, evidence: Mapping[str, Any]) -> dict[str, str]:
    label, ref = _named(line, card, evidence)
    return {
        "label": label,
        "ref": ref,
        "period": month_in_words(line.month) if line.month else "",
        "awarded": yuan(line.awarded_fen),
        "kept": yuan(line.kept_fen),
        "back": yuan(line.back_fen),
        "why": WHYS[line.why] if line.why else "",
    }


def _named(line: Line, card: Card, evidence: Mapping[str, Any]) -> tuple[str, str]:
    """What a part of an award is called, and its number in the letter's list of evidence."""
    if source := evidence.get(line.key):
        return EVIDENCE[EvidenceKind(source["kind"])], line.key
    if line.key == line.month:
        return STAYS, ""
    code, _space, note = line.key.partition(" ")
    if code in card.lines:
        return f"{card.lines[code].label.zh}　{note}".rstrip("　"), ""
    return (WHOLE if line.key == "award" else line.key), ""
