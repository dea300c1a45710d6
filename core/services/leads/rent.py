"""Rent and premises: spent twice, supported elsewhere, above book or lease, areas and payers that do not fit."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from core.data.models import (
    Award,
    District,
    EvidenceKind,
    EvidenceLine,
    EvidenceUse,
    Lease,
    LeaseSpace,
    OutsideSupport,
    Payer,
    RateBasis,
    RentPayment,
    RentTerm,
    Space,
    StackingRule,
    Tenant,
)
from core.errors import N_
from core.policy import Month
from core.services.leads import Found, Period, Rule, settings
from core.services.leads.reading import OF_AWARD, enterprise, of_district, present, uses
from core.services.leads.twice import spent_twice

RENT = EvidenceKind.RENT_MONTH
BY_AREA = (RateBasis.SQM_DAY, RateBasis.SQM_DAY_MEAN, RateBasis.SQM_MONTH)  # `rate_quantity` is cm²
_FORM = re.compile(r"(股份)?有限(责任)?公司|有限合伙|合伙企业|工作室|[\W_]+")


def rent_month_twice(session: Session, district: District, period: Period) -> Iterable[Found]:
    return spent_twice(session, district, period, RENT)


def supported_elsewhere(session: Session, district: District, period: Period) -> Iterator[Found]:
    """Months that an award spent and that support from elsewhere, noted at whichever operator, covers as well."""
    its = aliased(Tenant)
    rows = session.execute(
        uses(
            district, period, None,
            *OF_AWARD, EvidenceLine.month, EvidenceLine.amount_fen.label("whole"), EvidenceUse.amount_fen,
            EvidenceUse.rule, OutsideSupport.id.label("support"), OutsideSupport.amount_fen.label("outside"),
            OutsideSupport.month_from, OutsideSupport.month_to,
        )
        .join(its, (its.id == Tenant.id) | (its.uscc == Tenant.uscc))
        .join(OutsideSupport, OutsideSupport.tenant_id == its.id)
        .where(OutsideSupport.withdrawn_at.is_(None), OutsideSupport.kind == EvidenceLine.kind)
        .where(EvidenceLine.month.between(OutsideSupport.month_from, OutsideSupport.month_to))
        .where(EvidenceUse.rule != StackingRule.STACKABLE)
    )  # fmt: skip
    grouped: dict[tuple[int, int], list[Any]] = defaultdict(list)
    for row in rows:
        share = -(-row.outside // (Month.parse(row.month_to) - Month.parse(row.month_from) + 1))
        made_up = row.rule is StackingRule.CAPPED and row.whole is not None and row.amount_fen + share <= row.whole
        if not made_up:  # a cap is there for making up the difference
            grouped[row.id, row.support].append(row)
    for (award, support), found in grouped.items():
        first, spent = found[0], sum(row.amount_fen for row in found)
        months = sorted({row.month for row in found})
        facts = {"support_id": support, "outside_fen": first.outside, "months": months, "spent_fen": spent}
        yield _of(first, f"award:{award}:support:{support}", facts, spent)


def above_book(session: Session, district: District, period: Period) -> Iterator[Found]:
    """Months of which awards spent more rent than the book has now, at whichever operator of the district."""
    spent = (
        uses(
            district, period, RENT,
            enterprise().label("who"), EvidenceLine.month, func.sum(EvidenceUse.amount_fen).label("fen"),
        )
        .group_by(enterprise(), EvidenceLine.month)
        .subquery()
    )  # fmt: skip
    book = (
        select(enterprise().label("who"), RentPayment.month, func.sum(RentPayment.paid_fen).label("fen"))
        .join(Tenant, Tenant.id == RentPayment.tenant_id)
        .where(of_district(RentPayment, district))
        .group_by(enterprise(), RentPayment.month)
        .subquery()
    )
    above = (
        select(spent.c.who, spent.c.month, spent.c.fen, func.coalesce(book.c.fen, 0).label("book"))
        .outerjoin(book, (book.c.who == spent.c.who) & (book.c.month == spent.c.month))
        .where(spent.c.fen > func.coalesce(book.c.fen, 0))
        .subquery()
    )
    rows = session.execute(
        uses(district, period, RENT, *OF_AWARD, above.c.month, above.c.fen, above.c.book)
        .join(above, (above.c.who == enterprise()) & (above.c.month == EvidenceLine.month))
        .distinct()
    )
    for award, found in _by_award(rows).items():
        spent_fen, book_fen = sum(int(row.fen) for row in found), sum(int(row.book) for row in found)
        months = sorted({row.month for row in found})
        facts = {"months": months, "spent_fen": spent_fen, "book_fen": book_fen}
        yield _of(found[0], f"award:{award}", facts, spent_fen - book_fen)


def above_lease(session: Session, district: District, period: Period) -> Iterator[Found]:
    """Rent in the book for one month of a lease that is above the highest rent the lease ever asks."""
    steps = select(RentTerm.lease_id, func.max(RentTerm.monthly_rent_fen).label("fen")).group_by(RentTerm.lease_id)
    terms = steps.subquery()
    asked = func.coalesce(terms.c.fen, 0)
    book = (
        select(RentPayment.lease_id, RentPayment.month, func.sum(RentPayment.paid_fen).label("fen"))
        .where(of_district(RentPayment, district))
        .group_by(RentPayment.lease_id, RentPayment.month)
        .subquery()
    )
    rows = session.execute(
        uses(
            district, period, RENT,
            *OF_AWARD, book.c.lease_id, book.c.month, book.c.fen, Lease.monthly_rent_fen, asked.label("step"),
        )
        .join(Lease, Lease.tenant_id == Award.tenant_id)
        .join(book, (book.c.lease_id == Lease.id) & (book.c.month == EvidenceLine.month))
        .outerjoin(terms, terms.c.lease_id == Lease.id)
        .where(Lease.monthly_rent_fen > 0, book.c.fen > Lease.monthly_rent_fen)
        .distinct()
    )  # fmt: skip
    tolerance = settings.rate("rent_tolerance", period.until)
    over = [row for row in rows if row.fen > max(row.monthly_rent_fen, row.step) * (1 + tolerance)]
    grouped: dict[tuple[int, int], list[Any]] = defaultdict(list)
    for row in over:
        grouped[row.id, row.lease_id].append(row)
    for (award, lease), found in grouped.items():
        most = max(found[0].monthly_rent_fen, found[0].step)
        paid = sum(int(row.fen) for row in found)
        facts = {
            "lease_id": lease, "months": sorted(row.month for row in found), "book_fen": paid, "monthly_fen": most,
        }  # fmt: skip
        yield _of(found[0], f"award:{award}:lease:{lease}", facts, paid - most * len(found))


def area_above_unit(session: Session, district: District, period: Period) -> Iterator[Found]:
    """Leases quoted by the square metre for more of them than their units have."""
    area = (
        select(LeaseSpace.lease_id, func.sum(Space.area_cm2).label("cm2"))
        .join(Space, Space.id == LeaseSpace.space_id)
        .where(of_district(LeaseSpace, district))
        .group_by(LeaseSpace.lease_id)
        .subquery()
    )
    rows = session.execute(
        uses(
            district, period, RENT,
            *OF_AWARD, Lease.id.label("lease_id"), Lease.rate_quantity, area.c.cm2,
            func.sum(EvidenceUse.amount_fen).label("fen"),
        )
        .join(Lease, Lease.tenant_id == Award.tenant_id)
        .join(area, area.c.lease_id == Lease.id)
        .where(Lease.rate_basis.in_(BY_AREA), Lease.rate_quantity > area.c.cm2)
        .group_by(*OF_AWARD, Lease.id, Lease.rate_quantity, area.c.cm2)
    )  # fmt: skip
    tolerance = settings.rate("area_tolerance", period.until)
    for row in rows:
        units = int(row.cm2)
        if row.rate_quantity > units * (1 + tolerance):
            facts = {"lease_id": row.lease_id, "agreed_cm2": row.rate_quantity, "units_cm2": units}
            share = int(row.fen) * (row.rate_quantity - units) // row.rate_quantity
            yield _of(row, f"award:{row.id}:lease:{row.lease_id}", facts, share)


def payer_unlike_tenant(session: Session, district: District, period: Period) -> Iterator[Found]:
    """Rent months spent whose money came from somebody else, without a word of explanation on file."""
    rows = session.execute(
        uses(
            district, period, RENT,
            *OF_AWARD, Tenant.name, RentPayment.payer, RentPayment.payer_name, EvidenceLine.month,
            EvidenceUse.amount_fen, RentPayment.id.label("payment"),
        )
        .join(RentPayment, (RentPayment.tenant_id == Award.tenant_id) & (RentPayment.month == EvidenceLine.month))
        .where(RentPayment.payer.is_distinct_from(Payer.EXPLAINED))
        .where((RentPayment.payer == Payer.OTHER) | (RentPayment.payer_name != Tenant.name))
    )  # fmt: skip
    limit, alike = settings.rate("payer_similarity", period.until), {}
    grouped: dict[tuple[int, str], list[Any]] = defaultdict(list)
    for row in rows:
        pair = (row.payer_name or "", row.name)
        if pair not in alike:
            alike[pair] = similarity(*pair)
        if row.payer is Payer.OTHER or alike[pair] < limit:
            grouped[row.id, pair[0]].append(row)
    for (award, payer), found in grouped.items():
        spent = {row.month: row.amount_fen for row in found}
        facts = {
            "rent_payment_ids": present(*(row.payment for row in found)),
            "months": sorted(spent),
            "similarity": round(alike[payer, found[0].name] * 100),
        }
        name = hashlib.sha256(payer.encode()).hexdigest()[:16]
        yield _of(found[0], f"award:{award}:payer:{name}", facts, sum(spent.values()))


def similarity(one: str, other: str) -> float:
    """How alike two names are, without their legal form, width and punctuation: 1 where one holds the other."""
    a, b = (_FORM.sub("", unicodedata.normalize("NFKC", name).casefold()) for name in (one, other))
    if not a or not b:
        return 0.0
    return 1.0 if a in b or b in a else SequenceMatcher(None, a, b, autojunk=False).ratio()


def _by_award(rows: Iterable[Any]) -> dict[int, list[Any]]:
    grouped: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        grouped[row.id].append(row)
    return grouped


def _of(row: Any, key: str, facts: dict[str, Any], amount_fen: int) -> Found:
    """A lead about one award."""
    return Found(
        key, facts, present(row.letter_id), amount_fen, tenant=row.tenant_id, operator=row.operator_id, case=row.case_id
    )


def _rule(code: str, title: str, says: str, why: str, look: str, find: Any) -> Rule:
    return Rule(code, title, says, why, look, find, "rent")


RULES = (
    _rule(
        "rent_month_twice",
        N_("同一房租月用于两笔核定"),
        N_("%(months)s的房租同时用于%(case_ids)s（凭据%(line_ids)s）。"),
        N_("同一类扶持中，一个月的房租只能享受一次。同月有两处场地的，也可能是两笔不同的房租。"),
        N_("看两处场地是否都实际使用；凭据相同的，查日志中第二笔是怎样写入的。"),
        rent_month_twice,
    ),
    _rule(
        "supported_elsewhere",
        N_("系统外已扶持的月份又核定"),
        N_("%(months)s核定了%(spent_fen)s元，同月另有系统外扶持（%(support_id)s，共%(outside_fen)s元）。"),
        N_("核定之后才登记的系统外扶持不会再被规则剔除，可能重复享受。"),
        N_("核对系统外扶持的批文：批准日期在核定之前还是之后，是否为同一笔房租或同一批人。"),
        supported_elsewhere,
    ),
    _rule(
        "above_book",
        N_("核定使用额高于账上房租"),
        N_("%(months)s核定使用房租%(spent_fen)s元，账上现有%(book_fen)s元。"),
        N_("核定所依据的房租收款后来减少或没有了，差额没有依据。"),
        N_("查看收款记录的更正、退款和红字发票；是否已立追回卷。"),
        above_book,
    ),
    _rule(
        "above_lease",
        N_("入账房租高于协议租金"),
        N_("协议%(lease_id)s约定月租金最高%(monthly_fen)s元，%(months)s入账%(book_fen)s元。"),
        N_("收款高于合同，可能是物业费等混入房租，也可能是虚增房租套取补贴。"),
        N_("核对租赁合同、银行回单和发票的项目名称。"),
        above_lease,
    ),
    _rule(
        "area_above_unit",
        N_("协议面积大于场地面积"),
        N_("协议%(lease_id)s按%(agreed_cm2)s计租，所含场地登记共%(units_cm2)s。"),
        N_("按面积计租时，面积虚增会使房租和补贴随之虚增。"),
        N_("核对产权证或测绘报告；公摊面积计入租赁面积的，看合同是否约定。"),
        area_above_unit,
    ),
    _rule(
        "payer_unlike_tenant",
        N_("付款人与承租人不一致"),
        N_("%(months)s的房租由%(rent_payment_ids)s支付，名称与承租人的相似度为%(similarity)s%%，没有情况说明。"),
        N_("补贴的前提是本企业自己付了房租；他人代付，可能没有真实租赁。"),
        N_("核对银行回单的付款账户，要求提供代付的情况说明。"),
        payer_unlike_tenant,
    ),
)
