"""Every policy is a plugin and nothing but a plugin: neither its key nor its name stands anywhere in the core."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = sorted(path.parent for path in (ROOT / "plugins").glob("*/policy.yaml"))
SOURCES = [
    path
    for folder in ("core", "templates")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in (".py", ".html", ".txt", ".js", ".css", ".po", ".yaml") and "vendor" not in path.parts
]


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda plugin: plugin.name)
def test_no_line_of_the_core_is_about_a_policy(plugin: Path) -> None:
    title = yaml.safe_load((plugin / "policy.yaml").read_text("utf-8"))["title"]["zh"]
    said = {plugin.name, title}
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for path in SOURCES
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if any(word in line for word in said)
    ]
    assert found == []


def test_there_is_something_to_look_through() -> None:
    assert len(PLUGINS) >= 3
    assert len(SOURCES) > 200
