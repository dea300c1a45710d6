"""The closed import rule refuses what nobody named."""

from __future__ import annotations

import pytest
from grimp import ImportGraph

from scripts.import_rules import LIBRARIES, STANDARD_LIBRARY, OnlyContract

ALLOWED = [STANDARD_LIBRARY, LIBRARIES, "core.policy"]


def check(imported: str, allowed: list[str]) -> list[dict[str, object]]:
    """What the rule for `plugins` finds in a project where plugins.rent.rules imports `imported`."""
    graph = ImportGraph()
    for module in ("plugins", "plugins.rent", "plugins.rent.rules", "plugins.grant", "core", "core.policy"):
        graph.add_module(module)
    if imported not in graph.modules:
        graph.add_module(imported, is_squashed=not imported.startswith(("core", "plugins")))
    graph.add_import(importer="plugins.rent.rules", imported=imported, line_number=7, line_contents="")
    contract = OnlyContract(
        name="a rule",
        session_options={"root_packages": ["core", "plugins"]},
        contract_options={"package": "plugins", "allowed": allowed},
    )
    result = contract.check(graph, verbose=False)
    assert result.kept is not bool(result.metadata["broken"])
    return list(result.metadata["broken"])


@pytest.mark.parametrize("imported", ["core.policy", "decimal", "wtforms", "flask", "plugins.rent", "plugins.grant"])
def test_what_is_named_or_its_own_is_kept(imported: str) -> None:
    assert check(imported, ALLOWED) == []


@pytest.mark.parametrize("imported", ["core", "core.policy.model", "core.data", "core.policyx"])
def test_what_is_not_named_is_broken(imported: str) -> None:
    assert check(imported, ALLOWED) == [{"importer": "plugins.rent.rules", "imported": imported, "line": 7}]


@pytest.mark.parametrize("imported", ["flask", "pluggyx", "decimal"])
def test_libraries_and_standard_library_must_be_named_too(imported: str) -> None:
    assert check(imported, ["pluggy", "yaml"]) != []
    assert check("pluggy", ["pluggy", "yaml"]) == []
