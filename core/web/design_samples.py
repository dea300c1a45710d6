"""Invented data for the page that shows every component (/design, development only). Nothing here is anybody."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from core.web.listing import Column, Filter, ListPage, ListState, Option

COLUMNS = (
    Column("name", "企业", primary=True, sortable=True),
    Column("uscc", "统一社会信用代码", phone=False),
    Column("site", "载体"),
    Column("stage", "阶段"),
    Column("area_cm2", "面积", kind="area", sortable=True),
    Column("rent_fen", "月租（元）", kind="money", sortable=True),
    Column("since", "入驻日期", kind="date", sortable=True),
    Column("state", "申请"),
)
_NAMES = "青禾智造 云帆数据 三石材料 明远生物 半亩园艺 折桂教育 长风物联 澄心医疗 䶮声科技 喆思软件 听雨设计 沐光新能源 万象传感 知行机器人"
_SITES = ("虹湾众创空间", "柳营路孵化器", "北外滩加速器")
_STAGES = ("nursery", "incubator", "accelerator", "graduated", "exited")
_STATES = (
    ("draft", "草稿"),
    ("accepted", "已受理"),
    ("returned", "待补正"),
    ("paid", "已拨付"),
    ("refused", "不予核定"),
)
SIZE = 12


def _tenant(i: int) -> dict[str, Any]:
    names = _NAMES.split()
    return {
        "id": i,
        "name": f"{names[i % len(names)]}{'' if i < len(names) else i // len(names) + 1}（示例）有限公司",
        "uscc": f"91310109MA1G{5000 + i:04d}XY",
        "site": _SITES[i % 3],
        "stage": _STAGES[i % 5],
        "area_cm2": 180_000 + (i * 37_500) % 2_000_000 if i % 7 else None,
        "rent_fen": 93_334 + (i * 41_117) % 900_000,
        "since": date(2024 + i % 3, 1 + i % 12, 1 + (i * 3) % 28),
        "state": _STATES[i % 5],
    }


TENANTS = tuple(_tenant(i) for i in range(50))
FILTERS = (
    Filter(
        "stage",
        "阶段",
        [
            Option(code, label, sum(t["stage"] == code for t in TENANTS))
            for code, label in zip(_STAGES, ("苗圃", "孵化器", "加速器", "毕业", "退出"), strict=True)
        ],
    ),
)


def tenant_page(state: ListState) -> ListPage:
    """A page of the invented tenants, cut in memory; real lists ask the database with a key."""
    rows = [
        t
        for t in TENANTS
        if state.q.lower() in f"{t['name']} {t['uscc']}".lower() and state.filters.get("stage") in (None, t["stage"])
    ]
    rows.sort(key=lambda t: (t[state.sort] is None, t[state.sort] or 0), reverse=state.descending)
    start = int(state.after or state.before or 0)
    return ListPage(
        "tenants",
        COLUMNS,
        FILTERS,
        state,
        rows[start : start + SIZE],
        after=str(start + SIZE) if start + SIZE < len(rows) else None,
        before=str(max(0, start - SIZE)) if start else None,
        total=len(rows),
        row_href=lambda row: f"#tenant-{row['id']}",
        export_href="#export",
        search_label="企业名称、统一社会信用代码",
    )


class SampleForm(FlaskForm):
    """One field of every kind."""

    company = StringField("企业名称", [DataRequired("请填写企业名称，须与营业执照一致。")])
    rent = DecimalField("月租金")
    signed_on = DateField("签订日期", [DataRequired("请填写签订日期。")])
    form = SelectField("企业类型", choices=["有限责任公司", "个体工商户", "民办非企业单位"])
    payer = RadioField(
        "付款人",
        choices=[
            SelectChoice("tenant", "本企业"),
            SelectChoice("explained", "他人代付，已附情况说明"),
            SelectChoice("other", "其他"),
        ],
    )
    needs = SelectMultipleField(
        "需要的帮助",
        choices=[SelectChoice("money", "融资"), SelectChoice("market", "渠道"), SelectChoice("law", "法务")],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    note = TextAreaField("情况说明", [Length(max=500)], description="不超过 500 字。")
    paper = FileField("租赁合同")
    promise = BooleanField("我承诺所填内容真实，并知道虚报的后果。", [DataRequired("须先作出承诺才能提交。")])


CHECKS = [
    {"label": "企业属于补贴对象", "passed": True, "observed": "小微企业，有限责任公司", "required": "小微企业、个体工商户等", "clause": "沪人社规〔2020〕22号 第二条（一）"},
    {"label": "登记未满三十六个月", "passed": True, "observed": "2025年3月1日", "required": "早于 2027年9月2日", "clause": "沪人社规〔2020〕22号 第二条（二）"},
    {"label": "至少一名本市户籍参保人员", "passed": False, "observed": "0 人", "required": "不少于 1 人", "clause": "第三条", "explain": "补贴期内没有本市户籍人员在本单位参保。补录参保记录后可以重新申请。"},
    {"label": "付款人为本企业", "passed": None, "observed": None, "required": "本企业，或附情况说明", "clause": "第四条（三）", "explain": "2025年7月、8月两笔房租的付款人未登记。请上传付款凭证。"},
]  # fmt: skip

LINES = [
    {"label": "本市户籍参保人员", "note": "张*，12 个月", "quantity": "12/12", "unit_fen": 280000, "amount_fen": 280000, "clause": "第五条（一）"},
    {"label": "本市户籍参保人员", "note": "李*，7 个月", "quantity": "7/12", "unit_fen": 280000, "amount_fen": 163333, "clause": "第五条（一）"},
    {"label": "不超过实际支付的房租", "note": None, "quantity": None, "unit_fen": None, "amount_fen": -43333, "clause": "第五条（三）"},
]  # fmt: skip
TOTAL_FEN = sum(line["amount_fen"] for line in LINES)
TOTAL_WORDS = "人民币肆仟元整"

EVIDENCE = [
    {"label": "房租 · 虹湾 3-08", "month": "2025-03", "amount_fen": 93334, "used_fen": 93334, "grade": "operator", "paper": "收据 0312", "paper_href": "#paper"},
    {"label": "房租 · 虹湾 3-08", "month": "2025-04", "amount_fen": 93334, "used_fen": 93334, "grade": "verified_original", "paper": "发票 88120417", "paper_href": "#paper"},
    {"label": "房租 · 虹湾 3-08", "month": "2025-05", "amount_fen": 93334, "used_fen": 0, "grade": "operator", "paper": None, "taken_by": "示人才〔2025〕7号 示例补贴"},
    {"label": "参保 · 张*", "month": "2025-03", "amount_fen": None, "used_fen": None, "grade": "government", "paper": None},
    {"label": "参保 · 李*", "month": "2025-03", "amount_fen": None, "used_fen": None, "grade": "applicant", "paper": "缴费证明", "paper_href": "#paper"},
]  # fmt: skip

STEPS = [
    {"label": "提交申请", "state": "done", "date": date(2026, 3, 10), "who": "青禾智造"},
    {"label": "受理", "state": "done", "date": date(2026, 3, 12), "who": "街镇社区事务受理服务中心"},
    {"label": "初审", "state": "now", "who": "区就业促进中心", "note": "预计 4月2日前完成。"},
    {"label": "复审", "state": "todo"},
    {"label": "公示", "state": "todo", "note": "5 个工作日"},
    {"label": "发放通知书", "state": "todo"},
]
STEPS_WAITING = [
    STEPS[0],
    {"label": "受理", "state": "waiting", "note": "待您补正 2 项材料，期限暂停计算。"},
    *({"label": label, "state": "todo"} for label in ("初审", "复审", "公示")),
]
STEPS_REFUSED = [
    *STEPS[:2],
    {"label": "初审", "state": "done", "date": date(2026, 3, 20), "who": "区就业促进中心"},
    {"label": "不予核定", "state": "stopped", "date": date(2026, 3, 25), "note": "见不予核定通知书。您可以申请复核。"},
]

EVENTS = [
    {"when": datetime(2026, 3, 16, 2, 20, tzinfo=UTC), "title": "初审通过", "who": "专窗初审 · 王敏（区就业促进中心）", "text": "房租凭据与台账一致，参保记录已比对。", "tone": "success", "icon": "check"},
    {"when": datetime(2026, 3, 12, 6, 5, tzinfo=UTC), "title": "受理", "who": "总窗 · 周晓岚（街镇社区事务受理服务中心）", "tone": "info", "icon": "inbox"},
    {"when": datetime(2026, 3, 11, 1, 0, tzinfo=UTC), "title": "一次性告知补正", "text": "请补充 7月、8月房租付款凭证。", "tone": "warning", "icon": "arrow-back-up"},
    {"when": datetime(2026, 3, 10, 9, 41, tzinfo=UTC), "title": "提交申请", "who": "陈志远（青禾智造）", "icon": "send"},
]  # fmt: skip

STATES = (
    ("draft", "草稿"),
    ("submitted", "已提交"),
    ("accepted", "已受理"),
    ("first_review", "初审中"),
    ("returned", "待补正"),
    ("published", "公示中"),
    ("approved", "已批准"),
    ("issued", "已发文"),
    ("paid", "已拨付"),
    ("refused", "不予核定"),
    ("revoked", "已撤销"),
)
SOURCE = "运营机构租金台账 2026-03"

FACTS = [
    {"label": "企业名称", "value": "青禾智造（示例）有限公司", "source": "营业执照（政府数据）"},
    {"label": "统一社会信用代码", "value": "91310109MA1G5XY15Q"},
    {"label": "登记日期", "value": "2024年9月2日"},
    {"label": "经营地址", "value": "示例区虹湾路 88 号 3 楼 08 室", "note": "与登记地址一致"},
    {"label": "月租金", "value": "933.34 元", "source": "运营机构租金台账 2026-03"},
    {"label": "失信情况", "missing": True, "value": "未查询，请窗口核验"},
]

FILES = [
    {"name": "租赁合同.pdf", "size": 1_482_320, "href": "#f", "who": "陈志远", "when": datetime(2026, 3, 10, 9, 30, tzinfo=UTC), "state": {"text": "已核原件", "tone": "success"}},
    {"name": "付款凭证-2025年7月.jpg", "size": 382_112, "href": "#f", "who": "陈志远", "when": datetime(2026, 3, 11, 3, 2, tzinfo=UTC), "delete_dialog": "sample-danger"},
    {"name": "参保明细.xlsx", "size": 28_900, "href": "#f", "who": "区就业促进中心", "when": datetime(2026, 3, 12, 2, 0, tzinfo=UTC)},
]  # fmt: skip
DOCUMENTS = [
    {"label": "租赁合同", "required": True, "note": "含孵化协议，盖章页须清晰。", "files": FILES[:1]},
    {"label": "房租付款凭证", "required": True, "note": "银行回单或转账记录，可多份。", "files": []},
    {"label": "代付情况说明", "required": False, "note": "付款人不是本企业时提交。", "files": []},
]

NAV = [
    {"href": "/design", "label": "今日", "icon": "home", "active": False, "badge": None},
    {"href": "/design/spaces", "label": "场地", "icon": "layout-grid", "active": False},
    {"href": "/design/list", "label": "在孵", "icon": "users", "active": "page"},
    {"href": "/design/cases", "label": "扶持申请", "icon": "file-text", "active": False, "badge": 3},
    {"href": "/design/leases", "label": "入驻协议", "icon": "file-certificate", "active": False},
    {"href": "/design/bills", "label": "账单收款", "icon": "receipt", "active": False, "badge": 12},
    {"href": "/design/people", "label": "人员", "icon": "user-cog", "active": False},
]
USER = {
    "name": "林书遥",
    "role": "运营负责人",
    "org": "虹湾众创（示例）",
    "menu": [{"href": "#account", "label": "账号与安全", "icon": "user-shield"}],
    "logout": "#logout",
}
SHELL = {"nav": NAV, "home": "/design", "user": USER, "demo": True}
