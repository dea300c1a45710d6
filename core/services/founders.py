"""创始人 in a tenant's file. Identity, household and categories are sealed; keyed hashes find the same person again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.crypto import Keyring
from core.data.models import Case, Founder, Household, IdType, Permit, Tenant
from core.errors import Conflict, Invalid
from core.services import audit
from core.services.identifiers import IdentifierError, check_person_id
from core.services.tenants import checked_phone


def identity(operator_id: int, id_type: IdType, number: str) -> dict[str, object]:
    """The columns that go with an identity number, in an order in which they can be set."""
    keys = Keyring.current()
    return {
        "id_type": id_type,
        "id_number": number,
        "id_number_search": keys.search_index(operator_id, "id_number", number),
        "id_number_once": keys.once_index("id_number", number),
    }


def save(
    session: Session,
    tenant: Tenant,
    founder: Founder | None,
    *,
    today: date,
    name: str,
    id_type: IdType | None = None,
    id_number: str | None = None,
    household: Household | None = None,
    categories: Sequence[str] | None = None,
    permit: Permit | None = None,
    legal_representative: bool | None = None,
    graduated_on: date | None = None,
    first_company: bool | None = None,
    phone: str | None = None,
) -> Founder:
    """Add one (`founder` None) or change one. An empty number leaves the known one: nobody types it again to correct
    a telephone number. `categories` None is not known, empty is none."""
    if not name.strip():
        raise Invalid("请填写创始人姓名", field="name")
    if graduated_on is not None and graduated_on > today:
        raise Invalid("毕业日期不能晚于今天", field="graduated_on")
    values: dict[str, Any] = {
        "name": name.strip(),
        "household": household.value if household else None,
        "categories": ",".join(categories) if categories is not None else None,
        "permit": permit,
        "legal_representative": legal_representative,
        "graduated_on": graduated_on,
        "first_company": first_company,
        "phone": checked_phone(phone, "phone") if phone else None,
    }
    if id_number:
        values |= _identity(session, tenant, founder, id_type or IdType.RESIDENT, id_number)
    is_new = founder is None
    if founder is None:
        founder = Founder(operator_id=tenant.operator_id, tenant_id=tenant.id, name=values["name"])
        session.add(founder)
    for column, value in values.items():
        setattr(founder, column, value)
    # Which columns were set, not what they say: the trail holds no person.
    audit.record(session, "founder.add" if is_new else "founder.edit", founder, detail={"tenant": tenant.id})
    session.flush()
    return founder


def remove(session: Session, founder: Founder) -> None:
    """Raises `Conflict` where an application names its persons by this row."""
    if session.scalar(select(Case.id).where(Case.tenant_id == founder.tenant_id).limit(1)) is not None:
        raise Conflict("企业已有扶持申请，申请里引用了创始人，不能删除；信息有误的请修改")
    audit.record(session, "founder.remove", founder, detail={"tenant": founder.tenant_id})
    session.delete(founder)
    session.flush()


def _identity(
    session: Session, tenant: Tenant, founder: Founder | None, id_type: IdType, number: str
) -> dict[str, object]:
    try:
        number = check_person_id(id_type, number)
    except IdentifierError as error:
        raise Invalid(f"{error.message}{error.remedy}", field="id_number") from error
    values = identity(tenant.operator_id, id_type, number)
    same = session.scalars(
        select(Founder).where(Founder.tenant_id == tenant.id, Founder.id_number_search == values["id_number_search"])
    ).first()
    if same is not None and same is not founder:
        raise Invalid("这位创始人已经登记过了：%(name)s", field="id_number", name=same.name)
    return values
