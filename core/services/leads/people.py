"""Insured persons: insured by another in the same month, past the retirement age, spent by two awards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.data.models import (
    Award,
    District,
    Employment,
    EvidenceKind,
    EvidenceLine,
    EvidenceUse,
    IdType,
    InsuredPerson,
    Tenant,
)
from core.errors import N_
from core.policy import Month
from core.services.identifiers import birth_date
from core.services.leads import Found, Period, Rule, settings
from core.services.leads.reading import OF_AWARD, PIECE, of_district, present, uses
from core.services.leads.twice import spent_twice

# `insured:<keyed hash of the identity number>:<month>` (core/services/dossiers/keys.py)
ONCE = func.substr(EvidenceLine.natural_key, len("insured:") + 1, 32)
BY_NUMBER = (IdType.RESIDENT, IdType.HK_MO_TW)  # their numbers say the day of birth and the sex


def insured_elsewhere(session: Session, district: District, period: Period) -> Iterator[Found]:
    """The same person, in a month that an award spent, insured by an employer with another code."""
    rows = session.execute(
        uses(
            district, period, EvidenceKind.INSURED_MONTH,
            *OF_AWARD, ONCE.label("once"), EvidenceLine.month, EvidenceUse.amount_fen,
            InsuredPerson.id.label("person"), Employment.employer_uscc, Employment.tenant_id.label("other"),
        )
        .join(InsuredPerson, InsuredPerson.id_number_once == ONCE)
        .join(Employment, (Employment.person_id == InsuredPerson.id) & (Employment.month == EvidenceLine.month))
        .where(Employment.employer_uscc != Tenant.uscc)
        .where(of_district(InsuredPerson, district))
    )  # fmt: skip
    grouped: dict[tuple[int, str], list[Any]] = defaultdict(list)
    for row in rows:
        grouped[row.id, row.once].append(row)
    for (award, once), found in grouped.items():
        first, spent = found[0], {row.month: row.amount_fen for row in found}
        yield Found(
            key=f"award:{award}:person:{once[:16]}",
            facts={
                "person_ids": present(*(row.person for row in found)),
                "months": sorted(spent),
                "employer_usccs": sorted({row.employer_uscc for row in found}),
                "tenant_ids": present(*(row.other for row in found if row.other != first.tenant_id)),
            },
            letters=present(first.letter_id),
            amount_fen=sum(spent.values()),
            tenant=first.tenant_id,
            operator=first.operator_id,
            case=first.case_id,
        )


def over_retirement_age(session: Session, district: District, period: Period) -> Iterator[Found]:
    """Months spent that come after the month in which the person reached the retirement age."""
    last = uses(
        district, period, EvidenceKind.INSURED_MONTH,
        *OF_AWARD, ONCE.label("once"), func.max(EvidenceLine.month).label("last"),
    ).group_by(*OF_AWARD, ONCE)  # fmt: skip
    found = session.execute(last).all()
    people = _people(session, district, {row.once for row in found})
    retired = {once: month for once, rows in people.items() if (month := _retires_in(rows)) is not None}
    late = [row for row in found if row.once in retired and Month.parse(row.last) > retired[row.once]]
    spent: dict[tuple[int, str], dict[str, int]] = defaultdict(dict)
    if late:
        months = uses(
            district, period, EvidenceKind.INSURED_MONTH,
            Award.id, ONCE.label("once"), EvidenceLine.month, EvidenceUse.amount_fen,
        ).where(Award.id.in_({row.id for row in late}))  # fmt: skip
        for row in session.execute(months):
            spent[row.id, row.once][row.month] = row.amount_fen
    for row in late:
        person, month = people[row.once].get(row.tenant_id) or next(iter(people[row.once].values())), retired[row.once]
        after = {it: fen for it, fen in spent[row.id, row.once].items() if Month.parse(it) > month}
        yield Found(
            key=f"award:{row.id}:person:{row.once[:16]}",
            facts={"person_ids": [person.id], "retirement_month": str(month), "months": sorted(after)},
            letters=present(row.letter_id),
            amount_fen=sum(after.values()),
            tenant=row.tenant_id,
            operator=row.operator_id,
            case=row.case_id,
        )


def _people(session: Session, district: District, wanted: Collection[str]) -> dict[str, dict[int, InsuredPerson]]:
    """Of the persons with these blind indexes, whose numbers tell their age, the rows by index and tenant."""
    found: dict[str, dict[int, InsuredPerson]] = defaultdict(dict)
    marks = sorted(wanted)
    for start in range(0, len(marks), PIECE):
        some = select(InsuredPerson).where(
            InsuredPerson.id_number_once.in_(marks[start : start + PIECE]), InsuredPerson.id_type.in_(BY_NUMBER)
        )
        for person in session.scalars(some.where(of_district(InsuredPerson, district)).order_by(InsuredPerson.id)):
            found[person.id_number_once].setdefault(person.tenant_id, person)
    return found


def _retires_in(rows: Mapping[int, InsuredPerson]) -> Month | None:
    """The month in which a person reaches the age. The number is opened here and kept nowhere."""
    number = next(iter(rows.values())).id_number or ""
    born = birth_date(number)
    return None if born is None else settings.retires_in(born, man=int(number[16]) % 2 == 1)


def person_month_twice(session: Session, district: District, period: Period) -> Iterable[Found]:
    return spent_twice(session, district, period, EvidenceKind.INSURED_MONTH)


RULES = (
    Rule(
        "insured_elsewhere",
        N_("同一人当月在别处参保"),
        N_("%(person_ids)s在%(months)s按本企业参保享受了补贴，同月还由别的单位（%(employer_usccs)s）缴纳社会保险。"),
        N_("一个人同一个月只应有一个用工单位。两处参保，可能是挂靠参保，也可能是换工作当月的重叠。"),
        N_("核对社保缴费记录和劳动合同的起止日期；只有一个月重叠的，看是否为换工作的月份。"),
        insured_elsewhere,
        "people",
    ),
    Rule(
        "over_retirement_age",
        N_("超过法定退休年龄"),
        N_("%(person_ids)s在%(retirement_month)s达到法定退休年龄，之后的%(months)s仍按参保人员享受补贴。"),
        N_("达到法定退休年龄后，通常不再属于应当参保的职工；可能是返聘人员充数。女性按55周岁一档的年龄计算。"),
        N_("核对是否办理弹性延迟退休，以及政策是否限定年龄；身份证件不能显示性别和出生日期的不在此列。"),
        over_retirement_age,
        "people",
    ),
    Rule(
        "person_month_twice",
        N_("同一人同月用于两笔核定"),
        N_("参保凭据%(line_ids)s（%(months)s）同时用于%(case_ids)s。"),
        N_("一个参保人月只能享受一次。台账会拒绝第二次使用，因此这种记录说明数据曾绕过台账写入。"),
        N_("查看两份通知书的凭据清单和日志，确认哪一笔先核定，第二笔是怎样写入的。"),
        person_month_twice,
        "people",
    ),
)
