"""The procedure: approved before the notice was over, one person twice, missing numbers, rules not in force."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from core import SHANGHAI
from core.data.models import (
    Award,
    Case,
    CaseEvent,
    CasePaper,
    CaseState,
    Decision,
    District,
    Issuer,
    Letter,
    LetterCounter,
    Publication,
    PublicationEntry,
    UserIdentity,
)
from core.errors import N_
from core.services.leads import Found, Period, Rule
from core.services.leads.reading import OF_AWARD, awards, present

REVIEWS = (CaseState.FIRST_REVIEW, CaseState.SECOND_REVIEW)  # who brings a case there has prepared it


def approved_early(session: Session, district: District, period: Period) -> Iterator[Found]:
    """Approvals on or before the last day of a public notice that had begun and did not end early."""
    rows = session.execute(
        awards(
            district, period,
            *OF_AWARD, CaseEvent.at, CaseEvent.actor_id, Publication.id.label("publication"), Publication.ends_on,
            PublicationEntry.ended_early_on, Award.amount_fen,
        )
        .join(CaseEvent, and_(CaseEvent.case_id == Case.id, CaseEvent.to_state == CaseState.APPROVED))
        .join(PublicationEntry, PublicationEntry.case_id == Case.id)
        .join(Publication, Publication.id == PublicationEntry.publication_id)
        .where(Publication.made_at < CaseEvent.at)
    )  # fmt: skip
    last: dict[int, Any] = {}
    for row in rows:
        approved = row.at.astimezone(SHANGHAI).date()
        open_still = row.ended_early_on is None or row.ended_early_on > approved
        if open_still and approved <= row.ends_on and (row.id not in last or row.ends_on > last[row.id].ends_on):
            last[row.id] = row
    for award, row in last.items():
        facts = {
            "publication_id": row.publication, "ends_on": row.ends_on.isoformat(),
            "approved_on": row.at.astimezone(SHANGHAI).date().isoformat(), "user_ids": present(row.actor_id),
        }  # fmt: skip
        yield _of(row, f"award:{award}:publication:{row.publication}", facts)


def same_person(session: Session, district: District, period: Period) -> Iterator[Found]:
    """Who prepared a case approved it as well: by the case, by its acts, or as the same person under two accounts."""
    approval, review = aliased(CaseEvent), aliased(CaseEvent)
    one, other = aliased(UserIdentity), aliased(UserIdentity)
    rows = session.execute(
        awards(
            district, period,
            *OF_AWARD, Award.amount_fen, approval.actor_id.label("approver"), review.actor_id.label("preparer"),
            Case.prepared_by_id, Case.approved_by_id,
        )
        .outerjoin(approval, and_(approval.case_id == Case.id, approval.to_state == CaseState.APPROVED))
        .outerjoin(review, and_(review.case_id == Case.id, review.to_state.in_(REVIEWS)))
        .outerjoin(one, one.user_id == func.coalesce(approval.actor_id, Case.approved_by_id))
        .outerjoin(other, other.user_id == func.coalesce(review.actor_id, Case.prepared_by_id))
        .where(
            or_(
                approval.actor_id == review.actor_id,
                Case.prepared_by_id == Case.approved_by_id,
                one.id_number_once == other.id_number_once,
            )
        )
        .distinct()
    )  # fmt: skip
    found: dict[int, Any] = {}
    people: dict[int, set[int]] = defaultdict(set)
    for row in rows:
        found[row.id] = row
        people[row.id] |= set(present(row.approver or row.approved_by_id, row.preparer or row.prepared_by_id))
    for award, row in found.items():
        yield _of(row, f"award:{award}", {"user_ids": sorted(people[award])})


def number_gaps(session: Session, district: District, period: Period) -> Iterator[Found]:
    """Numbers of letters and of papers of the procedure that are missing in a year: between two, before the first, or
    after the last that the counter gave out."""
    years = (period.since.year, period.until.year)
    here = Issuer.district_id == district.id
    seqs = select(Letter.issuer_id, Letter.year, Letter.seq, Letter.id).join(Issuer, Issuer.id == Letter.issuer_id)
    letters = session.execute(seqs.where(here, Letter.year.between(*years)).order_by(Letter.year, Letter.seq)).all()
    counters = select(LetterCounter.issuer_id, LetterCounter.year, LetterCounter.last).join(
        Issuer, Issuer.id == LetterCounter.issuer_id
    )
    last = {(issuer, year): count for issuer, year, count in session.execute(counters.where(here))}
    series: dict[tuple[str, int, int], list[tuple[int, int | None]]] = defaultdict(list)
    for row in letters:
        series["letter", row.issuer_id, row.year].append((row.seq, row.id))
    for (issuer, year), count in last.items():
        if years[0] <= year <= years[1]:
            series["letter", issuer, year].append((count + 1, None))
    papers = select(CasePaper.issuer_id, CasePaper.kind, CasePaper.year, CasePaper.seq).where(
        CasePaper.district_id == district.id, CasePaper.seq.is_not(None), CasePaper.year.between(*years)
    )
    for of_issuer, kind, of_year, seq in session.execute(papers):
        series[kind.value, of_issuer or 0, of_year or 0].append((seq or 0, None))
    for (what, issuer, year), numbers in series.items():
        before, neighbour = 0, None
        for seq, letter in sorted(numbers, key=lambda it: it[0]):
            if seq > before + 1:
                facts = {
                    "issuer_id": issuer, "year": year, "first_missing": before + 1, "last_missing": seq - 1,
                }  # fmt: skip
                key = f"{what}:{issuer}:{year}:{before + 1}-{seq - 1}"
                yield Found(key, facts, present(neighbour, letter))
            before, neighbour = seq, letter


def rule_not_in_force(session: Session, district: District, period: Period) -> Iterator[Found]:
    """Awards whose rule version began after the day that counts, or that a newer version, which the district decided by
    as well, had replaced by then. Which day counts, the capsule says."""
    known = _versions(session, district)
    newer = (
        and_(Case.policy_key == policy, Decision.rule_from < start, Case.applied_on >= start)
        for policy, starts in known.items()
        for start in sorted(starts)
    )
    rows = session.execute(
        awards(
            district, period,
            *OF_AWARD, Award.amount_fen, Case.policy_key, Decision.rule_from, Decision.capsule,
        )
        .join(Decision, Decision.id == Award.decision_id)
        .where(or_(Decision.rule_from.is_(None), Decision.rule_from > Case.applied_on, *newer))
    ).all()  # fmt: skip
    for row in rows:
        on = date.fromisoformat(json.loads(row.capsule)["reference_on"])
        begun = [start for start in known[row.policy_key] if start <= on]
        right = max(begun, default=None)
        if row.rule_from is None or row.rule_from > on or (right is not None and row.rule_from < right):
            facts = {
                "reference_on": on.isoformat(),
                "rule_on": row.rule_from.isoformat() if row.rule_from else None,
                "newer_on": right.isoformat() if right and right != row.rule_from else None,
            }
            yield _of(row, f"award:{row.id}", facts)


def _versions(session: Session, district: District) -> dict[str, set[date]]:
    """The first days of the rule versions that decisions of the district name, by policy."""
    found: dict[str, set[date]] = defaultdict(set)
    named = (
        select(Case.policy_key, Decision.rule_from)
        .join(Case, Case.id == Decision.case_id)
        .where(Case.district_id == district.id, Decision.rule_from.is_not(None))
        .distinct()
    )
    for policy, start in session.execute(named):
        if start is not None:
            found[policy].add(start)
    return found


def _of(row: Any, key: str, facts: dict[str, Any]) -> Found:
    return Found(
        key, facts, present(row.letter_id), row.amount_fen,
        tenant=row.tenant_id, operator=row.operator_id, case=row.case_id,
    )  # fmt: skip


RULES = (
    Rule(
        "approved_early",
        N_("公示期未满即批准"),
        N_("公示（%(publication_id)s）到%(ends_on)s止，%(approved_on)s已由%(user_ids)s批准。"),
        N_("公示期内任何人都可以提出异议；期满前批准，程序违法。"),
        N_("核对公示的起止日期和批准的时间记录；公示因异议提前结束的，看结束日期。"),
        approved_early,
        "procedure",
    ),
    Rule(
        "same_person",
        N_("审核人与批准人为同一人"),
        N_("本件的审核和批准由%(user_ids)s办理，为同一人。"),
        N_("审核与批准应由两人分别负责；系统拦得住同一账号，拦不住同一人使用两个账号。"),
        N_("核对人员登记的证件和账号；委托办理的，看委托记录。"),
        same_person,
        "procedure",
    ),
    Rule(
        "number_gaps",
        N_("文号不连续"),
        N_("%(issuer_id)s%(year)s年缺第%(first_missing)s号至第%(last_missing)s号。"),
        N_("文号按顺序编排，没有空号；缺号可能是通知书被删除。"),
        N_("在日志和签名点中查找缺号的通知书，核对存档文件。"),
        number_gaps,
        "procedure",
    ),
    Rule(
        "rule_not_in_force",
        N_("适用的规则版本不在有效期"),
        N_("应按%(reference_on)s的规则核定，实际适用%(rule_on)s起的版本（当时有效的版本：%(newer_on)s）。"),
        N_("适用尚未生效或已被替代的规则，金额和条件都可能不对。"),
        N_("用重算核对差额，查看决定包中的规则版本和参数日期。"),
        rule_not_in_force,
        "procedure",
    ),
)
