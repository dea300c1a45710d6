"""The hooks of this policy: it registers itself, and that is all."""

from __future__ import annotations

from datetime import date

from core.policy import API_VERSION, Policy, RuleVersion, hookimpl

from .form import EmploymentSubsidyForm
from .rules import assess

POLICY = Policy(
    key="employment_subsidy",
    api_version=API_VERSION,
    package=__package__,
    rules=(RuleVersion(effective_from=date(2023, 1, 1), assess=assess),),
    form=EmploymentSubsidyForm,
    letter_template="letter.html",
)


@hookimpl
def register_policy() -> Policy:
    return POLICY
