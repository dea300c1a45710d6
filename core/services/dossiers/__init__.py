"""一企一档: the facts of a tenant, frozen for one application (docs/evidence.md)."""

from core.services.dossiers.freezing import counts_for_operator, freeze
from core.services.dossiers.frozen import Frozen, Source
from core.services.dossiers.provenance import Provenance, provenance

__all__ = ["Frozen", "Provenance", "Source", "counts_for_operator", "freeze", "provenance"]
