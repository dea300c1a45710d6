"""Who may bring people into which roles, and end them: one table. What a role may do to a case is another
(`core.services.workflow.MOVES`); which pages it opens stands at each page (`core.web.access.roles`)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.asker import Asker, Reach
from core.data.models import (
    DISTRICT_ROLES,
    OFFICERS,
    TENANT_ROLES,
    Department,
    District,
    Invitation,
    Membership,
    Operator,
    Role,
    Tenant,
)
from core.data.queries.across import across
from core.errors import N_, Forbidden, Invalid, NotFound
from core.services.audit import asker_of

STAFFING: dict[Role, frozenset[Role]] = {
    Role.FOUNDER: frozenset({Role.TENANT_MEMBER}),
    Role.OPERATOR_MANAGER: frozenset({Role.OPERATOR_STAFF}) | TENANT_ROLES,
    Role.DISTRICT_ADMIN: DISTRICT_ROLES - {Role.DISTRICT_ADMIN} | {Role.EXPERT},
    Role.SECURITY_ADMIN: OFFICERS | {Role.OPERATOR_MANAGER, Role.DISTRICT_ADMIN},
}
# A district's own values of a policy's parameters: who may write them down, and who may let them apply.
PARAMETER_DRAFTERS = frozenset({Role.FIRST_REVIEWER, Role.SECOND_REVIEWER, Role.APPROVER, Role.DISTRICT_ADMIN})
PARAMETER_PUBLISHERS = frozenset({Role.APPROVER, Role.DISTRICT_ADMIN})
# The budget of a policy: who may propose a change of it, and who may confirm one that another proposed.
POOL_PROPOSERS = frozenset({Role.DISTRICT_ADMIN})
POOL_CONFIRMERS = frozenset({Role.APPROVER, Role.DISTRICT_ADMIN})
# What letters and the log are signed with: who may propose another key or give one up, and who may confirm one that
# another proposed.
KEY_PROPOSERS = frozenset({Role.PLATFORM_ADMIN, Role.SECURITY_ADMIN})
KEY_CONFIRMERS = frozenset({Role.PLATFORM_ADMIN, Role.SECURITY_ADMIN})
# Without one of these nobody could invite anyone into the organisation any more, or one of the three is missing.
KEEPERS = frozenset(STAFFING) | OFFICERS
# These look across the district's offices; the others sit in one of them.
WITHOUT_DEPARTMENT = frozenset({Role.AUDITOR, Role.DISTRICT_ADMIN, Role.EXPERT})


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a role holds: the ids that a membership or an invitation carries."""

    district_id: int | None = None
    department_id: int | None = None
    operator_id: int | None = None
    tenant_id: int | None = None

    @classmethod
    def of(cls, row: Membership | Invitation) -> Scope:
        return cls(row.district_id, row.department_id, row.operator_id, row.tenant_id)

    def columns(self) -> dict[str, int | None]:
        return asdict(self)


def staffed_by(asker: Asker) -> frozenset[Role]:
    """The roles that the asker may give and end, in their own organisation."""
    return frozenset().union(*(STAFFING.get(role, frozenset()) for role in asker.roles))


def scope_for(
    session: Session,
    role: Role,
    *,
    tenant_id: int | None = None,
    department_id: int | None = None,
    operator_id: int | None = None,
    district_id: int | None = None,
) -> Scope:
    """Where `role` would hold if the asker gave it, from what was chosen. Raises `Forbidden` for a role that is not
    theirs to give, `Invalid` where a choice is missing, `NotFound` for a place out of their reach."""
    asker = asker_of(session)
    if role in OFFICERS and asker.reach is Reach.SYSTEM:  # `hongcai officers`: somebody has to be the first
        return Scope()
    if role not in staffed_by(asker):
        raise Forbidden(N_("您不能授予这一角色。请联系有权限的管理员。"))
    if role in TENANT_ROLES:
        tenant = _one(session, Tenant, asker.tenant_id or _chosen(tenant_id, "tenant_id", N_("请选择企业或团队。")))
        return Scope(asker.district_id, None, tenant.operator_id, tenant.id)
    if role in OFFICERS:
        return Scope()
    if role is Role.OPERATOR_STAFF:
        return Scope(asker.district_id, None, asker.operator_id)
    if role is Role.OPERATOR_MANAGER:
        chosen = _chosen(operator_id, "operator_id", N_("请选择运营机构。"))
        with across(session, "accounts:operators") as wide:  # the platform reads no operator's rows, but names them
            operator = _one(wide, Operator, chosen)
            return Scope(operator.district_id, None, operator.id)
    if role is Role.DISTRICT_ADMIN:
        return Scope(_one(session, District, _chosen(district_id, "district_id", N_("请选择区。"))).id)
    if department_id is None and role in WITHOUT_DEPARTMENT:
        return Scope(asker.district_id)
    department = _one(session, Department, _chosen(department_id, "department_id", N_("请选择部门。")))
    return Scope(asker.district_id, department.id)


def _chosen(value: int | None, field: str, message: str) -> int:
    if value is None:
        raise Invalid(message, field=field)
    return value


def _one(session: Session, model: type[Any], key: int) -> Any:
    row = session.scalars(select(model).where(model.id == key)).one_or_none()
    if row is None:
        raise NotFound(N_("没有找到所选的单位，或不属于您可以管理的范围。"))
    return row


def require_staffing(session: Session, row: Membership | Invitation) -> None:
    """Refuse unless the asker may give and end this membership or invitation: their role, their organisation."""
    asker = asker_of(session)
    if asker.reach is Reach.SYSTEM:
        return
    match asker.reach:
        case Reach.TENANT:
            own = row.tenant_id == asker.tenant_id
        case Reach.OPERATOR:
            own = row.operator_id == asker.operator_id
        case Reach.DISTRICT:
            own = row.district_id == asker.district_id and row.operator_id is None
        case reach:
            own = reach is Reach.PLATFORM
    if not own:
        raise NotFound(N_("没有找到，或不属于您可以管理的范围。"))
    if row.role not in staffed_by(asker):
        raise Forbidden(N_("您不能办理这一角色的变动。请联系有权限的管理员。"))


def is_own(session: Session, membership: Membership) -> bool:
    """Whether the membership is the asker's, also while they act in another's place."""
    return membership.user_id == asker_of(session).user_id
