"""Sharing out something scarce among cases by a policy's own measure, and whether the policy's answer is one at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

from core.policy.canonical import digest, plain
from core.policy.engine import AssessmentFailed, called, parameters_of
from core.policy.loaded import LoadedPolicy
from core.policy.model import LARGEST_FIT, Allocation, Case, Left, Match, Offer, Reason
from core.policy.params import ParameterSet, ParameterValue
from core.policy.values import is_encodable


class Sharing(NamedTuple):
    """An allocation, under which rule version and with which parameter values it was made. `digest` is of all that went
    in (facts, offers, pins, bans, values, code) and came out."""

    allocation: Allocation
    rule_from: date
    parameters: tuple[ParameterValue, ...]
    digest: str


def allocate(
    loaded: LoadedPolicy,
    cases: Mapping[str, Case],
    offers: Sequence[Offer],
    *,
    on: date,
    pinned: Mapping[str, str] | None = None,
    params: ParameterSet | Mapping[str, Any] | None = None,
) -> Sharing:
    """Share `offers` out among `cases` (by ref), as the policy in force on `on` does. Pure; the order of both is of no
    matter. `pinned` names pairs, case to offer, that must be made.

    Raises ValueError for pins that cannot be kept, AssessmentFailed where the policy shares nothing out on that day or
    gives no valid answer.
    """
    version = loaded.rule_on(on)
    if loaded.policy.allocate is None or version is None or version.assess is None:
        raise AssessmentFailed(loaded.key, f"it shares nothing out on {on}")
    seen = {ref: loaded.card.reads.hide(cases[ref]) for ref in sorted(cases)}
    asked = _with_pins(seen, sorted(offers, key=lambda offer: offer.ref), pinned or {})
    book = parameters_of(loaded, params).on(on)
    answer = called(loaded, "sharing out", loaded.policy.allocate, seen, asked, book)
    try:
        fault = _fault(answer, seen, asked, loaded.card.reasons)
    except Exception as error:
        raise AssessmentFailed(loaded.key, f"its allocation cannot be read: {error!r}") from error
    if fault:
        raise AssessmentFailed(loaded.key, f"its allocation is not valid: {fault}")
    content = {
        "policy": loaded.key,
        "rules_digest": loaded.rules_digest,
        "rule_from": version.effective_from.isoformat(),
        "on": on.isoformat(),
        "parameters": [[v.name, plain(v.value), v.start.isoformat()] for v in book.read],
        "cases": {ref: loaded.card.reads.pick(case) for ref, case in seen.items()},
        "offers": [[o.ref, o.capacity, dict(o.facts), sorted(o.pinned), sorted(o.forbidden)] for o in asked],
        "matches": [[m.case_ref, m.offer_ref, m.fit, list(map(list, m.reasons))] for m in sorted(answer.matches)],
        "left": [[it.case_ref, list(it.reason)] for it in sorted(answer.left)],
    }
    return Sharing(answer, version.effective_from, book.read, digest(content))


def share_out(
    refs: Sequence[str], offers: Sequence[Offer], fits: Any, explain: Callable[[int, int], tuple[Reason, ...]]
) -> Allocation:
    """For a policy's `allocate`: give each case (a row of `fits`, named by `refs`) at most one offer (a column).

    As many cases as can be are served, and among all ways to do so the sum of the fits is the largest there is. `fits`
    is an array of integers from 0 to 1000, less than 0 where the offer does not suit the case. `explain(row, column)`
    says why a pair fits; it is asked only for pairs that are made. Pins and bans of the offers are kept; a pinned pair
    is made whether it suits or not.
    """
    from core.policy import sharing  # noqa: PLC0415 - NumPy and OR-Tools load slowly, and little needs them

    return sharing.share_out(refs, offers, fits, explain)


def _with_pins(cases: Iterable[str], offers: list[Offer], pinned: Mapping[str, str]) -> list[Offer]:
    known, names = set(cases), {offer.ref for offer in offers}
    if len(names) < len(offers):
        raise ValueError("two offers have one ref")
    for case, ref in pinned.items():
        if case not in known or ref not in names:
            raise ValueError(f"the pin of {case} to {ref} names a case or an offer that is not there")
    asked = [replace(o, pinned=tuple(sorted(case for case in pinned if pinned[case] == o.ref))) for o in offers]
    for offer in asked:
        if len(offer.pinned) > offer.capacity:
            raise ValueError(
                f"{len(offer.pinned)} cases are pinned to {offer.ref}, which has room for {offer.capacity}"
            )
        if both := set(offer.pinned) & set(offer.forbidden):
            raise ValueError(f"{min(both)} is both pinned to {offer.ref} and forbidden")
    return asked


def _fault(answer: Any, cases: Mapping[str, Case], offers: Sequence[Offer], reasons: Mapping[str, Any]) -> str:
    """The first fault of an allocation as a clause of a sentence, or ""."""
    if type(answer) is not Allocation or type(answer.matches) is not tuple or type(answer.left) is not tuple:
        return "it is not an Allocation of two tuples"
    if {*map(type, answer.matches)} - {Match} or {*map(type, answer.left)} - {Left}:
        return "it holds something else than Match and Left"
    named = Counter([match.case_ref for match in answer.matches] + [left.case_ref for left in answer.left])
    if set(named) != set(cases) or max(named.values(), default=1) > 1:
        return "not every case is in it once, matched or left"
    return _fault_in_pairs(answer.matches, offers) or _fault_in_words(answer, reasons)


def _fault_in_pairs(matches: Sequence[Match], offers: Sequence[Offer]) -> str:
    pairs = {(match.case_ref, match.offer_ref) for match in matches}
    given = Counter(match.offer_ref for match in matches)
    if unknown := given.keys() - {offer.ref for offer in offers}:
        return f"it gives {min(unknown)!r}, which is not an offer"
    for offer in offers:
        if given[offer.ref] > offer.capacity:
            return f"{offer.ref} is given {given[offer.ref]} times, but has room for {offer.capacity}"
        if any((case, offer.ref) not in pairs for case in offer.pinned):
            return f"a case pinned to {offer.ref} has another"
        if any((case, offer.ref) in pairs for case in offer.forbidden):
            return f"{offer.ref} is given to a case that must not have it"
    return ""


def _fault_in_words(answer: Allocation, reasons: Mapping[str, Any]) -> str:
    for match in answer.matches:
        if match.fit is not None and not (type(match.fit) is int and 0 <= match.fit <= LARGEST_FIT):
            return f"the fit {match.fit!r} is not a whole number from 0 to {LARGEST_FIT}"
    for reason in [
        *(reason for match in answer.matches for reason in match.reasons),
        *(it.reason for it in answer.left),
    ]:
        if type(reason) is not Reason or reason.code not in reasons or not _is_note(reason.note):
            return f"the reason {reason!r} is not under reasons in policy.yaml, or its note is no text"
    return ""


def _is_note(note: Any) -> bool:
    return type(note) is str and is_encodable(note)
