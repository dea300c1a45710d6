"""文书: asked for in the act's transaction, numbered in a tiny one, rendered outside any, sealed in a third, as letters
are (`core.services.letters`). `core.jobs.papers` joins the steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import Case, CaseEvent, CasePaper, PaperCounter, PaperKind, PaperStatus
from core.errors import N_, Conflict, Invalid, NotFound
from core.letters.numbering import format_number
from core.letters.procedure import paper_html, unprintable
from core.policy import Registry, canonical
from core.services import audit, jobs, notices, revocations, sealing
from core.services.letters import issuer_of_case
from core.services.paper_text import content_of

ISSUE = "issue_paper"

# The acts that call for a paper.
CALLED_FOR = {
    "accept": PaperKind.ACCEPTANCE,
    "return": PaperKind.CORRECTION,
    "not_admit": PaperKind.NOT_ADMITTED,
    "propose_revocation": PaperKind.REVOCATION_NOTICE,
    "revoke": PaperKind.REVOCATION,
}
TITLES: dict[PaperKind, str] = {
    PaperKind.ACCEPTANCE: N_("受理通知书"),
    PaperKind.CORRECTION: N_("补正告知书"),
    PaperKind.NOT_ADMITTED: N_("不予受理决定书"),
    PaperKind.REVOCATION_NOTICE: N_("拟撤销告知书"),
    PaperKind.REVOCATION: N_("撤销决定书"),
    PaperKind.REPAYMENT: N_("退回决定书"),
}
# What stands between 机关代字 and year: 示人才受〔2026〕1号.
MARKS = {
    PaperKind.ACCEPTANCE: "受",
    PaperKind.CORRECTION: "补",
    PaperKind.NOT_ADMITTED: "不受",
    PaperKind.REVOCATION_NOTICE: "撤告",
    PaperKind.REVOCATION: "撤",
    PaperKind.REPAYMENT: "退",
}


def after(session: Session, registry: Registry, case: Case, event: CaseEvent) -> None:
    """Ask for the paper that the act calls for, if it calls for one; the day to keep is the one it set: of a proposed
    revocation the last one of the hearing. What the applicant may change before the paper has its number is kept as it
    was."""
    if kind := CALLED_FOR.get(event.move):
        heard = kind is PaperKind.REVOCATION_NOTICE
        due = revocations.heard_until(session, registry, case) if heard else case.due_on
        terms = {"due_on": due.isoformat() if due else "", "period": [case.period_from, case.period_to]}
        ask(session, case, event, kind, terms)


def require_printable(move: str, opinion: str) -> None:
    """Refuse an opinion that its paper cannot print: the act is for ever, and so it would be missing."""
    if move in CALLED_FOR and (chars := unprintable(" ".join(opinion.split()))):
        named = "、".join(char if char.isprintable() else f"U+{ord(char):04X}" for char in chars)
        raise Invalid("意见要印在文书上，其中的“%(chars)s”不能印出；请删去或改写", field="opinion", chars=named)


def ask_repayment(
    session: Session,
    case: Case,
    event: CaseEvent,
    *,
    amount_fen: int,
    due_on: date,
    pay_to: str,
    lines: Sequence[Mapping[str, Any]],
) -> CasePaper:
    """Ask for the 退回决定书: what is to be paid back, by when, to which account, and the `lines` that it is the sum of
    (`amounts.Line`). `event` decided it, its reasons and opinion are quoted."""
    terms = {"due_on": due_on.isoformat(), "back_fen": amount_fen, "pay_to": pay_to, "lines": [*map(dict, lines)]}
    return ask(session, case, event, PaperKind.REPAYMENT, terms)


def ask(session: Session, case: Case, event: CaseEvent, kind: PaperKind, terms: Mapping[str, Any]) -> CasePaper:
    """Have a paper made once this transaction commits. Asking twice is asking once."""
    session.flush()
    paper = session.scalar(select(CasePaper).where(CasePaper.event_id == event.id, CasePaper.kind == kind))
    if paper is None:
        paper = CasePaper(
            operator_id=case.operator_id,
            tenant_id=case.tenant_id,
            district_id=case.district_id,
            case_id=case.id,
            event_id=event.id,
            kind=kind,
            terms=dict(terms),
        )
        session.add(paper)
        session.flush()
        jobs.enqueue(session, ISSUE, key=job_of(paper), paper_id=paper.id)
    return paper


def job_of(paper: CasePaper) -> str:
    """The key of the job that makes the paper."""
    return f"{ISSUE}:{paper.id}"


def load(session: Session, paper_id: int) -> CasePaper:
    """The paper, if the asker may see it; raises `NotFound`."""
    paper = session.scalar(select(CasePaper).where(CasePaper.id == paper_id))
    if paper is None:
        raise NotFound("没有这份文书，或您无权查看")
    return paper


def outstanding(session: Session) -> list[int]:
    """Ids of the papers that are called for and not issued, oldest first."""
    due = select(CasePaper.id).where(CasePaper.status != PaperStatus.ISSUED).order_by(CasePaper.id)
    return list(session.scalars(due))


def of_case(session: Session, case: Case) -> list[CasePaper]:
    """The papers of a case, oldest first."""
    return list(session.scalars(select(CasePaper).where(CasePaper.case_id == case.id).order_by(CasePaper.id)))


def take_number(session: Session, paper: CasePaper, registry: Registry, *, on: date, base_url: str) -> CasePaper:
    """Give the paper the next number of its series, and freeze what it says; one that has its number keeps it.

    Raises `Conflict`, or `LetterRefusedError` where its form cannot be filled: then no number is taken. Commit soon
    after: until then no other paper of the series gets its number.
    """
    if paper.status is not PaperStatus.DUE:
        return paper
    issuer = issuer_of_case(session, paper.case_id)
    mark = issuer.mark + MARKS[paper.kind]
    content = content_of(session, paper, issuer, registry, title=TITLES[paper.kind], on=on, base_url=base_url)
    if chars := unprintable(content):
        raise Conflict(
            "申请件%(case)s的%(title)s不能编号：“%(chars)s”不在文书字库中，请改用规范字或增补字库",
            case=content["case_number"], title=content["title"], chars=chars,
        )  # fmt: skip
    draft = content | {"number": format_number(mark, on.year, 1)}
    paper_html(draft, canonical(draft))  # a form that cannot be filled must not cost a number either
    counter = sealing.locked(session, PaperCounter, issuer_id=issuer.id, kind=paper.kind, year=on.year)
    paper = sealing.anew(session, paper)  # whoever waited for the lock may find that it was numbered meanwhile
    if paper.status is not PaperStatus.DUE:
        return paper
    counter.last += 1
    number = format_number(mark, on.year, counter.last)
    paper.issuer_id, paper.year, paper.seq, paper.number = issuer.id, on.year, counter.last, number
    paper.issued_on, paper.content, paper.status = on, content | {"number": number}, PaperStatus.NUMBERED
    audit.record(session, "paper.number", paper, detail={"number": number, "event": paper.event_id})
    session.flush()
    return paper


def seal(session: Session, paper: CasePaper, *, sha256: str, size: int, signed_by: str | None = None) -> None:
    """Mark the paper as issued with the stored file, record it and tell the tenant, once."""
    if sealing.seal(session, paper, sha256=sha256, size=size, signed_by=signed_by):
        audit.record(session, "paper.issue", paper, detail={"number": paper.number, "sha256": sha256})
        notices.of_paper(session, paper, paper.case)
        session.flush()


def report_failure(session: Session, paper: CasePaper, reason: str) -> None:
    """Leave a trace of a paper that could not be made, and tell the people who watch the queue."""
    audit.record(session, "paper.fail", paper, detail={"reason": reason[:500]}, success=False)
    notices.of_failed_paper(session, paper.id, paper.case, job_of(paper))
    session.flush()
