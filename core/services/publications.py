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
from core.services import audit
from core.services.calendar import add_working_days

FIELDS: dict[str, str] = {
    "number": N_("申请编号"),
    "tenant": N_("单位名称"),
    "uscc": N_("统一社会信用代码"),
    "operator": N_("运营机构"),
    "period": N_("申请期间"),
    "amount": N_("拟核定金额（元）"),
}
MOST = 500  # cases in one notice


def show(
    session: Session, notice: Publication | None, case: Case, card: Card, *, amount_fen: int, today: date
) -> Publication:
    """Put a case into a notice, or into one of its own. In the transaction in which it is published."""
    if notice is None:
        notice = begin(session, case.district_id, case.policy_key, card, today)
    elif (notice.district_id, notice.policy_key, notice.opened_on) != (case.district_id, case.policy_key, today):
        raise Conflict("一份公示只能列入同一天公示的同一项政策的申请件")
    fields = {name: _READ[name](session, case, amount_fen) for name in notice.shown["fields"]}
    notice.shown = notice.shown | {"rows": [*notice.shown["rows"], fields]}
    notice.digest = digest(notice.shown)
    notice.entries.append(
        PublicationEntry(district_id=case.district_id, case_id=case.id, place=len(notice.shown["rows"]))
    )
    session.flush()
    case.published_on, case.publication_ends_on = notice.opened_on, notice.ends_on
    return notice


def begin(session: Session, district_id: int, policy_key: str, card: Card, today: date) -> Publication:
    """An empty notice of a policy, from today on. Raises `Conflict` for a policy whose cases are not published."""
    workflow = card.workflow
    if not workflow.publication_days:
        raise Conflict("这项政策不公示，复审通过后直接报批")
    institution = workflow.institutions.get(CaseState.PUBLISHED.value)
    notice = Publication(
        district_id=district_id,
        code=secrets.token_hex(8),
        policy_key=policy_key,
        opened_on=today,
        ends_on=add_working_days(session, district_id, today, workflow.publication_days),
        shown={
            "title": f"关于{card.title.zh}拟核定名单的公示",
            "policy": card.title.zh,
            "institution": institution.zh if institution else "",
            "working_days": workflow.publication_days,
            "fields": list(workflow.publication_fields),
            "rows": [],
        },
        made_by_id=audit.asker_of(session).user_id,
    )
    notice.digest = digest(notice.shown)
    session.add(notice)
    session.flush()
    audit.record(session, "publication.begin", notice, detail={"policy": policy_key})
    return notice


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
