"""Mentor matching: the measure part by part, the words that are quoted, nobody left while someone suitable has room."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.policy import LoadedPolicy, Offer, Registry, Sharing, allocate, parse_case
from plugins.mentor_match.matching import shared_words

ON = date(2026, 4, 15)
SKILLS = ("股权融资、估值与投资协议", "医疗器械注册与欧洲市场", "品牌推广和渠道", "财税合规")


@cache
def policy() -> LoadedPolicy:
    return Registry.load(strict=True, installed=False).get("mentor_match")


def team(**mentoring: Any) -> Any:
    given = {"needs": ["融资"], "running_pairs": 0, "languages": ["zh"], "hours": 4} | mentoring
    return parse_case(
        {
            "applied_on": "2026-04-15",
            "period": {"from": "2026-04", "to": "2026-04"},
            "dossier": {
                "company": {"uscc": "91310109MA1G5XY15Q", "industry": "信息服务业"},
                "stages": [{"stage": "incubator", "from": "2026-01-01", "to": None}],
                "mentoring": given,
            },
        }
    )


def mentor(ref: str, capacity: int = 1, **facts: Any) -> Offer:
    known = {
        "areas": [], "skills": "", "languages": ["zh"], "stages": ["incubator"], "hours_per_month": 4, "places": 1,
        "rating": None,
    }  # fmt: skip
    return Offer(ref, capacity, known | facts)


def fit(offer: Offer, **mentoring: Any) -> int | None:
    return share({"c": team(**mentoring)}, [offer]).allocation.matches[0].fit


def share(cases: dict[str, Any], offers: list[Offer]) -> Sharing:
    return allocate(policy(), cases, offers, on=ON)


def test_a_fit_is_the_weighted_sum_of_its_parts() -> None:
    """Weights 0.30, 0.50, 0.10, 0.10: industry, text, hours, rating."""
    assert fit(mentor("m")) == 160, "nothing but the hours, and three of five"
    assert fit(mentor("m", areas=["信息服务业"])) == 460
    assert fit(mentor("m", hours_per_month=4, places=2)) == 110, "two of the four hours"
    assert fit(mentor("m"), hours=None) == 160, "no hours are wished for"
    assert fit(mentor("m", rating=1000)) == 200
    assert fit(mentor("m", skills="融资")) == 660, "the same words"


@pytest.mark.parametrize(
    ("need", "skills", "words"),
    [
        ("第一轮股权融资怎么谈估值", "股权融资、估值与投资协议", ["股权融资", "估值"]),
        ("希望我们的团队", "我们的团队", []),
        ("ai agent 落地", "懂 ai agent", ["agent", "ai"]),
        ("融资", "", []),
        ("", "融资", []),
    ],
)
def test_what_two_texts_share_is_quoted_in_whole_words(need: str, skills: str, words: list[str]) -> None:
    assert shared_words(need, skills) == words


languages = st.lists(st.sampled_from(["zh", "en", "ja"]), max_size=2, unique=True)


@given(
    st.lists(st.tuples(st.sampled_from(SKILLS), languages, st.none() | st.integers(1, 20)), max_size=12),
    st.lists(st.tuples(st.sampled_from(SKILLS), languages, st.integers(0, 3)), max_size=6),
)
@settings(max_examples=40, deadline=None)
def test_nobody_is_left_while_a_mentor_who_suits_has_room(teams: list[Any], mentors: list[Any]) -> None:
    cases = {
        f"c{n:02}": team(needs=[need], languages=spoken, hours=hours) for n, (need, spoken, hours) in enumerate(teams)
    }
    offers = [mentor(f"m{n}", room, skills=skills, languages=known) for n, (skills, known, room) in enumerate(mentors)]
    found = share(cases, offers).allocation
    room = {offer.ref: offer.capacity for offer in offers}
    for match in found.matches:
        room[match.offer_ref] -= 1
        assert match.fit is not None
        assert suits(cases[match.case_ref], next(offer for offer in offers if offer.ref == match.offer_ref))
    assert min(room.values(), default=0) >= 0
    for left in found.left:
        suiting = [offer for offer in offers if suits(cases[left.case_ref], offer)]
        assert all(room[offer.ref] == 0 for offer in suiting)
        assert left.reason.code == ("no_room" if suiting else "no_suitable")


def suits(case: Any, offer: Offer) -> bool:
    wished = case.dossier.mentoring.languages
    return not wished or bool(set(wished) & set(offer.facts["languages"]))
