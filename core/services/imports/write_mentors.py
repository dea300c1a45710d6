"""Mentors into the register, by its own rules: what a page refuses, a file is refused."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from core.data.models import Mentor
from core.errors import DomainError
from core.services import mentors
from core.services.imports.context import Applying, Changes, name_key
from core.services.imports.parse import Parsed, rows_of
from core.services.imports.records import MentorRecord

_LISTS = ("areas", "languages", "stages")
_FIELDS = (
    "name", "kind", "organisation", "position", "appointed_by", "appointed_on", "skills", "hours_per_month", "capacity",
    "phone", "email",
)  # fmt: skip


def write_mentors(work: Applying, parsed: Parsed) -> None:
    known = {
        _key(mentor.name, mentor.organisation): mentor
        for mentor in work.session.scalars(select(Mentor).where(Mentor.operator_id == work.operator_id))
    }
    for table, record in rows_of(parsed, "mentors", MentorRecord):
        values: dict[str, object] = {name: getattr(record, name) for name in _FIELDS}
        values |= {name: list(getattr(record, name)) for name in _LISTS}
        said = {name: value for name, value in values.items() if value is not None}  # an empty cell says nothing
        mentor = known.get(_key(record.name, record.organisation))
        try:
            if mentor is None:
                mentor = mentors.add(work.session, work.operator_id, said, today=work.today)
                known[_key(record.name, record.organisation)] = mentor
                work.count(table, record, None)
            else:
                changes = _changes(mentor, said)
                if changes:
                    mentors.edit(work.session, mentor, said, today=work.today)
                work.count(table, record, changes)
        except DomainError as error:
            column = error.field if error.field in values else None
            work.error(table, record, column, _(error.message, **error.values), "")


def _changes(mentor: Mentor, said: Mapping[str, object]) -> Changes:
    """What the file says otherwise. Languages and stages are sets; the order of areas is the mentor's own."""
    changes: Changes = {}
    for name, value in said.items():
        before: object = getattr(mentor, name)
        if isinstance(before, list) and isinstance(value, list):
            before, value = tuple(before), tuple(value)
            if name in ("languages", "stages") and set(before) == set(value):
                continue
        if before != value:
            changes[name] = (before, value)
    return changes


def _key(name: str, organisation: str | None) -> tuple[str, str]:
    return name_key(name), name_key(organisation or "")
