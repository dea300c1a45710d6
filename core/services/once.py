"""What is granted once to an enterprise and to a founder, wherever they apply (`once` in policy.yaml).

The rule's own check over `awards` says so before; this is the last guard, for two approved at one moment or in two
districts: a unique index over blind indexes refuses the second, whoever writes it.
"""

from __future__ import annotations

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.data.crypto import Keyring
from core.data.models import Award, AwardOnce, Case, Enterprise, Founder, OnceKind, Tenant
from core.data.queries.across import across
from core.data.queries.evidence import award_numbers
from core.data.types import utcnow
from core.errors import N_, Conflict
from core.policy import LoadedPolicy

TAKEN = {
    OnceKind.ENTERPRISE: N_(
        "这家企业已由“%(award)s”核定过这项扶持，每家只能享受一次；请核对后不予核定，或先撤销原核定"
    ),
    OnceKind.FOUNDER: N_("有创始人已由“%(award)s”享受过这项扶持，每人只能享受一次；请核对后不予核定，或先撤销原核定"),
}


def claim(session: Session, award: Award, case: Case, loaded: LoadedPolicy) -> None:
    """Note that the enterprise and its founders had this. Called in the transaction that approves the award; raises
    `Conflict` naming the other award where one of them had it, and the caller rolls back."""
    if not loaded.card.once:
        return
    with across(session, "once") as wide:
        rows = [
            {
                "operator_id": award.operator_id,
                "tenant_id": award.tenant_id,
                "award_id": award.id,
                "policy_key": award.policy_key,
                "kind": kind,
                "subject": subject,
            }
            for kind, subject in sorted(_subjects(wide, case.tenant_id, loaded.card.once))
        ]
        if not rows:
            return
        try:
            with wide.begin_nested():
                wide.execute(insert(AwardOnce), rows)
        except IntegrityError:
            raise _taken(wide, rows) from None


def release(session: Session, award: Award) -> None:
    """The award is revoked: it may be granted again."""
    held = (AwardOnce.award_id == award.id, AwardOnce.released_at.is_(None))
    session.execute(update(AwardOnce).where(*held).values(released_at=utcnow()))


def _subjects(wide: Session, tenant_id: int, once: tuple[str, ...]) -> set[tuple[OnceKind, str]]:
    keys = Keyring.current()
    found = set()
    if "enterprise" in once:
        known = select(Tenant.uscc, Enterprise.uscc).outerjoin(Enterprise, Enterprise.id == Tenant.enterprise_id)
        own, enterprise = wide.execute(known.where(Tenant.id == tenant_id)).one()
        if code := own or enterprise:
            found.add((OnceKind.ENTERPRISE, keys.once_index("enterprise", code)))
    if "founders" in once:
        for founder in wide.scalars(select(Founder).where(Founder.tenant_id == tenant_id)):
            if founder.id_number:
                found.add((OnceKind.FOUNDER, keys.once_index("founder", founder.id_number)))
    return found


def _taken(wide: Session, rows: list[dict[str, object]]) -> Conflict:
    """Names the other award by its number and nothing else of it: it may be at another operator."""
    for row in rows:
        other = wide.scalars(
            select(AwardOnce).where(
                AwardOnce.policy_key == row["policy_key"],
                AwardOnce.kind == row["kind"],
                AwardOnce.subject == row["subject"],
                AwardOnce.released_at.is_(None),
            )
        ).one_or_none()
        if other is not None:
            return Conflict(TAKEN[other.kind], award=award_numbers(wide, {other.award_id})[other.award_id])
    return Conflict(N_("这项扶持只能享受一次，刚才另有一件获得批准；请刷新后再看"))
