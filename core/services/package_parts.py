"""What belongs into a package of a case's papers, in the order its policy asks: from the case's uploads, else from what
the house has. Who reads it decides what of persons is in it; what is missing is said, never left out.

Read as the system (the job that makes the package); `Audience` keeps apart what each reader may have.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from core.data.models import (
    Audience,
    Case,
    Employment,
    Fee,
    InsuredPerson,
    Lease,
    LeaseSpace,
    Operator,
    Payment,
    RentPayment,
    SitePaperKind,
    Space,
    StoredFile,
    TaxInvoice,
    TaxInvoiceItem,
    TaxInvoiceState,
    TenantDocument,
    TenantDocumentKind,
)
from core.data.models.kept import KeptFile
from core.data.models.leases import HOLDING
from core.data.queries import payments
from core.errors import N_, DomainError
from core.policy import Card, Month, Registry, Text, months_between
from core.services import assessments

# From where a paper in a package is, in words.
ORIGINS = {
    "made": N_("系统生成"),
    "case": N_("申请件上传"),
    "file": N_("企业档案"),
    "lease": N_("入驻协议"),
    "billing": N_("收款记录"),
    "tax": N_("发票记录"),
    "site": N_("载体材料"),
}
FORM, REGISTER = "application_form", "staff_register"
FORM_TITLE, REGISTER_TITLE = Text("申请表", "Application form"), Text("从业人员名册", "Register of staff")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page to be printed: a template of templates/papers, and what it says."""

    template: str
    title: str
    values: dict[str, Any]


@dataclass(slots=True)
class Item:
    """A line of the cover, with what is to be put in. `withheld`: it is there, and this reader is not given it."""

    key: str
    title: Text
    required: bool
    origin: str | None = None
    sheets: list[Sheet] = field(default_factory=list)
    uploads: list[KeptFile] = field(default_factory=list)
    withheld: bool = False


def items(session: Session, registry: Registry, case: Case, audience: Audience, today: date) -> list[Item]:
    """All that the policy asks for, each with what there is of it."""
    card = assessments.card_of(registry, case.policy_key)
    uploaded: dict[str, list[KeptFile]] = {}
    for attached in case.documents:
        uploaded.setdefault(attached.kind, []).append(attached.file)
    house = _House(session, case)
    made = {
        FORM: Item(FORM, FORM_TITLE, True, "made", [_form(session, registry, case, card, audience, today, house)]),
        REGISTER: Item(REGISTER, REGISTER_TITLE, True, "made", [_register(session, case, audience)]),
    }
    found: list[Item] = []
    if FORM not in {d.source for d in card.documents}:
        found.append(made[FORM])
    for document in card.documents:
        if document.source in made:
            found.append(made[document.source])
        files = uploaded.get(document.key, [])
        title, required = document.title, document.required
        if document.source in made:
            if not files:
                continue
            base = made[document.source].title
            title, required = Text(f"{base.zh}上传件", f"{base.en}, as uploaded"), False
        item = Item(document.key, title, required)
        if files and audience is not Audience.OPERATOR:
            item.origin, item.uploads = "case", files
        elif document.source in _House.FROM:
            item.origin, item.sheets, item.uploads = _House.FROM[document.source](house)
        item.withheld = bool(files) and not item.sheets and not item.uploads
        found.append(item)
    return found


# ── made for the package ─────────────────────────────────────────────────────────────────────────────────────────────
def _form(
    session: Session, registry: Registry, case: Case, card: Card, audience: Audience, today: date, house: _House
) -> Sheet:
    assessed = None
    if audience is not Audience.OPERATOR:  # it rests on rows of persons, whom an operator only counts
        try:
            assessed = assessments.assess(session, case, registry, today)
        except DomainError:
            assessed = None  # the form says so: the papers can be taken along all the same
    labels = {code: line.label.zh for code, line in card.lines.items()}
    return Sheet(
        "application",
        "申请表",
        {
            "case": case,
            "card": card,
            "operator": house.operator,
            "spaces": house.spaces,
            "decision": assessed.decision if assessed else None,
            "labels": labels,
            "answers": list(_answers(card, case)),
            "full": audience is Audience.TENANT,
            "basis": [it for it in card.legal_basis if it.start <= today and (it.end is None or today <= it.end)],
        },
    )


def _answers(card: Card, case: Case) -> Iterator[tuple[str, str]]:
    for code, question in card.answers.items():
        said = case.answers.get(code)
        if isinstance(said, bool):
            said = "是" if said else "否"
        elif isinstance(said, str) and said in question.choices:
            said = question.choices[said].zh
        if said not in (None, ""):
            yield question.label.zh, str(said)


def _register(session: Session, case: Case, audience: Audience) -> Sheet:
    months = [str(m) for m in months_between(Month.parse(case.period_from), Month.parse(case.period_to))]
    rows = session.execute(
        select(InsuredPerson, Employment.month)
        .join(Employment, Employment.person_id == InsuredPerson.id)
        .where(InsuredPerson.tenant_id == case.tenant_id, Employment.month.in_(months))
        .order_by(InsuredPerson.id)
    )
    people: dict[InsuredPerson, set[str]] = {}
    for person, month in rows:
        people.setdefault(person, set()).add(month)
    heads = Counter(month for insured in people.values() for month in insured)
    shown = people if audience is not Audience.OPERATOR else {}
    values = {"case": case, "months": months, "people": shown, "heads": heads, "full": audience is Audience.TENANT}
    return Sheet("register", "从业人员名册", values)


# ── what the house has ───────────────────────────────────────────────────────────────────────────────────────────────
Found = tuple[str, list[Sheet], list[KeptFile]]


class _House:
    """The records of the case's tenant that concern its period."""

    def __init__(self, session: Session, case: Case) -> None:
        self.session, self.case = session, case
        self.operator = session.get_one(Operator, case.operator_id)
        self.months = [str(m) for m in months_between(Month.parse(case.period_from), Month.parse(case.period_to))]
        self.first, self.last = Month.parse(case.period_from).first, Month.parse(case.period_to).last
        query = select(Lease).where(
            Lease.tenant_id == case.tenant_id,
            Lease.status.in_(HOLDING),
            Lease.starts_on <= self.last,
            (Lease.ends_on.is_(None)) | (Lease.ends_on >= self.first),
        )
        units = joinedload(Lease.spaces).joinedload(LeaseSpace.space).joinedload(Space.site)
        self.leases = session.scalars(query.options(units).order_by(Lease.starts_on, Lease.id)).unique().all()
        self.spaces = list({row.space.id: row.space for lease in self.leases for row in lease.spaces}.values())

    def licence(self) -> Found:
        return "file", [], self._documents(TenantDocumentKind.LICENCE)[-1:]

    def agreement(self) -> Found:
        return "file", [], self._documents(TenantDocumentKind.INCUBATION_AGREEMENT)

    def lease(self) -> Found:
        """The signed scans; else the agreement in the tenant's file."""
        scans = self._scans([lease.paper_sha256 for lease in self.leases])
        return ("lease", [], scans) if scans else self.agreement()

    def receipts(self) -> Found:
        """A list of the rent received for the months, the receipts, and the vouchers kept with them."""
        query = select(RentPayment).where(
            RentPayment.tenant_id == self.case.tenant_id, RentPayment.month.in_(self.months), RentPayment.paid_fen > 0
        )
        rents = self.session.scalars(
            query.options(joinedload(RentPayment.lease)).order_by(RentPayment.month, RentPayment.id)
        ).all()
        if not rents:
            return "billing", [], []
        paid = {row.payment_id for row in rents if row.payment_id is not None}
        query_paid = select(Payment).where(Payment.id.in_(paid), Payment.reversed_at.is_(None))
        sheets = [
            Sheet("rent_received", "租金收款清单", {"case": self.case, "rents": rents, "operator": self.operator})
        ]
        for payment in self.session.scalars(query_paid.order_by(Payment.received_on, Payment.id)):
            parts = payments.parts(self.session, payment)
            number = f"SJ{payment.received_on:%Y%m}-{payment.id:05d}"
            deposit = bool(parts) and all(line.fee is Fee.DEPOSIT for _bill, line, _fen in parts)
            values = {"number": number, "payment": payment, "parts": parts, "deposit": deposit}
            sheets.append(Sheet("receipt", number, values | {"operator": self.operator, "today": None}))
        return "billing", sheets, self._scans([row.paper_sha256 for row in rents])

    def invoices(self) -> Found:
        """A list of the 发票 for rent of these months, and those kept."""
        query = select(TaxInvoice).where(
            TaxInvoice.tenant_id == self.case.tenant_id,
            TaxInvoice.state == TaxInvoiceState.ISSUED,
            TaxInvoice.item == TaxInvoiceItem.LEASE,
            TaxInvoice.term_first <= self.last,
            TaxInvoice.term_last >= self.first,
        )
        rows = self.session.scalars(query.order_by(TaxInvoice.issued_on, TaxInvoice.id)).all()
        if not rows:
            return "tax", [], []
        values = {"case": self.case, "invoices": rows, "operator": self.operator}
        return "tax", [Sheet("tax_invoices", "房租发票清单", values)], [row.file for row in rows if row.file]

    def title(self) -> Found:
        return self._of_sites(SitePaperKind.PROPERTY_CERTIFICATE)

    def consent(self) -> Found:
        return self._of_sites(SitePaperKind.SUBLEASE_CONSENT)

    def _of_sites(self, kind: SitePaperKind) -> Found:
        papers = [site.paper(kind) for site in {space.site.id: space.site for space in self.spaces}.values()]
        return "site", [], [paper.file for paper in papers if paper is not None and paper.file is not None]

    def _documents(self, kind: TenantDocumentKind) -> list[KeptFile]:
        query = select(TenantDocument).where(
            TenantDocument.tenant_id == self.case.tenant_id, TenantDocument.kind == kind
        )
        return [row.file for row in self.session.scalars(query.order_by(TenantDocument.id))]

    def _scans(self, hashes: list[str | None]) -> list[KeptFile]:
        """The tenant's files with these hashes, each once, in their order."""
        wanted = list(dict.fromkeys(sha for sha in hashes if sha))
        query = select(StoredFile).where(StoredFile.tenant_id == self.case.tenant_id, StoredFile.sha256.in_(wanted))
        known = {row.sha256: row for row in self.session.scalars(query.order_by(StoredFile.id))}
        return [known[sha] for sha in wanted if sha in known]

    FROM = {  # noqa: RUF012  # methods by the source a card names
        "business_licence": licence,
        "incubation_agreement": agreement,
        "lease": lease,
        "rent_receipts": receipts,
        "tax_invoices": invoices,
        "site_title": title,
        "sublet_consent": consent,
    }
