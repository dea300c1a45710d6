"""The case file as the dictionary OpenFisca reads; made before the clock starts."""

from __future__ import annotations

from typing import Any

from bench.openfisca_rent import NO, NOT_KNOWN_FORM, PERSON_MONTH, UNKNOWN, YES


def tri(value: bool | None) -> int:
    return UNKNOWN if value is None else YES if value else NO


def situation(case: dict[str, Any], region_code: str = "310109") -> dict[str, Any]:
    """The case file as the dictionary OpenFisca reads; made before the clock starts."""
    dossier, company = case["dossier"], case["dossier"]["company"]
    persons: dict[str, dict[str, dict[str, Any]]] = {}
    for row in dossier["employment"]:
        facts = persons.setdefault(row["person"], {name: {} for name in PERSON_MONTH})
        facts["employed_here"][row["month"]] = tri(row["employer_uscc"] == company["uscc"])
        filed = None if row["filing_uscc"] is None else row["filing_uscc"] == company["uscc"]
        facts["filed_here"][row["month"]] = tri(filed)
        local = None if row["household"] is None else row["household"] != "elsewhere"
        facts["local_household"][row["month"]] = tri(local)
    for row in dossier["founders"]:
        local = None if row["household"] is None else row["household"] != "elsewhere"
        permit = None if row["permit"] is None else row["permit"] != "none"
        persons.setdefault(row["ref"], {}).update(
            founder={"ETERNITY": True},
            legal_representative={"ETERNITY": tri(row["legal_representative"])},
            founder_local={"ETERNITY": tri(local)},
            permit={"ETERNITY": tri(permit)},
        )
    ours = company["registered_region"]
    rent = dossier["rent"]
    leases = [row for row in dossier["leases"] if row["independent"] and row["lawful"]]
    forever = {
        "legal_form": company["legal_form"] or NOT_KNOWN_FORM,
        "small_or_micro": tri(company.get("small_or_micro")),
        "registered_here": tri(None if ours is None else ours == region_code),
        "dispatches_labour": tri(company["labour_dispatch"]),
        "untrustworthy_debtor": tri(company["untrustworthy"]),
        "dated": tri(True if company["registered_on"] else None),
        "registered_on": company["registered_on"] or "1970-01-01",
        "applied_on": case["applied_on"],
        "leased_since": min((row["from"] for row in leases), default="9000-01-01"),
    }
    one: dict[str, Any] = {name: {"ETERNITY": value} for name, value in forever.items()}
    one["members"] = list(persons)
    one["has_rent"] = {row["month"]: True for row in rent}
    one["rent_fen"] = {row["month"]: row["paid_fen"] or 0 for row in rent}
    one["rent_known"] = {row["month"]: tri(None if row["paid_fen"] is None else True) for row in rent}
    here = {row["month"]: None if ours is None or row["region"] is None else row["region"] == ours for row in rent}
    one["rent_here"] = {month: tri(value) for month, value in here.items()}
    one["payer_accepted"] = {row["month"]: tri(row["payer"] in ("tenant", "explained")) for row in rent}
    one["leased"] = {row["month"]: tri(any(_touches(lease, row["month"]) for lease in leases)) for row in rent}
    return {"persons": persons, "companies": {"C": one}}


def _touches(lease: dict[str, Any], month: str) -> bool:
    return bool(lease["from"][:7] <= month and (lease["to"] is None or lease["to"][:7] >= month))
