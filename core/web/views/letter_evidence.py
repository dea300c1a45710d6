"""The evidence of a letter: each line with its grade, its record as it stands now, and its paper."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from core.data.models import EvidenceKind, Grade
from core.policy import Card
from core.services.basis.figures import Basis, Ground, Group, elsewhere
from core.services.basis.records import Kept, Now, Origin, Paper
from core.web.templating import bilingual

Origins = Mapping[str, Origin]
KEPT_TONES = {
    Kept.SAME: "success",
    Kept.OTHER: "danger",
    Kept.MISSING: "danger",
    Kept.NEVER: "neutral",
    Kept.NONE: "neutral",
}
NOW_TONES = {Now.SAME: "success", Now.OTHER: "warning", Now.GONE: "danger", Now.UNKNOWN: "neutral"}
OF_LINE = {
    "R": EvidenceKind.RENT_MONTH,
    "E": EvidenceKind.INSURED_MONTH,
    "W": EvidenceKind.PRIZE,
}  # by its first letter


def shown(
    letter_id: int, basis: Basis, origins: Origins, kept: Mapping[str, Kept], capsule: Mapping[str, Any]
) -> dict[str, Any]:
    """The groups of lines that were spent, line by line; those that were only looked at, with what all share said once;
    and how many lines the rule was not shown."""
    known = {line for group in (*basis.spent, *basis.seen) for line in group.lines} | elsewhere(capsule)
    return {
        "spent": [_spent(letter_id, group, basis, origins, kept) for group in basis.spent],
        "seen": [_seen(letter_id, group, basis, origins, kept) for group in basis.seen],
        "unread": len([entry for entry in capsule["evidence"] if entry["line"] not in known]),
        "grades": [(grade.value, trust(grade)) for grade in Grade if any(it.grade == grade for it in origins.values())],
        "excluded": capsule["excluded"],
    }


def any_in(evidence: Mapping[str, Any] | None) -> bool:
    """Whether there is anything to show: what was spent, looked at, or is another award's."""
    return evidence is not None and bool(evidence["spent"] or evidence["seen"] or evidence["excluded"])


def trust(grade: Grade) -> str:
    """How far a fact of this source is to be trusted, and what is asked to be sure."""
    return {
        Grade.GOVERNMENT: _("政府部门的记录，可以直接采信；要核对，向出具部门调同一记录。"),
        Grade.VERIFIED_ORIGINAL: _("窗口核对过原件；抽查时可要求再出示原件。"),
        Grade.OPERATOR: _("运营机构自己登记，而它常是收款方；应与银行流水、发票核对。"),
        Grade.APPLICANT: _("申请人自己申报，没有第三方证实；应向社保、税务等部门核实。"),
    }[grade]


def kept_word(kept: Kept) -> str:
    return {
        Kept.SAME: _("一致"),
        Kept.OTHER: _("不一致"),
        Kept.MISSING: _("文件缺失"),
        Kept.NEVER: _("未存纸质件"),
        Kept.NONE: _("没有单据"),
    }[kept]


def now_word(now: Now) -> str:
    return {
        Now.SAME: _("与现在的记录一致"),
        Now.OTHER: _("现在的记录已不同"),
        Now.GONE: _("记录已不在"),
        Now.UNKNOWN: _("原记录已无从对应"),
    }[now]


def handed_in(
    letter_id: int, papers: Sequence[tuple[str, Paper]], kept: Mapping[str, Kept], card: Card | None
) -> list[dict[str, Any]]:
    """The papers of the application, with what they are called by the policy."""
    titles = {it.key: bilingual(it.title) for it in card.documents} if card else {}
    return [{"label": titles.get(kind, kind), **_paper(letter_id, paper, kept)} for kind, paper in papers]


def _spent(letter_id: int, group: Group, basis: Basis, origins: Origins, kept: Mapping[str, Kept]) -> dict[str, Any]:
    behind = [(it.anchor, n + 1) for n, it in enumerate(basis.figures) if it.group is group]
    return {
        "anchor": group.anchor,
        "figures": behind,
        "shared": any(it.ground is Ground.SHARED for it in basis.figures if it.group is group),
        "used_fen": group.used_fen,
        "rows": [
            {
                "anchor": f"e-{line}",
                "line": line,
                "kind": kind_word(line),
                "month": origins[line].source.month if origins[line].source else month_of(line),  # type: ignore[union-attr]
                "amount_fen": origins[line].source.amount_fen if origins[line].source else None,  # type: ignore[union-attr]
                "used_fen": group.uses[line],
                "grade": origins[line].grade,
                **_record(origins[line]),
                "papers": _papers(letter_id, origins[line], kept),
            }
            for line in group.lines
        ],
    }


def _seen(letter_id: int, group: Group, basis: Basis, origins: Origins, kept: Mapping[str, Kept]) -> dict[str, Any]:
    """What the lines of a group have in common is written once, with the months it is true of."""
    alike: dict[tuple[Any, ...], list[str]] = defaultdict(list)
    for line in group.lines:
        it = origins[line]
        alike[it.grade, it.now, tuple(paper.sha256 for paper in it.papers)].append(line)
    return {
        "anchor": group.anchor,
        "kind": kind_word(group.lines[0]),
        "about": group.about,
        "count": len(group.lines),
        "figures": [(it.anchor, n + 1) for n, it in enumerate(basis.figures) if group in it.facts],
        "parts": [
            {
                "lines": [{"anchor": f"e-{line}", "line": line, "month": month_of(line)} for line in lines],
                "grade": grade,
                "now": now_word(now),
                "now_tone": NOW_TONES[now],
                "papers": _papers(letter_id, origins[lines[0]], kept),
            }
            for (grade, now, _hashes), lines in alike.items()
        ],
    }


def _record(origin: Origin) -> dict[str, Any]:
    """The record behind a line, and how it stands now."""
    numbers, source = "、".join(f"#{number}" for number in origin.records), origin.source
    word, href = _("没有对应的记录"), ""
    if source is not None:
        word = {
            EvidenceKind.RENT_MONTH: _("租金收款%(numbers)s", numbers=numbers),
            EvidenceKind.INSURED_MONTH: _("参保记录%(numbers)s", numbers=numbers),
            EvidenceKind.PRIZE: _("里程碑%(numbers)s", numbers=numbers),
        }.get(source.kind, origin.source.source if origin.source else "")
        endpoint = {EvidenceKind.RENT_MONTH: "tenant_file.rent", EvidenceKind.PRIZE: "tenant_file.timeline"}
        href = url_for(endpoint[source.kind], tenant_id=source.tenant_id) if source.kind in endpoint else ""
    changed = origin.now is Now.OTHER and source is not None and origin.amount_fen != source.amount_fen
    return {
        "record": word,
        "record_href": href,
        "now": now_word(origin.now),
        "now_tone": NOW_TONES[origin.now],
        "now_fen": origin.amount_fen if changed else None,
    }


def _papers(letter_id: int, origin: Origin, kept: Mapping[str, Kept]) -> list[dict[str, Any]]:
    if not origin.papers:
        none = Kept.NONE
        return [{"hash": "", "name": "", "kept": kept_word(none), "tone": KEPT_TONES[none], "href": ""}]
    return [_paper(letter_id, paper, kept) for paper in origin.papers]


def _paper(letter_id: int, paper: Paper, kept: Mapping[str, Kept]) -> dict[str, Any]:
    stands = kept[paper.sha256]
    there = paper.file_id is not None and stands is not Kept.MISSING
    imported = paper.file_id is None and stands is not Kept.NEVER
    return {
        "hash": paper.sha256,
        "name": _("导入的表格") if imported else paper.name,
        "kept": kept_word(stands),
        "tone": KEPT_TONES[stands],
        "href": url_for("letter_papers.show", letter_id=letter_id, paper_file_id=paper.file_id) if there else "",
    }


def kind_word(line: str) -> str:
    kind = OF_LINE.get(line[:1])
    return {
        EvidenceKind.RENT_MONTH: _("房租"),
        EvidenceKind.INSURED_MONTH: _("参保"),
        EvidenceKind.PRIZE: _("获奖"),
    }.get(kind, line) if kind else line  # fmt: skip


def month_of(line: str) -> str:
    """`E-P1-2025-03` and `E-P1-2025-03-2` are of 2025-03; what has no month in its name has none."""
    parts = line.split("-")
    at = next((n for n, part in enumerate(parts) if len(part) == 4 and part.isdigit()), None)
    return "-".join(parts[at : at + 2]) if at is not None else ""
