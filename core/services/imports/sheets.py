"""The nine sheets of an operator, a tenant or the authority."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from core.data.models.leases import Grade, LeaseStatus, Payer
from core.data.models.places import PriceUnit, SiteKind, SiteOwnership, SpaceKind, SpaceStatus
from core.data.models.tenants import Household, IdType, LegalForm, OccupancyKind, Permit, TenantKind
from core.services.imports import kinds as k
from core.services.imports.records import (
    FounderRecord,
    IndicatorRecord,
    InsuredRecord,
    LeaseRecord,
    RentRecord,
    SiteRecord,
    SpaceRecord,
    TenantRecord,
)
from core.services.imports.schema import Column, Sheet
from core.services.imports.sheet_mentors import MENTORS

_HOUSEHOLD = k.choice(
    {"本区": Household.DISTRICT, "本市其他区": Household.CITY, "外省市": Household.ELSEWHERE},
    {"本市": Household.CITY, "外地": Household.ELSEWHERE, "非沪籍": Household.ELSEWHERE, "境外": Household.ELSEWHERE},
)
_ID_TYPE = k.choice(
    {
        "居民身份证": IdType.RESIDENT,
        "港澳台居民居住证": IdType.HK_MO_TW,
        "护照": IdType.PASSPORT,
        "外国人永久居留身份证": IdType.FOREIGN_PERMANENT,
    },
    {"身份证": IdType.RESIDENT, "港澳居民居住证": IdType.HK_MO_TW, "台湾居民居住证": IdType.HK_MO_TW},
)
_GRADE = k.choice(
    {
        "政府部门": Grade.GOVERNMENT,
        "已核原件": Grade.VERIFIED_ORIGINAL,
        "运营机构": Grade.OPERATOR,
        "申请人": Grade.APPLICANT,
    },
    {"社保部门": Grade.GOVERNMENT, "企业自报": Grade.APPLICANT},
)
_TENANT = Column(
    "tenant", "企业名称", k.TENANT, required=True, aliases=("企业", "团队名称", "单位名称", "承租方", "客户名称",
    "公司名称"),
    help=_("填写企业全称或统一社会信用代码，须与“企业”表一致。"), example="示例启航信息科技（上海）有限公司",
)  # fmt: skip
_REGION_HELP = _("6 位行政区划代码，或上海市的区名。")

SITES = Sheet(
    "sites", "载体", SiteRecord, natural_key=("name",), aliases=("载体信息", "载体清单", "园区"),
    help=_("运营机构的众创空间、孵化器、加速器和苗圃，每行一个。"),
    columns=(
        Column("name", "载体名称", k.text(120), True, ("园区名称", "载体"), example="示例创客工场"),
        Column("kind", "载体类型", k.choice(
            {"众创空间": SiteKind.MAKER_SPACE, "孵化器": SiteKind.INCUBATOR, "加速器": SiteKind.ACCELERATOR,
             "苗圃": SiteKind.NURSERY}, {"创业苗圃": SiteKind.NURSERY, "科技企业孵化器": SiteKind.INCUBATOR},
        ), True, ("类型",), example="孵化器"),
        Column("address", "地址", k.text(200), True, ("载体地址", "详细地址"), example="示例区示范路 100 号"),
        Column("region", "区划代码", k.REGION, True, ("所在区", "行政区划"), _REGION_HELP, example="310109"),
        Column("floor_area_cm2", "总面积（㎡）", k.AREA, True, ("面积", "建筑面积", "场地面积"), example=6500),
        Column("ownership", "场地权属", k.choice(
            {"自有": SiteOwnership.OWNED, "租赁": SiteOwnership.LEASED}, {"租用": SiteOwnership.LEASED},
        ), True, ("权属", "产权性质"), _("租赁的载体转租给企业时，需要产权人的转租同意书。"), example="租赁"),
        Column("private_capital", "民间资本占比", k.SHARE, False, ("社会资本占比",), example="35%"),
        Column("recognition", "认定级别", k.text(80), False, ("级别", "认定情况"), example="市级"),
        Column("recognised_on", "认定日期", k.DATE, False, ("认定时间",), example="2022-12-01"),
        Column("incubation_area_cm2", "孵化面积（㎡）", k.AREA, False, ("在孵企业使用面积",), example=4200),
        Column("public_area_cm2", "公共面积（㎡）", k.AREA, False, ("公共服务面积",), example=900),
        Column("opened_on", "开业日期", k.DATE, False, ("运营起始日",), example="2019-05-01"),
        Column("fund_fen", "孵化资金（元）", k.MONEY, False, ("种子资金",), example=5000000),
        Column("staff_count", "工作人员数", k.WHOLE, False, ("管理人员数",), example=10),
        Column("professional_staff_count", "专业人员数", k.WHOLE, False, ("专业孵化服务人员数",), example=8),
        Column("mentor_count", "导师数", k.WHOLE, False, ("创业导师数",), example=12),
        Column("yearly_event_count", "年活动场次", k.WHOLE, False, ("活动场次",), example=24),
        Column("property_certificate_on", "产权证明日期", k.DATE, False, ("产权证日期",), example="2015-06-30"),
        Column("head_lease_until", "承租到期日", k.DATE, False, ("上级租约到期日",),
               _("场地为租赁时，运营机构自己的租约到哪一天。"), example="2030-12-31"),
        Column("sublease_consent_on", "转租同意书日期", k.DATE, False, ("转租同意日期",), example="2021-01-15"),
    ),
)  # fmt: skip

SPACES = Sheet(
    "spaces", "场地", SpaceRecord, natural_key=("site", "code"), aliases=("场地单元", "房源", "房源表", "工位",
    "租控表"),
    help=_("载体中的房间、工位、实验室和会议室，每行一个。"),
    columns=(
        Column("site", "载体名称", k.text(120), True, ("载体", "园区名称"), _("须与“载体”表一致。"),
               example="示例创客工场"),
        Column("code", "场地编号", k.code(40), True, ("房间号", "房号", "单元号", "工位号", "编号"), example="A-301"),
        Column("floor", "楼层", k.code(20), False, ("层",), example="3F"),
        Column("kind", "场地类型", k.choice(
            {"房间": SpaceKind.ROOM, "工位": SpaceKind.DESK, "实验室": SpaceKind.LAB, "会议室": SpaceKind.MEETING_ROOM},
            {"办公室": SpaceKind.ROOM, "独立办公室": SpaceKind.ROOM, "开放工位": SpaceKind.DESK},
        ), True, ("类型",), example="房间"),
        Column("area_cm2", "面积（㎡）", k.AREA, True, ("建筑面积", "使用面积"), example=48.5),
        Column("capacity", "工位数", k.WHOLE, False, ("可容纳人数", "容量"), example=8),
        Column("list_price_fen", "挂牌价（元）", k.MONEY, False, ("挂牌价格", "单价", "租金单价"), example=3.2),
        Column("price_unit", "计价单位", k.choice(
            {"元/㎡·天": PriceUnit.SQM_DAY, "元/㎡·月": PriceUnit.SQM_MONTH, "元/月": PriceUnit.UNIT_MONTH},
            {"元/平方米/天": PriceUnit.SQM_DAY, "元/平方米/月": PriceUnit.SQM_MONTH, "元/个/月": PriceUnit.UNIT_MONTH,
             "元/工位/月": PriceUnit.UNIT_MONTH},
        ), False, ("价格单位",), example="元/㎡·天"),
        Column("status", "状态", k.choice(
            {"空置": SpaceStatus.VACANT, "已租": SpaceStatus.OCCUPIED, "预留": SpaceStatus.RESERVED,
             "维修": SpaceStatus.MAINTENANCE}, {"在租": SpaceStatus.OCCUPIED, "空闲": SpaceStatus.VACANT},
        ), False, ("出租状态",), example="空置"),
        Column("independent", "独立场所", k.YES_NO, False, ("是否独立",),
               _("单独隔开、可单独上锁的为“是”，共享工位为“否”。不填时工位为否，其他为是。"), example="是"),
    ),
)  # fmt: skip

TENANTS = Sheet(
    "tenants", "企业", TenantRecord, natural_key=("name",), aliases=("企业信息", "企业名单", "在孵企业",
    "在孵企业名单", "团队"),
    help=_("在孵团队和企业，每行一个。进入各阶段的日期构成孵化履历，最后一个即当前阶段。"),
    columns=(
        Column("name", "企业名称", k.text(120), True, ("企业", "团队名称", "单位名称", "公司名称"),
               _("营业执照上的全称；未注册的团队填项目名称。"), example="示例启航信息科技（上海）有限公司"),
        Column("uscc", "统一社会信用代码", k.USCC, False, ("信用代码", "社会信用代码", "税号"),
               _("已注册的必填；未注册的团队不填。"), example="91310109MA1G5XY15Q"),
        Column("legal_form", "主体类型", k.choice(
            {"公司": LegalForm.COMPANY, "个人独资企业": LegalForm.SOLE_PROPRIETORSHIP,
             "合伙企业": LegalForm.PARTNERSHIP,
             "个体工商户": LegalForm.INDIVIDUAL_BUSINESS, "农民合作社": LegalForm.COOPERATIVE,
             "民办非企业单位": LegalForm.PRIVATE_NONPROFIT, "团队": TenantKind.TEAM},
            {"有限责任公司": LegalForm.COMPANY, "股份有限公司": LegalForm.COMPANY,
             "个体户": LegalForm.INDIVIDUAL_BUSINESS,
             "农民专业合作社": LegalForm.COOPERATIVE, "社会服务机构": LegalForm.PRIVATE_NONPROFIT,
             "未注册团队": TenantKind.TEAM, "创业团队": TenantKind.TEAM},
        ), True, ("企业类型", "组织形式"), example="公司"),
        Column("small_or_micro", "小微企业", k.YES_NO, False, ("是否小微企业", "小型微型企业"), example="是"),
        Column("registered_on", "成立日期", k.DATE, False, ("注册日期", "登记日期", "注册时间"), example="2024-09-02"),
        Column("registered_region", "注册地区划代码", k.REGION, False, ("注册区", "注册地"), _REGION_HELP, "310109"),
        Column("registered_address", "注册地址", k.text(200), False, ("住所",), example="示例区示范路 100 号 301 室"),
        Column("operating_region", "经营地区划代码", k.REGION, False, ("经营区", "经营地"), _REGION_HELP, "310109"),
        Column("industry", "行业", k.text(80), False, ("所属行业", "行业领域"), example="信息服务业"),
        Column("labour_dispatch", "劳务派遣", k.YES_NO, False, ("是否劳务派遣", "劳务派遣企业"), example="否"),
        Column("untrustworthy", "失信被执行人", k.YES_NO, False, ("是否失信", "失信"),
               _("未查询的请留空，不要填“否”。"), example="否"),
        Column("occupancy", "入驻方式", k.choice(
            {"实体入驻": OccupancyKind.PHYSICAL, "仅注册": OccupancyKind.REGISTERED_ONLY,
             "仅办公": OccupancyKind.OFFICE_ONLY}, {"实体": OccupancyKind.PHYSICAL,
             "注册": OccupancyKind.REGISTERED_ONLY},
        ), True, ("入驻类型",), _("只有实体入驻计为在孵。"), example="实体入驻"),
        Column("occupied_from", "入驻日期", k.DATE, True, ("入驻时间",), example="2024-09-01"),
        Column("occupied_to", "迁出日期", k.DATE, False, ("退租日期", "离场日期"), _("仍在驻的不填。")),
        Column("nursery_from", "进入苗圃日期", k.DATE, False, ("苗圃日期",), example="2024-03-01"),
        Column("incubator_from", "进入孵化器日期", k.DATE, False, ("孵化日期", "进入孵化日期"), example="2024-09-02"),
        Column("accelerator_from", "进入加速器日期", k.DATE, False, ("加速日期",)),
        Column("graduated_on", "毕业日期", k.DATE, False, ("毕业时间",)),
        Column("exited_on", "退出日期", k.DATE, False, ("退出时间",)),
        Column("contact_name", "联系人", k.text(60), False, ("联系人姓名",), example="苏喆", sensitive=True),
        Column("contact_phone", "联系电话", k.PHONE, False, ("手机", "电话", "联系方式"), example="13800000000",
               sensitive=True),
        Column("contact_email", "电子邮箱", k.EMAIL, False, ("邮箱", "Email", "E-mail"), example="contact@example.com",
               sensitive=True),
    ),
)  # fmt: skip

FOUNDERS = Sheet(
    "founders", "创始人", FounderRecord, natural_key=("tenant", "name", "id_number"), aliases=("创始人信息", "创业者"),
    help=_("每个企业至少填法定代表人（负责人）；不知道的格子请留空，不要猜。"),
    columns=(
        _TENANT,
        Column("name", "姓名", k.text(60), True, ("创始人", "创始人姓名"), example="苏喆", sensitive=True),
        Column("id_type", "证件类型", _ID_TYPE, False, (), _("不填时按居民身份证。"), "居民身份证"),
        Column("id_number", "证件号码", k.PERSON_NUMBER, False, ("身份证号", "身份证号码", "公民身份号码"),
               _("该列须为“文本”格式，否则末尾数字会丢失。"), example="319900199001019995", sensitive=True),
        Column("legal_representative", "法定代表人", k.YES_NO, False, ("是否法定代表人", "法人", "负责人"),
               example="是"),
        Column("household", "户籍", _HOUSEHOLD, False, ("户籍所在地", "户籍地"), example="本区", sensitive=True),
        Column("permit", "居住证件", k.choice(
            {"上海市居住证": Permit.RESIDENCE_PERMIT, "港澳台居民居住证": Permit.HK_MO_TW_RESIDENCE_PERMIT,
             "海外人才居住证": Permit.OVERSEAS_TALENT_PERMIT,
             "留学人员来沪创办企业资格认定": Permit.RETURNEE_ENTERPRISE,
             "无": Permit.NONE},
            {"居住证": Permit.RESIDENCE_PERMIT, "上海市海外人才居住证": Permit.OVERSEAS_TALENT_PERMIT},
        ), False, ("居住证", "居住证类型"), _("没有任何一种请填“无”，不知道请留空。"), example="无"),
        Column("categories", "人员类别", k.choices(
            {"高校毕业生": "graduate", "就业困难人员": "hard_to_employ", "残疾人": "disabled", "退役军人": "veteran",
             "海外留学人员": "returnee", "本市青年": "local_youth"},
        ), False, ("重点群体", "类别"), _("不属于任何一类请填“无”，不知道请留空。"), example="高校毕业生",
           sensitive=True),
        Column("graduated_on", "毕业日期", k.DATE, False, ("毕业时间",), example="2024-06-30"),
        Column("first_company", "首次创业", k.YES_NO, False, ("是否首次创业",), example="是"),
        Column("phone", "手机号", k.PHONE, False, ("联系电话", "电话", "手机"), example="13800000000", sensitive=True),
    ),
)  # fmt: skip

LEASES = Sheet(
    "leases", "入驻协议", LeaseRecord, natural_key=("number",), aliases=("协议", "租赁合同", "合同台账", "合同",
    "租约"),
    help=_("每份协议一行；同一企业搬过房间的，旧协议和新协议各一行。"),
    columns=(
        Column("number", "协议编号", k.code(60), True, ("合同编号", "合同号", "协议号"), example="SL-2024-001"),
        _TENANT,
        Column("site", "载体名称", k.text(120), True, ("载体", "园区名称"), example="示例创客工场"),
        Column("spaces", "场地编号", k.codes(40), True, ("房间号", "房号", "单元号", "工位号"),
               _("多个场地用“、”隔开。"), example="A-301、A-302"),
        Column("starts_on", "起始日期", k.DATE, True, ("开始日期", "起租日", "租期起", "租赁起始日"),
               example="2024-09-01"),
        Column("ends_on", "终止日期", k.DATE, False, ("结束日期", "到期日", "租期止", "租赁到期日"),
               _("无固定期限的不填；提前解除的填实际终止日。"), example="2027-08-31"),
        Column("monthly_rent_fen", "月租金（元）", k.MONEY, True, ("租金", "每月租金"), example=2800),
        Column("steps", "阶梯租金", k.STEPS, False, ("租金递增",),
               _("从某日起的新月租金，例如“2026-09-01起3200；2027-09-01起3500”。"), example="2026-09-01起3200"),
        Column("rent_free", "免租月份", k.MONTHS, False, ("免租期",), _("例如“2024-09、2024-10”或“2024-09至2024-10”。"),
               example="2024-09"),
        Column("deposit_fen", "押金（元）", k.MONEY, False, ("保证金", "押金"), example=5600),
        Column("lawful", "合法场所", k.YES_NO, False, ("产权证明齐全", "权属证明", "合法"),
               _("不填时按载体的产权证明和转租同意书推定。"), example="是"),
        Column("independent", "独立场所", k.YES_NO, False, ("是否独立", "独立"),
               _("不填时按所含场地推定：只含共享工位为否。"), example="是"),
        Column("region", "区划代码", k.REGION, False, ("所在区",), _("不填时取载体的区划代码。"), example="310109"),
        Column("status", "状态", k.choice(
            {"履行中": LeaseStatus.RUNNING, "已终止": LeaseStatus.ENDED, "草拟": LeaseStatus.DRAFT},
            {"执行中": LeaseStatus.RUNNING, "已到期": LeaseStatus.ENDED, "已解除": LeaseStatus.ENDED},
        ), False, ("协议状态", "合同状态"), _("不填时按履行中。"), example="履行中"),
    ),
)  # fmt: skip

RENT = Sheet(
    "rent", "租金收款", RentRecord, natural_key=("tenant", "lease", "month", "voucher"),
    aliases=("收款", "收款明细", "租金收缴", "租金收缴明细", "租金"),
    help=_("每个月份、每张凭证一行。一次收几个月的，按月拆开，凭证号相同。只填已收到的钱，应收未收不填。"),
    columns=(
        _TENANT,
        Column("lease", "协议编号", k.code(60), False, ("合同编号", "合同号", "协议号"),
               _("不填时，该月只有一份协议的企业可以自动对上。"), example="SL-2024-001"),
        Column("month", "租金月份", k.MONTH, True, ("账期", "所属月份", "费用月份", "月份"),
               _("租金所属的月份，不是收款的月份。"), example="2025-03"),
        Column("paid_fen", "实收金额（元）", k.MONEY, False, ("金额", "收款金额", "实收租金", "实收"),
               _("只含房租；物业费、水电费、押金不计入。金额待查的请留空。"), example=2800),
        Column("received_on", "收款日期", k.DATE, False, ("到账日期", "收款时间", "付款日期"), example="2025-03-05"),
        Column("payer_name", "付款方", k.text(120), False, ("付款人", "付款单位", "付款户名"),
               example="示例启航信息科技（上海）有限公司"),
        Column("payer", "付款方性质", k.choice(
            {"本企业": Payer.TENANT, "他人代付（有情况说明）": Payer.EXPLAINED, "他人代付": Payer.OTHER},
            {"本单位": Payer.TENANT, "代付有说明": Payer.EXPLAINED, "代付": Payer.OTHER},
        ), False, ("付款性质",), _("付款方与企业同名时可以不填。"), example="本企业"),
        Column("voucher", "凭证号", k.code(60), False, ("收款凭证号", "凭证编号", "流水号", "票据号"),
               example="SK-202503-0007"),
        Column("grade", "来源等级", _GRADE, False, ("数据来源",), _("不填时按导入者的身份。"), example="运营机构"),
    ),
)  # fmt: skip

INSURED = Sheet(
    "insured", "参保人员", InsuredRecord, natural_key=("tenant", "id_number", "month", "employer_uscc"),
    aliases=("参保明细", "社保", "社保明细", "参保缴费明细", "用工参保"),
    help=_("每人每月一行，由企业或主管部门提供；运营机构只能看到人数。"),
    columns=(
        _TENANT,
        Column("name", "姓名", k.text(60), True, ("人员姓名", "职工姓名"), example="林玥", sensitive=True),
        Column("id_type", "证件类型", _ID_TYPE, False, (), _("不填时按居民身份证。"), "居民身份证"),
        Column("id_number", "证件号码", k.PERSON_NUMBER, True, ("身份证号", "身份证号码", "公民身份号码"),
               _("该列须为“文本”格式，否则末尾数字会丢失。"), example="319900199505059990", sensitive=True),
        Column("month", "参保月份", k.MONTH, True, ("缴费月份", "所属月份", "费款所属期", "月份"), example="2025-03"),
        Column("employer_uscc", "缴费单位代码", k.USCC, True, ("社保缴费单位", "缴费单位统一社会信用代码",
               "缴费单位信用代码"),
               _("缴纳社会保险的单位的统一社会信用代码。"), example="91310109MA1G5XY15Q"),
        Column("filing_uscc", "用工备案单位代码", k.USCC, False, ("用工备案单位", "备案单位统一社会信用代码"),
               _("已办用工备案的单位；尚未备案请留空。"), example="91310109MA1G5XY15Q"),
        Column("household", "户籍", _HOUSEHOLD, False, ("户籍所在地", "户籍地"), _("不知道请留空，不要猜。"), "本区",
               sensitive=True),
        Column("grade", "来源等级", _GRADE, False, ("数据来源",), _("不填时按导入者的身份。"), example="申请人"),
    ),
)  # fmt: skip

INDICATORS = Sheet(
    "indicators", "季度指标", IndicatorRecord, natural_key=("tenant", "quarter"), aliases=("经营指标", "指标"),
    help=_("每个企业每个季度一行；没有的填 0，不知道的请留空。"),
    columns=(
        _TENANT,
        Column("quarter", "季度", k.QUARTER, True, ("期间", "报告期"), example="2026Q3"),
        Column("revenue_fen", "营业收入（元）", k.MONEY, False, ("收入", "营收"), _("本季度的，不是累计。"), 380000),
        Column("rnd_fen", "研发投入（元）", k.MONEY, False, ("研发费用",), _("本季度的，不是累计。"), 120000),
        Column("staff", "期末人数", k.WHOLE, False, ("从业人员数", "员工数"), example=12),
        Column("ip_applied", "知识产权申请数", k.WHOLE, False, ("申请数",), _("本季度新申请的。"), 1),
        Column("ip_held", "知识产权拥有数", k.WHOLE, False, ("有效数", "授权数"), _("期末有效的。"), 3),
    ),
)  # fmt: skip

SHEETS: tuple[Sheet, ...] = (SITES, SPACES, TENANTS, FOUNDERS, LEASES, RENT, INSURED, INDICATORS, MENTORS)
BY_KEY = {sheet.key: sheet for sheet in SHEETS}
