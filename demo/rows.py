"""The district as rows of the import sheets, by key of column."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from demo.firms import FIRST, Firm, first_day, months
from demo.places import REGION, Operator

Rows = list[dict[str, Any]]
TODAY = date(2026, 11, 6)  # when the operators drew up their tables


def sites(operator: Operator) -> Rows:
    return [
        {
            "name": site.name,
            "kind": site.kind,
            "address": f"示例区{site.address}",
            "region": REGION,
            "floor_area_cm2": site.area,
            "ownership": "自有" if site.owned else "租赁",
            "private_capital": site.private_share,
            "recognition": site.recognition,
            **site.facts,
            "property_certificate_on": date(2012, 5, 18) if site.papers else None,
            "head_lease_until": date(2031, 12, 31) if site.papers and not site.owned else None,
            "sublease_consent_on": date(2021, 1, 15) if site.papers and not site.owned else None,
        }
        for site in operator.sites
    ]


def spaces(operator: Operator) -> Rows:
    return [
        {
            "site": site.name,
            "code": space.code,
            "floor": space.floor,
            "kind": space.kind,
            "area_cm2": space.area,
            "capacity": space.capacity,
            "list_price_fen": space.price,
            "price_unit": space.unit,
            "status": "空置" if space.is_free(TODAY, TODAY) else "已租",
            "independent": space.independent,
        }
        for site in operator.sites
        for space in site.spaces
    ]


def tenants(firms: Iterable[Firm]) -> Rows:
    keys = {
        "进入苗圃日期": "nursery_from",
        "进入孵化器日期": "incubator_from",
        "进入加速器日期": "accelerator_from",
        "毕业日期": "graduated_on",
        "退出日期": "exited_on",
    }
    rows = []
    for number, firm in enumerate(firms, 1):
        team = firm.form == "团队"
        rows.append(
            {
                "name": firm.name,
                "uscc": firm.uscc,
                "legal_form": firm.form,
                "small_or_micro": "" if team else firm.small,
                "registered_on": firm.registered_on,
                "registered_region": "" if team else firm.registered_region,
                "registered_address": "" if team or not firm.deals else _address(firm),
                "operating_region": "" if team else firm.operating_region,
                "industry": firm.industry,
                "labour_dispatch": "" if team else firm.labour_dispatch,
                "untrustworthy": "" if team else firm.untrustworthy,
                "occupancy": firm.occupancy,
                "occupied_from": firm.arrived_on,
                "occupied_to": firm.left_on,
                "contact_name": firm.founder.name,
                "contact_phone": f"138{firm.operator.phone[-4:]}{number:04d}",  # no two firms have one
                "contact_email": f"tenant{number:03d}.{firm.operator.key}@example.com",
            }
            | {keys[header]: on for header, on in firm.stages.items()}
        )
    return rows


def _address(firm: Firm) -> str:
    deal = firm.deals[-1]
    return f"示例区{deal.site.address} {deal.spaces[0].code} 室"


def founders(firms: Iterable[Firm]) -> Rows:
    return [
        {
            "tenant": firm.name,
            "name": firm.founder.name,
            "id_type": firm.founder.document,
            "id_number": firm.founder.number,
            "legal_representative": "是",
            "household": firm.founder.household or "",
            "permit": firm.permit,
            "categories": firm.categories,
            "graduated_on": firm.graduated_on,
            "first_company": firm.first_company,
        }
        for firm in firms
    ]


def leases(firms: Iterable[Firm]) -> Rows:
    return [
        {
            "number": deal.number,
            "tenant": firm.name,
            "site": deal.site.name,
            "spaces": "、".join(space.code for space in deal.spaces),
            "starts_on": deal.starts_on,
            "ends_on": deal.ends_on,
            "monthly_rent_fen": deal.rent_fen / 100,
            "steps": "；".join(f"{day}起{fen / 100:g}" for day, fen in deal.steps),
            "rent_free": "、".join(deal.rent_free),
            "deposit_fen": deal.rent_fen * 2 / 100,
            "lawful": deal.lawful,
            "independent": deal.independent,
            "status": "已终止" if deal.ends_on and deal.ends_on < TODAY else "履行中",
        }
        for firm in firms
        for deal in firm.deals
    ]


def rent(firms: Iterable[Firm]) -> Rows:
    """By day of receipt, as a cashier writes them down."""
    rows: Rows = [
        {
            "tenant": firm.name,
            "lease": payment.deal.number,
            "month": payment.month,
            "paid_fen": None if payment.fen is None else payment.fen / 100,
            "received_on": payment.received_on,
            "payer_name": payment.payer_name,
            "payer": "" if payment.payer == "待核" else payment.payer,
            "voucher": payment.voucher,
        }
        for firm in firms
        for payment in firm.payments
    ]
    return sorted(rows, key=lambda row: (row["received_on"], row["voucher"], row["month"]))


def indicators(firms: Iterable[Firm]) -> Rows:
    return [
        {
            "tenant": firm.name,
            "quarter": it.quarter,
            "revenue_fen": it.revenue_fen / 100,
            "rnd_fen": it.rnd_fen / 100,
            "staff": it.staff,
            "ip_applied": it.ip_applied,
            "ip_held": it.ip_held,
        }
        for firm in firms
        for it in firm.quarters
    ]


def insured(firms: Iterable[Firm]) -> Rows:
    """By month, then company, then person: the order in which the authority prints it."""
    rows: Rows = []
    for firm in firms:
        for job in firm.jobs:
            for month in months(max(job.first, FIRST, f"{firm.registered_on:%Y-%m}"), job.last):
                if month in job.gaps or (firm.left_on and first_day(month) > firm.left_on):
                    continue
                rows.append(
                    {
                        "tenant": firm.name,
                        "name": job.person.name,
                        "id_type": job.person.document,
                        "id_number": job.person.number,
                        "month": month,
                        "employer_uscc": job.employer or firm.uscc,
                        "filing_uscc": firm.uscc if job.filed else "",
                        "household": job.person.household or "",
                    }
                )
    return sorted(rows, key=lambda row: (row["month"], row["tenant"]))
