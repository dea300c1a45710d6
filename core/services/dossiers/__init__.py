"""一企一档: the facts of a tenant, frozen for one application (docs/evidence.md)."""

from core.services.dossiers.freezing import counts_for_operator, freeze
from core.services.dossiers.frozen import Frozen, Source
from core.services.dossiers.provenance import LABELS, Provenance, month_name, provenance

__all__ = [
    "LABELS",
    "Frozen",
    "Provenance",
    "Source",
    "counts_for_operator",
    "freeze",
    "month_name",
    "provenance",
]
