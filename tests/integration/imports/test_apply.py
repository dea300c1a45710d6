"""Files into the database: all or nothing, the same again changes nothing, nobody else's rows, the trail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.data import models as m
from core.data.asker import Asker
from core.errors import Forbidden
from core.services.imports.apply import Outcome, apply, preview
from core.services.imports.sheets import BY_KEY
from tests import factories
from tests.support.books import GOOD, TODAY, USCC, errors, notices, put, rows_for, table, workbook

pytestmark = pytest.mark.one_engine

OPERATOR_SHEETS = ("sites", "spaces", "tenants", "founders", "leases", "rent", "indicators", "mentors")
COUNTED = (
    m.Site, m.Space, m.Enterprise, m.Tenant, m.StageMove, m.Occupancy, m.Founder, m.Lease, m.LeaseSpace, m.RentTerm,
    m.RentPayment, m.InsuredPerson, m.Employment, m.AuditEvent, m.SitePaper, m.Floor, m.Indicator, m.Mentor,
)  # fmt: skip


def book(**changes: list[dict[str, Any]]) -> bytes:
    """A workbook of the operator's eight sheets, each with the good row unless other rows are given."""

    def fill(made: Any) -> None:
        for key in OPERATOR_SHEETS:
            page = made.add_worksheet(BY_KEY[key].title)
            page.day = made.day
            for r, row in enumerate(rows_for(key, *changes.get(key, [{}]))):
                for c, cell in enumerate(row):
                    put(page, r, c, cell)

    return workbook(fill)


def sheet(key: str, *changes: dict[str, Any]) -> bytes:
    return table(rows_for(key, *changes), BY_KEY[key].title)


def everything(session: Session) -> dict[str, int]:
    session.flush()
    return {model.__tablename__: session.scalar(select(func.count()).select_from(model)) or 0 for model in COUNTED}


def counts(outcome: Outcome) -> dict[str, tuple[int, int, int]]:
    return {key: tuple(total.values()) for key, total in outcome.counts().items()}  # type: ignore[misc]


@pytest.fixture
def operator(session: Session) -> m.Operator:
    return factories.operator(session, factories.district(session, region="310109"))


@pytest.fixture
def act_as(session: Session) -> Callable[..., Asker]:
    """Ask as a member from now on."""

    def become(role: m.Role, **scope: Any) -> Asker:
        user = factories.user(session, role, **scope)
        session.flush()
        session.info["asker"] = Asker.member(user.memberships[0])
        return session.info["asker"]

    return become


def test_preview_leaves_nothing_and_says_what_apply_does(session: Session, operator: m.Operator, act_as: Any) -> None:
    act_as(m.Role.OPERATOR_MANAGER, operator=operator)
    before = everything(session)
    seen = preview(session, operator, book(), "全部.xlsx", today=TODAY)
    assert errors(seen) == []
    assert everything(session) == before
    assert (seen.ok, seen.applied) == (True, False)

    done = apply(session, operator, book(), "全部.xlsx", today=TODAY)
    assert done.applied
    assert counts(done) == counts(seen) == dict.fromkeys(OPERATOR_SHEETS, (1, 0, 0))

    payment = session.scalars(select(m.RentPayment)).one()
    assert (payment.month, payment.paid_fen, payment.voucher, payment.grade) == (
        "2025-03",
        280000,
        "V1",
        m.Grade.OPERATOR,
    )
    assert payment.paper_sha256 == done.sha256
    lease = payment.lease
    assert [row.space.code for row in lease.spaces] == ["A-1"]
    assert [(t.from_on, t.monthly_rent_fen) for t in lease.terms] == [(date(2024, 9, 1), 280000)]
    tenant = lease.tenant
    assert (tenant.name, tenant.uscc, tenant.stage) == ("甲公司", USCC, m.Stage.INCUBATOR)
    assert [(s.stage, s.from_on, s.to_on) for s in tenant.stage_moves] == [(m.Stage.INCUBATOR, date(2024, 9, 2), None)]
    assert [o.kind for o in tenant.occupancies] == [m.OccupancyKind.PHYSICAL]
    assert [f.name for f in tenant.founders] == ["苏喆"]


def test_the_same_file_twice_changes_nothing(session: Session, operator: m.Operator, act_as: Any) -> None:
    act_as(m.Role.OPERATOR_MANAGER, operator=operator)
    rich = book(
        tenants=[{"nursery_from": date(2024, 3, 1), "registered_on": date(2024, 9, 2), "contact_phone": "13800000000"}],
        founders=[{"id_number": "310109199001019990", "household": "本区", "categories": "高校毕业生", "permit": "无"}],
        leases=[{"steps": "2026-01-01起3200", "rent_free": "2024-09、2025-09", "deposit_fen": 5600}],
        rent=[{}, {"month": "2025-04", "voucher": None}, {"month": "2025-05", "paid_fen": None}],
    )
    assert apply(session, operator, rich, "a.xlsx", today=TODAY).applied
    before = everything(session)
    again = apply(session, operator, rich, "a.xlsx", today=TODAY)
    assert again.changes_nothing
    assert counts(again) == dict.fromkeys(OPERATOR_SHEETS, (0, 0, 1)) | {"rent": (0, 0, 3)}
    assert everything(session) == before | {"audit_events": before["audit_events"] + 1}
    terms = session.scalars(select(m.RentTerm).order_by(m.RentTerm.from_on)).all()
    assert [(t.from_on.isoformat(), t.monthly_rent_fen) for t in terms] == [
        ("2024-09-01", 0), ("2024-10-01", 280000), ("2025-09-01", 0), ("2025-10-01", 280000), ("2026-01-01", 320000),
    ]  # fmt: skip


def test_changes_are_counted_and_shown(session: Session, operator: m.Operator, act_as: Any) -> None:
    act_as(m.Role.OPERATOR_MANAGER, operator=operator)
    apply(session, operator, book(), "a.xlsx", today=TODAY)
    other = book(
        spaces=[{"status": "已租"}, {"code": "A-2"}],
        tenants=[{"accelerator_from": date(2026, 1, 1), "incubator_from": date(2024, 9, 3)}],
        leases=[{"spaces": "A-2", "monthly_rent_fen": 3000}],
        rent=[{"paid_fen": 2900.55}],
    )
    done = apply(session, operator, other, "b.xlsx", today=TODAY)
    assert errors(done) == []
    assert counts(done) == {
        "sites": (0, 0, 1), "spaces": (1, 1, 0), "tenants": (0, 1, 0), "founders": (0, 0, 1), "leases": (0, 1, 0),
        "rent": (0, 1, 0), "indicators": (0, 0, 1), "mentors": (0, 0, 1),
    }  # fmt: skip
    told = {c.header: (c.before, c.after) for s in done.sheets for row in s.preview for c in row.changes}
    assert told["实收金额（元）"] == ("2,800.00", "2,900.55")
    assert told["进入加速器日期"] == ("", "2026-01-01")
    assert told["场地编号"] == ("A-1", "A-2")
    tenant = session.scalars(select(m.Tenant)).one()
    assert tenant.stage is m.Stage.ACCELERATOR
    assert [(s.from_on, s.to_on) for s in tenant.stage_moves] == [
        (date(2024, 9, 3), date(2025, 12, 31)), (date(2026, 1, 1), None),
    ]  # fmt: skip
    session.expire_all()
    lease = session.scalars(select(m.Lease)).one()
    assert [row.space.code for row in lease.spaces] == ["A-2"]
    assert [t.monthly_rent_fen for t in lease.terms] == [300000]


def test_an_empty_cell_wipes_nothing_out(session: Session, operator: m.Operator, act_as: Any) -> None:
    act_as(m.Role.OPERATOR_MANAGER, operator=operator)
    apply(session, operator, book(tenants=[{"untrustworthy": "否", "industry": "软件"}]), "a.xlsx", today=TODAY)
    done = apply(session, operator, book(tenants=[{"untrustworthy": None, "industry": ""}]), "a.xlsx", today=TODAY)
    assert done.changes_nothing
    tenant = session.scalars(select(m.Tenant)).one()
    assert (tenant.untrustworthy, tenant.industry) == (False, "软件")


def test_one_error_and_nothing_is_taken(session: Session, operator: m.Operator, act_as: Any) -> None:
    act_as(m.Role.OPERATOR_MANAGER, operator=operator)
    before = everything(session)
    done = apply(session, operator, book(rent=[{}, {"month": "2025-04", "lease": "L-9"}]), "a.xlsx", today=TODAY)
    assert not done.applied
    assert errors(done) == [
        "工作表“租金收款” 第 3 行 B 列（协议编号）：没有找到协议“L-9”。请先在“入驻协议”表中登记，或核对编号。"
    ]
    assert everything(session) == before
    assert {s.key: s.errors for s in done.sheets if s.errors} == {"rent": 1}


def test_errors_are_not_repeated_by_the_sheets_that_follow(session: Session, operator: m.Operator, act_as: Any) -> None:
    act_as(m.Role.OPERATOR_MANAGER, operator=operator)
    done = apply(session, operator, book(tenants=[{"uscc": "91310109MA1G5XY15R"}]), "a.xlsx", today=TODAY)
    assert len(errors(done)) == 1
    assert "校验码" in errors(done)[0]


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"spaces": [{"site": "乙园"}]}, "没有名为“乙园”的载体"),
        ({"leases": [{"spaces": "A-1、A-7"}]}, "没有场地 A-7"),
        ({"founders": [{"tenant": "丙公司"}]}, "没有找到企业“丙公司”"),
        ({"rent": [{"lease": None, "month": "2024-08"}]}, "这个月有 0 份协议"),
        ({"rent": [{"grade": "政府部门"}]}, "不能使用这个来源等级"),
        ({"rent": [{}, {"tenant": USCC}]}, "同一协议、同一月份、同一凭证"),
    ],
)
def test_what_does_not_fit(session: Session, operator: m.Operator, act_as: Any, changes: Any, word: str) -> None:
    act_as(m.Role.OPERATOR_MANAGER, operator=operator)
    done = apply(session, operator, book(**changes), "a.xlsx", today=TODAY)
    assert not done.applied
    assert any(word in e for e in errors(done)), errors(done)


def test_a_unit_is_let_once_on_a_day(session: Session, operator: m.Operator, act_as: Any) -> None:
    """In the same file and against what is there; leases that follow each other are fine, in the order of the file."""
    act_as(m.Role.OPERATOR_MANAGER, operator=operator)
    first = {"number": "L-1", "starts_on": date(2025, 1, 1), "ends_on": date(2025, 12, 31)}
    later = {"number": "L-2", "starts_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31)}
    done = apply(session, operator, book(leases=[first, later]), "a.xlsx", today=TODAY)
    assert errors(done) == []
    between = {"number": "L-3", "starts_on": date(2025, 6, 1), "ends_on": date(2025, 6, 30)}
    done = apply(session, operator, book(leases=[between]), "b.xlsx", today=TODAY)
    assert any("已由“" in it and "承租（协议 L-1）" in it for it in errors(done))
    moved = [first | {"ends_on": date(2025, 11, 30)}, later | {"starts_on": date(2025, 12, 1)}]
    assert errors(apply(session, operator, book(leases=moved), "c.xlsx", today=TODAY)) == []


def test_rent_finds_its_lease_and_payer(session: Session, operator: m.Operator, act_as: Any) -> None:
    act_as(m.Role.OPERATOR_MANAGER, operator=operator)
    rows = [
        {"lease": None, "payer_name": "甲公司"},
        {"month": "2025-04", "tenant": USCC, "payer_name": "某某"},
        {"month": "2025-05", "payer_name": "某某", "payer": "本企业"},
        {"month": "2024-05"},
    ]
    done = apply(session, operator, book(rent=rows), "a.xlsx", today=TODAY)
    assert errors(done) == []
    paid = session.scalars(select(m.RentPayment).order_by(m.RentPayment.month)).all()
    assert [p.payer for p in paid] == [None, m.Payer.TENANT, None, m.Payer.TENANT]
    assert any("付款方与企业名称不同" in n for n in notices(done))
    assert any("不在协议期内" in n for n in notices(done))


def test_rent_that_a_payment_made_is_not_the_sheets_to_change(
    session: Session, operator: m.Operator, act_as: Any
) -> None:
    act_as(m.Role.OPERATOR_MANAGER, operator=operator)
    apply(session, operator, book(rent=[{}]), "a.xlsx", today=TODAY)
    rent = session.scalars(select(m.RentPayment)).one()
    scope = {"operator_id": operator.id, "tenant_id": rent.tenant_id}
    payment = m.Payment(
        received_on=TODAY, amount_fen=1, free_fen=0, method=m.PaymentMethod.TRANSFER, reference=rent.voucher, **scope
    )
    session.add(payment)
    session.flush()
    rent.payment_id, paid = payment.id, rent.paid_fen
    session.flush()
    assert errors(apply(session, operator, book(rent=[{}]), "b.xlsx", today=TODAY)) == [], "the same is no change"
    done = apply(session, operator, book(rent=[{"paid_fen": 1}]), "c.xlsx", today=TODAY)
    assert any("由账单收款形成" in it for it in errors(done))
    session.refresh(rent)
    assert rent.paid_fen == paid


def test_a_team_becomes_a_company(session: Session, operator: m.Operator, act_as: Any) -> None:
    act_as(m.Role.OPERATOR_MANAGER, operator=operator)
    team = {"legal_form": "团队", "uscc": None, "incubator_from": None, "nursery_from": date(2024, 9, 1)}
    apply(session, operator, sheet("tenants", team), "a.xlsx", today=TODAY)
    tenant = session.scalars(select(m.Tenant)).one()
    assert (tenant.kind, tenant.enterprise_id, tenant.stage) == (m.TenantKind.TEAM, None, m.Stage.NURSERY)
    done = apply(session, operator, sheet("tenants", {"incubator_from": date(2025, 1, 1)}), "b.xlsx", today=TODAY)
    assert counts(done) == {"tenants": (0, 1, 0)}
    assert (tenant.kind, tenant.uscc, tenant.stage) == (m.TenantKind.COMPANY, USCC, m.Stage.INCUBATOR)
    assert session.get_one(m.Enterprise, tenant.enterprise_id).uscc == USCC


def test_a_company_that_changes_its_name_stays_itself(session: Session, operator: m.Operator, act_as: Any) -> None:
    act_as(m.Role.OPERATOR_MANAGER, operator=operator)
    apply(session, operator, sheet("tenants"), "a.xlsx", today=TODAY)
    done = apply(session, operator, sheet("tenants", {"name": "甲新公司"}), "b.xlsx", today=TODAY)
    assert counts(done) == {"tenants": (0, 1, 0)}
    other = {"uscc": factories.uscc(1), "name": "甲新公司"}
    done = apply(session, operator, sheet("tenants", other), "c.xlsx", today=TODAY)
    assert "同名企业已登记为另一个统一社会信用代码" in errors(done)[0]


def test_one_enterprise_at_two_operators(session: Session, operator: m.Operator, act_as: Any) -> None:
    second = factories.operator(session, session.get_one(m.District, operator.district_id))
    for one in (operator, second):
        act_as(m.Role.OPERATOR_MANAGER, operator=one)
        assert apply(session, one, book(), "a.xlsx", today=TODAY).applied
    session.info["asker"] = Asker.system("tests")
    assert session.scalar(select(func.count()).select_from(m.Enterprise)) == 1
    assert session.scalar(select(func.count()).select_from(m.Tenant)) == 2


def test_nobody_writes_into_another_operator(session: Session, operator: m.Operator, act_as: Any) -> None:
    second = factories.operator(session, session.get_one(m.District, operator.district_id))
    act_as(m.Role.OPERATOR_MANAGER, operator=operator)
    assert apply(session, operator, book(), "a.xlsx", today=TODAY).applied
    with pytest.raises(Forbidden):
        apply(session, second, book(), "a.xlsx", today=TODAY)
    # The neighbour's rent names a tenant and a lease that only the first operator has.
    act_as(m.Role.OPERATOR_MANAGER, operator=second)
    done = apply(session, second, sheet("rent"), "a.xlsx", today=TODAY)
    assert not done.applied
    assert "没有找到企业" in errors(done)[0]
    done = apply(session, second, sheet("insured"), "a.xlsx", today=TODAY)
    assert "不能导入“参保人员”" in errors(done)[0]


def test_a_tenant_brings_its_own_people_only(session: Session, operator: m.Operator, act_as: Any) -> None:
    tenant = factories.tenant(session, operator, name="甲公司", uscc=USCC)
    factories.tenant(session, operator, name="乙公司")
    act_as(m.Role.FOUNDER, tenant=tenant)
    done = apply(session, operator, sheet("insured", {"tenant": "乙公司"}), "a.xlsx", today=TODAY)
    assert "这不是本企业" in errors(done)[0]
    done = apply(
        session, operator, sheet("insured", {}, {"month": "2025-04", "grade": "社保部门"}), "a.xlsx", today=TODAY
    )
    assert "不能使用这个来源等级" in errors(done)[0]
    assert "不能导入“租金收款”" in errors(apply(session, operator, sheet("rent"), "a.xlsx", today=TODAY))[0]
    done = apply(
        session, operator, sheet("insured", {}, {"month": "2025-04", "filing_uscc": None}), "a.xlsx", today=TODAY
    )
    assert errors(done) == []
    rows = session.scalars(select(m.Employment).order_by(m.Employment.month)).all()
    assert [(r.month, r.filing_uscc, r.household, r.grade) for r in rows] == [
        ("2025-03", USCC, "district", m.Grade.APPLICANT), ("2025-04", None, "district", m.Grade.APPLICANT),
    ]  # fmt: skip
    person = rows[0].person
    assert rows[1].person_id == person.id
    assert (person.name, person.id_number) == ("林玥", "310109199505059996")
    assert not [p for s in done.sheets for p in s.preview if "19950505" in str(p) or "林玥" in str(p)]


def test_a_weaker_source_never_overwrites_a_better_one(session: Session, operator: m.Operator, act_as: Any) -> None:
    tenant = factories.tenant(session, operator, name="甲公司", uscc=USCC)
    act_as(m.Role.WINDOW, district=session.get_one(m.District, operator.district_id))
    assert apply(session, None, sheet("insured"), "社保.xlsx", today=TODAY).applied
    row = session.scalars(select(m.Employment)).one()
    assert row.grade is m.Grade.GOVERNMENT
    paper = row.paper_sha256

    act_as(m.Role.FOUNDER, tenant=tenant)
    same = apply(session, operator, sheet("insured", {"household": None}), "a.xlsx", today=TODAY)
    assert same.changes_nothing
    differs = apply(session, operator, sheet("insured", {"household": "外省市"}), "a.xlsx", today=TODAY)
    assert "不能用等级较低的来源改写" in errors(differs)[0]
    session.refresh(row)
    assert (row.household, row.grade, row.paper_sha256) == ("district", m.Grade.GOVERNMENT, paper)


def test_checked_rent_is_not_overwritten(session: Session, operator: m.Operator, act_as: Any) -> None:
    act_as(m.Role.OPERATOR_MANAGER, operator=operator)
    assert apply(session, operator, book(), "a.xlsx", today=TODAY).applied
    payment = session.scalars(select(m.RentPayment)).one()
    payment.grade = m.Grade.VERIFIED_ORIGINAL  # an officer has seen the voucher
    assert apply(session, operator, book(), "a.xlsx", today=TODAY).changes_nothing
    differs = apply(session, operator, book(rent=[{"paid_fen": 1}]), "a.xlsx", today=TODAY)
    assert "不能用等级较低的来源改写" in errors(differs)[0]
    session.refresh(payment)
    assert (payment.paid_fen, payment.grade) == (280000, m.Grade.VERIFIED_ORIGINAL)


def test_a_better_source_takes_over(session: Session, operator: m.Operator, act_as: Any) -> None:
    tenant = factories.tenant(session, operator, name="甲公司", uscc=USCC)
    act_as(m.Role.FOUNDER, tenant=tenant)
    assert apply(session, operator, sheet("insured"), "a.xlsx", today=TODAY).applied
    act_as(m.Role.WINDOW, district=session.get_one(m.District, operator.district_id))
    done = apply(session, None, sheet("insured"), "社保.csv", today=TODAY, paper="f" * 64)
    assert counts(done) == {"insured": (0, 1, 0)}
    row = session.scalars(select(m.Employment)).one()
    assert (row.grade, row.paper_sha256) == (m.Grade.GOVERNMENT, "f" * 64)


def test_the_trail_holds_counts_and_no_names(session: Session, operator: m.Operator, act_as: Any) -> None:
    act_as(m.Role.OPERATOR_MANAGER, operator=operator)
    done = apply(session, operator, book(), "苏喆的表.xlsx", today=TODAY)
    event = session.scalars(select(m.AuditEvent).where(m.AuditEvent.action == "import.applied")).one()
    assert (event.action, event.subject_type, event.subject_id) == ("import.applied", "operator", operator.id)
    assert event.detail == {"file": done.sha256, "rows": done.counts()}
    apply(session, operator, book(rent=[{"paid_fen": -1}]), "b.xlsx", today=TODAY)
    preview(session, operator, book(), "b.xlsx", today=TODAY)
    assert session.scalar(select(func.count()).select_from(m.AuditEvent)) == 2, (
        "the import, and the mentor it appointed"
    )


def test_auditors_and_strangers_bring_nothing(session: Session, operator: m.Operator) -> None:
    session.info["asker"] = Asker.nobody()
    with pytest.raises(Forbidden):
        apply(session, operator, book(), "a.xlsx", today=TODAY)
    assert GOOD


def test_what_cannot_be_right_is_told_as_such(session: Session, operator: m.Operator, act_as: Any) -> None:
    """Not as whatever the database says of it."""
    act_as(m.Role.OPERATOR_MANAGER, operator=operator)
    done = apply(session, operator, book(leases=[{"ends_on": date(2024, 1, 1)}]), "a.xlsx", today=TODAY)
    assert "终止日期早于起始日期" in errors(done)[0]
    assert not done.applied


def test_mentors_come_in_by_the_rules_of_their_page(session: Session, operator: m.Operator, act_as: Any) -> None:
    act_as(m.Role.OPERATOR_MANAGER, operator=operator)
    assert apply(session, operator, sheet("mentors"), "导师.xlsx", today=TODAY).applied
    mentor = session.scalars(select(m.Mentor)).one()
    assert (mentor.areas, set(mentor.languages), set(mentor.stages)) == (
        ["软件", "生物医药"], {"zh", "en"}, {"nursery", "incubator"},
    )  # fmt: skip
    assert (mentor.kind, mentor.phone, mentor.capacity) == (m.MentorKind.INVESTOR, "13800000000", 3)
    other = {"capacity": 2, "phone": None, "stages": "孵化器、加速器"}
    changed = apply(session, operator, sheet("mentors", other), "导师.xlsx", today=TODAY)
    assert counts(changed) == {"mentors": (0, 1, 0)}
    told = {c.header: (c.before, c.after) for s in changed.sheets for row in s.preview for c in row.changes}
    assert told == {"辅导阶段": ("孵化器、苗圃", "加速器、孵化器"), "最多结对数": ("3", "2")}
    assert (mentor.capacity, mentor.phone) == (2, "13800000000"), "an empty cell says nothing"
    for _ in range(2):
        factories.pairing(session, mentor, factories.tenant(session, operator))
    refused = apply(session, operator, sheet("mentors", {"capacity": 1}), "导师.xlsx", today=TODAY)
    assert not refused.applied
    assert any("正与2家企业结对" in said for said in errors(refused))
    assert mentor.capacity == 2
