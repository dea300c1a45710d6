"""The contract suite on every plugin that is found, a test for each rule of each."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from core.commands.sample_letter import render_sample
from core.policy.contract import check_rule, open_plugin, plugin_folders
from core.policy.contract_rules import RULES, Plugin
from core.policy.scaffold import write_plugin

PLUGINS = plugin_folders(None)


@cache
def opened(folder: Path) -> Plugin:
    return open_plugin(folder, render_sample)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("folder", PLUGINS, ids=lambda folder: folder.name)
def test_the_plugin_keeps_to_the_contract(folder: Path, rule: Callable[..., object]) -> None:
    finding = check_rule(opened(folder), rule)  # type: ignore[arg-type]
    assert finding.passed, finding.message


def test_there_are_plugins_to_check() -> None:
    assert "rent_subsidy" in [folder.name for folder in PLUGINS]


@pytest.fixture(scope="module")
def brand_new(tmp_path_factory: pytest.TempPathFactory) -> Plugin:
    return open_plugin(write_plugin("brand_new", tmp_path_factory.mktemp("plugins")), render_sample)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_new_plugin_keeps_to_the_contract(brand_new: Plugin, rule: Callable[..., object]) -> None:
    finding = check_rule(brand_new, rule)  # type: ignore[arg-type]
    assert finding.passed, finding.message
