"""The hooks of this policy: it registers itself, and that is all."""

from __future__ import annotations

from datetime import date

from core.policy import API_VERSION, Policy, RuleVersion, hookimpl

from .form import StartupGrantForm
from .rules import assess

POLICY = Policy(
    key="startup_grant",
    api_version=API_VERSION,
    package=__package__,
    rules=(RuleVersion(effective_from=date(2018, 12, 1), assess=assess),),
    form=StartupGrantForm,
    letter_template="letter.html",
)


@hookimpl
def register_policy() -> Policy:
    return POLICY
