"""Who to call at a tenant, and what an operator's people write down about it for themselves."""

from __future__ import annotations

from sqlalchemy.orm import Session

from core.data.models import Contact, Note, Tenant
from core.errors import Invalid
from core.services import audit
from core.services.tenants import checked_phone

LONGEST_NOTE = 4000  # characters


def add(
    session: Session, tenant: Tenant, *, name: str, duty: str | None, phone: str | None, email: str | None
) -> Contact:
    if not name.strip():
        raise Invalid("请填写联系人姓名", field="name")
    contact = Contact(
        operator_id=tenant.operator_id,
        tenant_id=tenant.id,
        name=name.strip(),
        duty=duty or None,
        phone=checked_phone(phone, "phone") if phone else None,
        email=email or None,
    )
    session.add(contact)
    audit.record(session, "contact.add", contact, detail={"tenant": tenant.id})
    session.flush()
    return contact


def remove(session: Session, contact: Contact) -> None:
    audit.record(session, "contact.remove", contact, detail={"tenant": contact.tenant_id})
    session.delete(contact)
    session.flush()


def write_note(session: Session, tenant: Tenant, body: str) -> Note:
    body = body.strip()
    if not body:
        raise Invalid("备注是空的，请写点什么再保存", field="body")
    if len(body) > LONGEST_NOTE:
        raise Invalid("备注最多%(most)s字，请分成几条", field="body", most=LONGEST_NOTE)
    note = Note(
        operator_id=tenant.operator_id, tenant_id=tenant.id, body=body, author_id=audit.asker_of(session).user_id
    )
    session.add(note)
    audit.record(session, "note.write", note, detail={"tenant": tenant.id})
    session.flush()
    return note


def remove_note(session: Session, note: Note) -> None:
    audit.record(session, "note.remove", note, detail={"tenant": note.tenant_id})
    session.delete(note)
    session.flush()
