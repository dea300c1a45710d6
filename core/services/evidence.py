"""The evidence ledger: a rent month, an insured month or a prize is spent once (docs/evidence.md).

Three guards, from the kindest to the last: a rule is told what is spent, and may not use it (`spent`);
`spend` looks under a lock at what no index can express (caps, groups used under two rules); and a unique index of the
database refuses the second use in an exclusive group, whoever writes it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.data.models import Award, Case, EvidenceKind, EvidenceLine, EvidenceUse, StackingRule
from core.data.queries import evidence as queries
from core.data.queries.across import across
from core.data.queries.evidence import Holding
from core.data.types import utcnow
from core.errors import N_, Conflict
from core.policy import Spent, Stacking
from core.services import audit, once, supports
from core.services.dossiers import Source, month_name

TAKEN = {
    EvidenceKind.RENT_MONTH: N_(
        "%(month)s房租已由“%(award)s”核定使用（凭据%(line)s），不能重复享受；请重新核算，已使用的凭据会自动剔除"
    ),
    EvidenceKind.INSURED_MONTH: N_(
        "%(month)s的一条参保记录已由“%(award)s”核定使用（凭据%(line)s），不能重复享受；请重新核算，已使用的凭据会自动剔除"
    ),
    EvidenceKind.DESK_FEE_MONTH: N_(
        "%(month)s工位费已由“%(award)s”核定使用（凭据%(line)s），不能重复享受；请重新核算，已使用的凭据会自动剔除"
    ),
    EvidenceKind.PRIZE: N_(
        "%(month)s所获奖项已由“%(award)s”核定使用（凭据%(line)s），同一赛事同一届不论级别只享受一次；"
        "请重新核算，已使用的凭据会自动剔除。如应按更高级别享受，须先撤销原核定"
    ),
}


@dataclass(slots=True)
class _Claim:
    """What an award wants of one line. `line` is its name in the case file."""

    line: str
    source: Source
    amount_fen: int


def spent(
    session: Session,
    evidence: Mapping[str, Source],
    stacking: Stacking | None,
    *,
    apart_from: Award | None = None,
) -> dict[str, Spent]:
    """Which of the lines in `evidence` other awards have, as against a policy that stacks by `stacking`: the number of
    the letter (or of the case, while there is no letter) that has them, and how much:
    `{"R-L1-2025-03": Spent("虹人社〔2026〕12号")}`. It is just what `spend` would refuse, so a rule that heeds it never
    computes an amount that the ledger then turns down.

    `apart_from`: an award that is not to stand in its own way.
    """
    if stacking is None:
        return {}
    rule = StackingRule(stacking.rule)
    keys = {source.natural_key for source in evidence.values()}
    held: dict[str, list[Holding]] = defaultdict(list)
    with across(session, "ledger") as wide:
        but = apart_from.id if apart_from is not None else None
        for holding in queries.holdings(wide, keys, stacking.group, but_award_id=but):
            if rule is not StackingRule.STACKABLE or holding.rule is StackingRule.EXCLUSIVE:
                held[holding.natural_key].append(holding)
        numbers = queries.award_numbers(wide, {it.award_id for found in held.values() for it in found})
        outside = supports.shares(wide, evidence) if rule is not StackingRule.STACKABLE else {}
    return {
        line: _of(held.get(source.natural_key, []), outside.get(line, []), rule, numbers, source.amount_fen)
        for line, source in evidence.items()
        if source.natural_key in held or line in outside
    }


def _of(
    held: list[Holding],
    outside: list[Spent],
    rule: StackingRule,
    numbers: Mapping[int, str],
    amount_fen: int | None,
) -> Spent:
    """A line of unknown amount is not shared: nobody can say what is left of it."""
    called = "、".join(dict.fromkeys([*(numbers[it.award_id] for it in held), *(it.award for it in outside)]))
    alone = rule is not StackingRule.CAPPED or any(it.rule is StackingRule.EXCLUSIVE for it in held)
    parts = [*(it.amount_fen for it in held), *(it.amount_fen for it in outside)]
    if alone or amount_fen is None or None in parts:
        return Spent(called)
    return Spent(called, sum(part or 0 for part in parts))


def spend(
    session: Session,
    award: Award,
    *,
    uses: Mapping[str, int],
    evidence: Mapping[str, Source],
    group: str,
    rule: StackingRule | str,
) -> None:
    """Write what `award` spends: `uses` maps line ids of its case file to fen, `evidence` says what the lines are.

    Called in the transaction that approves the award. Raises `Conflict` naming the other award, the month and the
    line where a line is taken; the caller rolls back. A use of 0 fen spends nothing and is not written.
    Raises `ValueError` for a use of an unknown line or above its line: a rule's fault, which the kernel refuses first.
    """
    rule = StackingRule(rule)
    claims = _claims(uses, evidence)
    if not claims:
        return
    with across(session, "ledger") as wide:
        case = wide.scalars(select(Case).where(Case.id == award.case_id)).one()
        lines = _lines(wide, case, claims)
        others = queries.holdings(wide, claims, group, but_award_id=award.id)
        _refuse_what_no_index_can(wide, claims, lines, others, rule)
        _refuse_what_was_had_elsewhere(claims, lines, others, supports.shares(wide, evidence), rule)
        rows = [
            {
                "operator_id": award.operator_id,
                "tenant_id": award.tenant_id,
                "line_id": lines[key].id,
                "award_id": award.id,
                "policy_key": award.policy_key,
                "stacking_group": group,
                "rule": rule,
                "amount_fen": claim.amount_fen,
            }
            for key, claim in claims.items()
        ]
        try:
            with wide.begin_nested():
                wide.execute(insert(EvidenceUse), rows)
        except IntegrityError:
            others = queries.holdings(wide, claims, group, but_award_id=award.id)
            if not others:
                raise
            raise _taken(wide, claims, others[0]) from None
    audit.record(
        session,
        "evidence.spend",
        award,
        detail={"group": group, "rule": rule.value, "lines": len(claims), "amount_fen": sum(uses.values())},
    )


def release(session: Session, award: Award) -> int:
    """Free what `award` spent, and what is had once; returns how many uses ended. Called in the transaction that
    revokes it."""
    once.release(session, award)
    ended = update(EvidenceUse).where(EvidenceUse.award_id == award.id, EvidenceUse.released_at.is_(None))
    count = int(session.execute(ended.values(released_at=utcnow())).rowcount)  # type: ignore[attr-defined]
    audit.record(session, "evidence.release", award, detail={"lines": count})
    return count


def _claims(uses: Mapping[str, int], evidence: Mapping[str, Source]) -> dict[str, _Claim]:
    """By natural key, in its order: a person with two employers in a month has two lines but one month to spend."""
    claims: dict[str, _Claim] = {}
    for line, amount in uses.items():
        source = evidence.get(line)
        if source is None:
            raise ValueError(f"the award uses line {line}, which is not in its case file")
        if amount < 0 or (source.amount_fen is not None and amount > source.amount_fen):
            raise ValueError(f"the award uses {amount} fen of line {line}, which has {source.amount_fen}")
        if amount and source.natural_key in claims:
            claims[source.natural_key].amount_fen += amount
        elif amount:
            claims[source.natural_key] = _Claim(line, source, amount)
    return dict(sorted(claims.items()))


def _lines(wide: Session, case: Case, claims: Mapping[str, _Claim]) -> dict[str, EvidenceLine]:
    """The rows of the claimed lines, locked, and brought up to date with the record they are now claimed
    on. While an award uses a line, it may only grow: nothing is taken away from under the award."""
    checked_by = case.reviewed_by_id or case.prepared_by_id
    facts = {key: _facts(claim.source, checked_by) for key, claim in claims.items()}
    owners = {key: {"tenant_id": c.source.tenant_id, "operator_id": c.source.operator_id} for key, c in claims.items()}
    queries.add_lines(wide, [{"natural_key": key, **facts[key], **owners[key]} for key in claims])
    lines = queries.lock_lines(wide, claims)
    used = queries.used_anywhere(wide, [line.id for line in lines.values()])
    for key, line in lines.items():
        unused = line.id not in used
        if unused or (line.amount_fen or 0) < (claims[key].source.amount_fen or 0):
            for name, value in (facts[key] | (owners[key] if unused else {})).items():
                setattr(line, name, value)
    wide.flush()
    return lines


def _facts(source: Source, checked_by: int | None) -> dict[str, object]:
    limit = EvidenceLine.source.type.length
    return {
        "kind": source.kind,
        "month": source.month,
        "amount_fen": source.amount_fen,
        # A month of many vouchers names the first of them; the case's frozen facts name all.
        "source": source.source if len(source.source) <= limit else source.source[: limit - 1] + "…",
        "grade": source.grade,
        "paper_sha256": source.paper,
        "checked_by_id": checked_by,
    }


def _refuse_what_no_index_can(
    wide: Session,
    claims: Mapping[str, _Claim],
    lines: Mapping[str, EvidenceLine],
    others: list[Holding],
    rule: StackingRule,
) -> None:
    """Caps, and a group that one policy uses exclusively and another does not. The lines are locked."""
    together = {key: claim.amount_fen for key, claim in claims.items()}
    for other in others:
        key = other.natural_key
        together[key] += other.amount_fen
        mixed = other.rule is not rule and StackingRule.EXCLUSIVE in (other.rule, rule)
        # A line of unknown amount is not shared: nobody can say what is left of it.
        over = rule is StackingRule.CAPPED and together[key] > (lines[key].amount_fen or 0)
        if mixed or over:
            raise _taken(wide, claims, other)


def _refuse_what_was_had_elsewhere(
    claims: Mapping[str, _Claim],
    lines: Mapping[str, EvidenceLine],
    others: list[Holding],
    outside: Mapping[str, list[Spent]],
    rule: StackingRule,
) -> None:
    """Support from outside stands in no index: it is looked at here, in the approving transaction."""
    if rule is StackingRule.STACKABLE:
        return
    for key, claim in claims.items():
        had = outside.get(claim.line, [])
        together = claim.amount_fen + sum(it.amount_fen for it in others if it.natural_key == key)
        together += sum(it.amount_fen or 0 for it in had)
        if had and (rule is StackingRule.EXCLUSIVE or together > (lines[key].amount_fen or 0)):
            month = month_name(claim.source.month)
            raise Conflict(TAKEN[claim.source.kind], month=month, award=had[0].award, line=claim.line)


def _taken(wide: Session, claims: Mapping[str, _Claim], other: Holding) -> Conflict:
    """Names the other award by its number and nothing else of it: it may be at another operator, or in another
    district."""
    claim = claims[other.natural_key]
    number = queries.award_numbers(wide, {other.award_id})[other.award_id]
    return Conflict(TAKEN[claim.source.kind], month=month_name(claim.source.month), award=number, line=claim.line)
