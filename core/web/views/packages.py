"""The boxes of a case page: 申报材料包, and 外部办理."""

from __future__ import annotations

from typing import Any

from flask import g

from core.data.models import DISTRICT_ROLES, OPERATOR_ROLES, TENANT_ROLES, Case, Role
from core.data.queries.people import names
from core.extensions import db
from core.services import filings, packages
from core.services.package_parts import ORIGINS
from core.web import words
from core.web.views.case_page import policy_titles

MAKERS = (*TENANT_ROLES, *OPERATOR_ROLES, *(DISTRICT_ROLES - {Role.AUDITOR}))
CONFIRMERS = (Role.WINDOW, Role.FIRST_REVIEWER, Role.SECOND_REVIEWER)
FILERS = (*TENANT_ROLES, *OPERATOR_ROLES, *CONFIRMERS)
SUPPORTERS = (*OPERATOR_ROLES, Role.WINDOW)


def boxes(case: Case) -> dict[str, Any]:
    """What templates/packages/_box.html and templates/filings/_box.html show."""
    rows = filings.of_case(db.session, case.id)
    ids = {i for row in rows for i in (row.recorded_by_id, row.confirmed_by_id) if i}
    return {
        **package(case),
        "filings": rows,
        "filing_people": names(db.session, ids),
        "filing_channels": words.FILING_CHANNELS,
        "filing_results": words.FILING_RESULTS,
        "filing_tones": words.FILING_TONES,
        "filing_mark": filings.mark,
        "may_file": g.asker.may(*FILERS),
        "may_confirm_filing": g.asker.may(*CONFIRMERS),
        "may_change_filing": lambda row: g.asker.may(*FILERS) and filings.may_change(db.session, row),
        "may_be_support": lambda row: g.asker.may(*SUPPORTERS) and filings.may_be_support(row),
        "support_levels": words.SUPPORT_LEVELS,
        "support_kinds": words.SUPPORT_KINDS,
        "support_scheme": policy_titles().get(case.policy_key, ""),
    }


def package(case: Case) -> dict[str, Any]:
    """The newest package made for the reader."""
    found = packages.of_case(db.session, case)
    return {
        "package": found,
        "package_origins": ORIGINS,
        "may_package": g.asker.may(*MAKERS),
        "lacking": [r for r in (found.rows or []) if r["required"] and r["status"] not in ("present", "withheld")]
        if found
        else [],
        "kept_days": packages.KEPT.days,
    }
