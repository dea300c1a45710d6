"""Rules over lists from outside (docs/outside-lists.md): an award that stands meets somebody who is on one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import Award, District, Lead, OutsideKind, OutsideList
from core.data.queries import outside as reads
from core.errors import N_
from core.services.leads import EVER, Found, Period, Rule
from core.services.leads.reading import letters_by
from core.services.outside.matching import Meeting, award_of, meetings

_UNION = ("months", "outside_list_ids", "outside_row_ids")


def _find(kind: OutsideKind, session: Session, district: District, period: Period) -> Iterator[Found]:
    """Every meeting. Lists are not narrowed by the period that is looked at: they say themselves what they are of."""
    rule = f"outside.{kind}"
    found = meetings(session, district.id, kind)
    letters = letters_by(session, district, Period(EVER, period.until), Award.id, {it.award_id for it in found})
    # What a list showed stays to be looked into when its rows are deleted, as they must be.
    kept = {lead.key: lead for lead in reads.leads(session, district.id, rule)}
    deleted = set(
        session.scalars(
            select(OutsideList.id).where(OutsideList.district_id == district.id, OutsideList.deleted_at.is_not(None))
        )
    )
    for it in found:
        facts = _facts(it)
        before = kept.pop(it.key, None)
        if before is not None and deleted & set(before.facts["outside_list_ids"]):
            facts = _joined(before.facts, facts)
        yield Found(
            it.key, facts, tuple(letters.get(it.award_id, ())), it.award_fen, it.tenant_id, it.operator_id, it.case_id
        )
    stand = reads.standing(session, {award_of(key) for key in kept})
    for key, lead in kept.items():
        if award_of(key) in stand and deleted & set(lead.facts["outside_list_ids"]):
            yield _again(key, lead)


def _facts(it: Meeting) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "tenant_id": it.tenant_id,
        "case_id": it.case_id,
        "months": list(it.months),
        "outside_list_ids": list(it.list_ids),
        "outside_row_ids": list(it.row_ids),
    }
    if it.founder_id is not None:
        facts["founder_id"] = it.founder_id
    if it.person_id is not None:
        facts["person_id"] = it.person_id
    if it.listed_fen is not None:
        facts["listed_fen"] = it.listed_fen
    return facts


def _joined(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    joined = {**now, **{name: sorted({*before[name], *now[name]}) for name in _UNION}}
    listed = [it["listed_fen"] for it in (before, now) if it.get("listed_fen") is not None]
    return joined | ({"listed_fen": max(listed)} if listed else {})


def _again(key: str, lead: Lead) -> Found:
    letters = tuple(letter.id for letter in lead.letters)
    return Found(key, lead.facts, letters, lead.amount_fen, lead.tenant_id, lead.operator_id, lead.case_id)


def _rule(kind: OutsideKind, title: str, says: str, why: str, what_to_look_at: str) -> Rule:
    return Rule(f"outside.{kind}", title, says, why, what_to_look_at, partial(_find, kind), "outside")


RULES = (
    _rule(
        OutsideKind.UNEMPLOYMENT,
        N_("获补贴期间领取失业金"),
        N_("有人在补贴期间领取失业金（%(months)s）。"),
        N_("领取失业金的人不应同时在企业参保或经营企业；可能是为领补贴而补缴或挂靠。"),
        N_("核对劳动合同、工资流水和社保缴费记录，向失业保险经办机构核实停发日期。"),
    ),
    _rule(
        OutsideKind.RETIRED,
        N_("已退休人员计入补贴"),
        N_("有人已经退休，仍计入补贴或仍列为创始人（%(months)s）。"),
        N_("退休后不再参加职工社会保险，多数补贴也不包括退休人员。"),
        N_("核对退休日期和参保月份，看政策对退休人员的规定。"),
    ),
    _rule(
        OutsideKind.DECEASED,
        N_("死亡人员计入补贴"),
        N_("有人已经死亡，仍计入补贴或仍列为创始人（%(months)s）。"),
        N_("死亡之后不能再参保；可能是冒用身份，也可能是停保不及时。"),
        N_("核对死亡日期、停保日期和材料上的签字。"),
    ),
    _rule(
        OutsideKind.DEREGISTERED,
        N_("注销或吊销后仍获补贴"),
        N_("企业在补贴期间结束前已注销或吊销（%(months)s）。"),
        N_("已经注销或吊销的企业不能申请和领取补贴。"),
        N_("在企业信用信息公示系统核对日期，查收款账户此后是否仍属于该企业。"),
    ),
    _rule(
        OutsideKind.PAID_ELSEWHERE,
        N_("外区已就同期补贴"),
        N_("外区已对同一人或同一企业发过补贴（%(months)s）。"),
        N_("同一事实可能在两个区各领了一次；本系统只能防止本平台内的重复。"),
        N_("向对方区调取核定文件，核对补贴项目、月份和金额，看政策是否允许同时享受。"),
    ),
)
