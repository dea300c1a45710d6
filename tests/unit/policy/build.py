"""Case files for tests: a plain one that is eligible for the rent subsidy, and changes to it by path."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import Any

USCC = "91310109MA1G5XY15Q"
REGION = "310109"
STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


def months(first: str, last: str) -> list[str]:
    """`2025-03` to `2026-02`, both included."""
    (year, month), (last_year, last_month) = (map(int, text.split("-")) for text in (first, last))
    count = (last_year - year) * 12 + last_month - month + 1
    return [f"{year + (month - 1 + n) // 12}-{(month - 1 + n) % 12 + 1:02d}" for n in range(count)]


def rent(first: str = "2025-03", last: str = "2026-02", paid_fen: int | None = 1_000_000, **more: Any) -> list[Any]:
    row = {"lease": "L1", "paid_fen": paid_fen, "region": REGION, "payer": "tenant", "grade": "operator", **more}
    return [{"line": f"R-{month}", "month": month, **row} for month in months(first, last)]


def staff(person: str = "P1", first: str = "2025-03", last: str = "2026-02", **more: Any) -> list[Any]:
    row = {"employer_uscc": USCC, "filing_uscc": USCC, "household": "city", "grade": "verified_original", **more}
    return [{"line": f"E-{person}-{month}", "person": person, "month": month, **row} for month in months(first, last)]


def lease(start: str = "2024-09-01", end: str | None = None, ref: str = "L1", **more: Any) -> dict[str, Any]:
    row = {"independent": True, "lawful": True, "region": REGION, "area_cm2": 480_000, **more}
    return {"ref": ref, "from": start, "to": end, **row}


BASE: dict[str, Any] = {
    "schema": "1.0",
    "applied_on": "2026-03-10",
    "period": {"from": "2025-03", "to": "2026-02"},
    "answers": {},
    "dossier": {
        "company": {
            "uscc": USCC, "legal_form": "company", "small_or_micro": True, "registered_on": "2024-09-02",
            "registered_region": REGION, "operating_region": REGION, "industry": "信息服务业",
            "labour_dispatch": False, "untrustworthy": False,
        },
        "founders": [
            {"ref": "P1", "legal_representative": True, "household": "city", "permit": "none",
             "categories": ["graduate"], "graduated_on": "2024-06-30", "first_company": True},
        ],
        "leases": [lease(end="2027-08-31")],
        "rent": rent(),
        "employment": staff("P1"),
        "desk_fees": [{"line": "D-1", "month": "2024-08", "paid_fen": 50_000, "grade": "operator"}],
        "stages": [{"stage": "incubator", "from": "2024-09-02", "to": None}],
        "awards": [{"policy": "startup_grant", "award": "A1", "period": {"from": "2025-01", "to": "2025-01"},
                    "amount_fen": 800_000, "founders": ["P1"]}],
        "mentoring": {"needs": ["融资"], "running_pairs": 0},
    },
}  # fmt: skip
"""One local head all year, 10,000 元 rent a month: 3,000 元 by the cap."""

MISSING = object()
"""As a value in `case`: take the field away."""


def case(**changes: Any) -> dict[str, Any]:
    """The base case with changes by path, `__` for a dot: `case(dossier__rent=None, applied_on="2026-01-01")`."""
    return with_changes({path.replace("__", "."): value for path, value in changes.items()})


def with_changes(changes: dict[str, Any], base: dict[str, Any] = BASE) -> dict[str, Any]:
    """The same, with paths as in an error: `{"dossier.rent[3].paid_fen": 0}`."""
    made = deepcopy(base)
    for path, value in changes.items():
        steps: list[Any] = [int(index) if index else name for name, index in STEP.findall(path)]
        holder: Any = made
        for step in steps[:-1]:
            holder = holder[step]
        if value is MISSING:
            del holder[steps[-1]]
        else:
            holder[steps[-1]] = value
    return made
