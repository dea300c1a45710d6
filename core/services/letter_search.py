"""Finding letters by what no address may carry: a person's identity number."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.data.crypto import Keyring
from core.data.models import Award, Case, IdType, Letter, Tenant
from core.data.queries.letters import of_person
from core.errors import Invalid
from core.services import audit
from core.services.identifiers import IdentifierError, check_person_id


def by_person(session: Session, id_type: IdType, number: str) -> str:
    """The blind index by which the list finds the letters that rest on a person's insured months. That it was asked for
    is in the trail, with the index and without the number. Raises `Invalid` for a number that cannot be right."""
    try:
        number = check_person_id(id_type, number)
    except IdentifierError as error:
        raise Invalid(f"{error.message}{error.remedy}", field="id_number") from error
    index = Keyring.current().once_index("id_number", number)
    found = (
        select(func.count())
        .select_from(Letter)
        .join(Case, Case.id == Letter.case_id)
        .join(Tenant, Tenant.id == Letter.tenant_id)
        .outerjoin(Award, Award.id == Letter.award_id)
        .where(of_person(index))
    )
    audit.record(session, "letters.by_person", detail={"person": index, "letters": session.scalar(found) or 0})
    return index
