"""Who was insured in which month, into the database."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from core.data.crypto import Keyring
from core.data.models import Employment, Grade, IdType, InsuredPerson, Tenant
from core.services.imports.context import Applying, better, merge
from core.services.imports.parse import Parsed, Table, rows_of
from core.services.imports.records import InsuredRecord

Month = tuple[int, str, str]  # person, month, employer


def write_insured(work: Applying, parsed: Parsed) -> None:
    rows = list(rows_of(parsed, "insured", InsuredRecord))
    resolved = []
    for table, record in rows:
        tenant = work.tenant(table, record, record.tenant)
        grade = work.grade(table, record, record.grade)
        if tenant is not None and grade is not None:
            resolved.append((table, record, tenant, grade))
    tenants = {tenant.id for _table, _record, tenant, _grade in resolved}
    people = _People(work, tenants)
    for table, record, tenant, _grade in resolved:
        people.find(table, record, tenant)
    work.session.flush()  # persons have ids now
    known = _months(work, tenants)
    seen: dict[Month, int] = {}
    for table, record, tenant, grade in resolved:
        person = people.find(table, record, tenant)
        key = (person.id, record.month, record.employer_uscc)
        if seen.setdefault(key, record.row) != record.row:
            work.error(
                table,
                record,
                None,
                _("与第 %(row)s 行是同一人、同一月份、同一缴费单位。", row=seen[key]),
                _("请删去重复的一行。"),
            )
            continue
        _write_month(work, table, record, tenant, person, grade, known.get(key))
    work.session.flush()


class _People:
    """The persons of some tenants, by the blind index of their number: one number is one person of a tenant."""

    def __init__(self, work: Applying, tenants: set[int]) -> None:
        self.work = work
        self.keys = Keyring.current()
        self.known = {
            (person.tenant_id, person.id_number_search): person
            for person in work.session.scalars(select(InsuredPerson).where(InsuredPerson.tenant_id.in_(tenants)))
        }
        # The blind index is a keyed hash, and a person appears in many months.
        self.index: dict[tuple[int, str], str] = {}
        self.told: set[int] = set()

    def find(self, table: Table, record: InsuredRecord, tenant: Tenant) -> InsuredPerson:
        number = record.id_number
        search = self.index.get((tenant.operator_id, number))
        if search is None:
            search = self.index[tenant.operator_id, number] = self.keys.search_index(
                tenant.operator_id, "id_number", number
            )
        person = self.known.get((tenant.id, search))
        if person is None:
            person = InsuredPerson(
                operator_id=tenant.operator_id, tenant_id=tenant.id, id_type=record.id_type or IdType.RESIDENT,
                id_number_search=search,
                id_number_once=self.keys.once_index("id_number", number),
            )  # fmt: skip
            person.name, person.id_number = record.name, number
            self.work.session.add(person)
            self.known[tenant.id, search] = person
        elif id(person) not in self.told and person.name != record.name:
            # Names change and are mistyped; the number says who it is. Told once a person.
            self.told.add(id(person))
            self.work.notice(
                table, record, "name", _("同一证件号码已登记为另一个姓名，按已登记的保留。"), _("请核对姓名。")
            )
        return person


def _months(work: Applying, tenants: set[int]) -> dict[Month, Employment]:
    return {
        (row.person_id, row.month, row.employer_uscc): row
        for row in work.session.scalars(select(Employment).where(Employment.tenant_id.in_(tenants)))
    }


def _write_month(
    work: Applying,
    table: Table,
    record: InsuredRecord,
    tenant: Tenant,
    person: InsuredPerson,
    grade: Grade,
    row: Employment | None,
) -> None:
    household = record.household.value if record.household else None
    if row is None:
        row = Employment(
            operator_id=tenant.operator_id, tenant_id=tenant.id, person_id=person.id, month=record.month,
            employer_uscc=record.employer_uscc, filing_uscc=record.filing_uscc, grade=grade, paper_sha256=work.paper,
        )  # fmt: skip
        row.household = household
        work.session.add(row)
        work.count(table, record, None)
        return
    weaker = better(row.grade, grade)
    changes = merge(row, {"filing_uscc": record.filing_uscc, "household": household})
    if weaker and changes:
        work.error(
            table,
            record,
            None,
            _("与已核实的记录不同，不能用等级较低的来源改写。"),
            _("请核对；确有错误的，请由核实方更正。"),
        )
    elif changes or better(grade, row.grade):
        changes |= merge(row, {"grade": grade})
        row.paper_sha256 = work.paper
    work.count(table, record, changes)
