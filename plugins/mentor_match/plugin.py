"""The hooks of this policy: it registers itself, and that is all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from core.policy import API_VERSION, Allocation, Case, Offer, Params, Policy, RuleVersion, hookimpl

from .form import MentorMatchForm
from .rules import assess


def allocate(cases: Mapping[str, Case], offers: Sequence[Offer], params: Params) -> Allocation:
    """Who gets which mentor."""
    from . import matching  # noqa: PLC0415 - scikit-learn loads slowly, and only a round needs it

    return matching.allocate(cases, offers, params)


POLICY = Policy(
    key="mentor_match",
    api_version=API_VERSION,
    package=__package__,
    rules=(RuleVersion(effective_from=date(2019, 1, 1), assess=assess),),
    form=MentorMatchForm,
    letter_template="letter.html",
    allocate=allocate,
)


@hookimpl
def register_policy() -> Policy:
    return POLICY
