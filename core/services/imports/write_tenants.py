"""Tenants with their stages and occupancy, and their founders, into the database."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from core.data.models import (
    Enterprise,
    Founder,
    IdType,
    LegalForm,
    Occupancy,
    Stage,
    Tenant,
    TenantKind,
)
from core.services.founders import identity
from core.services.imports.context import Applying, Changes, merge
from core.services.imports.parse import Parsed, Table, rows_of
from core.services.imports.records import FounderRecord, TenantRecord
from core.services.stages import book, history

_FIELDS = (
    "small_or_micro", "registered_on", "registered_region", "registered_address", "operating_region", "industry",
    "labour_dispatch", "untrustworthy", "contact_name", "contact_phone", "contact_email",
)  # fmt: skip
_STAGE_COLUMN = {
    Stage.NURSERY: "nursery_from",
    Stage.INCUBATOR: "incubator_from",
    Stage.ACCELERATOR: "accelerator_from",
    Stage.GRADUATED: "graduated_on",
    Stage.EXITED: "exited_on",
}
_ORDER = {stage: rank for rank, stage in enumerate(_STAGE_COLUMN)}


def write_tenants(work: Applying, parsed: Parsed) -> None:
    rows = list(rows_of(parsed, "tenants", TenantRecord))
    enterprises = _enterprises(work, [record for _table, record in rows])
    # Read once with what belongs to them; the lookups below then ask the identity map.
    work.session.scalars(
        select(Tenant)
        .where(Tenant.operator_id == work.operator_id)
        .options(selectinload(Tenant.stage_moves), selectinload(Tenant.occupancies))
    ).all()
    for table, record in rows:
        try:
            tenant = _same(work, table, record)
        except LookupError:
            continue
        is_team = record.legal_form is TenantKind.TEAM
        values: dict[str, object] = {name: getattr(record, name) for name in _FIELDS} | {
            "name": record.name,
            "uscc": record.uscc,
            "kind": TenantKind.TEAM if is_team else TenantKind.COMPANY,
            "legal_form": record.legal_form if isinstance(record.legal_form, LegalForm) else None,
            "enterprise_id": enterprises[record.uscc].id if record.uscc else None,
        }
        is_new = tenant is None
        if tenant is None:
            tenant = Tenant(
                operator_id=work.operator_id, stage=record.stages[-1][0], stage_moves=[], occupancies=[], **values
            )
            work.session.add(tenant)
        changes = {} if is_new else merge(tenant, values)
        work.remember(tenant)
        changes |= _stages(work, table, record, tenant) | _occupancy(work, record, tenant)
        work.count(table, record, None if is_new else changes)
    work.session.flush()


def _same(work: Applying, table: Table, record: TenantRecord) -> Tenant | None:
    """The tenant this row is about, if known: by code, else by name. LookupError after telling that the two differ."""
    by_code, by_name = work.known_tenant(record.uscc, record.name)
    told = work.problems.errors
    if by_code is not None and by_name is not None and by_code is not by_name:
        work.error(
            table, record, "name", _("名称与信用代码分属两家已登记的企业。"), _("请核对名称和统一社会信用代码。")
        )
    elif by_code is None and by_name is not None and by_name.uscc and record.uscc:
        work.error(
            table,
            record,
            "uscc",
            _("同名企业已登记为另一个统一社会信用代码。"),
            _("请核对；确已变更的请先在企业页面修改。"),
        )
    if work.problems.errors > told:
        raise LookupError(record.row)
    return by_code or by_name


def _enterprises(work: Applying, records: list[TenantRecord]) -> dict[str, Enterprise]:
    """By code, made where missing: one in the district, whichever operators it sits with."""
    known = {
        enterprise.uscc: enterprise
        for enterprise in work.session.scalars(select(Enterprise).where(Enterprise.district_id == work.district_id))
    }
    for record in records:
        if record.uscc and record.uscc not in known:
            known[record.uscc] = Enterprise(district_id=work.district_id, uscc=record.uscc, name=record.name)
            work.session.add(known[record.uscc])
    work.session.flush()
    return known


def _stages(work: Applying, table: Table, record: TenantRecord, tenant: Tenant) -> Changes:
    """What the file says over what is known: the day a stage began, for the latest of its kind, or a new one."""
    known = book.read(tenant)
    begun = history.beginnings(known)
    changes: Changes = {}
    for stage, on in record.stages:
        at = max((index for index, it in enumerate(begun) if it[0] is stage), default=None)
        before = None if at is None else begun[at][1]
        if at is None:
            begun.append((stage, on))
        else:
            begun[at] = (stage, on)
        if before != on:
            changes[_STAGE_COLUMN[stage]] = (before, on)
    begun.sort(key=lambda it: it[1])
    # Books name no skipped stages, but nobody goes back, unless after an exit.
    forward = all(_ORDER[one] < _ORDER[next_] or one is Stage.EXITED for (one, _d), (next_, _e) in pairwise(begun))
    try:
        if not forward:
            raise ValueError(begun)
        after = history.of(begun)
    except ValueError:
        work.error(
            table,
            record,
            None,
            _("阶段日期与已登记的孵化履历先后颠倒。"),
            _("请核对各阶段日期，或在企业页面更正履历。"),
        )
        return {}
    if after != known:
        book.write(tenant, after)
    return changes


def _occupancy(work: Applying, record: TenantRecord, tenant: Tenant) -> Changes:
    """A stretch that overlaps the file's is the same one, corrected; else the tenant came back, or was there before."""
    until = record.occupied_to or date.max
    same = [
        it
        for it in tenant.occupancies
        if it.from_on <= until and (it.to_on is None or it.to_on >= record.occupied_from)
    ]
    if not same:
        tenant.occupancies.append(
            Occupancy(
                operator_id=work.operator_id,
                kind=record.occupancy, from_on=record.occupied_from, to_on=record.occupied_to,
            )
        )  # fmt: skip
        return {"occupied_from": (None, record.occupied_from)}
    values: dict[str, object] = {
        "kind": record.occupancy, "from_on": record.occupied_from, "to_on": record.occupied_to
    }  # fmt: skip
    columns = {"kind": "occupancy", "from_on": "occupied_from", "to_on": "occupied_to"}
    return {columns[name]: change for name, change in merge(same[-1], values).items()}


def write_founders(work: Applying, parsed: Parsed) -> None:
    rows = list(rows_of(parsed, "founders", FounderRecord))
    by_number: dict[tuple[int, str], Founder] = {}
    by_name: dict[tuple[int, str], Founder] = {}
    for it in work.session.scalars(select(Founder).where(Founder.operator_id == work.operator_id)):
        by_name[it.tenant_id, it.name] = it
        if it.id_number_search:
            by_number[it.tenant_id, it.id_number_search] = it
    for table, record in rows:
        tenant = work.tenant(table, record, record.tenant)
        if tenant is None:
            continue
        values: dict[str, object] = {
            "name": record.name,
            "legal_representative": record.legal_representative,
            "permit": record.permit,
            "graduated_on": record.graduated_on,
            "first_company": record.first_company,
            "phone": record.phone,
            "household": record.household.value if record.household else None,
            "categories": ",".join(record.categories) if record.categories is not None else None,
        }
        search = None
        if record.id_number:
            known = identity(work.operator_id, record.id_type or IdType.RESIDENT, record.id_number)
            search = str(known["id_number_search"])
            values |= known
        named = by_name.get((tenant.id, record.name))
        founder = by_number.get((tenant.id, search)) if search else named
        if founder is None and named is not None and named.id_number_search is None:
            founder = named  # known by name only; the file brings the number
        is_new = founder is None
        if founder is None:
            founder = Founder(operator_id=work.operator_id, tenant_id=tenant.id, name=record.name)
            work.session.add(founder)
        changes = merge(founder, values)
        if record.categories is not None and "categories" in changes:
            changes["categories"] = (None, record.categories)
        by_name[tenant.id, record.name] = founder
        if search:
            by_number[tenant.id, search] = founder
        work.count(table, record, None if is_new else changes)
    work.session.flush()
