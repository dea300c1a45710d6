"""A filtered list as a spreadsheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from flask import Response, g, request, send_file
from sqlalchemy.orm import Session

from core.data.engine import writing
from core.extensions import db
from core.services.audit import record
from core.services.exports import As, Field, Listing, write_csv, write_xlsx
from core.web.listing import Column

TAKEN = "list.export"  # in the trail
FORMS = {"money": As.MONEY, "number": As.NUMBER, "date": As.DATE}


def table(name: str, columns: Sequence[Column], rows: Sequence[Mapping[str, Any]], kind: str) -> Response:
    """`rows` under `columns` as an XLSX (or, for `csv`, a CSV) attachment; no cell is ever a formula.

    The trail says who took how many rows of which list; where it cannot be written, nothing is handed out.
    """
    listing = Listing(
        title=name,
        fields=[Field(str(c.label), FORMS.get(c.kind, As.TEXT)) for c in columns],
        rows=[[_plain(row[c.key], c.kind) for c in columns] for row in rows],
    )
    csv = kind == "csv"
    _record({"list": request.blueprint, "rows": len(rows), "format": "csv" if csv else "xlsx"})
    return send_file(
        BytesIO(write_csv(listing) if csv else write_xlsx([listing])),
        mimetype="text/csv" if csv else "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        as_attachment=True,
        download_name=f"{name}-{g.today:%Y%m%d}.{'csv' if csv else 'xlsx'}",
    )


def _record(detail: dict[str, Any]) -> None:
    """In a transaction of its own: a GET's is rolled back, and must not stand in the way."""
    db.session.rollback()
    with writing(), Session(db.engine, info={"asker": g.asker}) as own:
        record(own, TAKEN, detail=detail)
        own.commit()


def _plain(value: Any, kind: str) -> Any:
    """Areas are stored in square centimetres and read in square metres."""
    if kind == "area" and value is not None:
        return f"{value // 10_000}.{value % 10_000:04d}".rstrip("0").rstrip(".")
    return value
