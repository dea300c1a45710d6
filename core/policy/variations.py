"""Cases that differ from a golden one in one thing, for the rules of the contract."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from core.policy.reads import Reads
from core.policy.shapes import COMPANY, ROWS


def renamed(row: dict[str, Any]) -> dict[str, Any]:
    """A row like this one, under another id; of a prize, in another contest."""
    row = deepcopy(row)
    for key in ("line", "ref", "person", "contest"):
        if key in row:
            row[key] = f"{row[key]}+"
    return row


def with_nulls(reads: Reads, given: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The case with one known thing less: a field the policy reads (in all rows of a section), or a whole section."""
    for section, fields in reads.visible.items():
        shape = COMPANY if section == "company" else ROWS.get(section)
        if shape is None or given["dossier"].get(section) is None:
            continue
        if section != "company":
            case = deepcopy(given)
            case["dossier"][section] = None
            yield f"dossier.{section}", case
        for field in sorted(fields - set(shape.identity)):
            case = deepcopy(given)
            rows = case["dossier"][section]
            for row in [rows] if section == "company" else rows:
                row[field] = None
            yield f"dossier.{section}.{field}", case
