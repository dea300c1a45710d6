"""Bringing a file in: a dry run that does everything and takes it back, and the import itself.

Both run in a savepoint, so a preview is what an import would do, to the row; a file with one error leaves no trace.
Services flush and never commit: the caller commits once.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.data.asker import Asker, Reach
from core.data.engine import learn_sizes
from core.data.models import Operator
from core.errors import N_, Conflict, Forbidden
from core.services import audit
from core.services.imports.context import ACCEPTED, Applying
from core.services.imports.limits import in_plan
from core.services.imports.outcome import Outcome, SheetOutcome
from core.services.imports.parse import Parsed, parse
from core.services.imports.write_indicators import write_indicators
from core.services.imports.write_insured import write_insured
from core.services.imports.write_leases import write_leases
from core.services.imports.write_mentors import write_mentors
from core.services.imports.write_places import write_sites, write_spaces
from core.services.imports.write_rent import write_rent
from core.services.imports.write_tenants import write_founders, write_tenants

# In this order each sheet finds what it names in those before it.
_WRITERS: dict[str, Callable[[Applying, Parsed], None]] = {
    "sites": write_sites,
    "spaces": write_spaces,
    "tenants": write_tenants,
    "founders": write_founders,
    "leases": write_leases,
    "rent": write_rent,
    "insured": write_insured,
    "indicators": write_indicators,
    "mentors": write_mentors,
}


def accepted_sheets(asker: Asker) -> frozenset[str]:
    """Keys of the sheets this asker may bring; empty for those who may bring none."""
    return ACCEPTED.get(asker.reach, frozenset())


def preview(
    session: Session, operator: Operator | None, data: bytes, filename: str, *, today: date, paper: str | None = None
) -> Outcome:
    """What :func:`apply` would do with this file. Leaves the database as it was. Raises as it does."""
    return _run(session, operator, data, filename, today, paper, keep=False)


def apply(
    session: Session, operator: Operator | None, data: bytes, filename: str, *, today: date, paper: str | None = None
) -> Outcome:
    """Bring a file in, all of it or nothing; the outcome says which (``applied``) and lists every problem.

    ``operator`` owns the rows; None only for district staff with the authority's list over the whole district.
    ``paper`` is the SHA-256 of the paper behind the rows (a stored scan), else the file itself is their paper.
    ``today`` is the day in Asia/Shanghai. Raises :class:`~core.services.imports.problems.FileError` for a file that
    cannot be read at all, ``Forbidden`` for an asker who may bring nothing here, ``Conflict`` when somebody else
    brought the same rows in at the same moment.
    """
    return _run(session, operator, data, filename, today, paper, keep=True)


def _run(
    session: Session,
    operator: Operator | None,
    data: bytes,
    filename: str,
    today: date,
    paper: str | None,
    *,
    keep: bool,
) -> Outcome:
    asker = audit.asker_of(session)
    _refuse_strangers(asker, operator)
    # Rows of a whole district have no operator to belong to, but the insured belong to a tenant.
    accept = accepted_sheets(asker) if operator is not None else accepted_sheets(asker) & {"insured"}
    parsed = parse(data, filename, today=today, accept=accept)
    tables = {id(table): SheetOutcome(table.sheet.key, table.title, rows=table.rows) for table in parsed.tables}
    outcome = Outcome(filename, parsed.sha256, list(tables.values()), parsed.problems)
    district_id = operator.district_id if operator is not None else asker.district_id
    if district_id is None:
        raise Forbidden(N_("请先选择运营机构，再导入表格。"))
    work = Applying(session, asker, operator, district_id, today, paper or parsed.sha256, parsed.problems, tables)
    savepoint = session.begin_nested()
    try:
        brought = {table.sheet.key for table in parsed.tables}
        with in_plan(work, parsed):
            for key, write in _WRITERS.items():
                if key in brought:
                    write(work, parsed)
        outcome.applied = keep and outcome.ok
        if outcome.applied:
            audit.record(session, "import.applied", operator, detail={"file": parsed.sha256, "rows": outcome.counts()})
            session.flush()
            savepoint.commit()
            learn_sizes(session.connection())
        else:
            savepoint.rollback()
    except IntegrityError as error:
        savepoint.rollback()
        raise Conflict(N_("刚才有人登记了相同的内容。请重新预览，确认后再导入。")) from error
    except BaseException:
        savepoint.rollback()
        raise
    for sheet in outcome.sheets:
        sheet.errors = outcome.problems.errors_by_sheet.get(sheet.title, 0)
    return outcome


def _refuse_strangers(asker: Asker, operator: Operator | None) -> None:
    if not accepted_sheets(asker):
        raise Forbidden(N_("您的身份不能导入表格。"))
    if asker.reach in (Reach.OPERATOR, Reach.TENANT) and (operator is None or operator.id != asker.operator_id):
        raise Forbidden(N_("只能导入本机构的表格。"))
    if asker.reach is Reach.DISTRICT and operator is not None and operator.district_id != asker.district_id:
        raise Forbidden(N_("只能导入本区的表格。"))


__all__ = ["Outcome", "accepted_sheets", "apply", "preview"]
