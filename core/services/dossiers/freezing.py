"""Freezing: from an operator's records to the case file a rule sees."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.asker import Reach
from core.data.models import Tenant
from core.data.queries import dossiers as queries
from core.data.queries.across import across
from core.errors import N_, Forbidden, Invalid, NotFound
from core.policy import CaseError, parse_case
from core.services.audit import asker_of
from core.services.dossiers import insurance, premises, prizes, sections
from core.services.dossiers.frozen import Frozen
from core.services.dossiers.persons import Persons


def freeze(
    session: Session,
    tenant: Tenant,
    *,
    period_from: str,
    period_to: str,
    applied_on: date,
    answers: Mapping[str, Any] | None = None,
) -> Frozen:
    """The facts of `tenant`'s enterprise in the whole district, for an application to `period_from`…`period_to`.

    The same records give the same case file, in whatever order they were entered. Rent is taken for the period only:
    no rule reads more. Employment goes back to the first month recorded, because rules count insured months "in all
    up to the month of application". What policies may read of this is trimmed by the kernel.

    Raises `NotFound` for a tenant out of the asker's reach, `Forbidden` for an operator (it only counts the insured,
    and sees nothing of its tenant's time at another operator), and `Invalid` where the records make no case.
    """
    _refuse_strangers(session, tenant)
    with across(session, "dossier") as wide:
        known = queries.records(wide, tenant.id, first=period_from, last=period_to, applied_on=applied_on)
        if known.uscc is None:
            raise Invalid(N_("尚未登记统一社会信用代码，团队注册成立企业后才能申请；请联系运营机构补登营业执照信息"))
        persons = Persons.of(known)
        leases = premises.lease_refs(known)
        rent, rent_sources = premises.rent(known, leases)
        employment, employment_sources = insurance.employment(known, persons)
        won, won_sources = prizes.prizes(known)
        case = {
            "applied_on": applied_on.isoformat(),
            "period": {"from": period_from, "to": period_to},
            "answers": dict(answers or {}),
            "dossier": {
                "company": sections.company(known),
                # Nothing on record is not known to be nothing: the operator or the tenant may not have entered it yet.
                "founders": sections.founders(known, persons) or None,
                "leases": [premises.lease_row(lease, ref, applied_on) for lease, ref in leases.items()] or None,
                "rent": rent or None,
                "employment": employment or None,
                "prizes": won or None,
                "stages": sections.stages(known) or None,
                # Awards and mentoring are our own records: none is none.
                "awards": sections.awards(known, persons),
                "mentoring": sections.mentoring(known),
            },
        }
    try:
        # Through the kernel and back: complete, null where not known, and nothing a rule would choke on.
        canonical = parse_case(case).to_json()
    except CaseError as error:
        raise Invalid(
            N_("档案中有一处不合要求，暂不能申请：%(place)s（%(reason)s）。请联系运营机构更正后再试"),
            place=error.path,
            reason=error.message,
        ) from error
    return Frozen(canonical, rent_sources | employment_sources | won_sources, persons.rows)


def counts_for_operator(session: Session, tenant: Tenant, months: Collection[str]) -> dict[str, int]:
    """How many persons `tenant` itself insured in each of `months`: all that an operator may know of them."""
    _refuse_unseen(session, tenant)
    with across(session, "insured_counts") as wide:
        counts = queries.insured_counts(wide, tenant.id, months)
    return {month: counts.get(month, 0) for month in months}


def _refuse_strangers(session: Session, tenant: Tenant) -> None:
    if asker_of(session).reach not in (Reach.TENANT, Reach.DISTRICT, Reach.SYSTEM):
        raise Forbidden(N_("企业档案只供企业本人和区级经办人员使用；运营机构可查看参保人数"))
    _refuse_unseen(session, tenant)


def _refuse_unseen(session: Session, tenant: Tenant) -> None:
    # The object alone proves nothing: it may have been loaded for somebody else.
    if session.scalar(select(Tenant.id).where(Tenant.id == tenant.id)) is None:
        raise NotFound(N_("没有这家企业，或您无权查看"))
