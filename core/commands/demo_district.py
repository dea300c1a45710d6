"""The demonstration district: offices, people and budget, then the operators' spreadsheets, imported as they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.commands import demo_house, demo_mentors, demo_pools, demo_rooms
from core.commands.setting_up import asking_as
from core.config import ROOT
from core.data.asker import Asker, Reach, asking
from core.data.models import Department, District, Issuer, Operator, OperatorKind, Role, Tenant, User
from core.services import accounts, files
from core.services.imports.apply import apply
from core.services.rights import Scope
from demo import mentors

FOLDER = ROOT / "demo"
PASSWORD = "Lantern-Harbour-2026"  # noqa: S105  # printed by the command; refused in production
HOST = "demo.hongcai.example"
DEPARTMENTS = {
    "window": ("街镇社区事务受理服务中心", "Community affairs service centre"),
    "centre": ("区就业促进中心", "District employment promotion centre"),
    "bureau": ("区人力资源和社会保障局", "District bureau of human resources and social security"),
    "audit": ("区审计局", "District audit office"),
}
# name in the address: role, department, what the command says of it
STAFF: dict[str, tuple[Role, str, str, str]] = {
    "window": (Role.WINDOW, "window", "黄晓窗", "总窗：受理、补正、不予受理"),
    "first": (Role.FIRST_REVIEWER, "centre", "周初明", "专窗：初审"),
    "second": (Role.SECOND_REVIEWER, "bureau", "吴复言", "复审、公示"),
    "approver": (Role.APPROVER, "bureau", "郑批文", "审批"),
    "payer": (Role.PAYER, "centre", "冯拨云", "拨付：准备批次、登记银行结果"),
    "payer-2": (Role.PAYER, "centre", "陈复拨", "拨付的第二人：发放批次、确认退汇"),
    "auditor": (Role.AUDITOR, "audit", "沈审之", "审计：通知书、日志"),
    "auditor-2": (Role.AUDITOR, "audit", "傅复审", "审计的第二人：复查、销号"),
    "district": (Role.DISTRICT_ADMIN, "bureau", "韩区宁", "区级管理：人员、资金"),
}
# 三员: three persons for the platform
OFFICERS: dict[str, tuple[Role, str, str]] = {
    "platform": (Role.PLATFORM_ADMIN, "平台管理员", "系统管理员：插件、任务、系统"),
    "security": (Role.SECURITY_ADMIN, "安全管理员", "安全管理员：人员、登录记录"),
    "audit-admin": (Role.AUDIT_ADMIN, "审计管理员", "审计管理员：管理员与审计人员的日志、查阅记录"),
}

KEEPERS = ("district", "approver")  # who proposes budgets, and who confirms them


@dataclass(frozen=True, slots=True)
class Account:
    email: str
    password: str
    what: str


def description() -> dict[str, Any]:
    """demo/district.yaml: whose file is whose."""
    found: dict[str, Any] = yaml.safe_load((FOLDER / "district.yaml").read_text())
    return found


def most_asked_for() -> str:
    """The policy that has cases enough for everything that is to be shown."""
    return next(iter(description()["application"]["policies"]))


def is_there(app: Flask) -> bool:
    with asking_as(app, "seed") as session:
        return (
            session.scalar(select(District.id).where(District.region == description()["district"]["region"]))
            is not None
        )


def load(app: Flask, *, say: Callable[[str], None]) -> list[Account]:
    """Make the district and bring in every file; one transaction, all or nothing."""
    plan = description()
    with asking_as(app, "seed", write=True) as session:
        district = District(**plan["district"])
        session.add(district)
        session.flush()
        departments = {code: _department(session, district, code) for code in DEPARTMENTS}
        session.add(
            Issuer(
                district_id=district.id, authority=True, department_id=departments["bureau"].id, **plan["issuer"]
            )
        )  # fmt: skip
        operators = {entry["key"]: _operator(session, district, entry) for entry in plan["operators"]}
        session.flush()
        _import_all(session, plan, district, operators, say)
        _keep_all(plan, app.extensions["settings"].files)
        house = operators["harbour"]
        with asking(session, Asker(Reach.OPERATOR, name="seed", district_id=district.id, operator_id=house.id)):
            demo_house.furnish(session, house, app.extensions["settings"].files)
            demo_rooms.furnish(session, house)
        say(f"furnished  {house.name}: plans, enquiries, money raised, papers, booked rooms, events")
        for key, cards, needs, pairs in (("harbour", mentors.HARBOUR, 60, 14), ("state-park", mentors.PARK, 12, 4)):
            own = operators[key]
            with asking(session, Asker(Reach.OPERATOR, name="seed", district_id=district.id, operator_id=own.id)):
                demo_mentors.appoint(session, own, cards, needs=needs, pairs=pairs)
            say(f"appointed  {own.name}: {len(cards)} mentors")
        made = _people(session, app, district, departments, operators)
        staff = [session.scalars(select(User).where(User.email == f"{name}@{HOST}")).one() for name in KEEPERS]
        today = date.fromisoformat(plan["application"]["applied_on"])
        demo_pools.Treasury(session, *staff, today).furnish(plan["application"]["policies"])
        return made


def _department(session: Session, district: District, code: str) -> Department:
    name, name_en = DEPARTMENTS[code]
    department = Department(district_id=district.id, code=code, name=name, name_en=name_en)
    session.add(department)
    session.flush()
    return department


def _operator(session: Session, district: District, entry: dict[str, Any]) -> Operator:
    operator = Operator(
        district_id=district.id,
        name=entry["name"],
        uscc=entry["uscc"],
        kind=OperatorKind(entry["kind"]),
        phone=entry["phone"],
    )
    session.add(operator)
    return operator


def _import_all(
    session: Session,
    plan: dict[str, Any],
    district: District,
    operators: dict[str, Operator],
    say: Callable[[str], None],
) -> None:
    """Each file by the one who would bring it: the operator, the tenant, the authority."""
    for entry in plan["operators"]:
        operator = operators[entry["key"]]
        who = Asker(Reach.OPERATOR, name="command:seed", district_id=district.id, operator_id=operator.id)
        for name in entry["files"]:
            _import(session, who, operator, name, plan, say)
    for entry in plan["insured"]:
        if entry["from"] == "tenant":
            operator = operators[entry["operator"]]
            tenant = session.scalars(
                select(Tenant).where(Tenant.operator_id == operator.id, Tenant.uscc == entry["uscc"])
            ).one()
            who = Asker(
                Reach.TENANT,
                name="command:seed",
                district_id=district.id,
                operator_id=operator.id,
                tenant_id=tenant.id,
            )
            _import(session, who, operator, entry["file"], plan, say)
        else:
            who = Asker(Reach.DISTRICT, name="command:seed", district_id=district.id)
            _import(session, who, None, entry["file"], plan, say)


def _keep_all(plan: dict[str, Any], store: Path) -> None:
    """The files with the other papers, as the page of imports keeps them: the rows name theirs by its hash."""
    for name in (
        *(it for entry in plan["operators"] for it in entry["files"]),
        *(it["file"] for it in plan["insured"]),
    ):
        files.put(store, (FOLDER / name).read_bytes())


def _import(
    session: Session,
    who: Asker,
    operator: Operator | None,
    name: str,
    plan: dict[str, Any],
    say: Callable[[str], None],
) -> None:
    today = date.fromisoformat(plan["application"]["applied_on"])
    with asking(session, who):
        outcome = apply(session, operator, (FOLDER / name).read_bytes(), name, today=today)
    if not outcome.applied:
        first = [str(problem) for problem in outcome.problems.listed][:5]
        raise RuntimeError(f"demo/{name} was refused: {first}; rebuild it with python -m demo.build")
    say(f"imported   {name}: {sum(sheet.rows for sheet in outcome.sheets)} rows")


def _people(
    session: Session,
    app: Flask,
    district: District,
    departments: dict[str, Department],
    operators: dict[str, Operator],
) -> list[Account]:
    """An account for every role. Privileged ones are enrolled for a second factor; the sign-in page shows its code."""
    from core.web.accounts import new_totp_secret  # commands may use both sides

    made = []

    def add(name: str, person: str, what: str, *, privileged: bool = False) -> User:
        email = f"{name}@{HOST}"
        made.append(Account(email, PASSWORD, what))
        secret = new_totp_secret(app) if privileged else None
        return accounts.make_user(
            session, email=email, name=person, password=PASSWORD, demonstration=True, totp_secret=secret
        )

    day = date(2026, 1, 1)
    for name, (role, department, person, what) in STAFF.items():
        user = add(name, person, what, privileged=True)
        scope = Scope(district_id=district.id, department_id=departments[department].id)
        accounts.grant(session, user, role, scope, starts_on=day)
    for key, operator in operators.items():
        scope = Scope(district_id=district.id, operator_id=operator.id)
        manager = add(f"operator-{key}", "运营负责人", f"运营负责人：{operator.name}", privileged=True)
        accounts.grant(session, manager, Role.OPERATOR_MANAGER, scope, starts_on=day)
    second = add(
        "operator-harbour-2", "运营副负责人", "采用匹配结果的第二人：" + operators["harbour"].name, privileged=True
    )
    scope = Scope(district_id=district.id, operator_id=operators["harbour"].id)
    accounts.grant(session, second, Role.OPERATOR_MANAGER, scope, starts_on=day)
    staff = add("operator-staff", "运营专员", "运营人员：" + operators["state-park"].name, privileged=True)
    scope = Scope(district_id=district.id, operator_id=operators["state-park"].id)
    accounts.grant(session, staff, Role.OPERATOR_STAFF, scope, starts_on=day)
    for name, (role, person, what) in OFFICERS.items():
        accounts.grant(session, add(name, person, what, privileged=True), role, Scope(), starts_on=day)
    made.append(Account(f"founder@{HOST}", PASSWORD, "创始人：已收到核定通知书"))
    made.append(Account(f"applicant@{HOST}", PASSWORD, "创始人：申请还是草稿"))
    made.append(Account(f"correcting@{HOST}", PASSWORD, "创始人：申请退回补正"))
    made.append(Account(f"appellant@{HOST}", PASSWORD, "创始人：申请未获核定，可以申请复核"))
    made.append(Account(f"heard@{HOST}", PASSWORD, "创始人：核定拟撤销，可以陈述申辩"))
    return made
