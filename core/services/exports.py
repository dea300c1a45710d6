"""Lists as XLSX and CSV files that no spreadsheet program will take for formulas (ASVS 5.0, 1.2.10).

Text that begins like a formula is written with an apostrophe before it, as OWASP advises; the importer takes it off
again, so a file goes out and comes back unchanged. Numbers, money and dates are written as what they are: a negative
amount stays a number.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import chain, islice

# Full-width forms and invisible characters too: some programs convert or drop them when the cell is edited. An
# apostrophe, so that ours can be told from one that was there.
_DANGEROUS = re.compile(r"[\s\u200b-\u200f\u202a-\u202e\u2060\ufeff]*[=+\-@＝＋－＠']|[\t\r\n]")
# XML 1.0 has no place for these, whatever escape is used.
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_CELL_LIMIT = 32_000

Value = str | int | Decimal | date | bool | None


class As(StrEnum):
    """How a column is written. Months and codes are text; money is fen and appears in 元."""

    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a list: header, form, width in characters."""

    header: str
    form: As = As.TEXT
    width: int = 16


@dataclass(frozen=True, slots=True)
class Listing:
    """One sheet. Each row has one value for each field, None for unknown."""

    title: str
    fields: Sequence[Field]
    rows: Iterable[Sequence[Value]]


def safe_text(text: str) -> str:
    """The text with ``'`` before it where a program might take it for a formula, without control characters."""
    if text.isalnum() and len(text) <= _CELL_LIMIT:  # most are: letters and figures, none of them dangerous
        return text
    text = _NOT_XML.sub("", text)[:_CELL_LIMIT]
    return "'" + text if _DANGEROUS.match(text) else text


def sheet_name(title: str, taken: Iterable[str] = ()) -> str:
    """A name Excel accepts: at most 31 characters, none of ``[]:*?/\\``, no apostrophe at an end, not used before."""
    name = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", title).strip(" '")[:31].strip(" '") or "Sheet"
    used = {other.casefold() for other in taken}
    candidate, number = name, 2
    while candidate.casefold() in used:
        suffix = f" {number}"
        candidate, number = name[: 31 - len(suffix)] + suffix, number + 1
    return candidate


def _money(value: Value) -> float:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"money is an integer number of fen, not {type(value).__name__}")
    # A workbook stores doubles; a division of integers gives the nearest one, which shows as exactly that decimal.
    return value / 100


def _number(value: Value) -> int | float | str:
    if isinstance(value, Decimal):
        return float(value)
    return int(value) if isinstance(value, int) else safe_text(str(value))


def _date(value: Value) -> date | str:
    return value if isinstance(value, date) else safe_text(str(value))


_WRITE: dict[As, Callable[[Value], str | int | float | date]] = {
    As.TEXT: lambda value: safe_text(value if isinstance(value, str) else str(value)),
    As.NUMBER: _number,
    As.MONEY: _money,
    As.DATE: _date,
}


def _written(value: Value, form: As) -> str | int | float | date | None:
    return None if value is None else _WRITE[form](value)


def write_csv(listing: Listing) -> bytes:
    """UTF-8 with its mark (Excel needs it), comma, CRLF. Money with two decimals and without thousands commas."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([safe_text(field.header) for field in listing.fields])
    for row in listing.rows:
        writer.writerow([_csv_cell(value, field.form) for value, field in zip(row, listing.fields, strict=True)])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _csv_cell(value: Value, form: As) -> str:
    if value is None:
        return ""
    if form is As.MONEY:
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"money is an integer number of fen, not {type(value).__name__}")
        return f"{Decimal(value) / 100:.2f}"
    if isinstance(value, date):
        return value.isoformat()
    if form is As.NUMBER and not isinstance(value, str):
        return str(value)
    return safe_text(str(value))


_NUMBER_FORMATS = {As.TEXT: "@", As.NUMBER: "General", As.MONEY: "#,##0.00", As.DATE: "yyyy-mm-dd"}


def write_xlsx(listings: Sequence[Listing]) -> bytes:
    """A workbook with one sheet for each listing: bold frozen header, filter, widths."""
    if len(listings) == 1:
        rows = iter(listings[0].rows)
        head = list(islice(rows, 1))
        whole = replace(listings[0], rows=chain(head, rows))
        # The fast writer takes its header from the first row, each name once; it writes 100,000 rows in a fifth of the
        # time. A platform without its wheel still exports.
        if head and len({field.header for field in whole.fields}) == len(whole.fields):
            with suppress(ImportError):
                return _write_fast(whole)
        return _write_plainly([whole])
    return _write_plainly(listings)


def _write_fast(listing: Listing) -> bytes:
    import rustpy_xlsxwriter as fast  # noqa: PLC0415  # see write_xlsx

    headers = [safe_text(field.header) for field in listing.fields]
    columns = list(zip(headers, listing.fields, strict=True))
    writers = [(header, _WRITE[field.form]) for header, field in columns]
    out = io.BytesIO()
    fast.write_worksheet(
        ({header: None if value is None else write(value)
          for value, (header, write) in zip(row, writers, strict=True)} for row in listing.rows),
        out,
        sheet_name(listing.title),
        freeze_row=1, bold_headers=True, autofilter=True,
        column_widths={header: float(field.width) for header, field in columns},
        column_formats={header: fast.Format().set_num_format(_NUMBER_FORMATS[field.form]) for header, field in columns},
    )  # fmt: skip
    return out.getvalue()


def _write_plainly(listings: Sequence[Listing]) -> bytes:
    import xlsxwriter  # noqa: PLC0415  # only where the fast writer is not enough

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        bold = book.add_format({"bold": True})
        formats = {form: book.add_format({"num_format": code}) for form, code in _NUMBER_FORMATS.items()}
        names: list[str] = []
        for listing in listings:
            names.append(sheet_name(listing.title, names))
            sheet = book.add_worksheet(names[-1])
            sheet.freeze_panes(1, 0)
            for column, field in enumerate(listing.fields):
                sheet.set_column(column, column, field.width, formats[field.form])
                sheet.write_string(0, column, safe_text(field.header), bold)
            row_number = 0
            for row_number, row in enumerate(listing.rows, 1):
                for column, (value, field) in enumerate(zip(row, listing.fields, strict=True)):
                    _write_cell(sheet, row_number, column, _written(value, field.form), formats[field.form])
            sheet.autofilter(0, 0, row_number, max(0, len(listing.fields) - 1))
    return out.getvalue()


def _write_cell(sheet: object, row: int, column: int, value: object, cell_format: object) -> None:
    """The type decides, never the look of a text."""
    if value is None:
        return
    if isinstance(value, str):
        sheet.write_string(row, column, value, cell_format)  # type: ignore[attr-defined]
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, cell_format)  # type: ignore[attr-defined]
    else:
        sheet.write_number(row, column, value, cell_format)  # type: ignore[attr-defined]
