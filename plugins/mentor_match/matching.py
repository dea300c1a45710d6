"""How well a mentor fits a tenant, in whole thousandths, and why; `share_out` of the kernel does the rest.

The sentences quoted below are those of README.md, "How well a pair fits". Texts are compared by their characters, one
and two at a time: Chinese has no spaces, and cutting it into words first was worse on our samples.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from core.policy import Allocation, Case, Offer, Params, Reason, share_out

from .rules import stage_on

Matrix: TypeAlias = NDArray[np.int64]

FULL = 1000
PARTS = ("industry", "text", "hours", "rating")
"""What a fit is made of; the weight of each is the parameter `weight_…`."""

NEUTRAL = 600
"""The rating of a mentor whom nobody has rated yet: three of five."""

STAGE_WORDS = {"nursery": "苗圃", "incubator": "孵化器"}
LANGUAGE_WORDS = {
    "zh": "中文", "en": "英语", "ja": "日语", "ko": "韩语", "de": "德语", "fr": "法语", "es": "西班牙语", "ru": "俄语",
    "ar": "阿拉伯语",
}  # fmt: skip
"""How the codes are called in a reason; others are shown as they are."""

_NOT_A_WORD = re.compile(r"[\W_]+")
_BETWEEN_WORDS = re.compile(
    r"\s|[的了和与及在是有对等为以把被让能会]|希望|需要|我们|如何|怎样|怎么|帮助|进行|相关|方面|企业|公司|团队"
)
_LONGEST_WORD = 8


def allocate(cases: Mapping[str, Case], offers: Sequence[Offer], params: Params) -> Allocation:
    """Every tenant a mentor, as long as one that suits has room; among all such ways the one that fits best in sum."""
    refs = list(cases)
    wanted = [cases[ref] for ref in refs]
    weights = {part: int(params[f"weight_{part}"] * FULL) for part in PARTS}
    measured = {
        "industry": industries(wanted, offers),
        "text": texts(wanted, offers),
        "hours": hours(wanted, offers),
        "rating": np.tile(ratings(offers), (len(wanted), 1)),
    }
    fits = sum(weight * measured[part] for part, weight in weights.items()) // max(1, sum(weights.values()))
    fits = np.where(suitable(wanted, offers), fits, -1)
    return share_out(refs, offers, fits, lambda row, column: why(wanted[row], offers[column]))


# ── who suits at all ────────────────────────────────────────────────────────────────────────────────────────────────


def suitable(cases: Sequence[Case], offers: Sequence[Offer]) -> NDArray[np.bool_]:
    """Whether "a mentor suits a tenant": the stage is one they serve, and they share a language where one is wished."""
    stages = table(cases, lambda case: [stage_on(case)], offers, lambda offer: offer.facts["stages"])
    languages = table(cases, languages_of, offers, lambda offer: offer.facts["languages"])
    unknown = np.array([stage_on(case) is None for case in cases], dtype=bool)
    anything = np.array([not languages_of(case) for case in cases], dtype=bool)
    both: NDArray[np.bool_] = (stages | unknown[:, None]) & (languages | anything[:, None])
    return both


def table(cases: Sequence[Case], of_case: Any, offers: Sequence[Offer], of_offer: Any) -> NDArray[np.bool_]:
    """For each pair, whether the two name a word in common."""
    given = [set(of_case(case)) for case in cases]
    had = [set(of_offer(offer)) for offer in offers]
    found = np.zeros((len(cases), len(offers)), dtype=bool)
    for word in set().union(*given) & set().union(*had):
        found |= np.outer([word in words for words in given], [word in words for words in had])
    return found


def languages_of(case: Case) -> Sequence[str]:
    mentoring = case.dossier.mentoring
    return (mentoring.languages if mentoring else None) or ()


# ── how well ────────────────────────────────────────────────────────────────────────────────────────────────────────


def industries(cases: Sequence[Case], offers: Sequence[Offer]) -> Matrix:
    """`industry`: "full where the tenant's industry is one of the mentor's, else nothing"."""
    same = table(cases, lambda case: [case.dossier.company.industry], offers, lambda offer: offer.facts["areas"])
    return np.where(same, FULL, 0)


def texts(cases: Sequence[Case], offers: Sequence[Offer]) -> Matrix:
    """`text`: "how alike the need and what the mentor can help with are: TF-IDF of characters one and two at a time
    over all texts of the round, cosine, rounded to thousandths"."""
    needs, skills = [need_of(case) for case in cases], [skills_of(offer) for offer in offers]
    corpus = needs + skills
    if not needs or not skills or not any(corpus):
        return np.zeros((len(needs), len(skills)), dtype=np.int64)
    vectors = TfidfVectorizer(analyzer="char", ngram_range=(1, 2), sublinear_tf=True).fit_transform(corpus)
    alike = (vectors[: len(needs)] @ vectors[len(needs) :].T).toarray()
    rounded: Matrix = np.clip(np.rint(alike * FULL), 0, FULL).astype(np.int64)
    return rounded


def hours(cases: Sequence[Case], offers: Sequence[Offer]) -> Matrix:
    """`hours`: "full where the mentor's hours a month, shared by all their places, cover the wished ones, else in
    proportion; full where no hours are wished for"."""
    wished = np.array([wished_hours(case) for case in cases], dtype=np.int64)[:, None]
    there = np.array([hours_each(offer) for offer in offers], dtype=np.int64)[None, :]
    return np.where(wished > 0, np.minimum(FULL, FULL * there // np.maximum(1, wished)), FULL)


def hours_each(offer: Offer) -> int:
    return int(offer.facts["hours_per_month"]) // max(1, int(offer.facts["places"]))


def wished_hours(case: Case) -> int:
    mentoring = case.dossier.mentoring
    return (mentoring.hours if mentoring else None) or 0


def ratings(offers: Sequence[Offer]) -> Matrix:
    """`rating`: "what tenants thought of the mentor's sessions so far; three of five before anyone has said so"."""
    known = [offer.facts["rating"] for offer in offers]
    return np.array([NEUTRAL if rating is None else rating for rating in known], dtype=np.int64)


def need_of(case: Case) -> str:
    mentoring = case.dossier.mentoring
    return plain(mentoring.needs or () if mentoring else ())


def skills_of(offer: Offer) -> str:
    return plain([offer.facts["skills"], *offer.facts["areas"]])


def plain(parts: Iterable[str]) -> str:
    return _NOT_A_WORD.sub(" ", " ".join(parts)).strip().lower()


# ── why ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def why(case: Case, offer: Offer) -> tuple[Reason, ...]:
    """What speaks for a pair, in the order of a reader's interest."""
    reasons = []
    industry, stage = case.dossier.company.industry, stage_on(case)
    if industry in offer.facts["areas"]:
        reasons.append(Reason("industry", str(industry)))
    if words := shared_words(need_of(case), skills_of(offer)):
        reasons.append(Reason("skills", "、".join(words)))
    if stage in offer.facts["stages"]:
        reasons.append(Reason("stage", STAGE_WORDS.get(str(stage), str(stage))))
    if spoken := sorted(set(languages_of(case)) & set(offer.facts["languages"])):
        reasons.append(Reason("language", "、".join(LANGUAGE_WORDS.get(code, code) for code in spoken)))
    if 0 < wished_hours(case) <= hours_each(offer):
        reasons.append(Reason("hours", f"{hours_each(offer)} 小时"))
    if (rating := offer.facts["rating"]) is not None and rating > NEUTRAL:
        reasons.append(Reason("rating", f"{rating // 200}.{rating % 200 // 20}"))
    return tuple(reasons)


def shared_words(need: str, skills: str, most: int = 3) -> list[str]:
    """The longest stretches of two to eight characters that stand in both, none inside another."""
    found: dict[str, None] = {}
    for piece in filter(None, _BETWEEN_WORDS.split(need)):
        for start in range(len(piece) - 1):
            for end in range(min(len(piece), start + _LONGEST_WORD), start + 1, -1):
                if piece[start:end] in skills:
                    found[piece[start:end]] = None
                    break  # a shorter one from here is inside this one
    words: list[str] = []
    for word in sorted(found, key=len, reverse=True):
        if not any(word in longer for longer in words):
            words.append(word)
    return words[:most]
