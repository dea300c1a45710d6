"""One worksheet's XML on its way through: how far it reaches, where its formulas and error values are."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.parsers import expat

from flask_babel import lazy_gettext as _

from core.services.imports.problems import FileError

MAX_ROWS = 100_000
_HEADING_ROWS = 50  # title, header and total lines beside the data
MAX_COLUMNS = 256
MAX_CELLS = 5_000_000
CHUNK = 256 * 1024


@dataclass(slots=True)
class Marks:
    """A set of cells, one bit mask of columns a row: a sheet may hold millions."""

    rows: dict[int, int] = field(default_factory=dict)

    def add(self, row: int, column: int) -> None:
        self.rows[row] = self.rows.get(row, 0) | 1 << column

    def __contains__(self, cell: tuple[int, int]) -> bool:
        return bool(self.rows.get(cell[0], 0) >> cell[1] & 1)


@dataclass(slots=True)
class Part:
    """One worksheet as the scan saw it. Rows and columns count from 0."""

    name: str
    hidden: bool
    formulas: Marks
    errors: Marks


# A row of nothing but values, each in the row that it says, as every program writes them. It holds no formula and no
# error, and no character that could begin or end anything else: what stands around it reads the same without it.
_PLAIN_ROW = re.compile(
    rb'<row r="([1-9]\d{0,6})"(?: [A-Za-z0-9:]+="[^"<>&]*")*>'
    rb'(?:<c r="[A-Z]{1,3}\1"(?: s="\d+")?(?: t="(?:s|n|b|str|inlineStr)")?'
    rb'(?:/>|>(?:<v>[^<>&]*</v>|<is><t(?: xml:space="preserve")?>[^<>&]*</t></is>)?</c>))*</row>'
)
_FILLED = re.compile(rb'<c r="([A-Z]{1,3})\d+"[^<>/]*><[vi]')


class Scan:
    """Walks one worksheet's XML: extent of cells that hold something, formulas, error values. No entity, no DTD.

    Millions of cells pass through here. Rows of plain values are taken out by an expression and only measured; what is
    left goes to the parser, whose ``_start`` does as little as it can for a plain cell.
    """

    def __init__(self, part: Part) -> None:
        self.part = part
        self.row = self.column = -1
        self.row_text = ""
        self.is_error = False
        self.columns: dict[str, int] = {}
        self.last_row = self.last_column = self.marked = 0
        self.waiting = b""  # the beginning of a row
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.StartDoctypeDeclHandler = self._doctype

    def feed(self, chunk: bytes) -> None:
        waiting = self.waiting + chunk
        cut = waiting.rfind(b"</row>") + len(b"</row>")
        if cut < len(b"</row>"):  # none: not rows as one knows them, or one row without end
            cut = len(waiting) if len(waiting) > 4 * CHUNK else 0
        block, self.waiting = waiting[:cut], waiting[cut:]
        at, filled, lowest = 0, -1, b""
        for row in _PLAIN_ROW.finditer(block):
            if row.start() > at:
                self.parser.Parse(block[at : row.start()], False)
            at, text = row.end(), row[0]
            self.row, self.column = int(row[1]) - 1, -1
            if self.row > filled and (b"<v>" in text or b"<is>" in text):
                filled, lowest = self.row, text
        if at < len(block):
            self.parser.Parse(block[at:], False)
        if lowest:
            self._measure(filled, lowest, block)

    def _measure(self, row: int, lowest: bytes, block: bytes) -> None:
        """How far the plain rows of `block` reach: to `row`, the `lowest` of them, and to the last filled column."""
        before = self.row, self.column
        self.row = row
        filled = (_FILLED.findall(lowest)[0], *set(_FILLED.findall(block)))
        for letters in map(bytes.decode, filled):
            if letters not in self.columns:
                self.columns[letters] = column_number(letters)
            self.column = self.columns[letters]
            self._grow()
        self.row, self.column = before

    def end(self) -> None:
        self.parser.Parse(self.waiting, True)

    @staticmethod
    def _doctype(*_args: object) -> None:
        raise ValueError("a worksheet has no document type")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if ":" in name:
            name = name.rpartition(":")[2]
        if name == "c":
            reference = attributes.get("r")
            if reference is None:
                self.column += 1
            else:
                letters = reference.removesuffix(self.row_text)
                column = self.columns.get(letters)
                if column is None:
                    # Refuses a cell that names another row than the one it stands in, too.
                    column = self.columns[letters] = column_number(letters)
                self.column = column
            self.is_error = attributes.get("t") == "e"
        elif name in {"v", "is"}:
            if self.row > self.last_row or self.column > self.last_column:
                self._grow()
            if self.is_error:
                self.part.errors.add(self.row, self.column)
        elif name == "row":
            self.row = int(attributes["r"]) - 1 if "r" in attributes else self.row + 1
            self.row_text = str(self.row + 1)
            self.column = -1
        elif name == "f":
            self._grow()
            self.part.formulas.add(self.row, self.column)
            # Of an array or a data table only the first cell carries the formula.
            if attributes.get("t") in {"array", "dataTable"} and ":" in attributes.get("ref", ""):
                self._mark_range(attributes["ref"])

    def _grow(self) -> None:
        self.last_row, self.last_column = max(self.last_row, self.row), max(self.last_column, self.column)
        self._check_extent()

    def _check_extent(self) -> None:
        where = f"{column_letters(self.column)}{self.row + 1}"
        if self.last_row >= MAX_ROWS + _HEADING_ROWS:
            raise FileError(
                _(
                    "工作表“%(sheet)s”超过 %(limit)s 行（最远到 %(where)s）。",
                    sheet=self.part.name,
                    limit=MAX_ROWS,
                    where=where,
                ),
                _("请按年份拆成几个文件；如果下方其实是空行，请删除这些行后另存。"),
            )
        if self.last_column >= MAX_COLUMNS or (self.last_row + 1) * (self.last_column + 1) > MAX_CELLS:
            raise FileError(
                _("工作表“%(sheet)s”列数过多（最远到 %(where)s）。", sheet=self.part.name, where=where),
                _("请删除右侧多余的列后另存。"),
            )

    def _mark_range(self, reference: str) -> None:
        first, _colon, last = reference.partition(":")
        top, left = cell_position(first)
        bottom, right = cell_position(last)
        height = min(bottom, MAX_ROWS + _HEADING_ROWS) - top + 1
        self.marked += height
        if self.marked > MAX_CELLS:
            raise ValueError("array formulas cover the sheet over and over")
        for row in range(top, top + height):
            for column in range(left, min(right, MAX_COLUMNS) + 1):
                self.part.formulas.add(row, column)


def column_number(letters: str) -> int:
    """``A`` is 0, ``XFD`` is 16383. ValueError for anything else."""
    number = 0
    if not 1 <= len(letters) <= 3:
        raise ValueError("not a column")
    for letter in letters.upper():
        if not "A" <= letter <= "Z":
            raise ValueError("not a column")
        number = number * 26 + ord(letter) - 64
    return number - 1


def column_letters(number: int) -> str:
    """0 is ``A``."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cell_position(reference: str) -> tuple[int, int]:
    """``B3`` is (2, 1)."""
    plain = reference.replace("$", "")
    letters = plain.rstrip("0123456789")
    return int(plain[len(letters) :]) - 1, column_number(letters)
