"""公示: what the public is shown of cases whose review passed, and for how long.

What is shown is fixed when the notice begins. It can name neither persons nor accounts: it is made of the closed list
of fields in `FIELDS`, of which a policy's card picks some.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import Case, CaseState, Operator, Publication, PublicationEntry
from core.errors import N_, Conflict, Invalid
from core.policy import Card, digest
from core.services import audit, phases
from core.services.calendar import add_working_days

FIELDS: dict[str, str] = {
    "number": N_("申请编号"),
    "tenant": N_("单位名称"),
    "uscc": N_("统一社会信用代码"),
    "operator": N_("运营机构"),
    "period": N_("申请期间"),
    "amount": N_("拟核定金额（元）"),
}
# The same of a notice of what was decided: it says so under `order` in what is shown.
AFTER: dict[str, str] = {"amount": N_("核定金额（元）")}
MOST = 500  # cases in one notice


def show(
    session: Session, notice: Publication | None, case: Case, card: Card, *, amount_fen: int, today: date
) -> Publication:
    """Put a case into a notice, or into one of its own. In the transaction in which it is published."""
    if notice is None:
        notice = begin(session, case, card, today)
    elif (notice.district_id, notice.policy_key, notice.opened_on) != (case.district_id, case.policy_key, today):
        raise Conflict("一份公示只能列入同一天公示的同一项政策的申请件")
    elif (decided(notice), notice.shown["working_days"]) != (case.notice_days is not None, days_of(case, card)):
        raise Conflict("一份公示只能都是批准之前的，或都是发文之后的，公示天数也要相同；请分开公示")
    fields = {name: _READ[name](session, case, amount_fen) for name in notice.shown["fields"]}
    notice.shown = notice.shown | {"rows": [*notice.shown["rows"], fields]}
    notice.digest = digest(notice.shown)
    notice.entries.append(
        PublicationEntry(district_id=case.district_id, case_id=case.id, place=len(notice.shown["rows"]))
    )
    session.flush()
    case.published_on, case.publication_ends_on = notice.opened_on, notice.ends_on
    return notice


def begin(session: Session, case: Case, card: Card, today: date) -> Publication:
    """An empty notice for a case and others like it, from today on. Raises `Conflict` for one that is not published."""
    workflow, days, after = card.workflow, days_of(case, card), case.notice_days is not None
    if not days:
        why = phases.WHY["publish", phases.Phase.UNNOTICED]
        raise Conflict(why)
    institution = workflow.institutions.get(CaseState.PUBLISHED.value)
    notice = Publication(
        district_id=case.district_id,
        code=secrets.token_hex(8),
        policy_key=case.policy_key,
        opened_on=today,
        ends_on=add_working_days(session, case.district_id, today, days),
        shown={
            "title": f"关于{card.title.zh}{'核定' if after else '拟核定'}名单的公示",
            "policy": card.title.zh,
            "institution": institution.zh if institution else "",
            "working_days": days,
            "fields": list(workflow.publication_fields),
            "rows": [],
        }
        | ({"order": "after"} if after else {}),
        made_by_id=audit.asker_of(session).user_id,
    )
    notice.digest = digest(notice.shown)
    session.add(notice)
    session.flush()
    audit.record(session, "publication.begin", notice, detail={"policy": case.policy_key})
    return notice


def days_of(case: Case, card: Card) -> int:
    """For how many working days a case is shown: of what was decided as many as its letter says; 0 for not at all."""
    if case.notice_days is not None:
        return case.notice_days
    return card.workflow.publication_days if card.workflow.publishes_first else 0


def decided(notice: Publication) -> bool:
    """Whether a notice is of what was decided, not of what is intended."""
    return notice.shown.get("order") == "after"


def labels(notice: Publication) -> dict[str, str]:
    """What the fields of a notice are called."""
    return {name: (decided(notice) and AFTER.get(name)) or FIELDS[name] for name in notice.shown["fields"]}


def awaited(case: Case, today: date) -> Conflict | None:
    """Why a case whose letter is out cannot be paid yet for its notice's sake; None where nothing has to be waited
    for."""
    phase = phases.issued(case, today)
    if phase is phases.Phase.TO_ANNOUNCE:
        return Conflict(
            "申请件%(number)s的核定结果还没有公示，不能拨付；公示期满没有异议之后再拨付", number=case.number
        )
    if phase is phases.Phase.ANNOUNCED:
        return Conflict(
            "申请件%(number)s的核定结果公示至%(day)s，期满没有异议之后才能拨付",
            number=case.number,
            day=str(case.publication_ends_on),
        )
    return None


def take_out(session: Session, case: Case, today: date) -> None:
    """The case is no longer under notice; what was shown stays on record."""
    running = select(PublicationEntry).where(
        PublicationEntry.case_id == case.id, PublicationEntry.ended_early_on.is_(None)
    )
    for entry in session.scalars(running):
        entry.ended_early_on = today
    case.published_on = case.publication_ends_on = case.publication_result = None
    session.flush()


def checked(cases: Iterable[Case]) -> list[Case]:
    """Cases that can stand in one notice together, in the order they are shown in. Raises `Invalid`."""
    found = sorted(cases, key=lambda case: case.number)
    if not found:
        raise Invalid("请至少选择一件申请", field="cases")
    if len(found) > MOST:
        raise Invalid("一份公示最多%(most)s件，请分次公示", field="cases", most=MOST)
    if len({case.policy_key for case in found}) > 1:
        raise Invalid("一份公示只能是同一项政策的申请件", field="cases")
    if len({case.notice_days for case in found}) > 1:
        raise Invalid("一份公示只能都是批准之前的，或都是发文之后的，公示天数也要相同；请分开公示", field="cases")
    return found


def _operator(session: Session, case: Case, _fen: int) -> str:
    return session.scalars(select(Operator.name).where(Operator.id == case.operator_id)).one()


def _period(_session: Session, case: Case, _fen: int) -> str:
    first, last = (f"{month[:4]}年{int(month[5:])}月" for month in (case.period_from, case.period_to))
    return first if first == last else f"{first}至{last}"


_READ: dict[str, Callable[[Session, Case, int], str]] = {
    "number": lambda _session, case, _fen: case.number,
    "tenant": lambda _session, case, _fen: case.tenant.name,
    "uscc": lambda _session, case, _fen: case.tenant.uscc or "",
    "operator": _operator,
    "period": _period,
    "amount": lambda _session, _case, fen: f"{fen // 100:,}.{fen % 100:02d}",
}
