"""A contract for import-linter: a package imports only what is named.

`forbidden` contracts list what may not be imported, so a new module or library is allowed until somebody thinks of it.
This one is closed: what is not named is refused. See [tool.importlinter] in pyproject.toml.
"""

from __future__ import annotations

import sys
from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

STANDARD_LIBRARY = "<standard library>"
LIBRARIES = "<libraries>"  # everything installed that is not of this project
FIRST_PARTY = {"core", "plugins"}


class OnlyContract(Contract):
    """`package` (with all in it) imports only itself and `allowed`: exact module names or the two words above."""

    type_name = "only"

    package = fields.StringField()
    allowed = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        package, allowed = str(self.package), set(self.allowed)  # type: ignore[call-overload]
        broken = [
            {"importer": importer, "imported": imported, "line": graph.get_import_details(**pair)[0]["line_number"]}
            for importer in sorted({package, *graph.find_descendants(package)})
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if not inside(package, imported) and not permitted(imported, allowed)
            for pair in [{"importer": importer, "imported": imported}]
        ]
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def render_broken_contract(self, check: ContractCheck) -> None:
        output.print_error(f"{self.package} may import only itself and {', '.join(self.allowed)}:", bold=True)  # type: ignore[arg-type]
        for found in check.metadata["broken"]:
            output.print_error(f"- {found['importer']} imports {found['imported']} (line {found['line']})")


def inside(package: str, module: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def permitted(module: str, allowed: set[Any]) -> bool:
    """Whether `module` is named, or belongs to a kind that is."""
    top = module.partition(".")[0]
    if module in allowed:
        return True
    if top in sys.stdlib_module_names:
        return STANDARD_LIBRARY in allowed
    return top not in FIRST_PARTY and LIBRARIES in allowed
