"""Builds the demonstration district: `python -m demo.build [FOLDER]`. The same seed gives the same bytes.

Five kinds of file come out: a workbook for each operator (one of them keeps rent in a CSV), the authority's list of
insured persons, three companies' own lists, and `district.yaml`, which says whose file is whose.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml

from demo import cast, firms, harbour, places, rows
from demo.books import MANNERS, Book, as_csv
from demo.people import Register

HERE = Path(__file__).parent
SEED = 20261110
OWN_LISTS = 3  # companies that bring their own list of insured persons


# How much there is to give, what of it came over from the year before and how much more is asked for; how many cases
# come out how, and what is answered to the policy's own questions.
POLICIES = {
    "rent_subsidy": {
        "pool_fen": 30_700_000, "carried_fen": 4_000_000, "asked_fen": 5_000_000, "awards": 29,
        "refusals": 6, "many": True, "paid": 8, "answers": {"truthful": True},
    },
    "employment_subsidy": {
        "pool_fen": 200_000_000, "carried_fen": 0, "asked_fen": 0, "awards": 8,
        "refusals": 2, "many": False, "paid": 3, "answers": {"truthful": True},
    },
    "startup_grant": {
        "pool_fen": 80_000_000, "carried_fen": 10_000_000, "asked_fen": 0, "awards": 7,
        "refusals": 2, "many": False, "paid": 3,
        "answers": {"truthful": True, "only_once": True},
    },
}  # fmt: skip
# What people object to, of the first two that each policy has under public notice.
OBJECTIONS = {
    "rent_subsidy": [
        "该公司公示的办公地址长期无人办公，邻近租户均可证实，请核实房租是否真实支付。",
        "该公司与出租方为同一实际控制人，租金疑为内部往来，请核查流水。",
    ],
    "employment_subsidy": [
        "该公司名单上的人员多数不在此处上班，请核实是否真实用工。",
        "该公司有两名员工系股东亲属，从未到岗，请核查考勤和工资流水。",
    ],
    "startup_grant": [
        "该创始人前年已在外区办过公司，请核实是否首次创业。",
        "该公司登记的创始人并不参与经营，实际经营者另有其人，请核查。",
    ],
}
# Policies that share something out: who runs a round and who adopts it, and how many applications go into each.
ROUNDS = {
    "mentor_match": {
        "runner": "operator-harbour", "adopter": "operator-harbour-2", "adopted": 8, "open": 8,
        "answers": {"truthful": True, "goal": "半年内找准第一批付费客户"},
    },
}  # fmt: skip

# Values of the district's own, from the first day of the next year, so that they change nothing that is decided: one
# that was published, and one that is still talked about.
PARAMETERS = [
    {"policy": "rent_subsidy", "name": "cap_per_head_year_fen", "value": "3200", "publish": True,
     "note": "明年起提高每人每年补贴上限", "source": "示例区办公会2026年第12次会议（演示，未见文件）"},
    {"policy": "rent_subsidy", "name": "full_year_months", "value": "9", "publish": False,
     "note": "满九个月即按全年计，征求意见中", "source": "示例区就业促进中心建议稿（演示，未见文件）"},
]  # fmt: skip


def build(seed: int = SEED) -> dict[str, bytes]:
    """Every file by name."""
    firms.reset_counters()
    operators = places.build()
    tenancies = cast.cast(operators, Register(seed))
    house = harbour.operator()
    operators.append(house)
    tenancies += harbour.cast(house, Register(seed + 1, _people=5_000, _companies=1_000))
    files: dict[str, bytes] = {}
    index: dict[str, Any] = {
        "district": {"name": "示例区", "name_en": "Sample District", "region": places.REGION, "demonstration": True},
        "issuer": {
            "name": "示例区人才服务中心",
            "name_en": "Talent Service Centre of Sample District",
            "mark": "示人才",
        },
        "application": {
            "applied_on": "2026-11-10",
            "from": "2025-11",
            "to": "2026-10",
            "policies": POLICIES,
            "rounds": ROUNDS,
            "objections": OBJECTIONS,
        },
        "parameters": PARAMETERS,
        "operators": [],
        "insured": [],
    }
    for operator in operators:
        own = [firm for firm in tenancies if firm.operator is operator]
        made = _operator_files(operator, own)
        files |= made
        entry = {name: getattr(operator, name) for name in ("key", "name", "name_en", "kind", "uscc", "phone")}
        index["operators"].append(entry | {"files": list(made)})
    companies = [firm for firm in tenancies if firm.jobs and firm.operator is not house]
    for firm in companies[:OWN_LISTS]:
        book = Book(MANNERS["tenant"])
        book.sheet("insured", rows.insured([firm]))
        name = f"insured-{firm.uscc[-6:].lower()}.xlsx"
        files[name] = book.finish()
        index["insured"].append({"file": name, "from": "tenant", "operator": firm.operator.key, "uscc": firm.uscc})
    book = Book(MANNERS["authority"])
    book.sheet("insured", rows.insured(companies[OWN_LISTS:]))
    files["insured-authority.xlsx"] = book.finish()
    index["insured"].append({"file": "insured-authority.xlsx", "from": "authority"})
    book = Book(MANNERS["authority"])
    book.sheet("insured", rows.insured(firm for firm in tenancies if firm.jobs and firm.operator is house))
    files["insured-authority-harbour.xlsx"] = book.finish()
    index["insured"].append({"file": "insured-authority-harbour.xlsx", "from": "authority"})
    files["district.yaml"] = yaml.safe_dump(index, allow_unicode=True, sort_keys=False, width=120).encode()
    return files


def _operator_files(operator: places.Operator, own: list[firms.Firm]) -> dict[str, bytes]:
    manner = MANNERS[operator.key]
    book = Book(manner)
    book.sheet("sites", rows.sites(operator))
    book.sheet("spaces", rows.spaces(operator))
    book.sheet("tenants", rows.tenants(own))
    book.sheet("founders", rows.founders(own))
    book.sheet("leases", rows.leases(own))
    received = rows.rent(own)
    made: dict[str, bytes] = {}
    if operator.key == "foreign":
        made["operator-foreign-rent.csv"] = as_csv("rent", received, manner)
    elif operator.key == "state-park":
        for year in (2024, 2025, 2026):
            book.sheet("rent", [row for row in received if row["received_on"].year == year], f"{year}年收款")
    else:
        if manner.merged_names:
            received.sort(key=lambda row: (row["tenant"], row["month"]))
        if operator.key == "private-maker":
            # Who has one lease in the month is not asked for its number.
            for row in received:
                row["lease"] = ""
        book.sheet("rent", received)
    if any(firm.quarters for firm in own):
        book.sheet("indicators", rows.indicators(own))
    return {f"operator-{operator.key}.xlsx": book.finish()} | made


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, body in build().items():
        (folder / name).write_bytes(body)
        print(f"{folder / name}  {len(body):,} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
