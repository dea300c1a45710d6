"""When the public is told, in a policy's card."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.policy.card import Workflow
from core.policy.cardfile import read_card
from core.policy.yamlfile import FileError
from tests.unit.policy.plugins import plugin_folder

GIVEN = "{working_days: 5, fields: [tenant, operator, period, amount]}"


def read(tmp_path: Path, publication: str, preset: str = "standard") -> Workflow:
    path = plugin_folder(tmp_path) / "policy.yaml"
    text = path.read_text("utf-8")
    assert f"publication: {GIVEN}" in text
    text = text.replace(f"publication: {GIVEN}", f"publication: {publication}")
    path.write_text(text.replace("preset: standard", f"preset: {preset}"), "utf-8")
    return read_card(path).workflow


@pytest.mark.parametrize(
    ("publication", "first", "announces"),
    [
        (GIVEN, True, False),
        (GIVEN.replace("{", "{order: before, "), True, False),
        (GIVEN.replace("{", "{order: after, "), False, True),
        (GIVEN.replace("5", "0"), False, False),
    ],
)
def test_a_notice_comes_before_the_decision_or_after_it_or_not_at_all(
    tmp_path: Path, publication: str, first: bool, announces: bool
) -> None:
    workflow = read(tmp_path, publication)
    assert (workflow.publishes_first, workflow.announces) == (first, announces)


@pytest.mark.parametrize(
    ("publication", "preset", "said"),
    [
        (
            GIVEN.replace("{", "{order: later, "),
            "standard",
            "publication.order must be one of before, after, not 'later'",
        ),
        (GIVEN.replace("{", "{order: after, ").replace("5", "0"), "standard", "order is after, with no working_days"),
        (GIVEN.replace("{", "{order: after, "), "allocation", "order is after, which only the preset standard knows"),
        (GIVEN.replace("{", "{when: after, "), "standard", "publication.when is not a key"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(tmp_path: Path, publication: str, preset: str, said: str) -> None:
    with pytest.raises(FileError, match=said):
        read(tmp_path, publication, preset)
