"""What tenants report for a quarter, into the database."""

from __future__ import annotations

from sqlalchemy import select

from core.data.models import Indicator
from core.services.imports.context import Applying, merge
from core.services.imports.parse import Parsed, rows_of
from core.services.imports.records import IndicatorRecord

_FIGURES = ("revenue_fen", "rnd_fen", "staff", "ip_applied", "ip_held")


def write_indicators(work: Applying, parsed: Parsed) -> None:
    rows = list(rows_of(parsed, "indicators", IndicatorRecord))
    known = {
        (it.tenant_id, it.quarter): it
        for it in work.session.scalars(select(Indicator).where(Indicator.operator_id == work.operator_id))
    }
    for table, record in rows:
        tenant = work.tenant(table, record, record.tenant)
        if tenant is None:
            continue
        values: dict[str, object] = {name: getattr(record, name) for name in _FIGURES}
        indicator = known.get((tenant.id, record.quarter))
        if indicator is None:
            known[tenant.id, record.quarter] = indicator = Indicator(
                operator_id=work.operator_id, tenant_id=tenant.id, quarter=record.quarter, **values
            )
            work.session.add(indicator)
            work.count(table, record, None)
        else:
            work.count(table, record, merge(indicator, values))
    work.session.flush()
