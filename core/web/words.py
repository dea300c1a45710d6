"""What the closed lists of a tenant's file are called. One place, so that a page, a list and a file say the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _

from core.data.models import (
    Appointer,
    EnquiryState,
    EnquiryStepKind,
    EvidenceKind,
    FilingChannel,
    FilingResult,
    FundingKind,
    Household,
    IdType,
    LegalForm,
    MentorKind,
    MentorStatus,
    MilestoneKind,
    OccupancyKind,
    PairingSource,
    Permit,
    PrizeLevel,
    Relation,
    ReplacementCause,
    RoundState,
    RunState,
    SessionForm,
    SessionStatus,
    SpaceKind,
    Stage,
    SupportLevel,
    TenantDocumentKind,
    TenantKind,
    TieKind,
    WishKind,
)
from core.services import mentors

Words = Mapping[Any, Any]

TENANT_KINDS: Words = {TenantKind.TEAM: _("团队"), TenantKind.COMPANY: _("企业")}
LEGAL_FORMS: Words = {
    LegalForm.COMPANY: _("有限责任公司"),
    LegalForm.SOLE_PROPRIETORSHIP: _("个人独资企业"),
    LegalForm.PARTNERSHIP: _("合伙企业"),
    LegalForm.INDIVIDUAL_BUSINESS: _("个体工商户"),
    LegalForm.COOPERATIVE: _("农民合作社"),
    LegalForm.PRIVATE_NONPROFIT: _("民办非企业单位"),
}
ENTRY_STAGES: Words = {
    Stage.NURSERY: _("苗圃"),
    Stage.INCUBATOR: _("孵化器"),
    Stage.ACCELERATOR: _("加速器"),
}
OCCUPANCIES: Words = {
    OccupancyKind.PHYSICAL: _("实体入驻"),
    OccupancyKind.REGISTERED_ONLY: _("仅注册"),
    OccupancyKind.OFFICE_ONLY: _("仅办公"),
}
SPACE_KINDS: Words = {
    SpaceKind.ROOM: _("独立房间"),
    SpaceKind.DESK: _("工位"),
    SpaceKind.LAB: _("实验室"),
    SpaceKind.MEETING_ROOM: _("会议室"),
}
ENQUIRY_STATES: Words = {
    EnquiryState.NEW: _("新咨询"),
    EnquiryState.VISITED: _("已看房"),
    EnquiryState.OFFERED: _("已报价"),
    EnquiryState.WON: _("已入驻"),
    EnquiryState.LOST: _("未成"),
}
ENQUIRY_TONES = {
    EnquiryState.NEW: "neutral",
    EnquiryState.VISITED: "info",
    EnquiryState.OFFERED: "warning",
    EnquiryState.WON: "success",
    EnquiryState.LOST: "danger",
}
ENQUIRY_STEPS: Words = {
    EnquiryStepKind.CALL: _("电话"),
    EnquiryStepKind.VISIT: _("看房"),
    EnquiryStepKind.OFFER: _("报价"),
}
DOCUMENTS: Words = {
    TenantDocumentKind.LICENCE: _("营业执照"),
    TenantDocumentKind.INCUBATION_AGREEMENT: _("孵化协议"),
    TenantDocumentKind.PERMIT: _("经营许可"),
    TenantDocumentKind.QUALIFICATION: _("资质证书"),
    TenantDocumentKind.INTELLECTUAL_PROPERTY: _("知识产权"),
    TenantDocumentKind.FINANCIAL: _("财务报表"),
    TenantDocumentKind.OTHER: _("其他材料"),
}
FUNDING: Words = {
    FundingKind.ANGEL: _("天使投资"),
    FundingKind.VENTURE: _("创业投资"),
    FundingKind.INCUBATION_FUND: _("孵化资金"),
    FundingKind.OTHER: _("其他融资"),
}
MILESTONES: Words = {
    MilestoneKind.HIGH_TECH: _("高新技术企业"),
    MilestoneKind.MERGED: _("被兼并"),
    MilestoneKind.ACQUIRED: _("被收购"),
    MilestoneKind.LISTED: _("挂牌上市"),
    MilestoneKind.PRIZE: _("获奖"),
    MilestoneKind.OTHER: _("其他里程碑"),
}
PRIZE_LEVELS: Words = {
    PrizeLevel.DISTRICT: _("区级"),
    PrizeLevel.CITY: _("市级"),
    PrizeLevel.NATIONAL: _("国家级"),
}
SUPPORT_LEVELS: Words = {
    SupportLevel.CITY: _("市级"),
    SupportLevel.DISTRICT: _("其他区"),
    SupportLevel.OTHER: _("本区其他渠道"),
}
SUPPORT_KINDS: Words = {
    EvidenceKind.RENT_MONTH: _("房租"),
    EvidenceKind.INSURED_MONTH: _("社会保险费（当月全部参保人员）"),
}
FILING_CHANNELS: Words = {
    FilingChannel.COUNTER: _("现场"),
    FilingChannel.ONLINE: _("网上"),
    FilingChannel.POST: _("邮寄"),
}
FILING_RESULTS: Words = {
    FilingResult.ACCEPTED: _("已受理"),
    FilingResult.RETURNED: _("退回补正"),
    FilingResult.APPROVED: _("已批准"),
    FilingResult.REFUSED: _("不予批准"),
}
FILING_TONES = {
    FilingResult.ACCEPTED: "info",
    FilingResult.RETURNED: "warning",
    FilingResult.APPROVED: "success",
    FilingResult.REFUSED: "danger",
}
ID_TYPES: Words = {
    IdType.RESIDENT: _("居民身份证"),
    IdType.HK_MO_TW: _("港澳台居民居住证"),
    IdType.PASSPORT: _("护照"),
    IdType.FOREIGN_PERMANENT: _("外国人永久居留身份证"),
}
HOUSEHOLDS: Words = {
    Household.DISTRICT: _("本区"),
    Household.CITY: _("本市其他区"),
    Household.ELSEWHERE: _("外省市"),
}
PERMITS: Words = {
    Permit.RESIDENCE_PERMIT: _("上海市居住证"),
    Permit.HK_MO_TW_RESIDENCE_PERMIT: _("港澳台居民居住证"),
    Permit.OVERSEAS_TALENT_PERMIT: _("海外人才居住证"),
    Permit.RETURNEE_ENTERPRISE: _("留学人员来沪创办企业资格认定"),
    Permit.NONE: _("无居住证件"),
}
CATEGORIES: Words = {
    "graduate": _("高校毕业生"),
    "hard_to_employ": _("就业困难人员"),
    "disabled": _("残疾人"),
    "veteran": _("退役军人"),
    "returnee": _("海外留学人员"),
    "local_youth": _("本市青年"),
}
FACTS: Words = {
    "name": _("名称"),
    "kind": _("类型"),
    "uscc": _("统一社会信用代码"),
    "legal_form": _("组织形式"),
    "small_or_micro": _("小微企业"),
    "registered_on": _("注册日期"),
    "registered_region": _("注册地区划"),
    "registered_address": _("注册地址"),
    "operating_region": _("经营地区划"),
    "industry": _("行业"),
    "labour_dispatch": _("劳务派遣"),
    "untrustworthy": _("失信被执行人"),
    "contact_name": _("联系人"),
    "contact_phone": _("联系电话"),
    "contact_email": _("联系邮箱"),
}
TABLES: Words = {
    "founders": _("创始人"),
    "contacts": _("联系人"),
    "occupancies": _("入驻记录"),
    "stage_moves": _("孵化履历"),
    "stage_decisions": _("阶段决定"),
    "leases": _("入驻协议"),
    "rent_payments": _("租金收款"),
    "insured_persons": _("参保人员"),
    "employments": _("参保月份"),
    "indicators": _("季度指标"),
    "funding_rounds": _("融资"),
    "milestones": _("里程碑"),
    "tenant_documents": _("材料"),
    "stored_files": _("文件"),
    "packages": _("申报材料包"),
    "package_files": _("申报材料包文件"),
    "outside_filings": _("外部办理"),
    "notes": _("备注"),
    "departures": _("退出清单"),
    "enquiries": _("招商线索"),
    "memberships": _("企业成员"),
    "invitations": _("成员邀请"),
    "tenants": _("已并入的档案"),
    "bookings": _("会议室预订"),
    "event_registrations": _("活动报名"),
}
DEPARTURE_STEPS: Words = {
    "handover": _("场地交接"),
    "address": _("注册地址迁出"),
    "deposit": _("押金结清"),
}

# ── mentors ──────────────────────────────────────────────────────────────────────────────────────────────────────────
MENTOR_KINDS: Words = {
    MentorKind.ENTREPRENEUR: _("企业家"),
    MentorKind.INVESTOR: _("投资人"),
    MentorKind.CONSULTANT: _("专业顾问"),
}
APPOINTERS: Words = {
    Appointer.INCUBATOR: _("孵化机构"),
    Appointer.AUTHORITY: _("主管部门"),
    Appointer.ASSOCIATION: _("行业协会"),
}
MENTOR_STATUSES: Words = {
    MentorStatus.ACTIVE: _("在任"),
    MentorStatus.PAUSED: _("暂停"),
    MentorStatus.ENDED: _("已结束"),
}
MENTOR_TONES = {MentorStatus.ACTIVE: "success", MentorStatus.PAUSED: "warning", MentorStatus.ENDED: "neutral"}
TIE_KINDS: Words = {
    TieKind.SHAREHOLDING: _("持股"),
    TieKind.EMPLOYMENT: _("任职"),
    TieKind.KINSHIP: _("亲属"),
    TieKind.LANDLORD: _("房东"),
    TieKind.OTHER: _("其他关系"),
}
PAIRING_SOURCES: Words = {PairingSource.ROUND: _("匹配轮次"), PairingSource.BY_HAND: _("人工安排")}
ROUND_STATES: Words = {
    RoundState.OPEN: _("进行中"),
    RoundState.ADOPTED: _("已采用"),
    RoundState.DISCARDED: _("已作废"),
}
ROUND_TONES = {RoundState.OPEN: "info", RoundState.ADOPTED: "success", RoundState.DISCARDED: "neutral"}
RUN_STATES: Words = {RunState.WAITING: _("正在计算"), RunState.DONE: _("已完成"), RunState.FAILED: _("未能计算")}
RUN_TONES = {RunState.WAITING: "info", RunState.DONE: "success", RunState.FAILED: "danger"}
WISH_KINDS: Words = {WishKind.PIN: _("指定"), WishKind.BAN: _("排除")}
SESSION_FORMS: Words = {SessionForm.IN_PERSON: _("当面"), SessionForm.ONLINE: _("线上")}
SESSION_STATUSES: Words = {
    SessionStatus.BOOKED: _("已预约"),
    SessionStatus.HELD: _("已完成"),
    SessionStatus.CANCELLED: _("已取消"),
    SessionStatus.MISSED: _("缺席"),
}
SESSION_TONES = {
    SessionStatus.BOOKED: "info",
    SessionStatus.HELD: "success",
    SessionStatus.CANCELLED: "neutral",
    SessionStatus.MISSED: "danger",
}
LANGUAGES: Words = {code: _(word) for code, word in mentors.LANGUAGES.items()}
TOPICS: Words = {word: _(word) for word in mentors.TOPICS}

REPLACEMENTS: Words = {
    ReplacementCause.MISPRINT: _("名称、地址印错"),
    ReplacementCause.LOST: _("遗失"),
}
RELATIONS: Words = {
    Relation.FAMILY: _("近亲属"),
    Relation.SHAREHOLDING: _("持股"),
    Relation.BUSINESS: _("业务往来"),
    Relation.OTHER: _("其他"),
}


def prize_name(contest: str, edition: int, level: str) -> str:
    """A prize by what tells it from others: the contest, the year of its edition, the level."""
    return str(_("%(contest)s（%(year)s年，%(level)s）", contest=contest, year=edition, level=PRIZE_LEVELS[level]))
