"""From a file to records: layouts of real sheets, and each thing that can be wrong, with its place and remedy."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from typing import Any

import pytest
import xlsxwriter

from core.data.models.leases import Payer
from core.data.models.tenants import Household, LegalForm, TenantKind
from core.services.imports.parse import parse
from core.services.imports.problems import MAX_LISTED, FileError
from core.services.imports.records import TenantRecord
from core.services.imports.sheets import BY_KEY, SHEETS
from core.services.imports.template import build_template
from tests.support.books import GOOD, TODAY, USCC, errors, notices, put, read, rows_for, table, values_of, workbook


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda s: s.key)
def test_columns_and_fields_are_the_same(sheet: Any) -> None:
    assert [column.key for column in sheet.columns] == [f.name for f in fields(sheet.record) if f.name != "row"]
    names = [name for column in sheet.columns for name in column.names]
    assert len(names) == len(set(names)), "two columns answer to one header"
    assert set(sheet.natural_key) <= {column.key for column in sheet.columns}


@pytest.mark.parametrize("key", list(GOOD))
def test_a_good_row_of_each_sheet(key: str) -> None:
    parsed = read(key)
    assert errors(parsed) == []
    assert [(t.sheet.key, len(t.records)) for t in parsed.tables] == [(key, 1)]
    assert parsed.tables[0].records[0].row == 2
    assert parsed.tables[0].present == frozenset(GOOD[key])


@pytest.mark.parametrize(("key", "column"), [(s.key, c.key) for s in SHEETS for c in s.columns if c.required], ids=str)
def test_each_required_cell_is_asked_for(key: str, column: str) -> None:
    parsed = read(key, {column: None})
    position = list(GOOD[key]).index(column)
    assert parsed.problems.errors == 1
    problem = parsed.problems.listed[0]
    assert (problem.row, problem.column) == (2, chr(65 + position))
    assert "必填" in str(problem)
    assert BY_KEY[key].column(column).header in str(problem)


def test_title_lines_totals_and_signatures() -> None:
    def fill(book: Any) -> None:
        page = book.add_worksheet("2025年")
        page.day = book.day
        page.merge_range(0, 0, 0, 5, "示例区某某孵化器 2025 年租金收缴明细表")
        put(page, 1, 0, "单位：元")
        for c, header in enumerate(["序号", "企业名称", "协议编号", "账期", "金额（元）", "收款日期", "备注"]):
            put(page, 3, c, header)
        put(page, 4, 0, 1)
        for c, cell in enumerate(["甲公司", "L-1", "2025年3月", "1,234.50", date(2025, 3, 5), "已开票"], 1):
            put(page, 4, c, cell)
        put(page, 5, 1, "小 计")
        page.write_formula(5, 4, "=SUM(E5:E5)", None, 1234.5)
        put(page, 6, 0, 2)
        for c, cell in enumerate(["乙公司", "L-2", 202504, 99.0, 45757], 1):
            put(page, 6, c, cell)
        put(page, 7, 0, "合计")
        page.write_formula(7, 4, "=SUM(E5:E7)", None, 1333.5)
        put(page, 9, 0, "制表人：张三")
        put(page, 9, 3, "审核：李四")
        put(page, 10, 0, "本表不含物业费")

    parsed = parse(workbook(fill), "租金.xlsx", today=TODAY)
    assert errors(parsed) == []
    assert values_of(parsed, "row") == [5, 7]
    assert values_of(parsed, "month") == ["2025-03", "2025-04"]
    assert values_of(parsed, "paid_fen") == [123450, 9900]
    assert values_of(parsed, "received_on") == [date(2025, 3, 5), date(2025, 4, 10)]
    assert any("备注" in n and "忽略" in n for n in notices(parsed))
    assert sum("合计行" in n for n in notices(parsed)) == 2


def test_header_over_two_lines_and_names_merged_downwards() -> None:
    def fill(book: Any) -> None:
        page = book.add_worksheet("收款明细")
        page.merge_range(0, 0, 1, 0, "企业名称")
        page.merge_range(0, 1, 1, 1, "协议编号")
        page.merge_range(0, 2, 0, 3, "本月")
        put(page, 1, 2, "所属月份")
        put(page, 1, 3, "金额")
        page.merge_range(2, 0, 3, 0, "甲公司")
        page.merge_range(2, 1, 3, 1, "L-1")
        for r, month in enumerate(["2025-03", "2025-04"], 2):
            put(page, r, 2, month)
            put(page, r, 3, 100)

    parsed = parse(workbook(fill), "租金.xlsx", today=TODAY)
    assert errors(parsed) == []
    assert values_of(parsed, "tenant") == ["甲公司", "甲公司"]
    assert values_of(parsed, "lease") == ["L-1", "L-1"]


def test_a_merged_amount_is_refused() -> None:
    def fill(book: Any) -> None:
        page = book.add_worksheet("租金收款")
        for r, row in enumerate(rows_for("rent", {}, {"month": "2025-04"})):
            for c, cell in enumerate(row):
                put(page, r, c, cell)
        page.merge_range(1, 3, 2, 3, 5600)

    parsed = parse(workbook(fill), "租金.xlsx", today=TODAY)
    assert [e for e in errors(parsed) if "第 3 行 D 列" in e and "合并" in e]
    assert parsed.problems.errors == 1


def test_formula_in_a_data_cell_is_named_by_address() -> None:
    def fill(book: Any) -> None:
        page = book.add_worksheet("租金收款")
        for r, row in enumerate(rows_for("rent", {}, {"month": "2025-04"}, {"month": "2025-05"}, {"month": "2025-06"})):
            for c, cell in enumerate(row):
                put(page, r, c, cell)
        page.write_formula(1, 3, "=1400*2", None, 2800)
        page.write_array_formula("D3:D4", "{=A1:A2}", None, 2800)
        put(page, 3, 3, 2800)  # the cached value of the second cell of the array
        page.write_formula(4, 0, "=VLOOKUP(1,A1:B2,2)", None, "#N/A")

    parsed = parse(workbook(fill), "租金.xlsx", today=TODAY)
    assert [p.cell for p in parsed.problems.listed if p.level == "error"] == ["D2", "D3", "D4", "A5"]
    assert all("公式" in e for e in errors(parsed))


def test_error_value_without_formula_is_named() -> None:
    """Pasted as values, #N/A stays; the spreadsheet library shows it as an empty cell."""
    import io
    import zipfile

    source = zipfile.ZipFile(io.BytesIO(table(rows_for("rent"), "租金收款")))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as copy:
        for name in source.namelist():
            body = source.read(name)
            if name.endswith("sheet1.xml"):
                assert b"<v>2800</v>" in body
                body = body.replace(b'<c r="D2"><v>2800</v>', b'<c r="D2" t="e"><v>#REF!</v>')
            copy.writestr(name, body)
    parsed = parse(out.getvalue(), "租金.xlsx", today=TODAY)
    assert [(p.cell, "错误值" in str(p)) for p in parsed.problems.listed] == [("D2", True)]


@pytest.mark.parametrize(
    ("key", "change", "place", "word"),
    [
        ("rent", {"month": "2025-13"}, "C2", "月份"),
        ("rent", {"paid_fen": -1}, "D2", "负数"),
        ("rent", {"paid_fen": 1.005}, "D2", "两位"),
        ("rent", {"received_on": "2027-01-01"}, "F2", "今天之后"),
        ("leases", {"ends_on": date(2024, 8, 31)}, "G2", "早于"),
        ("leases", {"rent_free": "2024-08"}, "G2", "不在协议期"),
        ("leases", {"steps": "2020-01-01起100"}, "G2", "不在协议期"),
        ("tenants", {"uscc": "91310109MA1G5XY15R"}, "B2", "校验码"),
        ("tenants", {"uscc": None}, "B2", "缺统一社会信用代码"),
        ("tenants", {"legal_form": "团队"}, "C2", "不是未注册团队"),
        ("tenants", {"legal_form": "集团"}, "C2", "请从中选择"),
        ("tenants", {"occupied_to": "2024-08-01"}, "G2", "早于入驻"),
        ("tenants", {"accelerator_from": "2024-09-02"}, None, "先后颠倒"),
        ("tenants", {"incubator_from": None}, None, "没有任何阶段日期"),
        ("tenants", {"registered_on": "2026-12-01"}, "G2", "今天之后"),
        ("tenants", {"contact_phone": "12345"}, "G2", "手机号"),
        ("tenants", {"registered_region": "某区"}, "G2", "6 位"),
        ("founders", {"id_number": "310109199001019991"}, "D2", "校验码"),
        ("founders", {"id_number": "310109199001019990", "id_type": "港澳台居民居住证"}, "D2", "810000"),
        ("founders", {"categories": "大学生"}, "D2", "请从中选择"),
        ("insured", {"id_number": 310109199505059996.0}, "C2", "15 位"),
        ("insured", {"month": "2026-12"}, "D2", "本月之后"),
        ("insured", {"employer_uscc": "91310109"}, "E2", "18 位"),
        ("spaces", {"list_price_fen": 3.2, "price_unit": None}, "F2", "计价单位"),
        ("spaces", {"area_cm2": 0}, "D2", "面积"),
        ("sites", {"private_capital": "135%"}, "G2", "比例"),
    ],
)
def test_what_is_wrong_and_where(key: str, change: dict[str, Any], place: str | None, word: str) -> None:
    parsed = read(key, change)
    assert parsed.problems.errors == 1, errors(parsed)
    problem = next(p for p in parsed.problems.listed if p.level == "error")
    assert problem.cell == place
    assert problem.row == 2
    assert word in str(problem)
    assert str(problem.remedy)


def test_sensitive_values_are_never_repeated() -> None:
    parsed = read("insured", {"id_number": "310109 199505059997", "name": "林" * 70})
    said = "".join(map(str, parsed.problems.listed))
    assert parsed.problems.errors
    assert "19950505" not in said
    assert "林林" not in said


def test_codes_are_evened_out_with_a_notice() -> None:
    parsed = read("tenants", {"uscc": "９１３１０１０９ｍａ１ｇ５ｘｙ１５ｑ "})
    assert values_of(parsed, "uscc") == [USCC]
    assert errors(parsed) == []
    assert [n for n in notices(parsed) if "已规范" in n and USCC in n]


def test_numbers_as_codes_and_names() -> None:
    parsed = read("spaces", {"code": 301}, {"code": "'0302"}, {"code": "Ａ－３０３"})
    assert values_of(parsed, "code") == ["301", "0302", "A-303"]


def test_duplicates() -> None:
    same, other = {"month": "2025-04"}, {"month": "2025-04", "paid_fen": 1}
    parsed = read("rent", {}, same, same, other)
    assert parsed.problems.errors == 2
    assert "与第 3 行完全相同" in errors(parsed)[0]
    assert "凭证号" in errors(parsed)[0]
    assert "与第 3 行重复" in errors(parsed)[1]
    assert errors(parsed)[0].startswith("工作表“租金收款” 第 4 行")


def test_two_vouchers_in_one_month_are_two_payments() -> None:
    parsed = read("rent", {}, {"voucher": "V2"})
    assert errors(parsed) == []


def test_two_companies_with_one_code_and_two_legal_representatives() -> None:
    parsed = read("tenants", {}, {"name": "乙公司"})
    assert [e for e in errors(parsed) if "同一个统一社会信用代码" in e and "第 2 行" in e]
    parsed = read("founders", {}, {"name": "乙"})
    assert [e for e in errors(parsed) if "两个法定代表人" in e]


def test_unknown_is_not_no() -> None:
    parsed = read("founders", {"legal_representative": None, "categories": "", "household": " ", "permit": None})
    record = parsed.tables[0].records[0]
    assert (record.legal_representative, record.categories, record.household, record.permit) == (None,) * 4
    assert values_of(read("founders", {"categories": "无"}), "categories") == [()]
    assert values_of(read("founders", {"categories": "残疾人，高校毕业生"}), "categories") == [("disabled", "graduate")]
    assert values_of(read("rent", {"paid_fen": None}), "paid_fen") == [None]


def test_aliases_and_other_spellings() -> None:
    rows = [["单位名称*", "费款所属期", "姓名", "身份证号码", "社保缴费单位", "户籍地"],
            ["甲公司", "202503", "林玥", "310109199505059996", USCC, "外地"]]  # fmt: skip
    parsed = parse(table(rows, "Sheet1"), "x.xlsx", today=TODAY)
    assert errors(parsed) == []
    assert values_of(parsed, "household") == [Household.ELSEWHERE]
    parsed = read("tenants", {"legal_form": "有限责任公司"})
    assert values_of(parsed, "legal_form") == [LegalForm.COMPANY]
    parsed = read("rent", {"payer": "他人代付(有情况说明)"})
    assert values_of(parsed, "payer") == [Payer.EXPLAINED]
    parsed = read("tenants", {"legal_form": "未注册团队", "uscc": None})
    assert values_of(parsed, "legal_form") == [TenantKind.TEAM]


def test_stages_in_order() -> None:
    record = TenantRecord(
        row=1, **{f.name: None for f in fields(TenantRecord) if f.name not in {"row", "nursery_from", "exited_on"}},
        nursery_from=date(2024, 1, 1), exited_on=date(2025, 1, 1),
    )  # fmt: skip
    assert [str(stage) for stage, _on in record.stages] == ["nursery", "exited"]


def test_missing_columns_are_named_with_what_was_there() -> None:
    parsed = parse(table([["企业名称", "租金月份", "金额哦"], ["甲", "2025-03", 1]], "租金收款"), "x.xlsx", today=TODAY)
    assert parsed.tables[0].records  # amount may be unknown: two required columns are there
    parsed = parse(
        table([["企业名称", "金额", "收款日期"], ["甲", 1, "2025-03-01"]], "租金收款"), "x.xlsx", today=TODAY
    )
    assert parsed.tables == []
    assert "缺少必填的列：租金月份" in errors(parsed)[0]
    assert "第 1 行" in errors(parsed)[0]


def test_nothing_recognised_says_what_could_be() -> None:
    with pytest.raises(FileError, match="没有找到") as caught:
        parse(table([["姓名", "年龄"], ["甲", 3]], "Sheet1"), "x.xlsx", today=TODAY)
    assert "租金收款" in str(caught.value)


def test_a_sheet_that_is_not_for_this_person() -> None:
    parsed = parse(table(rows_for("insured"), "参保人员"), "x.xlsx", today=TODAY, accept={"rent"})
    assert "不能导入“参保人员”" in errors(parsed)[0]
    assert parsed.tables == []


def test_hidden_unknown_and_help_sheets() -> None:
    def fill(book: Any) -> None:
        for name in ("租金收款", "备份", "草稿", "填写说明"):
            page = book.add_worksheet(name)
            page.day = book.day
            if name in {"租金收款", "备份"}:
                for r, row in enumerate(rows_for("rent")):
                    for c, cell in enumerate(row):
                        put(page, r, c, cell)
            else:
                put(page, 0, 0, "随便写写")
        book.get_worksheet_by_name("备份").hide()

    parsed = parse(workbook(fill), "x.xlsx", today=TODAY)
    assert [t.title for t in parsed.tables] == ["租金收款"]
    assert [n.split("：")[0] for n in notices(parsed)] == ["工作表“备份”", "工作表“草稿”"]


def test_the_list_is_capped_and_counted() -> None:
    changes = [{"voucher": f"V{i}", "paid_fen": -1} for i in range(MAX_LISTED + 50)]
    parsed = read("rent", *changes)
    assert parsed.problems.errors == MAX_LISTED + 50
    assert len(parsed.problems.listed) == MAX_LISTED
    assert parsed.problems.left_off == 50
    assert parsed.problems.errors_by_sheet == {"租金收款": MAX_LISTED + 50}
    assert not parsed.ok


def test_the_template_reads_back_and_its_example_is_left_out() -> None:
    data = build_template(SHEETS)
    parsed = parse(data, "模板.xlsx", today=TODAY)
    assert errors(parsed) == []
    assert [t.sheet.key for t in parsed.tables] == [s.key for s in SHEETS]
    assert all(t.records == [] for t in parsed.tables)
    assert all(t.present == frozenset(c.key for c in t.sheet.columns) for t in parsed.tables)
    assert sum("示例行" in n for n in notices(parsed)) == len(SHEETS)
    assert data == build_template(SHEETS)


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda s: s.key)
def test_each_example_is_a_good_row(sheet: Any) -> None:
    columns = [c for c in sheet.columns if c.example != ""]
    rows = [[c.header for c in columns], [c.example for c in columns]]
    # One character more, so that it is not the example itself.
    key = sheet.natural_key[-1] if sheet.key in {"sites", "spaces", "leases"} else None
    changed = [str(c.example) + "9" if c.key == key else c.example for c in columns]
    parsed = parse(table([rows[0], changed], sheet.title), "x.xlsx", today=TODAY)
    assert errors(parsed) == []


def test_drop_downs_offer_what_the_importer_reads() -> None:
    for sheet in SHEETS:
        for column in sheet.columns:
            for option in column.kind.options:
                assert column.kind.read(option) is not None
            assert len(",".join(column.kind.options)) <= 255, "Excel's limit for a list in place"
    assert xlsxwriter.__version__
