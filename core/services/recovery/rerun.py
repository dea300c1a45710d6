"""The decision of an award again, on the facts as they are now: what the rules give is what the tenant may keep.

Rule version, parameters and the lines that others had are those of the decision. Of the facts only what evidence lines
are made of is taken from today's records, and only where less is there than was: rent that went back, insured months
that are gone. What a tenant became since is no fact of the months it was paid for.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import SHANGHAI
from core.data.models import Award, Case, Decision, Recovery, RecoveryCause, RecoveryState
from core.data.queries import recoveries as reads
from core.data.queries.across import across
from core.errors import Conflict
from core.policy import (
    AssessmentFailed,
    LoadedPolicy,
    Outcome,
    ParameterError,
    Registry,
    UnknownPolicy,
    parse_case,
    reassess,
)
from core.policy import Decision as Answer
from core.services import assessments, dossiers, parameters, pools
from core.services.recovery import amounts
from core.services.recovery.amounts import Line, Why

STANDING = (RecoveryState.SETTLED,)


@dataclass(frozen=True, slots=True)
class Found:
    """What is to be had back now. `failed` are the checks that fail now; `gone` and `less` the evidence lines that are
    not there any more, or with less; `left_on` the day on which the tenant left before its time."""

    paid_fen: int
    owed_fen: int
    lines: list[Line]
    failed: tuple[str, ...] = ()
    gone: frozenset[str] = frozenset()
    less: Mapping[str, int | None] | None = None
    left_on: date | None = None

    def as_json(self) -> list[dict[str, Any]]:
        return [line.to_json() for line in self.lines]


def find(session: Session, registry: Registry, case: Case, cause: RecoveryCause) -> Found:
    """What is to be had back for `cause`. Raises `Conflict` where nobody can say."""
    award = award_of(session, case)
    if cause is RecoveryCause.REVOKED:
        return _all_of_it(session, case, award)
    if cause is RecoveryCause.MOVED_OUT:
        return _by_stay(session, registry, case, award)
    return _by_rules(session, registry, case, award)


def award_of(session: Session, case: Case) -> Award:
    award = session.scalars(select(Award).where(Award.case_id == case.id)).one_or_none()
    if award is None:
        raise Conflict("申请件%(number)s没有核定结果，不能追回", number=case.number)
    return award


def stay_of(session: Session, loaded: LoadedPolicy, case: Case, award: Award) -> int | None:
    """How many months the policy asked the tenant to stay when the award was made; None where it did not."""
    if loaded.card.stay is None or case.applied_on is None:
        return None
    values = loaded.card.parameters
    if published := parameters.published(session, case.district_id, loaded, at=award.approved_at):
        values = values.overridden_by(published)
    try:
        return int(values.on(case.applied_on)[loaded.card.stay])
    except ParameterError:  # the value had not begun, or had ended, on the day of the application
        return None


def capsule_of(session: Session, award: Award) -> dict[str, Any]:
    kept = session.scalars(select(Decision.capsule).where(Decision.id == award.decision_id)).one()
    capsule: dict[str, Any] = json.loads(kept)
    return capsule


def _all_of_it(session: Session, case: Case, award: Award) -> Found:
    paid, capsule = pools.paid_for(session, case), capsule_of(session, award)
    return _found(session, award, capsule, paid, paid, {}, Why.REVOKED)


def _by_stay(session: Session, registry: Registry, case: Case, award: Award) -> Found:
    loaded = assessments.policy_of(registry, case.policy_key)
    months, paid = stay_of(session, loaded, case, award), pools.paid_for(session, case)
    if not months:
        raise Conflict("这项政策没有约定在孵时间，提前迁出不按月追回；请改选其他事由")
    left_on = reads.left_on(session, case.tenant_id)
    start = award.approved_at.astimezone(SHANGHAI).date()
    if left_on is None or amounts.stayed(start, left_on, months) >= months:
        raise Conflict("没有在约定的在孵时间内迁出的记录，请先由运营机构登记退出")
    shares, gone = amounts.by_stay(award.amount_fen, start, left_on, months)
    had = already(session, award)
    rest = {month: fen - min(had[month], fen) for month, fen in shares.items()}
    owing = min(sum(rest[month] for month in gone), paid)
    back = amounts.scaled({month: rest[month] for month in gone}, owing)
    clause = _clause(capsule_of(session, award))
    lines = [_line(month, month, fen, back.get(month, 0), clause, Why.STAY) for month, fen in rest.items()]
    return Found(paid, owing, lines, left_on=left_on)


def _by_rules(session: Session, registry: Registry, case: Case, award: Award) -> Found:
    """Raises `Conflict` where the rules cannot say, or lack a fact: then nothing is to be had back yet."""
    capsule, paid = capsule_of(session, award), pools.paid_for(session, case)
    facts, gone, less = _facts_now(session, case, award, capsule)
    if not gone and not less:
        return Found(paid, 0, [])
    try:
        answer = reassess(capsule, registry, parse_case(facts))
    except (UnknownPolicy, AssessmentFailed, ParameterError, ValueError) as error:
        raise Conflict("按核定时的规则没有算出结果，暂不能确定应追回的金额：%(why)s", why=str(error)) from error
    if answer.outcome is Outcome.NEEDS_INFORMATION:
        raise Conflict("有的事实现在不清楚，按规则不能算出应追回的金额；请运营机构先更正记录")
    failed = tuple(check.code for check in answer.checks if check.passed is False)
    return _found(
        session, award, capsule, paid, amounts.owed(paid, answer.amount_fen), _parts(capsule, answer), None,
        failed=failed, gone=frozenset(gone), less=less,
    )  # fmt: skip


def _found(
    session: Session,
    award: Award,
    capsule: Mapping[str, Any],
    paid: int,
    owing: int,
    kept: Mapping[str, int],
    why: Why | None,
    *,
    failed: tuple[str, ...] = (),
    gone: frozenset[str] = frozenset(),
    less: Mapping[str, int | None] | None = None,
) -> Found:
    awarded = _awarded(capsule)
    had = already(session, award)
    back = amounts.shared(owing, awarded, kept, had)
    clause, months = _clause(capsule), _months(award)
    reason = why or (Why.UNQUALIFIED if failed else None)

    def of(key: str) -> Why:
        return reason or (Why.GONE if key in gone else Why.LESS if key in (less or {}) else Why.SHARE)

    lines = [
        _line(key, months.get(key, ""), fen - min(had[key], fen), back[key], clause, of(key))
        for key, fen in awarded.items()
    ]
    return Found(paid, owing, lines, failed, gone, less)


def _line(key: str, month: str, rest: int, back: int, clause: str, why: Why) -> Line:
    rest = max(rest, back)
    return Line(key, month, rest, rest - back, back, clause, why if back else None)


def already(session: Session, award: Award) -> Counter[str]:
    """What earlier files had back, by part of the award."""
    settled = select(Recovery.lines).where(Recovery.award_id == award.id, Recovery.state.in_(STANDING))
    had: Counter[str] = Counter()
    for rows in session.scalars(settled):
        for row in rows:
            had[row["key"]] += row["back_fen"]
    return had


def _awarded(capsule: Mapping[str, Any]) -> dict[str, int]:
    """The parts of an award: the evidence it spent where that comes to its amount, else its lines, else the whole."""
    uses = {row["line"]: int(row["amount_fen"]) for row in capsule["uses"]}
    if uses and sum(uses.values()) == capsule["amount_fen"]:
        return uses
    lines = {f"{row['code']} {row['note'] or ''}".strip(): int(row["amount_fen"]) for row in capsule["lines"]}
    if min(lines.values(), default=-1) >= 0 and sum(lines.values()) == capsule["amount_fen"]:
        return lines
    return {"award": int(capsule["amount_fen"])}


def _parts(capsule: Mapping[str, Any], answer: Answer) -> dict[str, int]:
    """What the rules give now, for the same parts."""
    now = answer.to_json()
    uses = {row["line"] for row in capsule["uses"]}
    return {key: fen for key, fen in _awarded({**now, "amount_fen": answer.amount_fen}).items() if key in uses} or (
        _awarded({**now, "uses": [], "amount_fen": answer.amount_fen})
    )


def _clause(capsule: Mapping[str, Any]) -> str:
    return next((str(row["clause"]) for row in capsule["lines"]), "")


def _months(award: Award) -> dict[str, str]:
    facts = award.case.facts or {}
    return {line: source["month"] for line, source in (facts.get("evidence") or {}).items()}


def _facts_now(
    session: Session, case: Case, award: Award, capsule: Mapping[str, Any]
) -> tuple[dict[str, Any], set[str], dict[str, int | None]]:
    """The capsule's facts with what is not there any more taken out: which lines those are, and which have less."""
    then = dossiers.Frozen.from_json(case.facts or {"case": {}, "evidence": {}})
    now = assessments.freeze(session, case, case.applied_on or award.approved_at.astimezone(SHANGHAI).date())
    with across(session, "recovery") as wide:
        red = reads.uninvoiced(wide, now.evidence, since=award.approved_at)
    left: Counter[tuple[str, str]] = Counter()
    amount: dict[tuple[str, str], int | None] = {}
    for section, line, row in _rows(now.case):
        key = (now.evidence[line].natural_key, _employer(section, row))
        left[key] += 1
        paid = row.get("paid_fen")
        amount[key] = max(paid - red.get(line, 0), 0) if paid is not None else None
    facts: dict[str, Any] = json.loads(json.dumps(capsule["case"]))
    gone: set[str] = set()
    less: dict[str, int | None] = {}
    for section in ("rent", "employment"):
        rows = facts["dossier"].get(section)
        if not rows:
            continue
        kept = []
        for row in rows:
            source = then.evidence.get(row["line"])
            if source is None:
                kept.append(row)
                continue
            key = (source.natural_key, _employer(section, row))
            if not left[key]:
                gone.add(row["line"])
                continue
            left[key] -= 1
            was, there = row.get("paid_fen"), amount[key]
            if section == "rent" and was is not None and (there is None or there < was):
                less[row["line"]] = there
                row = {**row, "paid_fen": there}
            kept.append(row)
        facts["dossier"][section] = kept
    return facts, gone, less


def _rows(case: Mapping[str, Any]) -> list[tuple[str, str, Mapping[str, Any]]]:
    dossier = case["dossier"]
    return [(name, row["line"], row) for name in ("rent", "employment") for row in dossier.get(name) or ()]


def _employer(section: str, row: Mapping[str, Any]) -> str:
    """One person insured by two employers in a month has two rows of one key."""
    return str(row.get("employer_uscc") or "") if section == "employment" else ""
