"""Rent received into the database: found its lease, payer and what was known of it."""

from __future__ import annotations

from collections import defaultdict

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from core.data.models import Grade, Lease, Payer, RentPayment, Tenant
from core.services.imports.context import Applying, better, merge, name_key
from core.services.imports.parse import Parsed, Table, rows_of
from core.services.imports.records import RentRecord
from core.services.imports.write_leases import leases_of


def write_rent(work: Applying, parsed: Parsed) -> None:
    rows = list(rows_of(parsed, "rent", RentRecord))
    by_tenant: dict[int, list[Lease]] = defaultdict(list)
    by_number: dict[str, Lease] = {}
    for lease in leases_of(work):
        by_tenant[lease.tenant_id].append(lease)
        by_number[lease.number] = lease
    known = {
        (payment.lease_id, payment.month, payment.voucher): payment
        for payment in work.session.scalars(select(RentPayment).where(RentPayment.operator_id == work.operator_id))
    }
    seen: dict[tuple[int, str, str], int] = {}
    for table, record in rows:
        tenant = work.tenant(table, record, record.tenant)
        found = tenant and _lease(work, table, record, tenant, by_tenant, by_number)
        grade = work.grade(table, record, record.grade)
        if tenant is None or not found or grade is None:
            continue
        key = (found.id, record.month, record.voucher or "")
        if seen.setdefault(key, record.row) != record.row:
            work.error(
                table, record, "voucher", _("与第 %(row)s 行是同一协议、同一月份、同一凭证。", row=seen[key]),
                _("重复录入的请删去一行；确是两笔的，请填写不同的凭证号。"),
            )  # fmt: skip
            continue
        _write_payment(work, table, record, tenant, found, grade, known)
    work.session.flush()


def _lease(
    work: Applying,
    table: Table,
    record: RentRecord,
    tenant: Tenant,
    by_tenant: dict[int, list[Lease]],
    by_number: dict[str, Lease],
) -> Lease | None:
    """The lease a payment is for: the one named, else the only one the tenant has in that month."""
    if record.lease is not None:
        lease = by_number.get(record.lease)
        if lease is None:
            work.missing(
                table, record, "lease", _("没有找到协议“%(number)s”。", number=record.lease),
                _("请先在“入驻协议”表中登记，或核对编号。"), in_sheet="leases",
            )  # fmt: skip
        elif lease.tenant_id != tenant.id:
            work.error(
                table, record, "lease", _("协议“%(number)s”属于另一家企业。", number=record.lease),
                _("请核对企业名称和协议编号。"),
            )  # fmt: skip
            return None
        elif not _covers(lease, record.month):
            work.notice(table, record, "month", _("租金月份不在协议期内。"), _("请核对；确属此协议的可以不改。"))
        return lease
    running = [lease for lease in by_tenant[tenant.id] if _covers(lease, record.month)]
    if len(running) != 1:
        work.missing(
            table, record, "lease",
            _("该企业这个月有 %(count)s 份协议，不知道租金属于哪一份。", count=len(running)), _("请填写协议编号。"),
            in_sheet="leases",
        )  # fmt: skip
        return None
    return running[0]


def _covers(lease: Lease, month: str) -> bool:
    return f"{lease.starts_on:%Y-%m}" <= month <= (f"{lease.ends_on:%Y-%m}" if lease.ends_on else month)


def _write_payment(
    work: Applying,
    table: Table,
    record: RentRecord,
    tenant: Tenant,
    lease: Lease,
    grade: Grade,
    known: dict[tuple[int, str, str], RentPayment],
) -> None:
    same_name = record.payer_name is not None and name_key(record.payer_name) == name_key(tenant.name)
    payer = record.payer or (Payer.TENANT if same_name else None)
    if payer is Payer.TENANT and record.payer_name and not same_name:
        work.notice(table, record, "payer_name", _("付款方与企业名称不同，却填为本企业付款。"), _("请核对付款方性质。"))
    values: dict[str, object] = {
        "paid_fen": record.paid_fen,
        "received_on": record.received_on,
        "payer": payer,
        "payer_name": record.payer_name,
    }
    payment = known.get((lease.id, record.month, record.voucher or ""))
    if payment is None:
        payment = RentPayment(
            operator_id=work.operator_id, tenant_id=tenant.id, lease_id=lease.id, month=record.month,
            voucher=record.voucher or "", grade=grade, paper_sha256=work.paper, **values,
        )  # fmt: skip
        work.session.add(payment)
        work.count(table, record, None)
        return
    if payment.payment_id is not None:
        if any(value is not None and getattr(payment, name) != value for name, value in values.items()):
            work.error(
                table, record, "voucher", _("这笔租金由账单收款形成，不能用表格改写。"),
                _("请从表格中删去这一行；收款有误的，请在账单上冲销后重新登记。"),
            )  # fmt: skip
        work.count(table, record, {})
        return
    weaker = better(payment.grade, grade)
    changes = merge(payment, values)
    if weaker and changes:
        work.error(
            table,
            record,
            None,
            _("与已核实的记录不同，不能用等级较低的来源改写。"),
            _("请核对；确有错误的，请由核实方更正。"),
        )
    elif changes or better(grade, payment.grade):
        changes |= merge(payment, {"grade": grade})
        payment.paper_sha256 = work.paper
    work.count(table, record, changes)
