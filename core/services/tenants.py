"""一企一档: making a tenant's file and keeping its facts. One company has one file at an operator."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import Enterprise, Operator, Stage, Tenant, TenantKind
from core.errors import Conflict, Invalid
from core.services import audit
from core.services.identifiers import IdentifierError, check_phone, check_uscc
from core.services.imports.context import name_key

FACTS = (
    "name", "kind", "uscc", "legal_form", "small_or_micro", "registered_on", "registered_region",
    "registered_address", "operating_region", "industry", "labour_dispatch", "untrustworthy",
    "contact_name", "contact_phone", "contact_email",
)  # fmt: skip


class SameTenant(Conflict):
    """The operator has a file of this code or this name already: `tenant`, which the page links to."""

    def __init__(self, message: str, tenant: Tenant, *, field: str, **values: Any) -> None:
        super().__init__(message, field=field, **values)
        self.tenant = tenant


class Made(NamedTuple):
    tenant: Tenant
    known_in_district: bool  # its code had a file in the district before


def create(
    session: Session, operator_id: int, values: Mapping[str, Any], *, today: date, stage: Stage = Stage.NURSERY
) -> Made:
    """A new file. `stage` is only a first value: the tenant has no history before it has entered."""
    facts = _checked(values, today)
    _refuse_twin(session, operator_id, facts["name"], facts["uscc"], but=None)
    tenant = Tenant(operator_id=operator_id, stage=stage, stage_moves=[], occupancies=[], **facts)
    known = _link(session, tenant)
    session.add(tenant)
    audit.record(session, "tenant.create", tenant)
    session.flush()
    return Made(tenant, known)


def edit(session: Session, tenant: Tenant, values: Mapping[str, Any], *, today: date) -> Made:
    """Change facts. The trail says which: names and addresses do not belong in it."""
    facts = _checked({name: getattr(tenant, name) for name in FACTS} | dict(values), today)
    _refuse_twin(session, tenant.operator_id, facts["name"], facts["uscc"], but=tenant)
    changed = [name for name in FACTS if getattr(tenant, name) != facts[name]]
    for name in changed:
        setattr(tenant, name, facts[name])
    known = _link(session, tenant) if "uscc" in changed else False
    if changed:
        audit.record(session, "tenant.edit", tenant, detail={"fields": changed})
    session.flush()
    return Made(tenant, known)


def twin(session: Session, operator_id: int, name: str, uscc: str | None, but: Tenant | None = None) -> Tenant | None:
    """The file that this operator has of the same code, or of the same name but for width, blanks and brackets."""
    mine = select(Tenant).where(Tenant.operator_id == operator_id)
    if but is not None and but.id is not None:
        mine = mine.where(Tenant.id != but.id)
    if uscc and (found := session.scalars(mine.where(Tenant.uscc == uscc)).first()):
        return _kept(session, found)
    if found := session.scalars(mine.where(Tenant.name == name)).first():
        return _kept(session, found)
    key = name_key(name)
    names = session.execute(mine.where(Tenant.merged_into_id.is_(None)).with_only_columns(Tenant.id, Tenant.name))
    same = next((row.id for row in names if name_key(row.name) == key), None)
    return session.get(Tenant, same) if same is not None else None


def _kept(session: Session, tenant: Tenant) -> Tenant:
    """The file that a merged one was joined to, or itself."""
    while tenant.merged_into_id is not None:
        tenant = session.get_one(Tenant, tenant.merged_into_id)
    return tenant


def checked_uscc(text: str) -> str:
    try:
        return check_uscc(text)
    except IdentifierError as error:
        raise Invalid(f"{error.message}{error.remedy}", field="uscc") from error


def checked_phone(text: str, field: str) -> str:
    try:
        return check_phone(text)
    except IdentifierError as error:
        raise Invalid(f"{error.message}{error.remedy}", field=field) from error


def _checked(values: Mapping[str, Any], today: date) -> dict[str, Any]:
    """All facts, empty texts as not known; raises `Invalid` at the field that cannot be."""
    facts: dict[str, Any] = {name: values.get(name) or None for name in FACTS}
    for name in ("small_or_micro", "labour_dispatch", "untrustworthy"):
        facts[name] = values.get(name)  # a known no is not unknown
    if facts["name"] is None:
        raise Invalid("请填写企业或团队的名称", field="name")
    if facts["uscc"] is not None:
        facts["uscc"] = checked_uscc(facts["uscc"])
    facts["kind"] = facts["kind"] or TenantKind.TEAM
    if facts["kind"] is TenantKind.TEAM:
        if facts["uscc"] is not None:
            raise Invalid("有统一社会信用代码的是企业，请把类型改为“企业”", field="kind")
        facts["legal_form"] = None
    if facts["registered_on"] is not None and facts["registered_on"] > today:
        raise Invalid("注册日期不能晚于今天", field="registered_on")
    for name in ("registered_region", "operating_region"):
        if facts[name] is not None and not re.fullmatch(r"[1-9]\d{5}", facts[name], re.ASCII):
            raise Invalid("区划代码是6位数字，例如310109（虹口区）", field=name)
    if facts["contact_phone"] is not None:
        facts["contact_phone"] = checked_phone(facts["contact_phone"], "contact_phone")
    if facts["contact_email"] is not None and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", facts["contact_email"]):
        raise Invalid("邮箱的格式不对，例如name@example.com", field="contact_email")
    return facts


def _refuse_twin(session: Session, operator_id: int, name: str, uscc: str | None, *, but: Tenant | None) -> None:
    found = twin(session, operator_id, name, uscc, but)
    if found is None:
        return
    if uscc and found.uscc == uscc:
        raise SameTenant("这个统一社会信用代码已有档案：%(name)s", found, field="uscc", name=found.name)
    raise SameTenant("已有同名的档案：%(name)s", found, field="name", name=found.name)


def _link(session: Session, tenant: Tenant) -> bool:
    """Join the tenant to the district's enterprise of its code, made where missing. Says whether there was one."""
    if tenant.uscc is None:
        tenant.enterprise_id = None
        return False
    district = session.get_one(Operator, tenant.operator_id).district_id
    same = select(Enterprise).where(Enterprise.district_id == district, Enterprise.uscc == tenant.uscc)
    enterprise = session.scalars(same).one_or_none()
    known = enterprise is not None
    if enterprise is None:
        enterprise = Enterprise(district_id=district, uscc=tenant.uscc, name=tenant.name)
        session.add(enterprise)
        session.flush()
    tenant.enterprise_id = enterprise.id
    return known
