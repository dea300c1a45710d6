"""One import at work: who brings it, what the rows name, what was counted. Shared by the writers of the sheets."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.asker import Asker, Reach
from core.data.models import Grade, Operator, Stage, Tenant
from core.services.identifiers import Text
from core.services.imports.outcome import SheetOutcome, Status
from core.services.imports.parse import Table
from core.services.imports.problems import Level, Problems
from core.services.imports.records import Record

Changes = dict[str, tuple[object, object]]
Row = TypeVar("Row")

_RANK = {grade: rank for rank, grade in enumerate(Grade)}  # Grade lists the best first
# The best source a person may name for what they bring.
_OWN_GRADE = {
    Reach.TENANT: Grade.APPLICANT,
    Reach.OPERATOR: Grade.OPERATOR,
    Reach.DISTRICT: Grade.GOVERNMENT,
    Reach.SYSTEM: Grade.GOVERNMENT,
}
# Rent and premises come from the operator; who is insured comes from the tenant or the authority.
_OPERATOR_SHEETS = frozenset({"sites", "spaces", "tenants", "founders", "leases", "rent", "indicators", "mentors"})
ACCEPTED: Mapping[Reach, frozenset[str]] = {
    Reach.OPERATOR: _OPERATOR_SHEETS,
    Reach.TENANT: frozenset({"insured", "indicators"}),
    Reach.DISTRICT: frozenset({"insured"}),
    Reach.SYSTEM: _OPERATOR_SHEETS | {"insured"},
}


def name_key(name: str) -> str:
    """Two spellings of a company's name are one: width, blanks and brackets aside."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", name)).casefold()


@dataclass(slots=True)
class Applying:
    """``operator`` is None only for the authority's list over the whole district."""

    session: Session
    asker: Asker
    operator: Operator | None
    district_id: int
    today: date
    paper: str
    problems: Problems
    sheets: dict[int, SheetOutcome] = field(default_factory=dict)
    _by_code: dict[str, Tenant] | None = None
    _by_name: dict[str, Tenant] = field(default_factory=dict)

    @property
    def operator_id(self) -> int:
        if self.operator is None:
            raise RuntimeError("only the list of insured persons is read for a whole district")
        return self.operator.id

    # ── telling ──────────────────────────────────────────────────────────────────────────────────────────────────

    def error(self, table: Table, record: Record, key: str | None, message: Text, remedy: Text) -> None:
        self.problems.add(table.problem(record, key, message, remedy, Level.ERROR))

    def notice(self, table: Table, record: Record, key: str | None, message: Text, remedy: Text = "") -> None:
        self.problems.add(table.problem(record, key, message, remedy, Level.NOTICE))

    def count(self, table: Table, record: Record, changes: Changes | None) -> None:
        """``changes`` None: the row is new."""
        status = Status.NEW if changes is None else Status.CHANGED if changes else Status.UNCHANGED
        self.sheets[id(table)].count(table.sheet, record, status, changes or {})

    def missing(self, table: Table, record: Record, key: str, message: Text, remedy: Text, *, in_sheet: str) -> None:
        """An error about something that is nowhere, unless this file's own list of such things has errors itself:
        then the missing one is most likely among them, and saying so twice helps nobody."""
        if not any(
            sheet.key == in_sheet and self.problems.errors_by_sheet.get(sheet.title) for sheet in self.sheets.values()
        ):
            self.error(table, record, key, message, remedy)

    # ── finding ──────────────────────────────────────────────────────────────────────────────────────────────────

    def tenant(self, table: Table, record: Record, named: str) -> Tenant | None:
        """The tenant a row names by code or name, this file's own included; None after telling that there is none."""
        codes = self._tenants()
        found = codes.get(named) or self._by_name.get(name_key(named))
        if found is None:
            if self.asker.reach is Reach.TENANT:
                self.error(
                    table,
                    record,
                    "tenant",
                    _("这不是本企业。"),
                    _("只能导入本企业的人员，请填写本企业名称或信用代码。"),
                )
            else:
                self.missing(
                    table, record, "tenant", _("没有找到企业“%(name)s”。", name=named),
                    _("请先在“企业”表中登记，或核对名称；也可改填统一社会信用代码。"), in_sheet="tenants",
                )  # fmt: skip
        return found

    def known_tenant(self, code: str | None, name: str) -> tuple[Tenant | None, Tenant | None]:
        """The tenants with this code and with this name, which should be one."""
        codes = self._tenants()
        return (codes.get(code) if code else None), self._by_name.get(name_key(name))

    def remember(self, tenant: Tenant) -> None:
        if tenant.uscc:
            self._tenants()[tenant.uscc] = tenant
        self._by_name[name_key(tenant.name)] = tenant

    def _tenants(self) -> dict[str, Tenant]:
        if self._by_code is None:
            self._by_code = {}
            query = select(Tenant).join(Operator, Operator.id == Tenant.operator_id)
            if self.operator is not None:
                query = query.where(Tenant.operator_id == self.operator.id)
            query = query.where(Operator.district_id == self.district_id)
            left = (Stage.EXITED, Stage.GRADUATED)
            # At two operators: the one it is still with, else the older; setdefault keeps the first.
            for tenant in sorted(self.session.scalars(query), key=lambda t: (t.stage in left, t.id)):
                if tenant.uscc:
                    self._by_code.setdefault(tenant.uscc, tenant)
                self._by_name.setdefault(name_key(tenant.name), tenant)
        return self._by_code

    # ── sources ──────────────────────────────────────────────────────────────────────────────────────────────────

    def grade(self, table: Table, record: Record, written: Grade | None) -> Grade | None:
        """The source grade of a row; None after telling that this person may not claim it."""
        own = _OWN_GRADE[self.asker.reach]
        if written is None:
            return own
        if _RANK[written] < _RANK[own]:
            self.error(
                table, record, "grade", _("您的身份不能使用这个来源等级。"), _("请清空该列，或填写与您身份相符的来源。")
            )
            return None
        return written


def better(one: Grade, other: Grade) -> bool:
    """Whether ``one`` is the better source."""
    return _RANK[one] < _RANK[other]


def merge(row: Any, values: Mapping[str, object]) -> Changes:
    """Set what the file says and differs. None says nothing: an empty cell never wipes out what is known."""
    changes: Changes = {}
    for name, value in values.items():
        if value is None:
            continue
        before = getattr(row, name)
        if before != value:
            setattr(row, name, value)
            changes[name] = (before, value)
    return changes
