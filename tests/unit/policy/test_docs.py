"""docs/plugins.md is held to the code: hooks, keys, units, states, the example files, the commands."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path

import pytest
import yaml

from core.commands.policies import policies
from core.policy import Registry, __all__, evaluate_json, hookspecs, parse_case, parse_parameters
from core.policy.card import STACKING_RULES, WORKFLOW_STATES, Card
from core.policy.golden import _CASE_KEYS, _EXPECT_KEYS
from core.policy.params import STATUSES, UNITS
from core.policy.shapes import COMPANY, MENTORING, ROWS
from core.policy.validity import RELATIONS

TEXT = (Path(__file__).parents[3] / "docs" / "plugins.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize("name", [name for name, spec in vars(hookspecs).items() if hasattr(spec, "hongcai_spec")])
def test_every_hook_is_told_with_its_arguments(name: str) -> None:
    arguments = ", ".join(inspect.signature(getattr(hookspecs, name)).parameters)
    assert f"`{name}({arguments})`" in TEXT


def test_there_are_hooks_to_tell() -> None:
    assert hasattr(hookspecs.register_policy, "hongcai_spec")


@pytest.mark.parametrize("word", sorted({*Card._fields, *UNITS, *STATUSES, *STACKING_RULES}))
def test_every_key_of_policy_yaml_is_told(word: str) -> None:
    assert f"`{word}`" in TEXT


@pytest.mark.parametrize("word", sorted({*WORKFLOW_STATES, *_EXPECT_KEYS, *_CASE_KEYS, *RELATIONS}))
def test_every_state_and_key_of_a_golden_case_is_told(word: str) -> None:
    assert re.search(rf"(?<!\w){re.escape(word)}(?!\w)", TEXT)


def test_only_names_that_there_are_are_told() -> None:
    imported = re.findall(r"from core\.policy import ([^\n]+)", TEXT)
    names = {name.strip() for line in imported for name in line.split(",")}
    assert names
    assert names <= set(__all__)


def test_every_command_is_told() -> None:
    assert {"policies new", "policies check", "policies assess"} <= set(re.findall(r"policies \w+", TEXT))
    told = set(re.findall(r"--[a-z]+", TEXT))
    known = {
        option for command in policies.commands.values() for parameter in command.params for option in parameter.opts
    }
    assert {option for option in told if option.startswith("--")} <= known


def test_the_case_file_shown_has_every_field_and_can_be_assessed() -> None:
    case = json.loads(next(block for block in blocks("json") if '"dossier"' in block))
    dossier = case["dossier"]
    assert set(dossier) == {"company", *ROWS, "mentoring"}
    assert list(dossier["company"]) == list(COMPANY.names)
    assert list(dossier["mentoring"]) == list(MENTORING.names)
    for section, shape in ROWS.items():
        assert list(dossier[section][0]) == list(shape.names)
    assert parse_case(parse_case(case).to_json()) == parse_case(case)
    loaded = Registry.load(strict=True, installed=False).get("rent_subsidy")
    shown = json.loads(next(block for block in blocks("json") if '"outcome"' in block))
    answer = evaluate_json(loaded, case).to_json()
    assert list(answer) == list(shown)
    for part in ("checks", "lines", "parameters"):
        assert list(answer[part][0]) == list(shown[part][0])


def test_the_parameters_shown_can_be_read() -> None:
    shown = next(block for block in blocks("yaml") if block.startswith("parameters:"))
    assert len(parse_parameters(yaml.safe_load(shown)).values) == 2


def test_every_name_a_plugin_may_use_is_there() -> None:
    import core.policy

    assert sorted(__all__) == sorted(set(__all__))
    for name in __all__:
        assert hasattr(core.policy, name)
