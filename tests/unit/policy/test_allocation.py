"""`allocate`: what a plugin may answer when it shares out, what is refused, and what the digest stands for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from core.policy import (
    Allocation,
    AssessmentFailed,
    Case,
    Left,
    Match,
    Offer,
    Params,
    Reason,
    Registry,
    Sharing,
    Text,
    allocate,
    parse_case,
)
from core.policy.loaded import LoadedPolicy, PluginError, check_policy
from tests.unit.policy.build import case

ON = date(2026, 3, 10)
Answer = Callable[[Mapping[str, Case], Sequence[Offer], Params], Any]


@pytest.fixture(scope="module")
def plain() -> LoadedPolicy:
    return Registry.load(strict=True, installed=False).get("startup_grant")


def sharing(plain: LoadedPolicy, answer: Answer) -> LoadedPolicy:
    """A policy that shares out as `answer` says."""
    reasons = dict.fromkeys(("pinned", "no_suitable", "no_room", "near"), Text("因", "why"))
    made = replace(plain.policy, allocate=answer)
    return LoadedPolicy(made, plain.card._replace(reasons=reasons), plain.folder, plain.built_in)


def in_turn(cases: Mapping[str, Case], offers: Sequence[Offer], params: Params) -> Allocation:
    """The first case its pin or the first offer; the rest are left."""
    params["amount_fen"]
    pinned = {ref: offer.ref for offer in offers for ref in offer.pinned}
    first, *rest = cases
    match = Match(first, pinned.get(first, offers[0].ref), 500, (Reason("near", "同楼"),))
    return Allocation((match,), tuple(Left(ref, Reason("no_room")) for ref in rest))


def run(loaded: LoadedPolicy, refs: Sequence[str] = ("c1", "c2"), **more: Any) -> Sharing:
    offers = [Offer("B", 1, {"floor": 2}), Offer("A", 1, {"floor": 3})]
    return allocate(loaded, {ref: parse_case(case()) for ref in refs}, offers, on=ON, **more)


def test_order_is_of_no_matter_and_everything_that_counts_is_in_the_digest(plain: LoadedPolicy) -> None:
    loaded = sharing(plain, in_turn)
    first = run(loaded)
    assert first.allocation.matches == (Match("c1", "A", 500, (Reason("near", "同楼"),)),)
    assert [value.name for value in first.parameters] == ["amount_fen"]
    assert run(loaded, ("c2", "c1")) == first
    assert run(loaded, pinned={"c1": "B"}).allocation.matches[0].offer_ref == "B"
    others = [run(loaded, pinned={"c1": "A"}), run(loaded, ("c1", "c3"))]
    assert len({first.digest, *(other.digest for other in others)}) == 3


def test_a_pin_that_cannot_be_kept_is_refused_before_anything_runs(plain: LoadedPolicy) -> None:
    loaded = sharing(plain, in_turn)
    for pins, told in (
        ({"c9": "A"}, "not there"),
        ({"c1": "Z"}, "not there"),
        ({"c1": "A", "c2": "A"}, "room for 1"),
    ):
        with pytest.raises(ValueError, match=told):
            run(loaded, pinned=pins)
    banned = [Offer("A", 1, {}, forbidden=("c1",))]
    with pytest.raises(ValueError, match="both pinned"):
        allocate(loaded, {"c1": parse_case(case())}, banned, on=ON, pinned={"c1": "A"})


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (None, "not an Allocation"),
        (Allocation((), ()), "not every case"),
        (Allocation((Match("c1", "A", 1, ()), Match("c1", "B", 1, ())), (Left("c2", Reason("no_room")),)), "not every"),
        (Allocation((Match("c1", "A", 1, ()), Match("c2", "A", 1, ()))), "room for 1"),
        (Allocation((Match("c1", "Q", 1, ()), Match("c2", "A", 1, ()))), "'Q'"),
        (Allocation((Match("c1", "A", 1001, ()), Match("c2", "B", 1, ()))), "fit 1001"),
        (Allocation((Match("c1", "A", 0.5, ()), Match("c2", "B", 1, ()))), "fit 0.5"),  # type: ignore[arg-type]
        (Allocation((Match("c1", "A", 1, (Reason("luck"),)), Match("c2", "B", 1, ()))), "luck"),
        (Allocation((), (Left("c1", Reason("no_room")), Left("c2", Reason("no_room", "\ud800")))), "no text"),
        (Allocation(({},), ()), "something else"),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_answer_is_our_fault(plain: LoadedPolicy, answer: Any, told: str) -> None:
    with pytest.raises(AssessmentFailed, match=told):
        run(sharing(plain, lambda *_: answer))


def test_pins_and_bans_must_be_in_the_answer(plain: LoadedPolicy) -> None:
    crossed = Allocation((Match("c1", "A", 1, ()), Match("c2", "B", 1, ())))
    loaded = sharing(plain, lambda *_: crossed)
    with pytest.raises(AssessmentFailed, match="pinned to B has another"):
        run(loaded, pinned={"c1": "B"})
    banned = [Offer("A", 1, {}, forbidden=("c1",)), Offer("B", 1, {})]
    with pytest.raises(AssessmentFailed, match="must not have it"):
        allocate(loaded, {ref: parse_case(case()) for ref in ("c1", "c2")}, banned, on=ON)


def test_a_policy_that_raises_or_shares_nothing_out_says_so(plain: LoadedPolicy) -> None:
    def leave(*_: object) -> Allocation:
        raise SystemExit(3)

    with pytest.raises(AssessmentFailed, match="SystemExit"):
        run(sharing(plain, leave))
    with pytest.raises(AssessmentFailed, match="shares nothing out"):
        run(plain)
    with pytest.raises(AssessmentFailed, match="shares nothing out on 2000-01-01"):
        allocate(sharing(plain, in_turn), {}, [], on=date(2000, 1, 1))


def test_the_card_must_agree_with_the_code(plain: LoadedPolicy) -> None:
    sharing_out = replace(plain.policy, allocate=in_turn)
    card = plain.card._replace(workflow=plain.card.workflow._replace(preset="allocation"), offers="mentor")
    for policy, other in ((sharing_out, plain.card), (plain.policy, card)):
        with pytest.raises(PluginError, match="go together"):
            check_policy(policy, other, "startup_grant")
    with pytest.raises(PluginError, match="no_room, no_suitable, pinned under reasons"):
        check_policy(sharing_out, card, "startup_grant")
