"""WCAG 2.2 AA, computed from the tokens: text 4.5:1 on every ground it is used on, controls and focus 3:1."""

from __future__ import annotations

import re

import pytest

from core.web.templating import STATIC

TOKENS = dict(re.findall(r"--([a-z0-9-]+):\s*(#[0-9a-f]{6})", (STATIC / "css/tokens.css").read_text()))
GROUNDS = ("paper", "paper-2", "sheet", "hover")
SOFT = ("vermilion", "indigo", "jade", "amber", "crimson", "nursery", "incubator", "accelerator")


def luminance(colour: str) -> float:
    def linear(channel: int) -> float:
        share = channel / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(colour[i : i + 2], 16)) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_formula_knows_black_on_white() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize(
    "text", ["ink", "ink-2", "ink-3", "vermilion", "indigo", "indigo-2", "jade", "amber", "crimson"]
)
def test_text_on_ground(text: str, ground: str) -> None:
    assert contrast(TOKENS[text], TOKENS[ground]) >= 4.5


@pytest.mark.parametrize("name", SOFT)
def test_text_on_its_own_tint(name: str) -> None:
    assert contrast(TOKENS[name], TOKENS[f"{name}-soft"]) >= 4.5


@pytest.mark.parametrize("fill", ["indigo", "indigo-2", "vermilion", "jade", "crimson"])
def test_white_on_fill(fill: str) -> None:
    assert contrast("#ffffff", TOKENS[fill]) >= 4.5


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("mark", ["line-control", "vermilion"])
def test_controls_and_focus_ring_are_seen(mark: str, ground: str) -> None:
    assert contrast(TOKENS[mark], TOKENS[ground]) >= 3
