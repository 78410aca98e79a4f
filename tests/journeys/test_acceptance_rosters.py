"""Rosters as clerks have them, through the command line (domain §11.2, §11.3; the issue's part E).

Money by hand from the shipped example standards: rural dibao is 635.00 from 2024-09 (domain §13); a household gets
(635 − yearly income ÷ 12 ÷ members) × covered members.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import CoveredTableCell, Table, TableCell, TableRow
from odf.text import P

from tests.journeys.clerk import Clerk, copy_site, id_ending_x, id_number, make_site, problems_of, write_scan

HEAD = id_number("19560312", 101)
WIFE = id_number("19580709", 102)
SON = id_number("19830122", 103)
X_ENDED = id_ending_x("19611105")
UYGHUR = id_number("19490501", 311)
RARE = id_number("19700203", 12)
FLOATED = id_number("19660606", 17)
NO_ACCOUNT = id_number("19531107", 55)
TWICE = id_number("19601224", 77)
OLD_15 = "500229481203215"
# GB 11643: 19 after the sixth digit, then the check digit.
OLD_18 = id_number("19481203", 215)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    return make_site(tmp_path_factory.mktemp("empty"), "township", "500229201", "--demonstration")


def write_month(path: Path) -> Path:
    """A rural roster of September 2024 with what §11.2 says such files have: eleven kinds of trouble."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["龙田乡2024年9月农村低保资金发放花名册"])
    sheet.append(["填报单位：龙田乡民政办", *[None] * 14, "单位：元"])
    sheet.append(
        ["序号", "村（社区）", "户主", None, "家庭情况", None, None, "保障金额", None, None, "联系电话",
         "最初享受月份", "开户银行", "银行账户名称", "一卡通账号", "成员姓名", "成员身份证号"]
    )  # fmt: skip
    sheet.append(
        [
            None,
            None,
            "姓名",
            "身份证号码",
            "家庭人口",
            "保障人口",
            "家庭年收入",
            "月保障金",
            "分类施保",
            "合计",
        ]
    )
    for cells in ("A1:Q1", "A3:A4", "B3:B4", "C3:D3", "E3:G3", "H3:J3", *(f"{c}3:{c}4" for c in "KLMNOPQ")):
        sheet.merge_cells(cells)
    rows: list[list[Any]] = [
        [1, "卫星村", "王建国", HEAD, 3, 3, "11,160.00元", "￥975.00", 0, "975元", "13900000001", "2024.01",
         "农商行", "王建国", "6217000000000012", "王建国；李秀英；王小军", f"{HEAD}；{WIFE}；{SON}"],
        [2, None, " 张　三", X_ENDED[:17] + "ｘ", 1, 1, "2400", 435, None, 435, "１３９００００００02", "2024年5月",
         "农商行", "张三", "6217000000000001"],
        [3, None, "阿依古丽．买买提", UYGHUR, "２", "2", 4800, 870, None, "870.00", "13900000003", "20240501",
         "农商行", "阿依古丽·买买提", "6217000000000002"],
        ["小计", None, None, None, 6, 6, None, 2280, None, 2280],
        [4, "长茅村委会", "𡋾䶮", RARE, 1, 1, 1200, "535.00", None, "５３５", "13900000004", 45413,
         "农商行", "𡋾䶮", "6217000000000003"],
        [5, None, "刘一五", OLD_15, 1, 1, 0, 635, None, 635, "13900000005", "2024-5", "农商行", "刘一五",
         "6217000000000004"],
        [6, None, "陈浮点", int(FLOATED[:15] + "000"), 1, 1, 0, 635, None, 635, "13900000006", "2024-05",
         "农商行", "陈浮点", "6217000000000005"],
        [7, None, "吴账号", NO_ACCOUNT, 1, 1, 0, 635, None, 635, "13900000007", "2024-05", "农商行", "吴账号",
         6.217000000000000005e18],
        [8, None, "郑重复", TWICE.lower(), 1, 1, 0, 600, None, 600, "13900000008", "2024-05", "农商行", "郑重复",
         "6217000000000007"],
        [9, None, "郑重复", TWICE, 1, 1, 0, 600, None, 600, "13900000008", "2024-05", "农商行", "郑重复",
         "6217000000000007"],
        ["合计", None, None, None, 14, 14, None, 5690, None, 5690],
        ["单位负责人：", None, None, None, "审核人：", None, None, "制表人：", None, None, "制表日期：2024年9月10日"],
    ]  # fmt: skip
    for row in rows:
        sheet.append(row)
    sheet.merge_cells("B5:B7")
    sheet.merge_cells("B9:B14")
    sheet.row_dimensions[9].hidden = True
    book.save(path)
    return path


@pytest.fixture(scope="module")
def month(empty: Clerk, tmp_path_factory: pytest.TempPathFactory) -> tuple[Clerk, Path, Any, Any]:
    """The office after that roster: its clerk, the folder, what the plan said and what the import said."""
    folder = tmp_path_factory.mktemp("month")
    clerk = copy_site(empty, folder)
    file = write_month(folder / "2024年9月农村低保发放表（终稿）改2.xlsx")
    planned = clerk.planned(file)
    return clerk, folder, planned, clerk.roster(file, "dibao", "--errors", folder / "错行.xlsx")


def test_what_the_roster_does_is_told_row_by_row(month: tuple[Clerk, Path, Any, Any]) -> None:
    _, _, planned, done = month
    assert planned["import_id"] is None
    assert done["import_id"]
    assert {**planned, "import_id": ""} == {**done, "import_id": ""}  # the import does what the plan said
    assert (done["rows"], done["new"], done["rejected"], done["skipped"]) == (9, 5, 4, 5)
    told = {p["row"]: p["message"] for p in done["problems"] if p["level"] == "info" and p["row"]}
    assert sorted(told) == [1, 2, 8, 15, 16]  # two titles, subtotal, total, signatures
    assert "小计" in told[8]
    assert "合计" in told[15]
    assert "签字" in told[16]


def test_what_is_damaged_comes_back_and_is_never_guessed(month: tuple[Clerk, Path, Any, Any]) -> None:
    _, _, _, done = month
    assert OLD_18 in problems_of(done, 10, "error")[0]  # the 15-digit number: a suggestion to confirm
    assert "已损坏" in problems_of(done, 11, "error")[0]
    assert "一卡通账号" in problems_of(done, 12, "error")[0]
    assert "已损坏" in problems_of(done, 12, "error")[0]
    assert "第 13 行" in problems_of(done, 14, "error")[0]  # a row repeated in the file is rejected


def test_doubtful_readings_and_hidden_rows_are_warned_of(month: tuple[Clerk, Path, Any, Any]) -> None:
    _, _, _, done = month
    warned = " ".join(problems_of(done, 9, "warning"))
    assert "隐藏" in warned
    assert "45413" in warned
    # (635 − 0) × 1 = 635.00 against the roster's 600.00: a warning with both.
    (amount,) = problems_of(done, 13, "warning")
    assert "600.00" in amount
    assert "635.00" in amount
    assert [problems_of(done, row, "warning") for row in (5, 6, 7)] == [[], [], []]


def test_the_people_are_found_by_name_initials_digits_and_phone(month: tuple[Clerk, Path, Any, Any]) -> None:
    clerk, _, _, _ = month
    assert set(clerk.people("张三")[0]) == {"id", "name", "id_number", "sex", "birth_date", "village"}
    for text in ("张三", X_ENDED[-4:].lower(), "13900000002"):
        assert [p["id_number"] for p in clerk.people(text)] == [X_ENDED], text
    for text in ("阿依古丽买买提", "aygl", "50022919490501"):
        assert [p["name"] for p in clerk.people(text)] == ["阿依古丽·买买提"], text
    found = clerk.people("𡋾䶮")
    assert [p["village"] for p in found] == ["500229201202"]  # 长茅村, merged and filled down
    assert clerk.people("陈浮点") == []


def test_people_who_already_receive_enter_as_historic(month: tuple[Clerk, Path, Any, Any]) -> None:
    clerk, _, _, _ = month
    records = {r["start_month"]: r for r in clerk.records()}
    first = records["2024-01"]
    assert first["state"] == "active"
    assert first["doc"]["apply_channel"] == "6"
    assert first["doc"]["dibao_type"] == "2"  # 农村: only the title says it
    assert not {"apply_date", "accept_date"} & {k for k, v in first["doc"].items() if v}
    assert [m["name"] for m in first["doc"]["members"]] == ["王建国", "李秀英", "王小军"]
    # (635 − 11160 ÷ 12 ÷ 3) × 3 = 975.00 (domain §8 example 4)
    assert first["amount"] == "975.00"


def test_the_same_file_twice_changes_nothing(month: tuple[Clerk, Path, Any, Any]) -> None:
    clerk, folder, _, _ = month
    again = clerk.roster(next(folder.glob("2024*.xlsx")))
    assert (again["import_id"], again["new"], again["updated"]) == (None, 0, 0)
    assert (again["unchanged"], again["rejected"]) == (5, 4)


def test_the_bad_rows_come_back_as_the_same_table_and_import_once_corrected(
    month: tuple[Clerk, Path, Any, Any], tmp_path: Path
) -> None:
    given, folder, _, _ = month
    clerk = copy_site(given, tmp_path)
    book = openpyxl.load_workbook(folder / "错行.xlsx")
    sheet = book.active
    assert sheet["A1"].value == "龙田乡2024年9月农村低保资金发放花名册"
    assert "C3:D3" in {str(cells) for cells in sheet.merged_cells.ranges}
    assert [sheet.cell(r, 3).value for r in range(5, sheet.max_row + 1)] == [
        "刘一五",
        "陈浮点",
        "吴账号",
        "郑重复",
    ]
    for place in ("D5", "D6", "O7", "D8"):
        assert sheet[place].comment is not None, place
        assert sheet[place].fill.fill_type == "solid", place
    sheet["D5"], sheet["D6"], sheet["O7"] = OLD_18, FLOATED, "6217000000000006"
    sheet.delete_rows(8)
    book.save(tmp_path / "改好.xlsx")
    done = clerk.roster(tmp_path / "改好.xlsx")
    assert (done["rows"], done["new"], done["rejected"]) == (3, 3, 0)
    assert [p["village"] for p in clerk.people("刘一五")] == ["500229201202"]  # the merged village came along


def test_undo_takes_the_whole_roster_back(month: tuple[Clerk, Path, Any, Any], tmp_path: Path) -> None:
    given, _, _, done = month
    clerk = copy_site(given, tmp_path)
    undone = clerk.do("roster", "undo", done["import_id"])
    assert undone["undone"] > 0
    assert undone["kept"] == []
    assert clerk.do("record", "list", "--form", "dibao")["records"] == []
    assert clerk.people("王建国") == []  # living rows only


SIMPLE = ["序号", "村", "户主姓名", "身份证号", "家庭人口", "保障人口", "家庭年收入", "月保障金", "合计", "联系电话",
          "银行账号", "最初享受月份"]  # fmt: skip


def write_simple(path: Path, rows: list[list[Any]], *, title: str, sheet: str = "Sheet1") -> Path:
    """A plain dibao roster: a title line, one header line, the rows."""
    book = openpyxl.Workbook()
    book.active.title = sheet
    for row in ([title], SIMPLE, *rows):
        book.active.append(row)
    book.save(path)
    return path


def one(number: int, name: str, **given: Any) -> list[Any]:
    """A household of one without income, which gets the whole standard of 635.00."""
    row = dict(zip(SIMPLE, [number, "卫星村", name, id_number("19500101", 10 + number), 1, 1, 0, 635, 635,
                            f"1380000000{number}", f"621700000000010{number}", "2024.01"], strict=True))  # fmt: skip
    return list((row | given).values())


def test_the_next_month_updates_contacts_and_only_proposes_what_was_decided(
    empty: Clerk, tmp_path: Path
) -> None:
    clerk = copy_site(empty, tmp_path)
    title = "龙田乡2024年{}月农村低保发放花名册"
    names = ["钱一", "钱二", "钱三", "钱四", "钱五"]
    september = [one(n, name) for n, name in enumerate(names, 1)]
    clerk.roster(write_simple(tmp_path / "9.xlsx", september, title=title.format(9)))
    assert clerk.do("batch", "lock", "--form", "dibao", "--month", "2024-09")["total"] == "3175.00"  # 5 × 635
    october = [
        one(1, "钱一", 联系电话="13911111111"),
        one(2, "钱二", 银行账号="6217000000009999"),
        one(3, "钱三", 家庭年收入=2400, 月保障金=435, 合计=435),  # (635 − 2400 ÷ 12) × 1 = 435.00
        one(4, "钱四"),
        one(6, "钱六", 最初享受月份=None),
    ]
    file = write_simple(tmp_path / "10.xlsx", october, title=title.format(10))
    done = clerk.roster(file)
    assert (done["new"], done["updated"], done["unchanged"], done["rejected"]) == (1, 3, 1, 0)
    (both,) = problems_of(done, 5, "warning")
    assert "435.00" in both
    assert "635.00" in both
    absent = [p["message"] for p in done["problems"] if "本表未出现" in p["message"]]
    assert len(absent) == 1
    assert "钱五" in absent[0]
    assert [p["name"] for p in clerk.people("13911111111")] == ["钱一"]
    records = {r["doc"]["members"][0]["name"]: r for r in clerk.records()}
    assert records["钱三"]["state"] == "change_pending"
    assert records["钱三"]["doc"]["income_total_year"] == "0.00"  # never overwritten
    assert records["钱六"]["start_month"] == "2024-10"  # in force from the month named
    assert all(records[name]["state"] == "active" for name in ("钱一", "钱二", "钱四", "钱五"))
    again = clerk.roster(file)
    assert (again["new"], again["updated"], again["unchanged"]) == (0, 0, 5)
    # Until the county agrees, October pays as decided: 6 × 635 = 3810.00; the other account is pointed out.
    plan = clerk.do("batch", "plan", "--form", "dibao", "--month", "2024-10")
    assert (plan["total"], plan["new"], plan["accounts_changed"]) == ("3810.00", 1, 1)
    clerk.do(
        "record", "step", records["钱三"]["id"], "manual_confirm_change", "--set", "document_no=城民〔2024〕8号",
        "--set", "date=2024-09-20", "--set", f"scan={write_scan(tmp_path / '批复.jpg')}",
    )  # fmt: skip
    agreed = clerk.do("record", "show", records["钱三"]["id"])
    assert agreed["state"] == "active"
    assert (agreed["doc"]["income_total_year"], agreed["doc"]["income_per_capita"]) == ("2400.00", "200.00")
    assert agreed["amount"] == "435.00"
    # Each change in force is written down (domain §3.1③): 减发 from 635.00 to 435.00 from October on.
    (told,) = agreed["doc"]["changes"]
    assert (told["kind"], told["old_amount"], told["new_amount"]) == ("down", "635.00", "435.00")
    assert (told["effective_month"], told["document_no"]) == ("2024-10", "城民〔2024〕8号")
    after = clerk.do("batch", "plan", "--form", "dibao", "--month", "2024-10")
    assert (after["total"], after["state"]) == (
        "3610.00",
        "planned",
    )  # 5 × 635 + 435, from the month after the decision


def test_town_or_country_is_told_by_the_title_the_sheet_or_the_files_name(
    empty: Clerk, tmp_path: Path
) -> None:
    clerk = copy_site(empty, tmp_path)
    plain = "龙田乡2024年9月低保发放花名册"
    silent: dict[str, Any] = {"月保障金": None, "合计": None}
    for file in (
        write_simple(tmp_path / "a.xlsx", [one(1, "孙一", **silent)], title=plain, sheet="城市"),
        write_simple(tmp_path / "农村低保.xlsx", [one(2, "孙二", **silent)], title=plain),
        write_simple(tmp_path / "b.xlsx", [one(3, "孙三", **silent)], title="2024年9月城市低保表"),
    ):
        assert clerk.roster(file)["new"] == 1
    # Nothing says it anywhere but the amount, which only the rural standard gives: 635, not 770.
    assert clerk.roster(write_simple(tmp_path / "c.xlsx", [one(4, "孙四")], title=plain))["new"] == 1
    found = {r["doc"]["members"][0]["name"]: r["doc"].get("dibao_type") for r in clerk.records()}
    assert found == {"孙一": "1", "孙二": "2", "孙三": "1", "孙四": "2"}
    # 770 + 635 + 770 + 635
    assert clerk.do("batch", "plan", "--form", "dibao", "--month", "2024-09")["total"] == "2810.00"


def test_an_old_workbook_with_a_sheet_for_each_village(empty: Clerk, tmp_path: Path) -> None:
    """elder_age in .xls: the village is the sheet's name, dates in every writing, the id number ends in x."""
    clerk = copy_site(empty, tmp_path)
    book = xlwt.Workbook()
    people = {
        "卫星村": [
            ("周福寿", id_number("19340520", 11), "2024.01", 25),
            ("周　二", id_ending_x("19400101"), 45292, 25),
        ],
        "长茅村": [("周三", id_number("19390301", 13), "二〇二四年一月", "25.00元")],
    }  # fmt: skip
    for village, rows in people.items():
        sheet = book.add_sheet(village)
        sheet.write_merge(0, 0, 0, 7, "龙田乡2024年第一季度高龄津贴发放册")
        sheet.write_merge(1, 2, 0, 0, "序号")
        sheet.write_merge(1, 1, 1, 3, "老人情况")
        for place, title in enumerate(("姓名", "性别", "公民身份号码"), 1):
            sheet.write(2, place, title)
        for place, title in enumerate(("起领年月", "金额", "社会保障卡号", "备注"), 4):
            sheet.write_merge(1, 2, place, place, title)
        for line, (name, number, since, amount) in enumerate(rows, 3):
            sex = "男" if int(number[16]) % 2 else "女"
            for place, value in enumerate(
                (line - 2, name, sex, number.lower(), since, amount, f"62170000000001{line}1")
            ):
                sheet.write(line, place, value)
        sheet.write(3 + len(rows), 0, "合计")
        sheet.write(3 + len(rows), 5, 25 * len(rows))
    book.save(str(tmp_path / "高龄.xls"))
    done = clerk.roster(tmp_path / "高龄.xls", "elder_age", "--paid-through", "2023-12")
    assert (done["rows"], done["new"], done["rejected"]) == (3, 3, 0)
    assert {p["sheet"] for p in done["problems"] if "合计" in p["message"]} == {"卫星村", "长茅村"}
    assert [p["village"] for p in clerk.people("周三")] == ["500229201202"]
    assert {r["start_month"] for r in clerk.records("elder_age")} == {"2024-01"}
    # a year is 100.00 for 80–89: a quarter 25.00 each (domain §13)
    assert clerk.do("batch", "plan", "--form", "elder_age", "--month", "2024-03")["total"] == "75.00"
    again = clerk.roster(tmp_path / "高龄.xls", "elder_age")
    assert (again["unchanged"], again["import_id"]) == (3, None)


def test_an_open_document_with_merged_cells(empty: Clerk, tmp_path: Path) -> None:
    """tekun in .ods: the village merged downward, words for mode and self-care as §11.2 lists them."""
    clerk = copy_site(empty, tmp_path)
    book = OpenDocumentSpreadsheet()
    table = Table(name="特困")
    book.spreadsheet.addElement(table)
    numbers = [id_number("19500101", 2 * n + 11) for n in range(3)]
    rows: list[list[Any]] = [
        ["龙田乡2024年9月农村特困人员供养花名册"],
        [
            "序号",
            "村",
            "姓名",
            "性别",
            "身份证号",
            "供养方式",
            "户籍类型",
            "对象类别",
            "自理能力",
            "享受时间",
        ],
        [1, "卫星村", "何一", "男", numbers[0], "分散", "农村", "老年人", "全护理", "2020.05"],
        [2, None, "何二", "男", numbers[1], "分散供养", "农村", "老年人", "部分丧失", "2020年5月"],
        [3, None, "何三", "男", numbers[2], "集中供养", "农村", "老年人", "具备", "2020-05"],
        ["合计", "3人"],
    ]
    for place, cells in enumerate(rows):
        line = TableRow()
        for column, value in enumerate(cells):
            if value is None:
                line.addElement(CoveredTableCell())
                continue
            more = {"numberrowsspanned": 3, "numbercolumnsspanned": 1} if (place, column) == (2, 1) else {}
            cell = TableCell(valuetype="string", **more)
            cell.addElement(P(text=str(value)))
            line.addElement(cell)
        table.addElement(line)
    book.save(str(tmp_path / "特困.ods"))
    done = clerk.roster(tmp_path / "特困.ods", "tekun")
    assert (done["rows"], done["new"], done["rejected"], done["skipped"]) == (3, 3, 0, 2)
    assert [p["village"] for p in clerk.people("何三")] == ["500229201201"]
    records = {r["doc"]["start_month"]: r for r in clerk.records("tekun")}
    assert set(records) == {"2020-05"}
    # selfcare_level: 1 具备 2 部分丧失 3 完全丧失 (domain §2.3); support_mode: 1 集中 2 分散
    docs = sorted((r["doc"]["support_mode"], r["doc"]["selfcare_level"]) for r in clerk.records("tekun"))
    assert docs == [("1", "1"), ("2", "2"), ("2", "3")]


def test_institutions_come_from_a_roster_too(empty: Clerk, tmp_path: Path) -> None:
    clerk = copy_site(empty, tmp_path)
    book = openpyxl.Workbook()
    for row in (
        ["养老机构名册"],
        ["序号", "机构名称", "机构类别", "机构性质", "床位数", "护理床位", "负责人", "联系电话"],
        [1, "龙田乡敬老院", "养老机构", "农村敬老院", 40, 20, "张院长", "13900001111"],
        [2, "康乐助浴站", "服务站点", None, None, None, "李站长", "13900001112"],
        [3, "康乐助浴站", "服务站点", None, None, None, "李站长", "13900001112"],
        [4, None, "服务站点", None, None, None, "无名", "13900001113"],
    ):
        book.active.append(row)
    book.save(tmp_path / "机构.xlsx")
    done = clerk.roster(tmp_path / "机构.xlsx", "institution")
    assert (done["new"], done["rejected"]) == (2, 2)
    assert "第 4 行" in problems_of(done, 5, "error")[0]
    assert "名称" in problems_of(done, 6, "error")[0]
    assert clerk.roster(tmp_path / "机构.xlsx", "institution")["unchanged"] == 2
    assert sorted(r["doc"]["name"] for r in clerk.records("institution")) == ["康乐助浴站", "龙田乡敬老院"]


def test_what_is_no_roster_is_refused_in_a_sentence(empty: Clerk, tmp_path: Path) -> None:
    (tmp_path / "网页.xls").write_text("<html><table><tr><td>姓名</td></tr></table></html>", encoding="utf-8")
    clerk = empty
    assert "没有导入" in clerk.refused("roster", "import", tmp_path / "网页.xls", "--form", "dibao").err
    assert "没有导入" in clerk.refused("roster", "import", tmp_path / "没有.xlsx", "--form", "dibao").err
    clerk.refused("roster", "import", tmp_path / "网页.xls", "--form", "没有这项")
