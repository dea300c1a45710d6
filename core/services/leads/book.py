"""All rules, in the order in which they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from core.services.leads import Rule, money, outside, people, procedure, rent, tenants

SUBJECTS = (people, rent, money, tenants, procedure, outside)


@cache
def rules() -> Mapping[str, Rule]:
    """By code. Two rules with one code are a mistake of ours."""
    found = [rule for subject in SUBJECTS for rule in subject.RULES]
    by_code = {rule.code: rule for rule in found}
    if len(by_code) < len(found):
        raise ValueError("two rules of suspicion have one code")
    return by_code
