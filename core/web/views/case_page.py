"""What a case page shows, as plain values for the components: checks, calculation, evidence, papers, trail."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import current_app, g, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.asker import Asker, Reach
from core.data.models import Case, CaseEvent, CaseState, Department, Letter, LetterStatus, User
from core.data.types import utcnow
from core.extensions import db
from core.policy import Decision, LoadedPolicy, Outcome, Registry, UnknownPolicy
from core.services import assessments, calendar, failures, phases, wording
from core.services.assessments import Assessed
from core.services.failures import NotAssessed
from core.services.phases import Phase
from core.services.workflow import MOVES, NOT_A_BUTTON, STARTUP, Move, Need, Preset
from core.web import words
from core.web.templating import bilingual, language
from core.web.views.case_words import BETWEEN, TOLD, reason_word


def registry() -> Registry:
    found: Registry = current_app.extensions["registry"]
    return found


def policy_titles() -> dict[str, str]:
    """The policies in service, each with its title in the reader's language."""
    return {loaded.key: bilingual(loaded.card.title) for loaded in registry().policies}


def check_rows(loaded: LoadedPolicy, decision: Decision) -> list[dict[str, Any]]:
    """Every check with its label, clause and advice in the reader's language."""
    rows = []
    for check, plain in zip(decision.checks, decision.to_json()["checks"], strict=True):
        text = loaded.card.checks[check.code]
        advice = text.explain if check.passed is False else text.missing if check.passed is None else None
        observed, required = both(plain["observed"], plain["relation"], plain["required"], check.unit)
        rows.append(
            {
                "label": bilingual(text.label),
                "passed": check.passed,
                "observed": observed,
                "required": required,
                "clause": bilingual(decision.clause(check.code)),
                "explain": bilingual(advice) if advice else "",
                "fixed": text.fixed,
            }
        )
    return rows


def both(observed: Any, relation: str, required: Any, unit: str) -> tuple[str, str]:
    """What there is and what is asked, in words: in Chinese those of the letter."""
    if language() == "zh":
        return wording.value_in_words(observed, unit), wording.condition(relation, required, unit)
    return shown(observed, unit), f"{SIGNS.get(relation, '')} {shown(required, unit)}".strip()


SIGNS = {"<": "＜", "<=": "≤", ">=": "≥", "in": "∈", "is": ""}


def shown(value: Any, unit: str) -> str:
    """A check's value for a reader: fen as yuan, yes and no in words, codes as words."""
    if value is None:
        return _("未知")
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, list | tuple):
        return "、".join(shown(v, unit) for v in value) or _("无")
    if unit == "fen" and isinstance(value, int):
        return _("%(yuan)s元", yuan=f"{value // 100:,}.{value % 100:02d}")
    if unit == "score" and isinstance(value, int):
        return _("%(score)s分", score=f"{value // 100}.{value % 100:02d}")
    units = {"persons": _("人"), "person_months": _("人月"), "months": _("个月"), "days": _("天")}
    gap = " " if unit in units and language() == "en" else ""
    return f"{value}{gap}{units.get(unit, '')}".replace("_", " ")


def calculation_rows(assessed: Assessed) -> list[dict[str, Any]]:
    card, decision = assessed.loaded.card, assessed.decision
    return [
        {
            "label": bilingual(card.lines[line.code].label),
            "note": line.note,
            "quantity": line.quantity,
            "unit_fen": line.unit_fen,
            "amount_fen": line.amount_fen,
            "clause": bilingual(decision.clause(line.code)),
        }
        for line in decision.lines
    ]


def evidence_rows(assessed: Assessed) -> list[dict[str, Any]]:
    """The evidence in the case: what this award uses of it, and what another award has already spent."""
    used = {use.line_id: use.amount_fen for use in assessed.decision.uses}
    taken = {row.line_id: row for row in assessed.decision.excluded}
    kinds = {
        "rent_month": _("房租"),
        "insured_month": _("参保"),
        "desk_fee_month": _("工位费"),
        "prize": _("获奖"),
    }
    first, last = assessed.frozen.case["period"]["from"], assessed.frozen.case["period"]["to"]
    dossier = assessed.frozen.case["dossier"]
    names = {row["line"]: row["person"] for row in dossier["employment"] or ()}
    # A case frozen under an older case file has no such section.
    won = dossier.get("prizes") or ()
    names |= {row["line"]: words.prize_name(row["contest"], row["edition"], row["level"]) for row in won}
    spends_rent = assessed.loaded.card.stacking is not None and "rent" in assessed.loaded.card.reads.visible
    rows = []
    for line, source in sorted(
        assessed.frozen.evidence.items(), key=lambda item: (item[1].kind, item[1].month, item[0])
    ):
        unused = spends_rent and source.kind == "rent_month" and first <= source.month <= last
        if line in used or line in taken or unused:
            rows.append(
                {
                    "label": f"{kinds.get(source.kind, source.kind)} {names.get(line, '')}".strip(),
                    "month": source.month,
                    "amount_fen": source.amount_fen,
                    "used_fen": used.get(line, 0),
                    "grade": source.grade,
                    "paper": (source.paper or "")[:12],
                    "taken_by": taken[line].award if line in taken else None,
                    "taken_fen": taken[line].amount_fen if line in taken else None,
                }
            )
    return rows


def papers(session: Session, case: Case) -> list[dict[str, Any]]:
    """The papers the policy asks for, each with what is attached."""
    attached: dict[str, list[dict[str, Any]]] = {}
    for document in case.documents:
        file = document.file
        attached.setdefault(document.kind, []).append(
            {
                "id": document.id,
                "name": file.name,
                "size": file.size,
                "when": file.uploaded_at,
                "href": url_for("cases.paper", case_id=case.id, document_id=document.id),
                "view": url_for("case_papers.show", case_id=case.id, document_id=document.id),
            }
        )
    return [
        {
            "key": d.key,
            "label": bilingual(d.title),
            "required": d.required,
            "note": bilingual(d.note) if d.note else "",
            "files": attached.get(d.key, []),
        }
        for d in assessments.card_of(registry(), case.policy_key).documents
    ]


def trail(session: Session, case: Case, *, staff: bool) -> list[dict[str, Any]]:
    """What happened, newest first: staff read who did it, the applicant reads which institution."""
    card = assessments.card_of(registry(), case.policy_key)
    events = session.execute(
        select(CaseEvent, User.name, Department.name)
        .outerjoin(User, User.id == CaseEvent.actor_id)
        .outerjoin(Department, Department.id == CaseEvent.department_id)
        .where(CaseEvent.case_id == case.id)
        .order_by(CaseEvent.id.desc())
    )
    rows = []
    for event, person, department in events:
        rule = MOVES[event.move]
        title = rule.record if staff else rule.applicant
        if not title:
            continue
        own = rule.roles and rule.roles <= STARTUP  # the applicant's act: no institution's
        institution = "" if own else department or bilingual(card.workflow.institutions.get(event.to_state.value))
        who = f"{institution or ''} {person or ''}".strip() if staff else institution
        told = staff or (event.move in TOLD and not (event.move in BETWEEN and g.asker.reach is Reach.OPERATOR))
        reasons = "；".join(reason_word(card, code) for code in event.reasons or [])
        rows.append(
            {
                "when": event.at,
                "title": _(title),
                "who": who,
                "text": " ".join(t for t in (reasons, event.opinion or "") if t) if told else "",
                "tone": TOLD.get(event.move, "neutral"),
            }
        )
    return rows


def unnoticed() -> list[str]:
    """The policies in service that give no notice before the decision."""
    return [loaded.key for loaded in registry().policies if not loaded.card.workflow.publishes_first]


def phase_of(case: Case) -> Phase:
    """Where the case stands with its public notice; of a policy that is gone, as it stands on the main road."""
    try:
        return phases.phase_of(case, registry().card(case.policy_key).workflow, g.today)
    except UnknownPolicy:
        return Phase.PLAIN


def standing_word(case: Case) -> str:
    """What the case's state is called for the reader of the page."""
    return state_word(case.state, g.asker, phase=phase_of(case))


def state_word(case_state: CaseState, asker: Asker, policy: str = "", phase: str = Phase.PLAIN) -> str:
    """The state's name for this reader, of a case in this phase of its public notice. Where the policy of the case is
    said and pays no money, no payment is named."""
    name = phases.name_of(case_state, Phase(phase))
    if policy and case_state is CaseState.ISSUED and assessments.preset_of(registry(), policy) is Preset.ALLOCATION:
        return _("通知书已发出") if asker.reach is Reach.TENANT else _("已发文")
    return _(name.applicant if asker.reach is Reach.TENANT else name.staff)


def choices(case: Case, asker: Asker, assessed: Assessed | None) -> list[Move]:
    """The moves this reader may make now, without those the rules already exclude; the likeliest first."""
    outcome = assessed.decision.outcome if assessed else None
    ruled_out = {Need.NOT_ELIGIBLE if outcome is Outcome.ELIGIBLE else Need.ELIGIBLE} if outcome else set()
    preset = assessments.preset_of(registry(), case.policy_key)
    known = phases.moves_from(case.state, phase_of(case), asker.roles, preset)
    open_ = [move for move in known if not ruled_out & move.needs and move.code not in NOT_A_BUTTON]
    return sorted(open_, key=lambda move: move.code in SECONDARY)


# Side roads: never the main button of a page.
SECONDARY = frozenset(
    {"return", "not_admit", "refresh", "send_back", "object", "withdraw", "hand_back", "turn_away", "decline"}
    | {"dismiss_appeal", "propose_revocation", "revoke", "drop_revocation"}
)


def days_left(due_on: date | None) -> int | None:
    """Working days until a limit in the reader's district, negative when late; None without a limit."""
    if due_on is None:
        return None
    if "own_days" not in g:
        district = g.asker.district_id
        g.own_days = calendar.own_days(db.session, district, g.today - timedelta(days=400)) if district else {}
    return calendar.days_left(due_on, g.today, g.own_days)


def trouble(case: Case, failed: NotAssessed) -> dict[str, Any]:
    """Why the rules gave no answer now, since when they have not, and how often they were asked."""
    row = failures.of_case(db.session, case)
    known = row is not None and failed.passing
    return {
        "reason": row.reason if row is not None and known else failed.reason,
        "since": row.since if row is not None else utcnow(),
        "times": row.times + 1 if row is not None else 1,
    }


def letter_of(session: Session, case: Case) -> Letter | None:
    """The case's newest issued letter."""
    return session.scalars(
        select(Letter).where(Letter.case_id == case.id, Letter.status == LetterStatus.ISSUED).order_by(Letter.id.desc())
    ).first()
