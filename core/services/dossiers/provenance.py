"""Naming the source of every value, for the application page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.data.models import Grade
from core.services.dossiers.frozen import Frozen


@dataclass(frozen=True, slots=True)
class Provenance:
    """One value of the dossier: `label` is its key (`rent.paid_fen`), `ref` its row (`R-L1-2025-03`, `P1`)."""

    label: str
    ref: str | None
    value: Any
    source: str
    grade: Grade | None


def provenance(frozen: Frozen) -> list[Provenance]:
    """Every value of the dossier with the record it was taken from, in the order of the case file."""
    raise NotImplementedError
