"""What the records already say of an applicant, each value with its source, for the top of the application form."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from core.data.models import LegalForm
from core.errors import N_
from core.policy import Month
from core.services.dossiers import LABELS, Frozen, provenance
from core.web.templating import GRADES, area, day, language
from core.web.views.tenant_page import LEGAL_FORMS

PAYERS = {"tenant": N_("本单位"), "explained": N_("他人代付，已说明"), "other": N_("他人代付")}


def company(frozen: Frozen) -> list[dict[str, Any]]:
    """The company's facts and its premises; what is not known says so."""
    rows = [
        {"label": _(LABELS[p.label]), "value": _shown(p.label, p.value), "source": p.source, "missing": p.value is None}
        for p in provenance(frozen)
        if p.label.startswith("company.") and p.label != "company.operating_region"
    ]
    for lease in frozen.case["dossier"]["leases"] or ():
        until = day(lease["to"], language()) if lease["to"] else _("长期")
        size = area(lease["area_cm2"]) if lease["area_cm2"] else ""
        independent = (
            _("独立") if lease["independent"] else _("不独立") if lease["independent"] is False else _("是否独立未知")
        )
        rows.append(
            {
                "label": _("场地 %(ref)s", ref=lease["ref"]),
                "value": f"{day(lease['from'], language())} – {until} {size} {independent}",
                "source": _("入驻协议与场地证照"),
                "missing": False,
            }
        )
    return rows


def _shown(label: str, value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if label == "company.legal_form" and value in set(LegalForm):
        return _(LEGAL_FORMS[LegalForm(value)])
    return day(value, language()) if label.endswith("_on") else str(value)


def by_month(frozen: Frozen) -> list[dict[str, Any]]:
    """Rent paid and people insured in each month of the period, with where the figures come from."""
    dossier, period = frozen.case["dossier"], frozen.case["period"]
    rows = []
    for number in range(Month.parse(period["from"]), Month.parse(period["to"]) + 1):
        month = str(Month(number))
        rent = [r for r in dossier["rent"] or () if r["month"] == month]
        people = [e for e in dossier["employment"] or () if e["month"] == month]
        payers = {r["payer"] for r in rent}
        known = [r["paid_fen"] for r in rent if r["paid_fen"] is not None]
        rows.append(
            {
                "month": month,
                "paid_fen": sum(known) if rent and len(known) == len(rent) else None,
                "payer": "、".join(sorted({_(PAYERS[payer]) for payer in payers if payer})),
                "heads": len({e["person"] for e in people}),
                "sources": "、".join(sorted({str(GRADES[r["grade"]]) for r in (*rent, *people)})),
            }
        )
    return rows
