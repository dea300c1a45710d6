"""疑点 of the demonstration: for most rules something that it finds, and things that look alike and are nothing. What
the services refuse is brought in as an import would have: a list of an authority, a rent book kept elsewhere.

What no sound database can hold (a line spent twice, one person preparing and approving, a number left out …) is shown
in the tests alone: `IN_TESTS`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from flask import Flask
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

import core
from core.commands.demo_papers import paper
from core.commands.demo_stage import SHARED_ACCOUNTS, Stage, asker_of
from core.commands.setting_up import asking_as
from core.data.asker import Asker, Reach, asking
from core.data.models import (
    Award,
    Employment,
    EvidenceKind,
    EvidenceLine,
    EvidenceUse,
    Founder,
    Grade,
    IdType,
    InsuredPerson,
    Lead,
    LeadState,
    Lease,
    LeaseSpace,
    PaymentMethod,
    RateBasis,
    Recovery,
    RentPayment,
    Role,
    Space,
    SupportLevel,
    TaxInvoice,
    TaxInvoiceState,
    Tenant,
)
from core.jobs import leading
from core.policy import Month
from core.services import billing, files, founders, supports
from core.services.founders import identity
from core.services.identifiers import id_check_character
from core.services.leads import judging

IN_TESTS = frozenset(
    {
        *("person_month_twice", "rent_month_twice", "above_decision", "approved_early"),
        *("same_person", "number_gaps", "rule_not_in_force"),
    }
)
ELDERLY = 5  # at this tenant somebody works on after the retirement age


def prepare(app: Flask) -> None:
    """Before anybody applies: somebody past the retirement age on a tenant's list of insured persons."""
    with asking_as(app, "seed", write=True) as session:
        tenant = session.get_one(Tenant, ELDERLY)
        number = "31010919620304" + "003"
        months = select(Employment.month).where(Employment.tenant_id == tenant.id).distinct()
        known = sorted(session.scalars(months))
        person = _insured(session, tenant, "陈守业", number + id_check_character(number))
        session.add_all([_month(person, month, tenant.uscc or "") for month in known])


def play(app: Flask, *, say: Callable[[str], None]) -> None:
    """Plant, look, and judge some, so that there is a precision."""
    with asking_as(app, "seed", write=True) as session:
        _plant(Stage(session, app))
    runs = list(leading.runs(app))
    if broken := [run.rule for _district, run in runs if run.error]:
        raise RuntimeError(f"these rules broke off: {', '.join(broken)}")
    found = {run.rule: run.seen for _district, run in runs}
    if missing := [rule for rule, seen in found.items() if not seen and rule not in IN_TESTS]:
        raise RuntimeError(f"the demonstration shows nothing of these rules: {', '.join(missing)}")
    with asking_as(app, "seed", write=True) as session:
        true, false = _judge(Stage(session, app))
    rules = sum(1 for seen in found.values() if seen)
    say(f"leads      {sum(found.values())} by {rules} rules; judged: {true} true, {false} false")


def _plant(stage: Stage) -> None:
    session = stage.session
    renters, employers = (_awarded(session, kind) for kind in (EvidenceKind.RENT_MONTH, EvidenceKind.INSURED_MONTH))
    _same_founder(stage, renters[0], renters[1])
    renters[3].registered_address = renters[2].registered_address
    for one, other in zip(renters[13:19:2], renters[14:20:2], strict=True):
        other.contact_phone = one.contact_phone
    for tenant in renters[4:6]:
        tenant.registered_region = "310115"
    _support(stage, renters[6])
    _paid_too_much(session, renters[7])
    _too_large(session, renters[8])
    for tenant, payer in ((renters[9], "苏州远航建筑劳务有限公司"), (renters[10], "上海启明（示例）投资控股集团")):
        _paid_by(session, tenant, payer)
    _given_back(stage, renters[11])
    _emptied(session, renters[12])
    for tenant, months in ((employers[0], 3), (employers[1], 1)):
        _insured_elsewhere(session, tenant, renters[-1], months)
    _invoice_twice(session)


def _awarded(session: Session, kind: EvidenceKind) -> list[Tenant]:
    """Companies with a standing award on evidence of this kind that nothing is to be had back of."""
    wanted = (
        select(Tenant)
        .join(Award, Award.tenant_id == Tenant.id)
        .join(EvidenceUse, EvidenceUse.award_id == Award.id)
        .join(EvidenceLine, EvidenceLine.id == EvidenceUse.line_id)
        .where(Award.revoked_at.is_(None), EvidenceUse.released_at.is_(None), EvidenceLine.kind == kind)
        .where(~select(Recovery.id).where(Recovery.tenant_id == Tenant.id).exists(), Tenant.id.not_in(SHARED_ACCOUNTS))
        .distinct()
    )
    return list(session.scalars(wanted.order_by(Tenant.id)))


def _house(tenant: Tenant) -> Asker:
    """Somebody of the tenant's operator."""
    return Asker(Reach.OPERATOR, name="seed", operator_id=tenant.operator_id, district_id=tenant.operator.district_id)


def _same_founder(stage: Stage, one: Tenant, other: Tenant) -> None:
    """The first company's founder is one of the second's as well."""
    first = stage.session.scalars(
        select(Founder).where(Founder.tenant_id == one.id, Founder.id_number_once.is_not(None)).limit(1)
    ).one()
    with asking(stage.session, _house(other)):
        founders.save(
            stage.session, other, None, today=core.today().date(), name=first.name, id_type=first.id_type,
            id_number=first.id_number,
        )  # fmt: skip


def _support(stage: Stage, tenant: Tenant) -> None:
    """Had from the city for the same rent, and noted after the award."""
    last = Month.parse(stage.period[1])
    with asking(stage.session, _house(tenant)):
        supports.record(
            stage.session, stage.store, tenant, files.check("市级房租补贴批复.pdf", paper("市级房租补贴批复")),
            scheme="市级创业房租补贴", reference="示例〔2026〕88号", level=SupportLevel.CITY,
            kind=EvidenceKind.RENT_MONTH, month_from=str(last + -2), month_to=str(last), amount_fen=300_000,
            granted_on=stage.applied_on, today=core.today().date(),
        )  # fmt: skip


def _spent_rent(session: Session, tenant: Tenant) -> Iterator[RentPayment]:
    """Receipts of the months that the tenant's award spent, the newest first."""
    months = (
        select(EvidenceLine.month)
        .join(EvidenceUse, EvidenceUse.line_id == EvidenceLine.id)
        .where(EvidenceLine.tenant_id == tenant.id, EvidenceLine.kind == EvidenceKind.RENT_MONTH)
    )
    wanted = select(RentPayment).where(RentPayment.tenant_id == tenant.id, RentPayment.month.in_(months))
    yield from session.scalars(wanted.order_by(RentPayment.month.desc(), RentPayment.id))


def _paid_too_much(session: Session, tenant: Tenant) -> None:
    """A second receipt for one month, as an imported book would have it."""
    first = next(_spent_rent(session, tenant))
    twin = {name: getattr(first, name) for name in ("operator_id", "tenant_id", "lease_id", "month", "paid_fen")}
    session.add(
        RentPayment(
            **twin, received_on=first.received_on, payer=first.payer, payer_name=first.payer_name, voucher="历史导入-1"
        )
    )


def _too_large(session: Session, tenant: Tenant) -> None:
    """The same rent, quoted by the square metre for a fifth more of them than the rooms have."""
    lease = session.scalars(select(Lease).where(Lease.tenant_id == tenant.id).order_by(Lease.id).limit(1)).one()
    units = session.scalars(
        select(func.sum(Space.area_cm2))
        .join(LeaseSpace, LeaseSpace.space_id == Space.id)
        .where(LeaseSpace.lease_id == lease.id)
    ).one()
    lease.rate_basis, lease.rate_quantity = RateBasis.SQM_MONTH, int(units or 0) * 6 // 5
    lease.rate_e4 = lease.monthly_rent_fen * 1_000_000 // lease.rate_quantity
    for term in lease.terms:
        term.rate_e4 = term.monthly_rent_fen * 1_000_000 // lease.rate_quantity


def _paid_by(session: Session, tenant: Tenant, payer: str) -> None:
    """Three months of rent came from somebody else."""
    for payment, _nth in zip(_spent_rent(session, tenant), range(3), strict=False):
        payment.payer_name = payer


def _given_back(stage: Stage, tenant: Tenant) -> None:
    """The tenant paid ahead and got two months' rent back after its award."""
    session, today = stage.session, core.today().date()
    fen = 2 * next(_spent_rent(session, tenant)).lease.monthly_rent_fen
    with asking(session, _house(tenant)):
        payment = billing.record(
            session, tenant, amount_fen=fen, received_on=stage.applied_on, method=PaymentMethod.TRANSFER, today=today,
            payer_name=tenant.name, reference="YS20261102-01", note="预付房租",
        )  # fmt: skip
        billing.refund(
            session, payment, amount_fen=fen, refunded_on=today, method=PaymentMethod.TRANSFER,
            reason="双方协商退回预付房租", today=today,
        )  # fmt: skip


def _emptied(session: Session, tenant: Tenant) -> None:
    """The authority's list of the last months has nobody of the tenant any more."""
    since = str(Month.of(core.today().date()) + -6)
    session.execute(delete(Employment).where(Employment.tenant_id == tenant.id, Employment.month >= since))


def _insured(session: Session, tenant: Tenant, name: str, number: str) -> InsuredPerson:
    person = InsuredPerson(
        operator_id=tenant.operator_id, tenant_id=tenant.id, **identity(tenant.operator_id, IdType.RESIDENT, number)
    )
    person.name = name
    session.add(person)
    session.flush()
    return person


def _month(person: InsuredPerson, month: str, uscc: str) -> Employment:
    row = Employment(
        operator_id=person.operator_id, tenant_id=person.tenant_id, person_id=person.id, month=month,
        employer_uscc=uscc, filing_uscc=uscc, grade=Grade.GOVERNMENT,
    )  # fmt: skip
    row.household = "district"
    return row


def _insured_elsewhere(session: Session, tenant: Tenant, other: Tenant, months: int) -> None:
    """Somebody whom the tenant was paid for is on another company's list in the last of the months."""
    wanted = (
        select(InsuredPerson, EvidenceLine.month)
        .join(
            EvidenceLine,
            EvidenceLine.natural_key == "insured:" + InsuredPerson.id_number_once + ":" + EvidenceLine.month,
        )
        .join(EvidenceUse, EvidenceUse.line_id == EvidenceLine.id)
        .where(InsuredPerson.tenant_id == tenant.id, EvidenceUse.tenant_id == tenant.id)
        .order_by(InsuredPerson.id, EvidenceLine.month.desc())
    )
    rows = session.execute(wanted).all()
    person = rows[0][0]
    twin = _insured(session, other, person.name or "", person.id_number or "")
    spent = [month for whom, month in rows if whom is person][:months]
    session.add_all([_month(twin, month, other.uscc or "") for month in spent])


def _invoice_twice(session: Session) -> None:
    """A 发票 that waits at one tenant was noted, by an import from another system, under the number of another's."""
    state = TaxInvoice.state
    blue = TaxInvoice.red_of_id.is_(None)
    first = session.scalars(select(TaxInvoice).where(state == TaxInvoiceState.ISSUED, blue).limit(1)).one()
    twin = session.scalars(select(TaxInvoice).where(state == TaxInvoiceState.REQUESTED, blue).limit(1)).one()
    for name in ("number", "issued_on", "item_name", "rate", "premises", "term_first", "term_last", "certificate"):
        setattr(twin, name, getattr(first, name))
    twin.state, twin.code, twin.item = TaxInvoiceState.ISSUED, "031002600111", first.item


JUDGED = {
    "insured_elsewhere": (
        (LeadState.CONFIRMED, "社保记录和劳动合同显示该员工三个月均在另一企业上班，本企业参保系挂靠。"),
        (LeadState.FALSE, "只有一个月重叠，系换工作当月两家各缴一次，劳动合同日期相接。"),
    ),
    "registered_outside": (
        (LeadState.CONFIRMED, "核定后次月迁出，未满政策要求的留驻期，已转初审研究追回。"),
        (LeadState.FALSE, "迁出日期在留驻期满之后，已核对登记机关变更记录。"),
    ),
    "payer_unlike_tenant": (
        (LeadState.CONFIRMED, "付款方与企业无关联，企业不能说明代付原因。"),
        (LeadState.FALSE, "付款方为企业的母公司，已补交情况说明和股权证明。"),
    ),
    "shared_phone": (
        (LeadState.FALSE, "电话为同一代理记账公司所留，两家企业各有经营人员，实地看过。"),
        (LeadState.FALSE, "联系人为两家企业共同聘用的行政人员，经营各自独立。"),
    ),
}


def _judge(stage: Stage) -> tuple[int, int]:
    """By the district's auditor, the oldest leads of some rules; one more is being looked into."""
    session, auditor = stage.session, stage.staff["auditor"]
    with asking(session, asker_of(auditor, Role.AUDITOR)):
        for rule, verdicts in JUDGED.items():
            leads = session.scalars(select(Lead).where(Lead.rule == rule).order_by(Lead.id)).all()
            for lead, (verdict, reason) in zip(leads, verdicts, strict=False):
                judging.judge(session, lead, verdict, reason)
        judging.take(session, session.scalars(select(Lead).where(Lead.rule == "shared_account").limit(1)).one())
    said = [verdict for verdicts in JUDGED.values() for verdict, _reason in verdicts]
    return said.count(LeadState.CONFIRMED), said.count(LeadState.FALSE)
