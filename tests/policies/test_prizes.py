"""A policy that spends prizes keeps to the contract as any other."""

from __future__ import annotations

import pytest

from core.commands.sample_letter import render_sample
from core.policy.contract import check_rule, open_plugin
from core.policy.contract_rules import RULES, Plugin
from tests.support.prize_grant import write_prize_grant


@pytest.fixture(scope="module")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Plugin:
    return open_plugin(write_prize_grant(tmp_path_factory.mktemp("plugins")), render_sample)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_it_keeps_to_the_contract(plugin: Plugin, rule: object) -> None:
    finding = check_rule(plugin, rule)  # type: ignore[arg-type]
    assert finding.passed, finding.message
