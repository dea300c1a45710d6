"""The tables of docs/import.md, made from the declaration of the sheets.

`python -m core.services.imports.document docs/import.md` writes them between the two marks of that file.
"""

from __future__ import annotations

import sys
from pathlib import Path

from core.services.imports.schema import Sheet
from core.services.imports.sheets import SHEETS
from core.services.imports.template import explain

BEGIN, END = "<!-- sheets: made by core.services.imports.document -->", "<!-- end of sheets -->"


def as_markdown() -> str:
    """One heading and one table for each sheet."""
    return "\n".join(_section(sheet) for sheet in SHEETS)


def _section(sheet: Sheet) -> str:
    key = "、".join(sheet.column(name).header for name in sheet.natural_key)
    lines = [
        f"### {sheet.title}",
        "",
        f"{sheet.help}同一行的判断：{key}。工作表也可以叫：{'、'.join(sheet.aliases)}。",
        "",
        "| 列 | 必填 | 格式 | 说明 | 也可以写作 |",
        "|---|---|---|---|---|",
    ]
    for column in sheet.columns:
        cells = (
            column.header,
            "是" if column.required else "",
            str(column.kind.title),
            explain(column),
            "、".join(column.aliases),
        )
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def rewrite(page: str) -> str:
    """The page with the part between its marks made anew. ValueError where a mark is missing."""
    before, begin, rest = page.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page lacks the marks {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{as_markdown()}\n{END}{after}"


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(rewrite(path.read_text("utf-8")), "utf-8")
