"""Lists from outside, one of each kind, which some of the demonstration's awards meet and most people in them do not;
and a few tenants that share what companies apart do not. All invented, and said to be so."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

import core
from core.commands.demo_stage import Stage, asker_of
from core.commands.setting_up import asking_as
from core.data.asker import asking
from core.data.models import Award, Case, Employment, Founder, IdType, InsuredPerson, OutsideKind, RentPayment, Tenant
from core.services import founders
from core.services.identifiers import id_check_character, uscc_check_character
from core.services.outside import comparing, keeping, lists, reading

MISSES = 24  # people and companies in each list that are at no tenant
BASIS = "审计法第三十七条；社会保险法第七十九条（演示）"
GIVERS = {
    OutsideKind.UNEMPLOYMENT: ("示例区失业保险经办机构（演示）", "示失保函〔2026〕31号"),
    OutsideKind.RETIRED: ("示例区社会保险事业管理中心（演示）", "示社保函〔2026〕58号"),
    OutsideKind.DECEASED: ("示例区民政局（演示）", "示民函〔2026〕17号"),
    OutsideKind.DEREGISTERED: ("示例区市场监督管理局（演示）", "示市监函〔2026〕44号"),
    OutsideKind.PAID_ELSEWHERE: ("邻区就业促进中心（演示）", "邻就促函〔2026〕9号"),
}
HEADERS = {
    OutsideKind.UNEMPLOYMENT: ("身份证号", "领取月份"),
    OutsideKind.RETIRED: ("身份证号", "退休日期"),
    OutsideKind.DECEASED: ("身份证号", "死亡日期"),
    OutsideKind.DEREGISTERED: ("统一社会信用代码", "注销或吊销日期"),
    OutsideKind.PAID_ELSEWHERE: ("证件号码", "统一社会信用代码", "补贴月份", "补贴金额"),
}


def play(app: Flask, *, say: Callable[[str], None]) -> None:
    today = core.today().date()
    with asking_as(app, "seed", write=True) as session:
        stage = Stage(session, app)
        _tie(session)
        files = {kind: _file(kind, rows) for kind, rows in _rows(session).items()}
        with asking(session, asker_of(stage.staff["auditor"], None)):
            hits = sum(_bring(session, kind, body, today) for kind, body in files.items())
    say(f"lists from outside: {len(files)}, meeting {hits} awards")


def _bring(session: Session, kind: OutsideKind, body: bytes, today: date) -> int:
    given_by, document = GIVERS[kind]
    said = lists.Said(given_by, document, BASIS, today - timedelta(days=20), keeping.on(today).proposed)
    made = lists.take(session, said, reading.read(body, "名单.csv", kind, today=today), today)
    lists.confirm(session, made)
    return comparing.compare(session, made, today)


def _rows(session: Session) -> dict[OutsideKind, list[tuple[str, ...]]]:
    """By kind, the awards' own people and companies first."""
    insured = _insured(session)
    owners = _owners(session)
    (first, months), (second, others), (third, _third) = insured[:3]
    last, early = max(others), sorted(others)[1]
    people, companies = iter(_people()), iter(_codes())
    return {
        OutsideKind.UNEMPLOYMENT: [(first, f"{months[0]}至{months[min(2, len(months) - 1)]}")]
        + [(number, f"2026-{1 + n % 9:02d}") for n, number in enumerate(_some(people))],
        OutsideKind.RETIRED: [(second, f"{min(others)}-01")]
        + [(number, f"2025-{1 + n % 12:02d}-28") for n, number in enumerate(_some(people))],
        OutsideKind.DECEASED: [(third, f"{min(_third)}-11")]
        + [(number, f"2026-{1 + n % 9:02d}-09") for n, number in enumerate(_some(people))],
        OutsideKind.DEREGISTERED: [(owners[0], f"{early}-01")]
        + [(code, f"2026-{1 + n % 9:02d}-20") for n, code in enumerate(_some(companies))],
        OutsideKind.PAID_ELSEWHERE: [("", owners[1], f"{min(others)}至{last}", "12000"), (first, "", months[0], "1800")]
        + [(number, "", f"2026-{1 + n % 9:02d}", "1800") for n, number in enumerate(_some(people))],
    }


def _file(kind: OutsideKind, rows: Sequence[tuple[str, ...]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([HEADERS[kind], *rows])
    return out.getvalue().encode()


def _insured(session: Session) -> list[tuple[str, list[str]]]:
    """People insured within the period of an award that stands, each of another tenant, with their months of it."""
    known: dict[int, tuple[InsuredPerson, list[str]]] = {}
    rows = session.execute(
        select(InsuredPerson, Employment.month)
        .join(Employment, Employment.person_id == InsuredPerson.id)
        .join(Award, Award.tenant_id == InsuredPerson.tenant_id)
        .join(Case, Case.id == Award.case_id)
        .where(Award.revoked_at.is_(None), Employment.month.between(Case.period_from, Case.period_to))
        .order_by(InsuredPerson.tenant_id, InsuredPerson.id, Employment.month)
    )
    for person, month in rows:
        _person, months = known.setdefault(person.tenant_id, (person, []))
        if _person is person and month not in months:
            months.append(month)
    return [(person.id_number, months) for person, months in known.values() if len(months) > 1]


def _owners(session: Session) -> list[str]:
    """Codes of tenants with an award that stands."""
    wanted = select(Tenant.uscc).join(Award, Award.tenant_id == Tenant.id).where(Award.revoked_at.is_(None))
    return [code for code in session.scalars(wanted.order_by(Tenant.id.desc()).distinct()) if code]


def _some(numbers: Iterator[str]) -> list[str]:
    return [next(numbers) for _ in range(MISSES)]


def _people() -> Iterator[str]:
    """Numbers that are right in form, of days on which nobody of the demonstration was born."""
    for n in range(10_000):
        body = f"310109{date(1940, 1, 1) + timedelta(days=n):%Y%m%d}{n % 1000:03d}"
        yield body + id_check_character(body)


def _codes() -> Iterator[str]:
    for n in range(10_000):
        body = f"91310109MA9{n:06d}"
        yield body + uscc_check_character(body)


def _tie(session: Session) -> None:
    """Three tenants that hang together by a phone and a founder, and two by an address and who pays their rent: at
    different operators, and none of them with a case, whose facts it would change."""
    busy = select(Case.tenant_id)
    paying = select(RentPayment.tenant_id)
    free = list(
        session.scalars(
            select(Tenant)
            .where(
                Tenant.id.not_in(busy), Tenant.id.in_(paying), Tenant.uscc.is_not(None),
                Tenant.merged_into_id.is_(None),
                Tenant.id.in_(select(Founder.tenant_id).where(Founder.id_number_once.is_not(None))),
            )
            .order_by(Tenant.id)
        )
    )  # fmt: skip
    houses: dict[int, list[Tenant]] = {}
    for tenant in free:
        houses.setdefault(tenant.operator_id, []).append(tenant)
    one, other = sorted(houses.values(), key=lambda it: (-len(it), it[0].id))[:2]
    a, b, c, d, e = one[0], other[0], one[1], one[2], other[1]
    a.contact_phone = b.contact_phone = "13800001357"
    person = b.founders[0]
    twin = Founder(operator_id=c.operator_id, tenant_id=c.id, name=person.name, legal_representative=False)
    known = founders.identity(c.operator_id, person.id_type or IdType.RESIDENT, person.id_number)
    for column, value in known.items():
        setattr(twin, column, value)
    session.add(twin)
    d.registered_address = e.registered_address = "示例区望江路 268 号 902 室（演示）"
    for tenant in (d, e):
        newest = select(func.max(RentPayment.id)).where(RentPayment.tenant_id == tenant.id)
        session.get_one(RentPayment, session.scalar(newest)).payer_name = "示例远帆投资管理有限公司（演示）"
    session.flush()
