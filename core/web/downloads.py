"""What is handed out as a file: a filtered list as a spreadsheet, a paper as an attachment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

from flask import Response, g, send_file
from sqlalchemy.orm import Session

from core.data.engine import writing
from core.data.models.kept import KeptFile
from core.errors import N_, NotFound
from core.extensions import db
from core.services import files
from core.services.audit import record
from core.services.exports import As, Field, Listing, write_csv, write_xlsx
from core.web.listing import Column

NO_FILE = N_("这份材料的文件不在存储中，请联系平台管理人员")
TAKEN = "list.export"  # in the trail
TAKEN_PACKAGE = "package.download"
TAKEN_LOG = "log.download"
TAKEN_PACK = "pack.download"
TAKEN_PAPER = "working_paper.download"
VIEWED_OUTSIDE = "outside.view"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMS = {"money": As.MONEY, "number": As.NUMBER, "area": As.NUMBER, "date": As.DATE}


def table(title: str, columns: Sequence[Column], rows: Iterable[Mapping[str, Any]], kind: str, key: str) -> Response:
    """`rows` under `columns` as an XLSX (or, for `csv`, a CSV) attachment; no cell is ever a formula.

    The trail says who took how many rows of which list (`key`); where it cannot be written, nothing is handed out.
    """
    read = [(c.key, c.kind == "area") for c in columns]
    cells = [[_square_metres(row[name]) if area else row[name] for name, area in read] for row in rows]
    listing = Listing(
        title=title,
        fields=[Field(str(c.label), FORMS.get(c.kind, As.TEXT)) for c in columns],
        rows=cells,
    )
    csv = kind == "csv"
    trace(TAKEN, {"list": key, "rows": len(cells), "format": "csv" if csv else "xlsx"})
    return send_file(
        BytesIO(write_csv(listing) if csv else write_xlsx([listing])),
        mimetype="text/csv" if csv else XLSX,
        as_attachment=True,
        download_name=f"{title}-{g.today:%Y%m%d}.{'csv' if csv else 'xlsx'}",
    )


def workbook(body: bytes, title: str) -> Response:
    """An XLSX that was made, as an attachment."""
    return send_file(BytesIO(body), mimetype=XLSX, as_attachment=True, download_name=f"{title}.xlsx")


def stored_paper(root: Path, file: KeptFile) -> Response:
    """A paper, as an attachment that can do nothing in our origin."""
    return harmless(files.path_of(root, file.sha256), file.media_type, file.name)


def stored_picture(root: Path, file: KeptFile) -> Response:
    """A picture that was drawn anew, to be shown in a page."""
    return harmless(files.path_of(root, file.sha256), file.media_type, file.name, shown=True)


def harmless(path: Path, media_type: str, name: str, *, shown: bool = False) -> Response:
    """The file at `path`, whoever wrote it: taken for what we say it is, without an origin, a script or a form. As an
    attachment, or `shown` where a page has it as an image."""
    if not path.exists():
        raise NotFound(NO_FILE)
    response = send_file(path, mimetype=media_type, as_attachment=not shown, download_name=name, etag=path.name)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def trace(action: str, detail: dict[str, Any]) -> None:
    """Leave in the trail what was taken, in a transaction of its own: a GET's is rolled back, and must not stand in the
    way."""
    db.session.rollback()
    with writing(), Session(db.engine, info={"asker": g.asker}) as own:
        record(own, action, detail=detail)
        own.commit()


def _square_metres(area: int | None) -> Decimal | None:
    """Areas are stored in square centimetres and read in square metres."""
    return None if area is None else Decimal(area) / 10_000
